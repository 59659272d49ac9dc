"""BM25 over documents, with what a request's words could reach at most: so a score can be read as a share of it."""

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from knowledge import words

Scores = npt.NDArray[np.float32]

CODE_WEIGHT = 2.0
"""A name or code of a request counts for so many words: it was copied from somewhere, and means one thing."""

RARITY_WEIGHT = 2.5
"""How much the words of a request count beside its meaning, for words that stand in one document alone."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request's words in the documents. `raw`: BM25 of each document; `share`: 0…1, of what its words could reach at most, each
    counted once and for more the rarer it is (by the root of its idf), so that set phrases say little;
    `weight`: what a whole share is worth beside a cosine. A long text of everyday words says little by them, a code nearly all.
    """

    raw: Scores
    share: Scores
    weight: float


class Lexical:
    """BM25 (Lucene's form, k1 1.5, b 0.75) over documents."""

    def __init__(self, documents: Iterable[Iterable[str]]) -> None:
        """Each as its terms."""
        known: dict[str, int] = {}
        ids = [[known.setdefault(term, len(known)) for term in document] for document in documents]
        self.count = len(ids)
        self._bm25: Any = None
        if not known:
            return
        import bm25s
        from bm25s.tokenization import Tokenized

        logging.getLogger("bm25s").setLevel(logging.WARNING)  # its import turns everything on
        self._bm25 = bm25s.BM25()
        self._bm25.index(Tokenized(ids, known), show_progress=False)
        self._known = known
        self._begins = np.asarray(self._bm25.scores["indptr"])
        holding = np.diff(self._begins)
        self._rarest = max(float(np.log1p((self.count - 0.5) / 1.5)), 1e-9)
        self._idf = np.log1p((self.count - holding + 0.5) / (holding + 0.5))

    def asked(self, text: str) -> Asked:
        """Blocking. All zero where no document has a word of it."""
        known = [term for term in words.terms(text) if term in self._known] if self._bm25 is not None else []
        if not known:
            nothing = np.zeros(self.count, np.float32)
            return Asked(nothing, nothing, 0.0)
        named = words.codes(text)
        said = Counter(known)
        ids = [self._known[term] for term in said]
        weights = np.array([CODE_WEIGHT if term in named else 1.0 for term in said])
        rarity = float(weights @ self._idf[ids] / weights.sum()) / self._rarest
        weights *= np.sqrt(self._idf[ids])
        weights /= float(weights @ self._idf[ids])
        both = np.zeros(self.count, np.complex64)  # one pass for two sums: BM25 is the real part, the share the imaginary
        for term, worth in zip(ids, np.array([*said.values()]) + 1j * weights, strict=True):
            held = slice(self._begins[term], self._begins[term + 1])
            np.add.at(both, self._bm25.scores["indices"][held], np.complex64(worth) * self._bm25.scores["data"][held])
        return Asked(both.real.copy(), both.imag.copy(), RARITY_WEIGHT * rarity)
