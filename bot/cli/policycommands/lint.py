"""`policy lint`: what is allowed in a policy and hardly meant. No I/O."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.cli.policycommands.generated import MOST, questions
from bot.domain import Membership
from bot.errors import ExpressionError
from bot.gate.model import Policy, PolicySet, Role, membership
from bot.obligations import Obligation

OLD = timedelta(days=30)
"""How long a policy is only observed before somebody should decide."""
LEAVES = 10
"""Of a policy's roles; beyond it nobody tries every way in which they may be held."""


@dataclass(frozen=True, slots=True)
class Remark:
    """`kind`: never-matches | past | shadowed | nobody-may | observed | duplicate | looks | unsaid | nobody-to-ask |
    unknown-person.
    """

    file: str
    line: int
    id: str
    message: str
    kind: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def lint(policies: PolicySet, now: datetime) -> list[Remark]:
    """What can be told from the policy alone, in its order."""
    found: list[Remark] = []
    for policy in policies.policies:
        found += _never(policies, policy, now)
        found += _shadowed(policies, policy)
        found += _old(policy, now)
        found += _duplicate(policies, policy)
        found += _looks(policies, policy)
        found += _unsaid(policy)
    return [*found, *_nobody(policies)]


def _remark(policy: Policy, kind: str, message: str) -> Remark:
    return Remark(policy.file, policy.line, policy.id, f'policy "{policy.id}": {message}', kind)


# ── it can never match ───────────────────────────────────────────────────────────────────────────────────────────────


def _never(policies: PolicySet, policy: Policy, now: datetime) -> Iterator[Remark]:
    if not policy.tools:
        yield _remark(policy, "never-matches", f"no tool has {policy.selected}, so it matches nothing")
        return
    if policy.roles and not any(map(holdable, policy.roles)):
        names = ", ".join(role.name for role in policy.roles)
        yield _remark(policy, "never-matches", f"nobody can hold {names}: what it is made of excludes itself")
    if policy.condition:
        if not any(_ever(policies, policy, tool, now, None) for tool in policy.tools):
            said = (
                f"`{policy.condition}` was true in none of the questions that were tried (up to {MOST:,}), so it may match nothing"
            )
            yield _remark(policy, "never-matches", said)
        elif not any(_ever(policies, policy, tool, now, now) for tool in policy.tools):
            yield _remark(policy, "past", "its time is over: it matched before today, and matches nothing from now on")


def _ever(policies: PolicySet, policy: Policy, tool: str, now: datetime, since: datetime | None) -> bool:
    """Whether the condition holds for any question that is tried; it counts as held where it cannot be tried."""
    expression = policy.when.get(tool)
    if expression is None or ".matches(" in policy.condition:
        return True
    shape = policies.tools[tool]
    known = {f"tool.{name}": shape[name] for name in ("effect", "system", "reversible")} | {"tool.name": tool}
    args = {} if policy.selected == "*" else shape["args"]
    for values in questions(policy.condition, args, now, since):
        try:
            if expression.evaluate(values | known):
                return True
        except ExpressionError:
            continue
    return False


def holdable(role: Role) -> bool:
    """Whether anybody could hold a role, by what it is made of."""
    leaves = {leaf.key: leaf for leaf in role.leaves()}
    if len(leaves) > LEAVES:
        return True
    answers = itertools.product((Membership.YES, Membership.NO), repeat=len(leaves))
    return any(
        membership(role, known) is Membership.YES
        for known in (dict(zip(leaves, one, strict=True)) for one in answers)
        if _possible(leaves, known)
    )


def _possible(leaves: Mapping[str, Role], known: Mapping[str, Membership]) -> bool:
    """Deskhand itself is nobody else, who holds anything else is a member, and nobody has two departments or titles."""
    held = [leaf for key, leaf in leaves.items() if known[key] is Membership.YES]
    kinds = [leaf.kind for leaf in held]
    if "system" in kinds and len(held) > 1:
        return False
    members = [known[key] for key, leaf in leaves.items() if leaf.kind == "members"]
    if held and "system" not in kinds and Membership.NO in members:
        return False
    return all(kinds.count(kind) <= 1 for kind in ("department", "title"))


# ── it makes no difference ───────────────────────────────────────────────────────────────────────────────────────────


