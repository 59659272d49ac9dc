"""Yes, for less time than was asked for: a new call with new arguments, gated again, to which the very yes is the first answer.

INVARIANT: what is put in a call's place ends earlier, and in the future; nothing else of it is different.
INVARIANT: the yes counts for what the policy asks of the shorter call now, and for no more.
Whoever said yes to the longer call said it to other arguments: they are told, and asked anew where somebody is still needed.
The requester's own click on the longer call is one on the shorter as well: what they agreed to goes on for less time.
"""

import dataclasses
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot import gate
from bot.approvals.approvers import Audience, Request
from bot.approvals.card import where_of
from bot.approvals.confirmation import covers
from bot.approvals.consulting import Consulting
from bot.approvals.looking import Seen
from bot.calls import ledger
from bot.consent import Approval, ApprovalState, Vote
from bot.domain import SYSTEM, Call, CallState, Post, PostKind
from bot.execution.decisions import Decisions, Ready
from bot.obligations import Deny
from bot.ports import Click, ClickAnswer, Clock, WorkFactory
from bot.provenance import Kind, Origin
from bot.reading import moments
from bot.words import actwording, askwording
from bot.words.wording import moment
from tools.contract import Tool, end_of

SPANS = tuple(timedelta(hours=hours) for hours in (1, 4, 24, 3 * 24, 7 * 24, 14 * 24, 30 * 24, 90 * 24))
"""The times that are offered, as far as they are shorter."""
USED_WITHIN = timedelta(hours=4)
"""How long a yes is good for a call that owes none any more."""


