"""How the company's services are."""

from sqlmodel import select

from tools.systems.embedded.faults import answers
from tools.systems.embedded.journal import Books
from tools.systems.embedded.models import ServiceRow
from tools.systems.supplies import Service


class EmbeddedStatus:
    """`tools.systems.supplies.Status`."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def services(self) -> list[Service]:
        async with self._books.reading() as session:
            await answers(session, "service_status")
            rows = await session.scalars(select(ServiceRow).order_by(ServiceRow.name))
            return [Service(row.name, row.title, tuple(row.aliases), row.status, row.note) for row in rows]
