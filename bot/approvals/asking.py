"""Asking people for a yes, and what comes with time: they are reminded, the next tier is asked, and one day it is over."""

import dataclasses
import secrets
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.approvals import quiet, quorum
from bot.approvals.approvers import Audience, Request, next_change
from bot.approvals.card import where_of
from bot.approvals.looking import Seen
from bot.approvals.outcome import Approvals, expiry
from bot.approvals.quiet import Night
from bot.calls import ledger
from bot.consent import UNANSWERED, Approval, ApprovalState, Term
from bot.domain import Call, Case, Due, Post, PostKind, Principal
from bot.ports import Clock, Work, WorkFactory
from bot.words import askwording

LOOKED_AFTER = timedelta(minutes=15)
"""How long after it was asked, or looked at, it is looked at whether others can answer now."""

TOGETHER = 3
"""How many approvals of one case stand on one card; each has its share of what Slack takes of a message."""


@dataclass(frozen=True, slots=True)
class Anew:
    """A question that is not asked yet: whom it is for, and the positions of what is owed that still lack a person."""

    approval: Approval
    people: Audience
    unmet: tuple[int, ...]
    names: Mapping[str, str]

    @property
    def nobody(self) -> bool:
        """Whether there is nobody to ask."""
        return self.people.nobody or not (self.people.unknown or len(self.approval.cards) > 1)


