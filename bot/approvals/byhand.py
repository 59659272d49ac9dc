"""Taking over: whoever was asked does it by hand, and the tool's own check shows whether it is there. Deskhand changes nothing.

    WAITING ──▶ TAKEN_OVER ──▶ the call is taken_over, once it shows
       ▲             │  └────▶ WITHDRAWN, SUPERSEDED, CANCELLED: looked at, both sides are told, and what is there gets its end
       └─────────────┘  given back, or not there in time

Only what brings about a state can be taken over: whether somebody did a deed by hand nobody could read back.
"""

import dataclasses
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.approvals import naming
from bot.approvals.asking import Asking
from bot.approvals.card import where_of
from bot.approvals.looking import Looking, Seen
from bot.approvals.outcome import LEFT, Approvals, left
from bot.calls import effect, ledger
from bot.calls.afterwards import Afterwards
from bot.consent import Approval, ApprovalState
from bot.domain import Call, CallState, Case, Due, PersonKind, Post, PostKind
from bot.ports import Click, ClickAnswer, Clock, Work, WorkFactory
from bot.words import actwording, askwording
from tools.contract import Check, Ending, Result, Tool, end_of

log = structlog.get_logger(__name__)

LONGEST = timedelta(hours=4)
"""How long somebody has for it at most; a shorter time of the approval counts, and so does its end, which nothing puts off."""


