"""A runbook at work: what to do next, what people see of it, how it ends. Pure functions over rows.

A runbook's expressions see the requester's identity, the plan's needs, the data of its own earlier steps and ids of the case;
they never see retrieved text, and nothing here grants anything: every call still goes through the gate.
`bot.binding` makes a parsed runbook into a `Bound` one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from bot.binding import Bound, BoundStep, bind
from bot.dates import label
from bot.domain import CallState, Plan, PlanState, Principal, ToolCall
from bot.errors import ExpressionError

__all__ = [
    "Advance",
    "Bound",
    "BoundStep",
    "Calls",
    "Ended",
    "StepResult",
    "Wait",
    "advance",
    "bind",
    "done_text",
    "tasks",
    "values_of",
]


@dataclass(frozen=True, slots=True)
class StepResult:
    """What came of a step's latest call: `data` is what it gave, `reason` why it did not, `summary` says it to people."""

    state: CallState
    data: Mapping[str, Any] | None = None
    reason: str = ""
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Calls:
    """The plan goes on with these calls."""

    calls: tuple[ToolCall, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """A call of the plan waits for a person."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The plan is over. `reason` is for the requester, `detail` for whoever keeps the runbook."""

    state: PlanState
    reason: str = ""
    detail: str = ""


Advance = Calls | Wait | Ended


def advance(bound: Bound, plan: Plan, principal: Principal, results: Mapping[str, StepResult]) -> Advance:
    """What the plan does next. Never raises for what a runbook or a system says.

    INVARIANT: a step that has a final result is never called again; a call that was cut off is asked for under the same id.
    """
    for stand in _walk(bound, plan, principal, results):
        match stand.state:
            case "complete" | "skipped":
                continue
            case "waiting":
                return Wait()
            case "error":
                return Ended(stand.end, stand.detail, stand.fault)
            case "next":
                call_id = f"{plan.id}.{stand.bound.step.id}"
                call = ToolCall(call_id, stand.bound.step.tool, stand.arguments, plan.id, stand.bound.step.id)
                return Calls((call,))
    return Ended(PlanState.DONE)


def tasks(bound: Bound, plan: Plan, results: Mapping[str, StepResult]) -> list[dict[str, Any]]:
    """The plan's steps as people see them: id, title, detail and state.

    A state is pending, in_progress, complete, error, waiting or skipped.
    """
    shown: dict[str, tuple[str, str]] = {}
    for stand in _walk(bound, plan, None, results):
        going = "in_progress" if plan.state is PlanState.RUNNING else "pending"
        state: str = going if stand.state == "next" else stand.state
        shown[stand.bound.step.id] = (state, stand.detail)
    rest = "skipped" if plan.state is PlanState.DONE else "pending"
    listed = []
    for one in bound.steps:
        state, detail = shown.get(one.step.id, (rest, ""))
        if not plan.state.open and state in ("pending", "in_progress", "waiting"):
            state = rest
        listed.append({"id": one.step.id, "title": one.title, "state": state, "detail": detail})
    return listed


def done_text(bound: Bound, plan: Plan, results: Mapping[str, StepResult]) -> str:
    """What is said when the plan is done: the runbook's sentence with its values and findings, or the answer of a question."""
    runbook = bound.runbook
    if not runbook.steps:
        return (runbook.text or runbook.done).strip()
    changed = any(one.change and results[one.step.id].state.good for one in bound.steps if one.step.id in results)
    said = _FIELD.sub(lambda match: _filled(plan.needs, match[1]), runbook.done if changed else runbook.already or runbook.done)
    return _STEP.sub(lambda match: results[match[1]].summary if match[1] in results else "", said).strip()


def values_of(plan: Plan, principal: Principal | None, results: Mapping[str, StepResult]) -> dict[str, Any]:
    """What a step's expressions may look at, with the data of these steps."""
    return {
        **_identity(principal),
        "needs": dict(plan.needs),
        "steps": {step: dict(one.data or {}) for step, one in results.items() if one.state.good},
        "case": {"id": plan.case, "plan": plan.id, "words": plan.words},
    }


# ── walking the steps ────────────────────────────────────────────────────────────────────────────────────────────────

_FIELD = re.compile(r"\{needs\.([^{}]+)\}")
_STEP = re.compile(r"\{steps\.(\w+)\}")
_Standing = Literal["complete", "skipped", "waiting", "error", "next"]
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

    bound: BoundStep
    state: _Standing
    detail: str = ""
    fault: str = ""
    end: PlanState = PlanState.FAILED
    arguments: Mapping[str, Any] = field(default_factory=dict)


def _walk(bound: Bound, plan: Plan, principal: Principal | None, results: Mapping[str, StepResult]) -> Iterator[_Stand]:
    """The steps in order, up to the one at which the plan stands. Without a principal nothing is prepared, only shown."""
    values = values_of(plan, principal, {})
    for one in bound.steps:
        result = results.get(one.step.id)
        if result is None or result.state is CallState.SUPERSEDED:
            stand = _prepared(one, values) if principal is not None else _foreseen(one, values)
        elif result.state is CallState.STARTED:
            stand = _prepared(one, values) if principal is not None else _Stand(one, "next")
        else:
            stand = _ended(one, result, values)
        yield stand
        if stand.state not in ("complete", "skipped"):
            return


def _prepared(one: BoundStep, values: Mapping[str, Any]) -> _Stand:
    """The step's call, or that it is not needed."""
    try:
        if one.when is not None and not one.when.evaluate(values):
            return _Stand(one, "skipped", "not needed")
        arguments = {name: expression.evaluate(values) for name, expression in one.args.items()}
    except ExpressionError as error:
        return _Stand(one, "error", f"What I found does not fit my plan at this step: {one.title}.", str(error))
    return _Stand(one, "next", arguments=arguments)


def _foreseen(one: BoundStep, values: Mapping[str, Any]) -> _Stand:
    """How a step that was not called yet is shown: nothing is decided on, so what cannot be known yet is simply next."""
    try:
        needed = one.when is None or one.when.evaluate(values)
    except ExpressionError:
        needed = True
    return _Stand(one, "next") if needed else _Stand(one, "skipped", "not needed")


def _ended(one: BoundStep, result: StepResult, values: Mapping[str, Any]) -> _Stand:
    """A step whose call was answered; its data is known to the later ones."""
    if result.state is CallState.WAITING:
        return _Stand(one, "waiting", result.reason or "waiting for a person")
    if not result.state.good:
        state, otherwise = _ENDS[result.state]
        return _Stand(one, "error", result.reason or otherwise.format(title=one.title), end=state)
    values["steps"][one.step.id] = dict(result.data or {})
    if one.expect is None:
        return _Stand(one, "complete")
    try:
        held = one.expect.evaluate(values)
    except ExpressionError as error:
        return _Stand(one, "error", f"I looked again and could not tell whether it worked: {one.title}.", str(error))
    if not held:
        text = f"I looked again, and it is not as it should be. {result.summary}".strip()
        return _Stand(one, "error", text, f"{one.expect.text} does not hold")
    return _Stand(one, "complete")


def _identity(principal: Principal | None) -> dict[str, str]:
    who = principal or Principal(id="")
    return {
        "principal.id": who.id,
        "principal.name": who.name,
        "principal.email": who.email,
        "principal.zone": who.zone,
        "principal.department": who.department,
        "principal.title": who.title,
        "principal.manager": who.manager,
        "principal.slack_id": who.slack_id,
    }


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
