"""Rows of the audit that say which version of the policy came into force."""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlmodel import col

from bot.store.tables import AuditRow
from bot.store.work import Store, StoredWork

LOCK = 7_238_117
"""Advisory lock: of several processes that read the same new policy one says so."""
POLICY = "policy"

LAST = (
    sa.select(col(AuditRow.data)["version"].astext)
    .where(col(AuditRow.what) == POLICY)
    .order_by(col(AuditRow.position).desc())
    .limit(1)
)


class Versions:
    """Implements `bot.background.inforce.Versions`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def came_into_force(self, version: str, files: Mapping[str, str], replica: str) -> bool:
        async with self._store.session() as session:
            await session.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
            before = await session.scalar(LAST)
            if before == version:
                return False
            named = [{"file": name, "digest": digest} for name, digest in files.items()]
            said = {"version": version, "before": before or "", "files": named, "replica": replica}
            await StoredWork(session, None).audit(POLICY, "", said)
            return True
