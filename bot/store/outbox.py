"""The outbox as the poster sees it: what does not stand in Slack as it should. Each method is a transaction of its own."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import psycopg
import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlmodel import col

from bot.domain import PostKind
from bot.outbox import Sending
from bot.store import rows, statements
from bot.store.tables import OutboxRow
from bot.store.work import CHANNEL, Store

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=15)
"""How long one process may take for a post before another may look into it; longer than a Slack call may last."""

WIPED = {"text": "", "wiped": True}
STREAMED = {"text": "", "streamed": True}
"""The content of a row that only says where words stand as they come; whatever is put differs from it."""


class StoredOutbox:
    """Implements `bot.ports.Outbox`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def take(self, now: datetime, most: int = 20) -> list[Sending]:
        async with self._store.session() as session:
            found: list[Any] = list(await session.execute(_ripe(), {"now": now, "most": most}))
            if not found:
                return []
            taken = [
                Sending(
                    post=rows.post(row),
                    version=row.version,
                    position=row.position,
                    channel=row.posted_channel or row.channel,
                    ts=row.posted_ts,
                    attempts=row.attempts,
                    in_doubt=row.in_doubt,
                    created=row.created,
                )
                for row in found
            ]
            await session.execute(
                sa.update(OutboxRow)
                .where(col(OutboxRow.key).in_([one.post.key for one in taken]))
                .values(
                    in_doubt=True,
                    attempts=col(OutboxRow.attempts) + 1,
                    leased_until=sa.func.clock_timestamp() + LEASE,
                )
            )
        return taken

    async def posted(self, key: str, version: int, channel: str, ts: str) -> None:
        async with self._store.session() as session:
            await session.execute(
                sa.update(OutboxRow)
                .where(col(OutboxRow.key) == key)
                .values(
                    posted_version=version,
                    posted_channel=channel,
                    posted_ts=ts,
                    in_doubt=False,
                    attempts=0,
                    leased_until=None,
                    last_error="",
                    state=sa.case((col(OutboxRow.version) == version, "posted"), else_="pending"),
                    content=_kept(),
                )
            )

    async def later(self, key: str, not_before: datetime, why: str, *, in_doubt: bool) -> None:
        async with self._store.session() as session:
            await session.execute(
                sa.update(OutboxRow)
                .where(col(OutboxRow.key) == key)
                .values(not_before=not_before, in_doubt=in_doubt, leased_until=None, last_error=why[:500])
            )

    async def dead(self, key: str, why: str) -> None:
        async with self._store.session() as session:
            await session.execute(
                sa.update(OutboxRow)
                .where(col(OutboxRow.key) == key)
                .values(state="dead", in_doubt=False, leased_until=None, last_error=why[:500], content=_kept())
            )

    async def standing(self, key: str, case: str, channel: str, thread: str, ts: str, *, instead_of: str = "") -> bool:
        values = {
            "key": key,
            "case": case,
            "kind": str(PostKind.NOTE),
            "content": STREAMED,
            "channel": channel,
            "thread": thread,
            "person": "",
            "version": 1,
            "posted_version": 1,
            "posted_channel": channel,
            "posted_ts": ts,
            "state": "posted",
            "attempts": 0,
            "in_doubt": False,
            "not_before": datetime.now(UTC),
            "last_error": "",
        }
        # INVARIANT: a post that somebody has tried, or tries right now, keeps its own message; it may stand in Slack already.
        untried = sa.and_(
            col(OutboxRow.posted_ts) == "",
            col(OutboxRow.state) == "pending",
            col(OutboxRow.attempts) == 0,
            col(OutboxRow.kind) != str(PostKind.PRIVATE),
            col(OutboxRow.channel) == channel,
        )
        replaced = sa.and_(col(OutboxRow.content) == STREAMED, col(OutboxRow.posted_ts) == instead_of)
        statement = insert(OutboxRow).values(**values)
        taken = statement.on_conflict_do_update(
            index_elements=["key"],
            set_={"posted_channel": channel, "posted_ts": ts},
            where=sa.or_(col(OutboxRow.posted_ts) == ts, untried, replaced),
        )
        async with self._store.session() as session:
            return await session.scalar(taken.returning(col(OutboxRow.key))) is not None

    async def fallen(self, key: str, ts: str) -> bool:
        only_words = sa.and_(col(OutboxRow.key) == key, col(OutboxRow.content) == STREAMED, col(OutboxRow.posted_ts) == ts)
        async with self._store.session() as session:
            gone = await session.scalar(sa.delete(OutboxRow).where(only_words).returning(col(OutboxRow.key)))
        return gone is not None

    async def forgotten(self, older_than: float) -> list[tuple[str, str, str]]:
        old = col(OutboxRow.created) < sa.func.clock_timestamp() - timedelta(seconds=older_than)
        asked = sa.select(col(OutboxRow.key), col(OutboxRow.posted_channel), col(OutboxRow.posted_ts))
        async with self._store.session() as session:
            found = await session.execute(asked.where(col(OutboxRow.content) == STREAMED, old).order_by(col(OutboxRow.position)))
            return [(key, channel, ts) for key, channel, ts in found]

    async def changed(self, timeout: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._store.changed.wait(), timeout)
        self._store.changed.clear()

    async def listen(self) -> None:
        """Notice what other processes put; until cancelled."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self._store.url, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    async for notice in connection.notifies():
                        if notice.payload != self._store.name:
                            self._store.changed.set()
            except psycopg.OperationalError as error:
                log.warning("not listening for posts; looking every second instead", error=str(error).splitlines()[0])
                await asyncio.sleep(2)


@cache
def _ripe() -> Any:
    """What may be sent now: nobody has it, and nothing stands before it at the same place."""
    outbox = statements.table(OutboxRow)
    older, this = outbox.alias(), outbox.c
    behind = sa.exists().where(
        older.c.state == "pending",
        older.c.posted_version == 0,
        older.c.position < this.position,
        older.c.channel == this.channel,
        older.c.thread == this.thread,
        older.c.person == this.person,
    )
    free = sa.or_(this.leased_until.is_(None), this.leased_until < sa.func.clock_timestamp())
    chosen = sa.select(outbox).where(this.state == "pending", this.not_before <= sa.bindparam("now"), free, ~behind)
    return chosen.order_by(this.position).limit(sa.bindparam("most")).with_for_update(skip_locked=True)


def _kept() -> Any:
    """A secret that was delivered, or never can be, is not kept."""
    private = col(OutboxRow.kind) == str(PostKind.PRIVATE)
    return sa.case((private, sa.literal(WIPED, JSONB)), else_=col(OutboxRow.content))
