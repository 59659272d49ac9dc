"""People's answers: who may give one, exactly to what, and what it makes of the approval. Everybody who clicks is answered.

INVARIANT: a yes names the call that was shown whole to whoever gave it.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.approvals.looking import Looking
from bot.approvals.outcome import Approvals
from bot.approvals.steppingup import SteppingUp
from bot.calls import ledger
from bot.consent import Approval, ApprovalState, Vote
from bot.domain import Call, CallState, Case, Principal
from bot.ports import Click, ClickAnswer, Clock, WorkFactory
from bot.words import askwording


class Answering:
    """Takes answers to approvals."""

    def __init__(self, *, work: WorkFactory, looking: Looking, approvals: Approvals, stepping_up: SteppingUp, clock: Clock) -> None:
        self._work = work
        self._stepping_up = stepping_up
        self._looking = looking
        self._approvals = approvals
        self._approvers = approvals.approvers
        self._clock = clock

    async def answer(self, click: Click) -> ClickAnswer:
        """Take an answer from whoever clicked, if it is theirs to give. Raises StoreAway when it cannot be recorded."""
        at = self._clock.now()
        for _ in range(10):  # again when another vote came in between
            answer = await self._try(click, at)
            if answer is not None:
                return answer
        return ClickAnswer(False, askwording.BUSY)

    async def refusal(self, click: Click) -> ClickAnswer | None:
        """Why an answer of whoever clicked would not be taken now; None where it would. Raises StoreAway."""
        seen = await self._looking.answerable(click)
        return seen if isinstance(seen, ClickAnswer) else None

    async def _try(self, click: Click, at: datetime) -> ClickAnswer | None:
        seen = await self._looking.answerable(click)
        if isinstance(seen, ClickAnswer):
            return seen
        approval, call, clicker = seen.approval, seen.call, seen.clicker
        if click.approve and click.digest != approval.stamp:
            return ClickAnswer(False, askwording.not_this(click.digest))
        if click.approve and (frozen := await self._looking.frozen(seen)) is not None:
            return frozen
        reason = click.reason.strip()
        step_up = approval.step_up if click.approve else ()
        if step_up:
            if (missing := await self._stepping_up.missing(reason, approval, call, clicker)) is not None:
                return missing
            reason = ""
        roles = await self._approvers.roles(clicker, seen.requester, call, approval)
        vote = Vote(clicker.id, click.slack_id, click.approve, reason, at, step_up, roles)
        votes = (*(one for one in approval.votes if one.by != vote.by), vote)
        unmet = await self._approvers.unmet(votes, seen.requester, call, approval) if vote.approve else ()
        if len(votes) == len(approval.votes):  # they have answered; what they say anew must count for more
            before = await self._approvers.unmet(approval.votes, seen.requester, call, approval)
            if not vote.approve or len(unmet) >= len(before):
                return ClickAnswer(False, askwording.ANSWERED_ALREADY)
        return await self._take(votes, approval, call, seen.case, seen.requester, await self._approvers.names(votes), unmet)

    async def _take(
        self,
        votes: tuple[Vote, ...],
        seen: Approval,
        call: Call,
        case: Case,
        requester: Principal,
        names: Mapping[str, str],
        unmet: Sequence[int],
    ) -> ClickAnswer | None:
        """Write the last of the votes down under the row's lock; None when the others are no longer those that were counted."""
        vote = votes[-1]
        async with self._work() as work:
            approval = await work.approval(seen.id, lock=True)
            if approval is None:
                return ClickAnswer(False, askwording.UNKNOWN_APPROVAL)
            if approval.state is not ApprovalState.WAITING:
                return ClickAnswer(False, askwording.late(approval))
            if (now := await work.call(seen.call)) is None or now.state is not CallState.WAITING:
                return ClickAnswer(False, askwording.over(approval))
            if self._clock.now() >= approval.expires:
                return ClickAnswer(False, askwording.EXPIRED_CLICK)
            if approval.votes != seen.votes or approval.terms != seen.terms:
                return None
            approval = dataclasses.replace(approval, votes=votes)
            if not vote.approve:
                approval = dataclasses.replace(approval, state=ApprovalState.DENIED, answered=vote.at)
            elif not unmet:
                approval = dataclasses.replace(approval, state=ApprovalState.APPROVED, answered=vote.at)
            await self._approvals.follow(work, approval, call, case, requester, names)
            await ledger.audit_answer(work, approval)
            if approval.state is not ApprovalState.WAITING:
                await self._approvals.announce(work, approval, case)
        return ClickAnswer(True, askwording.taken(approval, vote, unmet))
