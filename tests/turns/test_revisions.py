"""Which of what is open a change of mind changes."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.cases.house import House
from bot.domain import Case, Plan, Principal
from bot.runbooks.requests import Understanding
from bot.turns.revisions import found, same_as_another
from tests.runbooks.test_needs import Directory
from tests.turns.test_naming import ANA, BOOKS, opened

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
UNTIL = "2026-12-12T23:59:59+01:00"
FIGMA = opened(1, "app-access", "figma", app={"id": "figma", "label": "Figma"}, until=UNTIL)
WAREHOUSE = opened(2, "app-access", "dwh", app={"id": "analytics-warehouse", "label": "Analytics Warehouse"}, until=UNTIL)
MONITOR = opened(3, "equipment-order", "a monitor", item={"id": "monitor", "label": "Monitor"})


async def changed(words: str, *open_: tuple[Case, list[Plan]]) -> list[tuple[str, dict[str, Any]]]:
    """(plan, needs that are other) of each that the words change."""
    house = SimpleNamespace(runbooks=BOOKS, directory=Directory(), clock=SimpleNamespace(now=lambda: NOON))
    who = Principal("ana", "UANA", zone="Europe/Berlin")
    revised = await found(cast(House, house), words, open_, who, Understanding([], []))
    return [(one.plan.id, {name: str(value)[:10] for name, value in one.changed.items()}) for one in revised]


@pytest.mark.parametrize(
    "words",
    [
        "make that one week not two",
        "actually just one week",
        "a week is enough",
        "only until Saturday next week, make that shorter please if you can",
    ],
)
async def test_less_time_is_of_what_has_one(words: str) -> None:
    assert await changed(words, MONITOR, FIGMA) == [("P-1", {"until": "2026-12-05"})]


async def test_what_fits_two_changes_neither_alone() -> None:
    """Which is meant is for the requester to say; where the words take one of them back, it is that one."""
    assert [plan for plan, _ in await changed("actually just one week", FIGMA, WAREHOUSE)] == ["P-1", "P-2"]
    assert [plan for plan, _ in await changed("make it one week, not Figma for two", FIGMA, WAREHOUSE)] == ["P-1"]


@pytest.mark.parametrize("words", ["the canteen has soup today", "I'm away until Monday", "lunch is on Friday"])
async def test_a_day_that_is_named_in_other_words_is_no_other_end(words: str) -> None:
    assert await changed(words, FIGMA) == []


async def test_what_would_be_the_same_as_another_is_meant_of_that_one() -> None:
    """ "Make the warehouse one a week" makes no warehouse of Figma."""
    house = SimpleNamespace(runbooks=BOOKS, directory=Directory(), clock=SimpleNamespace(now=lambda: NOON))
    revised = await found(
        cast(House, house),
        "make the analytics warehouse one a week instead",
        [FIGMA, WAREHOUSE],
        Principal("ana", "UANA", zone="Europe/Berlin"),
        Understanding([], []),
    )
    plans = [FIGMA[1][0], WAREHOUSE[1][0]]
    assert [(one.plan.id, same_as_another(one, plans)) for one in revised] == [("P-1", True), ("P-2", False)]
    assert plans[0].needs["user"] == ANA
