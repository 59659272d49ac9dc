"""Figures over a book of cases, as the definitions of `bot.report.resolution` have it. Pure: rows in, a report out.

Every share is given with the count and the denominator that it is made of. What a case came to is exactly one of `Came`, so that
the shares of a group sum to one; that a case was reopened is told beside it.
"""

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise, zip_longest
from math import ceil
from statistics import median

from bot.consent import ApprovalState
from bot.domain import CaseState, Resolution
from bot.report.resolution import REOPENED_WITHIN, only_told_people

FEW = 20
"""Fewer cases than this say little; the report says so."""


class Came(StrEnum):
    """What a case came to, as the report counts it."""

    VERIFIED_AND_CONFIRMED = "verified_and_confirmed"
    VERIFIED = "verified"
    CONFIRMED = "confirmed"
    ANSWERED = "answered"
    SILENT = "silent"
    HANDED_OVER = "handed_over"
    ABANDONED = "abandoned"
    WITHDRAWN = "withdrawn"
    PARTLY = "partly"
    DENIED = "denied"
    EXPIRED = "expired"
    FROZEN = "frozen"
    FAILED = "failed"
    OPEN = "open"


MEANINGS = {
    Came.VERIFIED_AND_CONFIRMED: "Every change was read back and held, and the requester said that it helped.",
    Came.VERIFIED: "Every change was read back and held; the requester has not said anything.",
    Came.CONFIRMED: "The requester said that it helped; there was no change to read back.",
    Came.ANSWERED: "An answer was given and nothing was to change; the time for the requester's word is not over.",
    Came.SILENT: "An answer was given, and the requester never said whether it helped.",
    Came.HANDED_OVER: "People have it; also when a ticket or a page was all that was changed.",
    Came.ABANDONED: "It waited for the requester's word, and none came.",
    Came.WITHDRAWN: "The requester no longer wanted it.",
    Came.PARTLY: "Some of it was done, some was not.",
    Came.DENIED: "The policy or a person said no.",
    Came.EXPIRED: "Nobody who may answer did so in time.",
    Came.FROZEN: "A freeze stopped it.",
    Came.FAILED: "It was tried and did not hold.",
    Came.OPEN: "It is still going on.",
}
RESOLVED = frozenset({Came.VERIFIED_AND_CONFIRMED, Came.VERIFIED, Came.CONFIRMED})
"""What "resolved" means in every figure; never silence."""


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class StateRow:
    """A state that a case came to."""

    state: str
    outcome: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What is looked at of one case. `states` are in their order; `runbooks` one for each plan, and `about` the ids of what it was
    to be about; `changes` the tools that changed something; `feedback` the requester's answers in their order; of the times that a
    model was asked (`model_calls`) so many gave an answer.
    """

    id: str
    kind: str
    requester: str
    opened: datetime
    outcome: str | None
    state: str
    states: tuple[StateRow, ...] = ()
    runbooks: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    feedback: tuple[str, ...] = ()
    model_calls: int = 0
    model_answers: int = 0
    tokens: int = 0
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class ApprovalFacts:
    """One approval: `roles` are those that could answer at the tier at which it ended."""

    state: str
    roles: tuple[str, ...]
    asked: datetime
    ended: datetime | None = None


@dataclass(frozen=True, slots=True)
class ObservedFacts:
    """A call that the observed policies would have had otherwise: the decision that was made, and theirs (permit | deny)."""

    at: datetime
    policies: tuple[str, ...]
    decision: str
    theirs: str


# ── the report ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Share:
    """A count of a denominator. `share` is None where there is nothing to divide by."""

    count: int
    of: int
    share: float | None


@dataclass(frozen=True, slots=True)
class Spread:
    """Seconds of `count` things; None where there are none. The p90 is the nearest rank."""

    count: int
    median: float | None
    p90: float | None


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of some cases. Of the cases that are `closed` (not open any more) so many were `resolved`."""

    name: str
    cases: int
    few: bool
    outcomes: dict[str, Share]
    resolved: Share
    reopened: Share  # of those that were resolved once
    lasting: Share  # resolved and not reopened, of the closed
    seconds: Spread  # from opened to first resolved
    feedback: dict[str, Share]


