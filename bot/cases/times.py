"""What comes with time: approvals are reminded of or expire, access ends, reviews are opened, cases are silent or given up."""

import dataclasses
from datetime import timedelta

from bot.approvals.looking import Seen
from bot.approvals.outcome import LEFT
from bot.calls.passage import Pass
from bot.cases import offers, patience, pausing, reviews, spoken
from bot.cases.handover import HandOver
from bot.cases.house import House
from bot.consent import Approval, ApprovalKind, ApprovalState
from bot.domain import (
    SYSTEM,
    Call,
    CallState,
    Case,
    CaseState,
    Due,
    Event,
    PlanState,
    Post,
    PostKind,
    Principal,
    Resolution,
    ToolCall,
)
from bot.words import askwording, clickwording, freezewording, wording

ONCE_MORE = timedelta(minutes=5)
"""When the end of something is tried again that a freeze stood in the way of."""


class Times:
    """Acts on events of kind DUE."""

    def __init__(self, house: House, handover: HandOver) -> None:
        self._house = house
        self._handover = handover

    async def come(self, event: Event) -> list[tuple[str, str]]:
        """(case, thread) of the cases that go on because of it."""
        async with self._house.work() as work:
            case = await work.case(str(event.data.get("case", "")))
        if case is None:
            return []
        match event.data.get("what"):
            case "approval_remind":
                await self._house.asking.remind(str(event.data["approval"]))
            case "approval_later":
                await self._house.asides.reminded(str(event.data["approval"]), str(event.data["person"]), event.key)
            case "approval_by_hand":
                await self._by_hand(case, str(event.data["approval"]))
                return await self._expire(case, event)  # the time for an answer may be over as well
            case "approval_left":
                await self._left(case, str(event.data["approval"]))
            case "approval_expire":
                return await self._expire(case, event)
            case "grant_end":
                await self._end(case, event)
            case "review":
                await reviews.come(self._house, case, event)
            case "case_silent":
                await self._silent(case)
            case "case_abandoned":
                return [(case.id, case.thread)] if await patience.give_up(self._house, case, event.key) else []
            case offers.OVER:
                await offers.late(self._house, self._handover, case, str(event.data["plan"]), event.key)
            case pausing.LOOK_AGAIN:
                return await pausing.wake(self._house, case, str(event.data["plan"]))
            case unknown:
                raise ValueError(f"nothing is known to happen for {unknown!r}")
        return []

    async def _expire(self, case: Case, event: Event) -> list[tuple[str, str]]:
        """Ask the next tier; where there is none, it is over, which is not a denial. So is what was given and not used."""
        house = self._house
        requester = await house.facts.principal(case.slack_id, case.team)
        while True:
            async with house.work() as work:
                approval = await work.approval(str(event.data["approval"]))
                call = await work.call(approval.call) if approval else None
            if approval is None or call is None or call.state is not CallState.WAITING:
                return []
            if approval.kind is ApprovalKind.CONFIRMATION:
                lapsed = approval.state is ApprovalState.WAITING and approval.expires <= house.clock.now()
                return await self._lapsed(case, approval, call, requester) if lapsed else []
            if approval.state is ApprovalState.APPROVED:
                over = approval.expires <= house.clock.now()
                return await self._over(case, approval, call, requester, askwording.TOO_LATE) if over else []
            if approval.state is not ApprovalState.WAITING:
                return []
            goes_on = await house.asking.late(approval, call, case, requester)
            if goes_on is not None:
                return [] if goes_on else await self._over(case, approval, call, requester)

    async def _over(
        self, case: Case, approval: Approval, call: Call, requester: Principal, reason: str = ""
    ) -> list[tuple[str, str]]:
        """The call does not run, and its plan goes on without it."""
        house = self._house
        names = await house.approvals.approvers.names(approval.votes)
        async with house.work() as work:
            await house.approvals.end(work, approval, ApprovalState.EXPIRED, call, case, requester, reason, names)
            await spoken.runs_again(work, case, call.plan)
        return [(case.id, case.thread_of(call.plan))]

    async def _by_hand(self, case: Case, approval_id: str) -> None:
        """Whoever took it over has had their time."""
        house = self._house
        async with house.work() as work:
            one = await work.approval(approval_id)
            call = await work.call(one.call) if one else None
        if one is None or call is None or one.state is not ApprovalState.TAKEN_OVER or call.state is not CallState.WAITING:
            return
        await house.by_hand.late(await self._in_hand(one, call, case))

    async def _left(self, case: Case, approval_id: str) -> None:
        """What somebody had in hand is no longer wanted."""
        async with self._house.work() as work:
            one = await work.approval(approval_id)
            call = await work.call(one.call) if one else None
        if one is not None and call is not None and one.taker and one.state in LEFT:
            seen = await self._in_hand(one, call, case)
            if why := await self._house.by_hand.left(seen):
                await self._handover.give(case, seen.thread, why, f"left:{one.id}", [])

    async def _in_hand(self, one: Approval, call: Call, case: Case) -> Seen:
        """What somebody took over, with them in the place of the clicker."""
        person = await self._house.directory.person(one.taker)
        taker = Principal(one.taker, person.slack_id if person else "", name=person.name if person else one.taker)
        return Seen(one, call, case, await self._house.facts.principal(case.slack_id, case.team), taker)

    async def _lapsed(self, case: Case, approval: Approval, call: Call, requester: Principal) -> list[tuple[str, str]]:
        """The requester did not click: it is dropped and said so, and is nothing for other people to go on with.

        So is its plan, unless it has other parts.
        """
        thread = case.thread_of(call.plan)
        async with self._house.work() as work:
            await self._house.approvals.end(work, approval, ApprovalState.EXPIRED, call, case, requester, clickwording.NOT_CLICKED)
            over = [plan for plan in await work.plans(case.id) if plan.id == call.plan and plan.state.held_up]
            if any(self._house.in_parts(plan) for plan in over):
                over = []
                await spoken.runs_again(work, case, call.plan)
            for plan in over:
                await work.save_plan(dataclasses.replace(plan, state=PlanState.EXPIRED, reason=clickwording.NOT_CLICKED))
            await spoken.reported(work, case, over)
            text = clickwording.lapsed(call.sentence)
            content = {"text": text, "case": case.id, "buttons": ["person"]}
            await work.put(Post(f"lapsed:{approval.id}", PostKind.NOTE, content, channel=case.channel, thread=thread, case=case.id))
            await work.say(case.id, "bot", text)
        return [(case.id, thread)]

    async def _end(self, case: Case, event: Event) -> None:
        """Take back what was given for a while, look whether it is gone, and tell who had it."""
        house = self._house
        again = int(event.data.get("again", 0))
        ask = ToolCall(
            f"end:{event.data['call']}" + (f"~{again}" if again else ""), str(event.data["tool"]), dict(event.data["arguments"])
        )
        call = await house.executor.execute(ask, Pass(dataclasses.replace(case, slack_id=""), SYSTEM))
        if call.state is CallState.VERIFIED:
            how = f"Checked: {call.check['observed']}." if call.check else ""
            text = wording.access_ended(call.summary, how)
        elif call.state is CallState.FROZEN:
            text = freezewording.end_waits(call.sentence)
            due = Due(f"end:{event.data['call']}", house.clock.now() + ONCE_MORE, "grant_end", case.conversation, event.data)
            async with house.work() as work:
                await work.at(dataclasses.replace(due, data={**event.data, "again": again + 1}))
        else:
            text = wording.not_ended(call.reason)
            await self._handover.give(case, case.thread, text, f"end:{event.data['call']}", [])
        async with house.work() as work:
            post = Post(
                f"ended:{event.data['call']}",
                PostKind.NOTE,
                {"text": text, "case": case.id},
                channel=case.channel,
                thread=case.thread,
                case=case.id,
            )
            await work.put(post)
            await work.say_once(case.id, "bot", text, f"ended:{event.data['call']}:{call.state}")

    async def _silent(self, case: Case) -> None:
        if case.state is not CaseState.RESOLVED:
            return
        outcome = Resolution.SILENT if case.outcome is Resolution.ANSWERED else case.outcome
        async with self._house.work() as work:
            await work.save_case(
                dataclasses.replace(case, state=CaseState.CLOSED, outcome=outcome, updated=self._house.clock.now())
            )
