"""One door for every change to the company: once per key, under locks, journaled, with its fault.

INVARIANT: an effect and its row in the journal are committed together or not at all, and the key is unique; so a key has one
effect at most, whoever repeats it and however often at the same time.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import exc, func
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlmodel import col, select

from tools.contract import Caller, Refused, SystemAway
from tools.systems.embedded.clock import CompanyClock
from tools.systems.embedded.faults import Fault, away, fault_of, refused
from tools.systems.embedded.models import JournalRow

UNDO = "/undo"
"""Ends the journal's `tool` where a change takes an earlier one back."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change did, as JSON: how the thing was and how it is. Not changed: nothing to do, nothing done."""

    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    changed: bool = True


class Books:
    """Sessions on the company's database, and the journal of what was changed in it."""

    def __init__(self, engine: AsyncEngine, clock: CompanyClock) -> None:
        self._engine = engine
        self._looking = engine.execution_options(isolation_level="AUTOCOMMIT")
        self.clock = clock

    def reading(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A new session, nothing cached, in which each statement stands alone: no transaction is begun and ended around a look.

        A database that does not answer is a system that is away.
        """
        return _session(self._looking)

    def writing(self) -> AbstractAsyncContextManager[AsyncSession]:
        """The same with a transaction, which is lost unless it is committed."""
        return _session(self._engine)

    async def once(self, tool: str, target: str, caller: Caller, work: Callable[[AsyncSession], Awaitable[Effect]]) -> Effect:
        """Carry `work` out unless it was under this key; then what came of it is told again.

        A silent system is the real one with its work thrown away: it looks at the same things and says the same.
        Raises what `work` raises, and Refused or SystemAway for a fault.
        """
        async with self.writing() as session:
            fault = await fault_of(session, tool.removesuffix(UNDO))
            if fault is Fault.AWAY:
                raise away(tool)
            await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(caller.key, 0))))
            told = await session.scalar(select(JournalRow).where(col(JournalRow.key) == caller.key))
            if told is not None:
                return _again(told, tool, target)
            if fault is Fault.REFUSED:
                raise refused(tool)
            effect = await work(session)
            if not effect.changed or fault is Fault.SILENT:
                await session.rollback()
                return effect
            session.add(
                JournalRow(
                    key=caller.key,
                    tool=tool,
                    target=target,
                    actor=caller.principal,
                    case=caller.case,
                    before=dict(effect.before),
                    after=dict(effect.after),
                    at=self.clock.now(),
                )
            )
            await session.commit()
        if fault is Fault.TIMEOUT:
            raise away(tool)
        return effect

    async def under(self, key: str, tool: str) -> Effect | None:
        """What this change did under this key; None when it did nothing. Raises SystemAway."""
        async with self.reading() as session:
            told = await session.scalar(select(JournalRow).where(col(JournalRow.key) == key, col(JournalRow.tool) == tool))
            return Effect(told.before, told.after) if told is not None else None


@asynccontextmanager
async def _session(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    try:
        async with AsyncSession(engine, expire_on_commit=False) as session:
            yield session
    except (exc.InterfaceError, exc.OperationalError, exc.TimeoutError) as error:
        raise SystemAway("the company's systems do not answer") from error


def _again(told: JournalRow, tool: str, target: str) -> Effect:
    if (told.tool, told.target) != (tool, target):
        raise Refused(f"the key of this change was used before for {told.tool} on {told.target}")
    return Effect(told.before, told.after)
