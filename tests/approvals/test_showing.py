"""How an approval stands is what is due for it, what its cards say, and what its case is told."""

import asyncio
import dataclasses
import time
from datetime import timedelta
from typing import Any

import pytest

from bot.approvals.outcome import expiry
from bot.consent import Approval, ApprovalState, Question, Vote
from bot.domain import Call, CallState, Case, Due, EventKind
from bot.store.work import StoredWork
from bot.words import actwording, askwording
from tests.town import NOW, TEAM
from tests.workshop import Workshop, owing

LATER = NOW + timedelta(hours=1)
ENGINEERS = "approval: {by: [engineers], within: 4h, remind: 1h}"


@pytest.fixture(autouse=True)
def engineers_are_asked(shop: Workshop) -> None:
    shop.reads(owing(ENGINEERS))


@pytest.mark.parametrize("state", list(ApprovalState))
async def test_what_is_due_follows_the_state(shop: Workshop, state: ApprovalState) -> None:
    """Waiting: all that was timed for it. Given: looked at when its time is over. Else nothing of it, and all of another's."""
    call = await shop.asks()
    one = await shop.approval(call.approval)
    timed = {f"{what}:{name}" for what in ("expire", "remind", "byhand") for name in (one.id, "A-900")}
    async with shop.store.work() as work:
        for key in timed:
            await work.at(Due(key, NOW, "approval_remind", "T:D", {}))
        now = dataclasses.replace(one, state=state, votes=(Vote("ida", "U-IDA", approve=False, reason="No.", at=NOW),))
        await shop.people.approvals.follow(work, now, call, shop.turn.case, shop.turn.principal, {})
    assert await shop.approval(one.id) == now
    mine = {ApprovalState.WAITING: timed, ApprovalState.APPROVED: {f"expire:{one.id}"}}.get(state, set())
    dues = await shop.dues()
    assert set(dues) == mine | {key for key in timed if key.endswith("A-900")}
    if state is ApprovalState.APPROVED:
        data = {"approval": one.id, "case": "C-1"}
        assert dues[f"expire:{one.id}"] == (NOW + timedelta(hours=4), "approval_expire", "T:D", data)


async def test_a_click_that_was_given_is_not_timed(shop: Workshop) -> None:
    """Whoever said that it is meant is not asked again."""
    shop.reads(owing("confirm: true"))
    call = await shop.asks()
    assert set(await shop.dues()) == {f"expire:{call.confirmation}"}
    await shop.yes(call.confirmation, "U-ANA")
    assert await shop.dues() == {}


@pytest.mark.parametrize(("at", "due"), [(LATER, LATER), (NOW - timedelta(hours=1), NOW)])
def test_when_it_is_looked_at(at: Any, due: Any) -> None:
    case = Case("C-7", "T:X", TEAM, "X", "1.1", "ana", "U-ANA", NOW, NOW)
    one = Approval("A-1", "C-1", "K-1", "", "", (), NOW, NOW)
    assert expiry(one, case, at, NOW) == Due("expire:A-1", due, "approval_expire", "T:X", {"approval": "A-1", "case": "C-1"})


async def test_a_card_of_several_shows_each_as_it_is(shop: Workshop) -> None:
    """In its own words and with its own thing; what stands on another card, or on none, is not on this one."""
    one = await shop.asks()
    two = await shop.asks(name="c2", thing="fan", step="s2", plan="P-2")
    first, second = await shop.approval(one.approval), await shop.approval(two.approval)
    assert first.cards == second.cards
    apart = dataclasses.replace(first, id="A-901", cards=("card:A-901:channel",))
    async with shop.store.work() as work:
        await work.save_approval(apart)
        names = {"omar": "Omar O."}
        voted = dataclasses.replace(second, votes=(Vote("omar", "U-OMAR", approve=True, reason="", at=NOW),))
        await work.save_approval(voted)
        await shop.people.approvals.follow(work, first, one, shop.turn.case, shop.turn.principal, names)
    for key in first.cards:
        content = (await shop.posts())[key]
        assert [
            (each["approval"], each["sentence"], each["words"], each["reversible"], each["requester"]["handle"], len(each["votes"]))
            for each in content["cards"]
        ] == [
            (first.id, "turn_on lamp for Ben", "please turn it on", True, "ana", 0),
            (second.id, "turn_on fan for Ben", "and the fan", True, "ana", 1),
        ]
        assert content["cards"][1]["votes"][0]["name"] == "Omar O."
        assert "take_over" in content["cards"][0]["offers"]
    sent = await shop.asked("SELECT key, channel, person, \"case\" FROM outbox WHERE key LIKE 'card:%' ORDER BY key")
    assert sent == [
        (f"card:{first.id}:U-IDA", "", "U-IDA", "C-1"),
        (f"card:{first.id}:U-OMAR", "", "U-OMAR", "C-1"),
        (f"card:{first.id}:channel", "oncall", "", "C-1"),
    ]


