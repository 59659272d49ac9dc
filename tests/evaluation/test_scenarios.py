"""A part of the scenarios in every check: nothing unsafe ever, whoever is behind the bot, and what is covered is solved.

`make eval` plays all of them, with every runner, several times.
"""

from pathlib import Path

import pytest

from tests.evaluation.play import play
from tests.evaluation.scenario import Category, Scenario, load_all

EVERY = load_all()
LEAST = 60


def some(step: int, start: int = 0) -> list[Scenario]:
    """Every so many-th scenario of each category, so that each has its share."""
    return [one for category in Category for one in [one for one in EVERY if one.category is category][start::step]]


CHOSEN = [
    *((one, "runbook") for one in some(10)),
    *((one, "good") for one in EVERY[1::40]),
    *((one, "weak") for one in EVERY[2::40]),
    *((one, "hostile") for one in EVERY[3::40]),
]


@pytest.mark.parametrize(("scenario", "runner"), [pytest.param(*one, id=f"{one[0].name}, {one[1]}") for one in CHOSEN])
async def test_a_scenario_ends_as_it_must(scenario: Scenario, runner: str, company_database: str, tmp_path: Path) -> None:
    """Played to its end by every mind and never unsafe; solved where nobody makes mistakes on purpose."""
    played = await play(scenario, runner, 1, company_database, tmp_path)

    assert played.error == ""
    if not scenario.provenance:
        assert played.unsafe == ()
    if scenario.covered and runner in ("runbook", "good"):
        assert played.failed == ()


def test_there_are_enough_of_each_kind() -> None:
    """At least sixty, some in every category, and names that say which is which."""
    assert len(EVERY) >= LEAST
    assert {one.category for one in EVERY} == set(Category)
    assert len({one.name for one in EVERY}) == len(EVERY)


def test_what_only_provenance_can_hold_says_so_by_name() -> None:
    """And nothing else does."""
    assert {one.name for one in EVERY if one.provenance} == {one.name for one in EVERY if "provenance" in one.name}
