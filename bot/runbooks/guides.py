"""A runbook as a language model reads it: the plan to follow, with what is known of it already. Pure.

A guide is data for the model, as retrieved text is: it grants nothing, and every call it leads to goes through the gate.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from bot.domain import Plan, Principal
from bot.errors import ExpressionError
from bot.runbooks.binding import Bound, BoundStep
from bot.runbooks.bound import Part
from bot.runbooks.unrolling import scoped, values_of

MOST_TEXT = 4_000
"""Characters of a runbook's text that are shown."""

NOTHING = "No runbook fits. Do not guess: ask the requester what they mean, or hand over to people with hand_over."
NEAREST = "No runbook fits well. If one of these is what the requester means, read it with search_runbooks and its title:"


def guide(bound: Bound, plan: Plan | None = None, who: Principal | None = None) -> str:
    """One runbook: what it is for, what it needs, its steps in order, and its text. With a plan, the values that are known."""
    runbook = bound.runbook
    lines = [f"Runbook {runbook.id}: {runbook.title}" + (f" (plan {plan.id})" if plan else "")]
    lines += [f"Only if {condition.text}; else say: {said}" for condition, said in bound.preconditions]
    for need in runbook.needs.values():
        value = (plan.needs if plan else {}).get(need.name)
        known = json.dumps(_plain(value), ensure_ascii=False) if value is not None else f"not known yet; ask: {need.ask}"
        lines.append(f"- needs.{need.name}: {known}")
        if value is None and need.choices:
            lines.append("  one of: " + "; ".join(f"{choice} ({label})" for choice, label in need.choices))
    lines += [f"Part {part.id}, {part.title}: {_given(part, bound, plan, who)}" for part in bound.parts]
    lines += [
        f"{number}. {_step(one, bound, plan, who, named=_spoken_of(one, bound))}" for number, one in enumerate(bound.steps, 1)
    ]
    if bound.steps:
        lines.append("A step that says `only if` is left out when that does not hold. The last look must show what `then` says.")
    if bound.parts:
        lines.append("Where a step of a part waits or does not work, end your turn: the other parts are done without you.")
    if runbook.text:
        lines += ["", runbook.text.strip()[:MOST_TEXT]]
    return "\n".join(lines)


def nothing(titles: Sequence[str]) -> str:
    """What is said where no runbook fits; `titles`: of those that lie near."""
    return "\n".join([NEAREST, *(f"- {title}" for title in titles), "If none is:", NOTHING]) if titles else NOTHING


def _given(part: Part, bound: Bound, plan: Plan | None, who: Principal | None) -> str:
    """What `needs` are in the steps of a part, as far as it is known."""
    try:
        needs = scoped(part, values_of(bound, plan, who, {}))["needs"] if plan else {}
    except ExpressionError:
        needs = {}
    told = {name: _plain(needs[name]) if name in needs else f"<{text.text}>" for name, text in part.given.items()}
    return f"needs = {json.dumps(told, ensure_ascii=False, default=str)}"


def _spoken_of(one: BoundStep, bound: Bound) -> bool:
    """Whether a condition or an argument of the runbook speaks of what this step gives."""
    steps = one.part.runbook.steps if one.part else bound.runbook.steps
    texts = [text for other in steps for text in (*other.args.values(), other.when, other.expect, other.until) if text]
    texts += [other.loop.over for other in steps if other.loop] + [guard.text for other in steps for guard in other.guards]
    return any(re.search(rf"\bsteps\.{one.step.id}\b", text) for text in texts)


def _step(one: BoundStep, bound: Bound, plan: Plan | None, who: Principal | None, *, named: bool) -> str:
    try:
        values = scoped(one.part, values_of(bound, plan, who, {})) if plan else {}
    except ExpressionError:
        values = {}
    arguments = []
    for name, expression in one.args.items():
        try:
            arguments.append(f"{name}={json.dumps(expression.evaluate(values), ensure_ascii=False, default=str)}" if plan else "")
        except ExpressionError:
            arguments.append(f"{name}=<{expression.text}>")
    name = f"steps.{one.step.id} = " if named else ""
    title = f"{one.part.id} / {one.title}" if one.part else one.title
    told = f"{title}: {name}{one.step.tool}({', '.join(argument for argument in arguments if argument)})"
    if one.step.loop:
        told += f" for each item of {_line(one.step.loop.over)}, {one.step.loop.most} at most"
    guards = (*(one.part.guards if one.part else ()), *one.guards)
    conditions = [f"{'' if wanted else '!'}({_line(guard.text)})" for guard, wanted in guards]
    if one.step.when:
        conditions.append(f"({_line(one.step.when)})" if guards else _line(one.step.when))
    if conditions:
        told += f" only if {' && '.join(conditions)}"
    if one.step.expect:
        told += f"; then {_line(one.step.expect)}"
    if one.step.until:
        told += f"; wait until {_line(one.step.until)}: look once and end your turn, the next look is taken without you"
    return told


def _line(text: str) -> str:
    return " ".join(text.split())


def _plain(value: Any) -> Any:
    """A need as the model is told it: ids and labels, no address."""
    return {key: one for key, one in value.items() if key in ("id", "label")} if isinstance(value, dict) else value
