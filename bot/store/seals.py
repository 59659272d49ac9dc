"""Seals over the rows of the audit: made one after the other, read again to verify them."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot.audit.chain import BEGINNING, Head, Problem, Removal, Seal, Verifier, sealed
from bot.audit.record import Record
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

LEAST = timedelta(days=1)
"""The youngest that the settings let go."""
MOST_POSITION = 2**63 - 1

NEW = sa.select(AuditRow).join(UnsealedRow, col(UnsealedRow.position) == col(AuditRow.position))
NEWEST = (
    sa.select(col(SealRow.number), col(SealRow.digest))
    .where(col(SealRow.number) > BEGINNING.number)
    .order_by(col(SealRow.number).desc())
    .limit(1)
)
EARLIEST, LATEST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
"""Times that Python can tell. The database knows others, infinity among them; a row that has one of those was changed."""


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
            seal = sealed(Head(number, digest), at, (_record(row.position, row.at, row.what, row.case, row.data) for row in rows))
            columns = {"number": seal.number, "at": seal.at, "previous": seal.previous, "digest": seal.digest}
            await session.execute(sa.insert(SealRow).values(**columns, rows=[list(one) for one in seal.rows]))
            done = [position for position, _ in seal.rows]
            await session.execute(sa.delete(UnsealedRow).where(col(UnsealedRow.position).in_(done)))
            return seal


@dataclass(frozen=True, slots=True)
class Verified:
    """What a look at the whole chain came to."""

    problems: Sequence[Problem]
    removals: Sequence[Removal]
    start: Head  # what the first seal stands on
    head: Head
    rows: int  # that are sealed
    waiting: int


async def verify(store: Store, known: Mapping[int, str], times: Mapping[int, datetime] | None = None) -> Verified:
    """Look at every seal and row, as of one moment. `known`, `times`: digests and times by number of seals, as kept elsewhere."""
    async with store.long_session() as session:
        removals = await _removals(session)
        verifier = Verifier(await _start(session, removals), known)
        async for seals in _batches(session):
            records = await _records(session, [position for one in seals for position, _ in one.rows])
            for seal in seals:
                verifier.take(seal, records)
        waiting = set(await session.scalars(sa.select(col(UnsealedRow.position))))
        there = set(await session.scalars(sa.select(col(AuditRow.position))))
        verifier.removed(removals, waiting, times or {})
        problems = verifier.end(there=there, waiting=waiting)
        return Verified(problems, removals, verifier.start, verifier.head, verifier.rows, len(waiting & there))


async def everything(store: Store) -> AsyncGenerator[tuple[Seal | None, list[Record]], None]:
    """Each seal with its rows, in their order, then (None) the rows that wait for one; as of one moment."""
    async with store.long_session() as session:
        async for seals in _batches(session):
            records = await _records(session, [position for one in seals for position, _ in one.rows])
            for seal in seals:
                yield seal, [records[position] for position, _ in seal.rows if position in records]
        waiting = list(await session.scalars(sa.select(col(UnsealedRow.position)).order_by(col(UnsealedRow.position))))
        records = await _records(session, waiting)
        yield None, [records[position] for position in waiting if position in records]


async def _start(session: AsyncSession, removals: Sequence[Removal]) -> Head:
    """What the first seal stands on: the beginning, or the seal up to which a row of the audit says that it was removed."""
    chosen = sa.select(sa.func.min(col(SealRow.number))).where(col(SealRow.number) > BEGINNING.number)
    first = await session.scalar(chosen)
    fitting = [one.head for one in removals if first is not None and one.head.number == first - 1]
    return fitting[-1] if fitting else BEGINNING


async def _removals(session: AsyncSession) -> list[Removal]:
    """What rows say that was removed, by position; not those that do not say it as `bot.store.removal` does."""
    chosen = sa.select(col(AuditRow.position)).where(col(AuditRow.what) == RETENTION).order_by(col(AuditRow.position))
    records = await _records(session, list(await session.scalars(chosen)))
    return [found for position in sorted(records) if (found := _removal(records[position])) is not None]


def _removal(record: Record) -> Removal | None:
    number, digest, said = (record.data.get(name) for name in ("seal", "digest", "before"))
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        return None
    try:
        before = datetime.fromisoformat(str(said)).astimezone(UTC)
    except (ValueError, OverflowError):
        before = record.at - LEAST if record.at > EARLIEST else record.at
    return Removal(record.position, record.at, str(record.data.get("by", "")), Head(number, str(digest)), before)


async def _batches(session: AsyncSession) -> AsyncGenerator[list[Seal], None]:
    """All seals by number, those below the first as well."""
    after: int | None = None
    while True:
        columns = (col(SealRow.number), _told(col(SealRow.at)), col(SealRow.previous), col(SealRow.rows), col(SealRow.digest))
        chosen = sa.select(*columns).order_by(col(SealRow.number)).limit(BATCH)
        seals = [
            _seal(*row) for row in await session.execute(chosen if after is None else chosen.where(col(SealRow.number) > after))
        ]
        if not seals:
            return
        after = seals[-1].number
        yield seals


async def _records(session: AsyncSession, positions: Sequence[int]) -> dict[int, Record]:
    columns = (col(AuditRow.position), _told(col(AuditRow.at)), col(AuditRow.what), col(AuditRow.case), col(AuditRow.data))
    chosen = sa.select(*columns).where(col(AuditRow.position) == sa.any_(sa.literal(list(positions), sa.ARRAY(sa.BigInteger))))
    return {row[0]: _record(*row) for row in await session.execute(chosen)}


def _told(at: Any) -> Any:
    return sa.case((at.between(EARLIEST, LATEST), at), else_=EARLIEST)


def _record(position: int, at: datetime, what: str, case: str, data: Any) -> Record:
    return Record(position, at, what, case, data if isinstance(data, Mapping) else {"": data})


def _seal(number: int, at: datetime, previous: str, rows: Any, digest: str) -> Seal:
    """One whose list of rows is none seals nothing."""
    try:
        found = tuple((int(position), str(had)) for position, had in rows)
    except (TypeError, ValueError):
        found = ()
    return Seal(number, at, previous, found if all(0 < position <= MOST_POSITION for position, _ in found) else (), digest)


async def newest(store: Store) -> tuple[Head | None, int, datetime | None]:
    """The head, how many rows wait for a seal, and since when."""
    async with store.session() as session:
        found: Any = (await session.execute(NEWEST)).one_or_none()
        waits = sa.select(sa.func.count(), sa.func.min(col(AuditRow.at))).join(
            UnsealedRow, col(UnsealedRow.position) == col(AuditRow.position)
        )
        count, since = (await session.execute(waits)).one()
        return (Head(*found) if found else None), int(count), since
