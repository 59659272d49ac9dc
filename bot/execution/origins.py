"""Where the values of a call come from, as its case tells: who asks, what they wrote, what tools gave, which runbook is followed.

What was found is kept with the call, and a call that is decided again has the origins that it had: what was read meanwhile makes no
value better, and none worse.
"""

import dataclasses
import itertools
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from bot.domain import SYSTEM, UNDO, Call, Line, Plan, Principal
from bot.errors import ExpressionError
from bot.history import ARTICLES_TOOL, OUTCOME_TOOL, SEARCH_TOOL
from bot.provenance import Kind, Origin, Source, leaves, origins, smuggled, stands, whole
from bot.reading import dates, moments
from bot.runbooks import guides
from bot.runbooks.binding import Bound
from bot.runbooks.unrolling import scoped, values_of
from tools.contract import Arguments, Effect, Tool, ToolError, end_of, targets, words

log = structlog.get_logger(__name__)

CHOSEN = "plan.runbook"
"""Beside the needs whose values a model's call has made known, a plan's `learnt` has the runbook under this name, where a model has
searched for it. No need is called so.
"""
ASSUMED = "plan.assumed"
"""Under this name a plan's `learnt` has the needs that nobody said, with the defaults that were taken for them."""
KEPT = 2_000
"""Results of which it is kept what stands in them."""
OWN_WORDS = frozenset({OUTCOME_TOOL, "withdraw", "hand_over"})
"""Tools of the conversation, which answer in our own words."""


@dataclass(frozen=True, slots=True)
class SoFar:
    """A case as it stands: its transcript, ledger and plans, each in order."""

    lines: Sequence[Line]
    calls: Sequence[Call]
    plans: Sequence[Plan]


@dataclass(frozen=True, slots=True)
class Traced:
    """The origin of each target, and of what is smuggled into free text. `aside`: untrusted text was read before, and the change is
    no step of the plan that is followed.
    """

    origins: tuple[Origin, ...] = ()
    aside: bool = False


@dataclass(frozen=True, slots=True)
class _Read:
    """What a call has brought into the case: ids that may be taken for what they are, and texts."""

    ids: frozenset[str]
    texts: tuple[str, ...]


