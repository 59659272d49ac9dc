"""The rows that the report is made of: a fixed number of queries over all that a time span may need."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from bot.consent import ApprovalKind
from bot.report.figures import ApprovalFacts, CaseFacts, ObservedFacts, StateRow
from bot.report.resolution import REOPENED_WITHIN
from bot.store.tables import ApprovalRow, CallRow, CaseRow, CaseStateRow, FeedbackRow, ModelCallRow, PlanRow
from bot.store.work import Store

CHANGED = ("verified", "unverified", "unknown", "started", "taken_over")
"""States of calls that changed something, or may have."""

ANSWERED = ("ok", "partly malformed")
"""States of the model's calls that were of use."""

NOTHING = (0, 0, 0, 0.0)


async def facts(store: Store, since: datetime) -> tuple[list[CaseFacts], list[ApprovalFacts], list[ObservedFacts]]:
    """Cases from a little before `since` on, so that what was reopened is seen; approvals, and what observed policies say."""
    begin = since - REOPENED_WITHIN
    chosen = sa.select(col(CaseRow.id)).where(col(CaseRow.created) >= begin).scalar_subquery()
    async with store.session() as session:

        async def by_case(*columns: Any, where: Any, order: Any) -> dict[str, list[Any]]:
            found: dict[str, list[Any]] = defaultdict(list)
            for case, *rest in await session.execute(sa.select(*columns).where(columns[0].in_(chosen), where).order_by(order)):
                found[case].append(rest[0] if len(rest) == 1 else rest)
            return found

        always = sa.true()
        states = await by_case(
            col(CaseStateRow.case),
            col(CaseStateRow.state),
            col(CaseStateRow.outcome),
            col(CaseStateRow.at),
            where=always,
            order=col(CaseStateRow.position),
        )
        plans = await by_case(
            col(PlanRow.case), col(PlanRow.runbook), col(PlanRow.needs), where=always, order=col(PlanRow.position)
        )
        changed = sa.and_(col(CallRow.effect) == "change", col(CallRow.state).in_(CHANGED))
        changes = await by_case(col(CallRow.case), col(CallRow.tool), where=changed, order=col(CallRow.position))
        feedback = await by_case(col(FeedbackRow.case), col(FeedbackRow.answer), where=always, order=col(FeedbackRow.position))
        spent = await session.execute(
            sa.select(
                col(ModelCallRow.case),
                sa.func.count(),
                sa.func.count().filter(col(ModelCallRow.state).in_(ANSWERED)),
                sa.func.sum(col(ModelCallRow.read) + col(ModelCallRow.written)),
                sa.func.sum(col(ModelCallRow.cost)),
            )
            .where(col(ModelCallRow.case).in_(chosen))
            .group_by(col(ModelCallRow.case))
        )
        model = {case: (int(calls), int(good), int(tokens), float(cost)) for case, calls, good, tokens, cost in spent}
        cases = [
            CaseFacts(
                id=row.id,
                kind=row.kind,
                requester=row.requester,
                opened=row.created,
                outcome=row.outcome,
                state=row.state,
                states=tuple(StateRow(*one) for one in states[row.id]),
                runbooks=tuple(runbook for runbook, _ in plans[row.id]),
                about=tuple(_about(needs) for _, needs in plans[row.id]),
                changes=tuple(changes[row.id]),
                feedback=tuple(feedback[row.id]),
                model_calls=model.get(row.id, NOTHING)[0],
                model_answers=model.get(row.id, NOTHING)[1],
                tokens=model.get(row.id, NOTHING)[2],
                cost=model.get(row.id, NOTHING)[3],
            )
            for row in await session.scalars(
                sa.select(CaseRow).where(col(CaseRow.created) >= begin).order_by(col(CaseRow.position))
            )
        ]
        asked = await session.scalars(
            sa.select(ApprovalRow)
            .where(col(ApprovalRow.created) >= since, col(ApprovalRow.kind) == str(ApprovalKind.APPROVAL))
            .order_by(col(ApprovalRow.position))
        )
        seen = await session.execute(
            sa.select(col(CallRow.created), col(CallRow.decision), col(CallRow.facts)["observed"])
            .where(col(CallRow.created) >= since, col(CallRow.facts).has_key("observed"))  # type: ignore[attr-defined]
            .order_by(col(CallRow.position))
        )
        observed = [
            ObservedFacts(created, tuple(one["policies"]), decision, str(one["decision"])) for created, decision, one in seen
        ]
        return cases, [_approval(row) for row in asked], observed


def _about(needs: Mapping[str, Any]) -> str:
    """The things and persons among what a plan needs, by id; a day, a choice or a sentence makes it no other thing."""
    return " ".join(
        f"{name}={needs[name]['id']}" for name in sorted(needs) if isinstance(needs[name], dict) and "id" in needs[name]
    )


def _approval(row: ApprovalRow) -> ApprovalFacts:
    roles = dict.fromkeys(
        role
        for one, term in zip(row.owed, row.terms, strict=True)
        for role in (*one["by"], *([one["then"]] if term["tier"] and one["then"] else []))
    )
    return ApprovalFacts(row.state, tuple(roles), row.created, row.answered)
