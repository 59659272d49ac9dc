"""An answer that is not enough for what is owed by now is asked for anew, once, with real parallel connections."""

import asyncio
import dataclasses
from datetime import timedelta

import pytest

from bot.consent import ApprovalState
from bot.domain import CallState
from bot.words import askwording
from tests.town import NOW
from tests.workshop import ENGINEER, Workshop, owing, policy


async def test_what_is_owed_as_it_was_asked_for_is_performed_once(house: Workshop) -> None:
    """One yes is an answer to two policies that ask the same; whatever is applied again afterwards does nothing more."""
    house.reads(policy(pair=ENGINEER, too=ENGINEER))
    call = await house.opens()
    assert (await house.yes(call.approval, "U-OMAR")).taken
    done = await asyncio.gather(*(house.performs(call.approval) for _ in range(5)))
    assert {one.state for one in done} <= {CallState.STARTED, CallState.VERIFIED}
    assert (await house.performs(call.approval)).state is CallState.VERIFIED
    assert len(house.door.opened) == 1


async def test_a_turn_performs_what_its_own_case_was_given(house: Workshop) -> None:
    """Whatever names an approval of another case is told so loudly, and nothing is opened or drawn anew."""
    call = await house.opens()
    assert (await house.yes(call.approval, "U-OMAR")).taken
    other = dataclasses.replace(house.turn.case, id="C-2", conversation="T:D2")
    async with house.store.work() as work:
        await work.save_case(other)
    with pytest.raises(RuntimeError, match="not one of case C-2"):
        await house.executor.perform_approved(await house.approval(call.approval), dataclasses.replace(house.turn, case=other))
    assert house.door.opened == []


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(policy(pair=ENGINEER, too="{by: [managers, engineers], within: 4h}"), id="two questions of what was one"),
        pytest.param(policy(pair=ENGINEER, too="{by: [engineers], within: 1h}"), id="in another time"),
        pytest.param(policy(pair="{by: [engineers], count: 2, within: 4h}"), id="two of them"),
        pytest.param(policy(pair=ENGINEER, third="{by: [managers]}"), id="a policy that came since"),
    ],
)
async def test_one_yes_is_no_answer_to_two_questions(house: Workshop, now: str) -> None:
    """The policy asks for two persons by the time it is performed: the one counts for one, and another is asked; nobody is asked twice."""
    house.reads(policy(pair=ENGINEER, too=ENGINEER))
    call = await house.opens()
    assert (await house.yes(call.approval, "U-OMAR")).taken
    house.reads(now)

    waits = await house.performs(call.approval)

    assert (waits.state, house.door.opened) == (CallState.WAITING, [])
    assert waits.approval != call.approval
    first, second = await house.approval(call.approval), await house.approval(waits.approval)
    assert (first.state, first.successor) == (ApprovalState.SUPERSEDED, second.id)
    assert [(vote.by, vote.approve) for vote in second.votes] == [("omar", True)]
    assert f"card:{second.id}:U-OMAR" not in second.cards
    assert {card["outcome"] for card in await house.cards(first)} == {f"Replaced by {second.id}. This one was not done."}
    assert (await house.yes(second.id, "U-OMAR")).text == askwording.ANSWERED_ALREADY
    assert (await house.yes(second.id, "U-IDA" if "managers]" not in now else "U-MIA")).taken
    assert (await house.performs(second.id)).state is CallState.VERIFIED
    assert len(house.door.opened) == 1


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(policy(pair="{by: [engineers, managers], within: 4h}"), id="of more roles"),
        pytest.param(policy(), id="nothing is owed any more"),
        pytest.param(policy(another=ENGINEER), id="the same by another policy"),
    ],
)
async def test_a_yes_that_is_enough_for_what_is_owed_now_is_used(house: Workshop, now: str) -> None:
    call = await house.opens()
    await house.yes(call.approval, "U-OMAR")
    house.reads(now)
    assert (await house.performs(call.approval)).state is CallState.VERIFIED
    assert [one.state for one in await house.approvals()] == [ApprovalState.USED]


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(policy(pair="{by: [admins], within: 4h}"), id="of a role that they do not hold"),
        pytest.param(policy(pair=ENGINEER).replace("[omar, ida]", "[ida]"), id="of a role that means others now"),
        pytest.param(policy(pair="{by: [engineers], within: 4h, step_up: target}"), id="with more than a click"),
    ],
)
async def test_a_yes_that_does_not_count_now_is_asked_for_anew(house: Workshop, now: str) -> None:
    """It waits for the right people; whoever said yes in vain may answer anew where they may answer at all."""
    call = await house.opens()
    await house.yes(call.approval, "U-OMAR")
    house.reads(now)
    waits = await house.performs(call.approval)
    assert (waits.state, house.door.opened) == (CallState.WAITING, [])
    assert not (await house.yes(waits.approval, "U-OMAR")).taken
    assert (await house.approval(waits.approval)).state is ApprovalState.WAITING
    typed = await house.people.answering.answer(await house.click(waits.approval, "U-OMAR", words=house.door.label))
    assert typed.taken == ("step_up" in now)


async def test_a_yes_counts_by_what_they_were_asked_as(house: Workshop) -> None:
    """Omar says yes as an engineer. That managers are asked since makes it no manager's yes, though he is one; his next one is."""
    call = await house.opens()
    await house.yes(call.approval, "U-OMAR")
    house.reads(policy(pair="{by: [managers], within: 4h}"))
    waits = await house.performs(call.approval)
    assert (waits.state, house.door.opened) == (CallState.WAITING, [])
    assert (await house.yes(waits.approval, "U-OMAR")).taken
    assert (await house.performs(waits.approval)).state is CallState.VERIFIED


