"""Articles as one index has them, never changed: pieces with vectors, words, and how they rank for a request.

A document's score is the cosine of its best piece, and beside it the share that it reaches of what the request's words could
(`knowledge.lexical`). Neither is scaled by what else was found, so both say how well a document fits and not only that it is the
best of what there is. How much the words count is measured on each request: by how rare they are. A title that stands whole in the
request wins (docs/decisions/0120).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from knowledge.article import Article
from knowledge.embeddings import Vectors
from knowledge.lexical import Asked, Lexical
from knowledge.nearest import EXACT, PROBES, Nearest
from knowledge.words import CODE, plain, terms

NEAR_PIECES, NEAR_WORDS = 256, 100
"""Pieces nearest by meaning and documents best by words that are looked at closely: all others are worse in both."""

TITLE_COUNTS = 3
"""A word of the title counts for so many of the text."""

NAMED = 1.0
"""What a title that stands whole in the request is worth: as much as the same meaning."""

LONGEST_NAME = 12
ALIKE = 0.97
"""Cosine from which the pieces that were found in two articles say the same, where most of their words are the same, too."""

SAME_WORDS = 0.8

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Near:
    """Documents that could be best, by one half or the other: the cosine of each one's best piece, and what both halves give."""

    documents: Ids
    cosines: Vectors
    scores: Vectors

    def order(self, values: Vectors) -> Ids:
        return np.argsort(-values, kind="stable")


@dataclass(frozen=True, slots=True)
class Size:
    """For how many pieces: `exact` up to so many every vector is looked at; beyond, `probes` lists of them for each search."""

    exact: int = EXACT
    probes: int = PROBES


class Shelf:
    """`section` has an entry for each piece, the number of its section in its article."""

    def __init__(
        self, articles: Sequence[Article], sections: Sequence[Sequence[int]], vectors: Vectors, size: Size | None = None
    ) -> None:
        """`sections`: of each article those of its pieces, in order; the first piece of one with a title is the title alone."""
        size = size or Size()
        self.articles = tuple(articles)
        self.section = np.array([one for some in sections for one in some], np.int64)
        self.lexical = Lexical([*terms(one.title) * TITLE_COUNTS, *terms(one.text)] for one in articles)
        self._owner = np.repeat(np.arange(len(articles), dtype=np.int64), [len(some) for some in sections])
        self._first = np.cumsum([0, *(len(some) for some in sections)], dtype=np.int64)
        self._dense = Nearest(vectors, exact=size.exact, probes=size.probes)
        self._named: dict[tuple[str, ...], list[int]] = {}
        for position, article in enumerate(articles):
            if _is_name(article.title):
                self._named.setdefault(plain(article.title), []).append(position)

    def near(self, words: str, vector: Vectors, asked: Asked, allowed: Ids | None = None) -> Near:
        """Of the documents that are allowed (all when None)."""
        everything = np.arange(len(self.articles), dtype=np.int64) if allowed is None else allowed
        _, pieces = self._dense.search(vector, NEAR_PIECES, None if allowed is None else self._pieces(allowed))
        raw = asked.raw[everything]
        most = min(NEAR_WORDS, len(raw))
        by_words = np.argpartition(-raw, most - 1)[:most] if most else np.zeros(0, np.int64)
        named = np.intersect1d(np.array(self._names_in(words), np.int64), everything)
        documents = np.unique(np.concatenate([self._owner[pieces], everything[by_words[raw[by_words] > 0]], named]))
        if not len(documents):
            return Near(documents, np.zeros(0, np.float32), np.zeros(0, np.float32))
        looked_at = self._pieces(documents)
        lengths = self._first[documents + 1] - self._first[documents]
        cosines = np.maximum.reduceat(self._dense.cosines(vector, looked_at), np.cumsum([0, *lengths[:-1]]))
        scores = cosines + np.float32(asked.weight) * asked.share[documents]
        scores[np.isin(documents, named)] += NAMED
        return Near(documents, cosines, scores)

    def piece_for(self, document: int, words: str, vector: Vectors, weight: float) -> int:
        """The piece of a document that answers: by meaning, and by how many of the words stand in its section."""
        begin, end = int(self._first[document]), int(self._first[document + 1])
        pieces = np.arange(begin + (1 if self.articles[document].title and end - begin > 1 else 0), end)
        wanted = set(terms(words))
        held = np.array([len(wanted & set(terms(self._said(int(piece))))) for piece in pieces]) / max(len(wanted), 1)
        return int(pieces[np.argmax(self._dense.cosines(vector, pieces) + weight * held)])

    def alike(self, one: int, other: int) -> bool:
        """Whether two pieces say the same in nearly the same words."""
        if self._dense.alike(one, other) < ALIKE:
            return False
        mine, theirs = (set(terms(self._said(piece))) for piece in (one, other))
        return len(mine & theirs) >= SAME_WORDS * max(len(mine | theirs), 1)

    def _pieces(self, documents: Ids) -> Ids:
        spans = [np.arange(self._first[one], self._first[one + 1]) for one in documents]
        return np.concatenate(spans) if spans else np.zeros(0, np.int64)

    def _said(self, piece: int) -> str:
        """Heading and text of a piece's section."""
        article = self.articles[self._owner[piece]]
        section = article.sections[self.section[piece]] if article.sections else None
        return f"{section.heading} {section.text}" if section else article.title

    def _names_in(self, words: str) -> list[int]:
        """Articles whose title stands in the words; the longest alone."""
        said = plain(words)
        for long in range(min(LONGEST_NAME, len(said)), 0, -1):
            found = [one for at in range(len(said) - long + 1) for one in self._named.get(said[at : at + long], ())]
            if found:
                return found
        return []


def _is_name(title: str) -> bool:
    """Whether a title is more than a word that anybody says."""
    said = plain(title)
    return 1 < len(said) <= LONGEST_NAME or (len(said) == 1 and CODE.fullmatch(title.strip()) is not None)
