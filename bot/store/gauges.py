"""How much there is of what waits, in one question to the database."""

from datetime import datetime

import sqlalchemy as sa

from bot.store.work import Store

COUNTED = sa.text(
    """
    SELECT 'outbox', state, count(*)::float FROM outbox WHERE state IN ('pending', 'dead') GROUP BY state
    UNION ALL SELECT 'inbox', 'unread', count(*)::float FROM inbox WHERE handled IS NULL
    UNION ALL SELECT 'inbox', 'oldest', coalesce(extract(epoch FROM clock_timestamp() - min(accepted)), 0)::float
      FROM inbox WHERE handled IS NULL
    UNION ALL SELECT 'due', 'late', count(*)::float FROM due WHERE at < :now
    UNION ALL SELECT 'approval', 'waiting', count(*)::float FROM approval WHERE state = 'waiting' AND kind = 'approval'
    UNION ALL SELECT 'case', state, count(*)::float FROM "case" GROUP BY state
    """
)


async def waiting(store: Store, now: datetime) -> dict[str, dict[str, float]]:
    """What → state → how many, and the age of the oldest unread event in seconds. Raises StoreAway."""
    found: dict[str, dict[str, float]] = {"outbox": {"pending": 0.0, "dead": 0.0}}
    async with store.session() as session:
        for what, state, count in await session.execute(COUNTED, {"now": now}):
            found.setdefault(str(what), {})[str(state)] = float(count)
    return found
