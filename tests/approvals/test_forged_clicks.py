"""Forged, replayed and altered payloads: what a button claims is checked against what Slack signed."""

import pytest

from bot.domain import CallState
from bot.words import askwording
from tests.approvals.desk import ONE, Desk, taken, together


@pytest.mark.parametrize("nonce", ["", "guessed", "ünïcode", "x" * 5000])
async def test_a_forged_nonce_opens_nothing(desk: Desk, nonce: str) -> None:
    one = await desk.asks(ONE)
    click = desk.click(one, "U-OMAR", nonce=nonce)
    for act in (desk.people.answering.answer, desk.people.by_hand.take, desk.people.asides.ask, desk.people.asides.reply):
        assert (await act(click)).text == askwording.UNKNOWN_APPROVAL
    assert await desk.now(one) == one


async def test_the_approval_of_another_case_is_not_opened_by_this_ones_button(desk: Desk) -> None:
    """Id and nonce belong together: neither opens another case's approval, and there is none of a made-up id."""
    one, other = await desk.asks(ONE), await desk.asks(ONE, case="C-2", number=2)
    for forged in (
        desk.click(other, "U-OMAR", nonce=one.nonce),
        desk.click(one, "U-OMAR", approval="A-999"),
        desk.click(one, "U-OMAR", approval=""),
    ):
        assert (await desk.people.answering.answer(forged)).text == askwording.UNKNOWN_APPROVAL
    assert [await desk.now(one), await desk.now(other)] == [one, other]


async def test_a_replayed_click_does_nothing_more(desk: Desk) -> None:
    """The very payload of a yes that was used, again and again: it hears that it was approved, and no more is done."""
    one = await desk.asks(ONE)
    assert (await desk.yes(one, "U-OMAR")).taken
    assert await desk.effects(one) == 1
    answers = await together(*(desk.yes(one, "U-OMAR") for _ in range(10)))
    assert taken(answers) == 0
    assert {each.text for each in answers} == {f"{one.id} was approved already; your click changed nothing."}
    async with desk.store.work() as work:
        call = await work.call(one.call)
    assert call is not None
    assert call.state is CallState.STARTED
