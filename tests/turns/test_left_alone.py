"""A no in words to what waits for the requester's own click: which calls end by it, where the plan goes on with its other parts."""

import dataclasses
from types import SimpleNamespace
from typing import Any, cast

from bot.domain import CallState, PlanState
from bot.turns.verdicts import Verdicts
from tests.workshop import ENGINEERS, Workshop, owing


async def test_what_waits_for_a_click_of_that_plan_ends_and_nothing_else(shop: Workshop) -> None:
    """What is done or waits for people stays as it is, and so does what waits for a click in another plan."""
    house: Any = SimpleNamespace(approvals=shop.people.approvals)
    await shop.asks("read_gauge", "looked")
    shop.reads(owing("confirm: true"))
    await shop.asks(name="click")
    await shop.asks(name="elsewhere", plan="P-2", thing="fan")
    shop.reads(owing(f"confirm: true, {ENGINEERS}", tools="press"))
    clicked = await shop.asks("press", "people")
    await shop.yes(clicked.confirmation, "U-ANA")
    await shop.performs(clicked.confirmation)
    async with shop.store.work() as work:
        [plan, other] = await work.plans("C-1")
        for one in (plan, other):
            await work.save_plan(dataclasses.replace(one, state=PlanState.WAITING))
    async with shop.store.work() as work:
        await Verdicts(house, cast(Any, None), cast(Any, None)).left_alone(work, shop.turn.case, plan, shop.turn.principal)

    states = {name: (await shop.call(name)).state for name in ("looked", "click", "elsewhere", "people")}
    assert states == {
        "looked": CallState.DONE,
        "click": CallState.WITHDRAWN,
        "elsewhere": CallState.WAITING,
        "people": CallState.WAITING,
    }
    async with shop.store.work() as work:
        assert [one.state for one in await work.plans("C-1")] == [PlanState.RUNNING, PlanState.WAITING]
