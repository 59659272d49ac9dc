"""Deciding, beside cedarpy: the same rules in both languages, the same questions, in one run and in turn.

Rules are permits and forbids of one tool, one role and one condition, since what a permit owes has no equal in Cedar. Of 20 rules two
are about each tool, of 200 five, of 2,000 fifty; no question is about a tool without rules. Before anything is timed both engines must
give the same answers.

cedarpy is measured three ways: as its manual shows it first (texts at each call); with its policies parsed once, and the entities of
the question at hand, which is what a bot would do whose facts are new with each question; and with entities parsed beforehand as
well, which leaves out what Deskhand's figure holds, so that it is the best case. Deskhand's question is put together inside the
timed part, from facts that are there. Neither figure holds looking facts up.
"""

import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import cedarpy

from bot.domain import Membership, PersonKind, Principal
from bot.gate import Question, decide, parse
from bot.obligations import Permit
from tests.gate.policy import NOW, TOOLS

SIZES = (20, 200, 2000)
ROLES = ("employee", "it-admin", "oncall", "finance", "engineering")
PEOPLE = {
    "ana": ("employee",),
    "omar": ("employee", "it-admin", "oncall"),
    "lena": ("employee", "finance"),
    "pavel": ("employee", "engineering", "oncall"),
    "gus": (),
}
DEPARTMENTS = ("IT", "Finance", "Engineering", "Marketing")
RISKS = ("low", "medium", "high")
DESKHAND, TEXTS, PARSED, BEST = "Deskhand", "cedarpy, texts", "cedarpy, parsed policies", "cedarpy, parsed policies and entities"
AT_LEAST = 20
"""Questions of the slowest way; it takes a tenth of a second each with 2,000 policies."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; `ours` and `cedars` are its condition in each language."""

    effect: str
    tool: str
    role: str
    ours: str
    cedars: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, as plain facts."""

    tool: str
    who: str
    department: str
    owner: str
    risk: str


@dataclass(frozen=True, slots=True)
class Row:
    """Times are in microseconds; `load` is in milliseconds, of the policies' text."""

    policies: int
    way: str
    a_second: float
    p50: float
    p99: float
    load: float


def rules(size: int, seed: int = 7) -> list[Rule]:
    chance = random.Random(seed)
    tools = _tools(size)
    return [_rule(chance, tools[number % len(tools)]) for number in range(size)]


