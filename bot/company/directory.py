"""The embedded company: opened on our database, and as the bot's directory in the words of `bot.ports`."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.domain import Membership
from tools.contract import Person
from tools.systems.embedded import Company, CompanyClock, ensure


@contextlib.asynccontextmanager
async def engine_on(url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on this database."""
    driver = url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_async_engine(driver, pool_size=10, max_overflow=20, pool_use_lifo=True, hide_parameters=True)
    try:
        yield engine
    finally:
        await engine.dispose()


@contextlib.asynccontextmanager
async def opened_company(url: str) -> AsyncIterator[tuple[Company, AsyncEngine]]:
    """The embedded company in this database, made and seeded where it is not there yet."""
    async with engine_on(url) as engine:
        await ensure(engine)
        clock = CompanyClock(engine)
        await clock.refresh()
        yield Company(engine, clock), engine


class CompanyDirectory:
    """Implements `bot.ports.Directory`."""

    def __init__(self, company: Company) -> None:
        self._company = company

    async def by_slack(self, slack_id: str) -> Person | None:
        return await self._company.by_slack(slack_id)

    async def person(self, handle: str) -> Person | None:
        return await self._company.person(handle)

    async def people(self) -> Sequence[Person]:
        return await self._company.people()

    async def in_group(self, handle: str, group: str) -> Membership:
        """UNKNOWN when there is no such group."""
        match await self._company.in_group(handle, group):
            case True:
                return Membership.YES
            case False:
                return Membership.NO
            case None:
                return Membership.UNKNOWN

    async def group(self, group: str) -> Sequence[str] | None:
        return await self._company.group(group)

    async def on_call(self, schedule: str, at: datetime, tier: int = 1) -> Sequence[str] | None:
        return await self._company.on_call(schedule, at, tier)

    async def catalogue(self) -> Sequence[tuple[str, str, Sequence[str]]]:
        return await self._company.catalogue()

    async def things(self, kind: str, of: str = "") -> Sequence[tuple[str, str, Sequence[str]]]:
        return await self._company.things(kind, of)

    async def adopt(self, slack_id: str, name: str, zone: str) -> Person | None:
        return await self._company.adopt(slack_id, name, zone)
