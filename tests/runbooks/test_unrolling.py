"""What a plan does next, as a function of its runbook and of what came of its calls. Pure."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain import CallState, Plan, PlanState, Principal
from bot.runbooks.binding import bind
from bot.runbooks.bound import Bound
from bot.runbooks.progress import Calls, Ended, Pause, StepResult, Wait, advance, tasks
from knowledge.parse import load
from tests.books import written
from tests.knowledge.test_runbooks import SHAPES

ANA = Principal("ana")
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
LOOP = """
steps:
  - {id: now, title: Look, tool: list_mailing_lists, args: {user: principal.id}}
  - id: join
    title: Join {item.list}
    each: steps.now.others
    most: 2
    tool: join_mailing_list
    args: {user: principal.id, list: item.list}
    undo: {tool: leave_mailing_list, args: {user: principal.id, list: item.list}}
  - {id: again, title: Again, tool: list_mailing_lists, args: {user: principal.id}, expect: size(steps.again.lists) > 0}
done: x
"""
WAIT = """
steps:
  - {id: back, title: Wait, tool: service_status, args: {service: "'vpn'"}, until: steps.back.up, within: 10m, every: 4m}
done: x
"""


def bound(folder: Path, keys: str) -> Bound:
    books, problems = bind(load(written(folder, keys))[0], SHAPES)
    assert problems == []
    return books["bell"]


def plan() -> Plan:
    return Plan("P-1", "C-1", "bell", "v", "Bell", "words", "event")


def good(data: dict[str, Any] | None = None, state: CallState = CallState.DONE, **more: Any) -> StepResult:
    return StepResult(state, data or {}, **more)


def others(*names: str) -> dict[str, Any]:
    return {"lists": [], "others": [{"list": name} for name in names]}


def test_a_loop_is_unrolled_once_its_list_is_known(tmp_path: Path) -> None:
    """Until then it stands as one step; its rounds have keys and titles of their own."""
    book = bound(tmp_path, LOOP)
    assert [one["id"] for one in tasks(book, plan(), ANA, {})] == ["now", "join", "again"]

    results = {"now": good(others("a", "b")), "join.0": good({"list": "a"}, CallState.VERIFIED)}
    assert [(one["id"], one["title"], one["state"]) for one in tasks(book, plan(), ANA, results)] == [
        ("now", "Look", "complete"),
        ("join.0", "Join a", "complete"),
        ("join.1", "Join b", "in_progress"),
        ("again", "Again", "pending"),
    ]
    went = advance(book, plan(), ANA, results)
    assert isinstance(went, Calls)
    [call] = went.calls
    assert (call.id, call.step, call.arguments) == ("P-1.join.1", "join.1", {"user": "ana", "list": "b"})


def test_an_empty_list_needs_nothing_and_one_too_long_is_refused_whole(tmp_path: Path) -> None:
    book = bound(tmp_path, LOOP)
    went = advance(book, plan(), ANA, {"now": good(others())})
    assert isinstance(went, Calls)
    assert went.calls[0].step == "again"

    ended = advance(book, plan(), ANA, {"now": good(others("a", "b", "c"))})
    assert isinstance(ended, Ended)
    assert (ended.state, ended.reason) == (PlanState.FAILED, "There are 3, and I do no more than 2 at once: Join ….")


@pytest.mark.parametrize(
    ("second", "state"),
    [
        (CallState.FAILED, PlanState.FAILED),
        (CallState.DENIED, PlanState.DENIED),
        (CallState.EXPIRED, PlanState.EXPIRED),
        (CallState.UNKNOWN, PlanState.FAILED),
    ],
)
def test_what_was_changed_is_taken_back_when_a_later_step_did_not_work(tmp_path: Path, second: CallState, state: PlanState) -> None:
    """Once: then the plan ends, and what became of it is told. A way back that waits for a yes waits."""
    book = bound(tmp_path, LOOP)
    results = {"now": good(others("a", "b")), "join.0": good({"changed": True}, CallState.VERIFIED), "join.1": good(None, second)}
    went = advance(book, plan(), ANA, results)
    assert isinstance(went, Calls)
    assert [(one.tool, one.step, one.arguments["list"]) for one in went.calls] == [("leave_mailing_list", "join.0!undo", "a")]

    assert isinstance(advance(book, plan(), ANA, {**results, "join.0!undo": good(None, CallState.WAITING)}), Wait)
    ended = advance(book, plan(), ANA, {**results, "join.0!undo": good(None, CallState.VERIFIED, summary="Took ana off a.")})
    assert isinstance(ended, Ended)
    assert (ended.state, "Taken back: Took ana off a." in ended.reason) == (state, True)
    left = advance(book, plan(), ANA, {**results, "join.0!undo": good(None, CallState.DENIED, reason="No.")})
    assert isinstance(left, Ended)
    assert "I could not take this back: Join a. No." in left.reason


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param({"changed": False}, CallState.FAILED, id="what was there before stays"),
        pytest.param({"changed": True}, CallState.WITHDRAWN, id="what its requester withdraws is left as it is"),
    ],
)
def test_what_is_not_taken_back(tmp_path: Path, first: dict[str, Any], second: CallState) -> None:
    book = bound(tmp_path, LOOP)
    results = {"now": good(others("a", "b")), "join.0": good(first, CallState.VERIFIED), "join.1": good(None, second)}
    assert isinstance(advance(book, plan(), ANA, results), Ended)


def at(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("last", "now", "expected"),
    [
        pytest.param(0, 0, Pause(at(4)), id="at first"),
        pytest.param(0, 3, Pause(at(4)), id="before it is time"),
        pytest.param(0, 4, Calls, id="when it is time"),
        pytest.param(8, 9, Pause(at(10)), id="the last look is at the end"),
        pytest.param(8, 10, Calls, id="at the end"),
        pytest.param(10, 10, Ended, id="after the end"),
    ],
)
def test_a_wait_by_the_clock(tmp_path: Path, last: int, now: int, expected: Any) -> None:
    """Since its first look, which stands in the ledger."""
    book = bound(tmp_path, WAIT)
    results = {"back": good({"up": False}, since=NOON, at=at(last))}
    went = advance(book, plan(), ANA, results, at(now))
    assert went == expected if isinstance(expected, Pause) else isinstance(went, expected)
    done = advance(book, plan(), ANA, {"back": good({"up": True}, since=NOON, at=at(last))}, at(now))
    assert isinstance(done, Ended)
    assert done.state is PlanState.DONE


def test_a_precondition_of_a_part_holds_in_the_whole(tmp_path: Path) -> None:
    """It is looked at with the needs that the part is given; where it does not hold the part is not done, for its words."""
    part = "needs:\n  who: {from: person, ask: Who?}\npreconditions:\n  - {holds: needs.who.id != principal.id, else: Not for yourself.}\n"
    step = "steps:\n  - {id: look, title: L, tool: find_account, args: {user: needs.who.id}, expect: steps.look.status != ''}\ndone: x\n"
    written(tmp_path, part + step, id="small")
    whole = "steps:\n  - {id: one, title: P, runbook: small, with: {who: \"'%s'\"}}\ndone: x\n"
    ended = advance(bound(tmp_path, whole % "ana"), plan(), ANA, {})
    assert isinstance(ended, Ended)
    assert ended.reason == "Not done: P.\n• P: not done. Not for yourself."
    went = advance(bound(tmp_path, whole % "ben"), plan(), ANA, {})
    assert isinstance(went, Calls)
    assert (went.calls[0].step, went.calls[0].arguments) == ("one.look", {"user": "ben"})
