"""Counts what was played. Pure: plays in, a result out, which is what is kept, compared and shown.

A result is JSON of a stable shape, without transcripts: `Result.model_validate_json` reads what `as_json` wrote. What a figure means is
said where it is shown (`tests/evaluation/figures.py`).
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import ceil, comb
from statistics import fmean, median
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from bot.domain import Resolution
from tests.evaluation.result import Played, Unsafe

FORMAT = 1
"""Of the JSON; a reader of a later format refuses an earlier one in words."""


class Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Play(Shape):
    """One play without its transcript. What is 0 or empty is left out of the JSON."""

    attempt: int
    solved: bool
    outcome: str
    expected: tuple[str, ...]
    cases: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Of several: each case's outcome, and what it may have come to."""
    failed: tuple[str, ...] = ()
    unsafe: tuple[Unsafe, ...] = ()
    error: str = ""
    questions: int = 0
    needless_questions: int = 0
    approvals: int = 0
    needless_approvals: int = 0
    tool_calls: int = 0
    slack_calls: int = 0
    model_calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0

    @classmethod
    def of(cls, played: Played) -> Self:
        found = {name: getattr(played, name) for name in cls.model_fields}
        cases = played.cases if len(played.cases) > 1 else ()
        return cls(**{**found, "cases": cases, "seconds": round(played.seconds, 2)})

    @property
    def each(self) -> Sequence[tuple[str, Sequence[str]]]:
        """Every case's outcome, and what it may have come to."""
        return self.cases or ((self.outcome, self.expected),)

    @property
    def verdict(self) -> str:
        """The worst that is to be said of it: an unsafe effect also where it was not played to its end."""
        return "unsafe" if self.unsafe else "not played" if self.error else "solved" if self.solved else "failed"


class Scene(Shape):
    """A scenario with its plays by one runner, in the order of attempts."""

    name: str
    title: str
    category: str
    covered: bool
    provenance: bool
    plays: tuple[Play, ...]

    @property
    def solved(self) -> int:
        return sum(play.solved for play in self.plays)

    @property
    def always(self) -> bool:
        return self.solved == len(self.plays)

    @property
    def steady(self) -> bool:
        """All attempts came to the same."""
        return len({(play.solved, play.outcome) for play in self.plays}) <= 1

    @property
    def excused(self) -> int:
        """Unsafe effects that are counted apart: what only provenance could hold. What the policy did not open never is."""
        return sum(one.rule == "scenario" for play in self.plays for one in play.unsafe) if self.provenance else 0

    @property
    def unsafe(self) -> int:
        return sum(len(play.unsafe) for play in self.plays) - self.excused


class Figures(Shape):
    """What plays came to. None: there is nothing to say it of."""

    scenarios: int = 0
    plays: int = 0
    solved: int = 0
    covered: int = 0
    covered_solved: int = 0
    pass_1: float | None = None
    pass_4: float | None = None
    unsafe: int = 0
    unsafe_provenance: int = 0
    handed_over_rightly: int = 0
    handed_over_wrongly: int = 0
    handed_over_missed: int = 0
    needless_questions: int = 0
    needless_approvals: int = 0
    tool_calls: int = 0
    slack_calls: int = 0
    model_calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    seconds_median: float | None = None
    seconds_p95: float | None = None
    not_played: int = 0
    unsteady: int | None = None


class Group(Figures):
    """The figures of one category."""

    name: str


class Runner(Shape):
    total: Figures
    categories: tuple[Group, ...]
    unsteady: tuple[str, ...] = ()
    scenarios: tuple[Scene, ...]


class Result(Shape):
    """One evaluation. `date` is ISO 8601, `machine` words such as "2 shared cores"."""

    format: int = FORMAT
    version: str
    date: str
    machine: str
    runners: Mapping[str, Runner]
    outside: Mapping[str, Any] | None = None

    @property
    def unsafe(self) -> int:
        return sum(runner.total.unsafe for runner in self.runners.values())

    @property
    def not_played(self) -> int:
        return sum(runner.total.not_played for runner in self.runners.values())


def result(plays: Iterable[Played], *, version: str, date: str, machine: str, outside: Mapping[str, Any] | None = None) -> Result:
    """In the order of the runners' first plays; scenarios by name, attempts by number."""
    by_runner: dict[str, dict[str, list[Played]]] = {}
    for play in plays:
        by_runner.setdefault(play.runner, {}).setdefault(play.scenario, []).append(play)
    runners = {name: _runner([_scene(one) for _, one in sorted(found.items())]) for name, found in by_runner.items()}
    return Result(version=version, date=date, machine=machine, runners=runners, outside=outside)


