"""Runbooks, found by meaning (FAISS over vectors of title, symptoms and text) and by words (BM25).

Ranked by the mix of both, in which words count for more the rarer they are (docs/decisions/0120); whether anything fits at all is
said by the raw cosine (0021). A runbook says what it is `unlike`, too: words that are nearer to that than to any of its
symptoms are not for it. The search is exact: a company's runbooks are few.

Names are no subject of a runbook that needs a thing of their kind, and are not read for it (`knowledge.standins`).

What is said in a language that the model does not read must fit better, and by its words (`knowledge.tongues`).
"""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from knowledge.embeddings import Embedder, Vectors, readable
from knowledge.lexical import Lexical
from knowledge.runbook import Runbook
from knowledge.spelling import respelt, vocabulary
from knowledge.standins import StandIns
from knowledge.tongues import Tongues, language
from knowledge.vectors import KeptVectors
from knowledge.words import terms

FLOOR = 0.52
"""Raw cosine of the embedded model below which nothing fits; how it was chosen is in tests/knowledge/test_floor.py."""

RESPELT = 0.2
"""By so much more must fit what fits only once its words are spelt as in the runbooks."""

UNREAD = 0.1
"""By so much more must fit what is asked in a language that the model does not read: there every cosine is higher."""

SAME_WORDS = 0.5
"""More than this part of such a request's telling words a text in its language must have."""

CHUNK_WORDS = 150
"""A piece of text that fits into what the model reads at once."""

QUERIES = 256
"""Query vectors that are remembered: a message is searched for whole and in parts, and again when a turn is taken up anew."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A runbook that was found. `score` is the mix, and ranks; `cosine` is raw, and says whether it fits at all (0 at most where
    the words are nearer to what the runbook is unlike); `lexical` is the raw BM25.
    """

    runbook: str
    title: str
    score: float
    cosine: float
    lexical: float


@dataclass(frozen=True, slots=True)
class _Shelf:
    """What is indexed now, replaced as a whole. `owner`, `speaks_for` and `kinds` have an entry for each vector.

    `readings` are sets of kinds whose names are not read; a vector's entry in `kinds` says which of the sets is its own.
    `words`: all of theirs.
    """

    runbooks: tuple[Runbook, ...]
    owner: npt.NDArray[np.int64]
    speaks_for: npt.NDArray[np.bool_]
    kinds: npt.NDArray[np.int64]
    readings: tuple[frozenset[str], ...]
    dense: Any
    lexical: Lexical
    tongues: Tongues
    words: frozenset[str]


