"""A case that Deskhand cannot finish goes to people: a ticket with everything that was learned, and the person on call is paged.

Both are tool calls of Deskhand itself through the one door, so they are gated, verified and in the ledger like everything else.
"""

import dataclasses

from bot import reports, wording
from bot.domain import (
    SYSTEM,
    ApprovalState,
    CallState,
    Case,
    CaseState,
    Plan,
    PlanState,
    Post,
    PostKind,
    Resolution,
    ToolCall,
)
from bot.house import House
from bot.passage import Pass

DEFAULT_SCHEDULE = "identity"
MOST = 4_000
"""Letters of a comment; what is longer stands in the case."""


class HandOver:
    """Gives a case to people, once."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def give(self, case: Case, thread: str, why: str, key: str, plans: list[Plan]) -> None:
        """Ticket (a comment where the case has an open one), page, word to the requester.

        `plans` are those that are handed over; they and what waits for them end.
        """
        house = self._house
        async with house.work() as work:
            everything, calls = await work.plans(case.id), await work.calls(case.id)
            case = await work.case(case.id) or case
            words = [line.text for line in await work.transcript(case.id) if line.role == "requester"]
        schedule = self._schedule(plans or everything)
        title = f"{plans[0].title if plans and plans[0].title else 'Request'}: {case.requester}"
        mark = f"handover:{key}"
        turn = Pass(dataclasses.replace(case, slack_id=""), SYSTEM)
        ticket = None
        if case.ticket and not any(call.call == f"{mark}:ticket" for call in calls):
            text = f"{title}. {why}\n\n{reports.learned(case, plans or everything, calls, words)}"
            ask = ToolCall(f"{mark}:comment", "comment_ticket", {"ticket": case.ticket, "text": text[:MOST]})
            ticket = await house.executor.execute(ask, turn)
        added = ticket is not None and ticket.state is CallState.VERIFIED
        if ticket is None or not added:  # the first of the case, or its ticket is closed
            learned = reports.learned(case, everything, calls, words)
            ticket = await house.executor.execute(
                ToolCall(f"{mark}:ticket", "create_ticket", {"user": case.requester, "title": title[:150], "text": learned}), turn
            )
        number = str((ticket.result or {}).get("ticket", ""))
        paged: list[str] = []
        if ticket.state is CallState.VERIFIED:
            text = f"{number}: {title}. {why}"
            page = await house.executor.execute(
                ToolCall(f"{mark}:page", "page_on_call", {"schedule": schedule, "text": text}), turn
            )
            if page.state is CallState.VERIFIED:
                paged = await self._names([str(handle) for handle in (page.result or {}).get("people", ())])
            said = wording.handed_over(number, paged, why, added=added)
        else:
            said = wording.not_handed_over(case.id, why)
        await self._write(case, thread, key, plans, number, said)

    async def _write(self, case: Case, thread: str, key: str, plans: list[Plan], number: str, said: str) -> None:
        house = self._house
        requester = await house.facts.principal(case.slack_id, case.team)
        async with house.work() as work:
            for approval in await work.approvals(case.id):
                call = await work.call(approval.call)
                mine = call is not None and any(plan.id == call.plan for plan in plans)
                if call is not None and mine and approval.state is ApprovalState.WAITING:
                    await house.approvals.end(work, approval, ApprovalState.WITHDRAWN, call, case, requester)
            for plan in plans:
                if plan.state.open or plan.state in (PlanState.FAILED, PlanState.EXPIRED, PlanState.DENIED):
                    await work.save_plan(dataclasses.replace(plan, state=PlanState.HANDED_OVER))
            still = [p for p in await work.plans(case.id) if p.state.open]
            state = case.state if still else CaseState.HANDED_OVER
            current = await work.case(case.id) or case
            await work.save_case(
                dataclasses.replace(
                    current,
                    state=state,
                    outcome=current.outcome if still else Resolution.HANDED_OVER,
                    ticket=number or current.ticket,
                    updated=house.clock.now(),
                )
            )
            await work.say(case.id, "bot", said)
            await work.put(
                Post(
                    f"handover:{case.id}:{key}",
                    PostKind.NOTE,
                    {"text": said, "case": case.id, "reference": case.id},
                    channel=case.channel,
                    thread=thread,
                    case=case.id,
                )
            )

    def _schedule(self, plans: list[Plan]) -> str:
        for plan in plans:
            bound = self._house.runbooks.get(plan.runbook)
            if bound is not None and bound.runbook.hand_over:
                return bound.runbook.hand_over
        return DEFAULT_SCHEDULE

    async def _names(self, handles: list[str]) -> list[str]:
        people = [await self._house.directory.person(handle) for handle in handles]
        return [person.name for person in people if person is not None]