@dataclass(frozen=True, slots=True)
class ApprovalFigures:
    """`answered_by`: a role, or several that could have answered, never a person."""

    asked: int
    states: dict[str, Share]
    answered_by: dict[str, Share]
    seconds: Spread  # from asked to answered
    expired: Share


@dataclass(frozen=True, slots=True)
class ModelFigures:
    calls: int
    tokens: int
    cost: float
    cost_per_case: float | None
    without: Share  # cases in which no model answered


@dataclass(frozen=True, slots=True)
class ObservedFigures:
    """Of one policy that is only observed: how many calls it would have denied, opened, or asked something more for."""

    policy: str
    denied: int
    opened: int
    asked: int


@dataclass(frozen=True, slots=True)
class Report:
    """Everything, for the cases that were opened in [since, until)."""

    since: datetime
    until: datetime
    whole: Group
    by_category: tuple[Group, ...]
    by_runbook: tuple[Group, ...]
    approvals: ApprovalFigures
    model: ModelFigures
    observed: tuple[ObservedFigures, ...] = ()


def report(
    cases: Sequence[CaseFacts],
    approvals: Sequence[ApprovalFacts],
    observed: Sequence[ObservedFacts] = (),
    *,
    since: datetime,
    until: datetime,
) -> Report:
    """`cases` may hold others than those of the time span: what came later about the same thing is looked for in all of them."""
    back = came_back(cases)
    chosen = [case for case in cases if since <= case.opened < until]
    asked = [approval for approval in approvals if since <= approval.asked < until]

    def groups(names: Callable[[CaseFacts], Iterable[str]]) -> tuple[Group, ...]:
        found = Counter(name for case in chosen for name in dict.fromkeys(names(case)))
        return tuple(_group(name, [case for case in chosen if name in names(case)], back) for name, _ in found.most_common())

    return Report(
        since=since,
        until=until,
        whole=_group("all", chosen, back),
        by_category=groups(lambda case: (case.kind,)),
        by_runbook=groups(lambda case: [runbook or "(none fits)" for runbook in case.runbooks] or ["(none)"]),
        approvals=_approvals(asked),
        model=_model(chosen),
        observed=_observed([one for one in observed if since <= one.at < until]),
    )


def came_to(case: CaseFacts) -> Came:
    """The one thing that the case came to."""
    outcome = Resolution(case.outcome) if case.outcome else None
    if outcome is None or CaseState(case.state) in (CaseState.OPEN, CaseState.WORKING, CaseState.WAITING, CaseState.REOPENED):
        return Came.OPEN
    if outcome in (Resolution.VERIFIED, Resolution.CONFIRMED) and only_told_people(case.changes):
        return Came.HANDED_OVER
    if outcome is Resolution.CONFIRMED:
        verified = any(row.outcome == str(Resolution.VERIFIED) for row in case.states)
        return Came.VERIFIED_AND_CONFIRMED if verified else Came.CONFIRMED
    return Came(str(outcome))


def resolved_at(case: CaseFacts) -> datetime | None:
    """When the case first was verified or confirmed; None when it never was, or only told people of it."""
    if only_told_people(case.changes):
        return None
    good = (str(Resolution.VERIFIED), str(Resolution.CONFIRMED))
    return next((row.at for row in case.states if row.outcome in good), None)


def came_back(cases: Sequence[CaseFacts]) -> frozenset[str]:
    """The cases whose requester came back about the same thing: said "not yet", or asked for it again within the time."""
    found = {case.id for case in cases if "not_yet" in case.feedback or _went_on(case)}
    of_one = sorted(cases, key=lambda case: (case.requester, case.opened))
    for case in of_one:
        done = resolved_at(case)
        if done is None:
            continue
        same = set(_things(case))
        if any(
            other.requester == case.requester
            and other.id != case.id
            and done < other.opened <= done + REOPENED_WITHIN
            and same & set(_things(other))
            for other in of_one
        ):
            found.add(case.id)
    return frozenset(found)


def _things(case: CaseFacts) -> list[tuple[str, str]]:
    """What the case was about, for each plan that a runbook fits: the same runbook for another account is another thing."""
    return [pair for pair in zip_longest(case.runbooks, case.about[: len(case.runbooks)], fillvalue="") if pair[0]]