def _shadowed(policies: PolicySet, policy: Policy) -> Iterator[Remark]:
    if policy.effect == "forbid":
        return
    for forbid in policies.policies:
        if forbid.effect != "forbid" or forbid.observe or forbid.condition:
            continue
        tools = [tool for tool in policy.tools if tool in forbid.tools]
        if tools and _as_wide(forbid, policy):
            what = ", ".join(tools) if len(tools) < len(policy.tools) else "whatever it is about"
            yield _remark(policy, "shadowed", f'{what} is always denied by the forbid "{forbid.id}" ({forbid.file}:{forbid.line})')


def _duplicate(policies: PolicySet, policy: Policy) -> Iterator[Remark]:
    """A permit beside another that opens as much and asks for as much. Of two alike the later one is told."""
    if policy.effect != "permit" or policy.observe or not policy.tools:
        return
    before = True
    for other in policies.policies:
        if other is policy:
            before = False
        elif _adds_nothing(policy, other) and (before or not _adds_nothing(other, policy)):
            said = (
                f'the permit "{other.id}" ({other.file}:{other.line}) opens as much and asks for as much; this one changes nothing'
            )
            yield _remark(policy, "duplicate", said)
            return


def _adds_nothing(policy: Policy, other: Policy) -> bool:
    """Whether the other permit matches whenever this one does, and owes all that this one owes."""
    if other.effect != "permit" or other.observe or not set(policy.tools) <= set(other.tools) or not _as_wide(other, policy):
        return False
    same_words = " ".join(other.condition.split()) in ("", " ".join(policy.condition.split()))
    return same_words and set(map(_bare, policy.owes)) <= set(map(_bare, other.owes)) and set(policy.most) <= set(other.most)


def _bare(owed: Obligation) -> str:
    """What is owed, whoever asks for it."""
    return repr({**asdict(owed), "policy": "", "because": ""})


def _as_wide(wide: Policy, narrow: Policy) -> bool:
    """Whether it matches everybody and everywhere that the other matches."""
    if wide.channels and not (narrow.channels and set(narrow.channels) <= set(wide.channels)):
        return False
    if not wide.roles:
        return True
    return bool(narrow.roles) and all(any(_within(role, other) for other in wide.roles) for role in narrow.roles)


def _within(role: Role, other: Role) -> bool:
    """Whether whoever holds the role holds the other, as far as that is plain."""
    return role.key == other.key or (other.kind == "members" and role.kind not in ("system", "not", "any", "all"))


def _looks(policies: PolicySet, policy: Policy) -> Iterator[Remark]:
    """Before something is looked up nothing can be asked for, so whoever asks for anything denies it."""
    looks = [tool for tool in policy.tools if policies.tools[tool]["effect"] != "change"]
    if policy.owes and looks:
        said = f"it asks for something, so it denies {', '.join(looks)}, where things are only looked up; name the changes alone"
        yield _remark(policy, "looks", said)


# ── it was forgotten ─────────────────────────────────────────────────────────────────────────────────────────────────


def _old(policy: Policy, now: datetime) -> Iterator[Remark]:
    if policy.observe and policy.since is not None and now.date() - policy.since > OLD:
        days = (now.date() - policy.since).days
        yield _remark(policy, "observed", f"it is only observed since {policy.since}, for {days} days; enforce it or take it out")


def _unsaid(policy: Policy) -> Iterator[Remark]:
    """Whoever is denied or asked reads the `because`, and nothing else of the policy."""
    if not policy.because and (policy.effect == "forbid" or policy.owes):
        yield _remark(policy, "unsaid", "it says no `because`, which is what people read who are denied or asked")


def _nobody(policies: PolicySet) -> Iterable[Remark]:
    """The changes that nothing permits, and no forbid names, so that nobody seems to have thought of them; all in one remark."""
    forgotten = []
    for tool, shape in policies.tools.items():
        mine = [policy for policy in policies.of(tool) if not policy.observe]
        meant = any(policy.effect == "permit" or (policy.effect == "forbid" and policy.selected != "*") for policy in mine)
        if shape["effect"] == "change" and not meant:
            forgotten.append(tool)
    if forgotten:
        names = ", ".join(forgotten)
        said = f"no policy permits these changes, so nobody may do them: {names}; permit them, or forbid them if that is meant"
        yield Remark(policies.path, 0, "", said, "nobody-may")
