"""Who may answer, until when, for exactly which call. Confirmations are kept, shown and ended alike (`bot.confirmation` asks them).

An approval is bound to a digest of one exact call, is answered by people who may answer *now*, is used once, and expires.
Approved, denied, expired, withdrawn and superseded are different facts, and stay so.

    WAITING ──▶ APPROVED ──▶ USED
       ├──▶ DENIED
       ├──▶ EXPIRED      (after the next tier had its time, too)
       ├──▶ WITHDRAWN    (the requester no longer wants it)
       └──▶ SUPERSEDED   (the requester changed what they asked for)

INVARIANT: the requester and whoever gains by the call never answer it.
"""

import dataclasses
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot import clickwording, freezewording, ledger, wording
from bot.card import posts
from bot.domain import (
    Approval,
    ApprovalKind,
    ApprovalState,
    Call,
    CallState,
    Case,
    Due,
    Event,
    EventKind,
    Membership,
    PersonKind,
    Post,
    PostKind,
    Principal,
    Vote,
)
from bot.facts import Facts
from bot.gate import Policies
from bot.obligations import Owed
from bot.ports import Click, ClickAnswer, Clock, Directory, Work, WorkFactory


@dataclass(frozen=True, slots=True)
class Request:
    """A call that owes approvals, with what an approver wants to know."""

    call: Call
    case: Case
    requester: Principal
    owed: tuple[Owed, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is asked: Slack ids by tier. `tier` is the first that has somebody in it."""

    tier: int
    slack_ids: tuple[str, ...]
    unknown: bool = False  # the roles could not be looked up
    names: Mapping[str, str] = field(default_factory=dict)


class Approvals:
    """Asks people, takes their answers, and tells everybody who was asked."""

    def __init__(
        self,
        *,
        work: WorkFactory,
        facts: Facts,
        directory: Directory,
        policies: Policies,
        clock: Clock,
        channel: str,
        reversible: Callable[[str], bool],
    ) -> None:
        self._work = work
        self._facts = facts
        self._directory = directory
        self._policies = policies
        self._clock = clock
        self._channel = channel
        self._reversible = reversible

    # ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def audience(self, request: Request, tier: int = 0) -> Audience:
        """Everybody who may answer now, from this tier on; looks into the directory, so no unit of work may be open."""
        barred = {request.call.principal, request.call.beneficiary, request.requester.id}
        unknown = False
        for level in range(tier, 2):
            found: dict[str, str] = {}
            for role in _roles(request.owed, level, only=True):
                holders = await self._facts.holders(
                    role,
                    self._policies.current,
                    principal=request.requester,
                    beneficiary=request.call.beneficiary,
                    owner=str(request.call.resource.get("owner", "")),
                    now=self._clock.now(),
                )
                if holders is None:
                    unknown = True
                for handle in holders or ():
                    person = await self._directory.person(handle)
                    if handle not in barred and person is not None and await self._facts.reaches(person):
                        found[person.slack_id] = person.name
            if found:
                return Audience(level, tuple(sorted(found)), unknown, found)
        return Audience(tier, (), unknown)

    async def request(self, work: Work, request: Request, people: Audience) -> Approval:
        """Write the approval, its times and its cards into the caller's unit of work."""
        now = self._clock.now()
        within = min(owed.within for owed in request.owed)
        approval = Approval(
            id=await work.new_id("A"),
            case=request.case.id,
            call=request.call.id,
            digest=request.call.digest,
            nonce=secrets.token_urlsafe(12),
            owed=request.owed,
            created=now,
            expires=now + within,
            tier=people.tier,
        )
        approval = await self._post_cards(work, approval, request, people.slack_ids)
        await work.save_approval(approval)
        await self._set_times(work, approval, request.case.conversation)
        await ledger.audit_answer(work, approval, digest=approval.digest)
        return approval

    async def _post_cards(self, work: Work, approval: Approval, request: Request, people: Sequence[str]) -> Approval:
        keys = list(approval.cards)
        channel_key = f"card:{approval.id}:channel"
        for key in [channel_key, *(f"card:{approval.id}:{slack_id}" for slack_id in people)]:
            if key not in keys:
                keys.append(key)
        approval = dataclasses.replace(approval, cards=tuple(keys))
        await self.show(work, approval, request.call, request.case, request.requester, request.words)
        return approval

    async def _set_times(self, work: Work, approval: Approval, conversation: str) -> None:
        data = {"approval": approval.id, "case": approval.case, "tier": approval.tier}
        await work.at(Due(f"expire:{approval.id}", approval.expires, "approval_expire", conversation, data))
        reminders = [owed.remind for owed in approval.owed if owed.remind is not None]
        if reminders:
            at = self._clock.now() + min(reminders)
            await work.at(Due(f"remind:{approval.id}", at, "approval_remind", conversation, data))

    # ── answering ────────────────────────────────────────────────────────────────────────────────────────────────

    async def answer(self, click: Click) -> ClickAnswer:
        """Take an answer from whoever clicked, if it is theirs to give. Raises StoreAway when it cannot be recorded."""
        clicker = await self._facts.principal(click.slack_id, click.team)
        vote = Vote(clicker.id, click.slack_id, click.approve, click.reason.strip(), self._clock.now())
        for _ in range(10):  # again when another vote came in between
            answer = await self._try(click, clicker, vote)
            if answer is not None:
                return answer
        return ClickAnswer(False, wording.BUSY)

    async def _try(self, click: Click, clicker: Principal, vote: Vote) -> ClickAnswer | None:
        async with self._work() as work:
            approval = await work.approval(click.approval)
            call = await work.call(approval.call) if approval else None
            case = await work.case(approval.case) if approval else None
            freezes = await work.freezes()
        if approval is None or call is None or case is None or not secrets.compare_digest(approval.nonce, click.nonce):
            return ClickAnswer(False, wording.UNKNOWN_APPROVAL)
        if approval.kind is not ApprovalKind.APPROVAL:
            return ClickAnswer(False, clickwording.NOT_YOUR_CLICK)
        if approval.state is not ApprovalState.WAITING:
            return ClickAnswer(False, wording.late(approval))
        requester = await self._facts.principal(case.slack_id, case.team)
        refusal = await self._may_not(clicker, requester, call, approval)
        if refusal:
            async with self._work() as work:
                await ledger.audit_answer(work, approval, refused=clicker.id or click.slack_id)
            return ClickAnswer(False, refusal)
        stops = next((one for one in freezes if one.stops(call.tool, call.system, call.effect)), None)
        if vote.approve and stops is not None:
            return ClickAnswer(False, freezewording.click(approval.id, stops))
        enough = vote.approve and await self._enough((*approval.votes, vote), requester, call, approval)
        names = await self._names((*approval.votes, vote))
        return await self._take(vote, approval, call, case, requester, names, enough=enough)

    async def may_answer(self, person: Principal, requester: Principal, call: Call, approval: Approval) -> bool:
        """Whether this person may answer now."""
        return not await self._may_not(person, requester, call, approval)

    async def _may_not(self, clicker: Principal, requester: Principal, call: Call, approval: Approval) -> str:
        """Why this person may not answer; empty when they may."""
        if clicker.kind is not PersonKind.MEMBER or not clicker.id:
            return wording.NOT_A_MEMBER_CLICK
        if clicker.id in {call.principal, requester.id} or clicker.slack_id == requester.slack_id:
            return wording.OWN_REQUEST
        if clicker.id == call.beneficiary:
            return wording.OWN_GAIN
        held = [await self._holds(role, clicker, requester, call) for role in _roles(approval.owed, approval.tier)]
        if Membership.YES in held:
            return ""
        if Membership.UNKNOWN in held:
            return wording.ROLE_UNKNOWN
        return wording.not_an_approver(_roles(approval.owed, approval.tier))

    async def _holds(self, role: str, person: Principal, requester: Principal, call: Call) -> Membership:
        return await self._facts.holds(
            role,
            self._policies.current,
            person=person,
            principal=requester,
            beneficiary=call.beneficiary,
            owner=str(call.resource.get("owner", "")),
            now=self._clock.now(),
            fresh=True,
        )

    async def _enough(self, votes: Sequence[Vote], requester: Principal, call: Call, approval: Approval) -> bool:
        """Whether every approval owed has its count of distinct persons who hold one of its roles now."""
        for owed in approval.owed:
            roles = _roles((owed,), approval.tier)
            by: set[str] = set()
            for vote in votes:
                if not vote.approve or vote.by in {call.principal, call.beneficiary}:
                    continue
                person = await self._facts.principal(vote.slack_id, requester.team)
                for role in roles:
                    if await self._holds(role, person, requester, call) is Membership.YES:
                        by.add(vote.by)
            if len(by) < owed.count:
                return False
        return True

    async def _take(
        self,
        vote: Vote,
        seen: Approval,
        call: Call,
        case: Case,
        requester: Principal,
        names: Mapping[str, str],
        *,
        enough: bool,
    ) -> ClickAnswer | None:
        """Write the vote down under the row's lock; None when the votes are no longer those that were counted."""
        async with self._work() as work:
            approval = await work.approval(seen.id, lock=True)
            if approval is None:
                return ClickAnswer(False, wording.UNKNOWN_APPROVAL)
            if approval.state is not ApprovalState.WAITING:
                return ClickAnswer(False, wording.late(approval))
            if self._clock.now() >= approval.expires:
                return ClickAnswer(False, wording.EXPIRED_CLICK)
            if any(other.by == vote.by for other in approval.votes):
                return ClickAnswer(False, wording.ANSWERED_ALREADY)
            if approval.votes != seen.votes or approval.tier != seen.tier:
                return None
            approval = dataclasses.replace(approval, votes=(*approval.votes, vote))
            if not vote.approve:
                approval = dataclasses.replace(approval, state=ApprovalState.DENIED, answered=vote.at)
            elif enough:
                approval = dataclasses.replace(approval, state=ApprovalState.APPROVED, answered=vote.at)
            await self.follow(work, approval, call, case, requester, names)
            await ledger.audit_answer(work, approval)
            if approval.state is not ApprovalState.WAITING:
                await self.announce(work, approval, case)
        return ClickAnswer(True, wording.taken(approval, vote))

    async def _names(self, votes: Sequence[Vote]) -> dict[str, str]:
        """Display names of who voted; looks into the directory, so no unit of work may be open."""
        names = {}
        for vote in votes:
            person = await self._directory.person(vote.by)
            names[vote.by] = person.name if person else vote.by
        return names

    # ── ending otherwise ─────────────────────────────────────────────────────────────────────────────────────────

    async def end(
        self, work: Work, approval: Approval, state: ApprovalState, call: Call, case: Case, who: Principal, reason: str = ""
    ) -> None:
        """Withdraw, supersede or expire what has not run; its call ends alike (for this `reason`), and every card of it says so."""
        found = [one.id for one in await work.approvals(call.case) if one.call == call.id]
        locked = [await work.approval(one, lock=True) for one in found]
        going = [one for one in locked if one is not None and one.state in (ApprovalState.WAITING, ApprovalState.APPROVED)]
        if not any(one.id == approval.id for one in going):
            return
        call_state = {
            ApprovalState.WITHDRAWN: CallState.WITHDRAWN,
            ApprovalState.SUPERSEDED: CallState.SUPERSEDED,
            ApprovalState.EXPIRED: CallState.EXPIRED,
        }[state]
        reason = reason or wording.ended(state)
        over = dataclasses.replace(call, state=call_state, finished=self._clock.now(), reason=reason)
        await work.save_call(over)
        await ledger.audit(work, over)
        await work.say(case.id, "outcome", "", {"call": call.call, "approval": approval.id})
        for one in going:
            ended = dataclasses.replace(one, state=state, answered=self._clock.now())
            await self.follow(work, ended, call, case, who, {})
            await ledger.audit_answer(work, ended)

    async def frozen(self, call: Call, reason: str, case: Case, who: Principal) -> Call:
        """A freeze stopped what was approved: it ends, what was given for it is void, and every card says so."""
        async with self._work() as work:
            votes = [vote for one in await work.approvals(case.id) if one.call == call.id for vote in one.votes]
        names = await self._names(votes)
        ended = ledger.ended(call, CallState.FROZEN, self._clock.now(), reason)
        async with self._work() as work:
            for one in await work.approvals(case.id):
                locked = await work.approval(one.id, lock=True) if one.call == call.id else None
                if locked is not None and locked.state is ApprovalState.APPROVED:
                    void = dataclasses.replace(locked, state=ApprovalState.FROZEN)
                    await self.follow(work, void, ended, case, who, names)
                    await ledger.audit_answer(work, void)
            await work.save_call(ended)
            await ledger.audit(work, ended)
        return ended

    async def reason_of_denial(self, approval: Approval) -> str:
        """Who denied it and why, for the requester."""
        vote = next((vote for vote in approval.votes if not vote.approve), None)
        names = await self._names((vote,) if vote else ())
        return wording.denied_by(next(iter(names.values()), "the engineer on call"), vote.reason if vote else "")

    async def remarked(self, case: Case, requester: Principal) -> list[tuple[str, str]]:
        """Let the cards of what waits in this case show what the requester has added; (approval, who has to answer) of each."""
        async with self._work() as work:
            found = [one for one in await work.approvals(case.id) if one.state is ApprovalState.WAITING and one.owed]
        names = await self._names([vote for one in found for vote in one.votes])
        told = []
        for one in found:
            async with self._work() as work:
                approval = await work.approval(one.id, lock=True)
                call = await work.call(one.call)
                if approval is not None and call is not None and approval.state is ApprovalState.WAITING:
                    await self.follow(work, approval, call, case, requester, names)
                    told.append((approval.id, wording.needed(approval)))
        return told

    async def remind(self, work: Work, approval: Approval, call: Call) -> None:
        """A line to everybody who was asked in person."""
        for key in approval.cards:
            where = key.rsplit(":", 1)[-1]
            if where != "channel":
                text = wording.reminder(approval.id, call.sentence, approval.expires)
                post = Post(f"remind:{approval.id}:{where}", PostKind.NOTE, {"text": text}, person=where, case=approval.case)
                await work.put(post)

    async def next_tier(self, work: Work, approval: Approval, request: Request, people: Audience) -> bool:
        """Ask the next tier, where there is one that has somebody in it; False when there is none."""
        if people.tier <= approval.tier or not people.slack_ids:
            return False
        within = min(owed.within for owed in approval.owed)
        raised = dataclasses.replace(approval, tier=people.tier, expires=self._clock.now() + within)
        raised = await self._post_cards(work, raised, request, people.slack_ids)
        await work.save_approval(raised)
        await self._set_times(work, raised, request.case.conversation)
        await ledger.audit_answer(work, raised, tier=people.tier)
        return True

    # ── everybody who was asked ──────────────────────────────────────────────────────────────────────────────────

    async def follow(
        self, work: Work, approval: Approval, call: Call, case: Case, requester: Principal, names: Mapping[str, str]
    ) -> None:
        """Save, and let all cards of the approval say the same; what was timed for it is off once it is answered."""
        await work.save_approval(approval)
        if approval.state is not ApprovalState.WAITING:
            await work.not_due(f"expire:{approval.id}")
            await work.not_due(f"remind:{approval.id}")
        words = str(case.data.get("words", {}).get(call.plan, ""))
        await self.show(work, approval, call, case, requester, words, names)

    async def show(
        self,
        work: Work,
        approval: Approval,
        call: Call,
        case: Case,
        requester: Principal,
        words: str,
        names: Mapping[str, str] | None = None,
    ) -> None:
        """Let everything that shows it stand as it is now."""
        can = self._reversible(call.tool)
        for post in posts(
            approval, call, case, requester=requester, words=words, reversible=can, channel=self._channel, names=names
        ):
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


def _roles(owed: Sequence[Owed], tier: int, *, only: bool = False) -> tuple[str, ...]:
    """The roles that may answer at a tier: `by`, and from the next tier on `then` as well (`only`: that tier's alone)."""
    first = [role for one in owed for role in one.by]
    then = [one.then for one in owed if one.then]
    if tier == 0:
        return tuple(dict.fromkeys(first))
    return tuple(dict.fromkeys(then if only else [*first, *then]))
