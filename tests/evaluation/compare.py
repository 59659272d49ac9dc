"""Holds a result against an earlier one, over the scenarios that both have. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.evaluation.score import Figures, Result, Runner, Scene, figures


@dataclass(frozen=True, slots=True)
class Shift:
    """A scenario that was always solved and is not, or the other way about."""

    scenario: str
    before: str  # "4/4"
    now: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Of one runner. `before` and `now` are the figures of the scenarios that both results have."""

    runner: str
    before: Figures
    now: Figures
    newly_fails: Sequence[Shift]
    newly_passes: Sequence[Shift]
    added: Sequence[str]
    gone: Sequence[str]

    @property
    def empty(self) -> bool:
        """Nothing in common to compare."""
        return not self.now.scenarios


@dataclass(frozen=True, slots=True)
class Comparison:
    """`earlier` says which result is meant: its date, version and machine."""

    earlier: str
    differences: Sequence[Difference]


def compare(now: Result, before: Result) -> Comparison:
    """Runners that both have, in the order of the newer."""
    both = [name for name in now.runners if name in before.runners]
    return Comparison(
        f"{before.date}, version {before.version}, {before.machine}",
        [_difference(name, now.runners[name], before.runners[name]) for name in both],
    )


def _difference(name: str, now: Runner, before: Runner) -> Difference:
    new, old = ({scene.name: scene for scene in one.scenarios} for one in (now, before))
    both = [(old[name], new[name]) for name in new if name in old]
    return Difference(
        name,
        figures([one for one, _ in both]),
        figures([one for _, one in both]),
        [_shift(one, other) for one, other in both if one.always and not other.always],
        [_shift(one, other) for one, other in both if other.always and not one.always],
        [name for name in new if name not in old],
        [name for name in old if name not in new],
    )


def _shift(before: Scene, now: Scene) -> Shift:
    return Shift(now.name, *(f"{scene.solved}/{len(scene.plays)}" for scene in (before, now)))
