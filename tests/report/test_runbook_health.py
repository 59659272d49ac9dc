"""How runbooks do, from what their plans came to."""

from datetime import UTC, datetime
from pathlib import Path

from bot.report.runbookhealth import Departed, PlanFacts, StepCall, health
from bot.runbooks.binding import bind
from bot.runbooks.bound import Bound
from knowledge.parse import parse
from tests.books import written
from tests.knowledge.test_runbooks import SHAPES

STEPS = """
steps:
  - id: join
    title: Join
    each: "['a', 'b']"
    tool: join_mailing_list
    args: {user: principal.id, list: item}
    undo: {tool: leave_mailing_list, args: {user: principal.id, list: item}}
  - {id: again, title: Again, tool: list_mailing_lists, args: {user: principal.id}, expect: size(steps.again.lists) > 0}
done: x
"""
NOON, LATER = datetime(2026, 11, 27, 12, tzinfo=UTC), datetime(2026, 11, 27, 13, tzinfo=UTC)


def bell(folder: Path) -> dict[str, Bound]:
    bound, problems = bind([parse(written(folder, STEPS) / "bell.md")], SHAPES)
    assert problems == []
    return bound


def test_each_step_and_each_runbook_is_counted(tmp_path: Path) -> None:
    """Rounds of a loop are one step's; a way back is told apart; what was found and not finished, asked twice, reopened is there."""
    plans = [
        PlanFacts("bell", "done", 1, False, (StepCall("join.0", "verified", NOON), StepCall("again", "done", NOON))),
        PlanFacts("bell", "done", 2, True, (StepCall("again", "done", LATER),), (Departed("again", "user other", "x"), Departed("", "", ""))),
        PlanFacts("bell", "failed", 0, False, (StepCall("join.0", "verified", NOON), StepCall("join.1", "failed", NOON), StepCall("join.0!undo", "verified", NOON))),
        PlanFacts("bell", "paused", 0, False),
        PlanFacts("gone", "done", 0, False),
    ]  # fmt: skip

    [found] = health(bell(tmp_path), plans)

    assert (found.found, found.done, found.unfinished, found.asked_twice, found.reopened, found.besides) == (4, 2, 1, 1, 1, 1)
    join, again = found.steps
    assert (join.used, join.failed, join.skipped, join.overridden, join.taken_back, join.last_verified) == (2, 1, 1, 0, 1, NOON)
    assert (again.used, again.failed, again.skipped, again.overridden, again.taken_back, again.last_verified) == (
        2,
        0,
        0,
        1,
        0,
        LATER,
    )


def test_a_runbook_that_nobody_needed_is_there(tmp_path: Path) -> None:
    [found] = health(bell(tmp_path), [])

    assert (found.runbook, found.found) == ("bell", 0)
    assert [step.last_verified for step in found.steps] == [None, None]
