"""Which step of which plan a model's call is. A runbook is the plan; what a model does beside it is a departure, and is shown.

Pure. Nothing here permits or refuses anything: a departure goes through the gate like every call.
"""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.cases import reports
from bot.domain import UNDO, Call, CallState, Plan, Principal, ToolCall
from bot.errors import ExpressionError
from bot.reading.phrases import tokens
from bot.runbooks.binding import Bound, BoundStep
from bot.runbooks.progress import passed_over
from bot.runbooks.unrolling import Turn, unrolled
from knowledge.parts import THINGS

NEED = re.compile(r"\s*needs\.(\w+)(?:\.id)?\s*")
"""An argument that is a need and nothing else: the model's value for it becomes the need's."""
SMALL_TALK = frozenset({"search_runbooks", "search_articles", "call_outcome", "hand_over", "withdraw"})
"""Calls that belong to no step and depart from none."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call belongs: a plan, perhaps a step of it, and in words what departs from the runbook."""

    plan: str = ""
    step: str = ""
    departure: str = ""


def place(
    ask: ToolCall, plans: Sequence[Plan], bounds: Mapping[str, Bound], who: Principal, calls: Sequence[Call], words: str = ""
) -> Place:
    """The step whose tool this is, of the plan whose values fit best; else a departure from the first plan that is open.

    A call about somebody or something else than the plan is no step of it: a look never is, a change is where the requester's own
    words name it (they changed their mind). So nothing that was done beside a plan can end it.
    """
    if ask.tool in SMALL_TALK:
        return Place()
    open_ = [plan for plan in plans if plan.state.open]
    best: tuple[tuple[int, int], Place] | None = None
    for plan in open_:
        bound = bounds.get(plan.runbook)
        step = _step(ask, plan, bound, who, calls) if bound else None
        if bound is None or step is None:
            continue
        same, other = _compared(ask, step)
        departure = f"{', '.join(other)} other than in the runbook" if other else ""
        fits = (-sum(_about(name, step) for name in other), same - len(other))
        if best is None or fits > best[0]:
            mine = not any(_elsewhere(name, ask, step, words) for name in other)
            best = (fits, Place(plan.id, step.key if mine else "", departure))
    if best is not None:
        return best[1]
    if not open_:
        return Place()
    followed = open_[0].runbook in bounds and bool(bounds[open_[0].runbook].steps)
    return Place(open_[0].id, "", "not in the runbook" if followed else "")


def _elsewhere(name: str, ask: ToolCall, one: Turn, words: str) -> bool:
    """Whether this argument is about another person or thing than the plan, and not for the requester's asking."""
    if not _about(name, one):
        return False
    return not one.bound.change or not set(tokens(str(ask.arguments[name]))) & set(tokens(words))


def _about(name: str, one: Turn) -> bool:
    """Whether this argument says about which person or thing the plan is, as far as that is known."""
    match = NEED.fullmatch(one.bound.step.args[name])
    return match is not None and isinstance(one.values["needs"].get(match[1]), Mapping)


def _step(ask: ToolCall, plan: Plan, bound: Bound, who: Principal, calls: Sequence[Call]) -> Turn | None:
    """The first step with this tool that has no good result; a look belongs to one only once the changes before it were tried.

    What the runbook itself leaves out, by what is known, is no step that could be meant or waited for. Where a loop
    or a part has the tool it is the first of those whose arguments are the call's.
    """
    results = reports.results(plan, calls)
    last: Turn | None = None
    gone = passed_over(bound, plan, who, results)
    turns = [
        one for one in unrolled(bound, plan, who, results) if one.key not in gone and (one.key in results or not _left_out(one))
    ]
    mine = [one for one in turns if one.bound.step.tool == ask.tool]
    several = any(one.bound.step.loop or one.bound.part for one in mine)
    exact = [one for one in mine if several and _compared(ask, one)[1] == []]
    for one in turns:
        result = results.get(one.key)
        other = bool(exact) and one in mine and one not in exact
        if one.bound.step.tool == ask.tool and not other:
            last = one
            if result is None or not result.state.good or one.bound.until is not None:
                return one
        if one.bound.change and result is None and not other:
            return last if last is not None and last.bound.step.tool == ask.tool and not last.bound.change else None
    return last


def _left_out(one: Turn) -> bool:
    """Whether its condition is known not to hold."""
    try:
        when = one.bound.when
        return one.left_out or (when is not None and not one.unknown and not when.evaluate(one.values))
    except ExpressionError:
        return False


