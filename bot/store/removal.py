"""Old rows of the audit, removed by whole seals from the beginning; a row says up to which, so that the rest stands on something.

Under the owner's role only. Nothing is removed from a chain that does not hold: what is wrong in it would be gone with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import CommandError
from bot.store.seals import LOCK, RETENTION, verify
from bot.store.work import Store, StoredWork

MOST = 500
"""Seals in one transaction."""

LAST = sa.text(
    """
    WITH first AS (SELECT number, at, rows FROM audit_seal ORDER BY number LIMIT :most)
    SELECT max(number) FROM first
    WHERE number < (SELECT max(number) FROM audit_seal)
      AND number < coalesce((
        SELECT min(f.number) FROM first f, jsonb_array_elements(f.rows) AS r JOIN audit a ON a.position = (r->>0)::bigint
        WHERE a.at >= :before OR f.at >= :before), 9223372036854775807)
    """
)
ROWS = sa.text("SELECT (r->>0)::bigint FROM audit_seal, jsonb_array_elements(rows) AS r WHERE number <= :last")
TRIGGERS = (("audit", "audit_insert_only"), ("audit_seal", "audit_seal_insert_only"))


@dataclass(frozen=True, slots=True)
class Removed:
    """How much went, or would."""

    seals: int = 0
    rows: int = 0


async def remove_audit(store: Store, before: datetime, by: Mapping[str, Any], *, dry_run: bool = False) -> Removed:
    """Remove all seals from the beginning that were made before `before`; the newest seal stays in any case.

    Raises CommandError when the chain does not hold, or the role is not the owner's.
    """
    if (await verify(store, {})).problems:
        raise CommandError("the audit does not hold (`audit verify` says where), so nothing is removed from it")
    done = Removed()
    try:
        while True:
            async with store.session() as session:
                part = await _part(session, before, by)
                if dry_run:
                    await session.rollback()
            done = Removed(done.seals + part.seals, done.rows + part.rows)
            if dry_run or not part.seals:
                return done
    except ProgrammingError as error:
        if isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
            raise CommandError("the audit is removed by its owner alone: set DATABASE_OWNER_URL") from error
        raise


async def _part(session: AsyncSession, before: datetime, by: Mapping[str, Any]) -> Removed:
    await session.execute(sa.text("SET LOCAL statement_timeout = 0"))
    await session.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
    last = await session.scalar(LAST, {"before": before, "most": MOST})
    if last is None:
        return Removed()
    digest = await session.scalar(sa.text("SELECT digest FROM audit_seal WHERE number = :last"), {"last": last})
    rows = list(await session.scalars(ROWS, {"last": last}))
    for table, trigger in TRIGGERS:
        await session.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}"))
    await session.execute(sa.text("DELETE FROM audit WHERE position = ANY(:rows)"), {"rows": rows})
    gone = await session.execute(sa.text("DELETE FROM audit_seal WHERE number <= :last RETURNING number"), {"last": last})
    seals = len(gone.all())
    for table, trigger in TRIGGERS:
        await session.execute(sa.text(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}"))
    await StoredWork(session, None).audit(
        RETENTION, "", {**by, "rows": len(rows), "seal": last, "digest": digest, "before": before}
    )
    return Removed(seals, len(rows))
