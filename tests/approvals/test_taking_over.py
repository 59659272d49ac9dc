"""Taking over: who has it in hand until when, what a look at it comes to, and who is told."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.approvals.byhand import LONGEST
from bot.approvals.looking import Seen
from bot.consent import Approval, ApprovalState, Vote
from bot.domain import Call, CallState
from bot.obligations import Notify, Review
from bot.ports import ClickAnswer
from bot.words import actwording, askwording
from tests.town import NOW, TEAM
from tests.workshop import UNTIL, Entry, Workshop, owing, policy
from tools.contract import Check, Ending, Result

SOON = NOW + timedelta(minutes=5)
CHECKED = {"held": True, "observed": "it is open", "how": "looked"}


async def taken(house: Workshop, who: str = "U-IDA") -> tuple[Call, Approval]:
    """A call that somebody does by hand."""
    call = await house.opens()
    assert (await house.people.by_hand.take(await house.click(call.approval, who))).taken
    return call, await house.approval(call.approval)


async def seen(house: Workshop, call: Call, who: str = "U-IDA") -> Seen:
    clicker = await house.facts.principal(who, TEAM)
    one = await house.approval(call.approval)
    return Seen(one, await house.call(call.call), house.turn.case, house.turn.principal, clicker)


async def audit(house: Workshop, name: str) -> dict[str, Any]:
    """The last that the audit has of an approval, beside which it is."""
    rows = await house.asked(f"SELECT data FROM audit WHERE what = 'approval' AND data->>'approval' = '{name}' ORDER BY position")
    return {key: value for key, value in rows[-1][0].items() if key not in ("approval", "call", "votes")}


async def notes(house: Workshop, prefix: str) -> dict[str, tuple[Any, ...]]:
    """(content, channel, thread, person, case) by key."""
    sql = f"SELECT key, content, channel, thread, person, \"case\" FROM outbox WHERE key LIKE '{prefix}:%' AND kind = 'note'"
    return {key: tuple(rest) for key, *rest in await house.asked(sql)}


async def said(house: Workshop) -> list[str]:
    """What the bot has said in the case."""
    async with house.store.work() as work:
        return [line.text for line in await work.transcript("C-1") if line.role == "bot"]


# ── taking it ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("within", "later", "until"),
    [
        pytest.param(("4h",), 0, 240, id="as long as anybody has"),
        pytest.param(("8h",), 0, 240, id="not longer, however long an answer is waited for"),
        pytest.param(("1h",), 0, 60, id="the time of the approval"),
        pytest.param(("3h", "2h"), 0, 120, id="the shorter of two"),
        pytest.param(("4h",), 30, 240, id="taken later it ends no later"),
    ],
)
async def test_whoever_takes_it_over_has_it_until_its_time_is_over(
    house: Workshop, within: tuple[str, ...], later: int, until: int
) -> None:
    asked = {
        f"p{at}": f"{{by: [{role}], within: {one}}}"
        for at, (one, role) in enumerate(zip(within, ("engineers", "managers"), strict=False))
    }
    house.reads(policy(**asked))
    call = await house.opens()
    house.town.at = NOW + timedelta(minutes=later)
    before = await house.approval(call.approval)

    answer = await house.people.by_hand.take(await house.click(call.approval, "U-IDA"))

    end = NOW + timedelta(minutes=until)
    assert answer == ClickAnswer(True, actwording.taken_over(call.approval, end, "Europe/Berlin"))
    one = await house.approval(call.approval)
    assert one == dataclasses.replace(before, state=ApprovalState.TAKEN_OVER, taker="ida")
    data = {"approval": one.id, "case": "C-1"}
    assert await house.dues() == {f"byhand:{one.id}": (end, "approval_by_hand", "T:D", data)}
    assert {card["outcome"] for card in await house.cards(one)} == {askwording.card_outcome(one, {"ida": "Ida"}, CallState.WAITING)}
    told = actwording.taken_over_told("Ida", call.sentence, one.id)
    content = {"text": told, "case": "C-1", "buttons": ["withdraw"]}
    assert await notes(house, "taken") == {f"taken:{one.id}:{house.town.at.isoformat()}": (content, "D", "1.1", "", "C-1")}
    assert (await said(house))[-1] == told
    assert await audit(house, one.id) == {"state": "taken_over", "taken": "ida"}
    assert end <= NOW + timedelta(minutes=later) + LONGEST


@pytest.mark.parametrize("tool", ["stamp", ""])
async def test_what_nobody_could_read_back_is_not_taken_over(shop: Workshop, tool: str) -> None:
    """A deed, and what a tool does that is gone."""
    shop.reads(owing("approval: {by: [engineers], within: 4h}", tools=tool or "turn_on"))
    call = await shop.asks(tool or "turn_on")
    if not tool:
        del shop.tools["turn_on"]
    before = await shop.approval(call.approval)
    answer = await shop.people.by_hand.take(await shop.click(call.approval, "U-IDA"))
    assert answer == ClickAnswer(False, actwording.NOT_BY_HAND)
    assert await shop.approval(call.approval) == before


async def test_who_said_yes_before_stands_on_the_card_of_what_is_taken_over(house: Workshop) -> None:
    house.reads(policy(pair="{by: [engineers, managers], count: 2, within: 4h}"))
    call = await house.opens()
    await house.yes(call.approval, "U-OMAR")
    await house.people.by_hand.take(await house.click(call.approval, "U-IDA"))
    one = await house.approval(call.approval)
    assert {vote["name"] for card in await house.cards(one) for vote in card["votes"]} == {"Omar"}
    house.door.by_hand = True
    assert (await house.people.by_hand.done(await house.click(call.approval, "U-IDA"))).taken
    assert {vote["name"] for card in await house.cards(await house.approval(call.approval)) for vote in card["votes"]} == {"Omar"}


def before_it_is_written(house: Workshop, happens: Callable[[], Awaitable[None]]) -> None:
    """Let something happen after all that was looked at."""
    approvers = house.people.approvers
    names = approvers.names

    async def first(votes: Any) -> dict[str, str]:
        approvers.names = names  # type: ignore[method-assign]
        await happens()
        return await names(votes)

    approvers.names = first  # type: ignore[method-assign]


async def test_what_has_changed_meanwhile_is_not_taken_over(house: Workshop) -> None:
    """Answered, or its call over: told so, and nothing is written."""
    call = await house.opens()
    answered = dataclasses.replace(
        await house.approval(call.approval),
        votes=(Vote("omar", "U-OMAR", approve=True, reason="", at=NOW),),
        state=ApprovalState.APPROVED,
    )
    one = await house.approval(call.approval)

    async def answer() -> None:
        async with house.store.work() as work:
            await work.save_approval(answered)

    before_it_is_written(house, answer)
    click = await house.click(call.approval, "U-IDA")
    assert await house.people.by_hand.take(click) == ClickAnswer(False, askwording.changed(one, answered))
    assert await house.approval(call.approval) == answered

    other = await house.opens()
    one = await house.approval(other.approval)

    async def over() -> None:
        async with house.store.work() as work:
            await work.save_call(dataclasses.replace(other, state=CallState.FAILED))

    before_it_is_written(house, over)
    click = await house.click(other.approval, "U-IDA")
    assert await house.people.by_hand.take(click) == ClickAnswer(False, askwording.changed(one, one))
    assert await house.approval(other.approval) == one
    assert await notes(house, "taken") == {}


async def test_of_two_who_take_it_over_at_once_the_second_waits(house: Workshop) -> None:
    call = await house.opens()
    click = await house.click(call.approval, "U-IDA")
    async with house.store.work() as work:
        first = await work.approval(call.approval, lock=True)
        assert first is not None
        second = asyncio.create_task(house.people.by_hand.take(click))
        assert await house.held_up(second)
        await work.save_approval(dataclasses.replace(first, state=ApprovalState.TAKEN_OVER, taker="omar"))
    assert not (await second).taken
    assert (await house.approval(call.approval)).taker == "omar"


# ── done ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_done_by_hand_and_seen(house: Workshop) -> None:
    """The call is taken over with what was seen, the approval closed, the case told, and what is owed afterwards due; it has no end there."""
    call, one = await taken(house)
    after = (Review("later", "It matters.", ("admins",)), Notify("told", "", ("admins",)))
    async with house.store.work() as work:
        await work.save_call(dataclasses.replace(call, after=after))
    house.door.by_hand, house.town.at = True, SOON

    answer = await house.people.by_hand.done(await house.click(call.approval, "U-IDA"))

    assert answer == ClickAnswer(True, actwording.seen_done(one.id, endless=True))
    done = await house.call(call.call)
    assert (done.state, done.finished, done.reason) == (CallState.TAKEN_OVER, SOON, "")
    assert (done.summary, done.result, done.check) == (
        actwording.by_hand("Ida", call.sentence, endless=True),
        {"changed": True},
        CHECKED,
    )
    assert await house.approval(one.id) == dataclasses.replace(one, answered=SOON)
    outcome = askwording.card_outcome(await house.approval(one.id), {"ida": "Ida"}, CallState.TAKEN_OVER, there=True)
    assert {(card["state"], card["outcome"]) for card in await house.cards(one)} == {("done_by_hand", outcome)}
    review = {"case": "C-1", "call": call.id, "policy": "later", "tries": 0}
    assert await house.dues() == {f"review:{call.id}:later": (SOON, "review", "T:D", review)}
    told = await house.asked("SELECT person FROM outbox WHERE key LIKE 'notify:%' OR key LIKE 'told:%'")
    assert told == [("U-NOOR",)]
    assert await house.asked("SELECT key FROM inbox") == [(f"approval:{one.id}:taken_over",)]
    async with house.store.work() as work:
        [line] = [line for line in await work.transcript("C-1") if line.role == "outcome"]
    assert (line.text, line.data) == ("", {"call": call.call, "approval": one.id})
    assert await audit(house, one.id) == {"state": "taken_over", "done": "ida"}
    assert (await house.audited())[-2] == ("call", call.id, "taken_over")
    assert house.door.opened == []
    again = await house.people.by_hand.done(await house.click(call.approval, "U-IDA"))
    assert again == ClickAnswer(False, askwording.late(await house.approval(one.id)))


@pytest.mark.parametrize("until", [UNTIL, "next Friday"], ids=["as its tool says", "which its tool cannot tell"])
async def test_what_was_done_by_hand_and_has_an_end(house: Workshop, monkeypatch: pytest.MonkeyPatch, until: str) -> None:
    """It ends then, as what Deskhand does; where that cannot be told it is said to go on, and written down in any case."""

    def ending(args: Entry, result: Result) -> Ending:
        return Ending(datetime.fromisoformat(result.data["until"]), "close_door", {"user": args.user})

    async def check(args: Entry, result: Result | None) -> Check:
        return Check(True, "it is open", "looked", {"until": until})

    monkeypatch.setattr(house.door, "ending", ending)
    monkeypatch.setattr(house.door, "check", check)
    call, one = await taken(house)
    with capture_logs() as logs:
        answer = await house.people.by_hand.done(await house.click(call.approval, "U-IDA"))

    endless = until != UNTIL
    assert answer == ClickAnswer(True, actwording.seen_done(one.id, endless=endless))
    done = await house.call(call.call)
    assert (done.state, done.summary) == (CallState.TAKEN_OVER, actwording.by_hand("Ida", call.sentence, endless=endless))
    data = {"case": "C-1", "call": call.id, "tool": "close_door", "arguments": {"user": "ben"}}
    end = (datetime.fromisoformat(UNTIL), "grant_end", "T:D", data)
    assert await house.dues() == ({} if endless else {f"end:{call.id}": end})
    failed = [(one["tool"], one["case"], one["call"]) for one in logs if one["log_level"] == "error"]
    assert failed == ([("open_door", "C-1", call.id)] if endless else [])


async def test_it_is_looked_at_with_what_was_asked_for(shop: Workshop) -> None:
    """What was asked for without an end is not said to have none."""
    shop.reads(owing("approval: {by: [engineers], within: 4h}"))
    call = await shop.asks()
    assert (await shop.people.by_hand.take(await shop.click(call.approval, "U-IDA"))).taken
    answer = await shop.people.by_hand.done(await shop.click(call.approval, "U-IDA"))
    assert answer == ClickAnswer(True, actwording.seen_done(call.approval, endless=False))
    assert (shop.lamp.looked, shop.lamp.ran) == ([None], [])


async def test_what_is_not_seen_is_not_done(house: Workshop) -> None:
    """It is said what was seen, or that nobody could look; nothing is closed, and it is done once it shows."""
    call, one = await taken(house)
    click = await house.click(call.approval, "U-IDA")
    before = await house.call(call.call)
    assert await house.people.by_hand.done(click) == ClickAnswer(False, actwording.not_seen("it is shut"))
    door = house.tools.pop("open_door")
    assert await house.people.by_hand.done(click) == ClickAnswer(False, actwording.not_seen(""))
    house.tools["open_door"] = house.lamp
    assert await house.people.by_hand.done(click) == ClickAnswer(False, actwording.not_seen(""))
    assert (await house.call(call.call), await house.approval(one.id)) == (before, one)
    house.tools["open_door"], house.door.by_hand = door, True
    assert (await house.people.by_hand.done(click)).taken


@pytest.mark.parametrize("act", ["done", "back"])
@pytest.mark.parametrize(("who", "by"), [("U-OMAR", "omar"), ("U-ANA", "ana"), ("U-NOBODY", "U-NOBODY")])
async def test_nobody_else_ends_what_somebody_has_in_hand(house: Workshop, act: str, who: str, by: str) -> None:
    call, one = await taken(house)
    house.door.by_hand = True
    answer = await getattr(house.people.by_hand, act)(await house.click(call.approval, who))
    assert answer == ClickAnswer(False, actwording.NOT_YOURS_BY_HAND)
    assert await house.approval(one.id) == one
    assert await audit(house, one.id) == {"state": "taken_over", "refused": by}


async def test_who_is_no_member_any_more_ends_nothing(house: Workshop) -> None:
    """Though their handle is the one that took it over."""
    call, one = await taken(house)
    house.door.by_hand = True
    click = dataclasses.replace(await house.click(call.approval, "U-IDA"), team="T-OTHER")
    assert await house.people.by_hand.done(click) == ClickAnswer(False, actwording.NOT_YOURS_BY_HAND)
    assert await house.approval(one.id) == one


async def test_what_nobody_has_in_hand_is_neither_done_nor_given_back(house: Workshop) -> None:
    call = await house.opens()
    one = await house.approval(call.approval)
    for act in (house.people.by_hand.done, house.people.by_hand.back):
        assert await act(await house.click(call.approval, "U-IDA")) == ClickAnswer(False, askwording.late(one))


# ── given back ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_given_back_it_waits_again(house: Workshop) -> None:
    """As it did, for those who have not answered, with a reminder and a look; the requester reads for whom."""
    house.reads(policy(pair="{by: [engineers], within: 4h, remind: 20m}", too="{by: [managers], within: 4h, remind: 10m}"))
    call = await house.opens()
    await house.yes(call.approval, "U-MIA")
    waited = await house.approval(call.approval)
    await house.people.by_hand.take(await house.click(call.approval, "U-IDA"))
    house.town.at = SOON

    answer = await house.people.by_hand.back(await house.click(call.approval, "U-IDA"))

    assert answer == ClickAnswer(True, actwording.given_back(call.approval))
    assert await house.approval(call.approval) == waited
    data = {"approval": waited.id, "case": "C-1"}
    assert await house.dues() == {
        f"expire:{waited.id}": (SOON + timedelta(minutes=15), "approval_expire", "T:D", data),
        f"remind:{waited.id}": (SOON + timedelta(minutes=20), "approval_remind", "T:D", data),
    }
    assert {vote["name"] for card in await house.cards(waited) for vote in card["votes"]} == {"Mia"}
    told = actwording.given_back_told("Ida", call.sentence, askwording.needed(waited), waited.id)
    content = {"text": told, "case": "C-1", "buttons": ["withdraw"]}
    assert await notes(house, "givenback") == {f"givenback:{waited.id}:{SOON.isoformat()}": (content, "D", "1.1", "", "C-1")}
    assert await audit(house, waited.id) == {"state": "waiting", "given_back": "ida"}


@pytest.mark.parametrize("over", [False, True])
async def test_in_whose_time_it_does_not_show_hears_of_it(house: Workshop, over: bool) -> None:
    """It waits again; whether its own time is over as well is said, to the requester too."""
    house.reads(policy(pair="{by: [engineers], within: 8h}"))
    call, one = await taken(house)
    house.town.at = one.expires if over else NOW + LONGEST
    await house.people.by_hand.late(await seen(house, call))
    again = await house.approval(call.approval)
    assert (again.state, again.taker) == (ApprovalState.WAITING, "")
    text = actwording.not_done_in_time(call.sentence, one.id, over=over)
    assert await notes(house, "nottaken") == {f"nottaken:{one.id}:ida": ({"text": text}, "", "", "U-IDA", "C-1")}
    needed = "" if over else askwording.needed(one)
    assert (await said(house))[-1] == actwording.given_back_told("Ida", call.sentence, needed, one.id)


async def test_who_took_it_over_in_the_channel_alone_is_not_written_to(house: Workshop) -> None:
    """There is no card of theirs; and what was given back meanwhile is told to nobody."""
    call, one = await taken(house)
    async with house.store.work() as work:
        await work.save_approval(dataclasses.replace(one, cards=(f"card:{one.id}:channel",)))
    now = await seen(house, call)
    await house.people.by_hand.late(now)
    assert await notes(house, "nottaken") == {}
    other, _ = await taken(house)
    was = await seen(house, other)
    assert (await house.people.by_hand.back(await house.click(other.approval, "U-IDA"))).taken
    await house.people.by_hand.late(was)
    assert await notes(house, "nottaken") == {}


# ── nobody wants it any more ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("state", [ApprovalState.WITHDRAWN, ApprovalState.SUPERSEDED, ApprovalState.CANCELLED])
@pytest.mark.parametrize("there", [True, False, None])
async def test_what_is_left_is_looked_at_and_both_are_told(house: Workshop, state: ApprovalState, there: bool | None) -> None:
    """Whether it is there, or that nobody could look; the card and the ledger say so."""
    call, one = await taken(house)
    await house.ends(one, state, call)
    assert await house.dues() == {f"left:{one.id}": (NOW, "approval_left", "T:D", {"approval": one.id, "case": "C-1"})}
    house.door.by_hand = bool(there)
    if there is None:
        del house.tools["open_door"]
    now = await seen(house, call)
    why = await house.people.by_hand.left(now)

    check = None if there is None else {"held": there, "observed": "it is open" if there else "it is shut", "how": "looked"}
    assert (await house.call(call.call)).check == check
    ends = actwording.left_ends(None, known=there is not None) if there is not False else ""
    assert why == ("" if there is not None else actwording.left_to_people("Ida", call.sentence))
    how = {"there": there, "state": state, "ends": ends}
    told = actwording.left_told("Ida", call.sentence, one.id, **how)  # type: ignore[arg-type]
    taker = actwording.left_taker("Ana", call.sentence, one.id, **how)  # type: ignore[arg-type]
    assert await notes(house, "left") == {
        f"left:{one.id}": ({"text": told, "case": "C-1", "buttons": []}, "D", "1.1", "", "C-1"),
        f"left:{one.id}:ida": ({"text": taker}, "", "", "U-IDA", "C-1"),
    }
    assert (await said(house))[-1] == told
    outcome = askwording.card_outcome(now.approval, {"ida": "Ida"}, now.call.state, there=there)
    assert {card["outcome"] for card in await house.cards(one)} == {outcome}
    assert (await house.audited())[-1] == ("call", call.id, str(now.call.state))


async def test_what_changes_while_it_is_looked_at_is_told_to_nobody(house: Workshop) -> None:
    """Its call, or its approval; whom no message reaches is not written to."""
    for number, kept in enumerate(("call", "approval")):
        call, one = await taken(house)
        await house.ends(one, ApprovalState.WITHDRAWN, call)
        now = await seen(house, call)
        async with house.store.work() as work:
            if kept == "call":
                await work.save_call(dataclasses.replace(now.call, reason="Another."))
            else:
                await work.save_approval(dataclasses.replace(now.approval, successor="A-9"))
        await house.people.by_hand.left(now)
        assert (number, await notes(house, "left")) == (number, {})
    call, one = await taken(house)
    await house.ends(one, ApprovalState.WITHDRAWN, call)
    now = await seen(house, call)
    await house.people.by_hand.left(dataclasses.replace(now, clicker=dataclasses.replace(now.clicker, slack_id="")))
    assert set(await notes(house, "left")) == {f"left:{one.id}"}


async def test_what_is_left_waits_for_whatever_happens_in_the_same_moment(house: Workshop) -> None:
    call, one = await taken(house)
    await house.ends(one, ApprovalState.WITHDRAWN, call)
    now = await seen(house, call)
    async with house.store.work() as work:
        await work.approval(one.id, lock=True)
        left = asyncio.create_task(house.people.by_hand.left(now))
        assert await house.held_up(left)
        await work.save_approval(dataclasses.replace(now.approval, successor="A-9"))
    await left
    assert await notes(house, "left") == {}