class Shortening:
    """Takes a yes for less time."""

    def __init__(
        self, tools: Mapping[str, Tool[Any]], people: Consulting, decisions: Decisions, work: WorkFactory, clock: Clock
    ) -> None:
        self._tools = tools
        self._looking = people.looking
        self._approvals = people.approvals
        self._asking = people.asking
        self._decisions = decisions
        self._work = work
        self._clock = clock

    async def act(self, click: Click) -> ClickAnswer:
        """Without a time: which there are to choose from. Raises StoreAway."""
        seen = await self._looking.answerable(click)
        if isinstance(seen, ClickAnswer):
            return seen
        if click.digest != seen.approval.stamp:
            return ClickAnswer(False, askwording.not_this(click.digest))
        end = await self._end(seen)
        if end is None:
            return ClickAnswer(False, actwording.NOT_SHORTER)
        now = self._clock.now()
        if not click.reason:
            zone = seen.clicker.zone
            choices = [((now + span).replace(microsecond=0), span) for span in SPANS if now + span < end]
            told = tuple((at.isoformat(), actwording.until(at, span.total_seconds(), zone)) for at, span in choices)
            return ClickAnswer(False, "" if told else actwording.NOT_SHORTER, seen.call.sentence if told else "", told)
        chosen = moments.aware(click.reason)
        if chosen is None or not now < chosen < end:
            return ClickAnswer(False, actwording.NO_SUCH_TIME)
        if (frozen := await self._looking.frozen(seen)) is not None:
            return frozen
        return await self._gated(seen, chosen, end)

    async def _end(self, seen: Seen) -> datetime | None:
        """The end that was asked for, where this person may set an earlier one."""
        tool = self._tools.get(seen.call.tool)
        if tool is None or seen.approval.step_up:
            return None
        held = await self._looking.approvers.held(seen.clicker, seen.requester, seen.call, seen.approval)
        lets = any(owed.shorten and set(owed.roles(term.tier)) & set(held) for owed, term in seen.approval.debts)
        return moments.aware(str(seen.call.arguments.get(end_of(tool.arguments)))) if lets else None

    async def _gated(self, seen: Seen, chosen: datetime, end: datetime) -> ClickAnswer:
        """The shorter call, decided as the policy is now."""
        call, name = seen.call, end_of(self._tools[seen.call.tool].arguments)
        asked = Call(
            id="",
            case=call.case,
            call=f"{call.call}~shorter",
            tool=call.tool,
            arguments={**call.arguments, name: chosen.isoformat()},
            state=CallState.WAITING,
            principal=call.principal,
            created=self._clock.now(),
            plan=call.plan,
            step=call.step,
            facts=call.facts,
            origins=call.origins,
        )
        ready = await self._decisions.of(asked, SYSTEM if call.principal == SYSTEM.id else seen.requester, seen.case)
        if isinstance(ready, Call):
            return ClickAnswer(False, actwording.not_allowed_shorter(ready.reason))
        if isinstance(ready.decision, Deny):
            return ClickAnswer(False, actwording.not_allowed_shorter(ready.decision.reason))
        clicked = [one for one in await self._own(call) if one.state is ApprovalState.APPROVED]
        enough = covers(clicked, dataclasses.replace(ready.call, purpose=call.purpose), ready.decision)
        if not enough or any(owed.step_up for owed in ready.owed) or not _only_shorter(call, ready.call, name, end):
            return ClickAnswer(False, actwording.NOT_SHORTER)
        request = Request(ready.call, seen.case, seen.requester, ready.owed)
        people = await self._looking.approvers.audience(request)
        if people.nobody:
            return ClickAnswer(False, askwording.NOBODY_TO_ASK)
        return await self._replaced(seen, ready, request, people, end)

    async def _own(self, call: Call) -> list[Approval]:
        """The requester's own answer to it, where one was owed."""
        async with self._work() as work:
            found = await work.approval(call.confirmation)
        return [found] if found is not None else []

    async def _replaced(self, seen: Seen, ready: Ready, request: Request, people: Audience, end: datetime) -> ClickAnswer:
        now, clicker = self._clock.now(), seen.clicker
        roles = await self._looking.approvers.roles(clicker, seen.requester, seen.call, seen.approval)
        vote = Vote(clicker.id, clicker.slack_id, approve=True, reason="", at=now, roles=roles)
        names = await self._looking.approvers.names((*seen.approval.votes, vote))
        async with self._work() as work:
            fresh = await self._asking.drafted(work, request, people)
        fresh = dataclasses.replace(fresh, votes=(vote,), expires=fresh.expires if fresh.owed else now + USED_WITHIN)
        unmet = await self._looking.approvers.unmet(fresh.votes, seen.requester, ready.call, fresh)
        if not unmet:
            fresh = dataclasses.replace(fresh, state=ApprovalState.APPROVED, answered=now)
        call = ready.call if fresh.owed else dataclasses.replace(ready.call, digest=_without_debts(ready.call))
        async with self._work() as work:
            held = await work.held([seen.call.id])
            before = next((one for one in held if one.id == seen.approval.id), None)
            now_ = await work.call(seen.call.id)
            if before != seen.approval or now_ is None or now_.state is not CallState.WAITING:
                return ClickAnswer(False, askwording.changed(seen.approval, before))
            people_ = {**dict(call.resource.get("people") or {}), **names}
            call = dataclasses.replace(call, key=call.digest, approval=fresh.id, resource={**call.resource, "people": people_})
            call = dataclasses.replace(call, origins=_set_by(call, end_of(self._tools[call.tool].arguments), names[clicker.id]))
            call = await ledger.numbered(work, call)
            fresh = dataclasses.replace(fresh, call=call.id, digest=call.digest)
            why = actwording.shortened(names[clicker.id], fresh.id)
            own = next((one for one in held if one.id == seen.call.confirmation), None)
            for one in filter(None, (own, before)):
                await work.save_approval(dataclasses.replace(one, successor=fresh.id))
            await self._approvals.end(work, before, ApprovalState.SUPERSEDED, seen.call, seen.case, seen.requester, why, names)
            if own is not None:
                call = dataclasses.replace(call, confirmation=await work.new_id("A"), purpose=seen.call.purpose)
            await work.save_call(call)
            await ledger.audit(work, call)
            if own is not None:
                mine = dataclasses.replace(own, id=call.confirmation, call=call.id, digest=_without_debts(call), cards=())
                await work.save_approval(dataclasses.replace(mine, nonce=secrets.token_urlsafe(12)))
                await ledger.audit_answer(work, mine, instead_of=own.id)
            asked = {"id": call.call, "tool": call.tool, "arguments": dict(call.arguments)}
            await work.say(call.case, "call", "", {"calls": [asked]})
            await self._asking.begin(work, fresh, dataclasses.replace(request, call=call), names, unmet)
            left, before_ = _left(fresh, unmet), _said_yes(before, clicker.id)
            anew = [names[vote.by] for vote in before_]
            told = actwording.shortened_told(names[clicker.id], call.sentence, moment(end), fresh.id, left, anew)
            note = Post(f"shorter:{fresh.id}", PostKind.NOTE, {"text": told}, seen.case.channel, seen.thread, case=call.case)
            await work.put(note)
            await work.say(call.case, "bot", told)
            for vote in before_:
                asked_anew = any(where_of(key) == vote.slack_id for key in fresh.cards)
                text = actwording.shortened_first(
                    names[clicker.id], call.sentence, moment(end), before.id, fresh.id, left, asked=asked_anew
                )
                await work.put(
                    Post(f"shorter:{fresh.id}:{vote.by}", PostKind.NOTE, {"text": text}, person=vote.slack_id, case=call.case)
                )
            await ledger.audit_answer(work, fresh, instead_of=before.id)
            if not unmet:
                await self._approvals.announce(work, fresh, seen.case)
        return ClickAnswer(True, actwording.shortened_taken(fresh.id, left, anew))


def _left(approval: Approval, unmet: tuple[int, ...]) -> str:
    return askwording.still_needed(approval, unmet) if unmet else ""


def _set_by(call: Call, end: str, name: str) -> tuple[Origin, ...]:
    """Where its values come from, now that somebody of this name has set the end."""
    return (*(one for one in call.origins if one.path != end), Origin(end, str(call.arguments[end]), Kind.APPROVER, name))


def _said_yes(approval: Approval, but: str) -> list[Vote]:
    """Who said yes to what waits, besides this person."""
    return [vote for vote in approval.votes if vote.by != but]


def _only_shorter(before: Call, now: Call, name: str, end: datetime) -> bool:
    """Whether they are the same in all but the end of this name, once every name of both was looked up, and `now` ends earlier."""
    rest = [{key: value for key, value in call.arguments.items() if key != name} for call in (before, now)]
    touched = [[call.resource.get(key) for key in ("kind", "id", "owner")] for call in (before, now)]
    ends = moments.aware(str(now.arguments[name]))
    same = rest[0] == rest[1] and touched[0] == touched[1] and before.beneficiary == now.beneficiary
    return same and ends is not None and ends < end


def _without_debts(call: Call) -> str:
    """The digest of a call that owes nobody's yes."""
    return gate.digest(call.tool, call.arguments, call.resource, call.principal, call.case, (), "")
