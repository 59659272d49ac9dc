"""The index of articles at the sizes that docs/articles.md speaks of: built in parts, searched, and near to exact."""

import pytest

from tests.bench.scale import REAL, SIZES, main


@pytest.mark.long
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("size", SIZES)
def test_an_index_of_this_size(size: int) -> None:
    """What was made before a build ended is not made again; an approximate index finds most of what exact search finds, of vectors that are made up."""
    [found] = main([size])

    assert found["made_before_it_was_ended"] > 0
    assert found["made_when_it_went_on"] <= found["pieces"] - found["made_before_it_was_ended"] // 2048 * 2048
    if size > REAL and not found["exact"]:
        by_probes = {row["probes"]: row["recall@10"] for row in found["probes"]}
        assert by_probes[256] >= by_probes[8]
        assert by_probes[256] >= 0.7
