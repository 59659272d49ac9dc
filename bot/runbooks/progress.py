"""A runbook at work: what to do next, what people see of it, how it ends. Pure functions over rows.

A runbook's expressions see the requester's identity, the plan's needs, the data of its own earlier steps and ids of the case;
they never see retrieved text, and nothing here grants anything: every call still goes through the gate.
`bot.runbooks.binding` makes a parsed runbook into a `Bound` one, `bot.runbooks.unrolling` its steps into what is done one after
the other.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from bot.domain import CallState, Plan, PlanState, Principal, ToolCall
from bot.errors import ExpressionError
from bot.reading.dates import label
from bot.runbooks.binding import Bound, BoundStep, bind
from bot.runbooks.bound import UNDO
from bot.runbooks.unrolling import StepResult, Turn, unrolled, values_of

__all__ = [
    "Advance",
    "Bound",
    "BoundStep",
    "Calls",
    "Ended",
    "Pause",
    "StepResult",
    "Wait",
    "advance",
    "bind",
    "done_text",
    "tasks",
    "values_of",
]


@dataclass(frozen=True, slots=True)
class Calls:
    """The plan goes on with these calls."""

    calls: tuple[ToolCall, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """A call of the plan waits for a person."""


@dataclass(frozen=True, slots=True)
class Pause:
    """What the plan waits for is not so yet; `until` is when it is looked at again."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """The plan is over. `reason` is for the requester, `detail` for whoever keeps the runbook."""

    state: PlanState
    reason: str = ""
    detail: str = ""


Advance = Calls | Wait | Pause | Ended


def advance(
    bound: Bound, plan: Plan, principal: Principal, results: Mapping[str, StepResult], now: datetime | None = None
) -> Advance:
    """What the plan does next. Never raises for what a runbook or a system says.

    INVARIANT: a step that has a final result is never called again, apart from a look that waits for something; a call that was
    cut off is asked for under the same id.
    """
    for stand in _walk(bound, plan, principal, results, now):
        match stand.state:
            case "complete" | "skipped":
                continue
            case "waiting":
                return Wait()
            case "paused" if stand.again is not None:
                return Pause(stand.again)
            case "error":
                return _taken_back(bound, plan, principal, results, stand)
            case _:
                return Calls((ToolCall(f"{plan.id}.{stand.key}", stand.bound.step.tool, stand.arguments, plan.id, stand.key),))
    return Ended(PlanState.DONE)


def tasks(bound: Bound, plan: Plan, results: Mapping[str, StepResult]) -> list[dict[str, Any]]:
    """The plan's steps as people see them: id, title, detail and state.

    A state is pending, in_progress, complete, error, waiting or skipped.
    """
    shown: dict[str, tuple[str, str]] = {}
    for stand in _walk(bound, plan, None, results, None):
        going = "in_progress" if plan.state in (PlanState.RUNNING, PlanState.PAUSED) else "pending"
        state: str = going if stand.state in ("next", "paused") else stand.state
        shown[stand.key] = (state, stand.detail)
    rest = "skipped" if plan.state is PlanState.DONE else "pending"
    listed = []
    for turn in unrolled(bound, plan, None, results):
        state, detail = shown.get(turn.key, ("skipped", NOT_NEEDED) if turn.left_out else (rest, ""))
        if not plan.state.open and state in ("pending", "in_progress", "waiting"):
            state = rest
        listed.append({"id": turn.key, "title": turn.title, "state": state, "detail": detail})
        back = results.get(turn.key + UNDO)
        if back is not None:
            told = back.summary if back.state.good else back.reason
            state = "complete" if back.state.good else str(back.state)
            listed.append({"id": turn.key + UNDO, "title": f"Take back: {turn.title}", "state": state, "detail": told})
    return listed


def done_text(bound: Bound, plan: Plan, results: Mapping[str, StepResult]) -> str:
    """What is said when the plan is done: the sentences of the runbook and its parts with their values and findings, or the answer
    of a question.
    """
    runbook = bound.runbook
    if not runbook.steps:
        return (runbook.text or runbook.done).strip()
    said = [_sentence(bound, plan.needs, results, "")]
    values = values_of(bound, plan, None, results)
    for part in bound.parts:
        mine = [turn for turn in unrolled(bound, plan, None, results) if turn.bound.part is part]
        if any(not turn.left_out and turn.key in results for turn in mine):
            needs = next((turn.values["needs"] for turn in mine if not turn.unknown), values["needs"])
            inner = Bound(part.runbook, tuple(one for one in bound.steps if one.part is part))
            said.append(_sentence(inner, needs, results, f"{part.id}."))
    return "\n".join(one for one in said if one)


def _sentence(bound: Bound, needs: Mapping[str, Any], results: Mapping[str, StepResult], prefix: str) -> str:
    """`done`, or where nothing was changed `already`; `prefix` stands before the keys of a part's steps."""
    runbook = bound.runbook
    changes = [results[key] for key in results if (one := bound.at(key)) is not None and one.change]
    made = any(result.state.good for result in changes)
    said = _FIELD.sub(lambda match: _filled(needs, match[1]), runbook.done if made else runbook.already or runbook.done)
    return _STEP.sub(lambda match: results[key].summary if (key := prefix + match[1]) in results else "", said).strip()


