"""What becomes of an approval, and that everybody who was asked sees it. Confirmations are kept, shown and ended alike.

An approval is bound to a digest of one exact call, is answered by people who may answer *now*, is used once, and expires.
Approved, denied, expired, withdrawn, handed over, cancelled and superseded are different facts, and stay so.

    WAITING ──▶ APPROVED ──▶ USED
       │            ├──▶ FROZEN   (a freeze stopped the call)
       │            └──▶ EXPIRED  (its time was over before the call ran)
       ├──▶ DENIED
       ├──▶ TAKEN_OVER   (somebody does it by hand; given back it waits again)
       ├──▶ EXPIRED      (after the next tier had its time, too)
       ├──▶ WITHDRAWN    (the requester no longer wants it)
       ├──▶ HANDED_OVER  (people have the whole case)
       ├──▶ CANCELLED    (what it is a part of was denied or stopped)
       └──▶ SUPERSEDED   (the requester changed what they asked for, or another approval took its place)

Who is asked and may answer says `bot.approvals.approvers`; `bot.approvals.asking` asks them, `bot.approvals.answering` takes their
answers.
"""

import dataclasses
import time
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from bot.approvals.approvers import Approvers
from bot.approvals.card import card, card_posts, confirm_posts, question_post
from bot.calls import ledger
from bot.consent import Approval, ApprovalKind, ApprovalState
from bot.domain import SYSTEM, Call, CallState, Case, Due, Event, EventKind, Principal
from bot.ports import Clock, Work, WorkFactory
from bot.words import actwording, askwording, wording
from tools.contract import Tool

GOING = (ApprovalState.WAITING, ApprovalState.APPROVED, ApprovalState.TAKEN_OVER)
"""States in which something may still come of it, while its call waits."""

LEFT = (ApprovalState.WITHDRAWN, ApprovalState.SUPERSEDED, ApprovalState.CANCELLED)
"""States in which nobody wants any more what somebody may be doing by hand: it is looked at once more, and they are told."""


