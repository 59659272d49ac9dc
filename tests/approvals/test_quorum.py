"""Enough persons for all that is owed: nobody stands for two approvals, and nobody who could help is left over."""

import itertools
from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.approvals import quorum
from bot.obligations import Owed

IDENTITY = Owed("access", "", ("identity-oncall",))
MANAGER = Owed("risky", "", ("line-manager",))
TWO = Owed("two", "", ("it-admin",), count=2)


@pytest.mark.parametrize(
    ("owed", "able", "unmet"),
    [
        pytest.param([IDENTITY], {"omar": [0]}, (), id="one for one"),
        pytest.param([IDENTITY], {}, (0,), id="nobody"),
        pytest.param([IDENTITY, MANAGER], {"mia": [0, 1]}, (1,), id="one person is not two"),
        pytest.param([IDENTITY, MANAGER], {"mia": [0, 1], "omar": [0]}, (), id="whoever can do both gives way"),
        pytest.param([IDENTITY, MANAGER], {"mia": [0, 1], "zoe": [1]}, (), id="and the other way round"),
        pytest.param([IDENTITY, MANAGER], {"omar": [0], "tariq": [0]}, (1,), id="two of one are none of the other"),
        pytest.param([TWO], {"ida": [0]}, (0,), id="a quorum lacks one"),
        pytest.param([TWO], {"ida": [0], "noor": [0]}, (), id="a quorum"),
        pytest.param([TWO, MANAGER], {"ida": [0, 1], "noor": [0, 1]}, (1,), id="a quorum and one are three"),
        pytest.param([TWO, MANAGER], {"mia": [0, 1]}, (0,), id="too few for the one are enough for the other"),
        pytest.param(
            [IDENTITY, Owed("else", "why", ("identity-oncall",))], {"omar": [0, 1]}, (), id="the same text is one question"
        ),
        pytest.param(
            [IDENTITY, Owed("else", "", ("identity-oncall",), within=timedelta(hours=1))], {"omar": [0, 1]}, (1,), id="another text"
        ),
        pytest.param(
            [IDENTITY, Owed("else", "", ("identity-oncall",), means=("oncall:identity",))],
            {"omar": [0, 1]},
            (1,),
            id="another meaning",
        ),
    ],
)
def test_who_is_enough(owed: Sequence[Owed], able: Mapping[str, list[int]], unmet: tuple[int, ...]) -> None:
    """Two approvals of two policies are two persons, unless the policies ask in the same words."""
    assert quorum.unmet(owed, able) == unmet


counts = st.lists(st.integers(1, 3), min_size=1, max_size=3)
persons = st.dictionaries(st.sampled_from(["ana", "ben", "cem", "dora", "eva"]), st.sets(st.integers(0, 2)), max_size=5)


def owing(numbers: Sequence[int]) -> list[Owed]:
    return [Owed(f"p{at}", "", (f"role-{at}",), count) for at, count in enumerate(numbers)]


@given(counts, persons)
def test_it_is_met_exactly_when_the_persons_can_be_shared_out(numbers: list[int], able: dict[str, set[int]]) -> None:
    """Against every way to let each person stand for one approval or none."""
    can = {person: sorted(at for at in places if at < len(numbers)) for person, places in able.items()}
    ways = itertools.product(*([None, *places] for places in can.values()))
    possible = any(all(way.count(at) >= number for at, number in enumerate(numbers)) for way in ways)

    assert (quorum.unmet(owing(numbers), can) == ()) == possible


@given(counts, persons)
def test_never_more_than_there_are_persons(numbers: list[int], able: dict[str, set[int]]) -> None:
    """Nobody is counted twice: what is met altogether needs no more persons than said yes."""
    can = {person: {at for at in places if at < len(numbers)} for person, places in able.items()}
    lacking = quorum.unmet(owing(numbers), can)

    assert sum(number for at, number in enumerate(numbers) if at not in lacking) <= sum(bool(places) for places in can.values())
