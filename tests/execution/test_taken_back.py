"""What the requester has taken back is no target of a change, whoever asks for one, until they name it again."""

import dataclasses
from typing import Any

import pytest

from bot.calls.passage import Pass
from bot.domain import CallState, Plan, PlanState
from bot.execution import takenback
from tests.workshop import Workshop

LAMP = {"thing": {"id": "lamp", "label": "the Lamp"}, "person": {"id": "ben", "label": "Ben"}}


async def says(shop: Workshop, words: str) -> None:
    async with shop.store.work() as work:
        await work.say("C-1", "requester", words)


async def changes(shop: Workshop, *needs: str, plan: Plan | None = None) -> None:
    """The requester wants a fan instead of the lamp."""
    await says(shop, "sorry, the fan instead")
    async with shop.store.work() as work:
        old = plan or Plan("P-9", "C-1", "lamps", "v1", "Lamps", "", "e", needs=LAMP)
        case = takenback.noted(shop.turn.case, old, needs, await work.transcript("C-1"))
        await work.save_case(case)
    shop.turn = Pass(case, shop.turn.principal)


async def test_no_change_is_made_to_it(shop: Workshop) -> None:
    await changes(shop, "thing")
    call = await shop.asks()
    assert (call.state, shop.lamp.ran) == (CallState.DENIED, [])
    assert "sorry, the fan instead" in call.reason
    assert (await shop.asks("read_gauge", "c2")).state is CallState.DONE
    assert (await shop.asks(name="c3", thing="fan")).state is CallState.VERIFIED


async def test_why_says_what_was_taken_back_in_which_words(shop: Workshop) -> None:
    """No policy was asked, and none is named."""
    await changes(shop, "thing")
    await shop.asks()
    told = await shop.why()
    assert "*turn_on lamp for Ben" in told
    assert "It was *denied*: This was taken back: “sorry, the fan instead”." in told
    assert "olic" not in told
    [*_, row] = await shop.asked("SELECT data->>'resource', data->>'beneficiary' FROM audit WHERE what = 'call' ORDER BY position")
    assert row == ("thing:lamp", "ben")


async def test_what_waits_for_a_yes_is_not_done(shop: Workshop) -> None:
    """The yes came after the requester had taken it back, to a call that is no part of the plan which was changed."""
    call = await shop.given()
    assert call.policies
    assert call.policy_version
    await changes(shop, "thing")
    done = await shop.performs(call.approval)
    assert (done.state, done.decision, done.policies, done.policy_version) == (CallState.DENIED, "deny", (), "")
    assert shop.lamp.ran == []
    told = await shop.why()
    assert "It was *denied*: This was taken back: “sorry, the fan instead”." in told
    assert "permits it" not in told, "what let it pass before is not what ended it"


@pytest.mark.parametrize("words", ["no, the Lamp after all", "lamp please"])
async def test_what_is_named_again_is_done(shop: Workshop, words: str) -> None:
    await changes(shop, "thing")
    await says(shop, words)
    assert (await shop.asks()).state is CallState.VERIFIED


async def test_what_is_called_by_its_name_is_named_again(shop: Workshop) -> None:
    """And what was meant by its name is taken back by it."""
    light = Plan("P-9", "C-1", "lamps", "v1", "Lamps", "", "e", needs={"thing": {"id": "l-7", "label": "hall light"}})
    await says(shop, "the hall light, please")
    await changes(shop, "thing", plan=light)
    assert "This was taken back" in (await shop.asks(thing="hall light")).reason
    await says(shop, "no, the hall light after all")
    assert (await shop.asks(name="c2", thing="hall light")).state is CallState.VERIFIED


async def test_what_was_taken_back_before_stays_so(shop: Workshop) -> None:
    """A second change of mind adds to the first."""
    await changes(shop, "thing")
    await changes(shop, "person")
    assert [(await shop.asks(name=f"c{at}", **given)).state for at, given in enumerate(({"user": "ana"}, {"thing": "fan"}))] == [
        CallState.DENIED
    ] * 2


@pytest.mark.parametrize(
    ("more", "state"),
    [
        pytest.param({}, CallState.VERIFIED, id="what the requester wants"),
        pytest.param({"learnt": {"thing": LAMP["thing"]}}, CallState.DENIED, id="what a model has read"),
        pytest.param({"state": PlanState.WITHDRAWN}, CallState.DENIED, id="what is over"),
    ],
)
async def test_what_an_open_request_is_about_is_done(shop: Workshop, more: dict[str, Any], state: CallState) -> None:
    await changes(shop, "thing")
    plan = Plan("P-8", "C-1", "lamps", "v1", "Lamps", "", "e", state=PlanState.RUNNING, needs={"thing": LAMP["thing"]})
    async with shop.store.work() as work:
        await work.save_plan(dataclasses.replace(plan, **more))
    assert (await shop.asks()).state is state


async def test_nobody_takes_themselves_back(shop: Workshop) -> None:
    """ "For Ben, not for me" leaves changes that are about whoever writes to the gate."""
    await changes(
        shop, "person", plan=Plan("P-9", "C-1", "lamps", "v1", "", "", "e", needs={"person": {"id": "ana", "label": "Ana"}})
    )
    assert (await shop.asks(user="ana")).state is CallState.VERIFIED
    await changes(shop, "person")
    assert (await shop.asks(name="c2")).state is CallState.DENIED


async def test_what_was_no_thing_is_not_noted(shop: Workshop) -> None:
    """An end that became another, or a need that nothing was known of: the case has no list of it then, not even an empty one."""
    plan = Plan("P-9", "C-1", "lamps", "v1", "", "", "e", needs={"until": "2026-11-27"})
    await changes(shop, "until", "thing", plan=plan)
    assert takenback.TAKEN_BACK not in shop.turn.case.data
    await changes(shop, "thing")
    await changes(shop, "until", plan=plan)
    assert len(shop.turn.case.data[takenback.TAKEN_BACK]) == 1
