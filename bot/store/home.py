"""What the App Home reads: a fixed number of queries, whatever there is to show."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from bot.consent import Approval, ApprovalKind, ApprovalState
from bot.domain import Call, Case, CaseState
from bot.homeview import Asked, Mine
from bot.store import rows
from bot.store.tables import ApprovalRow, CallRow, CaseRow, PlanRow
from bot.store.work import Store

OPEN = tuple(str(state) for state in (CaseState.OPEN, CaseState.WORKING, CaseState.WAITING, CaseState.REOPENED))
HANDED_OVER = str(CaseState.HANDED_OVER)
UNANSWERED = (str(ApprovalState.WAITING), str(ApprovalState.TAKEN_OVER))
"""An approval for which a case still waits; who took it over has not shown yet that it is there."""

STIRRED = sa.text(
    """
    SELECT w.slack_id,
      (SELECT md5(coalesce(string_agg(c.id || c.state || coalesce(c.outcome, '') || c.updated::text, ',' ORDER BY c.position), ''))
         FROM "case" c WHERE c.slack_id = w.slack_id)
      || (SELECT md5(coalesce(string_agg(
           a.id || a.state || a.terms::text || jsonb_array_length(a.votes)::text, ',' ORDER BY a.position), ''))
         FROM approval a WHERE (a.state = 'waiting' OR (a.state = 'taken_over' AND a.answered IS NULL)) AND EXISTS (
           SELECT 1 FROM jsonb_array_elements_text(a.cards) AS c(key) WHERE c.key LIKE 'card:%:' || w.slack_id))
    FROM unnest(CAST(:ids AS text[])) AS w(slack_id)
    """
)


class StoredHome:
    """Implements `bot.homeview.HomeRows`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def mine(self, slack_id: str, most_open: int, most_finished: int) -> Mine:
        async with self._store.session() as session:

            async def cases(most: int, state: Any) -> tuple[list[Case], int]:
                statement = (
                    sa.select(CaseRow, sa.func.count().over())
                    .where(col(CaseRow.slack_id) == slack_id, state)
                    .order_by(col(CaseRow.position).desc())
                    .limit(most)
                )
                found = (await session.execute(statement)).all()
                return [rows.case(row) for row, _ in found], int(found[0][1]) if found else 0

            still_open, count = await cases(most_open, col(CaseRow.state).in_(OPEN))
            with_people, _ = await cases(most_finished, col(CaseRow.state) == HANDED_OVER)
            finished, _ = await cases(most_finished, col(CaseRow.state).not_in((*OPEN, HANDED_OVER)))
            ids = [case.id for case in still_open]
            plans = await session.scalars(sa.select(PlanRow).where(col(PlanRow.case).in_(ids)).order_by(col(PlanRow.position)))
            waiting = await session.execute(
                sa.select(ApprovalRow, CallRow)
                .join(CallRow, col(CallRow.id) == col(ApprovalRow.call))
                .where(col(ApprovalRow.case).in_(ids), col(ApprovalRow.state).in_(UNANSWERED))
                .order_by(col(ApprovalRow.position))
            )
            found = [rows.plan(row) for row in plans], [_pair(*row) for row in waiting]
            return Mine(still_open, with_people, finished, count, *found)

    async def waiting(self, most: int) -> list[Asked]:
        statement = (
            sa.select(ApprovalRow, CallRow, CaseRow)
            .join(CallRow, col(CallRow.id) == col(ApprovalRow.call))
            .join(CaseRow, col(CaseRow.id) == col(ApprovalRow.case))
            .where(
                col(ApprovalRow.state).in_(UNANSWERED),
                col(ApprovalRow.answered).is_(None),
                col(ApprovalRow.kind) == str(ApprovalKind.APPROVAL),
            )
            .order_by(col(ApprovalRow.position))
            .limit(most)
        )
        async with self._store.session() as session:
            return [Asked(*_pair(asked, call), rows.case(case)) for asked, call, case in await session.execute(statement)]

    async def stirred(self, slack_ids: Sequence[str]) -> Mapping[str, str]:
        async with self._store.session() as session:
            found = await session.execute(STIRRED, {"ids": list(slack_ids)})
            return {str(slack_id): str(mark) for slack_id, mark in found}


def _pair(approval: Any, call: Any) -> tuple[Approval, Call]:
    return rows.approval(approval), rows.call(call)
