"""What a click opens: an approval in the state that is meant, for whoever may answer it, unless a freeze stops it now."""

import dataclasses
from typing import Any

import pytest

from bot.approvals.looking import Seen
from bot.consent import ApprovalState
from bot.domain import CallState
from bot.obligations import Freeze
from bot.ports import ClickAnswer
from bot.words import askwording, clickwording, freezewording
from tests.town import NOW
from tests.workshop import Workshop, owing


async def looked(house: Workshop, name: str, who: str = "U-OMAR", **changed: Any) -> Seen | ClickAnswer:
    return await house.people.looking.at(dataclasses.replace(await house.click(name, who), **changed))


async def test_all_that_it_is_about_is_seen(house: Workshop) -> None:
    call = await house.opens()
    clicker = await house.facts.principal("U-OMAR", house.turn.case.team)
    one = await house.approval(call.approval)
    seen = Seen(one, await house.call(call.call), house.turn.case, house.turn.principal, clicker)
    async with house.store.work() as work:
        seen = dataclasses.replace(seen, case=await work.case("C-1"))
    assert await looked(house, one.id) == seen
    assert await house.people.looking.answerable(await house.click(one.id, "U-OMAR")) == seen
    assert seen.thread == "1.1"
    assert dataclasses.replace(seen, case=dataclasses.replace(seen.case, data={"threads": {call.plan: "7.7"}})).thread == "7.7"


async def test_a_button_of_another_message_opens_nothing(house: Workshop) -> None:
    call = await house.opens()
    for changed in ({"nonce": "guessed"}, {"nonce": "ünïcode"}, {"approval": "A-900"}):
        assert await looked(house, call.approval, **changed) == ClickAnswer(False, askwording.UNKNOWN_APPROVAL)


async def test_the_requesters_own_click_is_opened_by_nobody_else(shop: Workshop) -> None:
    shop.reads(owing("confirm: true"))
    call = await shop.asks()
    assert await looked(shop, call.confirmation) == ClickAnswer(False, clickwording.NOT_YOUR_CLICK)


@pytest.mark.parametrize("meant", [ApprovalState.WAITING, ApprovalState.TAKEN_OVER])
@pytest.mark.parametrize("state", list(ApprovalState))
@pytest.mark.parametrize("answered", [None, NOW])
async def test_it_is_opened_in_the_state_that_is_meant(
    house: Workshop, meant: ApprovalState, state: ApprovalState, answered: Any
) -> None:
    """And not once it was answered, as what was done by hand is, which goes on being called taken over."""
    call = await house.opens()
    one = dataclasses.replace(await house.approval(call.approval), state=state, answered=answered, taker="ida")
    async with house.store.work() as work:
        await work.save_approval(one)
    found = await house.people.looking.at(await house.click(one.id, "U-OMAR"), meant)
    if state is meant and answered is None:
        assert isinstance(found, Seen)
    else:
        assert found == ClickAnswer(False, askwording.late(one))


async def test_who_may_not_answer_stands_in_the_audit(house: Workshop) -> None:
    call = await house.opens()
    for who, by in (("U-ANA", "ana"), ("U-NOBODY", "U-NOBODY")):
        answer = await house.people.looking.answerable(await house.click(call.approval, who))
        assert isinstance(answer, ClickAnswer)
        assert not answer.taken
        rows = await house.asked("SELECT data->>'refused' FROM audit WHERE data->>'state' = 'waiting' ORDER BY position")
        assert rows[-1] == (by,)


@pytest.mark.parametrize(
    ("freeze", "stops"),
    [
        ({"tool": "open_door"}, True),
        ({"system": "doors"}, True),
        ({}, True),
        ({"tool": "turn_on"}, False),
        ({"system": "works"}, False),
    ],
)
async def test_a_yes_to_what_is_frozen_is_not_taken(house: Workshop, freeze: dict[str, str], stops: bool) -> None:
    """It is told which freeze that is; a no is taken all the same."""
    first, second = await house.opens(), await house.opens()
    frozen = Freeze("F-1", "Phishing.", "omar", at=NOW, **freeze)
    async with house.store.work() as work:
        await work.freeze(frozen)
    answer = await house.yes(first.approval, "U-OMAR")
    assert answer.taken is not stops
    if stops:
        assert answer == ClickAnswer(False, freezewording.click(first.approval, frozen))
        assert (await house.approval(first.approval)).votes == ()
        assert (await house.call(first.call)).state is CallState.WAITING
    assert (await house.yes(second.approval, "U-OMAR", approve=False)).taken
