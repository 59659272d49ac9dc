"""Articles from their sources into the database: by the bot every few minutes, or by `knowledge sync`."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import structlog

from bot.errors import StoreAway
from bot.library.articles import ArticleShelf
from bot.store.articles import StoredArticles
from knowledge.article import Article
from knowledge.sources import LeftOut, Source, SourceError, configured

log = structlog.get_logger(__name__)


async def synced(stored: StoredArticles, sources: Sequence[Source]) -> list[dict[str, Any]]:
    """{source, articles, added, changed, removed, problems} of each. One that cannot be read keeps the articles that it had; those
    of sources that are no longer named are gone.
    """
    rows = []
    for source in sources:
        try:
            found = await asyncio.to_thread(lambda one=source: list(one.articles()))  # type: ignore[misc]
        except SourceError as error:
            rows.append({"source": source.id, "articles": None, "added": 0, "changed": 0, "removed": 0, "problems": [str(error)]})
            continue
        good = [one for one in found if isinstance(one, Article)]
        done = await stored.replace(source.id, good)
        told = [f"{one.id}: {one.why}" for one in found if isinstance(one, LeftOut)]
        counts = {"added": done.added, "changed": done.changed, "removed": done.removed}
        rows.append({"source": source.id, "articles": len(good), **counts, "problems": told})
    if gone := await stored.only([one.id for one in sources]):
        rows.append({"source": "", "articles": 0, "added": 0, "changed": 0, "removed": gone, "problems": []})
    return rows


class Syncing:
    """Keeps the articles as their sources are, and indexed. `file` names the sources; git repositories are kept in `kept`."""

    def __init__(
        self, stored: StoredArticles, file: Path | None, kept: Path, minutes: int = 1, shelf: ArticleShelf | None = None
    ) -> None:
        self._stored, self._file, self._kept, self._minutes, self._shelf = stored, file, kept, minutes, shelf

    async def run(self) -> None:
        """Until cancelled."""
        try:
            await self._on_and_on()
        finally:
            if self._shelf is not None:
                await self._shelf.stop()

    async def _on_and_on(self) -> None:
        while True:
            try:
                await self.once()
                if self._shelf is not None:
                    await self._shelf.build()
            except SourceError as error:
                log.warning("the file of sources cannot be used; articles stay as they are", problem=str(error))
            except StoreAway as error:
                log.warning("the database is away; articles are looked at later", error=str(error))
            except Exception:
                log.exception("articles could not be brought up to date")
            await asyncio.sleep(self._minutes * 60)

    async def once(self) -> list[dict[str, Any]]:
        """Raises SourceError when the file of sources cannot be used."""
        sources = await asyncio.to_thread(configured, self._file, self._kept) if self._file else []
        async with self._stored.alone():
            rows = await synced(self._stored, sources)
        for row in rows:
            for problem in row["problems"]:
                log.error("an article or a source is left out", source=row["source"], problem=problem)
        return rows