class Origins:
    """Traces calls. Reads nothing but what it is given, and the names that a tool's catalogue has for a thing."""

    def __init__(self, tools: Mapping[str, Tool[Any]], runbooks: Mapping[str, Bound]) -> None:
        self._tools = tools
        self._runbooks = runbooks
        self._kept: OrderedDict[tuple[str, str, str], _Read] = OrderedDict()

    async def of(self, call: Call, tool: Tool[Any], args: Arguments, who: Principal, so_far: SoFar) -> Traced:
        """`call` has its arguments as they were asked for, `args` are canonical. What Deskhand itself does is traced to nobody."""
        if who.id == SYSTEM.id:
            return Traced()
        calls = [one for one in so_far.calls if one.call != call.call]
        trusted = [
            *_identity(who),
            *_words(so_far.lines, calls),
            *_needs(so_far.plans),
            *self._step(call, who, so_far.plans),
            *self._results(calls),
        ]
        found: list[Origin] = []
        kind, given = type(args), args.model_dump(mode="json")
        for name in sorted(targets(kind)):
            found += await self._target(name, given[name], call, tool, args, trusted)
        hidden = smuggled({name: given[name] for name in sorted(words(kind))}, trusted)
        if untold := [one for one in (*found, *hidden) if not one.kind.trusted]:
            seen = [*trusted, *self._untrusted(so_far.lines, calls)]
            told = {one: origins({one.path: one.value}, seen, call.created)[0] for one in untold}
            found, hidden = [told.get(one, one) for one in found], tuple(told[one] for one in hidden)
        aside = tool.effect is Effect.CHANGE and self._aside(call, so_far, calls, trusted)
        return Traced((*found, *hidden, *self._end(call, kind, given, who, so_far)), aside)

    async def _target(
        self, name: str, value: Any, call: Call, tool: Tool[Any], args: Arguments, trusted: Sequence[Source]
    ) -> Sequence[Origin]:
        """By its id, by what it was called when it was asked for, or by another name that its catalogue has for it."""
        traced, asked = origins({name: value}, trusted, call.created), call.arguments.get(name)
        if asked is None or asked == "":
            return [dataclasses.replace(one, kind=Kind.TOOL, where="") for one in traced]
        if all(one.kind.trusted for one in traced):
            return traced
        if isinstance(asked, str) and isinstance(value, str):
            as_asked = origins({name: asked}, trusted, call.created)[0]
            if as_asked.kind.trusted:
                where = asked if as_asked.kind is Kind.OWN else as_asked.where
                return [Origin(name, value, Kind.CATALOGUE if as_asked.kind is Kind.OWN else as_asked.kind, where)]
            own = [one for one in trusted if one.kind is Kind.OWN]
            for other in await _called(tool, args, name):
                if stands(other, own):
                    return [Origin(name, value, Kind.CATALOGUE, other)]
        return traced

    def _end(self, call: Call, kind: type[Arguments], given: Mapping[str, Any], who: Principal, so_far: SoFar) -> Sequence[Origin]:
        """Of the argument that says until when, where it is no target: who said it, and in which words."""
        name = end_of(kind)
        value = str(given.get(name) or "")
        at = moments.aware(value) if name else None
        if at is None or name in targets(kind):
            return ()
        if call.arguments.get(name) in (None, ""):
            return (Origin(name, value, Kind.TOOL),)
        plan = next((one for one in so_far.plans if one.id == call.plan), None)
        known = [need for need, one in (plan.needs if plan else {}).items() if moments.aware(str(one)) == at]
        said = [text for line in so_far.lines if line.role == "requester" for text in dates.quoted(line.text)]
        said += dates.quoted(plan.words) if plan else ()
        words = said[-1] if said else ""
        if plan is not None and known:
            assumed = plan.learnt.get(ASSUMED, {})
            if any(moments.aware(str(assumed.get(need))) == at for need in known):
                return (Origin(name, value, Kind.ASSUMED, plan.runbook),)
            if any(need not in plan.learnt for need in known):
                return (Origin(name, value, Kind.OWN, words),)
        by_step = origins({name: value}, list(self._step(call, who, so_far.plans)), call.created)
        if any(one.kind is Kind.RUNBOOK for one in by_step):
            return by_step
        return (Origin(name, value, Kind.MEANT, words),)

    # ── sources ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _step(self, call: Call, who: Principal, plans: Sequence[Plan]) -> Iterator[Source]:
        """What the reviewed step of this call says, as far as it hangs on nothing that was read or that a model has said."""
        plan = next((one for one in plans if one.id == call.plan), None)
        bound = self._runbooks.get(plan.runbook) if plan else None
        step = bound.at(call.step.removesuffix(UNDO)) if bound else None
        if plan is None or step is None:
            return
        values = {**values_of(bound, plan, who, {}), "needs": dict(own_needs(plan))}
        try:
            inside = scoped(step.part, values)
            elements = [{**inside, "item": item} for item in step.over.evaluate(inside)] if step.over is not None else [inside]
        except ExpressionError:
            return
        back = step.undo.args if step.undo is not None and call.step.endswith(UNDO) else None
        for expression, known in itertools.product((step.args if back is None else back).values(), elements):
            try:
                said = [text for _, text in leaves(expression.evaluate(known))]
            except ExpressionError:
                continue
            yield Source(Kind.RUNBOOK, plan.runbook, values=frozenset(map(whole, said)))

    def _results(self, calls: Sequence[Call]) -> Iterator[Source]:
        """Ids that tools gave to calls which themselves asked for nothing untrusted."""
        for call in calls:
            if call.state.good and all(one.kind.trusted for one in call.origins) and (ids := self._read(call).ids):
                yield Source(Kind.RESULT, f"{call.id} {call.tool}", values=ids)

    def _untrusted(self, lines: Sequence[Line], calls: Sequence[Call]) -> Iterator[Source]:
        for call in calls:
            kind = Kind.RETRIEVED if call.tool in (SEARCH_TOOL, ARTICLES_TOOL) else Kind.TEXT
            yield Source(kind, f"{call.id} {call.tool}", text="\n".join(self._read(call).texts), values=self._read(call).ids)
        yield from (Source(Kind.OTHER, text=line.text) for line in lines if line.role == "other")
        yield from (Source(Kind.RETRIEVED, text=line.text) for line in lines if line.role == "guide")

    def _read(self, call: Call) -> _Read:
        key = (call.id, str(call.state), call.reason)
        if (kept := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return kept
        tool = self._tools.get(call.tool)
        paths = tool.ids if tool else frozenset()
        unseen = tool.unseen if tool else frozenset()
        found = [*_strings(call.result or {}, "", unseen)]
        ids = frozenset(whole(text) for path, text in leaves_by_key(call.result or {}) if path in paths)
        texts = [text for path, text in found if path not in paths]
        if tool is None or not tool.plain:
            texts += [text for text in (call.reason, str((call.check or {}).get("observed", ""))) if text]
        read = self._kept[key] = _Read(ids, tuple(texts))
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return read

    # ── beside the plan ──────────────────────────────────────────────────────────────────────────────────────────

    def _aside(self, call: Call, so_far: SoFar, calls: Sequence[Call], trusted: Sequence[Source]) -> bool:
        plan = next((one for one in so_far.plans if one.id == call.plan), None)
        if plan is not None and call.step and CHOSEN not in plan.learnt:
            return False
        mine = [one for one in calls if one.principal == call.principal and one.tool not in OWN_WORDS]
        if any(_loose(text) and not stands(text, trusted) for one in mine for text in self._read(one).texts):
            return True
        return any(line.role == "guide" and line.text != guides.NOTHING for line in so_far.lines) and not (plan and call.step)


def learnt_of(fresh: Plan, before: Plan) -> Mapping[str, Any]:
    """What is kept with the needs of both, the newer of which are `fresh`: what of them is not the requester's word."""
    assumed = {**fresh.learnt.get(ASSUMED, {}), **before.learnt.get(ASSUMED, {})}
    return {**fresh.learnt, **before.learnt, **({ASSUMED: assumed} if assumed else {})}


def _words(lines: Sequence[Line], calls: Sequence[Call]) -> Iterator[Source]:
    """What the requester wrote, and with their clicks."""
    yield from (Source(Kind.OWN, text=line.text) for line in lines if line.role == "requester")
    yield from (Source(Kind.OWN, text=call.purpose) for call in calls if call.purpose)


def _needs(plans: Sequence[Plan]) -> Iterator[Source]:
    """What runbooks have read in the requester's words, and what they chose by a button or in a form."""
    said = [text for plan in plans for _, value in own_needs(plan) for _, text in leaves(value)]
    yield Source(Kind.OWN, values=frozenset(map(whole, said)))


def own_needs(plan: Plan) -> Iterator[tuple[str, Any]]:
    """What the requester has said of the plan's needs, without what a model has read into their words."""
    return ((name, value) for name, value in plan.needs.items() if name not in plan.learnt or plan.learnt[name] != value)


def _identity(who: Principal) -> Iterator[Source]:
    said = (who.id, who.slack_id, f"<@{who.slack_id}>", who.name, who.email, who.manager, who.department)
    yield Source(Kind.IDENTITY, values=frozenset(whole(one) for one in said if one))


async def _called(tool: Tool[Any], args: Arguments, name: str) -> Sequence[str]:
    try:
        return await tool.called(args, name)
    except ToolError:
        return ()
    except Exception:
        log.exception("names could not be looked up", tool=tool.name, argument=name)
        return ()


def leaves_by_key(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """(keys with dots, text) of all that a result holds; lists add nothing to the path."""
    return _strings(value, path, frozenset())


def _strings(value: Any, path: str, without: frozenset[str]) -> Iterator[tuple[str, str]]:
    match value:
        case Mapping():
            for key, one in value.items():
                if key not in without:
                    yield from _strings(one, f"{path}.{key}" if path else str(key), without)
        case list() | tuple():
            for one in value:
                yield from _strings(one, path, without)
        case None | bool():
            return
        case _:
            yield path, str(value)


def _loose(text: str) -> bool:
    """Whether it is more than a word: no single word tells anybody what to do."""
    return len(text.split(None, 2)) > 1
