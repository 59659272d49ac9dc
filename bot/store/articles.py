"""Articles in the database: what the sources gave last, changed in one transaction for each source."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from bot.store.tables import ArticleRow, ArticleVersionRow
from bot.store.work import Store
from knowledge.article import Article
from knowledge.markdown import Section

LOCK = 7_238_120
"""Advisory lock: articles are brought up to date by one process at a time."""

TRY = sa.select(sa.func.pg_try_advisory_xact_lock(LOCK))
AT_ONCE = 500
"""Rows of one statement."""


@dataclass(frozen=True, slots=True)
class Head:
    """What is asked of an article before it is searched: whether it is still the one that was indexed, and who may read it."""

    digest: str
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Changed:
    """How many articles of a source are new, have changed, are gone, and are as they were."""

    added: int
    changed: int
    removed: int
    same: int


class StoredArticles:
    """The articles of all sources."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def version(self) -> int:
        """Grows with every change."""
        async with self._store.session() as session:
            return (await session.execute(sa.select(col(ArticleVersionRow.version)))).scalar_one()

    async def heads(self) -> dict[str, Head]:
        """Of each article, by its id."""
        async with self._store.session() as session:
            found = await session.execute(sa.select(col(ArticleRow.id), col(ArticleRow.digest), col(ArticleRow.roles)))
            return {id_: Head(digest, frozenset(roles)) for id_, digest, roles in found}

    async def all(self) -> list[Article]:
        async with self._store.session() as session:
            rows = (await session.execute(sa.select(ArticleRow).order_by(col(ArticleRow.id)))).scalars()
            return [
                Article(row.id, row.title, tuple(Section(*one) for one in row.sections), row.link, tuple(row.roles)) for row in rows
            ]

    @contextlib.asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Nobody else brings articles up to date meanwhile: what was read earlier never takes the place of what was read later."""
        async with self._store.session() as session:
            while not (await session.execute(TRY)).scalar_one():  # noqa: ASYNC110 - another process has it
                await asyncio.sleep(0.1)
            yield

    async def replace(self, source: str, articles: Sequence[Article]) -> Changed:
        """These are all that the source has now: what is not among them is gone. One transaction; what did not change is not
        written.
        """
        wanted = {one.id: one for one in articles}
        async with self._store.session() as session:
            await session.execute(sa.select(col(ArticleVersionRow.version)).with_for_update())  # one at a time
            found = await session.execute(
                sa.select(col(ArticleRow.id), col(ArticleRow.digest)).where(col(ArticleRow.source) == source)
            )
            known: dict[str, str] = {row.id: row.digest for row in found}
            gone = [id_ for id_ in known if id_ not in wanted]
            fresh = [one for id_, one in wanted.items() if known.get(id_) != one.digest]
            for at in range(0, len(gone), AT_ONCE):
                await session.execute(sa.delete(ArticleRow).where(col(ArticleRow.id).in_(gone[at : at + AT_ONCE])))
            for at in range(0, len(fresh), AT_ONCE):
                statement = insert(ArticleRow).values([_row(source, one) for one in fresh[at : at + AT_ONCE]])
                replaced = {name: statement.excluded[name] for name in ArticleRow.model_fields if name != "id"}
                await session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=replaced))
            if gone or fresh:
                await session.execute(sa.update(ArticleVersionRow).values(version=col(ArticleVersionRow.version) + 1))
        added = sum(one.id not in known for one in fresh)
        return Changed(added, len(fresh) - added, len(gone), len(wanted) - len(fresh))

    async def only(self, sources: Sequence[str]) -> int:
        """Articles of all other sources are gone; how many those were."""
        async with self._store.session() as session:
            gone = await session.execute(
                sa.delete(ArticleRow).where(col(ArticleRow.source).not_in(sources)).returning(col(ArticleRow.id))
            )
            count = len(gone.all())
            if count:
                await session.execute(sa.update(ArticleVersionRow).values(version=col(ArticleVersionRow.version) + 1))
            return count


def _row(source: str, one: Article) -> dict[str, object]:
    sections = [[part.heading, part.text, part.anchor, part.level] for part in one.sections]
    return {
        "id": one.id,
        "source": source,
        "digest": one.digest,
        "title": one.title,
        "link": one.link,
        "roles": list(one.roles),
        "sections": sections,
    }
