"""Approved, denied, expired, replaced, withdrawn, frozen, taken over, done by hand: told apart wherever somebody reads of them."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest

from bot.approvals.card import card
from bot.calls import ledger
from bot.cases import reports
from bot.consent import Approval, ApprovalState, Term, Vote
from bot.domain import Call, CallState, Case, Plan, PlanState, Principal, Resolution
from bot.obligations import Owed
from bot.slack import cards
from bot.words import askwording, homewording, whywording, wording
from tools.accounts import UnlockAccount

NOW = datetime(2026, 11, 27, tzinfo=UTC)
OWED = Owed("p", "Somebody has to look.", ("identity-oncall",))
ASKED = Approval("A-1", "C-1", "K-1", "d", "n", (OWED,), NOW, NOW + timedelta(hours=4), terms=(Term(0, NOW),))
CALL = Call(
    "K-1", "C-1", "one", "unlock_account", {"user": "ana"}, CallState.WAITING, "ben", NOW, effect="change", sentence="Unlock it"
)
CASE = Case("C-1", "c", "T", "D1", "1.0", "ben", "U1BEN", NOW, NOW)
BEN = Principal("ben", "U1BEN", name="Ben Brandt")
YES, NO = Vote("omar", "U1OMAR", True, "", NOW), Vote("omar", "U1OMAR", False, "", NOW)

APPROVALS = {
    "waiting": ASKED,
    "approved": dataclasses.replace(ASKED, state=ApprovalState.APPROVED, votes=(YES,), answered=NOW),
    "denied": dataclasses.replace(ASKED, state=ApprovalState.DENIED, votes=(NO,), answered=NOW),
    "expired": dataclasses.replace(ASKED, state=ApprovalState.EXPIRED),
    "replaced": dataclasses.replace(ASKED, state=ApprovalState.SUPERSEDED),
    "for less time": dataclasses.replace(ASKED, state=ApprovalState.SUPERSEDED, successor="A-2"),
    "dropped": dataclasses.replace(ASKED, state=ApprovalState.CANCELLED),
    "dropped in hand": dataclasses.replace(ASKED, state=ApprovalState.CANCELLED, taker="omar"),
    "withdrawn": dataclasses.replace(ASKED, state=ApprovalState.WITHDRAWN),
    "withdrawn in hand": dataclasses.replace(ASKED, state=ApprovalState.WITHDRAWN, taker="omar"),
    "frozen": dataclasses.replace(ASKED, state=ApprovalState.FROZEN, votes=(YES,)),
    "handed over": dataclasses.replace(ASKED, state=ApprovalState.HANDED_OVER),
    "taken over": dataclasses.replace(ASKED, state=ApprovalState.TAKEN_OVER, taker="omar"),
    "done by hand": dataclasses.replace(ASKED, state=ApprovalState.TAKEN_OVER, taker="omar", answered=NOW),
}
CALLS = {
    "approved": CallState.VERIFIED,
    "denied": CallState.DENIED,
    "expired": CallState.EXPIRED,
    "replaced": CallState.SUPERSEDED,
    "dropped": CallState.CANCELLED,
    "withdrawn": CallState.WITHDRAWN,
    "frozen": CallState.FROZEN,
    "handed over": CallState.HANDED_OVER,
    "done by hand": CallState.TAKEN_OVER,
}
NAMES = {"omar": "Omar Haddad"}


def content(one: Approval) -> dict[str, object]:
    state = CallState.WAITING if one.answered is None else CALLS[next(name for name in APPROVALS if APPROVALS[name] is one)]
    return card(one, dataclasses.replace(CALL, state=state), CASE, requester=BEN, tool=object.__new__(UnlockAccount), names=NAMES)


def first_line(one: Approval) -> str:
    return str(cards.card(content(one))[0]["text"]["text"].splitlines()[0])


def beside_another(one: Approval) -> str:
    return str(cards.card({"cards": [content(one), content(ASKED)], "all": [], "case": "C-1"})[0]["text"]["text"])


OF_APPROVALS: dict[str, Callable[[Approval], str]] = {
    "on the card": first_line,
    "on a card with others": beside_another,
    "in the notification": lambda one: cards.text(content(one)),
    "to a late click": askwording.late,
}
OF_CALLS: dict[str, Callable[[CallState], str]] = {
    "in the requester's message": lambda state: wording.waits_no_longer("A-1", "Unlock it", state),
    "in Why?": lambda state: whywording.held(dataclasses.replace(CALL, state=state, approval="A-1")),
    "on the cards of other calls": lambda state: askwording.so_far([dataclasses.replace(CALL, state=state)])[0],
    "in a table, and as JSON": str,
}


@pytest.mark.parametrize(("one", "other"), [pytest.param(*two, id=" / ".join(two)) for two in combinations(APPROVALS, 2)])
def test_two_states_of_an_approval_read_differently_everywhere(one: str, other: str) -> None:
    """Words, not only a sign: what is left without the signs is different, too."""
    for place, told in OF_APPROVALS.items():
        mine, theirs = told(APPROVALS[one]), told(APPROVALS[other])
        assert mine != theirs, place
        assert mine.partition(" ")[2] != theirs.partition(" ")[2], place


@pytest.mark.parametrize(("one", "other"), [pytest.param(*two, id=" / ".join(two)) for two in combinations(CALLS, 2)])
def test_two_ends_of_a_call_read_differently_everywhere(one: str, other: str) -> None:
    for place, told in OF_CALLS.items():
        assert told(CALLS[one]) != told(CALLS[other]), place


def why(state: CallState, **more: Any) -> str:
    return whywording.held(dataclasses.replace(CALL, state=state, **more))


def test_every_state_of_a_call_has_words_of_its_own_in_why() -> None:
    """Nobody is *you* in them: approvers and admins read them too. What was not done is not told as permitted and no more."""
    told = {state: why(state) for state in CallState}
    assert len(set(told.values())) == len(CallState)
    assert not [text for text in told.values() if "you" in text.casefold()]
    assert "nothing was done" in told[CallState.WITHDRAWN]
    for reason in (wording.SUPERSEDED, askwording.ended(ApprovalState.SUPERSEDED)):
        assert "whoever asked" in why(CallState.SUPERSEDED, reason=reason)
    assert "Omar agreed" in why(CallState.SUPERSEDED, reason="Omar agreed to a shorter time instead (A-2).")
    assert "click" in why(CallState.EXPIRED, confirmation="A-1", reason="You didn't press the button in time.")
    assert "click" in why(CallState.WAITING, confirmation="A-1")
    for there, says in ((True, "it is there"), (False, "it is not there")):
        assert says in why(CallState.WITHDRAWN, check={"held": there, "observed": "", "how": ""})


def test_a_person_denied_only_what_a_person_denied() -> None:
    """What was approved and is denied when it would run is denied by the policy, as it is then, or by a limit."""
    call = dataclasses.replace(CALL, state=CallState.DENIED, approval="A-1", decision="permit", reason="Omar said no.")
    said_no = dataclasses.replace(ASKED, call=call.id, state=ApprovalState.DENIED)
    for approvals, person in (
        ([said_no], True),
        ([dataclasses.replace(said_no, state=ApprovalState.APPROVED)], False),
        ([], False),
    ):
        assert ledger.denied_by_person(call, approvals) is person
        assert ("by a person" in whywording.held(call, by_person=person)) is person
    assert not ledger.denied_by_person(call, [dataclasses.replace(said_no, call="K-9")])
    assert not ledger.denied_by_person(dataclasses.replace(call, state=CallState.WAITING), [said_no])


@pytest.mark.parametrize("name", APPROVALS)
def test_what_is_needed_now_is_told_of_what_waits_alone(name: str) -> None:
    needed = {"waiting": "a yes from Omar", "taken over": "done by hand", "approved": "nothing more"}.get(name, "")
    told = "\n".join(whywording.asked(APPROVALS[name], ["Omar"], "tomorrow", "Omar"))
    assert ("Needed now" in told, needed in told) == (bool(needed), True)
    assert whywording.asked(APPROVALS[name], ["Omar"], "", "Omar") == ["Asked (A-1): Omar."]


@pytest.mark.parametrize("name", [name for name in APPROVALS if name not in ("waiting", "taken over")])
def test_what_is_over_has_no_buttons(name: str) -> None:
    assert not [block for block in cards.card(content(APPROVALS[name])) if block["type"] == "actions"]


@pytest.mark.parametrize("table", [reports.TITLES, homewording.OUTCOMES, cards.SIGNS], ids=["plans", "home", "signs"])
def test_no_two_states_share_a_word(table: dict[object, str]) -> None:
    assert len(set(table.values())) == len(table)


def test_every_state_has_its_words() -> None:
    """A state that is added later is not told as another one."""
    assert set(reports.TITLES) == set(PlanState)
    assert set(homewording.OUTCOMES) == set(Resolution)
    assert set(cards.SIGNS) == {*map(str, ApprovalState), "done_by_hand"}


def test_what_was_found_is_told_in_names() -> None:
    """In the answer and in the ticket: people's names and the application's, wherever the ledger has ids."""
    names = {"kind": "app", "id": "figma", "label": "Figma", "people": {"ana": "Ana Almeida"}}
    shown = dataclasses.replace(
        CALL,
        plan="P-1",
        state=CallState.VERIFIED,
        arguments={"user": "ana", "app": "figma"},
        resource=names,
        check={"held": True, "observed": "ana has access to figma", "how": "listed the access again"},
    )
    plan = Plan("P-1", "C-1", "app-access", "v1", "Access", "", "e")
    assert reports.section(plan, [shown], "")["verified"] == ["Ana Almeida has access to Figma (listed the access again)"]
    assert "Ana Almeida has access to Figma" in reports.learned(CASE, "Ana Almeida", [plan], [shown], [])
