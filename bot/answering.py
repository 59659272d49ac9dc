"""People's answers: who may give one, exactly to what, and what it makes of the approval. Everybody who clicks is answered."""

import dataclasses
import secrets
from collections.abc import Mapping, Sequence

from bot import askwording, clickwording, freezewording
from bot.approvals import Approvals, expiry
from bot.approvers import next_change
from bot.consent import Approval, ApprovalKind, ApprovalState, Vote
from bot.domain import Call, Case, Principal
from bot.facts import Facts
from bot.obligations import Owed
from bot.ports import Click, ClickAnswer, Clock, WorkFactory


class Answering:
    """Takes answers to approvals."""

    def __init__(self, *, work: WorkFactory, facts: Facts, approvals: Approvals, clock: Clock) -> None:
        self._work = work
        self._facts = facts
        self._approvals = approvals
        self._approvers = approvals.approvers
        self._clock = clock

    async def answer(self, click: Click) -> ClickAnswer:
        """Take an answer from whoever clicked, if it is theirs to give. Raises StoreAway when it cannot be recorded."""
        clicker = await self._facts.principal(click.slack_id, click.team)
        vote = Vote(clicker.id, click.slack_id, click.approve, click.reason.strip(), self._clock.now())
        for _ in range(10):  # again when another vote came in between
            answer = await self._try(click, clicker, vote)
            if answer is not None:
                return answer
        return ClickAnswer(False, askwording.BUSY)

    async def _try(self, click: Click, clicker: Principal, vote: Vote) -> ClickAnswer | None:
        async with self._work() as work:
            approval = await work.approval(click.approval)
            call = await work.call(approval.call) if approval else None
            case = await work.case(approval.case) if approval else None
            freezes = await work.freezes()
            others = await work.approvals(approval.case) if approval else []
        if approval is None or call is None or case is None or not secrets.compare_digest(approval.nonce, click.nonce):
            return ClickAnswer(False, askwording.UNKNOWN_APPROVAL)
        if approval.kind is not ApprovalKind.APPROVAL:
            return ClickAnswer(False, clickwording.NOT_YOUR_CLICK)
        if approval.state is not ApprovalState.WAITING:
            return ClickAnswer(False, askwording.late(approval))
        requester = await self._facts.principal(case.slack_id, case.team)
        refusal = await self._approvers.refusal(clicker, requester, call, approval)
        if refusal:
            async with self._work() as work:
                await work.audit("approval", case.id, {"approval": approval.id, "refused": clicker.id or click.slack_id})
            return ClickAnswer(False, refusal)
        if vote.approve and (before := _gave(clicker, approval, others)) is not None:
            return ClickAnswer(False, askwording.gave_another(before.id))
        stops = next((one for one in freezes if one.stops(call.tool, call.system, call.effect)), None)
        if vote.approve and stops is not None:
            return ClickAnswer(False, freezewording.click(approval.id, stops))
        votes = (*approval.votes, vote)
        unmet = await self._approvers.unmet(votes, requester, call, approval) if vote.approve else ()
        return await self._take(vote, approval, call, case, requester, await self._approvers.names(votes), unmet)

    async def _take(
        self,
        vote: Vote,
        seen: Approval,
        call: Call,
        case: Case,
        requester: Principal,
        names: Mapping[str, str],
        unmet: Sequence[int],
    ) -> ClickAnswer | None:
        """Write the vote down under the row's lock; None when the votes are no longer those that were counted."""
        async with self._work() as work:
            approval = await work.approval(seen.id, lock=True)
            if approval is None:
                return ClickAnswer(False, askwording.UNKNOWN_APPROVAL)
            if approval.state is not ApprovalState.WAITING:
                return ClickAnswer(False, askwording.late(approval))
            if self._clock.now() >= approval.expires:
                return ClickAnswer(False, askwording.EXPIRED_CLICK)
            if any(other.by == vote.by for other in approval.votes):
                return ClickAnswer(False, askwording.ANSWERED_ALREADY)
            if approval.votes != seen.votes or approval.terms != seen.terms:
                return None
            approval = dataclasses.replace(approval, votes=(*approval.votes, vote))
            if not vote.approve:
                approval = dataclasses.replace(approval, state=ApprovalState.DENIED, answered=vote.at)
            elif not unmet:
                approval = dataclasses.replace(approval, state=ApprovalState.APPROVED, answered=vote.at)
            elif (first := next_change(approval, unmet)) is not None:
                await work.at(expiry(approval, case, first.expires, self._clock.now()))
            await self._approvals.follow(work, approval, call, case, requester, names)
            await work.audit(
                "approval",
                case.id,
                {"approval": approval.id, "state": str(approval.state), "by": vote.by, "approve": vote.approve},
            )
            if approval.state is not ApprovalState.WAITING:
                await self._approvals.announce(work, approval, case)
        return ClickAnswer(True, askwording.taken(approval, vote, unmet))


def _gave(clicker: Principal, approval: Approval, others: Sequence[Approval]) -> Approval | None:
    """The other approval of the same call to which this person said yes, where it was owed by another policy."""
    for other in others:
        mine = other.call == approval.call and other.id != approval.id and other.state is ApprovalState.APPROVED
        if mine and any(vote.by == clicker.id for vote in other.votes) and not _same(other.owed, approval.owed):
            return other
    return None


def _same(one: Sequence[Owed], other: Sequence[Owed]) -> bool:
    return {owed.policy for owed in one} >= {owed.policy for owed in other}