# ── walking the steps ────────────────────────────────────────────────────────────────────────────────────────────────

NOT_NEEDED = "not needed"
_FIELD = re.compile(r"\{needs\.([^{}]+)\}")
_STEP = re.compile(r"\{steps\.(\w+)\}")
_Standing = Literal["complete", "skipped", "waiting", "paused", "error", "next"]
_ENDS = {
    CallState.DENIED: (PlanState.DENIED, "I'm not allowed to do this."),
    CallState.EXPIRED: (PlanState.EXPIRED, "Nobody answered in time, so nothing was done."),
    CallState.WITHDRAWN: (PlanState.WITHDRAWN, "You withdrew it."),
    CallState.HANDED_OVER: (PlanState.HANDED_OVER, "People go on with it."),
    CallState.FAILED: (PlanState.FAILED, "This step did not work: {title}."),
    CallState.UNVERIFIED: (PlanState.FAILED, "I looked again and could not see that it took effect: {title}."),
    CallState.UNKNOWN: (PlanState.FAILED, "I could not find out whether this took effect: {title}."),
    CallState.FROZEN: (PlanState.FROZEN, "Changes are stopped at the moment, so I could not do this: {title}."),
}


@dataclass(frozen=True, slots=True)
class _Stand:
    """Where one step stands; after the first that is neither complete nor skipped the walk is over."""

    turn: Turn
    state: _Standing
    detail: str = ""
    fault: str = ""
    end: PlanState = PlanState.FAILED
    arguments: Mapping[str, Any] = field(default_factory=dict)
    again: datetime | None = None

    @property
    def bound(self) -> BoundStep:
        return self.turn.bound

    @property
    def key(self) -> str:
        return self.turn.key


def _walk(
    bound: Bound, plan: Plan, principal: Principal | None, results: Mapping[str, StepResult], now: datetime | None
) -> Iterator[_Stand]:
    """The steps in order, up to the one at which the plan stands. Without a principal nothing is prepared, only shown."""
    for turn in unrolled(bound, plan, principal, results):
        result = results.get(turn.key)
        fresh = result is None or result.state in (CallState.SUPERSEDED, CallState.STARTED)
        if turn.left_out:
            stand = _Stand(turn, "skipped", NOT_NEEDED)
        elif turn.fault:
            stand = _Stand(turn, "error", turn.fault, turn.detail)
        elif result is None or fresh:
            stand = _prepared(turn) if principal is not None else _foreseen(turn, cut_off=result is not None)
        else:
            stand = _ended(turn, result, now)
            if stand.state == "next":
                stand = _prepared(turn) if principal is not None else stand
        yield stand
        if stand.state not in ("complete", "skipped"):
            return


def _prepared(turn: Turn) -> _Stand:
    """The step's call, or that it is not needed."""
    one, values = turn.bound, turn.values
    if turn.unknown:
        return _Stand(turn, "error", _misfit(turn), turn.detail)
    try:
        if one.when is not None and not one.when.evaluate(values):
            return _Stand(turn, "skipped", NOT_NEEDED)
        arguments = {name: expression.evaluate(values) for name, expression in one.args.items()}
    except ExpressionError as error:
        return _Stand(turn, "error", _misfit(turn), str(error))
    return _Stand(turn, "next", arguments=arguments)


