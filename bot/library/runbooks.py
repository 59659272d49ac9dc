"""The runbooks that this bot works with: read, bound to its tools, and found by meaning and by words."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from bot.library.embedding import Model
from bot.ports import Found, ToolSchema
from bot.reading import persons
from bot.reading.things import Thing
from bot.runbooks import progress
from bot.runbooks.progress import Bound
from knowledge.embeddings import EmbeddingsError
from knowledge.index import FLOOR, Index
from knowledge.parse import load
from knowledge.standins import PERSON
from tools.contract import Person

log = structlog.get_logger(__name__)


class Library:
    """Implements `bot.ports.Knowledge`. A runbook that cannot be used is named in `problems`, and left out."""

    def __init__(self, index: Index, bound: Mapping[str, Bound], problems: Sequence[str]) -> None:
        self._index = index
        self.bound = bound
        self.problems = problems

    @classmethod
    async def read(
        cls,
        folder: Path,
        cache: Path,
        tools: Sequence[ToolSchema],
        things: Mapping[str, Sequence[Thing]],
        people: Sequence[Person],
        model: Model,
        url: str = "",
    ) -> "Library":
        """Everything in the folder that is well formed and fits the tools. Vectors are kept in `cache`.

        `things` have names, by kind ("catalogue" for applications), and so have `people`: values of a request, not its subject.
        `url`: where people read a runbook, with {id} for its id.
        """
        names = {kind: [name for id_, label, others in some for name in (id_, label, *others)] for kind, some in things.items()}
        names[PERSON] = persons.ways(people)
        return await asyncio.to_thread(cls._read, folder, cache, tools, names, model, url)

    @classmethod
    def _read(
        cls, folder: Path, cache: Path, tools: Sequence[ToolSchema], names: Mapping[str, Sequence[str]], model: Model, url: str
    ) -> "Library":
        parsed, unreadable = load(folder)
        bound, misfits = progress.bind(parsed, {tool.name: tool for tool in tools}, url)
        problems = [*(str(error) for error in unreadable), *map(str, misfits)]
        for problem in problems:
            log.error("a runbook is left out", problem=problem)
        index = Index(model.embedder, cache_dir=cache, things=names, floor=model.floor or FLOOR)
        index.build([one.runbook for one in bound.values()])
        return cls(index, bound, problems)

    @property
    def floor(self) -> float:
        return self._index.floor

    async def search(self, words: str, most: int = 3) -> list[Found]:
        """Nothing while the server of embeddings is away: then people take over."""
        try:
            hits = await self._index.search(words, most)
        except EmbeddingsError as error:
            log.warning("nothing can be searched for", error=str(error))
            return []
        return [Found(hit.runbook, hit.title, hit.score, hit.cosine, hit.lexical) for hit in hits]
