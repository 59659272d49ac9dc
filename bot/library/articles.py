"""Articles that answer questions: kept in the database, indexed by every process for itself, shown to those who may read them.

Before each search the database is asked whether anything changed. What is gone, has changed, or may no longer be read is left out
of that very search; what is new is found once it is indexed, in the background. So no process needs to be told, and none shows what
was removed.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import structlog

from bot.domain import Membership, Principal
from bot.errors import StoreAway
from bot.facts import Facts
from bot.gate import Policies
from bot.library.embedding import Model
from bot.ports import Clock
from bot.quoted import Quote
from bot.store.articles import Head, StoredArticles
from knowledge.embeddings import EmbeddingsError
from knowledge.passages import FLOOR, Passages
from knowledge.shelf import Size

log = structlog.get_logger(__name__)


class ArticleShelf:
    """Implements `bot.ports.Articles`."""

    def __init__(
        self, stored: StoredArticles, model: Model, cache: Path, size: Size, *, facts: Facts, policies: Policies, clock: Clock
    ) -> None:
        """Vectors are kept in `cache`; `size` says from how many articles on a search is approximate."""
        self._stored = stored
        self._index = Passages(model.embedder, cache, floor=model.floor or FLOOR, size=size)
        self._facts, self._policies, self._clock = facts, policies, clock
        self._heads: Mapping[str, Head] = {}
        self._indexed: Mapping[str, str] = {}
        self._version = -1
        self._built = -1
        self._lock = asyncio.Lock()
        self._building: asyncio.Task[None] | None = None

    @property
    def floor(self) -> float:
        return self._index.floor

    async def search(self, words: str, principal: Principal, *, direct: bool, most: int = 3, newest: str = "") -> list[Quote]:
        await self._looked()
        if not self._heads:
            return []
        held = await self._held(principal) if direct else frozenset()
        heads = self._heads
        readable = {
            id_ for id_, head in heads.items() if self._indexed.get(id_) == head.digest and (not head.roles or head.roles & held)
        }
        try:
            found = await asyncio.to_thread(self._index.search, words, most, readable, newest=newest)
        except EmbeddingsError as error:
            log.warning("nothing can be searched for", error=str(error))
            return []
        return [
            Quote(one.article.id, one.article.title, one.link, one.heading, one.text, one.score, one.cosine, one.lexical)
            for one in found
            if one.article.digest == heads[one.article.id].digest  # what was indexed meanwhile may be for others
        ]

    async def build(self) -> None:
        """Index what the database has now; quick where nothing changed. One build at a time."""
        async with self._lock:
            version = await self._stored.version()
            if version == self._built:
                return
            articles = await self._stored.all()
            await asyncio.to_thread(self._index.build, articles)
            self._indexed = {one.id: one.digest for one in articles}
            self._built = version
            log.info("articles are indexed", articles=len(articles), version=version)

    async def stop(self) -> None:
        if self._building is not None:
            await asyncio.gather(self._building, return_exceptions=True)

    async def _looked(self) -> None:
        """What there is and who may read it, as the database has it now."""
        version = await self._stored.version()
        if version != self._version:
            self._heads = await self._stored.heads()
            self._version = version
        if version != self._built and (self._building is None or self._building.done()):
            self._building = asyncio.create_task(self._built_anew(), name="articles")
        if self._built < 0 and self._heads and self._building is not None:
            await asyncio.shield(self._building)

    async def _built_anew(self) -> None:
        try:
            await self.build()
        except StoreAway as error:
            log.warning("articles are indexed later", error=str(error))
        except Exception:
            log.exception("articles could not be indexed")

    async def _held(self, principal: Principal) -> frozenset[str]:
        """The roles that articles name and this person holds for certain."""
        now, current = self._clock.now(), self._policies.current
        held = set()
        for role in sorted({role for head in self._heads.values() for role in head.roles}):
            member = await self._facts.holds(
                role, current, person=principal, principal=principal, beneficiary=principal.id, owner="", now=now
            )
            if member is Membership.YES:
                held.add(role)
        return frozenset(held)
