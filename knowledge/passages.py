"""Articles, found by meaning and by words in one ranking (`knowledge.shelf`); what a reader may not see is left out inside the
search. Whether anything fits is read off the cosine alone (docs/decisions/0021).
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from knowledge.article import Article
from knowledge.embeddings import Embedder, readable
from knowledge.shelf import Shelf, Size
from knowledge.vectors import KeptVectors

FLOOR = 0.55
"""Raw cosine of the embedded model below which no article answers; docs/results has how it was chosen."""

REMEMBERED = 256
"""Vectors of requests that are kept: a turn that is taken up anew asks again."""

Progress = Callable[[int, int], None]
"""Called with what is done and all there is."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A section of an article that was found. `score` ranks; `cosine` is raw, and says whether it fits at all."""

    article: Article
    section: int
    score: float
    cosine: float
    lexical: float

    @property
    def link(self) -> str:
        return self.article.linked(self.section)

    @property
    def heading(self) -> str:
        return self.article.sections[self.section].heading if self.article.sections else ""

    @property
    def text(self) -> str:
        return self.article.sections[self.section].text if self.article.sections else ""


class Passages:
    """An index over articles, made by one model."""

    def __init__(
        self,
        embedder: Embedder,
        cache_dir: Path | None = None,
        *,
        floor: float = FLOOR,
        remembered: int = REMEMBERED,
        size: Size | None = None,
    ) -> None:
        """`cache_dir` keeps vectors from start to start; so many of requests are `remembered`."""
        self.floor = floor
        self._size = size
        self._vectors = KeptVectors(embedder, cache_dir)
        self._query = lru_cache(maxsize=remembered)(lambda words: embedder.embed([words])[0])
        self._shelf: Shelf | None = None

    def build(self, articles: Sequence[Article], progress: Progress | None = None) -> None:
        """Index these and nothing else. Blocking. A search meanwhile sees the earlier ones, never half of these."""
        pieces = [list(one.pieces()) or [(0, "")] for one in articles]
        vectors = self._vectors.of([text for some in pieces for _, text in some], progress)
        self._shelf = Shelf(articles, [[section for section, _ in some] for some in pieces], vectors, self._size)

    def search(self, words: str, most: int = 3, readable_ids: Collection[str] | None = None, *, newest: str = "") -> list[Passage]:
        """Best first, also below the floor; one of several that say the same. `readable_ids`: articles that may be shown (None:
        all); the others are not looked at. `newest`: the words that were said last, which say what section of an article is meant.
        Blocking. Takes any text.
        """
        shelf, words = self._shelf, readable(words).strip()
        if shelf is None or not shelf.articles or not re.search(r"[^\W_]", words):
            return []
        allowed = None
        if readable_ids is not None:
            allowed = np.array([at for at, one in enumerate(shelf.articles) if one.id in readable_ids], np.int64)
        vector, asked = self._query(words), shelf.lexical.asked(words)
        near = shelf.near(words, vector, asked, allowed)
        newest = readable(newest).strip() or words
        pointed = self._query(newest)
        found: list[Passage] = []
        pieces: list[int] = []
        for at in near.order(near.scores):
            if len(found) >= max(most, 0):
                break
            document = int(near.documents[at])
            piece = shelf.piece_for(document, newest, pointed, asked.weight)
            if any(shelf.alike(piece, other) for other in pieces):
                continue
            pieces.append(piece)
            scored = (round(float(one), 4) for one in (near.scores[at], near.cosines[at], asked.raw[document]))
            found.append(Passage(shelf.articles[document], int(shelf.section[piece]), *scored))
        return found

    def ranked(self, words: str, by: str = "fused", most: int = 10) -> list[int]:
        """Positions of the articles, best first, as `lexical` or `dense` alone would order them, or both: `fused`. Blocking."""
        shelf = self._shelf
        if shelf is None or not shelf.articles:
            return []
        words = readable(words)
        if by == "lexical":
            raw = shelf.lexical.asked(words).raw
            return [int(one) for one in np.argsort(-raw, kind="stable")[:most] if raw[one] > 0]
        near = shelf.near(words, self._query(words), shelf.lexical.asked(words if by == "fused" else ""))
        ordered = near.order(near.scores if by == "fused" else near.cosines)
        return [int(near.documents[at]) for at in ordered[:most]]
