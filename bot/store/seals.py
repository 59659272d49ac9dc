"""Seals over the rows of the audit: made one after the other, read again to verify them."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot.chain import BEGINNING, Head, Problem, Seal, Verifier, sealed
from bot.record import Record
from bot.store.tables import AuditRow, SealRow, UnsealedRow
from bot.store.work import Store

LOCK = 7_238_116
"""Advisory lock: of several processes one seals at a time."""
MOST = 1_000
"""Rows of one seal."""
BATCH = 200
"""Seals that are read at a time."""
RETENTION = "retention"
"""The row that says up to which seal the audit was removed, so that the rest stands on something."""

NEW = sa.select(AuditRow).join(UnsealedRow, col(UnsealedRow.position) == col(AuditRow.position))
NEWEST = sa.select(col(SealRow.number), col(SealRow.digest)).order_by(col(SealRow.number).desc()).limit(1)


class Seals:
    """Implements `bot.ports.Seals`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def seal(self) -> Seal | None:
        """The next seal, over all that waits and was committed; None when nothing does, or somebody else is at it.

        INVARIANT: a row leaves those that wait in the transaction that seals it, so none is skipped, however late it is committed.
        """
        async with self._store.session() as session:
            if not await session.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(LOCK))):
                return None
            rows = (await session.scalars(NEW.order_by(col(AuditRow.position)).limit(MOST))).all()
            if not rows:
                return None
            number, digest = (await session.execute(NEWEST)).one_or_none() or (BEGINNING.number, BEGINNING.digest)
            at = (await session.execute(sa.select(sa.func.clock_timestamp()))).scalar_one()
            seal = sealed(Head(number, digest), at, map(record, rows))
            columns = {"number": seal.number, "at": seal.at, "previous": seal.previous, "digest": seal.digest}
            await session.execute(sa.insert(SealRow).values(**columns, rows=[list(one) for one in seal.rows]))
            done = [position for position, _ in seal.rows]
            await session.execute(sa.delete(UnsealedRow).where(col(UnsealedRow.position).in_(done)))
            return seal


@dataclass(frozen=True, slots=True)
class Verified:
    """What a look at the whole chain came to."""

    problems: Sequence[Problem]
    start: Head  # what the first seal stands on
    head: Head
    rows: int  # that are sealed
    waiting: int


async def verify(store: Store, known: Mapping[int, str]) -> Verified:
    """Look at every seal and row, as of one moment. `known`: digests by number of seals, as they were kept elsewhere."""
    async with store.long_session() as session:
        start = await _start(session)
        verifier, seen = Verifier(start, known), set[int]()
        while seals := await _seals(session, verifier.head.number):
            positions = [position for one in seals for position, _ in one.rows]
            records = await _records(session, positions)
            seen.update(positions)
            for seal in seals:
                verifier.take(seal, records)
        waiting = set(await session.scalars(sa.select(col(UnsealedRow.position))))
        there = set(await session.scalars(sa.select(col(AuditRow.position))))
        problems = verifier.end(added=sorted(there - seen - waiting), gone=sorted(waiting - there))
        return Verified(problems, start, verifier.head, verifier.rows, len(waiting & there))


async def everything(store: Store) -> AsyncGenerator[tuple[Seal | None, list[Record]], None]:
    """Each seal with its rows, in their order, then (None) the rows that wait for one; as of one moment."""
    async with store.long_session() as session:
        after = (await _start(session)).number
        while seals := await _seals(session, after):
            after = seals[-1].number
            records = await _records(session, [position for one in seals for position, _ in one.rows])
            for seal in seals:
                yield seal, [records[position] for position, _ in seal.rows if position in records]
        yield None, [record(row) for row in await session.scalars(NEW.order_by(col(AuditRow.position)))]


async def _start(session: AsyncSession) -> Head:
    """What the first seal stands on: the beginning, or the seal up to which a row of the audit says that it was removed."""
    first = await session.scalar(sa.select(sa.func.min(col(SealRow.number))))
    if first is None or first <= 1:
        return BEGINNING
    said = await session.scalars(sa.select(col(AuditRow.data)).where(col(AuditRow.what) == RETENTION))
    for data in said:
        if data.get("seal") == first - 1:
            return Head(first - 1, str(data.get("digest")))
    return BEGINNING


async def _seals(session: AsyncSession, after: int) -> list[Seal]:
    chosen = sa.select(SealRow).where(col(SealRow.number) > after).order_by(col(SealRow.number)).limit(BATCH)
    return [as_seal(row) for row in await session.scalars(chosen)]


async def _records(session: AsyncSession, positions: Sequence[int]) -> dict[int, Record]:
    chosen = sa.select(AuditRow).where(col(AuditRow.position) == sa.any_(sa.literal(list(positions), sa.ARRAY(sa.BigInteger))))
    return {row.position: record(row) for row in await session.scalars(chosen)}


def record(row: AuditRow) -> Record:
    return Record(row.position, row.at, row.what, row.case, row.data)


def as_seal(row: SealRow) -> Seal:
    rows = tuple((int(position), str(digest)) for position, digest in row.rows)
    return Seal(row.number, row.at, row.previous, rows, row.digest)


async def newest(store: Store) -> tuple[Head | None, int, datetime | None]:
    """The head, how many rows wait for a seal, and since when."""
    async with store.session() as session:
        found: Any = (await session.execute(NEWEST)).one_or_none()
        waits = sa.select(sa.func.count(), sa.func.min(col(AuditRow.at))).join(
            UnsealedRow, col(UnsealedRow.position) == col(AuditRow.position)
        )
        count, since = (await session.execute(waits)).one()
        return (Head(*found) if found else None), int(count), since
