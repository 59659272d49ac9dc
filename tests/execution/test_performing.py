"""What was answered is performed as it was shown, gated again as of now."""

import asyncio
import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from bot.consent import ApprovalState
from bot.domain import SYSTEM, Call, CallState, PersonKind, Principal
from bot.words import askwording, freezewording, wording
from tests.town import NOW, TEAM
from tests.workshop import ENGINEERS, SHOWN, Job, Workshop, end, owing, seen
from tools.contract import Refused, Resource


async def test_what_was_approved_is_performed(shop: Workshop) -> None:
    call = await shop.given()
    shop.town.at = NOW + timedelta(hours=1)
    before = len(await shop.audited())
    done = await shop.performs(call.approval)
    assert (
        done
        == await shop.call("c1")
        == dataclasses.replace(
            call,
            state=CallState.VERIFIED,
            started=shop.town.at,
            finished=shop.town.at,
            key=f"C-1:c1:{call.digest[:16]}",
            summary="Turned it on.",
            result={"lamp": "on", "changed": True},
            check=SHOWN,
            facts=done.facts,
        )
    )
    assert (await shop.approval(call.approval)).state is ApprovalState.USED
    assert (await shop.audited())[before:] == [
        ("approval", call.id, "used"),
        ("call", call.id, "started"),
        ("call", call.id, "verified"),
    ]
    again = await shop.performs(call.approval)
    assert (again, len(shop.lamp.ran)) == (done, 1)


async def test_before_it_was_given_it_is_left_as_it_is(shop: Workshop) -> None:
    shop.reads(owing(ENGINEERS))
    call = await shop.asks()
    assert await shop.performs(call.approval) == call == await shop.call("c1")
    await shop.yes(call.approval, approve=False, words="No.")
    assert (await shop.performs(call.approval)).state is not CallState.VERIFIED
    assert shop.lamp.ran == []


async def test_the_answer_to_another_call_performs_nothing(shop: Workshop) -> None:
    """Approved is the one; the event is of the other, which nobody has answered."""
    shop.reads(owing(ENGINEERS))
    one, two = await shop.asks(), await shop.asks(name="c2", thing="fan")
    await shop.yes(one.approval)
    assert (await shop.performs(two.approval)).state is CallState.WAITING
    assert (await shop.performs(one.approval)).state is CallState.VERIFIED
    assert [args.thing for args, _ in shop.lamp.ran] == ["lamp"]


async def test_its_cards_say_what_came_of_it(shop: Workshop) -> None:
    """All of them, once it has run; by whoever said yes."""
    call = await shop.given()
    one = await shop.approval(call.approval)
    waits = (await shop.posts())[one.cards[0]]
    shop.lamp.gives = (Refused("It says no."),)
    over = await shop.performs(call.approval)
    posts = await shop.posts()
    now = await shop.approval(call.approval)
    assert waits["outcome"] != askwording.card_outcome(now, {"omar": "Omar"}, over.state)
    shown = [posts[key] for key in one.cards]
    assert {card["outcome"] for card in shown} == {askwording.card_outcome(now, {"omar": "Omar"}, CallState.FAILED)}
    assert {(card["requester"]["handle"], card["votes"][0]["name"], card["words"]) for card in shown} == {
        ("ana", "Omar", "please turn it on")
    }


async def test_an_approval_of_another_case_raises(shop: Workshop) -> None:
    call = await shop.given()
    other = dataclasses.replace(await shop.approval(call.approval), case="C-2")
    with pytest.raises(RuntimeError, match=rf"^approval {call.approval} is not one of case C-1$"):
        await shop.executor.perform_approved(other, shop.turn)
    assert shop.lamp.ran == []


async def test_an_approval_whose_call_is_gone_raises(shop: Workshop) -> None:
    call = await shop.given()
    lost = dataclasses.replace(await shop.approval(call.approval), call="K-0")
    with pytest.raises(RuntimeError, match=rf"^approval {call.approval} has no call$"):
        await shop.executor.perform_approved(lost, shop.turn)


