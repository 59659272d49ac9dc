"""Vectors near to one: all of them while they are few, nearly all where they are many, and never one that is not allowed."""

import numpy as np
import pytest

from knowledge.nearest import Nearest


def unit(count: int, seed: int = 0) -> np.ndarray:
    made = np.random.default_rng(seed).standard_normal((count, 16)).astype(np.float32)
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


VECTORS = unit(3_000)


@pytest.mark.parametrize("exact", [10_000, 100], ids=["exact", "approximate"])
def test_what_is_not_allowed_is_not_found(exact: int) -> None:
    """However near it is; as many as are asked for are found among the others, each with its own cosine."""
    index = Nearest(VECTORS, exact=exact, probes=60)
    for at in range(0, 300, 30):
        allowed = np.array([one for one in range(3_000) if one != at], np.int64)
        _, everywhere = index.search(VECTORS[at], 5)
        near, rows = index.search(VECTORS[at], 5, allowed)

        assert everywhere[0] == at
        assert (at in rows, len(rows)) == (False, 5)
        assert np.allclose(near, VECTORS[rows] @ VECTORS[at], atol=0.02)
        assert np.allclose(index.cosines(VECTORS[at], rows), near, atol=0.02)
    assert len(index.search(VECTORS[0], 5, np.zeros(0, np.int64))[1]) == 0


def test_an_approximate_index_finds_nearly_all() -> None:
    """More where it looks at more."""
    exact = Nearest(VECTORS)
    found = {}
    for probes in (1, 8, 54):
        index = Nearest(VECTORS, exact=100, probes=probes)
        hits = [len(set(exact.search(one, 10)[1]) & set(index.search(one, 10)[1])) for one in unit(50, 1)]
        found[probes] = sum(hits) / 500
    assert found[1] < found[8] < found[54]
    assert found[54] > 0.9


def test_of_nothing_nothing_is_found() -> None:
    assert len(Nearest(np.zeros((0, 16), np.float32)).search(VECTORS[0], 3)[1]) == 0
