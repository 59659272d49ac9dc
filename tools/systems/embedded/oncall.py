"""The company's on-call schedules and pages."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from tools.contract import Caller, NotFound, Refused, ToolError
from tools.systems.embedded.faults import answers
from tools.systems.embedded.journal import Books, Effect
from tools.systems.embedded.models import PageRow, ShiftRow, row_id
from tools.systems.protocols import Done, Page

PREFIX = "PG-"


class EmbeddedOnCall:
    """`tools.systems.protocols.OnCall`."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def schedules(self) -> list[str]:
        async with self._books.reading() as session:
            await answers(session, "who_is_on_call")
            return list(await session.scalars(select(ShiftRow.schedule).distinct().order_by(ShiftRow.schedule)))

    async def on_call(self, schedule: str, at: datetime, tier: int = 1) -> list[str] | None:
        try:
            async with self._books.reading() as session:
                await answers(session, "who_is_on_call")
                return await _on_duty(session, schedule, at, tier)
        except ToolError:
            return None

    async def page(self, schedule: str, text: str, caller: Caller) -> Done[Page]:
        async def work(session: AsyncSession) -> Effect:
            now = self._books.clock.now()
            people = await _on_duty(session, schedule, now)
            if people is None:
                raise NotFound(f"there is no on-call schedule {schedule!r}")
            if not people:
                raise Refused(f"nobody is on call for {schedule} now")
            row = PageRow(schedule=schedule, text=text, people=people, at=now)
            session.add(row)
            await session.flush()
            return Effect({}, {"id": f"{PREFIX}{row.id}", "people": people})

        effect = await self._books.once("page_on_call", schedule, caller, work)
        page = Page(effect.after["id"], schedule, text, tuple(effect.after["people"]))
        return Done(page, changed=effect.changed)

    async def paged(self, page: str) -> Page | None:
        found = row_id(page, PREFIX)
        if found is None:
            return None
        async with self._books.reading() as session:
            row = await session.get(PageRow, found)
            return _page(row) if row is not None else None

    async def paged_under(self, key: str) -> Page | None:
        effect = await self._books.under(key, "page_on_call")
        return await self.paged(effect.after["id"]) if effect is not None else None


async def _on_duty(session: AsyncSession, schedule: str, at: datetime, tier: int = 1) -> list[str] | None:
    """None when there is no such schedule; nobody when it has a gap then."""
    query = (
        select(ShiftRow.person)
        .where(col(ShiftRow.schedule) == schedule, col(ShiftRow.tier) == tier, col(ShiftRow.start) <= at, col(ShiftRow.end) > at)
        .distinct()
        .order_by(ShiftRow.person)
    )
    if people := list(await session.scalars(query)):
        return people
    there_is = await session.scalar(select(ShiftRow.id).where(col(ShiftRow.schedule) == schedule).limit(1))
    return None if there_is is None else []


def _page(row: PageRow) -> Page:
    return Page(f"{PREFIX}{row.id}", row.schedule, row.text, tuple(row.people))