async def test_what_can_no_longer_be_resolved_ends_as_the_same_row(shop: Workshop) -> None:
    call = await shop.given()
    shop.lamp.canonical_ = Refused("There is no lamp any more.")
    over = await shop.performs(call.approval)
    assert (over, end(over)) == (await shop.call("c1"), (CallState.FAILED, "There is no lamp any more.", NOW))
    assert (over.id, over.approval, shop.lamp.ran) == (call.id, call.approval, [])


async def test_what_the_policy_denies_by_then(shop: Workshop) -> None:
    """With what it was decided from by then."""
    call = await shop.given()
    forbid = "  - {id: never, because: Not today., tools: [turn_on], effect: forbid, roles: [employee]}\n"
    shop.reads(owing(ENGINEERS) + forbid)
    shop.town.at = NOW + timedelta(hours=1)
    over = await shop.performs(call.approval)
    assert (over, end(over)) == (await shop.call("c1"), (CallState.DENIED, "Not today.", shop.town.at))
    assert seen(over, "id", "decision", "policies", "digest") == (call.id, "deny", ("never",), call.digest)
    assert (shop.lamp.ran, (await shop.audited())[-1]) == ([], ("call", call.id, "denied"))


@pytest.mark.parametrize("when", ["decided", "claimed"])
async def test_what_was_approved_and_is_frozen_by_then(shop: Workshop, when: str) -> None:
    """What was given for it is void, and its cards say so, also where the freeze came in between."""
    call = await shop.given()
    if when == "decided":
        await shop.frozen()
    else:
        shop.before(shop.frozen)
    over = await shop.performs(call.approval)
    assert (over, end(over)) == (await shop.call("c1"), (CallState.FROZEN, freezewording.stopped("F-1", "Phishing."), NOW))
    one = await shop.approval(call.approval)
    assert one.state is ApprovalState.FROZEN
    card = (await shop.posts())[one.cards[0]]
    assert (card["state"], card["requester"]["handle"], card["votes"][0]["name"]) == ("frozen", "ana", "Omar")
    assert (shop.lamp.ran, (await shop.audited())[-2:]) == (
        [],
        [("approval", call.id, "frozen"), ("call", call.id, "frozen")],
    )


@pytest.mark.parametrize("after", [timedelta(hours=4), timedelta(hours=5)])
async def test_what_was_approved_and_waited_too_long(shop: Workshop, after: timedelta) -> None:
    call = await shop.given()
    shop.town.at = NOW + after
    over = await shop.performs(call.approval)
    assert (over, end(over)) == (await shop.call("c1"), (CallState.EXPIRED, askwording.TOO_LATE, shop.town.at))
    assert (await shop.approval(call.approval)).state is ApprovalState.EXPIRED
    assert shop.lamp.ran == []


async def test_a_yes_that_was_enough_counts_though_whoever_gave_it_has_left(shop: Workshop) -> None:
    """It was the answer to all that was asked; for what is asked of people since, those who hold the role then count."""
    call = await shop.given()
    shop.town.people_["omar"] = dataclasses.replace(shop.town.people_["omar"], active=False)
    assert (await shop.performs(call.approval)).state is CallState.VERIFIED


async def test_more_that_is_owed_by_then_is_asked_for(shop: Workshop) -> None:
    """The yes counts for one of two; nobody is asked where its time is over."""
    call = await shop.given()
    shop.reads(owing(ENGINEERS.replace("by:", "count: 2, by:")))
    waits = await shop.performs(call.approval)
    assert (waits, waits.state, shop.lamp.ran) == (await shop.call("c1"), CallState.WAITING, [])
    assert (waits.id, waits.approval != call.approval, waits.key == waits.digest != call.digest) == (call.id, True, True)
    one, anew = await shop.approval(call.approval), await shop.approval(waits.approval)
    assert (one.state, one.successor, [vote.by for vote in anew.votes]) == (ApprovalState.SUPERSEDED, anew.id, ["omar"])
    await shop.yes(anew.id, "U-IDA")
    assert (await shop.performs(anew.id)).state is CallState.VERIFIED