class Asking:
    """Asks, reminds and raises."""

    def __init__(self, *, work: WorkFactory, approvals: Approvals, clock: Clock, night: Night | None = None) -> None:
        self._work = work
        self._approvals = approvals
        self._approvers = approvals.approvers
        self._clock = clock
        self._night = night

    async def request(self, work: Work, request: Request, people: Audience) -> Approval:
        """Write the approval, its times and its cards into the caller's unit of work."""
        approval = await self.drafted(work, request, people)
        await self.begin(work, approval, request, {}, range(len(approval.terms)))
        return approval

    async def anew(self, request: Request, given: Sequence[Approval]) -> Anew:
        """The question of all that is owed, with those answers to earlier ones about the same call that count for it as well.

        INVARIANT: a click alone is no answer where more than that is wanted now.
        INVARIANT: the next tier is asked at once only where this very question had its time, whatever its policy is called: a
        policy that bears the name of another has its own time, and one that was renamed goes on where it was.
        """
        given = [one for one in given if one.owed]
        tiers: dict[object, int] = {}
        for owed, term in (debt for one in given for debt in one.debts):
            tiers[quorum.text(owed)] = min(term.tier, tiers.get(quorum.text(owed), term.tier))
        people = await self._approvers.audience(request, [tiers.get(quorum.text(owed), 0) for owed in request.owed])
        async with self._work() as work:
            draft = await self.drafted(work, request, people)
        votes = {vote.by: vote for one in given for vote in one.votes if vote.approve}
        kept = tuple(vote for vote in votes.values() if any(quorum.stepped(vote, owed) for owed in request.owed))
        draft = dataclasses.replace(draft, votes=kept, cards=_cards(draft.id, set(people.slack_ids) - {v.slack_id for v in kept}))
        unmet = await self._approvers.unmet(kept, request.requester, request.call, draft)
        return Anew(draft, people, unmet, await self._approvers.names(kept))

    async def drafted(self, work: Work, request: Request, people: Audience) -> Approval:
        """The approval with an id of its own, and with a card for each of these people; nothing of it is written yet."""
        now = self._clock.now()
        each = zip(request.owed, people.tiers, people.asked, strict=True)
        terms = tuple(Term(tier, now + owed.within, asked) for owed, tier, asked in each)
        approval = Approval(
            id=await work.new_id("A"),
            case=request.case.id,
            call=request.call.id,
            digest=request.call.digest,
            nonce=secrets.token_urlsafe(12),
            owed=request.owed,
            created=now,
            expires=max((term.expires for term in terms), default=now),
            terms=terms,
        )
        return _with_cards(approval, people.slack_ids)

    async def begin(self, work: Work, approval: Approval, request: Request, names: Mapping[str, str], unmet: Sequence[int]) -> None:
        """Let it stand on its cards, and be looked at when its times come."""
        approval = await self._joined(work, approval)
        await self._approvals.follow(work, approval, request.call, request.case, request.requester, names)
        await self._set_times(work, approval, request.case, unmet)
        await ledger.audit_answer(work, approval, digest=approval.digest)

    async def stands(self, work: Work, call: Call, given: Sequence[Approval]) -> bool:
        """Whether all of this is given still and nobody is asked yet; the call's approvals are held then."""
        await work.held([call.id])
        now = {one.id: one.state for one in await work.approvals(call.case) if one.call == call.id}
        still = all(now.get(one.id) is ApprovalState.APPROVED for one in given)
        return still and not any(state in UNANSWERED for state in now.values())

    async def begin_anew(self, work: Work, anew: Anew, request: Request, given: Sequence[Approval]) -> None:
        """Let it stand in the place of what people were asked before."""
        for one in given:
            if one.owed:
                gone = dataclasses.replace(one, state=ApprovalState.SUPERSEDED, successor=anew.approval.id)
                await self._approvals.follow(work, gone, request.call, request.case, request.requester, anew.names)
                await ledger.audit_answer(work, gone)
        await self.begin(work, anew.approval, request, anew.names, anew.unmet)

    async def _joined(self, work: Work, approval: Approval) -> Approval:
        """Where others of the case wait, it stands beside them on one card, as far as there is room."""
        others = [one for one in await work.approvals(approval.case) if one.state is ApprovalState.WAITING and one.owed]
        standing = Counter(key for one in others if one.id != approval.id for key in one.cards)
        room = {where_of(key): key for key, number in standing.items() if number < TOGETHER}
        cards = tuple(room.get(where_of(key), key) for key in approval.cards)
        return dataclasses.replace(approval, cards=cards)

    async def resume(self, work: Work, approval: Approval, seen: Seen, names: Mapping[str, str], unmet: Sequence[int]) -> None:
        """Let one that rested wait again."""
        await self._approvals.follow(work, approval, seen.call, seen.case, seen.requester, names)
        await self._set_times(work, approval, seen.case, unmet)

    async def _set_times(self, work: Work, approval: Approval, case: Case, unmet: Sequence[int]) -> None:
        """When it is looked at again, and when those who were asked are reminded."""
        await self._look_again(work, approval, case, unmet)
        reminders = [span for at in unmet if (span := approval.owed[at].remind) is not None]
        if reminders:
            data = {"approval": approval.id, "case": approval.case}
            at = self._clock.now() + min(reminders)
            await work.at(Due(f"remind:{approval.id}", at, "approval_remind", case.conversation, data))

    async def _look_again(self, work: Work, approval: Approval, case: Case, unmet: Sequence[int]) -> None:
        """When the first that still lacks somebody is over, and every while before: shifts end, and people come and go. At once
        where nobody is lacking.
        """
        now = self._clock.now()
        first = next_change(approval, unmet)
        await work.at(expiry(approval, case, min(first.expires, now + LOOKED_AFTER) if first is not None else now, now))

    async def remind(self, approval_id: str) -> None:
        """A line to everybody who was asked in person; whoever sleeps gets it in the morning, unless it is urgent."""
        async with self._work() as work:
            approval = await work.approval(approval_id)
            call = await work.call(approval.call) if approval else None
            case = await work.case(approval.case) if approval else None
        if approval is None or call is None or case is None or approval.state is not ApprovalState.WAITING:
            return
        people = [where_of(key) for key in approval.cards if where_of(key) != "channel"]
        now, urgent = self._clock.now(), quiet.urgent(approval.owed)
        nights = {one: None if urgent else quiet.wakes(now, await self._approvers.zone(one), self._night) for one in people}
        text = askwording.reminder(approval.id, call.sentence, approval.expires)
        async with self._work() as work:
            for person, until in nights.items():
                if until is None:
                    key = f"remind:{approval.id}:{person}"
                    await work.put(Post(key, PostKind.NOTE, {"text": text}, person=person, case=approval.case))
                else:
                    data = {"approval": approval.id, "case": approval.case, "person": person}
                    await work.at(Due(f"later:{approval.id}:{person}", until, "approval_later", case.conversation, data))

    async def late(self, approval: Approval, call: Call, case: Case, requester: Principal) -> bool | None:
        """Ask whoever can answer now and was not asked yet: who came on call since, and the next tier for whatever of it has had
        its time or has nobody left; False where its time is over and there is none, so that it is over.

        None when it was answered meanwhile, so that it must be looked at anew.
        """
        now = self._clock.now()
        unmet = await self._approvers.unmet(approval.votes, requester, call, approval)
        if not unmet and approval.expires <= now:
            return False
        late = [at for at in unmet if approval.terms[at].expires <= now]
        if any(approval.terms[at].tier > 0 or not approval.owed[at].then for at in late):
            return False
        request = Request(call, case, requester, approval.owed)
        people = await self._approvers.audience(request, [1 if at in late else one.tier for at, one in enumerate(approval.terms)])
        if late and (people.nobody or not people.slack_ids):
            return False
        raised = [at for at in unmet if people.tiers[at] > approval.terms[at].tier]
        names = await self._approvers.names(approval.votes)
        async with self._work() as work:
            if await work.approval(approval.id, lock=True) != approval:
                return None
            if not unmet:  # whoever said yes counts again: they were away, or nobody could say what they are
                given = dataclasses.replace(approval, state=ApprovalState.APPROVED, answered=now)
                await self._approvals.follow(work, given, call, case, requester, names)
                await ledger.audit_answer(work, given)
                await self._approvals.announce(work, given, case)
                return True
            terms = tuple(
                Term(*((1, now + owed.within) if at in raised else (term.tier, term.expires)), _both(term.asked, people.asked[at]))
                for at, (owed, term) in enumerate(approval.debts)
            )
            asked = dataclasses.replace(approval, terms=terms, expires=max(term.expires for term in terms))
            asked = _with_cards(asked, people.slack_ids)
            if raised:
                await ledger.audit_answer(work, asked, tier=1)
            if asked != approval:
                await self._approvals.follow(work, asked, call, case, requester, names)
            await (self._set_times if raised else self._look_again)(work, asked, case, unmet)
        return True


def _both(asked: Sequence[str], now: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*asked, *now)))


def _with_cards(approval: Approval, slack_ids: Sequence[str]) -> Approval:
    """With a card for each of these people, beside those that there are."""
    there = {where_of(key) for key in approval.cards}
    keys = [key for key in _cards(approval.id, slack_ids) if where_of(key) not in there]
    return dataclasses.replace(approval, cards=(*approval.cards, *keys))


def _cards(approval: str, slack_ids: Collection[str]) -> tuple[str, ...]:
    return tuple(f"card:{approval}:{where}" for where in ("channel", *sorted(slack_ids)))
