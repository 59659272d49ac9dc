"""The company's tickets."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from tools.contract import Caller, NotFound, Refused
from tools.systems.embedded.directory import nobody
from tools.systems.embedded.journal import UNDO, Books, Effect
from tools.systems.embedded.models import PersonRow, TicketRow
from tools.systems.protocols import Done, Ticket

PREFIX = "IT-"
LATELY = timedelta(minutes=10)


class EmbeddedTickets:
    """`tools.systems.protocols.Tickets`."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def ticket(self, key: str) -> Ticket | None:
        number = _number(key)
        if number is None:
            return None
        async with self._books.reading() as session:
            row = await session.get(TicketRow, number)
            return _ticket(row) if row is not None else None

    async def lately(self, user: str, title: str, text: str) -> Ticket | None:
        async with self._books.reading() as session:
            row = await session.scalar(
                select(TicketRow)
                .where(
                    col(TicketRow.reporter) == user,
                    col(TicketRow.title) == title,
                    col(TicketRow.text) == text,
                    col(TicketRow.status) == "open",
                    col(TicketRow.created) > self._books.clock.now() - LATELY,
                )
                .order_by(col(TicketRow.id).desc())
                .limit(1)
            )
            return _ticket(row) if row is not None else None

    async def create(self, user: str, title: str, text: str, caller: Caller) -> Done[Ticket]:
        async def work(session: AsyncSession) -> Effect:
            if await session.get(PersonRow, user) is None:
                raise nobody(user)
            row = TicketRow(reporter=user, title=title, text=text, created=self._books.clock.now())
            session.add(row)
            await session.flush()
            return Effect({}, {"key": f"{PREFIX}{row.id}"})

        effect = await self._books.once("create_ticket", user, caller, work)
        return Done(Ticket(effect.after["key"], user, title, text, "open"), changed=effect.changed)

    async def cancel(self, key: str, caller: Caller) -> Done[Ticket]:
        async def work(session: AsyncSession) -> Effect:
            row = await session.get(TicketRow, _number(key) or 0, with_for_update=True)
            if row is None:
                raise NotFound(f"there is no ticket {key}")
            before = {"status": row.status}
            if row.status == "cancelled":
                return Effect(before, before, changed=False)
            if row.status != "open":
                raise Refused(f"ticket {key} is {row.status.replace('_', ' ')}: somebody works or has worked on it")
            row.status = "cancelled"
            return Effect(before, {"status": row.status})

        effect = await self._books.once(f"create_ticket{UNDO}", key, caller, work)
        now = await self.ticket(key)
        if now is None:
            raise NotFound(f"there is no ticket {key}")
        return Done(now, changed=effect.changed)


def _number(key: str) -> int | None:
    digits = key.upper().removeprefix(PREFIX)
    return int(digits) if digits.isascii() and digits.isdigit() else None


def _ticket(row: TicketRow) -> Ticket:
    return Ticket(f"{PREFIX}{row.id}", row.reporter, row.title, row.text, row.status)
