"""The rows from which is told how runbooks do: plans, calls of their steps, departures, cases that were reopened."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col

from bot.report.runbookhealth import Departed, PlanFacts, StepCall
from bot.store.tables import CallRow, CaseRow, CaseStateRow, PlanRow, TranscriptRow
from bot.store.work import Store


async def facts(store: Store, since: datetime) -> list[PlanFacts]:
    """Every plan that followed a runbook, of cases that were opened since then."""
    async with store.session() as session:
        chosen = sa.select(col(CaseRow.id)).where(col(CaseRow.created) >= since)
        plans = await session.execute(
            sa.select(col(PlanRow.id), col(PlanRow.case), col(PlanRow.runbook), col(PlanRow.state), col(PlanRow.times_asked)).where(
                col(PlanRow.case).in_(chosen), col(PlanRow.runbook) != ""
            )
        )
        calls = await session.execute(
            sa.select(col(CallRow.plan), col(CallRow.step), col(CallRow.state), col(CallRow.finished))
            .where(col(CallRow.case).in_(chosen), col(CallRow.step) != "")
            .order_by(col(CallRow.position))
        )
        notes = await session.execute(
            sa.select(col(TranscriptRow.data)).where(col(TranscriptRow.case).in_(chosen), col(TranscriptRow.role) == "note")
        )
        reopened = set(
            await session.scalars(
                sa.select(col(CaseStateRow.case)).where(col(CaseStateRow.case).in_(chosen), col(CaseStateRow.state) == "reopened")
            )
        )
    of_plan: dict[str, list[StepCall]] = {}
    for plan, step, state, finished in calls:
        of_plan.setdefault(plan, []).append(StepCall(step, state, finished))
    departed: dict[str, list[Departed]] = {}
    for (data,) in [one for one in notes if "departed" in one[0]]:
        departed.setdefault(data["plan"], []).append(Departed(data["step"], data["how"], data.get("why", "")))
    return [
        PlanFacts(runbook, state, asked, case in reopened, tuple(of_plan.get(id_, ())), tuple(departed.get(id_, ())))
        for id_, case, runbook, state, asked in plans
    ]
