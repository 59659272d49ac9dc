"""Enough persons for all that is owed: nobody stands for two approvals, and nobody who could help is left over."""

import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.approvals import quorum
from bot.consent import Approval, Term, Vote
from bot.obligations import Owed
from tests.town import NOW

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


SOON = NOW + timedelta(hours=4)
YES = Vote("omar", "U-OMAR", approve=True, reason="", at=NOW, roles=("oncall:identity",))
MEANT = dataclasses.replace(IDENTITY, means=("oncall:identity", "people:ida"))


@pytest.mark.parametrize(
    ("owed", "votes", "lacks"),
    [
        pytest.param(IDENTITY, [YES], (), id="a yes"),
        pytest.param(IDENTITY, [], (0,), id="nobody"),
        pytest.param(IDENTITY, [dataclasses.replace(YES, approve=False)], (0,), id="a no"),
        pytest.param(IDENTITY, [dataclasses.replace(YES, at=SOON - timedelta(seconds=1))], (), id="at the last moment"),
        pytest.param(IDENTITY, [dataclasses.replace(YES, at=SOON)], (0,), id="too late"),
        pytest.param(MEANT, [YES], (), id="as one of those who were meant"),
        pytest.param(MEANT, [dataclasses.replace(YES, roles=("oncall:network",))], (0,), id="as somebody else"),
        pytest.param(MEANT, [dataclasses.replace(YES, at=SOON)], (0,), id="as one of them, too late"),
        pytest.param(dataclasses.replace(IDENTITY, step_up="factor"), [YES], (0,), id="without the second factor"),
        pytest.param(
            dataclasses.replace(IDENTITY, step_up="factor"),
            [dataclasses.replace(YES, step_up=("target",))],
            (0,),
            id="with another proof",
        ),
        pytest.param(
            dataclasses.replace(MEANT, step_up="factor"), [dataclasses.replace(YES, step_up=("target", "factor"))], (), id="with it"
        ),
        pytest.param(dataclasses.replace(MEANT, step_up="factor"), [YES], (0,), id="as one of them, without it"),
    ],
)
def test_what_still_lacks_somebody(owed: Owed, votes: Sequence[Vote], lacks: tuple[int, ...]) -> None:
    """As the votes say of themselves."""
    one = Approval("A-1", "C-1", "K-1", "d", "n", (owed,), NOW, SOON, terms=(Term(0, SOON),), votes=tuple(votes))
    assert quorum.still(one) == lacks


@pytest.mark.parametrize(
    ("owed", "answered", "enough"),
    [
        pytest.param([], [], True, id="nothing"),
        pytest.param([], [IDENTITY], True, id="more than is owed"),
        pytest.param([IDENTITY], [], False, id="nothing was asked"),
        pytest.param([IDENTITY], [MANAGER, IDENTITY], True, id="this was asked"),
        pytest.param([IDENTITY, MANAGER], [IDENTITY], False, id="one of two"),
        pytest.param([IDENTITY], [dataclasses.replace(IDENTITY, policy="other")], False, id="another policy asked the same"),
        pytest.param([IDENTITY], [dataclasses.replace(IDENTITY, because="It is late.")], True, id="with another reason"),
        *(
            pytest.param([IDENTITY], [dataclasses.replace(IDENTITY, **changed)], False, id=f"another {name}")
            for changed in (
                {"by": ("it-admin",)},
                {"then": "it-admin"},
                {"count": 2},
                {"within": timedelta(hours=1)},
                {"shorten": True},
                {"step_up": "factor"},
                {"means": ("oncall:identity",)},
            )
            for name in changed
        ),
    ],
)
def test_what_was_asked_for_in_these_very_words(owed: Any, answered: Any, enough: bool) -> None:
    assert quorum.within(owed, answered) is enough


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
