"""When a case counts as resolved, and what came of it otherwise. The one place of these definitions.

*Verified*: every change's check passed; where nothing was to change, a runbook that was found for the requester's words looked.
*Confirmed*: the requester said so. *Answered*: nothing was to change and the requester has not said whether it helped; after the
time for an answer that is *silent*, which is neither. *Handed over*: people have it, also where a ticket or a page was all that was
changed. *Abandoned*: it waited for the requester's word, and none came. Denied, expired, frozen or partly done is not resolved.
Of several plans each has its outcome, and the case has the worst.

What the figures make of it over time (reopened, both verified and confirmed) is in `bot.report.figures`; docs/resolution.md says
it all.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from bot.domain import Call, CallState, CaseState, Plan, PlanState, Resolution

NOTHING_CHANGED = frozenset(
    {
        CallState.SUPERSEDED,
        CallState.CANCELLED,
        CallState.DENIED,
        CallState.WITHDRAWN,
        CallState.EXPIRED,
        CallState.FAILED,
        CallState.FROZEN,
        CallState.HANDED_OVER,
    }
)
"""A change that ended so altered nothing: in a plan that is done it was a try that something else took the place of."""
SEVERITY = list(Resolution)
"""From best to worst, as the enum lists them."""

RESOLVED = frozenset({Resolution.VERIFIED, Resolution.CONFIRMED})
"""What "resolved" means in every figure; never silence."""

UNSOLVED = frozenset({Resolution.ABANDONED, Resolution.DENIED, Resolution.EXPIRED, Resolution.FROZEN, Resolution.FAILED})
"""What a plan came to that was not done; beside one that was done the case is *partly*."""

GIVES_TO_PEOPLE = frozenset({"create_ticket", "page_on_call"})
"""Changes that only tell people of it."""

REOPENED_WITHIN = timedelta(days=7)
"""Coming back about the same thing within this time means that it was not solved."""


def only_told_people(tools: Iterable[str]) -> bool:
    """Whether these changes are tickets and pages and nothing else; no change at all is not."""
    changed = set(tools)
    return bool(changed) and changed <= GIVES_TO_PEOPLE


def of_plan(plan: Plan, calls: Sequence[Call]) -> Resolution | None:
    """What came of one plan; None while it is open."""
    match plan.state:
        case PlanState.RUNNING | PlanState.ASKING | PlanState.WAITING | PlanState.PAUSED:
            return None
        case PlanState.DONE:
            mine = [call for call in calls if call.plan == plan.id]
            changes = [call for call in mine if call.effect == "change" and call.state not in NOTHING_CHANGED]
            if not changes:
                return Resolution.VERIFIED if plan.runbook and plan.score and mine else Resolution.ANSWERED
            if only_told_people(call.tool for call in changes):
                return Resolution.HANDED_OVER
            return Resolution.VERIFIED if all(c.state.shown for c in changes) else Resolution.FAILED
        case PlanState.PARTLY:
            return Resolution.PARTLY
        case PlanState.WITHDRAWN:
            return Resolution.WITHDRAWN
        case PlanState.ABANDONED:
            return Resolution.ABANDONED
        case PlanState.DENIED:
            return Resolution.DENIED
        case PlanState.EXPIRED:
            return Resolution.EXPIRED
        case PlanState.FROZEN:
            return Resolution.FROZEN
        case PlanState.FAILED:
            return Resolution.FAILED
        case PlanState.HANDED_OVER:
            return Resolution.HANDED_OVER


def of_case(plans: Sequence[Plan], calls: Sequence[Call]) -> Resolution | None:
    """The worst of its plans; None while one is open. Some done and some not is *partly* (hand-over stays hand-over)."""
    outcomes = [of_plan(plan, calls) for plan in plans]
    closed = [outcome for outcome in outcomes if outcome is not None]
    if not closed or len(closed) < len(outcomes):
        return None
    lasting = [outcome for outcome in closed if outcome is not Resolution.WITHDRAWN] or closed
    worst = max(lasting, key=SEVERITY.index)
    some = {Resolution.VERIFIED, Resolution.ANSWERED, Resolution.CONFIRMED, Resolution.PARTLY}
    if worst in UNSOLVED and some & set(lasting):
        return Resolution.PARTLY
    return worst


def state_of(outcome: Resolution | None, plans: Sequence[Plan]) -> CaseState:
    """Where the case stands with this outcome."""
    match outcome:
        case None:
            waits = any(plan.state is PlanState.ASKING or plan.state.held_up for plan in plans)
            return CaseState.WAITING if waits else CaseState.WORKING
        case Resolution.VERIFIED | Resolution.ANSWERED:
            return CaseState.RESOLVED
        case Resolution.HANDED_OVER:
            return CaseState.HANDED_OVER
        case _:
            return CaseState.CLOSED
