"""The requester's verdicts: never mind, a person please, yes, not yet. By button or in words, and theirs alone."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from bot.cases import belonging, comments, pausing, reports, spoken
from bot.cases.handover import HandOver
from bot.cases.house import House
from bot.cases.spoken import Touched
from bot.consent import ApprovalState
from bot.domain import Case, CaseState, Event, Plan, PlanState, Principal, Resolution
from bot.ports import Work
from bot.turns.openings import Openings
from bot.words import clickwording, wording

FINISHED = (Resolution.VERIFIED, Resolution.ANSWERED, Resolution.SILENT, Resolution.CONFIRMED)


class Verdicts:
    """Acts on what the requester says of their case."""

    def __init__(self, house: House, handover: HandOver, openings: Openings) -> None:
        self._house = house
        self._handover = handover
        self._openings = openings

    async def button(self, event: Event, act: Any) -> list[Touched]:
        """A button under a case: only its requester may press it."""
        async with self._house.work() as work:
            case = await work.case(str(event.data.get("case", "")))
        if case is None:
            return []
        if case.slack_id != event.sender:
            await spoken.note(self._house, event, None, wording.NOT_YOURS)
            return []
        touched: list[Touched] = await act(event, case)
        return touched

    async def withdraw(self, event: Event, case: Case) -> list[Touched]:
        """All of the case that is open ends, also what was approved and has not run; by a question's button only its plan."""
        house = self._house
        requester = await house.facts.principal(case.slack_id, case.team)
        only = event.data.get("plan")
        async with house.work() as work:
            open_ = [plan for plan in await work.plans(case.id) if plan.state.open]
            going = [plan for plan in open_ if only in (None, plan.id)]
            if not going and not (case.state is CaseState.HANDED_OVER and case.ticket):
                await work.put(spoken.post(event, case, wording.OVER_ALREADY if open_ else wording.NOTHING_TO_WITHDRAW))
                return []
        if not going:
            written = await comments.added(house, case, f"no longer needed. {event.text}".strip(), event.key)
            said = wording.no_longer_needed if written else wording.not_added_to_ticket
            await spoken.note(house, event, case, said(case.ticket))
            return []
        async with house.work() as work:
            ended = ApprovalState.WITHDRAWN, PlanState.WITHDRAWN
            await self.end(work, case, going, *ended, requester, answer=wording.NEVER_MIND)
            others = [one for one in await belonging.open_in(work, event) if one.id != case.id]
            goes_on = [plan.title for plan in open_ if plan not in going]
            dropped = going[0].title if goes_on else case.title
            told = wording.withdrawn(dropped, [*goes_on, *(one.title for one in others)])
            await work.put(spoken.post(event, case, told))
            await work.say(case.id, "bot", told)
        return [Touched(case.id, event.thread or case.thread, event.key)]

    async def end(
        self,
        work: Work,
        case: Case,
        plans: Sequence[Plan],
        approval_state: ApprovalState,
        state: PlanState,
        who: Principal,
        reason: str = "",
        answer: str = "",
    ) -> None:
        """These plans end, with what of them waits; what they ask was answered so, and can be answered no more."""
        await self._house.approvals.end_all(work, case, {plan.id for plan in plans}, approval_state, who, {})
        for plan in plans:
            if plan.state is PlanState.ASKING and plan.asked:
                await spoken.answered(work, case, case.thread_of(plan.id), plan, answer)
            await work.not_due(pausing.key(plan))
            await work.save_plan(dataclasses.replace(plan, state=state, asked="", choices=(), reason=reason))

    async def left_alone(self, work: Work, case: Case, plan: Plan, who: Principal) -> None:
        """What waits for the requester's own click ends, and its plan goes on with its other parts."""
        for call in await work.calls(case.id):
            approval = await work.approval(call.confirmation) if call.plan == plan.id and call.own_click else None
            if approval is not None:
                approvals, reason = self._house.approvals, clickwording.LEFT_ALONE
                await approvals.end(work, approval, ApprovalState.WITHDRAWN, call, case, who, reason=reason)
        await spoken.runs_again(work, case, plan.id)

    async def person(self, event: Event, case: Case) -> list[Touched]:
        house = self._house
        if case.state is CaseState.HANDED_OVER and case.ticket:
            await spoken.note(self._house, event, case, wording.with_people(case.ticket))
            return []
        async with house.work() as work:
            going = [plan for plan in await work.plans(case.id) if plan.state.open]
            await spoken.reported(work, case, going)
        await self._handover.give(case, event.thread or case.thread, wording.ASKED_FOR_A_PERSON, event.key, going)
        return [Touched(case.id, event.thread or case.thread, event.key)]

    async def feedback(self, event: Event, case: Case) -> list[Touched]:
        if event.data.get("answer") == "yes":
            return await self.confirmed(event, case)
        return await self.not_yet(event, case)

    async def confirmed(self, event: Event, case: Case) -> list[Touched]:
        """It works, says the requester; also when the case was closed for want of an answer."""
        house = self._house
        if case.outcome is Resolution.CONFIRMED and case.state is CaseState.CLOSED:
            await spoken.note(house, event, case, wording.CONFIRMED_ALREADY)
            return []
        done = case.state is CaseState.RESOLVED or (case.state is CaseState.CLOSED and case.outcome in FINISHED)
        async with house.work() as work:
            await work.feedback(case.id, event.sender, "yes")
            if done:
                closed = dataclasses.replace(case, state=CaseState.CLOSED, outcome=Resolution.CONFIRMED, updated=house.clock.now())
                await work.save_case(closed)
                await work.not_due(f"silent:{case.id}")
                if (still := reports.answered(case)) is not None:
                    await work.put(still)
            await work.put(spoken.post(event, case, wording.CONFIRMED if done else wording.ON_IT))
        return []

    async def not_yet(self, event: Event, case: Case) -> list[Touched]:
        """Once more from the start; the second time a person looks. Each message that asks is answered so once."""
        house = self._house
        thread = event.thread or case.thread
        said = list(case.data.get("not_yet", ()))
        question = f"{event.channel}:{event.data.get('message') or event.ts}"
        complaints = {**case.data.get("complaints", {})}
        pressed_again = complaints.setdefault(question, event.key) != event.key
        if pressed_again or (case.state not in (CaseState.RESOLVED, CaseState.CLOSED) and event.key not in said):
            await spoken.note(house, event, case, wording.ON_IT)  # or with people already
            return []
        case = dataclasses.replace(case, data={**case.data, "complaints": complaints})
        async with house.work() as work:
            await work.save_case(case)
            await work.feedback(case.id, event.sender, "not_yet")
            if (still := reports.answered(case)) is not None:
                await work.put(still)
            await work.not_due(f"silent:{case.id}")
            plans = await work.plans(case.id)
        if any(plan.opened_by == event.key for plan in plans):
            return [Touched(case.id, thread, event.key)]  # applied before, and cut off since
        done = [p for p in plans if p.state is PlanState.DONE and house.runbooks.get(p.runbook)]
        async with house.work() as work:
            calls = await work.calls(case.id)
        changed = {call.plan for call in calls if call.effect == "change" and (call.result or {}).get("changed", True)}
        again = [p for p in done if p.id in changed]  # where nothing was changed, looking again shows the same
        if [key for key in said if key != event.key] or not again:
            await self._handover.give(case, thread, "It still isn't solved.", event.key, done)
            return []
        last = {plan.runbook: plan for plan in again}
        async with house.work() as work:
            fresh = dataclasses.replace(
                case,
                state=CaseState.REOPENED,
                outcome=None,
                data={**case.data, "not_yet": list(dict.fromkeys([*said, event.key]))},
                updated=house.clock.now(),
            )
            await work.save_case(fresh)
            await work.put(spoken.post(event, case, wording.NOT_YET))
            await work.say_once(case.id, "requester", wording.NOT_YET_SAID, event.key)
        drafts = [
            dataclasses.replace(plan, id="", opened_by=event.key, state=PlanState.RUNNING, reason="", times_asked=0)
            for plan in last.values()
        ]
        requester = await house.facts.principal(case.slack_id, case.team)
        await self._openings.open(dataclasses.replace(event, thread=thread), fresh, requester, drafts, [])
        return [Touched(case.id, thread, event.key)]
