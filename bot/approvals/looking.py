"""What a click is about, and whether whoever clicked may answer it. What comes back with a button is not believed."""

import secrets
from dataclasses import dataclass

from bot.approvals.approvers import Approvers
from bot.calls import ledger
from bot.consent import Approval, ApprovalKind, ApprovalState
from bot.domain import Call, CallState, Case, Principal
from bot.facts import Facts
from bot.ports import Click, ClickAnswer, WorkFactory
from bot.words import askwording, clickwording, freezewording


@dataclass(frozen=True, slots=True)
class Seen:
    """An approval as it stood when somebody clicked, with all that it is about."""

    approval: Approval
    call: Call
    case: Case
    requester: Principal
    clicker: Principal

    @property
    def thread(self) -> str:
        """Where the requester reads of it."""
        return self.case.thread_of(self.call.plan)


class Looking:
    """Looks at what was clicked."""

    def __init__(self, *, work: WorkFactory, facts: Facts, approvers: Approvers) -> None:
        self._work = work
        self._facts = facts
        self.approvers = approvers

    async def at(self, click: Click, state: ApprovalState = ApprovalState.WAITING) -> Seen | ClickAnswer:
        """The approval of this click while it is in this state and its call waits; else what is told. Raises StoreAway."""
        seen = await self.whatever(click)
        if isinstance(seen, ClickAnswer):
            return seen
        if seen.approval.state is not state or seen.approval.answered is not None:
            return ClickAnswer(False, askwording.late(seen.approval))
        if seen.call.state is not CallState.WAITING:
            return ClickAnswer(False, askwording.over(seen.approval))
        return seen

    async def whatever(self, click: Click) -> Seen | ClickAnswer:
        """The same, whatever has come of it."""
        clicker = await self._facts.principal(click.slack_id, click.team)
        async with self._work() as work:
            approval = await work.approval(click.approval)
            call = await work.call(approval.call) if approval else None
            case = await work.case(approval.case) if approval else None
        ours = approval is not None and secrets.compare_digest(approval.nonce.encode(), click.nonce.encode())
        if approval is None or call is None or case is None or not ours:
            return ClickAnswer(False, askwording.UNKNOWN_APPROVAL)
        if approval.kind is not ApprovalKind.APPROVAL:
            return ClickAnswer(False, clickwording.NOT_YOUR_CLICK)
        requester = await self._facts.principal(case.slack_id, case.team)
        return Seen(approval, call, case, requester, clicker)

    async def answerable(self, click: Click) -> Seen | ClickAnswer:
        """The same, where the clicker may answer it now."""
        seen = await self.at(click)
        if isinstance(seen, ClickAnswer):
            return seen
        refusal = await self.approvers.refusal(seen.clicker, seen.requester, seen.call, seen.approval)
        if refusal:
            await self.refused(seen)
            return ClickAnswer(False, refusal)
        return seen

    async def frozen(self, seen: Seen) -> ClickAnswer | None:
        """What is told where a freeze stops the call now."""
        call = seen.call
        async with self._work() as work:
            stops = next((one for one in await work.freezes() if one.stops(call.tool, call.system, call.effect)), None)
        return ClickAnswer(False, freezewording.click(seen.approval.id, stops)) if stops is not None else None

    async def refused(self, seen: Seen) -> None:
        """It stands in the audit who tried."""
        async with self._work() as work:
            await ledger.audit_answer(work, seen.approval, refused=seen.clicker.id or seen.clicker.slack_id)
