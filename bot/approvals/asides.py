"""What somebody who was asked wants before they answer: a word of the requester, why it is they, a reminder. It goes on waiting."""

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.approvals.approvers import Request
from bot.approvals.card import question_post
from bot.approvals.looking import Looking, Seen
from bot.approvals.outcome import Approvals
from bot.calls import ledger
from bot.consent import Approval, ApprovalState, Question
from bot.domain import Case, Due, Post, PostKind
from bot.ports import Click, ClickAnswer, Clock, WorkFactory
from bot.reading import moments
from bot.words import actwording, askwording
from bot.words.wording import duration

SOON, LATER = timedelta(minutes=15), timedelta(hours=1)
MORNING = time(9)
BEFORE = timedelta(minutes=15)
"""How long before the end somebody is reminded at the latest."""
LENGTH = 500


class Asides:
    """Questions, answers to them, reasons and reminders."""

    def __init__(self, *, work: WorkFactory, looking: Looking, approvals: Approvals, clock: Clock) -> None:
        self._work = work
        self._looking = looking
        self._approvals = approvals
        self._clock = clock

    # ── a word of the requester ──────────────────────────────────────────────────────────────────────────────────

    async def ask(self, click: Click) -> ClickAnswer:
        """Without words they are asked for. Raises StoreAway, like all of these."""
        seen = await self._looking.answerable(click)
        if isinstance(seen, ClickAnswer):
            return seen
        if seen.approval.open_question:
            return ClickAnswer(False, actwording.QUESTION_OPEN)
        words = click.reason.strip()[:LENGTH]
        if not words:
            return ClickAnswer(False, actwording.NOTHING_ASKED, asks=seen.call.sentence)
        question = Question(seen.clicker.id, words, self._clock.now())
        asked = (*seen.approval.questions, question)
        if not await self._kept(seen, asked):
            return ClickAnswer(False, askwording.BUSY)
        text = actwording.question(seen.clicker.name, seen.call.sentence, words, seen.approval.id)
        async with self._work() as work:
            await work.put(question_post(seen.approval, seen.case, seen.call, text, len(asked)))
            await work.say(seen.case.id, "bot", text)
        return ClickAnswer(True, actwording.asked(seen.approval.id))

    async def reply(self, click: Click) -> ClickAnswer:
        """The requester's answer by the button under the question."""
        seen = await self._looking.at(click)
        if isinstance(seen, ClickAnswer):
            return seen
        if click.slack_id != seen.case.slack_id:
            await self._looking.refused(seen)
            return ClickAnswer(False, actwording.NOT_ASKED)
        if not seen.approval.open_question:
            return ClickAnswer(False, actwording.NO_QUESTION)
        words = click.reason.strip()[:LENGTH]
        if not words:
            return ClickAnswer(False, actwording.NOTHING_ANSWERED, asks=seen.approval.questions[-1].text)
        if not await self._answered(seen, words):
            return ClickAnswer(False, askwording.BUSY)
        async with self._work() as work:
            await work.say(seen.case.id, "requester", words)
        return ClickAnswer(True, await self._thanks(seen.approval))

    async def answered(self, case: Case, words: str) -> str:
        """The requester's words in their thread, where a question is open: what they are told. Empty where none is."""
        async with self._work() as work:
            found = [one for one in await work.approvals(case.id) if one.state is ApprovalState.WAITING and one.open_question]
        for one in found:
            click = Click(one.id, one.nonce, case.slack_id, case.team, approve=False)
            seen = await self._looking.at(click)
            if isinstance(seen, Seen) and await self._answered(seen, words.strip()[:LENGTH]):
                return await self._thanks(one)
        return ""

    async def _answered(self, seen: Seen, words: str) -> bool:
        questions = seen.approval.questions
        answered = (*questions[:-1], dataclasses.replace(questions[-1], answer=words))
        if not await self._kept(seen, answered):
            return False
        name = await self._looking.approvers.name(questions[-1].by)
        text = actwording.question(name, seen.call.sentence, questions[-1].text, seen.approval.id)
        async with self._work() as work:
            await work.put(question_post(seen.approval, seen.case, seen.call, text, len(questions), open_=False))
        return True

    async def _thanks(self, approval: Approval) -> str:
        return actwording.answered(await self._looking.approvers.name(approval.questions[-1].by), approval.id)

    async def _kept(self, seen: Seen, questions: Sequence[Question]) -> bool:
        """Whether they stand on every card now; not where somebody asked or answered in between."""
        people = [*(vote.by for vote in seen.approval.votes), *(one.by for one in questions)]
        names = {handle: await self._looking.approvers.name(handle) for handle in people}
        async with self._work() as work:
            one = await work.approval(seen.approval.id, lock=True)
            if one is None or one.state is not ApprovalState.WAITING or one.questions != seen.approval.questions:
                return False
            kept = dataclasses.replace(one, questions=tuple(questions))
            await self._approvals.follow(work, kept, seen.call, seen.case, seen.requester, names)
            what = "answered" if questions[-1].answer else "asked"
            await ledger.audit_answer(work, kept, **{what: len(questions)}, by=seen.clicker.id)
        return True

    # ── why me, and later ────────────────────────────────────────────────────────────────────────────────────────

    async def why(self, click: Click) -> ClickAnswer:
        """By which role they may answer, why the policy asks, and who else was asked."""
        seen = await self._looking.answerable(click)
        if isinstance(seen, ClickAnswer):
            return seen
        approvers, one = self._looking.approvers, seen.approval
        roles = await approvers.held(seen.clicker, seen.requester, seen.call, one)
        request = Request(seen.call, seen.case, seen.requester, one.owed)
        people = await approvers.audience(request, [term.tier for term in one.terms])
        others = sorted(name for slack_id, name in people.names.items() if slack_id != click.slack_id)
        mine = [owed.because for owed, term in one.debts if owed.because and set(owed.roles(term.tier)) & set(roles)]
        because = list(dict.fromkeys(mine))
        return ClickAnswer(True, actwording.why_me(roles, because, others))

    async def later(self, click: Click) -> ClickAnswer:
        """They are reminded later, and nothing else changes. Without a time: which there are to choose from."""
        seen = await self._looking.answerable(click)
        if isinstance(seen, ClickAnswer):
            return seen
        one, now = seen.approval, self._clock.now()
        latest = one.expires - BEFORE
        if latest <= now:
            return ClickAnswer(False, actwording.no_later(duration((one.expires - now).total_seconds())))
        if not click.reason:
            times = [at for at in (now + SOON, now + LATER, _tomorrow(now, seen.clicker.zone)) if at < latest] or [latest]
            told = tuple((at.isoformat(), actwording.at(at, (at - now).total_seconds(), seen.clicker.zone)) for at in times)
            return ClickAnswer(False, "", seen.call.sentence, told)
        chosen = moments.aware(click.reason)
        if chosen is None or not now < chosen <= latest:
            return ClickAnswer(False, actwording.NO_SUCH_REMINDER)
        data = {"approval": one.id, "case": one.case, "person": click.slack_id}
        async with self._work() as work:
            await work.at(Due(f"later:{one.id}:{click.slack_id}", chosen, "approval_later", seen.case.conversation, data))
            await ledger.audit_answer(work, one, later=seen.clicker.id)
        return ClickAnswer(True, actwording.later(chosen, 60 * round((chosen - now).total_seconds() / 60), seen.clicker.zone))

    async def reminded(self, approval_id: str, person: str, key: str) -> None:
        """Their reminder, if it still waits for them."""
        async with self._work() as work:
            one = await work.approval(approval_id)
            call = await work.call(one.call) if one else None
            if one is None or call is None or one.state is not ApprovalState.WAITING:
                return
            text = askwording.reminder(one.id, call.sentence, one.expires)
            await work.put(Post(f"later:{key}", PostKind.NOTE, {"text": text}, person=person, case=one.case))


def _tomorrow(now: datetime, zone: str) -> datetime:
    """Nine o'clock of the next day where somebody is."""
    there = ZoneInfo(zone)
    return datetime.combine(now.astimezone(there).date() + timedelta(days=1), MORNING, there).astimezone(UTC)
