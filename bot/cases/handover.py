"""A case that Deskhand cannot finish goes to people: a ticket with everything that was learned, and the person on call is paged.

Both are tool calls of Deskhand itself through the one door, so they are gated, verified and in the ledger like everything else.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from bot.calls.passage import Pass
from bot.cases import reports
from bot.cases.house import House
from bot.consent import ApprovalState
from bot.domain import SYSTEM, CallState, Case, CaseState, Plan, PlanState, Post, PostKind, Resolution, ToolCall
from bot.runbooks import requests
from bot.words import wording
from tools.contract import Person

UNDONE = (PlanState.FAILED, PlanState.EXPIRED, PlanState.DENIED, PlanState.FROZEN, PlanState.PARTLY)
MOST = 4_000
"""Letters of a comment; what is longer stands in the case."""


@dataclass(frozen=True, slots=True)
class Paged:
    """What a page tells."""

    ticket: str
    title: str
    schedule: str
    why: str


class HandOver:
    """Gives a case to people, once."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def give(self, case: Case, thread: str, why: str, key: str, plans: list[Plan]) -> None:
        """Ticket (a comment where the case has an open one), page, word to the requester.

        `plans` are those that are handed over; they and what waits for them end.
        """
        house = self._house
        why = why if why.endswith((".", "!", "?", "”")) else f"{why}."
        async with house.work() as work:
            everything, calls = await work.plans(case.id), await work.calls(case.id)
            case = await work.case(case.id) or case
            words = [line.text for line in await work.transcript(case.id) if line.role == "requester"]
        schedule, notes = await self._schedule(plans or everything), self._notes(everything)
        who = (await house.facts.names([case.requester])).get(case.requester, case.requester)
        title = f"{plans[0].title if plans and plans[0].title else 'Request'}: {who}"
        mark = f"handover:{key}"
        turn = Pass(dataclasses.replace(case, slack_id=""), SYSTEM)
        ticket = None
        if case.ticket and not any(call.call == f"{mark}:ticket" for call in calls):
            text = f"{title}. {why}\n\n{reports.learned(case, who, plans or everything, calls, words, notes)}"
            ask = ToolCall(f"{mark}:comment", "comment_ticket", {"ticket": case.ticket, "text": text[:MOST]})
            ticket = await house.executor.execute(ask, turn)
        added = ticket is not None and ticket.state is CallState.VERIFIED
        if ticket is None or not added:  # the first of the case, or its ticket is closed
            learned = reports.learned(case, who, everything, calls, words, notes)
            ticket = await house.executor.execute(
                ToolCall(f"{mark}:ticket", "create_ticket", {"user": case.requester, "title": title[:150], "text": learned}), turn
            )
        number = str((ticket.result or {}).get("ticket", ""))
        pages: list[Post] = []
        if ticket.state is CallState.VERIFIED:
            text = f"{number}: {title}. {why}"
            page = await house.executor.execute(
                ToolCall(f"{mark}:page", "page_on_call", {"schedule": schedule, "text": text}), turn
            )
            handles = [str(handle) for handle in (page.result or {}).get("people", ())] if page.state is CallState.VERIFIED else []
            reached = await self._reached(handles)
            if handles:
                pages = self._pages(case, key, reached, Paged(number, title, schedule, why))
            said = wording.handed_over(
                number, [one.name for one in reached], why, added=added, unreached=bool(handles) and not reached
            )
        else:
            said = wording.not_handed_over(case.id, why)
        await self._write(case, thread, key, plans, number, said, pages)

    def _pages(self, case: Case, key: str, people: Sequence[Person], page: Paged) -> list[Post]:
        """A card to each who was paged, and one to the channel for cards."""
        content = {"text": wording.paged(page.ticket, page.title, case.id, page.schedule, page.why)}
        made = [
            Post(f"page:{case.id}:{key}:{one.handle}", PostKind.NOTE, content, person=one.slack_id, case=case.id) for one in people
        ]
        if channel := self._house.oncall_channel:
            names = [one.name for one in people]
            text = wording.paged_there(names, page.ticket, page.title, case.id, page.schedule)
            made.append(Post(f"page:{case.id}:{key}", PostKind.NOTE, {"text": text}, channel=channel, case=case.id))
        return made

    async def _write(
        self, case: Case, thread: str, key: str, plans: list[Plan], number: str, said: str, pages: Sequence[Post]
    ) -> None:
        house = self._house
        requester = await house.facts.principal(case.slack_id, case.team)
        names = await house.approvals.voters(case.id)
        async with house.work() as work:
            given = {plan.id for plan in plans}
            all_of_it = not any(plan.state.open for plan in await work.plans(case.id) if plan.id not in given)
            ended = None if all_of_it else given
            await house.approvals.end_all(work, case, ended, ApprovalState.HANDED_OVER, requester, names)
            for plan in plans:
                if plan.state.open or plan.state in UNDONE or (plan.state is PlanState.DONE and not plan.runbook):
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
            for page in pages:
                await work.put(page)
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

    async def _schedule(self, plans: Sequence[Plan]) -> str:
        """Who is on call for the runbook that was followed, else for the nearest one, else for everything else."""
        runbooks, known = self._house.runbooks, [plan.runbook for plan in plans if plan.runbook]
        near = [] if known else [one.runbook for plan in plans for one in await requests.near(plan.words, self._house.knowledge, 1)]
        schedules = (runbooks[one].runbook.hand_over for one in (*known, *near) if one in runbooks)
        return next(filter(None, schedules), self._house.oncall_schedule)

    def _notes(self, plans: list[Plan]) -> dict[str, str]:
        """What runbooks have for whoever takes the case over; that one is past its review is said with it."""
        today, notes = self._house.clock.now().date(), {}
        for plan in plans:
            if (bound := self._house.runbooks.get(plan.runbook)) is not None:
                due = bound.runbook.review_due
                late = wording.review_overdue(due) if due < today else ""
                notes[plan.runbook] = "\n".join(part for part in (late, bound.runbook.for_engineer) if part)
        return notes

    async def _reached(self, handles: Sequence[str]) -> list[Person]:
        """Those of them whom a direct message reaches."""
        people = [await self._house.directory.person(handle) for handle in handles]
        return [person for person in people if person is not None and await self._house.facts.reaches(person)]