def _went_on(case: CaseFacts) -> bool:
    """Resolved, and within the time at work once more on a thing that had been in it already."""
    done = resolved_at(case)
    twice = any(count > 1 for count in Counter(_things(case)).values())
    again = (CaseState.REOPENED, CaseState.WORKING, CaseState.WAITING)
    return bool(
        done
        and twice
        and any(
            before.at >= done and after.state in again and after.at - done <= REOPENED_WITHIN
            for before, after in pairwise(case.states)
        )
    )


def _group(name: str, cases: Sequence[CaseFacts], back: frozenset[str]) -> Group:
    came = {case.id: came_to(case) for case in cases}
    counts = Counter(came.values())
    closed = len(cases) - counts[Came.OPEN]
    resolved = [case for case in cases if came[case.id] in RESOLVED]
    once = [case for case in cases if resolved_at(case) is not None]
    times = [(done - case.opened).total_seconds() for case in cases if (done := resolved_at(case)) is not None]
    said = Counter(case.feedback[-1] if case.feedback else "none" for case in cases)
    return Group(
        name=name,
        cases=len(cases),
        few=len(cases) < FEW,
        outcomes={str(one): _share(counts[one], len(cases)) for one in Came},
        resolved=_share(len(resolved), closed),
        reopened=_share(sum(case.id in back for case in once), len(once)),
        lasting=_share(sum(case.id not in back for case in resolved), closed),
        seconds=_spread(times),
        feedback={answer: _share(said[answer], len(cases)) for answer in ("yes", "not_yet", "none")},
    )


def _approvals(asked: Sequence[ApprovalFacts]) -> ApprovalFigures:
    states = Counter(approval.state for approval in asked)
    answers = (str(ApprovalState.APPROVED), str(ApprovalState.USED), str(ApprovalState.DENIED))
    answered = [approval for approval in asked if approval.state in answers]
    roles = Counter(" or ".join(approval.roles) or "(no role)" for approval in answered)
    return ApprovalFigures(
        asked=len(asked),
        states={str(state): _share(states[str(state)], len(asked)) for state in ApprovalState},
        answered_by={role: _share(count, len(answered)) for role, count in roles.most_common()},
        seconds=_spread([(one.ended - one.asked).total_seconds() for one in answered if one.ended is not None]),
        expired=_share(states[str(ApprovalState.EXPIRED)], len(asked)),
    )


def _model(cases: Sequence[CaseFacts]) -> ModelFigures:
    cost = sum(case.cost for case in cases)
    return ModelFigures(
        calls=sum(case.model_calls for case in cases),
        tokens=sum(case.tokens for case in cases),
        cost=cost,
        cost_per_case=cost / len(cases) if cases else None,
        without=_share(sum(case.model_answers == 0 for case in cases), len(cases)),
    )


def _observed(calls: Sequence[ObservedFacts]) -> tuple[ObservedFigures, ...]:
    """Those that would have changed most come first."""
    made: dict[str, Counter[str]] = {}
    for call in calls:
        what = "asked" if call.theirs == call.decision else "denied" if call.theirs == "deny" else "opened"
        for policy in call.policies:
            made.setdefault(policy, Counter())[what] += 1
    most = sorted(made.items(), key=lambda one: (-one[1].total(), one[0]))
    return tuple(ObservedFigures(policy, found["denied"], found["opened"], found["asked"]) for policy, found in most)


def _share(count: int, of: int) -> Share:
    return Share(count, of, count / of if of else None)


def _spread(seconds: Sequence[float]) -> Spread:
    """Times before the opening (a clock that was turned back) count as none at all."""
    ordered = sorted(max(0.0, one) for one in seconds)
    if not ordered:
        return Spread(0, None, None)
    return Spread(len(ordered), median(ordered), ordered[ceil(0.9 * len(ordered)) - 1])


def as_json(found: Report) -> dict[str, object]:
    """The report as JSON: times in ISO 8601, spans in seconds, shares between 0 and 1."""
    plain = dataclasses.asdict(found)
    return {
        **plain,
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "meanings": {str(k): v for k, v in MEANINGS.items()},
    }


def last_days(now: datetime, days: int) -> tuple[datetime, datetime]:
    """The time span of a report: this moment belongs to it."""
    return now - timedelta(days=days), now + timedelta(seconds=1)
