"""Which database, and under which role: the bot's for its work, the owner's for migrations, retention and forgetting."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.company.directory import opened_company
from bot.settings import Settings
from bot.store import postgres
from bot.store.roles import let_work
from bot.store.schema import migrate


@dataclass(frozen=True, slots=True)
class Database:
    """Where our rows are: its URL for the bot, what to tell about where it lies, and its URL for the owner (the same: one role)."""

    url: str
    where: str
    embedded: bool
    owner: str

    async def prepare(self) -> None:
        """Of our shape, with the embedded company, and open to the bot's role. Raises StoreAway."""
        await migrate(self.owner)
        if self.owner != self.url:
            async with opened_company(self.owner):
                await let_work(self.owner, self.url)


@contextlib.contextmanager
def own(settings: Settings, first: Callable[[], None]) -> Iterator[Database]:
    """The database of a running bot: the one that is named, or the embedded one, which ends with us. Nothing is made where `first`
    raises, which is asked once no other bot can be on our folder.
    """
    if settings.database_url:
        first()
        yield _named(settings)
        return
    with postgres.own(settings.bot_data_dir, first) as server:
        yield Database(server.bot_url, server.note or str(server.where), embedded=True, owner=server.url)


@contextlib.contextmanager
def borrow(settings: Settings) -> Iterator[Database]:
    """The database of the running bot, or the embedded one, started for this block only."""
    if settings.database_url:
        yield _named(settings)
        return
    with postgres.borrow(settings.bot_data_dir) as server:
        yield Database(server.bot_url, str(server.where), embedded=True, owner=server.url)


def _named(settings: Settings) -> Database:
    return Database(
        settings.database_url, "DATABASE_URL", embedded=False, owner=settings.database_owner_url or settings.database_url
    )
