"""The company's tickets."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from tools.contract import Caller, NotFound, Refused
from tools.systems.embedded.directory import nobody
from tools.systems.embedded.faults import answers
from tools.systems.embedded.journal import UNDO, Books, Effect
from tools.systems.embedded.models import CommentRow, PersonRow, TicketRow, row_id
from tools.systems.protocols import Comment, Done, Ticket

PREFIX = "IT-"
NOTE = "CM-"


class EmbeddedTickets:
    """`tools.systems.protocols.Tickets`."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def ticket(self, key: str) -> Ticket | None:
        found = number(key)
        if found is None:
            return None
        async with self._books.reading() as session:
            row = await session.get(TicketRow, found)
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

    async def created_under(self, key: str) -> Ticket | None:
        effect = await self._books.under(key, "create_ticket")
        return await self.ticket(effect.after["key"]) if effect is not None else None

    async def cancel(self, key: str, caller: Caller) -> Done[Ticket]:
        async def work(session: AsyncSession) -> Effect:
            row = await session.get(TicketRow, number(key) or 0, with_for_update=True)
            if row is None:
                raise _no_ticket(key)
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
            raise _no_ticket(key)
        return Done(now, changed=effect.changed)

    async def tickets_of(self, user: str) -> list[Ticket]:
        async with self._books.reading() as session:
            await answers(session, "find_ticket")
            query = select(TicketRow).where(col(TicketRow.reporter) == user).order_by(col(TicketRow.id).desc())
            return [_ticket(row) for row in await session.scalars(query)]

    async def comments(self, key: str) -> list[Comment]:
        async with self._books.reading() as session:
            found = number(key)
            if found is None or await session.get(TicketRow, found) is None:
                raise _no_ticket(key)
            rows = await session.scalars(select(CommentRow).where(col(CommentRow.ticket) == found).order_by(col(CommentRow.id)))
            return [_comment(row) for row in rows]

    async def comment(self, key: str, text: str, caller: Caller) -> Done[Comment]:
        async def work(session: AsyncSession) -> Effect:
            row = await session.get(TicketRow, number(key) or 0, with_for_update=True)
            if row is None:
                raise _no_ticket(key)
            if row.status not in ("open", "in_progress"):
                raise Refused(f"ticket {key} is {row.status}: nobody would read the comment; open a new ticket instead")
            new = CommentRow(ticket=row.id or 0, author=caller.principal, text=text, at=self._books.clock.now())
            session.add(new)
            await session.flush()
            told = {"id": f"{NOTE}{new.id}", "ticket": key, "author": new.author, "text": text, "at": new.at.isoformat()}
            return Effect({}, told)

        return Done(_added(await self._books.once("comment_ticket", key, caller, work)))

    async def commented_under(self, key: str) -> Comment | None:
        effect = await self._books.under(key, "comment_ticket")
        return _added(effect) if effect is not None else None

    async def withdraw_comment(self, key: str, comment: str, caller: Caller) -> Done[Comment]:
        async def work(session: AsyncSession) -> Effect:
            row = await session.get(CommentRow, row_id(comment, NOTE) or 0, with_for_update=True)
            if row is None:
                return Effect(changed=False)
            told = {"author": row.author, "text": row.text, "at": row.at.astimezone(UTC).isoformat()}
            await session.delete(row)
            return Effect(told, {})

        effect = await self._books.once(f"comment_ticket{UNDO}", key, caller, work)
        gone = Comment(comment, key, effect.before.get("author", ""), effect.before.get("text", ""), self._books.clock.now())
        return Done(gone, changed=effect.changed)


def _no_ticket(key: str) -> NotFound:
    return NotFound(f"there is no ticket {key}")


def _added(effect: Effect) -> Comment:
    told = effect.after
    return Comment(told["id"], told["ticket"], told["author"], told["text"], datetime.fromisoformat(told["at"]))


def _comment(row: CommentRow) -> Comment:
    return Comment(f"{NOTE}{row.id}", f"{PREFIX}{row.ticket}", row.author, row.text, row.at.astimezone(UTC))


def number(key: str) -> int | None:
    """The number in a ticket's key; None when it is no key."""
    return row_id(key, PREFIX)


def _ticket(row: TicketRow) -> Ticket:
    return Ticket(f"{PREFIX}{row.id}", row.reporter, row.title, row.text, row.status, row.assignee)
