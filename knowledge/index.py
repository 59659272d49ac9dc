"""Runbooks, found by meaning (FAISS over vectors of title, symptoms and text) and by words (BM25).

Ranked by the mix of both; whether anything fits at all is said by the raw cosine, for the best hit of a mix is about 1 by
construction. A runbook says what it is `unlike`, too; words that are nearer to that than to any of its symptoms are not for it.
Exact search: a company's runbooks are few.
"""

import asyncio
import hashlib
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.embeddings import Embedder, Vectors
from knowledge.runbook import Runbook

WEIGHT = 0.5
"""Of the dense half in the mix, both halves scaled to 0…1."""

FLOOR = 0.52
"""Raw cosine below which nothing fits; calibrated in tests/knowledge/test_floor.py."""

CHUNK_WORDS = 150


@dataclass(frozen=True, slots=True)
class Hit:
    """A runbook that was found. `cosine` and `lexical` are raw, `score` is the mix."""

    runbook: str
    title: str
    score: float
    cosine: float
    lexical: float


class Index:
    """An index over runbooks. Made by one model; `cache_dir` keeps vectors by the sha256 of their text and model."""

    floor = FLOOR

    def __init__(self, embedder: Embedder, cache_dir: Path | None = None) -> None:
        self._embedder = embedder
        self._cache = cache_dir / f"{embedder.id}-{embedder.sha256[:12]}.npz" if cache_dir else None
        self._runbooks: list[Runbook] = []
        self._owner: list[tuple[int, bool]] = []  # vector → position of its runbook, and whether it speaks for it
        self._dense: Any = None
        self._lexical: Any = None
        self._query = lru_cache(maxsize=256)(self._embed_query)

    def build(self, runbooks: Sequence[Runbook]) -> None:
        """Index these and nothing else."""
        import bm25s
        import faiss

        faiss.omp_set_num_threads(1)
        self._runbooks = list(runbooks)
        texts, self._owner = [], []
        for position, runbook in enumerate(self._runbooks):
            for text in _texts(runbook):
                texts.append(text)
                self._owner.append((position, True))
            for text in runbook.unlike:
                texts.append(text)
                self._owner.append((position, False))
        self._dense = faiss.IndexIDMap2(faiss.IndexFlatIP(self._embedder.dim))
        self._lexical = None
        if not texts:
            return
        self._dense.add_with_ids(self._vectors(texts), np.arange(len(texts), dtype=np.int64))
        words = [self._words(" ".join(_texts(runbook))) for runbook in self._runbooks]
        self._lexical = bm25s.BM25()
        self._lexical.index(words, show_progress=False)

    async def search(self, words: str, most: int = 3) -> list[Hit]:
        """Best first, also what lies below the floor; nothing for an empty index or a text without words."""
        if not self._runbooks or not re.search(r"\w", words):
            return []
        return await asyncio.to_thread(self._search, words, most)

    def _search(self, words: str, most: int) -> list[Hit]:
        cosines = np.full(len(self._runbooks), -1.0, np.float32)
        against = np.full(len(self._runbooks), -1.0, np.float32)
        found, ids = self._dense.search(self._query(words)[None, :], len(self._owner))
        for cosine, vector in zip(found[0], ids[0], strict=True):
            if vector >= 0:
                position, speaks_for = self._owner[vector]
                side = cosines if speaks_for else against
                side[position] = max(side[position], cosine)
        cosines = np.where(against > cosines, np.minimum(cosines, 0), cosines)
        terms = [term for term in self._words(words) if term in self._lexical.vocab_dict]
        lexical = np.asarray(self._lexical.get_scores(terms)) if terms else np.zeros(len(self._runbooks))
        mix = WEIGHT * _scaled(cosines) + (1 - WEIGHT) * _scaled(lexical)
        order = np.lexsort((-cosines, -mix))[:most]
        return [
            Hit(
                runbook=self._runbooks[at].id,
                title=self._runbooks[at].title,
                score=round(float(mix[at]), 4),
                cosine=round(float(cosines[at]), 4),
                lexical=round(float(lexical[at]), 4),
            )
            for at in order
        ]

    def _embed_query(self, words: str) -> Any:
        return self._embedder.embed([words])[0]

    def _words(self, text: str) -> list[str]:
        return _stemmer().stemWords(re.findall(r"\w+", text.casefold()))  # type: ignore[no-any-return]

    # ── vectors that are kept ────────────────────────────────────────────────────────────────────────────────────

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        keys = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        kept = self._kept()
        missing = [(key, text) for key, text in zip(keys, texts, strict=True) if key not in kept]
        if missing:
            made = self._embedder.embed([text for _, text in missing])
            kept |= {key: vector for (key, _), vector in zip(missing, made, strict=True)}
            self._keep({key: kept[key] for key in keys})
        return np.stack([kept[key] for key in keys])

    def _kept(self) -> dict[str, Any]:
        """What an earlier start made; a file that cannot be read, or of another shape, is made anew."""
        if self._cache is None or not self._cache.exists():
            return {}
        try:
            with np.load(self._cache, allow_pickle=False) as file:
                keys, vectors = file["keys"].tolist(), file["vectors"]
            if vectors.shape != (len(keys), self._embedder.dim) or vectors.dtype != np.float32:
                return {}
        except Exception:  # noqa: BLE001 - whatever a broken file does to numpy
            return {}
        return dict(zip(keys, vectors, strict=True))

    def _keep(self, vectors: dict[str, Any]) -> None:
        """Whole or not at all."""
        if self._cache is None:
            return
        self._cache.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._cache.parent, suffix=".npz", delete=False) as file:
            np.savez(file, keys=np.array(list(vectors)), vectors=np.stack(list(vectors.values())))
        Path(file.name).replace(self._cache)


def _texts(runbook: Runbook) -> list[str]:
    """What a runbook is found by: its title, each of its symptoms, and its text in pieces."""
    words = runbook.text.split()
    chunks = [" ".join(words[at : at + CHUNK_WORDS]) for at in range(0, len(words), CHUNK_WORDS)]
    return [runbook.title, *runbook.symptoms, *chunks]


def _scaled(values: Any) -> Any:
    low, high = values.min(), values.max()
    return (values - low) / (high - low) if high > low else np.zeros_like(values)


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")
