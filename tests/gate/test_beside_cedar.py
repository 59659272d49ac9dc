"""The gate beside an engine that others wrote: Cedar, with the same rules and the same questions."""

import pytest

from tests.bench import gate


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("size", [20, 200])
def test_cedar_gives_the_same_answers(size: int, seed: int) -> None:
    """Permits and forbids mean the same in both, and neither answer is the only one."""
    permitted = gate.agree(gate.rules(size, seed), every := gate.questions(300, size, seed))

    assert 0 < permitted < len(every)
