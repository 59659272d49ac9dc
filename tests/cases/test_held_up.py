"""Which plans an answer, or the want of one, moves: those that wait for it, and no other."""

import dataclasses
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.cases import spoken
from bot.cases.handover import HandOver
from bot.cases.house import House
from bot.cases.times import Times
from bot.domain import Call, CallState, PlanState
from tests.workshop import Workshop, owing

HELD_UP = {PlanState.WAITING, PlanState.PAUSED}


def stands(*, parts: bool) -> list[Any]:
    """Each state of a plan, and what becomes of it when nobody clicks."""
    to = PlanState.RUNNING if parts else PlanState.EXPIRED
    return [pytest.param(state, to if state in HELD_UP else state, parts, id=f"{state}, parts: {parts}") for state in PlanState]


async def is_(shop: Workshop, state: PlanState) -> None:
    """Both plans of the case stand so."""
    async with shop.store.work() as work:
        for plan in await work.plans("C-1"):
            await work.save_plan(dataclasses.replace(plan, state=state))


async def plans(shop: Workshop) -> list[PlanState]:
    async with shop.store.work() as work:
        return [plan.state for plan in await work.plans("C-1")]


@pytest.mark.parametrize("state", PlanState)
async def test_what_waited_runs_again_and_what_is_over_does_not(shop: Workshop, state: PlanState) -> None:
    """Of both plans the one that was answered."""
    await is_(shop, state)
    async with shop.store.work() as work:
        await spoken.runs_again(work, shop.turn.case, "P-1")
    assert await plans(shop) == [PlanState.RUNNING if state in HELD_UP else state, state]


async def lapses(shop: Workshop, call: Call, *, parts: bool) -> None:
    house: Any = SimpleNamespace(work=shop.store.work, approvals=shop.people.approvals, in_parts=lambda _: parts)
    approval = await shop.approval(call.confirmation)
    await Times(cast(House, house), cast(HandOver, None))._lapsed(shop.turn.case, approval, call, shop.turn.principal)


@pytest.mark.parametrize(("state", "to", "parts"), [*stands(parts=False), *stands(parts=True)])
async def test_without_a_click_what_waited_for_it_is_over(shop: Workshop, state: PlanState, to: PlanState, *, parts: bool) -> None:
    """Its call is, and its plan, unless other parts go on; what was over before stays as it was, and the other plan too."""
    shop.reads(owing("confirm: true"))
    call = await shop.asks()
    await is_(shop, state)
    await lapses(shop, call, parts=parts)
    assert (await shop.call("c1")).state is CallState.EXPIRED
    assert await plans(shop) == [to, state]
    async with shop.store.work() as work:
        case = await work.case("C-1")
    assert case is not None
    assert case.data.get("reported", []) == (["P-1"] if to is PlanState.EXPIRED and state in HELD_UP else [])
