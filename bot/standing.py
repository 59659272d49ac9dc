"""How somebody's requests stand, in words: what waits, for whom, and what people have."""

from bot import belonging, homewording, wording
from bot.domain import ApprovalState, Case, CaseState, Event, PlanState
from bot.house import House
from bot.ports import Work

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
    if case.state is CaseState.HANDED_OVER:
        return homewording.with_ticket(case.ticket)
    asking = next((plan for plan in await work.plans(case.id) if plan.state is PlanState.ASKING), None)
    if asking is not None:
        return homewording.waits_for_answer(asking.reason)
    asked = []
    for approval in await work.approvals(case.id):
        call = await work.call(approval.call)
        if approval.state is ApprovalState.WAITING and call is not None:
            asked.append((approval, call))
    return homewording.waits_for(asked)


def _short(title: str, most: int = 60) -> str:
    line = " ".join(title.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
