"""A runbook at work: what to do next, what people see of it, how it ends. Pure functions over rows.

A runbook's expressions see the requester's identity, the plan's needs, the data of its own earlier steps and ids of the case;
they never see retrieved text, and nothing here grants anything: every call still goes through the gate.
`bot.runbooks.binding` makes a parsed runbook into a `Bound` one, `bot.runbooks.unrolling` its steps into what is done one after
the other, `bot.runbooks.walking` tells where each of them stands, and `bot.runbooks.telling` has the words for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from bot.domain import UNDO, CallState, Plan, PlanState, Principal, ToolCall
from bot.runbooks.binding import Bound, BoundStep, bind
from bot.runbooks.bound import Part
from bot.runbooks.telling import done_text, report
from bot.runbooks.undoing import Back, backs, sentences
from bot.runbooks.unrolling import StepResult, Turn, unrolled, values_of
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
    "goes_alone",
    "passed_over",
    "tasks",
    "values_of",
]


@dataclass(frozen=True, slots=True)
class Calls:
    """The plan goes on with these calls. `alone`: by the runbook alone, no model is asked for them."""

    calls: tuple[ToolCall, ...]
    alone: bool = False


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

    Of a runbook with parts that was not done whole the reason is a report, and `left` says in a sentence what of it is not done.
    """

    state: PlanState
    reason: str = ""
    detail: str = ""
    left: str = ""


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
            case "error" | "passed":
                undone = list(backs(bound, stands, list(unrolled(bound, plan, principal, results)), results))
                if (back := _back(plan, undone)) is not None:
                    return back
                if not stand.fallen:
                    left, reason = _reason(bound, stands, undone, results)
                    return Ended(_stopped_as(stands, undone), reason, stand.fault, left)
            case "next":
                call = ToolCall(f"{plan.id}.{stand.key}", stand.bound.step.tool, stand.arguments, plan.id, stand.key)
                return Calls((call,), alone=goes_alone(bound, results) or any(one.fallen for one in stands))
            case _:
                continue
    if pauses := [stand.again for stand in stands if stand.again is not None]:
        return Pause(min(pauses))
    if any(stand.state == "waiting" for stand in stands):
        return Wait()
    if not any(stand.fallen for stand in stands):
        return Ended(PlanState.DONE)
    undone = list(backs(bound, stands, [stand.turn for stand in stands], results))
    fault = next((stand.fault for stand in stands if stand.fault), "")
    left, reason = report(bound, stands, undone, results)
    return Ended(_came_to(stands, undone), reason, fault, left)


def goes_alone(bound: Bound, results: Mapping[str, StepResult]) -> bool:
    """Whether a runbook with parts goes on without a model: from the first of its steps on for which people were asked, that was
    waited for, or that did not work. From there on its parts are done beside each other, and in one order whoever began it.
    """

    def held_up(key: str, result: StepResult) -> bool:
        one = bound.at(key)
        return result.asked or (result.state.final and not result.state.good) or (one is not None and one.until is not None)

    return bool(bound.parts) and any(held_up(key, result) for key, result in results.items() if key)


def _back(plan: Plan, undone: Sequence[Back]) -> Calls | Wait | None:
    """The next call that takes a change back, or that one of them waits for a person; None when all is taken back that can be."""
    for one in undone:
        if one.owed and one.arguments is not None:
            return Calls((ToolCall(f"{plan.id}.{one.key}", one.undo.tool, one.arguments, plan.id, one.key),), alone=True)
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


def tasks(bound: Bound, plan: Plan, principal: Principal, results: Mapping[str, StepResult]) -> list[dict[str, Any]]:
    """The plan's steps as people see them: id, title, detail and state. A part is one of them, and a change that is taken back.

    A state is pending, in_progress, complete, error, waiting or skipped.
    """
    shown = {one.key: one for one in walk(bound, plan, principal, results, shown=True)}
    first = next((key for key, one in shown.items() if one.state == "next"), "")
    listed = []
    for part, group in groupby(unrolled(bound, plan, principal, results), key=lambda turn: turn.bound.part):
        turns = list(group)
        told = [_task(plan, turn, shown.get(turn.key), first) for turn in turns]
        listed += told if part is None else [_of_part(plan, part, told)]
        for key, title in ((turn.key, turn.title) for turn in turns):
            if (back := results.get(key + UNDO)) is not None:
                came = back.summary if back.state.good else back.reason
                state = "complete" if back.state.good else str(back.state)
                listed.append({"id": key + UNDO, "title": f"Take back: {title}", "state": state, "detail": came})
    return listed


def _task(plan: Plan, turn: Turn, stand: Stand | None, first: str) -> dict[str, Any]:
    """One step. `first`: the one whose turn it is; a plan that has ended leaves nothing to be done."""
    rest = "skipped" if plan.state is PlanState.DONE else "pending"
    at_work = plan.state in (PlanState.RUNNING, PlanState.PAUSED)
    going = {
        "next": "in_progress" if at_work and turn.key == first else "pending",
        "paused": "in_progress" if at_work else "pending",
    }
    otherwise = ("skipped", NOT_NEEDED) if turn.left_out else (rest, "")
    state, detail = (str(stand.state), stand.detail) if stand is not None else otherwise
    state = {**going, "held": "pending", "passed": "skipped"}.get(state, state)
    if not plan.state.open and state in ("pending", "in_progress", "waiting"):
        state = rest
    return {"id": turn.key, "title": turn.title, "state": state, "detail": detail}


def _of_part(plan: Plan, part: Part, steps: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A part, by the step that says how far it is: what went wrong or is waited for, is at work or to do; else the last done."""
    done = [one for one in steps if one["state"] == "complete"]
    rest = (one for state in ("error", "waiting", "in_progress", "pending") for one in steps if one["state"] == state)
    one = next(rest, done[-1] if done else steps[0])
    state = "in_progress" if one["state"] == "pending" and done and plan.state.open else one["state"]
    return {
        "id": part.id,
        "title": part.title,
        "state": state,
        "detail": one["detail"] or (one["title"] if state == "in_progress" else ""),
    }


# ── how it ends ──────────────────────────────────────────────────────────────────────────────────────────────────────

_WORST_FIRST = (PlanState.FAILED, PlanState.EXPIRED, PlanState.FROZEN, PlanState.DENIED, PlanState.WITHDRAWN)


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
    if not done or worst.for_people:
        return worst
    return PlanState.DONE if worst is PlanState.WITHDRAWN else PlanState.PARTLY


def _stopped_as(stands: Sequence[Stand], undone: Sequence[Back]) -> PlanState:
    """How a plan ends that stands at a step of the whole; what failed or had no answer before or stands half made is for people."""
    lost = [PlanState.FAILED] if any(one.left for one in undone) else []
    lost += [
        state for state in _WORST_FIRST if state.for_people and any(one.state == "error" and one.end is state for one in stands)
    ]
    end = stands[-1].end
    return end if end is PlanState.HANDED_OVER or not lost else lost[0]


def _reason(bound: Bound, stands: Sequence[Stand], undone: Sequence[Back], results: Mapping[str, StepResult]) -> tuple[str, str]:
    """What is not done of a runbook with parts; and why the plan ends where it stands, and what was taken back."""
    if bound.parts:
        return report(bound, stands, undone, results)
    return "", " ".join(part.strip() for part in (stands[-1].detail, *sentences(undone)) if part)
