"""A plan's steps one after the other, as far as they are known: loops element by element, parts with needs of their own. Pure.

The list of a loop comes from what earlier steps gave, and that stays as it is in the ledger: unrolling a plan again gives the same,
also after a restart.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from bot.domain import CallState, Plan, Principal
from bot.errors import ExpressionError
from bot.runbooks.bound import Bound, BoundStep, Guards, Part
from knowledge.parts import THINGS


@dataclass(frozen=True, slots=True)
class StepResult:
    """What came of a step's latest call: `data` is what it gave, `reason` why it did not, `summary` says it to people.

    `since`: when it was called first; `at`: when the latest call ended. `asked`: somebody was asked for it;
    `unclicked`: the requester's own click never came.
    """

    state: CallState
    data: Mapping[str, Any] | None = None
    reason: str = ""
    summary: str = ""
    since: datetime | None = None
    at: datetime | None = None
    asked: bool = False
    unclicked: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """A step whose turn it is sooner or later. `key` is what its calls are known by; `values` are what its expressions look at.

    `left_out`: a branch that is not taken, or a part or loop that is not needed. `fault`: why it cannot be done, for people;
    `detail` for whoever keeps the runbook. `unknown`: how often, or with which values, hangs on what is not known yet.
    """

    bound: BoundStep
    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
    left_out: bool = False
    fault: str = ""
    detail: str = ""
    unknown: bool = False

    @property
    def title(self) -> str:
        """What people see of it; {item} and {item.name} are the element at hand."""
        return _ITEM.sub(lambda found: _worded(self.values.get("item"), found[1]), self.bound.title)


def unrolled(bound: Bound, plan: Plan, principal: Principal | None, results: Mapping[str, StepResult]) -> Iterator[Turn]:
    """Every step in order. A step that cannot be told yet stands once, `unknown`, with the error as its detail."""
    values = values_of(bound, plan, principal, results)
    for together, group in groupby(bound.steps, key=lambda one: one.round):
        steps = list(group)
        if together == ("", ""):
            for one in steps:
                yield _plain(one, values)
        else:
            yield from _elements(steps, values, results)


def values_of(bound: Bound | None, plan: Plan, principal: Principal | None, results: Mapping[str, StepResult]) -> dict[str, Any]:
    """What a step's expressions may look at, with the data of these results: of a loop a list, of a part its steps by name."""
    found: dict[str, Any] = {}
    for one in bound.steps if bound else ():
        inside = found.setdefault(one.part.id, {}) if one.part else found
        if one.step.loop is None:
            if one.key in results and results[one.key].state.good:
                inside[one.step.id] = dict(results[one.key].data or {})
        elif rounds := [key for key in results if key.rpartition(".")[0] == one.key and results[key].state.good]:
            last = max(int(key.rpartition(".")[2]) for key in rounds if key.rpartition(".")[2].isdigit())
            inside[one.step.id] = [_data(results, f"{one.key}.{number}") for number in range(last + 1)]
    return {
        **_identity(principal),
        "needs": dict(plan.needs),
        "steps": found,
        "case": {"id": plan.case, "plan": plan.id, "words": plan.words},
    }


def scoped(part: Part | None, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values as a part's steps see them. Raises ExpressionError while what it is given is not known."""
    if part is None:
        return values
    needs = {name: _given(part, name, expression.evaluate(values)) for name, expression in part.given.items()}
    return {**values, "needs": needs, "steps": values["steps"].get(part.id, {})}


def holds(guards: Guards, values: Mapping[str, Any]) -> bool:
    """Whether the branch is taken: earlier conditions are looked at first. Raises ExpressionError."""
    return all(guard.evaluate(values) is wanted for guard, wanted in guards)


# ── one after the other ──────────────────────────────────────────────────────────────────────────────────────────────


def _plain(one: BoundStep, values: Mapping[str, Any]) -> Turn:
    try:
        return _within(one, values)
    except ExpressionError as error:
        return Turn(one, one.key, values, detail=str(error), unknown=True)


def _within(one: BoundStep, values: Mapping[str, Any]) -> Turn:
    """The step in its part and its branches. Raises ExpressionError."""
    part = one.part
    if part is not None and not holds(part.guards, values):
        return Turn(one, one.key, values, left_out=True)
    inside = scoped(part, values)
    for condition, otherwise in part.preconditions if part is not None else ():
        if not condition.evaluate(inside):
            return Turn(one, one.key, inside, fault=otherwise, detail=f"{condition.text} does not hold")
    return Turn(one, one.key, inside, left_out=not holds(one.guards, inside))


def _elements(steps: list[BoundStep], values: Mapping[str, Any], results: Mapping[str, StepResult]) -> Iterator[Turn]:
    """The steps of a loop for each element, in their order."""
    first, loop = steps[0], steps[0].step.loop
    around = _plain(first, values)
    try:
        items = [] if around.left_out or around.unknown or first.over is None else first.over.evaluate(around.values)
    except ExpressionError as error:
        around = Turn(first, first.key, around.values, detail=str(error), unknown=True)
        items = []
    most = loop.most if loop else 0
    if len(items) > most:
        text = f"There are {len(items)}, and I do no more than {most} at once: {around.title}."
        around = Turn(first, first.key, around.values, fault=text, detail=f"{first.over.text if first.over else ''}: {len(items)}")
    if around.unknown or around.fault or not items:
        for one in steps:
            left_out = not (around.unknown or around.fault)
            yield Turn(one, one.key, around.values, left_out, around.fault, around.detail, around.unknown)
        return
    for number, item in enumerate(items):
        for one in steps:
            mine = {other.step.id: _data(results, f"{other.key}.{number}") for other in steps if f"{other.key}.{number}" in results}
            inside = {**around.values, "item": item, "steps": {**_without(around.values["steps"], steps), **mine}}
            try:
                yield Turn(one, f"{one.key}.{number}", inside, left_out=not holds(one.guards, inside))
            except ExpressionError as error:
                yield Turn(one, f"{one.key}.{number}", inside, detail=str(error), unknown=True)


def _without(steps: Mapping[str, Any], looped: list[BoundStep]) -> dict[str, Any]:
    """The steps outside of this loop."""
    inside = {one.step.id for one in looped}
    return {name: data for name, data in steps.items() if name not in inside}


def _data(results: Mapping[str, StepResult], key: str) -> dict[str, Any]:
    result = results.get(key)
    return dict(result.data or {}) if result is not None and result.state.good else {}


def _given(part: Part, name: str, value: Any) -> Any:
    """A thing or a person that is given by its id alone."""
    source = part.runbook.needs[name].source
    if isinstance(value, str) and source in THINGS:
        return {"id": value, "label": value}
    if isinstance(value, str) and source == "person":
        return {"id": value, "label": value, "email": ""}
    return value


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


_ITEM = re.compile(r"\{item(?:\.(\w+))?\}")


def _worded(item: Any, name: str | None) -> str:
    value = item.get(name) if name and isinstance(item, Mapping) else item
    if isinstance(value, Mapping):
        value = value.get("label") or value.get("id") or ""
    return "…" if value is None else str(value)