class ByHand:
    """Lets people do it themselves."""

    def __init__(
        self,
        *,
        tools: Mapping[str, Tool[Any]],
        work: WorkFactory,
        looking: Looking,
        approvals: Approvals,
        asking: Asking,
        afterwards: Afterwards,
        clock: Clock,
    ) -> None:
        self._tools = tools
        self._work = work
        self._looking = looking
        self._approvals = approvals
        self._asking = asking
        self._afterwards = afterwards
        self._clock = clock

    async def take(self, click: Click) -> ClickAnswer:
        """Raises StoreAway, like all of these."""
        seen = await self._looking.answerable(click)
        if isinstance(seen, ClickAnswer):
            return seen
        tool = self._tools.get(seen.call.tool)
        if tool is None or tool.deed:
            return ClickAnswer(False, actwording.NOT_BY_HAND)
        one, now = seen.approval, self._clock.now()
        until = min(now + LONGEST, *(now + owed.within for owed in one.owed), one.expires)
        taken = dataclasses.replace(one, state=ApprovalState.TAKEN_OVER, taker=seen.clicker.id)
        names = {seen.clicker.id: seen.clicker.name, **await self._looking.approvers.names(one.votes)}
        async with self._work() as work:
            if (late := await self._changed(work, one)) is not None:
                return late
            await self._approvals.follow(work, taken, seen.call, seen.case, seen.requester, names)
            await work.at(_due(taken, seen.case, until))
            told = actwording.taken_over_told(seen.clicker.name, seen.call.sentence, one.id)
            await self._told(work, seen, f"taken:{one.id}:{now.isoformat()}", told)
            await ledger.audit_answer(work, taken, taken=seen.clicker.id)
        return ClickAnswer(True, actwording.taken_over(one.id, until, seen.clicker.zone))

    async def done(self, click: Click) -> ClickAnswer:
        """Look whether it is there; what is not seen is said, and nothing is closed."""
        seen = await self._theirs(click)
        if isinstance(seen, ClickAnswer):
            return await self._done_of_left(click) or seen
        check = await self._looked_at(seen.call)
        if check is None or not check.held:
            return ClickAnswer(False, actwording.not_seen(naming.told(check.observed, seen.call) if check else ""))
        name, (ending, _) = seen.clicker.name, self._ending(seen.call, check)
        endless = ending is None and bool(end_of(self._tools[seen.call.tool].arguments))
        call = dataclasses.replace(
            ledger.ended(seen.call, CallState.TAKEN_OVER, self._clock.now(), ""),
            summary=actwording.by_hand(name, seen.call.sentence, endless=endless),
            result={"changed": True},
            check={"held": True, "observed": check.observed, "how": check.how},
        )
        gave = await self._afterwards.gave(call, Result(check.data, call.summary), ending)
        owed = await self._afterwards.of(call)
        names = {seen.clicker.id: name, **await self._looking.approvers.names(seen.approval.votes)}
        async with self._work() as work:
            if (late := await self._changed(work, seen.approval)) is not None:
                return late
            await work.save_call(call)
            await ledger.audit(work, call)
            answered = dataclasses.replace(seen.approval, answered=call.finished)
            await self._approvals.follow(work, answered, call, seen.case, seen.requester, names)
            await work.say(call.case, "outcome", "", {"call": call.call, "approval": answered.id})
            for post in owed.posts:
                await work.put(post)
            for due in (*gave.dues, *owed.dues):
                await work.at(dataclasses.replace(due, conversation=seen.case.conversation))
            await ledger.audit_answer(work, answered, done=seen.clicker.id)
            await self._approvals.announce(work, answered, seen.case)
        return ClickAnswer(True, actwording.seen_done(answered.id, endless=endless))

    async def back(self, click: Click) -> ClickAnswer:
        """It waits for an answer again, with the time that it has still."""
        seen = await self._theirs(click)
        if isinstance(seen, ClickAnswer):
            return seen
        return await self._waits_again(seen)

    async def late(self, seen: Seen) -> None:
        """Their time is over and it has not shown: it waits for an answer again, and they are told."""
        one = seen.approval
        if not (await self._waits_again(seen)).taken:
            return
        person = seen.clicker.slack_id
        if person in map(where_of, one.cards):
            text = actwording.not_done_in_time(seen.call.sentence, one.id, over=self._clock.now() >= one.expires)
            async with self._work() as work:
                await work.put(Post(f"nottaken:{one.id}:{one.taker}", PostKind.NOTE, {"text": text}, person=person, case=one.case))

    async def left(self, seen: Seen) -> str:
        """Nobody wants any more what `seen.clicker` had in hand: look whether it is there, and tell them and the requester.

        What is there ends as it would have, were it wanted. Why people have to look, where that cannot be seen to; else empty.
        """
        one, call = seen.approval, seen.call
        check = await self._looked_at(call)
        if check is not None:
            call = dataclasses.replace(call, check={"held": check.held, "observed": check.observed, "how": check.how})
        names = {seen.clicker.id: seen.clicker.name, **await self._looking.approvers.names(one.votes)}
        there = check.held if check else None
        tool = self._tools.get(call.tool)
        lasts = there is not False and (tool is None or bool(end_of(tool.arguments)))
        ending, known = self._ending(call, check) if check is not None and there else (None, there is not None)
        ends = actwording.left_ends(ending.at if ending else None, known=known) if lasts else ""
        told = actwording.left_told(seen.clicker.name, call.sentence, one.id, there=there, state=one.state, ends=ends)
        taker = actwording.left_taker(seen.requester.name, call.sentence, one.id, there=there, state=one.state, ends=ends)
        gave = await self._afterwards.gave(call, Result(check.data if check else {}, ""), ending)
        async with self._work() as work:
            if await work.approval(one.id, lock=True) != one or await work.call(call.id) != seen.call:
                return ""
            await work.save_call(call)
            for due in gave.dues:
                await work.at(dataclasses.replace(due, conversation=seen.case.conversation))
            await ledger.audit(work, call)
            await self._approvals.show(work, one, call, seen.case, seen.requester, names)
            await self._told(work, seen, f"left:{one.id}", told, open_=False)
            if seen.clicker.slack_id:
                post = Post(
                    f"left:{one.id}:{one.taker}", PostKind.NOTE, {"text": taker}, person=seen.clicker.slack_id, case=one.case
                )
                await work.put(post)
        return actwording.left_to_people(seen.clicker.name, call.sentence) if lasts and not known else ""

    async def _done_of_left(self, click: Click) -> ClickAnswer | None:
        """They say that it is done, and nobody wants it any more: it is looked at once more. None where it is nothing like it."""
        seen = await self._looking.whatever(click)
        if isinstance(seen, ClickAnswer) or seen.approval.state not in LEFT:
            return None
        if not seen.approval.taker or seen.clicker.id != seen.approval.taker:
            return None
        async with self._work() as work:
            await work.at(left(seen.approval, seen.case, self._clock.now()))
        return ClickAnswer(False, f"{askwording.late(seen.approval)} {actwording.LOOKS_AT_LEFT}")

    async def _looked_at(self, call: Call) -> Check | None:
        """Whether it is there; None where that cannot be told, also since its tool is gone or takes other arguments by now."""
        tool = self._tools.get(call.tool)
        args = effect.fitting(tool, call.arguments)
        return (await effect.look(tool, args, None, call.key))[0] if tool is not None and args is not None else None

    def _ending(self, call: Call, check: Check) -> tuple[Ending | None, bool]:
        """When what was seen ends, which Deskhand sees to as it does for its own changes, and whether that could be told."""
        tool = self._tools[call.tool]
        args = effect.fitting(tool, call.arguments)
        try:
            return tool.ending(args, Result(check.data, "")) if args is not None else None, args is not None
        except Exception:  # whatever it raises: it is there, and is written down in any case
            log.exception("when a change by hand ends could not be told", tool=tool.name, case=call.case, call=call.id)
            return None, False

    async def _waits_again(self, seen: Seen) -> ClickAnswer:
        one, now = seen.approval, self._clock.now()
        again = dataclasses.replace(one, state=ApprovalState.WAITING, taker="")
        unmet = await self._looking.approvers.unmet(again.votes, seen.requester, seen.call, again)
        names = await self._looking.approvers.names(one.votes)
        async with self._work() as work:
            if (late := await self._changed(work, one)) is not None:
                return late
            await self._asking.resume(work, again, seen, names, unmet)
            await work.not_due(_key(one))
            needed = askwording.needed(again) if now < one.expires else ""
            told = actwording.given_back_told(seen.clicker.name, seen.call.sentence, needed, one.id)
            await self._told(work, seen, f"givenback:{one.id}:{now.isoformat()}", told)
            await ledger.audit_answer(work, again, given_back=seen.clicker.id)
        return ClickAnswer(True, actwording.given_back(one.id))

    async def _theirs(self, click: Click) -> Seen | ClickAnswer:
        """What was taken over, where it was by whoever clicks."""
        seen = await self._looking.at(click, ApprovalState.TAKEN_OVER)
        if isinstance(seen, ClickAnswer):
            return seen
        if seen.clicker.kind is not PersonKind.MEMBER or seen.clicker.id != seen.approval.taker:
            await self._looking.refused(seen)
            return ClickAnswer(False, actwording.NOT_YOURS_BY_HAND)
        return seen

    async def _changed(self, work: Work, seen: Approval) -> ClickAnswer | None:
        """What is told where it is no longer as it was; the row is held otherwise."""
        one, call = await work.approval(seen.id, lock=True), await work.call(seen.call)
        if one == seen and call is not None and call.state is CallState.WAITING:
            return None
        return ClickAnswer(False, askwording.changed(seen, one))

    async def _told(self, work: Work, seen: Seen, key: str, text: str, *, open_: bool = True) -> None:
        content = {"text": text, "case": seen.case.id, "buttons": ["withdraw"] if open_ else []}
        await work.put(Post(key, PostKind.NOTE, content, channel=seen.case.channel, thread=seen.thread, case=seen.case.id))
        await work.say(seen.case.id, "bot", text)


def _key(approval: Approval) -> str:
    return f"byhand:{approval.id}"


def _due(approval: Approval, case: Case, at: datetime) -> Due:
    return Due(_key(approval), at, "approval_by_hand", case.conversation, {"approval": approval.id, "case": approval.case})
