"""Which questions tell policies apart: the values that their conditions and roles name, with those beside them. Pure.

A space has a list of values for each thing that a question may vary in; the first is the ordinary one. What no policy of the tool
looks at does not vary.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.domain import CaseKind, Membership, PersonKind
from bot.expressions import Kind
from bot.gate import Policy, PolicySet, Role
from bot.gate.model import CHANNELS
from bot.gate.owing import span
from bot.policies.answer import asked

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
"""An ordinary moment: a Wednesday at noon."""
ME, OTHER, SAME, ABSENT = "the requester", "somebody else", "the same", "(absent)"
FACT = "resource.facts:"
REQUESTER, COLLEAGUE = "requester", "colleague"
"""The handles of both, where nobody is named."""

PERSONS = ("principal.id", "principal.manager", "beneficiary", "resource.owner")
NAMED = re.compile(
    r"\b(principal\.\w+|beneficiary|resource\.(?:kind|id|label|owner)|args\.\w+|case\.\w+|now)\b"
    r"|\bresource\.facts(?:\.(\w+)|\[\s*['\"]([^'\"]+)['\"]\s*\])"
)
FACT_KEY = re.compile(r"resource\.facts\[\s*['\"][^'\"]+['\"]\s*\]|['\"][^'\"]+['\"]\s+in\s+resource\.facts\b")
TIMED = re.compile(r"(timestamp|duration)\(\s*['\"]([^'\"]+)['\"]\s*\)")
TEXT = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])")
PART_OF_TIME = re.compile(r"\bnow\.get(\w+)\(")

Values = dict[str, list[Any]]
"""By what varies: ``role:oncall:identity``, ``args.user``, ``principal.title``, ``resource.facts:tier``, ``channel``, ``now``."""


@dataclass(frozen=True, slots=True)
class Space:
    """Everything that the questions about a tool may vary in; what does not vary has its ordinary value.

    `own` are values that belong together, those of each policy that is not in all sets, and `under` the same with those of a permit
    that it may show under.
    """

    tool: str
    values: Mapping[str, Sequence[Any]]
    own: Sequence[Values]
    under: Sequence[Values]
    shaped: Mapping[str, Kind]

    def usual(self, name: str) -> Any:
        found = self.values.get(name)
        return found[0] if found else ordinary(name, self.shaped)

    @property
    def size(self) -> int:
        size = 1
        for values in self.values.values():
            size *= len(values)
        return size


def space(tool: str, sets: Sequence[PolicySet]) -> Space:
    """What tells these policy sets apart about a tool, if anything does."""
    every = [policy for one in sets for policy in one.of(tool) if not policy.observe]
    shaped = sets[0].tools[tool]["args"]
    mined = [named(policy, shaped) for policy in every]
    plain = {f"args.{one.argument}": _small(one.most) for policy in every for one in policy.most}
    values: dict[str, list[Any]] = {}
    if sets[0].tools[tool]["effect"] == "change" and len({_untrusted(one) for one in sets}) > 1:
        mined.append({"untrusted": [True]})
    for name, found in sorted(_together(mined).items()):
        usual = [] if name.startswith(FACT) else [plain.get(name, ordinary(name, shaped))]
        values[name] = _distinct([*usual, *found])
    own, permits = _differing(tool, sets, shaped)
    under = [_together([mine, permit]) for mine in own for permit in permits if permit is not mine]
    return Space(tool, values, own, under, shaped)


def ordinary(name: str, shaped: Mapping[str, Kind]) -> Any:
    """The value of what nobody has varied."""
    if name.startswith("role:"):
        return Membership.NO
    if name.startswith("args."):
        return {Kind.STRING: "something", Kind.INT: 0, Kind.DOUBLE: 0.0, Kind.BOOL: False, Kind.LIST: []}.get(
            shaped.get(name.removeprefix("args."), Kind.DYN)
        )
    usual: dict[str, Any] = {
        "principal.id": ME,
        "principal.kind": PersonKind.MEMBER,
        "principal.zone": "UTC",
        "beneficiary": ME,
        "resource.owner": ME,
        "channel": "direct",
        "case.kind": str(CaseKind.SERVICE_REQUEST),
        "case.runbooks": [],
        "untrusted": False,
        "now": NOW,
    }
    return usual.get(name, "")


def named(policy: Policy, shaped: Mapping[str, Kind]) -> Values:
    """What one policy looks at, with the values at which its answer may turn."""
    found: Values = {"principal.kind": [PersonKind.GUEST]} if policy.roles else {}
    for role in policy.roles:
        for leaf in role.leaves():
            _of_leaf(leaf, found)
    if policy.channels:
        found["channel"] = [*CHANNELS, ""]
    for maximum in policy.most:
        found.setdefault(f"args.{maximum.argument}", []).extend(_around(maximum.most))
    if policy.condition:
        for name, values in _condition(policy.condition, shaped).items():
            found.setdefault(name, []).extend(values)
    return found


def _of_leaf(leaf: Role, found: Values) -> None:
    match leaf.kind:
        case "department" | "title":
            found.setdefault(f"principal.{leaf.kind}", []).append(leaf.value)
        case "people":
            found.setdefault("principal.id", []).extend(leaf.value)
        case "system":
            found.setdefault("principal.kind", []).append(PersonKind.SYSTEM)
        case "owner_of":
            found.setdefault("resource.owner", []).extend([OTHER, ""])
        case "manager_of":
            whose = {"beneficiary": "beneficiary", "owner": "resource.owner"}.get(leaf.value)
            if whose is not None:
                found.setdefault(whose, []).extend([OTHER, ""])
                found[f"role:{leaf.key}"] = [Membership.YES, Membership.UNKNOWN]
        case "members":
            pass  # every full member, as anybody is here
        case _:
            found[f"role:{leaf.key}"] = [Membership.YES, Membership.UNKNOWN]


# ── conditions ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _condition(condition: str, shaped: Mapping[str, Kind]) -> Values:
    """Names in a condition, each with all literals of its kind in that condition, and the values beside those."""
    names = {one.group(1) or f"{FACT}{one.group(2) or one.group(3)}" for one in NAMED.finditer(condition)}
    timed = TIMED.findall(condition)
    bare = TIMED.sub("", FACT_KEY.sub("", condition))
    texts = [one.group(1) or one.group(2) or "" for one in TEXT.finditer(bare)]
    numbers = [float(one) if "." in one else int(one) for one in NUMBER.findall(TEXT.sub("", bare))]
    texts = _distinct([near for text in texts for near in (text, f"{text}-x")])
    persons = [ME, OTHER, ""] if names & set(PERSONS) else []
    strings = [*persons, *texts, *([SAME] if len(names) > 1 else [])]
    around = _distinct([near for number in numbers for near in (number - 1, number, number + 1)])
    found: Values = {}
    for name in names:
        values = _values(name, condition, shaped, [*_beside(name, condition), *strings], around, timed)
        if values:
            found["channel" if name == "case.channel" else name] = values
    return found


def _beside(name: str, condition: str) -> list[str]:
    """The texts that a name is compared with, on either side."""
    bare = re.escape(name.removeprefix(FACT))
    right = re.findall(rf"\b{bare}(?:['\"]\])?\s*[=!]=\s*(?:'([^']*)'|\"([^\"]*)\")", condition)
    left = re.findall(rf"(?:'([^']*)'|\"([^\"]*)\")\s*[=!]=\s*[\w.]*\b{bare}\b", condition)
    return [one or other for one, other in (*right, *left)]


def _values(
    name: str, condition: str, shaped: Mapping[str, Kind], strings: list[Any], around: list[Any], timed: list[tuple[str, str]]
) -> list[Any]:
    match name:
        case "now":
            return _moments(condition, around, timed)
        case "principal.kind":
            return list(PersonKind)
        case "principal.zone":
            return ["Europe/Berlin", *strings]
        case "case.channel":
            return [*CHANNELS, ""]
        case "case.kind":
            return [str(kind) for kind in CaseKind]
        case "case.runbooks":
            return _lists(strings)
        case _:
            return _free(name, condition, shaped, strings, around, timed)


def _free(
    name: str, condition: str, shaped: Mapping[str, Kind], strings: list[Any], around: list[Any], timed: list[tuple[str, str]]
) -> list[Any]:
    """Of an argument, a fact, or a text."""
    if name.startswith("args."):
        if re.search(rf"timestamp\(\s*{re.escape(name)}", condition):
            return [moment.isoformat() for moment in _moments(condition, around, timed)]
        match shaped.get(name.removeprefix("args."), Kind.DYN):
            case Kind.INT | Kind.DOUBLE:
                return around
            case Kind.BOOL:
                return [True]
            case Kind.LIST:
                return _lists(strings)
            case Kind.DYN:
                return [*strings, *around]
            case _:
                return strings
    if name.startswith(FACT):
        usual = around[0] if around and not strings else "something"
        return [usual, *strings, *around, True, False, ABSENT]
    return strings


def _moments(condition: str, numbers: Iterable[Any], timed: list[tuple[str, str]]) -> list[datetime]:
    """The edges of what a condition says of the time: written out, or hours, days and months of it."""
    second, found = timedelta(seconds=1), []
    for kind, text in timed:
        edge = datetime.fromisoformat(text) if kind == "timestamp" else NOW + (span(text) or timedelta(hours=1))
        found += [edge - second, edge, edge + second]
    whole = [number for number in numbers if isinstance(number, int) and number >= 0]
    for part in set(PART_OF_TIME.findall(condition)):
        match part:
            case "Hours":
                found += [NOW.replace(hour=number) for number in whole if number < 24]  # noqa: PLR2004 - hours of a day
            case "Minutes":
                found += [NOW.replace(minute=number) for number in whole if number < 60]  # noqa: PLR2004 - minutes of an hour
            case "DayOfWeek":
                found += [NOW + timedelta(days=days) for days in range(7)]
            case "Month":
                found += [NOW.replace(month=number + 1, day=15) for number in whole if number < 12]  # noqa: PLR2004 - from 0
            case "Date" | "DayOfMonth":
                found += [NOW.replace(day=number or 1) for number in whole if number <= 30]  # noqa: PLR2004 - November's days
            case _:  # its years
                found += [NOW.replace(year=number) for number in whole if 1 < number < 9999]  # noqa: PLR2004 - Python's years
    return found


def _lists(strings: Sequence[str]) -> list[Any]:
    return [*([one] for one in strings), list(strings)]


def _small(most: float | timedelta) -> Any:
    """What is allowed, and no edge."""
    return (NOW + timedelta(minutes=1)).isoformat() if isinstance(most, timedelta) else min(most, 0)


def _around(most: float | timedelta) -> list[Any]:
    """What is just allowed, what is just too much, and nothing at all."""
    if isinstance(most, timedelta):
        last = NOW + most
        days: list[date] = [last.date(), last.date() + timedelta(days=1)]
        return [last.isoformat(), (last + timedelta(seconds=1)).isoformat(), *(day.isoformat() for day in days), None]
    return [most, most + 1, None]


# ── what belongs together ────────────────────────────────────────────────────────────────────────────────────────────


def _differing(tool: str, sets: Sequence[PolicySet], shaped: Mapping[str, Kind]) -> tuple[list[Values], list[Values]]:
    """What each policy looks at that not all sets have; what each permit looks at."""
    every = [(policy, signature(policy, one, tool)) for one in sets for policy in one.of(tool) if not policy.observe]
    count = Counter(sign for _, sign in every)
    differing = [named(policy, shaped) for policy, sign in every if count[sign] % len(sets)]
    return differing, [named(policy, shaped) for policy, _ in every if policy.effect == "permit"]


def signature(policy: Policy, of: PolicySet, tool: str) -> tuple[Any, ...]:
    """What a policy does about a tool, whatever it and its roles are called."""
    roles = tuple(sorted(role.key for role in policy.roles))
    owes = tuple((one.kind, one.key) for one in (asked(owed, of.roles) for owed in policy.owes))
    return (policy.effect, roles, policy.channels, policy.condition, owes, policy.most, tool)


def _untrusted(of: PolicySet) -> str:
    """What is owed for a target that the requester did not name, whatever its roles are called."""
    return asked(of.untrusted, of.roles).key if of.untrusted is not None else ""


def _together(found: Iterable[Values]) -> Values:
    whole: Values = {}
    for values in found:
        for name, some in values.items():
            whole.setdefault(name, []).extend(some)
    return {name: _distinct(some) for name, some in whole.items()}


def _distinct(values: Iterable[Any]) -> list[Any]:
    """Each once, in this order; some are lists, and True is not 1."""
    return [*{f"{type(one).__name__}{one!r}": one for one in values}.values()]


def combinations(values: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """Every way to choose one of each."""
    for chosen in itertools.product(*values.values()):
        yield dict(zip(values, chosen, strict=True))
