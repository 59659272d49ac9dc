"""The vectors nearest to one: exact while they are few, approximate (FAISS, lists of 8-bit vectors) where they are many."""

from typing import Any

import numpy as np
import numpy.typing as npt

from knowledge.embeddings import Vectors

EXACT = 200_000
"""Vectors up to which every one is looked at; docs/retrieval.md has the measurement that it rests on."""

PROBES = 128
"""Lists that an approximate search looks into."""

SAMPLE, ROUNDS = 40, 10
"""Vectors of each list that its middle is found from, and in how many rounds."""

Ids = npt.NDArray[np.int64]


class Nearest:
    """An index over the rows of a matrix of unit vectors."""

    def __init__(self, vectors: Vectors, *, exact: int = EXACT, probes: int = PROBES) -> None:
        import faiss

        faiss.omp_set_num_threads(1)
        self._faiss: Any = faiss
        self.count, dim = vectors.shape
        self.exact = self.count <= exact
        if self.exact:
            self._index: Any = faiss.IndexFlatIP(dim)
        else:
            lists = max(int(np.sqrt(self.count)), 1)
            self._index = faiss.IndexIVFScalarQuantizer(
                faiss.IndexFlatIP(dim), dim, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
            )
            self._index.cp.niter = ROUNDS
            sample = np.random.default_rng(0).choice(self.count, min(self.count, lists * SAMPLE), replace=False)
            self._index.train(vectors[np.sort(sample)])
            self._index.nprobe = probes
        if self.count:
            self._index.add(vectors)
        if not self.exact:
            self._index.make_direct_map()

    def search(self, vector: Vectors, most: int, allowed: Ids | None = None) -> tuple[Vectors, Ids]:
        """Cosines and rows of the nearest, best first, of those that are allowed (all when None); never a row beside them."""
        if self.count == 0 or (allowed is not None and not len(allowed)):
            return np.zeros(0, np.float32), np.zeros(0, np.int64)
        chosen = None
        if allowed is not None:
            selector = self._faiss.IDSelectorBatch(allowed)
            chosen = (
                self._faiss.SearchParameters(sel=selector)
                if self.exact
                else self._faiss.SearchParametersIVF(sel=selector, nprobe=self._index.nprobe)
            )
        near, rows = self._index.search(vector[None, :], min(most, self.count), params=chosen)
        found = rows[0] >= 0
        return near[0][found], rows[0][found]

    def cosines(self, vector: Vectors, rows: Ids) -> Vectors:
        """Of these rows."""
        if not len(rows):
            return np.zeros(0, np.float32)
        near: Vectors = self._index.reconstruct_batch(rows) @ vector
        return near

    def alike(self, one: int, other: int) -> float:
        """The cosine of two rows."""
        return float(self._index.reconstruct(one) @ self._index.reconstruct(other))
