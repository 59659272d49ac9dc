"""How runbooks do: per step how often it was used, failed, left out or overridden, and per runbook what came of it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from bot.domain import UNDO
from bot.runbooks.bound import Bound, BoundStep

GOOD = frozenset({"done", "verified", "taken_over"})
FAILED = frozenset({"failed", "unverified", "unknown", "denied", "expired", "frozen"})
OPEN = frozenset({"running", "asking", "waiting", "paused"})
TWICE = 2


@dataclass(frozen=True, slots=True)
class StepCall:
    """A call of a step; `step` is its key in the plan."""

    step: str
    state: str
    finished: datetime | None


@dataclass(frozen=True, slots=True)
class Departed:
    """What a model did otherwise than the runbook; `step` is empty where it was none. `why`: in the model's own words."""

    step: str
    how: str
    why: str


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """One plan that followed a runbook."""

    runbook: str
    state: str
    times_asked: int
    reopened: bool
    calls: Sequence[StepCall] = ()
    departed: Sequence[Departed] = ()


@dataclass(frozen=True, slots=True)
class StepHealth:
    """`last_verified`: when it last gave what it should."""

    step: str
    title: str
    used: int
    failed: int
    skipped: int
    overridden: int
    taken_back: int
    last_verified: datetime | None


@dataclass(frozen=True, slots=True)
class RunbookHealth:
    """`unfinished`: found, and neither done nor still open. `besides`: calls of a model that were no step of it."""

    runbook: str
    title: str
    owner: str
    review_due: date
    found: int
    done: int
    unfinished: int
    asked_twice: int
    reopened: int
    besides: int
    steps: tuple[StepHealth, ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def health(bounds: Mapping[str, Bound], plans: Iterable[PlanFacts]) -> list[RunbookHealth]:
    """Each runbook that there is, by its id, also those that nobody needed."""
    of_book: dict[str, list[PlanFacts]] = {name: [] for name in sorted(bounds)}
    for plan in plans:
        if plan.runbook in of_book:
            of_book[plan.runbook].append(plan)
    return [_book(bounds[name], mine) for name, mine in of_book.items()]


def _book(bound: Bound, plans: Sequence[PlanFacts]) -> RunbookHealth:
    return RunbookHealth(
        runbook=bound.runbook.id,
        title=bound.runbook.title,
        owner=bound.runbook.owner,
        review_due=bound.runbook.review_due,
        found=len(plans),
        done=sum(plan.state == "done" for plan in plans),
        unfinished=sum(plan.state != "done" and plan.state not in OPEN for plan in plans),
        asked_twice=sum(plan.times_asked >= TWICE for plan in plans),
        reopened=sum(plan.reopened for plan in plans),
        besides=sum(not one.step for plan in plans for one in plan.departed),
        steps=tuple(_step(bound, one, plans) for one in bound.steps),
    )


def _step(bound: Bound, one: BoundStep, plans: Sequence[PlanFacts]) -> StepHealth:
    calls = [[call for call in plan.calls if bound.at(call.step) is one] for plan in plans]
    backs = [call for plan in plans for call in plan.calls if call.step.endswith(UNDO)]
    mine = [call for some in calls for call in some]
    good = [call.finished for call in mine if call.state in GOOD and call.finished]
    return StepHealth(
        step=one.key,
        title=one.title,
        used=sum(bool(some) for some in calls),
        failed=sum(call.state in FAILED for call in mine),
        skipped=sum(not some and plan.state == "done" for some, plan in zip(calls, plans, strict=True)),
        overridden=sum(bound.at(gone.step) is one for plan in plans for gone in plan.departed if gone.step),
        taken_back=sum(bound.at(call.step.removesuffix(UNDO)) is one for call in backs),
        last_verified=max(good, default=None),
    )
