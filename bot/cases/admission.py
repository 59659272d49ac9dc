"""Whether a plan may begin at all: it is for people like the requester, and what its runbook presupposes holds.

It permits nothing: each call of a plan that begins goes through the gate. This spares people a plan that is not theirs.
"""

import dataclasses
from collections.abc import Sequence

import structlog

from bot.cases.house import House
from bot.domain import Plan, PlanState, Principal
from bot.errors import ExpressionError
from bot.ports import Work
from bot.runbooks.binding import Bound
from bot.runbooks.unrolling import values_of
from bot.words import wording

log = structlog.get_logger(__name__)


async def admitted(house: House, case: str, principal: Principal) -> list[Plan]:
    """The case's plans, of which those that are about to begin and may not have ended."""
    async with house.work() as work:
        plans, begun = await work.plans(case), {call.plan for call in await work.calls(case)}
    fresh = [plan for plan in plans if plan.state is PlanState.RUNNING and plan.id not in begun and plan.runbook in house.runbooks]
    looked_at = {plan.id: await _looked_at(house, plan, principal) for plan in fresh}
    if any(looked_at[plan.id] != plan for plan in fresh):
        async with house.work() as work:
            await _save(work, [looked_at[plan.id] for plan in fresh])
    return [looked_at.get(plan.id, plan) for plan in plans]


async def _save(work: Work, plans: list[Plan]) -> None:
    for plan in plans:
        await work.save_plan(plan)


async def _looked_at(house: House, plan: Plan, principal: Principal) -> Plan:
    bound = house.runbooks[plan.runbook]
    if not await serves(house, bound, principal):
        return refused(plan, wording.not_for_you(bound.runbook.title, bound.runbook.audience))
    if said := unfulfilled(bound, plan, principal):
        return refused(plan, said)
    if bound.steps or house.agent.thinks:
        return plan
    return dataclasses.replace(plan, state=PlanState.DONE)  # its text is the answer


async def serves(house: House, bound: Bound, principal: Principal) -> bool:
    """Whether the runbook is for people like this one."""
    return await house.facts.serves(bound.runbook.audience, house.policies.current, principal, house.clock.now())


def refused_all(plans: Sequence[Plan], event: str) -> bool:
    """Whether everything that this event has asked for was refused: then there is nothing for a model to think about."""
    asked = [plan for plan in plans if plan.message == event]
    return bool(asked) and all(plan.state is PlanState.DENIED for plan in asked)


def unfulfilled(bound: Bound, plan: Plan, principal: Principal) -> str:
    """What is said of the first precondition that does not hold; empty where all hold, or where needs are not known yet."""
    if any(name not in plan.needs for name in bound.runbook.needs):
        return ""
    values = values_of(bound, plan, principal, {})
    for condition, otherwise in bound.preconditions:
        try:
            held = condition.evaluate(values)
        except ExpressionError as error:
            log.warning("a precondition could not be told", plan=plan.id, runbook=plan.runbook, said=str(error))
            held = False
        if not held:
            return otherwise
    return ""


def refused(plan: Plan, reason: str) -> Plan:
    """Over before it began; the requester reads why, and nobody else has to look at it."""
    return dataclasses.replace(plan, state=PlanState.DENIED, asked="", choices=(), reason=reason)
