"""A case that people take: what has not begun does not run, whatever happens at the same moment."""

import asyncio
import dataclasses

from bot.approvals.looking import Seen
from bot.consent import Approval, ApprovalState
from bot.domain import CallState, Principal
from tests.workshop import Workshop


async def test_a_hand_over_ends_whatever_has_not_begun(house: Workshop) -> None:
    """What waits, what was approved, what is taken over: none of it runs afterwards, every card says so, and every click is answered."""
    waits, given, taken = [await house.opens() for _ in range(3)]
    await house.yes(given.approval, "U-OMAR")
    await house.people.by_hand.take(await house.click(taken.approval, "U-IDA"))
    before = await house.approval(given.approval)

    await house.all_ends()

    for call in (waits, given, taken):
        now, one = await house.call(call.call), await house.approval(call.approval)
        assert (now.state, one.state) == (CallState.HANDED_OVER, ApprovalState.HANDED_OVER)
        assert now.reason == "It was handed over to people, who go on with it."
        assert {each["state"] for each in await house.cards(one)} == {"handed_over"}
        assert "handed over with its whole case" in (await house.yes(one.id, "U-IDA")).text
    house.door.by_hand = True
    for act in (house.people.by_hand.done, house.people.by_hand.back):
        answer = await act(await house.click(taken.approval, "U-IDA"))
        assert (answer.taken, "handed over" in answer.text) == (False, True)
    assert (await house.executor.perform_approved(before, house.turn)).state is CallState.HANDED_OVER
    assert house.door.opened == []


async def test_a_hand_over_and_a_yes_that_runs_at_once(house: Workshop) -> None:
    """Performed or handed over, never both, and nobody waits in a circle."""
    for number in range(1, 9):
        call = await house.opens()
        await house.yes(call.approval, "U-OMAR")
        before, given = len(house.door.opened), await house.approval(call.approval)

        async def runs(given: Approval = given, number: int = number) -> None:
            await asyncio.sleep(0.002 * (number % 4))
            await house.executor.perform_approved(given, house.turn)

        await asyncio.gather(runs(), house.all_ends())
        now, one = await house.call(call.call), await house.approval(call.approval)
        ran = len(house.door.opened) - before
        assert (ran, now.state, one.state) in (
            (1, CallState.VERIFIED, ApprovalState.USED),
            (0, CallState.HANDED_OVER, ApprovalState.HANDED_OVER),
        )


async def test_a_hand_over_while_it_is_done_by_hand(house: Workshop) -> None:
    """It was done before, and stands so, or it is handed over and whoever did it hears so."""
    house.door.by_hand = True
    for number in range(8):
        call = await house.opens()
        await house.people.by_hand.take(await house.click(call.approval, "U-IDA"))
        done = house.people.by_hand.done(await house.click(call.approval, "U-IDA"))

        async def hand_over(number: int = number) -> None:
            await asyncio.sleep(0.003 * (number % 4))
            await house.all_ends()

        answer, _ = await asyncio.gather(done, hand_over())
        now, one = await house.call(call.call), await house.approval(call.approval)
        states = (answer.taken, now.state, one.state)
        assert states in (
            (True, CallState.TAKEN_OVER, ApprovalState.TAKEN_OVER),
            (False, CallState.HANDED_OVER, ApprovalState.HANDED_OVER),
        )


async def test_what_was_done_is_not_withdrawn_by_who_looked_before(house: Workshop) -> None:
    """Whoever ends a call looks at it once more when nobody else can change it."""
    call = await house.opens()
    await house.people.by_hand.take(await house.click(call.approval, "U-IDA"))
    house.door.by_hand = True
    assert (await house.people.by_hand.done(await house.click(call.approval, "U-IDA"))).taken
    async with house.store.work() as work:
        one = await work.approval(call.approval)
        assert one is not None
        await house.people.approvals.end(work, one, ApprovalState.WITHDRAWN, call, house.turn.case, house.turn.principal)
    assert (await house.call(call.call)).state is CallState.TAKEN_OVER


async def test_what_deskhand_itself_waits_for_is_not_handed_over(house: Workshop) -> None:
    """What was given ends one day, though the case is with people meanwhile."""
    call = await house.opens()
    async with house.store.work() as work:
        await work.save_call(dataclasses.replace(call, principal="deskhand"))
    await house.all_ends()
    assert (await house.call(call.call)).state is CallState.WAITING


async def test_what_was_taken_over_and_cannot_be_looked_at_any_more_is_said(house: Workshop) -> None:
    """Its tool takes other arguments by now, or is gone: nothing is closed, nothing raises, and whoever had it in hand is told."""
    call = await house.opens()
    await house.people.by_hand.take(await house.click(call.approval, "U-IDA"))
    async with house.store.work() as work:
        await work.save_call(dataclasses.replace(call, arguments={"other": 1}))
    answer = await house.people.by_hand.done(await house.click(call.approval, "U-IDA"))
    assert (answer.taken, (await house.call(call.call)).state) == (False, CallState.WAITING)

    await house.ends(await house.approval(call.approval), ApprovalState.WITHDRAWN, await house.call(call.call))
    house.people.by_hand._tools = {}
    now, one = await house.call(call.call), await house.approval(call.approval)
    taker = Principal("ida", "U-IDA", name="Ida")
    await house.people.by_hand.left(Seen(one, now, house.turn.case, house.turn.principal, taker))
    assert {f"left:{one.id}", f"left:{one.id}:ida"} <= set(await house.posts())
