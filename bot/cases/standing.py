"""How somebody's requests stand, in words: what waits, for whom, and what people have."""

from collections.abc import Sequence

from bot.cases import belonging
from bot.cases.house import House
from bot.consent import UNANSWERED, Approval
from bot.domain import Call, CallState, Case, CaseState, Event, Plan, PlanState
from bot.ports import Work
from bot.words import homewording, wording

MOST = 5


async def told(house: House, event: Event) -> str:
    """All that is open of this person here, or with people; empty when nothing is."""
    async with house.work() as work:
        mine = await belonging.moved(work, event)
        shown = [case for case in mine if case.state in belonging.OPEN]
        shown += [case for case in mine if case.state is CaseState.HANDED_OVER and case.ticket][:MOST]
        lines = [f"• “{_short(case.title)}”: {await waits(work, case)}" for case in shown]
    return "\n".join([wording.HOW_IT_STANDS, *lines]) if lines else ""


async def waits(work: Work, case: Case) -> str:
    """What a case waits for, and whose it is to go on."""
    found = [(one, await work.call(one.call)) for one in await work.approvals(case.id)]
    return waits_for(case, await work.plans(case.id), [(one, call) for one, call in found if call is not None])


def waits_for(case: Case, plans: Sequence[Plan], approvals: Sequence[tuple[Approval, Call]]) -> str:
    """The same of a case's own plans, and its approvals with the calls that they are about. Pure."""
    if case.state is CaseState.HANDED_OVER:
        return homewording.with_ticket(case.ticket)
    asking = next((plan for plan in plans if plan.state is PlanState.ASKING), None)
    if asking is not None:
        return homewording.waits_for_answer(asking.reason)
    if any(plan.state is PlanState.PAUSED for plan in plans):
        return homewording.waits_until([plan.title for plan in plans if plan.state is PlanState.PAUSED])
    waiting = [(one, call) for one, call in approvals if call.state is CallState.WAITING and one.state in UNANSWERED]
    return homewording.waits_for(waiting)


def _short(title: str, most: int = 60) -> str:
    line = " ".join(title.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
