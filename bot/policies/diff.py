"""In what two policies differ: both are asked the same questions, and each difference has one small example. Pure.

Questions are made from what both policies name (`bot.policies.values`): all of them where they are few, else a bounded, seeded
choice that begins with the policies that are not the same in both. So it finds differences; that it finds none is no proof where
the questions were more than were asked, and `whole` says so.
"""

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.domain import Membership, PersonKind, Principal
from bot.gate import PolicySet, Question, Role
from bot.gate.evident import evident
from bot.policies.answer import Answer, Change, answer, change
from bot.policies.values import ABSENT, COLLEAGUE, FACT, ME, OTHER, REQUESTER, SAME, Space, Values, combinations, space

PER_TOOL = 2_000
"""Questions about each tool."""
PER_GROUP = 500
"""Questions about each policy that is not in both, with each permit that it may show under."""

Varied = dict[str, Any]
"""In what a question departs from the ordinary one, by name."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Both answers to one question. `varied` is all that it takes to see it; `count` questions showed the same."""

    tool: str
    varied: Mapping[str, Any]
    old: Answer
    new: Answer
    change: Change
    count: int = 1


@dataclass(slots=True)
class Compared:
    """`asked` questions about `tools`; `whole` where these were all that the policies can tell apart."""

    asked: int = 0
    tools: int = 0
    whole: bool = True
    roles: list[tuple[str, str, str]] = field(default_factory=list)  # name, what it meant, what it means
    differences: list[Difference] = field(default_factory=list)


def compare(old: PolicySet, new: PolicySet, *, per_tool: int = PER_TOOL, seed: int = 0) -> Compared:
    """Ask both; differences by tool, and by what changes."""
    found = Compared()
    for name in sorted(set(old.roles) & set(new.roles)):
        if old.roles[name].key != new.roles[name].key:
            found.roles.append((name, old.roles[name].key, new.roles[name].key))
    for tool in old.tools:
        mine = space(tool, (old, new))
        pair = Pair(old, new, mine)
        found.tools += 1
        found.whole = found.whole and mine.size <= per_tool
        seen: dict[Any, tuple[Varied, int]] = {}
        for varied in _questions(mine, per_tool, random.Random(f"{seed}:{tool}")):  # noqa: S311 - no secret hangs on it
            found.asked += 1
            if (changed := pair.change(varied)) is not None:
                what = _what(changed)
                least, count = seen.get(what, (varied, 0))
                seen[what] = (min(least, varied, key=_oddity), count + 1)
        told = []
        for what, (varied, count) in seen.items():
            smallest = _shrunk(pair, varied, what, mine)
            before, after = pair.answers(smallest)
            if (changed := change(before, after)) is not None:
                told.append(Difference(tool, smallest, before, after, changed, count))
        found.differences += sorted(told, key=lambda one: _oddity(one.varied))
    return found


class Pair:
    """Both policies, asked the same about one tool."""

    def __init__(self, old: PolicySet, new: PolicySet, of: Space) -> None:
        self._old, self._new, self._space = old, new, of
        self._leaves = old.leaves(of.tool) | new.leaves(of.tool)

    def answers(self, varied: Varied) -> tuple[Answer, Answer]:
        asked = question(self._space, self._leaves, varied)
        return answer(self._old, asked), answer(self._new, asked)

    def change(self, varied: Varied) -> Change | None:
        return change(*self.answers(varied))


def _what(changed: Change) -> Any:
    """Differences of which one example is enough."""
    gained, lost = (tuple((one.kind, one.key) for one in some) for some in (changed.gained, changed.lost))
    return changed.kind, gained, lost


def _oddity(varied: Mapping[str, Any]) -> tuple[bool, int]:
    """The least is the plainest to people: nothing in it that nobody can tell, and few departures from the ordinary."""
    return Membership.UNKNOWN in varied.values() or varied.get("channel") == "", len(varied)