class Index:
    """An index over runbooks, made by one model."""

    def __init__(
        self,
        embedder: Embedder,
        cache_dir: Path | None = None,
        *,
        names: Iterable[str] = (),
        things: Mapping[str, Iterable[str]] | None = None,
        floor: float = FLOOR,
    ) -> None:
        """`cache_dir` keeps vectors from start to start; `names`: of the applications in the catalogue, with ids and other
        names; `things`: those of other kinds, and of people.
        """
        self.floor = floor
        self._stand_ins = StandIns({"catalogue": names, **(things or {})})
        self._vectors = KeptVectors(embedder, cache_dir)
        self._dim = embedder.dim
        self._english_only = embedder.english_only
        self._query = lru_cache(maxsize=QUERIES)(lambda words: embedder.embed([words])[0])
        self._shelf: _Shelf | None = None

    def build(self, runbooks: Sequence[Runbook]) -> None:
        """Index these and nothing else. Blocking. A search meanwhile sees the earlier ones, never half of these."""
        import faiss

        faiss.omp_set_num_threads(1)
        texts: list[str] = []
        said: list[tuple[str, str]] = []  # each text with its language
        owner: list[int] = []
        speaks_for: list[bool] = []
        kinds: list[int] = []
        readings: list[frozenset[str]] = [frozenset()]
        for position, runbook in enumerate(runbooks):
            for_it = [*(("", text) for text in texts_of(runbook)), *runbook.symptoms_in]
            reading = frozenset(need.source for need in runbook.needs.values()) & self._stand_ins.kinds
            if reading not in readings:
                readings.append(reading)
            all_of_it = [*for_it, *(("", text) for text in runbook.unlike)]
            said += all_of_it
            texts += [self._stand_ins.without(text, reading) for _, text in all_of_it]
            kinds += [readings.index(reading)] * len(all_of_it)
            owner += [position] * len(all_of_it)
            speaks_for += [True] * len(for_it) + [False] * len(runbook.unlike)
        dense = faiss.IndexIDMap2(faiss.IndexFlatIP(self._dim))
        if texts:
            dense.add_with_ids(self._vectors.of(texts), np.arange(len(texts), dtype=np.int64))
        lexical = Lexical(terms(" ".join(texts_of(runbook))) for runbook in runbooks)
        self._shelf = _Shelf(
            tuple(runbooks),
            np.array(owner, np.int64),
            np.array(speaks_for, np.bool_),
            np.array(kinds, np.int64),
            tuple(readings),
            dense,
            lexical,
            Tongues([(code, self._stand_ins.nameless(text)) for code, text in said]),
            vocabulary(text for runbook in runbooks for text in (*texts_of(runbook), *runbook.unlike)),
        )

    async def search(self, words: str, most: int = 3) -> list[Hit]:
        """Best first, also what lies below the floor; nothing for an empty index or a text without words. Takes any text."""
        shelf, words = self._shelf, readable(words).strip()
        if shelf is None or not shelf.runbooks or not re.search(r"[^\W_]", words):
            return []
        return await asyncio.to_thread(self._search, shelf, words, most)

    def _search(self, shelf: _Shelf, words: str, most: int) -> list[Hit]:
        cosines = self._cosines(shelf, words)
        if (right := respelt(words, shelf.words)) != words:
            better = self._cosines(shelf, right)
            if better.max() >= max(cosines.max(), self.floor) + RESPELT:
                cosines, words = better, right
        asked = shelf.lexical.asked(words)
        mix = cosines + np.float32(asked.weight) * asked.share
        order = np.lexsort((-cosines, -mix, cosines < self.floor))[: max(most, 0)]  # what fits stands before what does not
        return [
            Hit(
                runbook=shelf.runbooks[at].id,
                title=shelf.runbooks[at].title,
                score=round(float(mix[at]), 4),
                cosine=round(float(cosines[at]), 4),
                lexical=round(float(asked.raw[at]), 4),
            )
            for at in order
        ]

    def _cosines(self, shelf: _Shelf, words: str) -> Vectors:
        """Of each runbook: its best vector, unless one of what it is unlike is better."""
        near = self._similarities(shelf, words)
        for at, reading in enumerate(shelf.readings):
            if (bare := self._stand_ins.without(words, reading)) != words:
                near = np.where(shelf.kinds == at, self._similarities(shelf, bare), near)
        spoken = language(words) if self._english_only else ""
        if self._english_only:
            near = np.where(shelf.tongues.heard(self._stand_ins.nameless(words), spoken, SAME_WORDS), near, np.float32(-1))
        best, against = (np.full(len(shelf.runbooks), -1.0, np.float32) for _ in range(2))
        np.maximum.at(best, shelf.owner[shelf.speaks_for], near[shelf.speaks_for])
        np.maximum.at(against, shelf.owner[~shelf.speaks_for], near[~shelf.speaks_for])
        fits = np.where(against > best, np.minimum(best, 0), best)
        return fits - np.float32(UNREAD) if spoken else fits

    def _similarities(self, shelf: _Shelf, words: str) -> Vectors:
        """The cosine of the words with each vector."""
        found, ids = shelf.dense.search(self._query(words)[None, :], shelf.dense.ntotal)
        near = np.empty(shelf.dense.ntotal, np.float32)
        near[ids[0]] = found[0]
        return near


def texts_of(runbook: Runbook) -> list[str]:
    """What a runbook is found by in English: its title, each of its symptoms, and its text in pieces."""
    words = runbook.text.split()
    pieces = [" ".join(words[at : at + CHUNK_WORDS]) for at in range(0, len(words), CHUNK_WORDS)]
    return [runbook.title, *runbook.symptoms, *pieces]
