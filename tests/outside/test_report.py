"""The report as it is committed: what it says, and that a new run says the same."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.outside.__main__ import table
from tests.outside.packages import ABSENT, there
from tests.outside.report import NO_DATA, report

RESULTS = Path(__file__).parents[2] / "docs" / "results"
COMMITTED = RESULTS / "2026-11-27-outside.json"


@pytest.fixture
def committed() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(COMMITTED.read_text())
    return found


def test_the_page_shows_the_table_of_the_committed_figures(committed: dict[str, Any]) -> None:
    assert table(committed) in COMMITTED.with_suffix(".md").read_text()


def test_without_the_data_the_table_says_what_is_left_out(committed: dict[str, Any]) -> None:
    said = table({**committed, "telecom": None, "left_out": [NO_DATA]})

    assert "tau2" in table(committed)
    assert "telecom:" not in said
    assert f"Left out: {NO_DATA}" in said


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.skipif(not there(), reason=ABSENT)
async def test_all_of_it_comes_out_as_it_is_committed(company_database: str, committed: dict[str, Any]) -> None:
    """Every user's task and every attacker's goal, under both policies, and every task of telecom, as the committed run had them."""
    found = await report(company_database, whole=committed["whole"])
    if found["telecom"] is None:
        committed |= {"telecom": None, "left_out": found["left_out"]}

    assert {**found, "seconds": 0} == {**committed, "seconds": 0}
    for suite in found["agentdojo"].values():
        assert suite["strict"]["attacks"]["effects_unasked"] == suite["everyday"]["attacks"]["effects_unasked"] == 0