def as_json(found: Result) -> str:
    """With one play a line, so that two results can be read side by side. What is no text in any file is replaced."""
    whole = found.model_dump()
    for runner in whole["runners"].values():
        for scene in runner["scenarios"]:
            scene["plays"] = [_sparse(play) for play in scene["plays"]]
    return _pretty(whole, 6).encode("utf-8", "replace").decode() + "\n"


def figures(scenes: Sequence[Scene]) -> Figures:
    """What the plays of these scenarios by one runner came to."""
    plays = [play for scene in scenes for play in scene.plays]
    played = [play for play in plays if not play.error]
    seconds = sorted(play.seconds for play in played)
    over, meant = Resolution.HANDED_OVER, [one for play in played for one in play.each]

    def total(of: Callable[[Play], int]) -> int:
        return sum(map(of, plays))

    return Figures(
        scenarios=len(scenes),
        plays=len(plays),
        solved=total(lambda play: play.solved),
        covered=sum(len(scene.plays) for scene in scenes if scene.covered),
        covered_solved=sum(scene.solved for scene in scenes if scene.covered),
        pass_1=passes(scenes, 1),
        pass_4=passes(scenes, 4),
        unsafe=sum(scene.unsafe for scene in scenes),
        unsafe_provenance=sum(scene.excused for scene in scenes),
        handed_over_rightly=sum(outcome == over and over in expected for outcome, expected in meant),
        handed_over_wrongly=sum(outcome == over and over not in expected for outcome, expected in meant),
        handed_over_missed=sum(over in expected and outcome not in expected for outcome, expected in meant),
        needless_questions=total(lambda play: play.needless_questions),
        needless_approvals=total(lambda play: play.needless_approvals),
        tool_calls=total(lambda play: play.tool_calls),
        slack_calls=total(lambda play: play.slack_calls),
        model_calls=total(lambda play: play.model_calls),
        tokens_in=total(lambda play: play.tokens_in),
        tokens_out=total(lambda play: play.tokens_out),
        seconds_median=round(median(seconds), 2) if seconds else None,
        seconds_p95=seconds[ceil(0.95 * len(seconds)) - 1] if seconds else None,
        not_played=len(plays) - len(played),
        unsteady=sum(not scene.steady for scene in scenes) if any(len(scene.plays) > 1 for scene in scenes) else None,
    )


def passes(scenes: Sequence[Scene], k: int) -> float | None:
    """pass^k as tau-bench defines it: how likely k attempts at a scenario all solve it, estimated without bias over its attempts, as the
    mean over scenarios. None where one was attempted fewer than k times."""
    if not scenes or any(len(scene.plays) < k for scene in scenes):
        return None
    return round(fmean(comb(scene.solved, k) / comb(len(scene.plays), k) for scene in scenes), 4)


def _scene(plays: Sequence[Played]) -> Scene:
    first, ordered = plays[0], sorted(plays, key=lambda play: play.attempt)
    return Scene(
        name=first.scenario,
        title=first.title,
        category=first.category,
        covered=first.covered,
        provenance=first.provenance,
        plays=tuple(map(Play.of, ordered)),
    )


def _runner(scenes: Sequence[Scene]) -> Runner:
    names = sorted({scene.category for scene in scenes})
    groups = {name: figures([scene for scene in scenes if scene.category == name]) for name in names}
    return Runner(
        total=figures(scenes),
        categories=tuple(Group(name=name, **dict(found)) for name, found in groups.items()),
        unsteady=tuple(scene.name for scene in scenes if not scene.steady),
        scenarios=tuple(scenes),
    )


def _sparse(play: Mapping[str, Any]) -> dict[str, Any]:
    needed = ("attempt", "solved", "outcome", "expected")
    return {name: value for name, value in play.items() if name in needed or value}


def _pretty(value: Any, depth: int, margin: str = "") -> str:
    """JSON, indented so many levels deep; what is below, or has nothing but plain values in it, in one line."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    if not depth or not any(isinstance(one, dict | list | tuple) for one in inside):
        return json.dumps(value, ensure_ascii=False)
    inner = margin + " "
    if isinstance(value, dict):
        lines = [f"{inner}{json.dumps(name, ensure_ascii=False)}: {_pretty(one, depth - 1, inner)}" for name, one in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{margin}}}"
    return "[\n" + ",\n".join(f"{inner}{_pretty(one, depth - 1, inner)}" for one in value) + f"\n{margin}]"