async def test_a_yes_whose_time_is_over_is_carried_nowhere(house: Workshop) -> None:
    call = await house.opens()
    await house.yes(call.approval, "U-OMAR")
    house.reads(policy(pair="{by: [engineers], count: 2, within: 4h}"))
    house.town.at = NOW + timedelta(hours=4)
    assert (await house.performs(call.approval)).state is CallState.EXPIRED
    assert [one.state for one in await house.approvals()] == [ApprovalState.EXPIRED]


async def test_what_nobody_may_answer_now_is_said_and_not_done(house: Workshop) -> None:
    call = await house.opens()
    await house.yes(call.approval, "U-OMAR")
    house.reads(policy(pair="{by: [admins], within: 4h}").replace("[noor]", "[left]"))
    over = await house.performs(call.approval)
    assert (over.state, over.reason, house.door.opened) == (CallState.FAILED, askwording.NOBODY_TO_ASK, [])


# ── an event that is applied again ───────────────────────────────────────────────────────────────────────────────────


async def test_an_approvals_event_that_is_applied_again_asks_nobody_once_more(house: Workshop) -> None:
    """Replayed after a crash, and by two processes at once: one new question and one card for each, whatever comes of it later."""
    call = await house.opens()
    await house.yes(call.approval, "U-OMAR")
    house.reads(policy(pair="{by: [engineers], count: 2, within: 4h}"))
    first = await house.approval(call.approval)
    waits = await asyncio.gather(*(house.executor.perform_approved(first, house.turn) for _ in range(8)))
    assert len({one.approval for one in waits}) == 1, waits
    assert [one.state for one in await house.approvals()] == [ApprovalState.SUPERSEDED, ApprovalState.WAITING]

    for _ in range(3):
        assert (await house.executor.perform_approved(first, house.turn)).state is CallState.WAITING
    assert len(await house.approvals()) == 2
    assert (await house.people.by_hand.take(await house.click(waits[0].approval, "U-IDA"))).taken
    assert (await house.executor.perform_approved(first, house.turn)).state is CallState.WAITING
    assert (len(await house.approvals()), house.door.opened) == (2, [])


async def test_a_limit_that_is_reached_in_between_asks_once(house: Workshop) -> None:
    """The same by a limit: the first yes stands on the new question, and its event asks for no third."""
    beyond = (
        "  - {id: many, because: Two are rare., tools: [open_door], effect: require, "
        "limit: {times: 1, within: 1d, per: principal, beyond: approval}, approval: {by: [admins]}}\n"
    )
    house.reads(policy(pair=ENGINEER) + beyond)
    one, two = await house.opens(), await house.opens()
    for call in (one, two):
        await house.yes(call.approval, "U-OMAR")
    assert (await house.performs(one.approval)).state is CallState.VERIFIED
    second = await house.approval(two.approval)
    waits = await asyncio.gather(*(house.executor.perform_approved(second, house.turn) for _ in range(5)))
    assert {call.state for call in waits} == {CallState.WAITING}
    assert [each.state for each in await house.approvals()] == [
        ApprovalState.USED,
        ApprovalState.SUPERSEDED,
        ApprovalState.WAITING,
    ]
    assert (await house.yes(waits[0].approval, "U-OMAR")).text == askwording.ANSWERED_ALREADY
    assert (await house.yes(waits[0].approval, "U-NOOR")).taken
    assert (await house.performs(waits[0].approval)).state is CallState.VERIFIED


async def test_what_somebody_is_asked_for_already_is_not_asked_anew(house: Workshop) -> None:
    """What was given stands still, and another turn has asked for the same call meanwhile; or what was given is replaced."""
    call = await house.opens()
    assert (await house.yes(call.approval, "U-OMAR")).taken
    given = await house.approval(call.approval)

    async def stands() -> bool:
        async with house.store.work() as work:
            return await house.people.asking.stands(work, call, [given])

    assert await stands()
    for another, still in ((ApprovalState.WAITING, False), (ApprovalState.DENIED, True), (ApprovalState.TAKEN_OVER, False)):
        async with house.store.work() as work:
            await work.save_approval(dataclasses.replace(given, id="A-900", state=another))
        assert (another, await stands()) == (another, still)
    async with house.store.work() as work:
        await work.save_approval(dataclasses.replace(given, id="A-900", state=ApprovalState.DENIED))
        await work.save_approval(dataclasses.replace(given, state=ApprovalState.SUPERSEDED))
    assert not await stands()


async def test_what_is_asked_anew_stands_on_cards_of_its_own(house: Workshop) -> None:
    """Of whoever has not said yes, and in the channel."""
    call = await house.opens()
    await house.yes(call.approval, "U-OMAR")
    house.reads(policy(pair="{by: [engineers, managers], count: 2, within: 4h}"))
    anew = await house.performs(call.approval)
    one = await house.approval(anew.approval)
    assert set(one.cards) == {f"card:{one.id}:{who}" for who in ("channel", "U-IDA", "U-MIA")}
    assert await house.asked(
        "SELECT data->>'digest' FROM audit WHERE data->>'state' = 'waiting' AND what = 'approval' ORDER BY position"
    ) == [
        (call.digest,),
        (one.digest,),
    ]


async def test_who_owns_the_thing_is_asked(house: Workshop) -> None:
    """Where a policy asks its owner: that one, and nobody who owns something else."""
    owners = "roles:\n  owners: {owner_of: resource}\n"
    house.reads(owing("approval: {by: [owners], within: 4h}").replace("roles:\n", owners, 1))
    call = await house.asks()
    assert set((await house.approval(call.approval)).cards) == {f"card:{call.approval}:U-IDA", f"card:{call.approval}:channel"}