class Approvals:
    """Ends approvals, and lets all that shows them say the same."""

    def __init__(
        self, *, tools: Mapping[str, Tool[Any]], work: WorkFactory, approvers: Approvers, clock: Clock, channel: str
    ) -> None:
        self._tools = tools
        self._work = work
        self.approvers = approvers
        self._clock = clock
        self._channel = channel

    # ── how it ends ──────────────────────────────────────────────────────────────────────────────────────────────

    async def end(
        self,
        work: Work,
        approval: Approval,
        state: ApprovalState,
        call: Call,
        case: Case,
        who: Principal,
        reason: str = "",
        names: Mapping[str, str] | None = None,
    ) -> bool:
        """End what has not run, in this state; its call ends alike (for this `reason`), and its cards say so.

        `names` are of those who have answered, by handle. False where nothing was left to end.
        """
        going = [one for one in await work.held([call.id]) if one.state in GOING]
        now = await work.call(call.id)
        if now is None or now.state is not CallState.WAITING or not any(one.id == approval.id for one in going):
            return False
        call = now
        call_state = {
            ApprovalState.WITHDRAWN: CallState.WITHDRAWN,
            ApprovalState.HANDED_OVER: CallState.HANDED_OVER,
            ApprovalState.SUPERSEDED: CallState.SUPERSEDED,
            ApprovalState.CANCELLED: CallState.CANCELLED,
            ApprovalState.EXPIRED: CallState.EXPIRED,
        }[state]
        reason = reason or askwording.ended(state)
        over = dataclasses.replace(call, state=call_state, finished=self._clock.now(), reason=reason)
        await work.save_call(over)
        await ledger.audit(work, over)
        await work.say(case.id, "outcome", "", {"call": call.call, "approval": approval.id})
        for one in going:
            ended = dataclasses.replace(one, state=state, answered=self._clock.now())
            if one.state is ApprovalState.TAKEN_OVER and state in LEFT:
                await work.at(left(one, case, self._clock.now()))
            await self.follow(work, ended, call, case, who, names or {})
            await ledger.audit_answer(work, ended)
        return True

    async def end_all(
        self, work: Work, case: Case, plans: Collection[str] | None, state: ApprovalState, who: Principal, names: Mapping[str, str]
    ) -> None:
        """End what has not begun of these plans (None: of all but Deskhand itself): waiting, approved or taken over.

        Looked at anew until nothing is left: an answer may put a shorter call in the place of one that is about to be ended.
        """
        ended = set[str]()
        while found := [one for one in await work.approvals(case.id) if one.id not in ended]:
            await work.held(sorted({one.call for one in found}))
            for approval in found:
                ended.add(approval.id)
                call = await work.call(approval.call)
                if call is not None and (call.principal != SYSTEM.id if plans is None else call.plan in plans):
                    await self.end(work, approval, state, call, case, who, names=names)

    async def voters(self, case: str) -> dict[str, str]:
        """Display names of all who have answered something of a case, by handle."""
        async with self._work() as work:
            votes = [vote for one in await work.approvals(case) for vote in one.votes]
        return await self.approvers.names(votes)

    async def stopped(self, call: Call, state: CallState, reason: str, case: Case, who: Principal) -> Call:
        """What was approved does not run: a freeze stands in the way, or its time is over. What was given for it is void."""
        became = ApprovalState.FROZEN if state is CallState.FROZEN else ApprovalState.EXPIRED
        names = await self.voters(case.id)
        ended = ledger.ended(call, state, self._clock.now(), reason)
        async with self._work() as work:
            for one in await work.held([call.id]):
                if one.state is ApprovalState.APPROVED:
                    void = dataclasses.replace(one, state=became)
                    await self.follow(work, void, ended, case, who, names)
                    await ledger.audit_answer(work, void)
            await work.save_call(ended)
            await ledger.audit(work, ended)
        return ended

    async def came(self, call: Call, case: Case, who: Principal) -> None:
        """Whoever said yes to it reads on their cards what came of it."""
        if not call.state.final:
            return
        async with self._work() as work:
            given = [one for one in await work.approvals(call.case) if one.call == call.id and one.owed]
        names = await self.approvers.names([vote for one in given for vote in one.votes])
        async with self._work() as work:
            for one in given:
                await self.show(work, one, call, case, who, names)

    async def reason_of_denial(self, approval: Approval) -> str:
        """Who denied it and why, for the requester."""
        vote = next((vote for vote in approval.votes if not vote.approve), None)
        names = await self.approvers.names((vote,) if vote else ())
        return wording.denied_by(next(iter(names.values()), "the engineer on call"), vote.reason if vote else "")

    async def remarked(self, case: Case, requester: Principal) -> list[tuple[str, str]]:
        """Let the cards of what waits in this case show what the requester has added; (approval, who has to answer) of each."""
        async with self._work() as work:
            found = [one for one in await work.approvals(case.id) if one.state is ApprovalState.WAITING and one.owed]
        names = await self.approvers.names([vote for one in found for vote in one.votes])
        told = []
        for one in found:
            async with self._work() as work:
                approval = await work.approval(one.id, lock=True)
                call = await work.call(one.call)
                if approval is not None and call is not None and approval.state is ApprovalState.WAITING:
                    await self.follow(work, approval, call, case, requester, names)
                    told.append((approval.id, askwording.needed(approval)))
        return told

    # ── everybody who was asked ──────────────────────────────────────────────────────────────────────────────────

    async def follow(
        self, work: Work, approval: Approval, call: Call, case: Case, requester: Principal, names: Mapping[str, str]
    ) -> None:
        """Save, and let all cards of the approval say the same; what was timed for it is off once it is answered.

        One that was given is looked at once more when its time is over, whether its call has run.
        """
        await work.save_approval(approval)
        if approval.state is ApprovalState.APPROVED and approval.owed:
            await work.at(expiry(approval, case, approval.expires, self._clock.now()))
        elif approval.state is not ApprovalState.WAITING:
            await work.not_due(f"expire:{approval.id}")
        if approval.state is not ApprovalState.WAITING:
            await work.not_due(f"remind:{approval.id}")
            await work.not_due(f"byhand:{approval.id}")
        if approval.state not in (ApprovalState.WAITING, ApprovalState.TAKEN_OVER) and approval.open_question:
            text = actwording.question_over(approval.questions[-1].text, approval.id)
            await work.put(question_post(approval, case, call, text, len(approval.questions), open_=False))
        await self.show(work, approval, call, case, requester, names)

    async def show(
        self,
        work: Work,
        approval: Approval,
        call: Call,
        case: Case,
        requester: Principal,
        names: Mapping[str, str] | None = None,
    ) -> None:
        """Let everything that shows it, which has been saved, stand as it is now."""
        # In this order: an approval is written after its call, so that whatever is found here has its call in what is read next.
        found = await work.approvals(case.id, alone=approval.kind is ApprovalKind.APPROVAL)
        calls = {**{one.id: one for one in await work.calls(case.id)}, call.id: call}
        before = {one.successor: one for one in found if one.successor and one.kind is ApprovalKind.APPROVAL}

        def drawing(one: Approval) -> dict[str, Any]:
            its, old = calls[one.call], before.get(one.id)
            tool = self._tools.get(its.tool)
            return card(one, its, case, requester=requester, tool=tool, names=names, others=list(calls.values()), before=old)

        if approval.kind is ApprovalKind.CONFIRMATION:
            for post in confirm_posts(approval, call, case, drawing(approval)):
                await work.put(post)
            return
        drawn = [(one, drawing(one)) for one in found if set(one.cards) & set(approval.cards)]
        for post in card_posts(approval, case.id, self._channel, drawn):
            await work.put(post)

    async def announce(self, work: Work, approval: Approval, case: Case) -> None:
        """The case goes on: its conversation gets an event."""
        await work.accept(
            Event(
                key=f"approval:{approval.id}:{approval.state}",
                conversation=case.conversation,
                kind=EventKind.APPROVAL,
                ts=f"{time.time():.6f}",
                team=case.team,
                channel=case.channel,
                thread=case.thread,
                data={"approval": approval.id, "case": case.id},
            )
        )


def left(approval: Approval, case: Case, now: datetime) -> Due:
    """That it is looked at whether something is there which nobody wants any more: at once."""
    data = {"approval": approval.id, "case": approval.case}
    return Due(f"left:{approval.id}", now, "approval_left", case.conversation, data)


def expiry(approval: Approval, case: Case, at: datetime, now: datetime) -> Due:
    """The time at which an approval is looked at, for what of it is over then; `now` where that has passed."""
    data = {"approval": approval.id, "case": approval.case}
    return Due(f"expire:{approval.id}", max(at, now), "approval_expire", case.conversation, data)
