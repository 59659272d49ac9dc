"""Which of a model's calls are found out about, or made, before it is asked again."""

from datetime import UTC, datetime
from typing import Any, cast

from bot.cases.house import House
from bot.domain import Call, CallState, Line
from bot.turns.thinking import Thinking

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def line(position: int, *calls: str, runbook: bool = False) -> Line:
    """An answer that asks for these calls."""
    data: dict[str, Any] = {"calls": [{"id": one, "tool": "unlock_account", "arguments": {}} for one in calls]}
    return Line("C-1", position, "call", "", NOW, data | ({"runbook": True} if runbook else {}))


def made(call: str, state: CallState, plan: str) -> Call:
    return Call(f"K-{call}", "C-1", call, "unlock_account", {}, state, "ana", NOW, plan=plan, effect="change")


def asked(lines: list[Line], calls: list[Call]) -> list[str]:
    return [one.id for one in Thinking(cast(House, None)).unanswered(lines, calls)]


def test_a_cut_off_call_is_found_out_behind_those_of_another_plan_that_goes_on_alone() -> None:
    """A model asked for one call of each of two plans, and the bot was killed in the second; the first plan went on by itself."""
    lines = [line(1, "first", "second"), line(2, "P-1.join", runbook=True)]
    calls = [
        made("first", CallState.WAITING, "P-1"),
        made("second", CallState.STARTED, "P-2"),
        made("P-1.join", CallState.VERIFIED, "P-1"),
    ]
    assert asked(lines, calls) == ["second"]


def test_what_had_not_begun_is_made_only_where_nothing_came_after_it() -> None:
    assert asked([line(1, "first")], []) == ["first"]
    assert asked([line(1, "first"), line(2, "P-1.join", runbook=True)], []) == []
