"""A plan that waits until something is so: a row with a time, and nothing else. It survives a restart and costs nothing meanwhile.

When the time has come the sweeper makes an event of the row, the plan runs again, and its look is taken anew
(`bot.runbooks.progress`).
"""

import dataclasses
from datetime import datetime

from bot.cases.house import House
from bot.domain import Case, Due, Plan, PlanState
from bot.ports import Work

LOOK_AGAIN = "look_again"


def key(plan: Plan) -> str:
    """Of the row: one for each plan, since a plan waits for one thing at a time."""
    return f"look:{plan.id}"


async def pause(work: Work, case: Case, plan: Plan, until: datetime) -> None:
    """The plan sleeps until then."""
    await work.save_plan(dataclasses.replace(plan, state=PlanState.PAUSED))
    await work.at(Due(key(plan), until, LOOK_AGAIN, case.conversation, {"case": case.id, "plan": plan.id}))


async def wake(house: House, case: Case, plan_id: str) -> list[tuple[str, str]]:
    """The plan runs again, unless it has ended meanwhile: (case, thread) that go on."""
    async with house.work() as work:
        plan = next((one for one in await work.plans(case.id) if one.id == plan_id), None)
        if plan is None or plan.state not in (PlanState.PAUSED, PlanState.RUNNING):
            return []
        await work.save_plan(dataclasses.replace(plan, state=PlanState.RUNNING))
    return [(case.id, case.thread_of(plan_id))]