async def test_a_yes_that_is_enough_for_what_is_asked_now_is_used(shop: Workshop) -> None:
    """The policy asks in other words by then; it is counted anew, and that is what is claimed."""
    call = await shop.given()
    shop.reads(owing(ENGINEERS.replace("4h", "5h")))
    assert (await shop.performs(call.approval)).state is CallState.VERIFIED
    assert (await shop.approval(call.approval)).state is ApprovalState.USED


async def test_what_another_has_claimed_is_theirs(shop: Workshop) -> None:
    """It is answered as it stands, and run once."""
    call = await shop.given()

    async def another() -> None:
        assert (await shop.performs_elsewhere(call.approval)).state is CallState.VERIFIED

    shop.before(another)
    assert await shop.performs(call.approval) == await shop.call("c1")
    assert ((await shop.call("c1")).state, len(shop.lamp.ran)) == (CallState.VERIFIED, 1)


class Door(asyncio.Lock):
    """`knocked` is set once somebody waits before it."""

    def __init__(self) -> None:
        super().__init__()
        self.knocked = asyncio.Event()

    async def acquire(self) -> bool:
        if self.locked():
            self.knocked.set()
        return await super().acquire()


async def test_a_turn_of_this_process_waits_for_another_that_has_claimed_the_call(shop: Workshop) -> None:
    """It comes between the claim and the deed, where the ledger has the call as one that was cut off: it is not run a second time."""
    call = await shop.given()
    shop.executor._alone[call.id] = door = Door()
    claims, second = shop.executor._claims, list[asyncio.Task[Call]]()
    claim = claims.claim

    async def claimed(*args: Any) -> Any:
        claims.claim = claim  # type: ignore[method-assign]
        mine = await claim(*args)
        second.append(asyncio.create_task(shop.performs(call.approval)))
        knocked = asyncio.create_task(door.knocked.wait())
        await asyncio.wait({second[0], knocked}, return_when=asyncio.FIRST_COMPLETED)
        knocked.cancel()
        return mine

    claims.claim = claimed  # type: ignore[method-assign]
    assert (await shop.performs(call.approval)).state is CallState.VERIFIED
    assert ((await second[0]).state, len(shop.lamp.ran)) == (CallState.VERIFIED, 1)


async def test_what_another_has_asked_people_for_is_asked_once(shop: Workshop) -> None:
    """Whoever comes second answers with the call as it waits, draws no card of their own, and ends nothing of it."""
    call = await shop.given()
    shop.reads(owing(ENGINEERS.replace("by:", "count: 2, by:")))
    asking = shop.people.asking
    anew, waits = asking.anew, []

    async def another(*args: Any) -> Any:
        asking.anew = anew  # type: ignore[method-assign]
        waits.append(await shop.performs_elsewhere(call.approval))
        await shop.frozen()
        return await anew(*args)

    asking.anew = another  # type: ignore[method-assign]
    assert [await shop.performs(call.approval)] == waits == [await shop.call("c1")]
    assert [one.state for one in await shop.approvals()] == [ApprovalState.SUPERSEDED, ApprovalState.WAITING]


async def test_a_call_that_takes_long_holds_up_no_other(shop: Workshop) -> None:
    shop.reads(owing(ENGINEERS, tools="turn_on, press"))
    long, other = await shop.asks(), await shop.asks("press", "c2")
    for call in (long, other):
        await shop.yes(call.approval)
    shop.lamp.goes_on.clear()
    runs = asyncio.create_task(shop.performs(long.approval))
    await asyncio.wait_for(shop.lamp.began.wait(), 5)
    assert (await asyncio.wait_for(shop.performs(other.approval), 5)).state is CallState.VERIFIED
    assert not runs.done()
    shop.lamp.goes_on.set()
    assert (await runs).state is CallState.VERIFIED


