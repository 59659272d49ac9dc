"""Read-only views for the command line: all cases, and the whole trail of one."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel, col

from bot.store import rows
from bot.store.tables import (
    ApprovalRow,
    AuditRow,
    CallRow,
    CaseRow,
    CaseStateRow,
    DueRow,
    FeedbackRow,
    FreezeRow,
    ModelCallRow,
    OutboxRow,
    PlanRow,
    TranscriptRow,
)
from bot.store.work import Store


async def cases_json(store: Store) -> list[dict[str, Any]]:
    """Every case, the newest first."""
    async with store.session() as session:
        found = await session.scalars(sa.select(CaseRow).order_by(col(CaseRow.position).desc()))
        names = ("id", "requester", "conversation", "state", "outcome", "kind", "title", "ticket", "created", "updated")
        return [{name: rows.plain(getattr(row, name)) for name in names} for row in found]


async def freezes_json(store: Store) -> list[dict[str, Any]]:
    """Every freeze, the newest first, also those that were lifted."""
    async with store.session() as session:
        return [_row(row) for row in await session.scalars(sa.select(FreezeRow).order_by(col(FreezeRow.position).desc()))]


async def trail_json(store: Store, case_id: str) -> dict[str, Any] | None:
    """Messages, runbooks found, plans, calls, approvals, posts, times, feedback and audit of a case."""
    async with store.session() as session:
        found = await session.scalar(sa.select(CaseRow).where(col(CaseRow.id) == case_id))
        if found is None:
            return None

        async def of(table: type[SQLModel], where: Any, order: Any) -> list[dict[str, Any]]:
            return [_row(row) for row in await session.scalars(sa.select(table).where(where).order_by(order))]

        messages = await of(TranscriptRow, col(TranscriptRow.case) == case_id, col(TranscriptRow.position))
        departures = [line["data"] for line in messages if line["role"] == "note" and "departed" in line["data"]]
        retrieved = [one for line in messages if line["role"] == "note" for one in line["data"].get("found", ())]
        posts = await of(OutboxRow, col(OutboxRow.case) == case_id, col(OutboxRow.position))
        return {
            **{name: value for name, value in _row(found).items() if name != "data"},
            "messages": [line for line in messages if line["role"] not in ("note", "words")],
            "retrieved": retrieved,
            "departures": departures,
            "plans": await of(PlanRow, col(PlanRow.case) == case_id, col(PlanRow.position)),
            "calls": await of(CallRow, col(CallRow.case) == case_id, col(CallRow.position)),
            "approvals": [
                {name: value for name, value in one.items() if name != "nonce"}
                for one in await of(ApprovalRow, col(ApprovalRow.case) == case_id, col(ApprovalRow.position))
            ],
            "posts": [
                {name: value for name, value in post.items() if name != "content" or post["kind"] != "private"} for post in posts
            ],
            "states": await of(CaseStateRow, col(CaseStateRow.case) == case_id, col(CaseStateRow.position)),
            "model": await of(ModelCallRow, col(ModelCallRow.case) == case_id, col(ModelCallRow.position)),
            "due": await of(DueRow, col(DueRow.data)["case"].astext == case_id, col(DueRow.at)),
            "feedback": await of(FeedbackRow, col(FeedbackRow.case) == case_id, col(FeedbackRow.position)),
            "audit": await of(AuditRow, col(AuditRow.case) == case_id, col(AuditRow.position)),
        }


def _row(row: SQLModel) -> dict[str, Any]:
    return {name: rows.plain(value) for name, value in row.model_dump().items() if name != "position"}