def _shrunk(pair: Pair, varied: Varied, what: Any, of: Space) -> Varied:
    """With nothing in it that could be left out, or be a value that comes before."""

    def shows(candidate: Varied) -> bool:
        changed = pair.change(candidate)
        return changed is not None and _what(changed) == what

    left = dict(varied)
    for name in sorted(varied):
        without = {other: value for other, value in left.items() if other != name}
        if shows(without):
            left = without
            continue
        for value in itertools.takewhile(lambda one: repr(one) != repr(varied[name]), of.values[name][1:]):  # noqa: B023
            if shows(left | {name: value}):
                left[name] = value
                break
    return left


def _questions(of: Space, most: int, chance: random.Random) -> Iterator[Varied]:
    """No question twice, `most` at most; all there are where they are no more than that."""
    asked: set[str] = set()
    usual = {name: values[0] for name, values in of.values.items()}

    def candidates() -> Iterator[Varied]:
        if of.size <= most:
            yield from combinations(of.values)
            return
        yield {}
        yield from _in_turns(of, of.own, chance)
        for name, values in of.values.items():
            yield from ({name: value} for value in values[1:])
        yield from _in_turns(of, of.under, chance)
        for _ in range(2 * most):
            names = chance.sample(list(of.values), k=min(len(of.values), chance.randint(2, 6)))
            yield {name: chance.choice(of.values[name]) for name in names}

    for candidate in candidates():
        varied = {name: value for name, value in candidate.items() if value != usual[name] or type(value) is not type(usual[name])}
        key = repr(sorted(varied.items(), key=lambda one: one[0]))
        if key not in asked:
            asked.add(key)
            yield varied
            if len(asked) >= most:
                return


def _in_turns(of: Space, groups: Sequence[Values], chance: random.Random) -> Iterator[Varied]:
    """What belongs together, each group in its turn, so that all have some."""
    turns = [_of_group({name: [of.usual(name), *values] for name, values in group.items()}, chance) for group in groups]
    while turns:
        for turn in list(turns):
            if (varied := next(turn, None)) is None:
                turns.remove(turn)
            else:
                yield varied


def _of_group(values: Mapping[str, list[Any]], chance: random.Random) -> Iterator[Varied]:
    size = 1
    for some in values.values():
        size *= len(some)
    if size <= PER_GROUP:
        yield from combinations(values)
        return
    for _ in range(PER_GROUP):
        # every other value is the ordinary one or the one beside it, which is what the policy names first
        yield {name: chance.choice(some[:2] if chance.random() < 0.5 else some) for name, some in values.items()}  # noqa: PLR2004 - every other


# ── a question ───────────────────────────────────────────────────────────────────────────────────────────────────────


def question(of: Space, leaves: Mapping[str, Role], varied: Mapping[str, Any]) -> Question:
    """The ordinary question about a tool, but for what is varied; roles follow from it where they can.

    `leaves` are the roles that can be looked up, by key.
    """

    def value(name: str) -> Any:
        return varied[name] if name in varied else of.usual(name)

    me = REQUESTER if value("principal.id") in (ME, SAME, "") else str(value("principal.id"))
    persons = {ME: me, OTHER: COLLEAGUE}

    def said(name: str) -> Any:
        found = value(name)
        return [persons.get(one, one) for one in found] if isinstance(found, list) else persons.get(found, found)

    who = Principal(
        id=me,
        kind=PersonKind(value("principal.kind")),
        zone=said("principal.zone") or "UTC",
        **{name: said(f"principal.{name}") for name in ("name", "email", "department", "title", "manager")},
    )
    facts = {name.partition(":")[2]: said(name) for name in of.values if name.startswith(FACT) and value(name) != ABSENT}
    beneficiary, owner = said("beneficiary"), said("resource.owner")
    return Question(
        tool=of.tool,
        args={name: said(f"args.{name}") for name in of.shaped},
        principal=who,
        beneficiary=beneficiary,
        resource={**{name: said(f"resource.{name}") for name in ("kind", "id", "label")}, "owner": owner, "facts": facts},
        roles={
            key: evident(leaf, who, principal=who, beneficiary=beneficiary, owner=owner) or value(f"role:{key}")
            for key, leaf in leaves.items()
        },
        now=value("now"),
        case={"kind": value("case.kind"), "channel": value("channel"), "runbooks": said("case.runbooks")},
        untrusted=["a target"] if value("untrusted") else [],
    )
