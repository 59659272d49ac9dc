"""The outbox as the poster sees it: what does not stand in Slack as it should. Each method is a transaction of its own."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta

import psycopg
import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from bot.domain import PostKind
from bot.ports import Sending
from bot.store import rows
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
        older = aliased(OutboxRow)
        behind = sa.exists().where(
            col(older.state) == "pending",
            col(older.posted_version) == 0,
            col(older.position) < col(OutboxRow.position),
            col(older.channel) == col(OutboxRow.channel),
            col(older.thread) == col(OutboxRow.thread),
            col(older.person) == col(OutboxRow.person),
        )
        ripe = (
            sa.select(OutboxRow)
            .where(
                col(OutboxRow.state) == "pending",
                col(OutboxRow.not_before) <= now,
                sa.or_(col(OutboxRow.leased_until).is_(None), col(OutboxRow.leased_until) < sa.func.clock_timestamp()),
                ~behind,
            )
            .order_by(col(OutboxRow.position))
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        async with self._store.session() as session:
            found = list(await session.scalars(ripe))
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
                )
            )
            await self._wipe(session, key)

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
                .values(state="dead", in_doubt=False, leased_until=None, last_error=why[:500])
            )
            await self._wipe(session, key)

    async def _wipe(self, session: AsyncSession, key: str) -> None:
        """A secret that was delivered, or never can be, is not kept."""
        await session.execute(
            sa.update(OutboxRow)
            .where(col(OutboxRow.key) == key, col(OutboxRow.kind) == str(PostKind.PRIVATE))
            .values(content=WIPED)
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
                    async for _ in connection.notifies():
                        self._store.changed.set()
            except psycopg.OperationalError as error:
                log.warning("not listening for posts; looking every second instead", error=str(error).splitlines()[0])
                await asyncio.sleep(2)
