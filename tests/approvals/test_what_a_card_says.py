"""What stands on a card: all by which somebody decides, of exactly this call. Pure."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from bot.approvals import card as cards
from bot.consent import Act, Approval, ApprovalKind, ApprovalState, Question, Term, Vote
from bot.domain import Call, CallState, Case, PostKind, Principal
from bot.obligations import Confirm, Owed, Reason
from bot.provenance import Kind, Origin
from bot.words import actwording, askwording, clickwording, originwording
from tests.town import NOW, TEAM
from tests.workshop import Door, Machine, Stamp

END = NOW + timedelta(hours=4)
ANA = Principal("ana", "U-ANA", TEAM, name="Ana A")
ONE = Owed("one", "Another pair of eyes.", ("engineers",), shorten=True)
TWO = Owed("two", "Managers know.", ("managers",), count=2)
ASKED = (Term(0, END, ("U-IDA", "U-OMAR")), Term(0, END, ("U-MIA", "U-OMAR")))
CALL = Call(
    "K-1",
    "C-1",
    "c1",
    "open_door",
    {"user": "ben", "door": 7, "until": "2026-12-08"},
    CallState.WAITING,
    "ana",
    NOW,
    plan="P-1",
    beneficiary="ben",
    purpose="The fire drill.",
    sentence="Open the door for Ben",
    resource={"kind": "door", "id": "front", "label": "Front door", "owner": "ida", "people": {"ben": "Ben B", "ida": "Ida I"}},
    policies=("works", "one"),
    origins=(Origin("until", "2026-12-08", Kind.ASSUMED, "doors"), Origin("user", "ben", Kind.OWN)),
)
DATA = {"words": {"P-1": "please, for ben"}, "threads": {"P-1": "7.7"}, "said": {"P-1": "8.8"}}
CASE = Case("C-1", "T:D", TEAM, "D", "1.1", "ana", "U-ANA", NOW, NOW, data=DATA)
YES = Vote("omar", "U-OMAR", approve=True, reason="Fine.", at=NOW)
WHICH = Question("ida", "Which one?", NOW, "This one.")
APPROVAL = Approval(
    "A-1",
    "C-1",
    "K-1",
    "0123456789abcdef",
    "n",
    (ONE, TWO),
    NOW,
    END,
    terms=ASKED,
    votes=(YES,),
    questions=(WHICH,),
    cards=("card:A-1:U-IDA", "card:A-1:U-MIA", "card:A-1:channel"),
)
OTHER = dataclasses.replace(CALL, id="K-2", effect="change", state=CallState.VERIFIED, sentence="Open another")


def card(approval: Approval = APPROVAL, call: Call = CALL, case: Case = CASE, tool: Any = None, **more: Any) -> dict[str, Any]:
    return cards.card(approval, call, case, requester=ANA, tool=tool, **more)


def test_all_of_it() -> None:
    shown = card(tool=Door(), names={"omar": "Omar O"}, others=[OTHER, CALL])
    assert shown == {
        "approval": "A-1",
        "nonce": "n",
        "state": "waiting",
        "sentence": "Open the door for Ben",
        "tool": "open_door",
        "arguments": [["door", "7"], ["until", "2026-12-08"], ["user", "ben"]],
        "requester": {"handle": "ana", "name": "Ana A", "slack_id": "U-ANA"},
        "words": "please, for ben",
        "said": {"channel": "D", "ts": "8.8", "thread": "7.7"},
        "purpose": "The fire drill.",
        "wants_reason": False,
        "beneficiary": "Ben B",
        "resource": {"kind": "door", "id": "front", "label": "Front door", "owner": "Ida I"},
        "reversible": Door.reversible,
        "back": Door.back,
        "risk": {"level": "medium", "grounds": ["it is not for Ana A", "3 people have to agree"]},
        "because": ["Another pair of eyes.", "Managers know."],
        "policies": ["works", "one"],
        "expires": END.isoformat(),
        "needed": askwording.needed(APPROVAL),
        "left": askwording.still_needed(APPROVAL, (1,)),
        "origins": originwording.rows(CALL.origins, "Ana A"),
        "votes": [{"name": "Omar O", "approve": True, "reason": "Fine."}],
        "case": "C-1",
        "digest": "0123456789ab",
        "questions": [{"name": "Ida I", "text": "Which one?", "answer": "This one."}],
        "unsaid": "Ana A did not say until when: the runbook doors assumes it.",
        "instead": "",
        "so_far": ["Open another: done, and checked"],
        "step_up": [],
        "offers": ["shorten", "ask", "take_over", "why_me", "later"],
        "outcome": "",
    }


def test_where_less_is_known() -> None:
    """A tool that is gone, a person whom nobody names, words and a thread that were not kept."""
    bare = dataclasses.replace(CALL, resource={}, beneficiary="eva", origins=(Origin("user", "ben", Kind.TEXT, "K-3 look"),))
    nameless = dataclasses.replace(ANA, name="")
    shown = cards.card(APPROVAL, bare, dataclasses.replace(CASE, data={}), requester=nameless, tool=None)
    assert (shown["words"], shown["said"]) == ("", {"channel": "D", "ts": "1.1", "thread": "1.1"})
    assert (shown["beneficiary"], shown["resource"]) == ("eva", {"kind": "", "id": "", "label": "", "owner": ""})
    assert (shown["reversible"], shown["back"], shown["unsaid"], shown["so_far"], shown["offers"]) == (False, "", "", [], [])
    assert shown["risk"]["grounds"][:2] == ["it cannot be undone", "ana did not say the user"]
    assert (shown["votes"][0]["name"], shown["questions"][0]["name"]) == ("omar", "ida")
    assert shown["origins"] == originwording.rows(bare.origins, "ana")
    assert card(call=dataclasses.replace(CALL, beneficiary="ana"))["beneficiary"] == ""
    assert card(dataclasses.replace(APPROVAL, votes=()))["left"] == ""
    assert card(dataclasses.replace(APPROVAL, votes=(dataclasses.replace(YES, approve=False),)))["left"] == ""
    undone = type("Undone", (Door,), {"reversible": True, "back": "by shutting it"})()
    assert (card(tool=undone)["reversible"], card(tool=undone)["back"]) == (True, "by shutting it")


def test_the_requesters_own() -> None:
    """It is their own click that is needed, and it offers nothing else; what is owed of them says why."""
    own = dataclasses.replace(
        APPROVAL,
        kind=ApprovalKind.CONFIRMATION,
        owed=(),
        terms=(),
        questions=(),
        asks=(Confirm("c", "They mean it."), Reason("r", "It matters.")),
        state=ApprovalState.APPROVED,
    )
    shown = card(own, tool=Door())
    assert (shown["needed"], shown["offers"], shown["wants_reason"]) == (clickwording.YOUR_CLICK, [], True)
    assert (shown["because"], shown["outcome"]) == (["They mean it.", "It matters."], clickwording.outcome(own))


@pytest.mark.parametrize("there", [True, False, None])
def test_what_came_of_it(there: bool | None) -> None:
    """By the names of those who had a part in it, and by what was seen."""
    left = dataclasses.replace(APPROVAL, state=ApprovalState.WITHDRAWN, taker="ida")
    call = dataclasses.replace(CALL, state=CallState.WITHDRAWN, check=None if there is None else {"held": there})
    shown = card(left, call)
    expected = askwording.card_outcome(left, {"ida": "Ida I", "ben": "Ben B"}, CallState.WITHDRAWN, there=there)
    assert (shown["outcome"], shown["state"]) == (expected, "withdrawn")


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({"state": ApprovalState.TAKEN_OVER, "taker": "ida"}, "taken_over"),
        ({"state": ApprovalState.TAKEN_OVER, "taker": "ida", "answered": NOW}, "done_by_hand"),
        ({"state": ApprovalState.APPROVED, "answered": NOW}, "approved"),
    ],
)
def test_what_it_is_called(changed: dict[str, Any], state: str) -> None:
    assert card(dataclasses.replace(APPROVAL, **changed))["state"] == state


@pytest.mark.parametrize(
    ("approval", "call", "tool", "offered"),
    [
        pytest.param({}, {}, Door(), [Act.SHORTEN, Act.ASK, Act.TAKE, Act.WHY, Act.LATER], id="all"),
        pytest.param({}, {}, None, [], id="a tool that is gone"),
        pytest.param({}, {"state": CallState.STARTED}, Door(), [], id="a call that waits no longer"),
        pytest.param({"state": ApprovalState.APPROVED}, {}, Door(), [], id="given"),
        pytest.param({"state": ApprovalState.TAKEN_OVER}, {}, Door(), [Act.DONE, Act.BACK], id="in somebody's hand"),
        pytest.param({}, {}, Machine(), [Act.ASK, Act.TAKE, Act.WHY, Act.LATER], id="without an end"),
        pytest.param({}, {}, Stamp(), [Act.ASK, Act.WHY, Act.LATER], id="a deed"),
        pytest.param({"owed": (TWO, TWO)}, {}, Door(), [Act.ASK, Act.TAKE, Act.WHY, Act.LATER], id="no policy lets it be less"),
        pytest.param(
            {"owed": (ONE, dataclasses.replace(TWO, step_up="target"))},
            {},
            Door(),
            [Act.ASK, Act.TAKE, Act.WHY, Act.LATER],
            id="more than a click",
        ),
        pytest.param(
            {"questions": (dataclasses.replace(WHICH, answer=""),)},
            {},
            Door(),
            [Act.SHORTEN, Act.TAKE, Act.WHY, Act.LATER],
            id="a question is open",
        ),
    ],
)
def test_what_is_offered(approval: dict[str, Any], call: dict[str, Any], tool: Any, offered: list[Act]) -> None:
    assert cards.offers(dataclasses.replace(APPROVAL, **approval), dataclasses.replace(CALL, **call), tool) == offered


def test_for_less_time_than_another() -> None:
    """Who chose it, and whose yes to the longer does not count; nothing of that where it is about the same call."""
    voted = (dataclasses.replace(YES, by="mia"), YES, dataclasses.replace(YES, by="noor", approve=False))
    before = dataclasses.replace(APPROVAL, id="A-0", call="K-0", votes=voted)
    names = {"omar": "Omar O", "mia": "Mia M"}
    assert card(names=names, before=before)["instead"] == actwording.instead("A-0", "Omar O", ["Mia M"])
    assert card(before=before)["instead"] == actwording.instead("A-0", "omar", ["mia"])
    assert card(before=dataclasses.replace(before, call="K-1"))["instead"] == ""


# ── where it stands ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_reads_why_they_are_asked() -> None:
    """In the channel, where all read it, each reason with whom it asks; somebody who was asked by nobody reads all."""
    assert cards.because(APPROVAL, "U-IDA") == ["Another pair of eyes."]
    assert cards.because(APPROVAL, "U-MIA") == ["Managers know."]
    assert cards.because(APPROVAL, "U-OMAR") == ["Another pair of eyes.", "Managers know."]
    assert cards.because(APPROVAL, "channel") == [askwording.asked_of(ONE, ASKED[0]), askwording.asked_of(TWO, ASKED[1])]
    silent = dataclasses.replace(APPROVAL, owed=(ONE, dataclasses.replace(TWO, because="")))
    assert cards.because(silent, "channel") == [askwording.asked_of(ONE, ASKED[0])]
    assert cards.because(silent, "U-MIA") == []
    single = dataclasses.replace(APPROVAL, owed=(ONE,), terms=ASKED[:1])
    assert cards.because(single, "channel") == ["Another pair of eyes."]


def test_every_post_of_it_has_all_that_stands_there() -> None:
    """Its own channel or person, and beside it what shares the message, with one press for all that wait."""
    other = dataclasses.replace(APPROVAL, id="A-2", call="K-2", cards=("card:A-1:U-IDA",), nonce="m", digest="fedcba9876543210")
    third = dataclasses.replace(other, id="A-3", cards=("card:A-3:U-IDA",))
    drawn = [(one, card(one, tool=Door())) for one in (APPROVAL, other, third)]
    ida, mia, channel = cards.card_posts(APPROVAL, "C-1", "oncall", drawn)
    assert [(post.key, post.kind, post.person, post.channel, post.case) for post in (ida, mia, channel)] == [
        ("card:A-1:U-IDA", PostKind.CARD, "U-IDA", "", "C-1"),
        ("card:A-1:U-MIA", PostKind.CARD, "U-MIA", "", "C-1"),
        ("card:A-1:channel", PostKind.CARD, "", "oncall", "C-1"),
    ]
    assert mia.content == {**drawn[0][1], "because": ["Managers know."]}
    assert channel.content == {**drawn[0][1], "because": cards.because(APPROVAL, "channel")}
    both = [{**content, "because": ["Another pair of eyes."]} for _, content in drawn[:2]]
    everything = [
        {"approval": "A-1", "nonce": "n", "digest": "0123456789ab"},
        {"approval": "A-2", "nonce": "m", "digest": "fedcba987654"},
    ]
    assert ida.content == {"cards": both, "all": everything, "case": "C-1"}


@pytest.mark.parametrize(
    "changed",
    [{"state": ApprovalState.APPROVED}, {"owed": (ONE, dataclasses.replace(TWO, step_up="factor"))}],
)
def test_one_press_answers_nothing_that_is_over_or_takes_more(changed: dict[str, Any]) -> None:
    """And is none where one alone is left."""
    other = dataclasses.replace(APPROVAL, id="A-2", **changed)
    third = dataclasses.replace(APPROVAL, id="A-3")
    shown = [card(one, tool=Door()) for one in (APPROVAL, other, third)]
    assert [one["approval"] for one in cards.joint(shown)["all"]] == ["A-1", "A-3"]
    assert cards.joint(shown[:2])["all"] == []


@pytest.mark.parametrize(("data", "thread"), [(DATA, "7.7"), ({}, "1.1"), ({"threads": {"P-2": "9.9"}}, "1.1")])
def test_the_requester_reads_of_it_where_they_asked(data: dict[str, Any], thread: str) -> None:
    """Their own click, and a question, which they can answer while nobody has."""
    case = dataclasses.replace(CASE, data=data)
    own = dataclasses.replace(APPROVAL, cards=("confirm:A-1",))
    [click] = cards.confirm_posts(own, CALL, case, {"a": 1})
    assert (click.key, click.kind, click.content) == ("confirm:A-1", PostKind.CONFIRM, {"a": 1})
    asked = cards.question_post(APPROVAL, case, CALL, "Which one?", 2)
    closed = cards.question_post(APPROVAL, case, CALL, "Which one?", 2, open_=False)
    assert {(post.channel, post.thread, post.case, post.person) for post in (click, asked, closed)} == {("D", thread, "C-1", "")}
    plain = {"text": "Which one?", "case": "C-1", "buttons": []}
    assert asked.content == {**plain, "reply": {"approval": "A-1", "nonce": "n"}}
    assert (closed.content, closed.key, closed.kind) == (plain, "question:A-1:2", PostKind.NOTE)