def _tools(size: int) -> list[str]:
    return sorted(TOOLS)[: size // 2]


def _rule(chance: random.Random, tool: str) -> Rule:
    department, risk = chance.choice(DEPARTMENTS), chance.choice(RISKS)
    ours, cedars = chance.choice(
        (
            ("resource.owner == principal.id", "resource.owner == principal.handle"),
            ("resource.owner != principal.id", "resource.owner != principal.handle"),
            (f"principal.department == '{department}'", f'principal.department == "{department}"'),
            (f"resource.facts.risk == '{risk}'", f'resource.risk == "{risk}"'),
            (
                f"principal.department == '{department}' && resource.facts.risk != '{risk}'",
                f'principal.department == "{department}" && resource.risk != "{risk}"',
            ),
        )
    )
    effect = "forbid" if chance.random() < 0.15 else "permit"
    return Rule(effect, tool, chance.choice(ROLES), ours, cedars)


def questions(count: int, size: int, seed: int = 11) -> list[Asked]:
    chance = random.Random(seed)
    people, tools = sorted(PEOPLE), _tools(size)
    return [
        Asked(chance.choice(tools), chance.choice(people), chance.choice(DEPARTMENTS), chance.choice(people), chance.choice(RISKS))
        for _ in range(count)
    ]


def ours(some: Sequence[Rule]) -> str:
    """The rules as a policy file."""
    head = "version: 1\nroles:\n" + "".join(f"  {role}: {{group: {role}}}\n" for role in ROLES) + "policies:\n"
    return head + "".join(
        f"  - id: rule-{number}\n    because: Rule {number}.\n    tools: [{one.tool}]\n    effect: {one.effect}\n"
        f'    roles: [{one.role}]\n    when: "{one.ours}"\n' + ("    unattended: true\n" if one.effect == "permit" else "")
        for number, one in enumerate(some)
    )


def cedars(some: Sequence[Rule]) -> str:
    """The rules as Cedar's text."""
    return "\n".join(
        f'{one.effect}(principal in Role::"{one.role}", action == Action::"{one.tool}", resource) when {{ {one.cedars} }};'
        for one in some
    )


def question(asked: Asked) -> Question:
    held = PEOPLE[asked.who]
    return Question(
        tool=asked.tool,
        args={},
        principal=Principal(asked.who, asked.who, kind=PersonKind.MEMBER, department=asked.department),
        beneficiary="",
        resource={"kind": "thing", "id": "t", "label": "", "owner": asked.owner, "facts": {"risk": asked.risk}},
        roles={f"group:{role}": Membership.YES if role in held else Membership.NO for role in ROLES},
        now=NOW,
    )


def request(asked: Asked) -> dict[str, Any]:
    uid = {"principal": ("User", asked.who), "action": ("Action", asked.tool), "resource": ("Thing", "t")}
    return {part: {"type": kind, "id": name} for part, (kind, name) in uid.items()} | {"context": {}}


def entities(asked: Asked) -> list[dict[str, Any]]:
    """Who asks with their roles, and what it is about; nothing else."""
    return [
        {
            "uid": {"type": "User", "id": asked.who},
            "attrs": {"handle": asked.who, "department": asked.department},
            "parents": [{"type": "Role", "id": role} for role in PEOPLE[asked.who]],
        },
        {"uid": {"type": "Thing", "id": "t"}, "attrs": {"owner": asked.owner, "risk": asked.risk}, "parents": []},
    ]


def ways(some: Sequence[Rule], every: Sequence[Asked]) -> dict[str, tuple[Callable[[Asked], bool], float]]:
    """Each way of deciding, and how many milliseconds it took to load the rules."""
    text, theirs = ours(some), cedars(some)
    policies, mine = _timed(lambda: parse(text, TOOLS))
    parsed, its = _timed(lambda: cedarpy.PolicySet.from_str(theirs))
    kept = {asked: cedarpy.Entities.from_json_str(json.dumps(entities(asked))) for asked in every}

    def allowed(answer: Any) -> bool:
        return bool(answer.decision == cedarpy.Decision.Allow)

    return {
        DESKHAND: (lambda asked: isinstance(decide(policies, question(asked)), Permit), mine),
        TEXTS: (lambda asked: allowed(cedarpy.is_authorized(request(asked), theirs, entities(asked))), 0),
        PARSED: (lambda asked: allowed(cedarpy.is_authorized(request(asked), parsed, entities(asked))), its),
        BEST: (lambda asked: allowed(cedarpy.is_authorized(request(asked), parsed, kept[asked])), its),
    }


def agree(some: Sequence[Rule], every: Sequence[Asked]) -> int:
    """How many of the questions are permitted. Raises AssertionError where the engines differ."""
    found = ways(some, every)
    answers = [[way(asked) for name, (way, _) in found.items() if name != TEXTS] for asked in every]
    wrong = [asked for asked, given in zip(every, answers, strict=True) if len(set(given)) != 1]
    assert not wrong, wrong[0]
    return sum(given[0] for given in answers)


def measure(sizes: Sequence[int] = SIZES, count: int = 2000) -> list[Row]:
    """Each way in turn, in the same run."""
    rows = []
    for size in sizes:
        some, every = rules(size), questions(count, size)
        agree(some, every[:200])
        for name, (way, load) in ways(some, every).items():
            times = _times(way, every[: max(AT_LEAST, 2000 // size)] if name == TEXTS else every)
            rows.append(
                Row(
                    size,
                    name,
                    1e6 * len(times) / sum(times),
                    statistics.median(times),
                    times[min(len(times) - 1, len(times) * 99 // 100)],
                    load,
                )
            )
    return rows


def _times(way: Callable[[Asked], bool], every: Sequence[Asked]) -> list[float]:
    """Microseconds of each decision, the shortest first; a tenth of them is decided beforehand, to be warm."""
    for asked in every[: len(every) // 10]:
        way(asked)
    times = []
    for asked in every:
        start = time.perf_counter_ns()
        way(asked)
        times.append((time.perf_counter_ns() - start) / 1000)
    return sorted(times)


def _timed(deed: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    done = deed()
    return done, (time.perf_counter() - start) * 1000


def table(rounds: Sequence[Sequence[Row]]) -> str:
    """Markdown: each figure as the median of the rounds, with the least and the most; how many times as fast Deskhand's p50 is."""
    head = "| policies | decided by | a second | p50, µs | p99, µs | load, ms | Deskhand is ahead |\n|---|---|---|---|---|---|---|"
    return "\n".join([head, *map(_line, zip(*map(_beside_ours, rounds), strict=True))])


def _beside_ours(rows: Sequence[Row]) -> list[tuple[Row, Row]]:
    ours = {row.policies: row for row in rows if row.way == DESKHAND}
    return [(row, ours[row.policies]) for row in rows]


def _line(same: Sequence[tuple[Row, Row]]) -> str:
    rows = [row for row, _ in same]
    told = [_told([getattr(row, name) for row in rows]) for name in ("a_second", "p50", "p99", "load")]
    ahead = "–" if rows[0].way == DESKHAND else _told([row.p50 / ours.p50 for row, ours in same], ".1f")
    return f"| {rows[0].policies:,} | {rows[0].way} | {' | '.join(told)} | {ahead} |"


def _told(figures: Sequence[float], how: str = ",.0f") -> str:
    return f"{statistics.median(figures):{how}} ({min(figures):{how}} to {max(figures):{how}})" if any(figures) else "–"


def as_json(rounds: Sequence[Sequence[Row]]) -> str:
    return json.dumps([[asdict(row) for row in rows] for rows in rounds], indent=1)
