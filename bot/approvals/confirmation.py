"""The requester's own click on exactly one call, with their own words where a reason is owed. No model's word counts for either.

It is bound, kept, shown and ended like an approval (`bot.approvals.outcome`); what is different is who answers: the account that
asked, and nobody else. Before it is given nobody else is asked; after it the gate decides again.

INVARIANT: a call that owes a click or a reason runs only after the requester's click on exactly this call, which was shown whole.
"""

import dataclasses
import secrets
from collections.abc import Sequence
from datetime import timedelta

from bot import gate
from bot.approvals.outcome import Approvals, expiry
from bot.calls import ledger
from bot.consent import Approval, ApprovalKind, ApprovalState, Vote
from bot.domain import Call, CallState, Case, PersonKind, Principal
from bot.facts import Facts
from bot.obligations import Confirm, Deny, Limit, Notify, Owed, Permit, Reason, Review
from bot.ports import Click, ClickAnswer, Clock, Work, WorkFactory
from bot.words import afterwording, askwording, clickwording

WITHIN = timedelta(hours=24)
"""How long the click is waited for."""
REASON_LENGTH = 500
MET = (Owed, Limit, Reason, Confirm, Notify, Review)


def met(decision: Permit | Deny) -> Permit | Deny:
    """The decision, or a denial where something is owed that nobody here meets."""
    if isinstance(decision, Deny):
        return decision
    strange = [one for one in decision.owes if not isinstance(one, MET)]
    if not strange:
        return decision
    names = ", ".join(dict.fromkeys(type(one).__name__.lower() for one in strange))
    return Deny(afterwording.UNMET.format(names), decision.policies, decision.version)


def asks(permit: Permit) -> tuple[Confirm | Reason, ...]:
    """What the requester owes before anybody else is asked."""
    return (*permit.of(Confirm), *permit.of(Reason))


def bound(answer: Approval, given: Sequence[Approval], call: Call, now: Call) -> bool:
    """Whether this answer, and the requester's own, were given to exactly this call, as it is `now`.

    What the requester clicked on does not change with the policy.
    """
    mine = [one for one in given if one.kind is ApprovalKind.CONFIRMATION]
    return all(
        secrets.compare_digest(
            one.digest,
            gate.digest(
                now.tool, now.arguments, now.resource, now.principal, now.case, one.owed, call.policy_version if one.owed else ""
            ),
        )
        for one in {one.id: one for one in (answer, *mine)}.values()
    )


def covers(given: Sequence[Approval], call: Call, permit: Permit) -> bool:
    """Whether the requester has given what they owe now, of the answers that were given to this call."""
    owed = asks(permit)
    if not owed:
        return True
    mine = [one for one in given if one.kind is ApprovalKind.CONFIRMATION and any(v.by == call.principal for v in one.votes)]
    return bool(mine) and (bool(call.purpose) or not any(isinstance(one, Reason) for one in owed))


class Confirmations:
    """Asks the requester, and takes their click."""

    def __init__(self, *, work: WorkFactory, facts: Facts, approvals: Approvals, clock: Clock) -> None:
        self._work = work
        self._facts = facts
        self._approvals = approvals
        self._clock = clock

    async def ask(self, work: Work, call: Call, case: Case, requester: Principal, permit: Permit) -> Call:
        """The call waiting for the click, written with its confirmation and message into the caller's unit of work."""
        now = self._clock.now()
        name = await work.new_id("A")
        call = dataclasses.replace(call, state=CallState.WAITING, confirmation=name)
        one = Approval(
            id=name,
            case=case.id,
            call=call.id,
            digest=gate.digest(call.tool, call.arguments, call.resource, call.principal, call.case, (), ""),
            nonce=secrets.token_urlsafe(12),
            owed=(),
            created=now,
            expires=now + WITHIN,
            cards=(f"confirm:{name}",),
            kind=ApprovalKind.CONFIRMATION,
            asks=asks(permit),
        )
        await work.save_call(call)
        await work.save_approval(one)
        await self._approvals.show(work, one, call, case, requester)
        await work.at(expiry(one, case, one.expires, now))
        await ledger.audit_answer(work, one, digest=one.digest)
        return call

    async def answer(self, click: Click) -> ClickAnswer | None:
        """Take the requester's yes or no; None when it is on no confirmation. Raises StoreAway when it cannot be recorded."""
        async with self._work() as work:
            one = await work.approval(click.approval)
            call = await work.call(one.call) if one else None
            case = await work.case(one.case) if one else None
        if one is None or call is None or case is None or one.kind is not ApprovalKind.CONFIRMATION:
            return None
        if not secrets.compare_digest(one.nonce.encode(), click.nonce.encode()):
            return ClickAnswer(False, askwording.UNKNOWN_APPROVAL)
        clicker = await self._facts.principal(click.slack_id, click.team)
        if click.slack_id != case.slack_id or clicker.kind is not PersonKind.MEMBER or clicker.id != call.principal:
            async with self._work() as work:
                await ledger.audit_answer(work, one, refused=clicker.id or click.slack_id)
            return ClickAnswer(False, clickwording.NOT_YOUR_CLICK)
        if click.approve and click.digest != one.stamp and one.state is ApprovalState.WAITING:
            return ClickAnswer(False, askwording.not_this(click.digest))
        words = click.reason.strip()[:REASON_LENGTH]
        if click.approve and one.wants_reason and not words and one.state is ApprovalState.WAITING:
            return ClickAnswer(False, clickwording.REASON_WANTED, asks=call.sentence)
        return await self._take(one, Vote(clicker.id, click.slack_id, click.approve, words, self._clock.now()), case, clicker)

    async def _take(self, seen: Approval, vote: Vote, case: Case, requester: Principal) -> ClickAnswer:
        async with self._work() as work:
            one = await work.approval(seen.id, lock=True)
            call = await work.call(seen.call)
            if one is None or call is None:
                return ClickAnswer(False, askwording.UNKNOWN_APPROVAL)
            if one.state is not ApprovalState.WAITING or call.state is not CallState.WAITING:
                return ClickAnswer(False, clickwording.late(one))
            if self._clock.now() >= one.expires:
                return ClickAnswer(False, clickwording.NOT_CLICKED)
            one = dataclasses.replace(one, votes=(vote,))
            if vote.approve:
                one = dataclasses.replace(one, state=ApprovalState.APPROVED, answered=vote.at)
                call = dataclasses.replace(call, purpose=vote.reason)
                await work.save_call(call)
                await self._approvals.follow(work, one, call, case, requester, {})
                await ledger.audit_answer(work, one)
            else:
                await work.save_approval(one)
                await self._approvals.end(work, one, ApprovalState.WITHDRAWN, call, case, requester, reason=clickwording.LEFT_ALONE)
                one = dataclasses.replace(one, state=ApprovalState.WITHDRAWN)
            await self._approvals.announce(work, one, case)
        return ClickAnswer(True, clickwording.CLICKED if vote.approve else clickwording.LEFT_ALONE)
