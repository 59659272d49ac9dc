"""The calls that were recorded, a batch at a time, so that a year of them fits into memory."""

from collections.abc import AsyncGenerator
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col

from bot.domain import Call, CallState
from bot.store.tables import CallRow
from bot.store.work import Store

BATCH = 2_000
COLUMNS = (
    "id",
    "case",
    "call",
    "tool",
    "arguments",
    "state",
    "principal",
    "created",
    "effect",
    "resource",
    "beneficiary",
    "decision",
    "reason",
    "policies",
    "policy_version",
    "approval",
    "facts",
)
"""What the policy is asked again from, and how it answered; results and checks stay where they are."""


async def recorded(store: Store, since: datetime) -> AsyncGenerator[list[Call], None]:
    """Everything that was asked for from `since` on, the oldest first, in batches of 2,000. Raises StoreAway."""
    chosen = sa.select(*(getattr(CallRow, name) for name in COLUMNS)).where(col(CallRow.created) >= since)
    async with store.session() as session:
        found = await session.stream(chosen.order_by(col(CallRow.position)).execution_options(yield_per=BATCH))
        async for batch in found.mappings().partitions(BATCH):
            yield [Call(**{**row, "state": CallState(row["state"]), "policies": tuple(row["policies"])}) for row in batch]
