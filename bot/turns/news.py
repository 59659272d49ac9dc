"""What a new event means: a message, an edit, a button, an approval that came to an end, a time that has come.

Each event is applied in units of work of its own and leaves keyed traces, so applying it again (after a crash) changes nothing.
"""

import dataclasses
from collections.abc import Sequence

from bot.calls import ledger
from bot.cases import belonging, notice, offers, patience, spoken, standing
from bot.cases.handover import HandOver
from bot.cases.house import House
from bot.cases.spoken import Touched
from bot.cases.times import Times
from bot.consent import ApprovalKind, ApprovalState
from bot.domain import CallState, Case, CaseState, Event, EventKind, PersonKind, Plan, PlanState, Principal
from bot.execution import takenback
from bot.reading import phrases
from bot.reading.dropbook import EVERYTHING
from bot.reading.followup import goes_on, in_context
from bot.reading.phrases import Intent, tokens
from bot.runbooks import requests
from bot.runbooks.requests import Understanding
from bot.turns import revisions
from bot.turns.further import Further
from bot.turns.openings import Openings, running
from bot.turns.pointing import WHICH
from bot.turns.questions import Questions
from bot.turns.remarks import BELONGS
from bot.turns.submissions import Submissions
from bot.turns.verdicts import Verdicts
from bot.words import clickwording, wording


