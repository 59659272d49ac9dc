"""A click on what is not any more as it looked changes nothing, and says what it has come to."""

import asyncio
import dataclasses
from typing import Any

from bot.consent import ApprovalState
from bot.domain import Call, CallState
from bot.ports import ClickAnswer
from bot.words import askwording
from tests.workshop import Workshop, policy


async def test_a_call_that_is_over_takes_no_answer_though_its_approval_waits(house: Workshop) -> None:
    """Neither yes nor no, by hand, less time, a question or a reminder: nothing is written to it, and the answer is no riddle."""
    call = await house.opens()
    async with house.store.work() as work:
        await work.save_call(dataclasses.replace(call, state=CallState.FAILED, reason="It is over."))
    one, people = await house.approval(call.approval), house.people
    click = await house.click(call.approval, "U-OMAR", words="?")
    acts = (people.answering.answer, people.by_hand.take, people.asides.ask, people.asides.later, people.asides.why)
    for act in (*acts, house.shortening.act):
        for each in (click, dataclasses.replace(click, approve=False)):
            answer = await act(each)
            assert (answer.taken, answer.text) == (False, f"What {one.id} was about is over, so your click changed nothing.")
    assert await house.approval(call.approval) == one


async def test_a_stale_card_answers_nothing_but_itself(house: Workshop) -> None:
    """A window with the card from before, its buttons as they were: used, replaced, withdrawn and expired say so, one by one and together."""
    used, replaced, withdrawn, expired = [await house.opens() for _ in range(4)]
    shown = [await house.click(call.approval, "U-IDA") for call in (used, replaced, withdrawn, expired)]
    digests = [(await house.approval(one.approval)).digest[:12] for one in shown]
    await house.yes(used.approval, "U-OMAR")
    await house.performs(used.approval)
    await house.yes(replaced.approval, "U-OMAR")
    house.reads(policy(pair="{by: [engineers], count: 2, within: 4h}"))
    anew = await house.performs(replaced.approval)
    for call, how in ((withdrawn, ApprovalState.WITHDRAWN), (expired, ApprovalState.EXPIRED)):
        one = await house.approval(call.approval)
        async with house.store.work() as work:
            await house.people.approvals.end(work, one, how, call, house.turn.case, house.turn.principal)
    for all_at_once in (False, True):
        clicks = [
            dataclasses.replace(one, digest=digest if all_at_once else "") for one, digest in zip(shown, digests, strict=True)
        ]
        answers = [await house.people.answering.answer(one) for one in clicks]
        assert [one.taken for one in answers] == [False] * 4
        assert [one.text for one in answers] == [
            f"{used.approval} was approved already; your click changed nothing.",
            f"{replaced.approval} was replaced by {anew.approval}; your click changed nothing.",
            f"{withdrawn.approval} was withdrawn by the requester; nothing will be done.",
            askwording.EXPIRED_CLICK,
        ]
    assert [vote.by for vote in (await house.approval(anew.approval)).votes] == ["omar"]
    assert len(house.door.opened) == 1


async def test_a_yes_and_the_end_of_its_call_at_once(house: Workshop) -> None:
    """The call ends after it was looked at, and before the yes is written down: the yes is not taken."""
    call = await house.opens()
    refusal = house.people.approvers.refusal

    async def ends(*args: Any) -> str:
        async with house.store.work() as work:
            await work.save_call(dataclasses.replace(call, state=CallState.FAILED, reason="It is over."))
        return await refusal(*args)

    house.people.approvers.refusal = ends  # type: ignore[method-assign]
    answer = await house.yes(call.approval, "U-OMAR")
    assert answer == ClickAnswer(False, f"What {call.approval} was about is over, so your click changed nothing.")
    assert (await house.approval(call.approval)).votes == ()


async def test_giving_back_what_has_changed_meanwhile_says_what_it_came_to(house: Workshop) -> None:
    """Done, handed over, or given back already by another press: told so, and nothing waits again that should not."""
    house.door.by_hand = True
    done, given, ended = [await house.opens() for _ in range(3)]
    for call in (done, given, ended):
        await house.people.by_hand.take(await house.click(call.approval, "U-IDA"))
    unmet = house.people.approvers.unmet

    async def pressed(call: Call, meanwhile: Any) -> ClickAnswer:
        """Give it back; what happens meanwhile does so after it was looked at."""

        async def first(*args: Any) -> tuple[int, ...]:
            house.people.approvers.unmet = unmet  # type: ignore[method-assign]
            await meanwhile()
            return await unmet(*args)

        house.people.approvers.unmet = first  # type: ignore[method-assign]
        return await house.people.by_hand.back(await house.click(call.approval, "U-IDA"))

    async def finish() -> None:
        assert (await house.people.by_hand.done(await house.click(done.approval, "U-IDA"))).taken

    async def give_back() -> None:
        assert (await house.people.by_hand.back(await house.click(given.approval, "U-IDA"))).taken

    answers = [await pressed(call, act) for call, act in ((done, finish), (given, give_back), (ended, house.all_ends))]

    assert [one.taken for one in answers] == [False, False, False]
    assert [one.text for one in answers] == [
        f"{done.approval} was done by hand already; your click changed nothing.",
        f"{given.approval} waits for an answer again; your click changed nothing.",
        f"{ended.approval} was handed over with its whole case: people go on with it; your click changed nothing.",
    ]
    assert (await house.call(done.call)).state is CallState.TAKEN_OVER


async def test_cards_that_two_approvals_share_say_what_both_came_to(house: Workshop) -> None:
    """Two calls of a case on one message, each answered in the same moment by another person: no answer is lost on it."""
    for number in range(6):
        one, two = [await house.opens() for _ in range(2)]
        await asyncio.gather(house.yes(one.approval, "U-OMAR"), house.yes(two.approval, "U-IDA"))
        both = [await house.approval(call.approval) for call in (one, two)]
        assert set(both[0].cards) & set(both[1].cards)
        shown = [each["state"] for approval in both for each in await house.cards(approval)]
        assert (number, set(shown)) == (number, {"approved"})
        await house.performs(one.approval)
        await house.performs(two.approval)