def _misfit(turn: Turn) -> str:
    return f"What I found does not fit my plan at this step: {turn.title}."


def _foreseen(turn: Turn, *, cut_off: bool) -> _Stand:
    """How a step that was not called yet is shown: nothing is decided on, so what cannot be known yet is simply next."""
    try:
        needed = cut_off or turn.unknown or turn.bound.when is None or turn.bound.when.evaluate(turn.values)
    except ExpressionError:
        needed = True
    return _Stand(turn, "next") if needed else _Stand(turn, "skipped", NOT_NEEDED)


def _ended(turn: Turn, result: StepResult, now: datetime | None) -> _Stand:
    """A step whose call was answered."""
    one = turn.bound
    if result.state is CallState.WAITING:
        return _Stand(turn, "waiting", result.reason or "waiting for a person")
    if not result.state.good:
        state, otherwise = _ENDS[result.state]
        return _Stand(turn, "error", result.reason or otherwise.format(title=turn.title), end=state)
    try:
        if one.until is not None and not one.until.evaluate(turn.values):
            return _not_yet(turn, result, now)
        held = one.expect is None or one.expect.evaluate(turn.values)
    except ExpressionError as error:
        return _Stand(turn, "error", f"I looked again and could not tell whether it worked: {turn.title}.", str(error))
    if not held:
        text = f"I looked again, and it is not as it should be. {result.summary}".strip()
        return _Stand(turn, "error", text, f"{one.expect.text if one.expect else ''} does not hold")
    return _Stand(turn, "complete")


def _not_yet(turn: Turn, result: StepResult, now: datetime | None) -> _Stand:
    """A look whose condition does not hold yet: taken again after a while, until its time is over."""
    step = turn.bound.step
    if result.since is None or result.at is None:
        return _Stand(turn, "next")
    end = result.since + timedelta(seconds=step.within)
    again = min(result.at + timedelta(seconds=step.every), end)
    if result.at >= end:
        text = f"I waited {_span(step.within)} for it, and it is not so yet: {turn.title}. {result.summary}".strip()
        return _Stand(turn, "error", text, f"{step.until} does not hold")
    if now is not None and now >= again:
        return _Stand(turn, "next")
    return _Stand(turn, "paused", f"not yet; I look again until {end:%d %b %Y, %H:%M} UTC", again=again)


def _span(seconds: int) -> str:
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds % size == 0:
            return f"{seconds // size} {name}{'s' if seconds != size else ''}"
    return f"{seconds} seconds"


# ── taking back ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _taken_back(bound: Bound, plan: Plan, principal: Principal, results: Mapping[str, StepResult], stand: _Stand) -> Advance:
    """The plan has failed: what it has changed and can be taken back is, the last first; then it ends."""
    told = [stand.detail]
    if stand.end is PlanState.WITHDRAWN:  # whoever withdraws may want what was done
        return Ended(stand.end, stand.detail, stand.fault)
    for turn in reversed(list(unrolled(bound, plan, principal, results))):
        undo, made = turn.bound.undo, results.get(turn.key)
        if undo is None or made is None or not made.state.shown or not (made.data or {}).get("changed", True):
            continue
        key = turn.key + UNDO
        back = results.get(key)
        if back is None or back.state in (CallState.STARTED, CallState.SUPERSEDED):
            try:
                arguments = {name: expression.evaluate(turn.values) for name, expression in undo.args.items()}
            except ExpressionError:
                told.append(f"I could not take this back: {turn.title}.")
                continue
            return Calls((ToolCall(f"{plan.id}.{key}", undo.tool, arguments, plan.id, key),))
        if back.state is CallState.WAITING:
            return Wait()
        told.append(
            f"Taken back: {back.summary}" if back.state.good else f"I could not take this back: {turn.title}. {back.reason}"
        )
    return Ended(stand.end, " ".join(part.strip() for part in told if part), stand.fault)


def _filled(values: Mapping[str, Any], path: str) -> str:
    """A need's or a step's value in words; never an attribute of an object, and empty for what is not there."""
    value: Any = values
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, Mapping):
        value = value.get("label") or value.get("id")
    if not isinstance(value, str):
        return "" if value is None else str(value)
    try:
        return label(datetime.fromisoformat(value)) if _MOMENT.match(value) else value
    except ValueError:
        return value


_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T")