class News:
    """Applies events."""

    def __init__(self, house: House, handover: HandOver) -> None:
        self._house = house
        self._handover = handover
        self._times = Times(house, handover)
        self._openings = Openings(house, handover)
        self._questions = Questions(house, handover, self._openings)
        self.verdicts = Verdicts(house, handover, self._openings)
        self._further = Further(house, self._openings, self._questions, self.verdicts)
        self._submissions = Submissions(house, self._openings, self.verdicts)

    async def apply(self, event: Event) -> list[Touched]:
        """What the event changed, as cases that go on."""
        match event.kind:
            case EventKind.MESSAGE:
                return await self._message(event)
            case EventKind.EDIT:
                return await self._edit(event)
            case EventKind.DELETE:
                return await self._delete(event)
            case EventKind.CHOICE if str(event.data.get("need")).startswith(WHICH):
                return await self._further.pointing.chosen(event)
            case EventKind.CHOICE if str(event.data.get("need")).startswith(BELONGS):
                return await self._further.remarks.belonging(event)
            case EventKind.CHOICE:
                return await self._questions.choice(event)
            case EventKind.FEEDBACK:
                return await self.verdicts.button(event, self.verdicts.feedback)
            case EventKind.WITHDRAW:
                return await self.verdicts.button(event, self.verdicts.withdraw)
            case EventKind.PERSON:
                return await self.verdicts.button(event, self.verdicts.person)
            case EventKind.APPROVAL:
                return await self._approval(event)
            case EventKind.DUE:
                return [Touched(case, thread, event.key) for case, thread in await self._times.come(event)]

    async def _message(self, event: Event) -> list[Touched]:
        house = self._house
        text = phrases.clean(event.text, bot_id=house.bot_id)
        intent = phrases.intent(text)
        case, in_its_thread = await self._case_of(event, intent)
        addressed = bool(event.data.get("direct") or event.data.get("mention"))
        if case is None and not addressed:
            return []
        principal = await house.facts.principal(event.sender, event.team)
        if principal.kind is PersonKind.BOT:
            return []
        refusal = spoken.refusal(principal, event)
        if refusal:
            if addressed:
                await spoken.note(self._house, event, None, refusal)
            return []
        await notice.first_contact(house, event)
        if event.data.get("form"):
            return await self._submissions.sent(event, principal)
        if case is not None and case.slack_id != event.sender:
            async with house.work() as work:
                await work.say_once(case.id, "other", text, event.key)
            if event.data.get("mention"):
                await spoken.note(self._house, event, None, wording.OTHER_PERSON)
            return []
        if apart := event.data.get("apart"):
            await self._further.remarks.apart(apart)
        if case is None:
            return await self._new(event, principal, text, Intent.OTHER if apart else intent)
        if intent is Intent.OTHER and not in_its_thread and not house.agent.thinks:
            return await self._beside(event, principal, text)
        return await self._more(event, case, principal, text, intent)

    async def _beside(self, event: Event, principal: Principal, text: str) -> list[Touched]:
        """Words at the top level of direct messages while something is open: what they ask for besides is a case of its own."""
        async with self._house.work() as work:
            open_ = await belonging.open_in(work, event)
            plans = [(case, [plan for plan in await work.plans(case.id) if plan.state.open]) for case in open_]
        going = [(case, some) for case, some in plans if some]
        touched = await self._further.taken(event, principal, text, going) if going else None
        return await self._new(event, principal, text, Intent.OTHER) if touched is None else touched

    async def _case_of(self, event: Event, intent: Intent) -> tuple[Case | None, bool]:
        """The case that the message may belong to, and whether it was said in one of its threads."""
        async with self._house.work() as work:
            case = await work.case_in_thread(event.channel, event.thread)
            if case is not None:
                return case, True
            if event.data.get("direct") and not event.data.get("in_thread") and not event.data.get("apart"):
                return await belonging.of(work, event, intent), False
            return None, False

    async def _new(self, event: Event, principal: Principal, text: str, intent: Intent) -> list[Touched]:
        house = self._house
        if said := await self._small_talk(event, intent, going=False):
            await spoken.note(house, event, None, said)
            return []
        understood = await self._read(event, None, text)
        direct, now = bool(event.data.get("direct")), house.clock.now()
        place = "direct" if direct else str(event.data.get("place") or await house.workspace.place(event.channel))
        async with house.work() as work:
            case = Case(
                id=await work.new_id("C"),
                conversation=event.conversation,
                team=event.team,
                channel=event.channel,
                thread=event.thread,
                requester=principal.id,
                slack_id=event.sender,
                created=now,
                updated=now,
                direct=direct,
                place=place,
                title=text[:120],
            )
            await work.save_case(case)
            await work.add_thread(case.id, event.channel, event.thread)
        if intent is Intent.PERSON:
            case = await spoken.heard(self._house, event, case, text)
            return await self.verdicts.person(event, case)
        return await self._openings.requests(event, case, principal, text, understood)

    async def _more(self, event: Event, case: Case, principal: Principal, text: str, intent: Intent) -> list[Touched]:
        """A further message of the requester in their case."""
        house = self._house
        async with house.work() as work:
            if await work.case_in_thread(event.channel, event.thread) is None:
                await work.add_thread(case.id, event.channel, event.thread)
            plans, answered = await work.plans(case.id), await spoken.was_an_answer(work, case, event)
        if answered or any(plan.message == event.key for plan in plans):
            return await self._applied_before(event, case)
        if intent is Intent.OTHER:
            plans = await patience.taken_up(house, case, plans)
        going = [plan for plan in plans if plan.state.open]
        on = [Touched(case.id, event.thread, event.key)] if going else []
        if intent is not Intent.OTHER:
            case = await spoken.heard(self._house, event, case, text)
        if intent is Intent.OTHER and (told := await self._answered(event, case, principal, text, going)):
            return told
        match intent:
            case Intent.WITHDRAW if (told := await self._further.pointing.answered(event, principal, text)) is not None:
                return told
            case Intent.WITHDRAW if going and EVERYTHING & set(tokens(text)) and not event.data.get("in_thread"):
                return await self._further.pointing.everything(event, principal, text)
            case Intent.WITHDRAW:
                return await self.verdicts.withdraw(event, case)
            case Intent.PERSON:
                return await self.verdicts.person(event, case)
            case Intent.YES if case.state is CaseState.RESOLVED:
                return await self.verdicts.confirmed(event, case)
            case Intent.NOT_YET if case.state is CaseState.RESOLVED:
                return await self.verdicts.not_yet(event, case)
            case Intent.HELP | Intent.STATUS | Intent.CHAT if said := await self._small_talk(event, intent, going=bool(going)):
                await spoken.note(self._house, event, case, said)
                return on
            case Intent.THANKS | Intent.GREETING if question := next((one.reason for one in going if one.asked), ""):
                await spoken.note(self._house, event, case, wording.still_asks(question))
                return on
            case Intent.THANKS | Intent.GREETING | Intent.EMPTY if not any(p.state is PlanState.ASKING for p in plans):
                await spoken.note(self._house, event, case, await self._small_talk(event, intent, going=bool(going)))
                return on
            case _:
                if going and not house.agent.thinks:
                    taken = await self._further.taken(event, principal, text, [(case, going)])
                    if taken is not None:
                        return taken
                return await self._understood(event, case, principal, text, going)

    async def _applied_before(self, event: Event, case: Case) -> list[Touched]:
        """All cases that go on with an event that was cut off after it was applied."""
        async with self._house.work() as work:
            others = [one for one in await belonging.moved(work, event) if one.id != case.id]
            moved = [case, *[one for one in others if await spoken.was_an_answer(work, one, event)]]
        return [Touched(one.id, event.thread, event.key) for one in moved]

    async def _answered(
        self, event: Event, case: Case, principal: Principal, text: str, going: Sequence[Plan]
    ) -> list[Touched] | None:
        """The answer to what an approver has asked, or a change of mind; None where no question is open."""
        async with self._house.work() as work:
            if not any(one.state is ApprovalState.WAITING and one.open_question for one in await work.approvals(case.id)):
                return None
        understood = await requests.understand(text, self._house.knowledge)
        pointing = self._further.pointing
        for meaning in (pointing.dropped, pointing.changed):
            if (taken := await meaning(event, principal, text, [(case, going)], understood)) is not None:
                return taken
        said = await self._house.asides.answered(case, text)
        if not said:
            return None
        case = await spoken.heard(self._house, event, case, text)
        await spoken.note(self._house, event, case, said)
        return [Touched(case.id, event.thread or case.thread, event.key)]

    async def _understood(self, event: Event, case: Case, principal: Principal, text: str, going: Sequence[Plan]) -> list[Touched]:
        understood = await self._read(event, case, text)
        if self._house.agent.thinks and going:
            pointing = self._further.pointing
            for meaning in (pointing.dropped, self._further.declined, pointing.changed):
                if (taken := await meaning(event, principal, text, [(case, going)], understood)) is not None:
                    return taken
        return await self._openings.requests(event, case, principal, text, understood)

    async def _read(self, event: Event, case: Case | None, text: str) -> Understanding:
        """What it asks for; where it says nothing by itself and goes on from what was said before, what both ask for."""
        understood = await requests.understand(text, self._house.knowledge)
        if understood.requests or not goes_on(text):
            return understood
        async with self._house.work() as work:
            earlier = await belonging.said_before(work, event, case, self._house.clock.now())
        whole = in_context(text, earlier)
        return understood if whole == text else await requests.understand(whole, self._house.knowledge)

    async def _edit(self, event: Event) -> list[Touched]:
        """A message that was answered already says something else now."""
        house = self._house
        case, opened = await self._of_original(event)
        if case is None:
            return await self._message(event)
        principal = await house.facts.principal(event.sender, event.team)
        if case.slack_id != event.sender or spoken.refusal(principal, event):
            return []
        on = [Touched(case.id, event.thread, event.key)]
        if any(plan.message >= event.key for plan in opened):  # keys of one message's edits are in the order of their times
            return on  # it was applied before, and cut off since; or a later one was
        mine = revisions.in_force(opened)
        text = phrases.clean(event.text, bot_id=house.bot_id)
        understood = await requests.understand(text, house.knowledge)
        drafts = [await self._openings.drafts(event, case, principal, request) for request in understood.requests]
        wanted = [plan for some in drafts for plan in some]
        fresh, stay = revisions.edited(wanted, mine)
        if house.agent.thinks and not wanted and text != mine[-1].words:
            return await self._openings.requests(dataclasses.replace(event, text=text), case, principal, text, understood)
        offer = next((plan for plan in mine if offers.waits(plan)), None)
        if offer is not None and not wanted and text != offer.words:
            return await self._reworded(event, case, principal, offer, text)
        left_out = [plan for plan in mine if plan.state.open and plan.id not in stay]
        gone = [plan for plan in left_out if fresh or (plan.runbook and not understood.unknown)]
        if not (wanted and (fresh or gone)):
            return on if case.state in belonging.OPEN else []
        case = await spoken.heard(house, event, case, text)
        async with house.work() as work:
            ended = ApprovalState.SUPERSEDED, PlanState.WITHDRAWN
            await self.verdicts.end(work, case, gone, *ended, principal, wording.EDITED_OUT)
            await work.put(spoken.post(event, case, wording.EDITED if fresh else wording.EDITED_LESS))
            case, lines = await work.case(case.id) or case, await work.transcript(case.id)
            for plan in gone:
                case = takenback.noted(case, plan, plan.needs, lines)
            await work.save_case(case)
            if fresh:
                wanted = [running(plan) if house.agent.thinks else plan for plan in fresh]
                await self._openings.opened(work, event, case, principal, wanted, [])
        return on

    async def _reworded(self, event: Event, case: Case, principal: Principal, offer: Plan, text: str) -> list[Touched]:
        """What no runbook fits says something else now: it is asked about anew, or goes to people as it is."""
        house = self._house
        case = await spoken.heard(house, event, case, text)
        key = f"{event.key}#0"
        asks = await offers.offered(house, case, principal, text, key)
        fresh = asks or dataclasses.replace(offer, title=text[:80], words=text, opened_by=key)
        fresh = dataclasses.replace(fresh, id=offer.id, times_asked=offer.times_asked + 1)
        async with house.work() as work:
            await spoken.answered(work, case, event.thread, offer, "")
            if asks is not None:
                await self._openings.opened(work, dataclasses.replace(event, text=text), case, principal, [fresh], [])
            else:
                await work.save_plan(fresh)
        if asks is None:
            await offers.to_people(house, self._handover, case, fresh, event.key, event.thread)
        return [Touched(case.id, event.thread, event.key)]

    async def _delete(self, event: Event) -> list[Touched]:
        """The message that opened something is gone: what it asked for is dropped."""
        case, opened = await self._of_original(event)
        going = [plan for plan in opened if plan.state.open]
        if case is None or not going:
            return []
        requester = await self._house.facts.principal(case.slack_id, case.team)
        async with self._house.work() as work:
            await self.verdicts.end(work, case, going, ApprovalState.WITHDRAWN, PlanState.WITHDRAWN, requester)
            await work.put(spoken.post(event, case, wording.DELETED))
        return [Touched(case.id, event.thread, event.key)]

    async def _of_original(self, event: Event) -> tuple[Case | None, list[Plan]]:
        """The case of the message that was changed, and the plans that it opened, as it was first and by every edit since."""
        original = f"{event.team}:{event.channel}:{event.data.get('edited_of', '')}"
        async with self._house.work() as work:
            case = await work.case_in_thread(event.channel, event.thread)
            plans = await work.plans(case.id) if case else []
        opened = [plan for plan in plans if plan.message == original or plan.message.startswith(f"{original}:")]
        return (case, opened) if opened else (None, [])

    async def _approval(self, event: Event) -> list[Touched]:
        house = self._house
        async with house.work() as work:
            approval = await work.approval(str(event.data["approval"]))
            call = await work.call(approval.call) if approval else None
            case = await work.case(approval.case) if approval else None
        if approval is None or call is None or case is None:
            return []
        thread = case.thread_of(call.plan)
        if approval.state is ApprovalState.DENIED and call.state is CallState.WAITING:
            reason = await house.approvals.reason_of_denial(approval)
            async with house.work() as work:
                ended = dataclasses.replace(call, state=CallState.DENIED, reason=reason, finished=house.clock.now())
                await work.save_call(ended)
                await ledger.audit(work, ended)
                await spoken.runs_again(work, case, call.plan)
                await work.say(case.id, "outcome", "", {"call": call.call, "approval": approval.id})
            return [Touched(case.id, thread, event.key)]
        if approval.state is ApprovalState.TAKEN_OVER:
            async with house.work() as work:
                await spoken.runs_again(work, case, call.plan)
            return [Touched(case.id, thread, event.key)]
        if approval.state in (ApprovalState.APPROVED, ApprovalState.USED):
            return [Touched(case.id, thread, event.key, (approval.id,))]
        if approval.state is ApprovalState.WITHDRAWN and approval.kind is ApprovalKind.CONFIRMATION:
            async with house.work() as work:
                await spoken.runs_again(work, case, call.plan)
                if not house.agent.thinks:  # a model finds its own words for it
                    text = f"*{call.sentence}*: {clickwording.LEFT_ALONE} {clickwording.STILL_TROUBLE}"
                    await work.put(spoken.post(dataclasses.replace(event, thread=thread), case, text, ["person"]))
                    await work.say(case.id, "bot", text)
            return [Touched(case.id, thread, event.key)]
        return []

    async def _small_talk(self, event: Event, intent: Intent, *, going: bool) -> str:
        """What is said to words that ask for nothing to be done; empty for all others. `going`: something is open."""
        match intent:
            case Intent.HELP:
                bounds = self._house.runbooks.values()
                return wording.help_text(sorted(bound.runbook.home for bound in bounds if bound.runbook.home))
            case Intent.STATUS:
                return await standing.told(self._house, event)
            case Intent.CHAT:
                return wording.CHAT
            case Intent.THANKS | Intent.GREETING | Intent.EMPTY if going:
                return wording.ON_IT
            case Intent.EMPTY:
                return wording.FILES if event.data.get("files") else wording.EMPTY
            case Intent.GREETING:
                return wording.GREETING
            case Intent.THANKS | Intent.YES:
                return wording.WELCOME
            case Intent.WITHDRAW:
                return wording.NOTHING_TO_WITHDRAW
            case _:
                return ""
