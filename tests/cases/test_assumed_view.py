"""The live view says what was assumed for as long as the plan still has that value."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.cases import reports
from bot.domain import Case, Plan, Principal
from bot.execution.origins import ASSUMED
from bot.runbooks.binding import bind
from bot.toolbox import schemas
from knowledge.parse import load

BOOKS, _ = load(Path(__file__).parents[2] / "knowledge" / "runbooks")
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
CASE = Case("C-1", "T:D", "T", "D", "1", "ana", "U1", NOW, NOW)
WEEK, DAY = "2026-11-30T23:59:59+01:00", "2026-11-24T23:59:59+01:00"


@pytest.mark.parametrize(("until", "said"), [(WEEK, ["Mon 30 Nov 2026"]), (DAY, [])])
def test_what_was_said_since_is_no_assumption(until: str, said: list[str]) -> None:
    bound, _ = bind([one for one in BOOKS if one.id == "app-access"], schemas())
    known = {"app": {"id": "figma", "label": "Figma"}, "until": until, "user": {"id": "ana", "label": "Ana"}}
    plan = Plan("P-1", "C-1", "app-access", "v", "Access", "figma please", "e1", needs=known, learnt={ASSUMED: {"until": WEEK}})

    [post] = reports.views(bound, CASE, Principal("ana"), [plan], [], date(2026, 11, 23))

    found = post.content["plans"][0].get("assumed", [])
    assert len(found) == len(said)
    assert all(day in sentence for day, sentence in zip(said, found, strict=True))