async def test_more_that_is_owed_when_the_time_is_over_is_not_asked_for(shop: Workshop) -> None:
    call = await shop.given()
    shop.reads(owing(ENGINEERS.replace("by:", "count: 2, by:")))
    shop.town.at = NOW + timedelta(hours=4)
    over = await shop.performs(call.approval)
    assert end(over) == (CallState.EXPIRED, askwording.TOO_LATE, shop.town.at)
    assert [one.state for one in await shop.approvals()] == [ApprovalState.EXPIRED]


async def test_a_limit_that_was_reached_while_it_waited(shop: Workshop) -> None:
    """Denied, and no freeze or time is the cause: what was given stays as it is."""
    call = await shop.given(f"limit: {{times: 1, within: 1d, per: tool}}, {ENGINEERS}")
    await shop.stands("c0", state=CallState.VERIFIED, started=NOW, finished=NOW)
    over = await shop.performs(call.approval)
    assert over == await shop.call("c1")
    assert (over.state, "which is the limit" in over.reason, over.finished) == (CallState.DENIED, True, NOW)
    assert (await shop.approval(call.approval)).state is ApprovalState.APPROVED


async def test_a_turn_of_somebody_else_does_not_perform_it(shop: Workshop) -> None:
    """It is theirs whose rights it was decided by."""
    call = await shop.given()
    shop.turn.principal = Principal("noor", "U-NOOR", TEAM, kind=PersonKind.MEMBER, name="Noor")
    over = await shop.performs(call.approval)
    assert end(over) == (CallState.DENIED, wording.POLICY_CHANGED, NOW)
    assert (over, shop.lamp.ran) == (await shop.call("c1"), [])


async def test_what_deskhand_asked_for_is_performed_in_anybodys_turn(shop: Workshop) -> None:
    shop.reads(owing(ENGINEERS))
    mine, shop.turn.principal = shop.turn.principal, SYSTEM
    call = await shop.asks()
    await shop.yes(call.approval)
    shop.turn.principal = mine
    done = await shop.performs(call.approval)
    assert (done.state, done.principal) == (CallState.VERIFIED, "deskhand")
    assert [caller.principal for _, caller in shop.lamp.ran] == ["deskhand"]


async def test_what_is_another_call_by_then_is_not_performed(shop: Workshop) -> None:
    """What was shown is not what would be done: the thing is somebody else's by now."""
    call = await shop.given()

    async def moved(args: Job) -> Resource:
        return Resource("thing", args.thing, "Lamp", "mia")

    shop.lamp.resource = moved  # type: ignore[method-assign]
    over = await shop.performs(call.approval)
    assert (over, end(over)) == (await shop.call("c1"), (CallState.DENIED, wording.POLICY_CHANGED, NOW))
    assert shop.lamp.ran == []


async def test_a_click_that_is_owed_by_then_was_never_given(shop: Workshop) -> None:
    call = await shop.given()
    shop.reads(owing(f"confirm: true, {ENGINEERS}"))
    over = await shop.performs(call.approval)
    assert (over, end(over)) == (await shop.call("c1"), (CallState.DENIED, wording.POLICY_CHANGED, NOW))


async def test_after_the_click_people_are_asked_and_then_it_runs(shop: Workshop) -> None:
    """Both answers are to this call: the click is used with the yes."""
    shop.reads(owing(f"confirm: true, {ENGINEERS}"))
    call = await shop.asks()
    await shop.yes(call.confirmation, "U-ANA")
    waits = await shop.performs(call.confirmation)
    assert (waits, waits.state, waits.id) == (await shop.call("c1"), CallState.WAITING, call.id)
    assert (waits.confirmation, waits.approval[:2], shop.lamp.ran) == (call.confirmation, "A-", [])
    assert await shop.performs(call.confirmation) == waits
    await shop.yes(waits.approval)
    done = await shop.performs(waits.approval)
    assert (done.state, len(shop.lamp.ran)) == (CallState.VERIFIED, 1)
    assert {one.state for one in await shop.approvals()} == {ApprovalState.USED}