async def test_two_of_one_card_that_change_at_once_both_stand_on_it_as_they_are(shop: Workshop) -> None:
    """Whoever draws it second reads what the first has written."""
    one = await shop.asks()
    two = await shop.asks(name="c2", thing="fan", step="s2")
    first, second = [
        dataclasses.replace(await shop.approval(call.approval), votes=(Vote(who, "", approve=True, reason="", at=NOW),))
        for call, who in ((one, "omar"), (two, "ida"))
    ]

    async def meanwhile() -> None:
        async with shop.store.work() as work:
            await shop.people.approvals.follow(work, second, two, shop.turn.case, shop.turn.principal, {})

    async with shop.store.work() as work:
        await shop.people.approvals.follow(work, first, one, shop.turn.case, shop.turn.principal, {})
        other = asyncio.create_task(meanwhile())
        assert await shop.held_up(other)
    await other
    for key in first.cards:
        cards = (await shop.posts())[key]["cards"]
        assert [(each["approval"], len(each["votes"])) for each in cards] == [(first.id, 1), (second.id, 1)]


async def test_what_is_asked_while_a_card_is_drawn_stands_on_it(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another turn asks for the next call of the case between the two looks at it."""
    one = await shop.asks()
    approval, real = await shop.approval(one.approval), StoredWork.calls
    opened: list[str] = []

    async def calls(work: StoredWork, case: str) -> list[Call]:
        found = await real(work, case)
        if not opened:
            opened.append("c2")
            async with shop.store.work() as other:
                two = dataclasses.replace(one, id="K-902", call="c2", key="c2")
                await other.save_call(two)
                await other.save_approval(dataclasses.replace(approval, id="A-902", call="K-902"))
        return found

    monkeypatch.setattr(StoredWork, "calls", calls)
    async with shop.store.work() as work:
        await shop.people.approvals.show(work, approval, one, shop.turn.case, shop.turn.principal)
    assert opened
    assert {each["approval"] for each in await shop.cards(approval)} == {approval.id}


async def test_a_card_says_what_has_come_of_the_other_calls_of_its_case(shop: Workshop) -> None:
    await shop.stands("c0", state=CallState.VERIFIED)
    call = await shop.asks(thing="fan")
    for card in await shop.cards(await shop.approval(call.approval)):
        assert card["so_far"] == ["turn_on lamp for ben: done, and checked"]


@pytest.mark.parametrize("state", [CallState.WAITING, CallState.STARTED, CallState.VERIFIED, CallState.UNKNOWN])
async def test_who_said_yes_reads_what_came_of_it(shop: Workshop, state: CallState) -> None:
    """Once that is known, with the names of who answered; neither another call's cards nor the requester's own message."""
    call = await shop.clicked()
    shop.reads(owing(ENGINEERS))
    other = await shop.asks(name="c2", thing="fan", step="s2")
    await shop.yes(call.approval)
    await shop.yes(other.approval, "U-IDA")
    one, own = await shop.approval(call.approval), await shop.approval(call.confirmation)
    aside, click = await shop.cards(await shop.approval(other.approval)), await shop.cards(own)
    before = await shop.cards(one)
    case = dataclasses.replace(shop.turn.case, data={"words": {"P-1": "please, it is dark"}})

    await shop.people.approvals.came(dataclasses.replace(call, state=state), case, shop.turn.principal)

    after = await shop.cards(one)
    if not state.final:
        assert after == before
        return
    outcome = askwording.card_outcome(one, {"omar": "Omar"}, state)
    assert {(each["outcome"], each["words"], each["requester"]["handle"], each["votes"][0]["name"]) for each in after} == {
        (outcome, "please, it is dark", "ana", "Omar")
    }
    assert await shop.cards(own) == click
    assert [each["outcome"] for each in await shop.cards(await shop.approval(other.approval))] == [
        each["outcome"] for each in aside
    ]


@pytest.mark.parametrize(
    ("state", "answer"), [*((state, "") for state in ApprovalState), (ApprovalState.WITHDRAWN, "The one downstairs.")]
)
async def test_a_question_that_is_open_ends_with_it(shop: Workshop, state: ApprovalState, answer: str) -> None:
    """Where nobody has answered it, its message says that no answer is needed any more, and takes none."""
    call = await shop.asks()
    before = (Question("omar", "Which room?", NOW, "This one."), Question("omar", "Until when?", NOW, "Today."))
    asked = (*before, Question("ida", "Which lamp?", NOW, answer))
    vote = Vote("ida", "U-IDA", approve=False, reason="No.", at=NOW)
    one = dataclasses.replace(await shop.approval(call.approval), state=state, questions=asked, votes=(vote,))
    async with shop.store.work() as work:
        await shop.people.approvals.follow(work, one, call, shop.turn.case, shop.turn.principal, {})
    rests = answer or state in (ApprovalState.WAITING, ApprovalState.TAKEN_OVER)
    told = {"text": actwording.question_over("Which lamp?", one.id), "case": "C-1", "buttons": []}
    assert (await shop.posts()).get(f"question:{one.id}:3") == (None if rests else told)
    where = await shop.asked("SELECT channel, thread FROM outbox WHERE key LIKE 'question:%'")
    assert where == ([] if rests else [("D", "1.1")])


async def test_without_words_the_card_has_none(shop: Workshop) -> None:
    call = await shop.asks(plan="P-9", step="")
    assert {each["words"] for each in await shop.cards(await shop.approval(call.approval))} == {""}
    shop.turn.case = dataclasses.replace(shop.turn.case, data={})
    other = await shop.asks(name="c2", thing="fan", plan="P-2", step="s2")
    assert {each["words"] for each in await shop.cards(await shop.approval(other.approval))} == {""}


async def test_the_requesters_own_message_says_how_it_ended(shop: Workshop) -> None:
    """In the thread in which they asked."""
    shop.reads(owing("confirm: true"))
    call = await shop.asks()
    await shop.ends(await shop.approval(call.confirmation), ApprovalState.WITHDRAWN, call)
    [(key, channel, thread, case, state)] = await shop.asked(
        "SELECT key, channel, thread, \"case\", content->>'state' FROM outbox ORDER BY key"
    )
    assert (key, channel, thread, case, state) == (f"confirm:{call.confirmation}", "D", "1.1", "C-1", "withdrawn")


async def test_a_case_is_told_once_to_go_on(shop: Workshop) -> None:
    call = await shop.asks()
    one = await shop.approval(call.approval)
    before = time.time()
    for _ in range(2):
        async with shop.store.work() as work:
            await shop.people.approvals.announce(work, one, shop.turn.case)
    async with shop.store.work() as work:
        [event] = await work.unread("T:D")
    assert before - 0.001 <= float(event.ts) <= time.time()
    assert len(event.ts.partition(".")[2]) == 6
    told = (event.key, event.conversation, event.kind, event.team, event.channel, event.thread, event.data)
    data = {"approval": one.id, "case": "C-1"}
    assert told == (f"approval:{one.id}:waiting", "T:D", EventKind.APPROVAL, TEAM, "D", "1.1", data)
