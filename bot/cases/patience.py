"""A question that stays open: how long its answer is waited for, the end of that, and taking it up again."""

import dataclasses
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.cases import reports
from bot.cases.house import House
from bot.domain import Case, CaseState, Due, Plan, PlanState, Post, PostKind
from bot.ports import Work
from bot.words import wording


async def wait_for_word(work: Work, house: House, case: Case, plans: Sequence[Plan]) -> None:
    """While a plan asks the requester something, an end of the waiting is set; it is off once nothing is asked."""
    if any(plan.state is PlanState.ASKING for plan in plans):
        await work.at(_due(case, house.clock.now() + timedelta(days=house.abandoned_after_days)))
    else:
        await work.not_due(f"abandoned:{case.id}")


async def give_up(house: House, case: Case, key: str) -> bool:
    """Close what was asked and never answered, and say once how to go on; False when there is nothing to close."""
    spoke = case.data.get("spoke")
    until = datetime.fromisoformat(spoke) + timedelta(days=house.abandoned_after_days) if spoke else house.clock.now()
    requester = await house.facts.principal(case.slack_id, case.team)
    async with house.work() as work:
        plans = await work.plans(case.id)
        asking = [plan for plan in plans if plan.state is PlanState.ASKING]
        if not asking:
            return False
        if until > house.clock.now():
            await work.at(_due(case, until))
            return False
        for plan in asking:
            await work.save_plan(dataclasses.replace(plan, state=PlanState.ABANDONED))
        thread = case.thread_of(asking[0].id)
        text = wording.abandoned(asking[0].reason)
        content = {"text": text, "case": case.id, "buttons": ["person"]}
        await work.put(Post(f"abandoned:{key}", PostKind.NOTE, content, channel=case.channel, thread=thread, case=case.id))
        await work.say(case.id, "bot", text)
        for post in reports.views(
            house.runbooks, case, requester, await work.plans(case.id), await work.calls(case.id), house.clock.now().date()
        ):
            await work.put(post)
    return True


async def taken_up(house: House, case: Case, plans: Sequence[Plan]) -> list[Plan]:
    """The case's plans, of which those that were given up for want of an answer ask again: the requester came back."""
    given_up = [plan for plan in plans if plan.state is PlanState.ABANDONED]
    if not given_up or any(plan.state is PlanState.ASKING for plan in plans):
        return list(plans)
    ids = {plan.id for plan in given_up}
    async with house.work() as work:
        for plan in given_up:
            await work.save_plan(dataclasses.replace(plan, state=PlanState.ASKING, needs=_still(house, plan)))
        current = await work.case(case.id) or case
        reported = [one for one in current.data.get("reported", ()) if one not in ids]
        await work.save_case(
            dataclasses.replace(
                current,
                state=CaseState.REOPENED,
                outcome=None,
                data={**current.data, "reported": reported},
                updated=house.clock.now(),
            )
        )
        return list(await work.plans(case.id))


def _still(house: House, plan: Plan) -> dict[str, Any]:
    """The plan's needs without the days that have gone by meanwhile: their defaults are taken anew."""
    bound = house.runbooks.get(plan.runbook)
    dates = {need.name for need in bound.runbook.needs.values() if need.source == "date"} if bound else set()
    now = house.clock.now()
    return {name: value for name, value in plan.needs.items() if name not in dates or datetime.fromisoformat(str(value)) > now}


def _due(case: Case, at: datetime) -> Due:
    return Due(f"abandoned:{case.id}", at, "case_abandoned", case.conversation, {"case": case.id})