def _compared(ask: ToolCall, one: Turn) -> tuple[int, list[str]]:
    """How many arguments are those of the runbook, and which are others; what the runbook cannot tell yet is neither."""
    same, other = 0, []
    for name, expression in one.bound.args.items():
        if name not in ask.arguments:
            continue
        try:
            wanted = expression.evaluate(one.values)
        except ExpressionError:
            continue
        if _alike(wanted, ask.arguments[name]):
            same += 1
        else:
            other.append(name)
    return same, other


def _alike(wanted: Any, given: Any) -> bool:
    if str(wanted).strip().casefold() == str(given).strip().removeprefix("@").casefold():
        return True
    days = [_day(wanted), _day(given)]
    return days[0] is not None and days[0] == days[1]


def _day(value: Any) -> str | None:
    """The day that an ISO time or date names."""
    try:
        return datetime.fromisoformat(str(value)).date().isoformat()
    except ValueError:
        return None


def learnt(plan: Plan, bound: Bound, call: Call, read: Mapping[str, Any] | None = None) -> Plan:
    """The plan with the needs that this call's arguments have made known, or have made other than they were.

    `read`: what the arguments mean as needs, by need, as far as the model's own words for them could be read. A tool may make
    something else of them (a serial number of "computer"), by which the runbook does not know the thing.
    """
    one = bound.at(call.step)
    if one is None or call.state in (CallState.DENIED, CallState.FAILED):
        return plan
    known = dict(plan.needs)
    for name, need in needs_of(one, bound):
        if name not in call.arguments:
            continue
        thing = bound.runbook.needs[need].source in (*THINGS, "person")
        value, before, meant = call.arguments[name], known.get(need), (read or {}).get(need)
        if _alike(_id(before), value) or (meant is not None and _alike(_id(before), _id(meant))):
            continue
        label = call.resource.get("label") if call.resource.get("id") == value else None
        known[need] = meant if thing and meant is not None else {"id": value, "label": label or value} if thing else value
    new = {name: value for name, value in known.items() if plan.needs.get(name) != value}
    return dataclasses.replace(plan, needs=known, learnt={**plan.learnt, **new}) if new else plan


def needs_of(one: BoundStep, bound: Bound) -> list[tuple[str, str]]:
    """The arguments of a step that are a need and nothing else, each with the need's name; a part has needs of its own."""
    if one.part is not None:
        return []
    found = [(name, match[1]) for name, text in one.step.args.items() if (match := NEED.fullmatch(text))]
    return [(name, need) for name, need in found if need in bound.runbook.needs]


def _id(value: Any) -> Any:
    return value.get("id") if isinstance(value, Mapping) else value


def out_of_reach(plan: Plan, bound: Bound, calls: Sequence[Call]) -> tuple[Call, str] | None:
    """The plan's last call, where it failed for a value that lies too far, and the need which that value is: once for a plan."""
    if plan.anew:
        return None
    last = next((call for call in reversed(calls) if call.plan == plan.id and call.state is not CallState.SUPERSEDED), None)
    if last is None or last.state is not CallState.FAILED or not (last.result or {}).get("out_of_reach"):
        return None
    one = bound.at(last.step)
    named = dict(needs_of(one, bound)) if one is not None else {}
    need = named.get(str((last.result or {})["out_of_reach"]))
    return (last, need) if need else None


def fresh(plan: Plan, bound: Bound, who: Principal, calls: Sequence[Call]) -> list[Call]:
    """The calls that say how the plan stands.

    Left out are looks that were to show a change and came before the last one, and a model's calls whose arguments fitted nothing:
    they never came to the gate, and the model may do better.
    """
    turns = list(unrolled(bound, plan, who, reports.results(plan, calls)))
    order = {one.key: place for place, one in enumerate(turns)}
    changed = [
        (number, order.get(call.step, -1))
        for number, call in enumerate(calls)
        if call.plan == plan.id and call.effect == "change" and call.state.good and not call.step.endswith(UNDO)
    ]
    proofs = {one.key for one in turns if one.bound.expect is not None and not one.bound.change}

    def outdated(number: int, call: Call) -> bool:
        """A change that the runbook has before this look was made after it."""
        return call.step in proofs and any(made > number and place < order[call.step] for made, place in changed)

    def counts(number: int, call: Call) -> bool:
        if call.plan != plan.id or not call.step:
            return True
        misfit = not call.policy_version and call.state in (CallState.DENIED, CallState.FAILED)
        if misfit and not call.call.startswith(f"{plan.id}."):
            return False
        return not outdated(number, call)

    return [call for number, call in enumerate(calls) if counts(number, call)]
