"""What a taken answer leaves behind, and what an answer meets that comes a moment too late."""

import dataclasses
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.consent import ApprovalState, Vote
from bot.ports import ClickAnswer
from bot.words import askwording
from tests.approvals.desk import MANAGER, ONE, Desk
from tests.town import NOW
from tests.workshop import Workshop, policy

SOON = NOW + timedelta(minutes=3)


@pytest.mark.parametrize(("approve", "state"), [(True, ApprovalState.APPROVED), (False, ApprovalState.DENIED)])
async def test_an_answer_is_written_down_with_its_moment(house: Workshop, approve: bool, state: ApprovalState) -> None:
    """The approval and the vote have the time of the click, and every card the name of who clicked."""
    call = await house.opens()
    house.town.at = SOON
    assert (await house.yes(call.approval, "U-OMAR", approve=approve, words="So be it.")).taken
    one = await house.approval(call.approval)
    assert (one.state, one.answered) == (state, SOON)
    assert [(vote.by, vote.approve, vote.reason, vote.at) for vote in one.votes] == [("omar", approve, "So be it.", SOON)]
    assert {vote["name"] for card in await house.cards(one) for vote in card["votes"]} == {"Omar"}


async def test_a_yes_that_is_not_enough_puts_no_look_off(house: Workshop) -> None:
    """Of two that are owed one is given: it is not answered, and is looked at when it was to be, so that whoever comes is asked."""
    house.reads(policy(pair="{by: [engineers], within: 1h, remind: 30m}", too="{by: [admins], within: 4h}"))
    call = await house.opens()
    before = await house.dues()
    house.town.at = SOON
    answer = await house.yes(call.approval, "U-OMAR")
    waits = await house.approval(call.approval)
    assert answer == ClickAnswer(True, askwording.taken(waits, waits.votes[0], (1,)))
    assert "another person: the admins" in answer.text
    assert (await house.dues(), (await house.approval(call.approval)).answered) == (before, None)
    assert before[f"expire:{call.approval}"][0] == NOW + timedelta(minutes=15)
    assert {vote["name"] for card in await house.cards(await house.approval(call.approval)) for vote in card["votes"]} == {"Omar"}


@pytest.mark.parametrize(
    ("digest", "said"),
    [
        pytest.param("", askwording.UNSEEN, id="no call is named"),
        pytest.param("another call", askwording.UNKNOWN_APPROVAL, id="another call is named"),
    ],
)
async def test_a_yes_to_another_call_is_not_taken(desk: Desk, digest: str, said: str) -> None:
    one = await desk.asks(ONE)
    assert await desk.yes(one, "U-OMAR", digest=digest) == ClickAnswer(False, said)
    assert await desk.now(one) == one


def meanwhile(desk: Desk, happens: Callable[[], Awaitable[None]]) -> None:
    """Let something happen after all that was looked at, each time before an answer is written down."""
    names = desk.people.approvers.names

    async def first(votes: Any) -> dict[str, str]:
        await happens()
        return await names(votes)

    desk.people.approvers.names = first  # type: ignore[method-assign]


async def test_a_yes_whose_time_ends_before_it_is_written_down(desk: Desk) -> None:
    """To the moment."""
    one = await desk.asks(ONE)

    async def ends() -> None:
        desk.town.at = one.expires

    meanwhile(desk, ends)
    assert await desk.yes(one, "U-OMAR") == ClickAnswer(False, askwording.EXPIRED_CLICK)
    assert await desk.now(one) == one


async def test_a_yes_to_what_is_erased_before_it_is_written_down(desk: Desk) -> None:
    one = await desk.asks(ONE)

    async def erased() -> None:
        async with desk.store.session() as session:
            await session.execute(sa.text("DELETE FROM approval"))

    meanwhile(desk, erased)
    assert await desk.yes(one, "U-OMAR") == ClickAnswer(False, askwording.UNKNOWN_APPROVAL)


async def test_whoever_meets_others_ten_times_is_told_to_press_again(desk: Desk) -> None:
    """Each time somebody else has answered meanwhile: it is tried ten times, and not taken."""
    one, tries = await desk.asks(ONE, MANAGER), 0

    async def another() -> None:
        nonlocal tries
        tries += 1
        vote = Vote(f"somebody-{tries}", f"U-{tries}", approve=True, reason="", at=NOW)
        async with desk.store.work() as work:
            await work.save_approval(dataclasses.replace(one, votes=(vote,)))

    meanwhile(desk, another)
    assert await desk.yes(one, "U-OMAR") == ClickAnswer(False, askwording.BUSY)
    assert (tries, [vote.by for vote in (await desk.now(one)).votes]) == (10, ["somebody-10"])


async def test_the_name_that_was_typed_is_no_reason(house: Workshop) -> None:
    """A yes that takes the name of the thing keeps that it was given, and not as words."""
    house.reads(policy(pair="{by: [engineers], within: 4h, step_up: target}"))
    call = await house.opens()
    assert (await house.yes(call.approval, "U-OMAR", words=f" {house.door.label} ")).taken
    assert [(vote.reason, vote.step_up) for vote in (await house.approval(call.approval)).votes] == [("", ("target",))]


async def test_who_may_not_answer_is_told_so_before_they_have_written_why(house: Workshop) -> None:
    call = await house.opens()
    refusals = [await house.people.answering.refusal(await house.click(call.approval, who)) for who in ("U-ANA", "U-OMAR")]
    assert refusals == [ClickAnswer(False, askwording.OWN_REQUEST), None]
