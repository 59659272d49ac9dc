"""A runbook at work: what to do next, what people see of it, how it ends. Pure functions over rows.

A runbook's expressions see the requester's identity, the plan's needs, the data of its own earlier steps and ids of the case;
they never see retrieved text, and nothing here grants anything: every call still goes through the gate.
`bot.runbooks.binding` makes a parsed runbook into a `Bound` one, `bot.runbooks.unrolling` its steps into what is done one after
the other, `bot.runbooks.walking` tells where each of them stands, and `bot.runbooks.telling` has the words for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain import CallState, Plan, PlanState, Principal, ToolCall
from bot.runbooks.binding import Bound, BoundStep, bind
from bot.runbooks.bound import UNDO
from bot.runbooks.telling import done_text, report
from bot.runbooks.undoing import Back, backs, sentences
from bot.runbooks.unrolling import StepResult, unrolled, values_of
from bot.runbooks.walking import NOT_NEEDED, Stand, walk

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
    "passed_over",
    "tasks",
    "values_of",
]


@dataclass(frozen=True, slots=True)
class Calls:
    """The plan goes on with these calls. `after_failure`: something of it did not work, so it goes by the runbook alone."""

    calls: tuple[ToolCall, ...]
    after_failure: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """A call of the plan waits for a person."""


@dataclass(frozen=True, slots=True)
class Pause:
    """What the plan waits for is not so yet; `until` is when it is looked at again."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """The plan is over. `reason` is for the requester, `detail` for whoever keeps the runbook.

    Of a runbook with parts that was not done whole the reason is a report: what is not done, and then a line for each part.
    """

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
    stands: list[Stand] = []
    for stand in walk(bound, plan, principal, results, now):
        stands.append(stand)
        match stand.state:
            case "complete" | "skipped":
                continue
            case "waiting":
                return Wait()
            case "paused" if stand.again is not None:
                return Pause(stand.again)
            case "error" | "passed":
                undone = list(backs(bound, stands, list(unrolled(bound, plan, principal, results)), results))
                if (back := _back(plan, undone)) is not None:
                    return back
                if not stand.fallen:
                    return Ended(_stopped_as(stands, undone), _reason(bound, stands, undone, results), stand.fault)
            case _:
                call = ToolCall(f"{plan.id}.{stand.key}", stand.bound.step.tool, stand.arguments, plan.id, stand.key)
                return Calls((call,), after_failure=any(one.fallen for one in stands))
    if not any(stand.fallen for stand in stands):
        return Ended(PlanState.DONE)
    undone = list(backs(bound, stands, [stand.turn for stand in stands], results))
    fault = next((stand.fault for stand in stands if stand.fault), "")
    return Ended(_came_to(stands, undone), report(bound, stands, undone, results), fault)


def _back(plan: Plan, undone: Sequence[Back]) -> Calls | Wait | None:
    """The next call that takes a change back, or that one of them waits for a person; None when all is taken back that can be."""
    for one in undone:
        if one.owed and one.arguments is not None:
            return Calls((ToolCall(f"{plan.id}.{one.key}", one.undo.tool, one.arguments, plan.id, one.key),), after_failure=True)
        if one.result is not None and one.result.state is CallState.WAITING:
            return Wait()
    return None


def passed_over(bound: Bound, plan: Plan, principal: Principal, results: Mapping[str, StepResult]) -> frozenset[str]:
    """The keys of the steps that are not done any more: their part, or what they hang on, was not, or was taken back."""
    turns, stands = list(unrolled(bound, plan, principal, results)), list(walk(bound, plan, principal, results))
    taken = {turn.bound.name for turn in turns if turn.key + UNDO in results}
    if taken and stands[-1].state == "error" and not stands[-1].fallen:
        return frozenset(turn.key for turn in turns)
    return frozenset(
        {stand.key for stand in stands if stand.state == "passed"} | {turn.key for turn in turns if turn.bound.name in taken}
    )


def tasks(bound: Bound, plan: Plan, results: Mapping[str, StepResult]) -> list[dict[str, Any]]:
    """The plan's steps as people see them: id, title, detail and state.

    A state is pending, in_progress, complete, error, waiting or skipped.
    """
    shown: dict[str, tuple[str, str]] = {}
    for stand in walk(bound, plan, None, results):
        going = "in_progress" if plan.state in (PlanState.RUNNING, PlanState.PAUSED) else "pending"
        state: str = {"next": going, "paused": going, "passed": "skipped"}.get(stand.state, stand.state)
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


# ── how it ends ──────────────────────────────────────────────────────────────────────────────────────────────────────

_FOR_PEOPLE = (PlanState.FAILED, PlanState.EXPIRED)
_WORST_FIRST = (*_FOR_PEOPLE, PlanState.FROZEN, PlanState.DENIED, PlanState.WITHDRAWN)


def _came_to(stands: Sequence[Stand], undone: Sequence[Back]) -> PlanState:
    """How a plan ends of which a part has fallen.

    What failed, nobody answered for, or could not be taken back is for people to go on with. What was refused or stopped leaves a
    plan in which something was done *partly* done; what its requester did not want leaves it done.
    """
    if any(one.left for one in undone):
        return PlanState.FAILED
    fallen = {stand.bound.name for stand in stands if stand.fallen}
    done = any(one.state == "complete" and (one.bound.part or one.bound.change) for one in stands if one.bound.name not in fallen)
    worst = next(state for state in _WORST_FIRST if any(stand.end is state for stand in stands if stand.state == "error"))
    if not done or worst in _FOR_PEOPLE:
        return worst
    return PlanState.DONE if worst is PlanState.WITHDRAWN else PlanState.PARTLY


def _stopped_as(stands: Sequence[Stand], undone: Sequence[Back]) -> PlanState:
    """How a plan ends that stands at a step of the whole; what failed or had no answer before or stands half made is for people."""
    lost = [PlanState.FAILED] if any(one.left for one in undone) else []
    lost += [state for state in _FOR_PEOPLE if any(one.state == "error" and one.end is state for one in stands)]
    end = stands[-1].end
    return end if end is PlanState.HANDED_OVER or not lost else lost[0]


def _reason(bound: Bound, stands: Sequence[Stand], undone: Sequence[Back], results: Mapping[str, StepResult]) -> str:
    """Why the plan ends where it stands, and what was taken back."""
    if bound.parts:
        return report(bound, stands, undone, results)
    return " ".join(part.strip() for part in (stands[-1].detail, *sentences(undone)) if part)
