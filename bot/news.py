"""What a new event means for a case: a request, an answer, a withdrawal, somebody's word on the result, a time that has come.

Each event is applied in units of work of its own and leaves keyed traces, so applying it again (after a crash) changes nothing.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from bot import needs, phrases, reports, requests, wording
from bot.domain import (
    ApprovalState,
    CallState,
    Case,
    CaseKind,
    CaseState,
    Event,
    EventKind,
    PersonKind,
    Plan,
    PlanState,
    Post,
    PostKind,
    Principal,
    Resolution,
)
from bot.handover import HandOver
from bot.house import House
from bot.phrases import Intent
from bot.ports import Found, Work
from bot.times import Times

log = structlog.get_logger(__name__)

ASKED_AT_MOST = 3
OPEN = (CaseState.OPEN, CaseState.WORKING, CaseState.WAITING, CaseState.REOPENED)


@dataclass(frozen=True, slots=True)
class Touched:
    """A case that has to go on: answers go to `thread`; `key` names the event that moved it."""

    case: str
    thread: str
    key: str
    approved: tuple[str, ...] = ()

    def also(self, later: "Touched") -> "Touched":
        """Both at once: answered where the later one was said."""
        return Touched(self.case, later.thread or self.thread, self.key, (*self.approved, *later.approved))


class News:
    """Applies events."""

    def __init__(self, house: House, handover: HandOver) -> None:
        self._house = house
        self._handover = handover
        self._times = Times(house, handover)

    async def apply(self, event: Event) -> list[Touched]:
        """What the event changed, as cases that go on."""
        match event.kind:
            case EventKind.MESSAGE:
                return await self._message(event)
            case EventKind.EDIT:
                return await self._edit(event)
            case EventKind.DELETE:
                return await self._delete(event)
            case EventKind.CHOICE:
                return await self._choice(event)
            case EventKind.FEEDBACK:
                return await self._button(event, self._feedback_click)
            case EventKind.WITHDRAW:
                return await self._button(event, self._withdraw)
            case EventKind.PERSON:
                return await self._button(event, self._person)
            case EventKind.APPROVAL:
                return await self._approval(event)
            case EventKind.DUE:
                return [Touched(case, thread, event.key) for case, thread in await self._times.come(event)]

    # ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def _message(self, event: Event) -> list[Touched]:
        house = self._house
        case = await self._case_of(event)
        addressed = bool(event.data.get("direct") or event.data.get("mention"))
        if case is None and not addressed:
            return []
        principal = await house.facts.principal(event.sender, event.team)
        if principal.kind is PersonKind.BOT:
            return []
        refusal = _refusal(principal, event)
        if refusal:
            if addressed:
                await self._note(event, None, refusal)
            return []
        text = phrases.clean(event.text, bot_id=house.bot_id)
        if case is not None and case.slack_id != event.sender:
            async with house.work() as work:
                await _heard(work, case, "other", text, event.key)
            if event.data.get("mention"):
                await self._note(event, None, wording.OTHER_PERSON)
            return []
        intent = phrases.intent(text)
        if case is not None and not await self._belongs(case, event, intent):
            case = None
        if case is None:
            return await self._new(event, principal, text, intent)
        return await self._more(event, case, principal, text, intent)

    async def _case_of(self, event: Event) -> Case | None:
        async with self._house.work() as work:
            case = await work.case_in_thread(event.channel, event.thread)
            if case is None and event.data.get("direct") and not event.data.get("in_thread"):
                case = await work.latest_case(event.conversation, event.sender)
            return case

    async def _belongs(self, case: Case, event: Event, intent: Intent) -> bool:
        """Whether a message goes on with the case, rather than being about something new (top level of direct messages)."""
        async with self._house.work() as work:
            in_its_thread = await work.case_in_thread(event.channel, event.thread)
        if in_its_thread is not None or case.state in OPEN:
            return True
        return case.state is CaseState.RESOLVED and intent in (Intent.YES, Intent.NOT_YET, Intent.THANKS)

    async def _new(self, event: Event, principal: Principal, text: str, intent: Intent) -> list[Touched]:
        small_talk = {
            Intent.GREETING: wording.GREETING,
            Intent.THANKS: wording.WELCOME,
            Intent.YES: wording.WELCOME,
            Intent.WITHDRAW: wording.NOTHING_TO_WITHDRAW,
            Intent.EMPTY: wording.FILES if event.data.get("files") else wording.EMPTY,
        }
        if intent in small_talk:
            await self._note(event, None, small_talk[intent])
            return []
        house = self._house
        understood = await requests.understand(text, house.knowledge)
        now = house.clock.now()
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
                direct=bool(event.data.get("direct")),
                title=text[:120],
            )
            await work.save_case(case)
            await work.add_thread(case.id, event.channel, event.thread)
        return await self._requests(event, case, principal, text, intent, understood)

    async def _more(self, event: Event, case: Case, principal: Principal, text: str, intent: Intent) -> list[Touched]:
        """A further message of the requester in their case."""
        house = self._house
        async with house.work() as work:
            if await work.case_in_thread(event.channel, event.thread) is None:
                await work.add_thread(case.id, event.channel, event.thread)
            plans = await work.plans(case.id)
        if any(plan.opened_by == event.key for plan in plans):
            return [Touched(case.id, event.thread, event.key)]  # applied before, and cut off since
        going = [plan for plan in plans if plan.state.open]
        on = [Touched(case.id, event.thread, event.key)] if going else []
        if intent is not Intent.OTHER:
            case = await self._heard(event, case, text)
        match intent:
            case Intent.WITHDRAW:
                return await self._withdraw(event, case)
            case Intent.PERSON:
                return await self._person(event, case)
            case Intent.YES if case.state is CaseState.RESOLVED:
                return await self._confirmed(event, case)
            case Intent.NOT_YET if case.state is CaseState.RESOLVED:
                return await self._not_yet(event, case)
            case Intent.THANKS | Intent.GREETING | Intent.EMPTY if not any(p.state is PlanState.ASKING for p in plans):
                await self._note(event, case, _small_talk(intent, event, going=bool(going)))
                return on
            case _:
                asking = next((plan for plan in plans if plan.state is PlanState.ASKING), None)
                if asking is not None:
                    return await self._answered_question(event, case, principal, asking, text)
                return await self._understood(event, case, principal, text, intent)

    async def _understood(self, event: Event, case: Case, principal: Principal, text: str, intent: Intent) -> list[Touched]:
        understood = await requests.understand(text, self._house.knowledge)
        return await self._requests(event, case, principal, text, intent, understood)

    async def _requests(
        self,
        event: Event,
        case: Case,
        principal: Principal,
        text: str,
        intent: Intent,
        understood: requests.Understanding,
    ) -> list[Touched]:
        """Open a plan for everything that was asked; what nothing fits goes to people."""
        house = self._house
        case = await self._heard(event, case, text)
        if intent is Intent.PERSON:
            return await self._person(event, case)
        async with house.work() as work:
            plans = await work.plans(case.id)
        going = {plan.runbook: plan for plan in plans if plan.state.open}
        opened: list[Plan] = []
        for request in understood.requests:
            plan = await self._drafted(event, case, principal, request.words, request.found[0])
            same = going.get(plan.runbook)
            if same is None or (same.needs != plan.needs and plan.state is PlanState.RUNNING):
                opened.append(plan)
        if understood.requests and not opened:
            await self._note(event, case, wording.ALREADY_ON_IT)
            return [Touched(case.id, event.thread, event.key)]
        if opened:
            await self._open(event, case, opened, [found for r in understood.requests for found in r.found])
        elif going:
            await self._note(event, case, wording.NOTED, ["person"])
            return [Touched(case.id, event.thread, event.key)]
        unknown = list(understood.unknown) if opened else [text]
        if unknown:
            await self._unknown(event, case, unknown)
        return [Touched(case.id, event.thread, event.key)] if opened else []

    async def _unknown(self, event: Event, case: Case, unknown: Sequence[str]) -> None:
        """Nothing fits: say so and hand over, without a guess."""
        lost: list[Plan] = []
        nearest = [found for words in unknown for found in await self._house.knowledge.search(words)]
        async with self._house.work() as work:
            for number, words in enumerate(unknown):
                known = [p for p in await work.plans(case.id) if p.opened_by == f"{event.key}#{number}"]
                plan = (
                    known[0]
                    if known
                    else Plan(
                        id=await work.new_id("P"),
                        case=case.id,
                        runbook="",
                        version="",
                        title=words[:80],
                        words=words,
                        opened_by=f"{event.key}#{number}",
                        state=PlanState.FAILED,
                        reason=wording.UNKNOWN_REQUEST,
                    )
                )
                await work.save_plan(plan)
                lost.append(plan)
            await _heard(work, case, "note", "nothing fits", f"{event.key}#none", found=_shown(nearest))
            await _reported(work, case, lost)
        await self._handover.give(case, event.thread, wording.UNKNOWN_REQUEST, event.key, lost)

    async def _drafted(self, event: Event, case: Case, principal: Principal, words: str, found: Found) -> Plan:
        """A plan for these words, its needs filled from them as far as they go."""
        house = self._house
        runbook = house.runbooks[found.runbook].runbook
        plan = Plan(
            id="",
            case=case.id,
            runbook=runbook.id,
            version=runbook.version,
            title=runbook.title,
            words=words,
            opened_by=event.key,
            score=found.cosine,
        )
        known: dict[str, Any] = {}
        for need in runbook.needs.values():
            got = await needs.fill(need, words, principal=principal, directory=house.directory, now=house.clock.now())
            match got:
                case needs.Filled(value=value):
                    known[need.name] = value
                case needs.Unclear(question=question, choices=choices) if not plan.asked:
                    plan = dataclasses.replace(
                        plan, state=PlanState.ASKING, asked=need.name, choices=tuple(choices), reason=question
                    )
                case needs.Missing() if not plan.asked:
                    plan = dataclasses.replace(plan, state=PlanState.ASKING, asked=need.name, choices=need.choices, reason=need.ask)
                case _:
                    pass
        return dataclasses.replace(plan, needs=known)

    async def _open(self, event: Event, case: Case, plans: Sequence[Plan], found: Sequence[Found]) -> None:
        house = self._house
        async with house.work() as work:
            words = dict(case.data.get("words", {}))
            numbered = []
            for plan in plans:
                numbered.append(dataclasses.replace(plan, id=await work.new_id("P")))
                words[numbered[-1].id] = event_words(event, house.bot_id)
                await work.save_plan(numbered[-1])
            await _heard(work, case, "note", "retrieved", f"{event.key}#found", found=_shown(found))
            kinds = [CaseKind(house.runbooks[plan.runbook].runbook.kind) for plan in plans]
            threads = {**case.data.get("threads", {}), **{plan.id: event.thread for plan in numbered}}
            fresh = dataclasses.replace(
                case,
                kind=kinds[0] if not case.data.get("words") else case.kind,
                state=CaseState.WORKING,
                title=case.title or plans[0].title,
                data={**case.data, "words": words, "threads": threads},
                updated=house.clock.now(),
            )
            await work.save_case(fresh)
            await work.not_due(f"silent:{case.id}")
            for post in reports.views(house.runbooks, fresh, [*await work.plans(case.id)], await work.calls(case.id)):
                await work.put(post)
            for plan in numbered:
                if plan.state is PlanState.ASKING:
                    await _ask(work, fresh, event.thread, plan)

    # ── questions ────────────────────────────────────────────────────────────────────────────────────────────────

    async def _choice(self, event: Event) -> list[Touched]:
        async with self._house.work() as work:
            case = await work.case(str(event.data.get("case", "")))
            plans = await work.plans(case.id) if case else []
        plan = next((p for p in plans if p.id == event.data.get("plan")), None)
        if case is None or plan is None:
            return []
        if case.slack_id != event.sender:
            await self._note(event, None, wording.NOT_YOURS)
            return []
        if plan.state is not PlanState.ASKING or plan.asked != event.data.get("need"):
            return [Touched(case.id, case.thread, event.key)]
        principal = await self._house.facts.principal(case.slack_id, case.team)
        need = self._house.runbooks[plan.runbook].runbook.needs[plan.asked]
        got = await needs.value_of_choice(
            need,
            str(event.data.get("value", "")),
            principal=principal,
            directory=self._house.directory,
            now=self._house.clock.now(),
        )
        return await self._filled(event, case, plan, got)

    async def _answered_question(self, event: Event, case: Case, principal: Principal, plan: Plan, text: str) -> list[Touched]:
        house = self._house
        need = house.runbooks[plan.runbook].runbook.needs[plan.asked]
        got = await needs.answer(
            need, text, principal=principal, directory=house.directory, now=house.clock.now(), choices=plan.choices
        )
        if isinstance(got, needs.Missing):
            understood = await requests.understand(text, house.knowledge)
            if any(request.found[0].runbook != plan.runbook for request in understood.requests):
                return await self._requests(event, case, principal, text, Intent.OTHER, understood)
        await self._heard(event, case, text)
        async with house.work() as work:
            case = await work.case(case.id) or case
        return await self._filled(event, case, plan, got)

    async def _filled(
        self, event: Event, case: Case, plan: Plan, got: needs.Filled | needs.Missing | needs.Unclear
    ) -> list[Touched]:
        """Go on with an answer, ask what is still missing, or give up asking."""
        house = self._house
        need = house.runbooks[plan.runbook].runbook.needs[plan.asked]
        match got:
            case needs.Filled(value=value):
                known = {**plan.needs, plan.asked: value}
                plan = dataclasses.replace(plan, needs=known, asked="", choices=(), reason="", state=PlanState.RUNNING)
                principal = await house.facts.principal(case.slack_id, case.team)
                rest = await self._drafted(event, case, principal, plan.words, Found(plan.runbook, "", 0, plan.score, 0))
                missing = rest.asked if rest.asked and rest.asked not in known else ""
                plan = dataclasses.replace(
                    plan,
                    needs={**rest.needs, **known},
                    state=PlanState.ASKING if missing else PlanState.RUNNING,
                    asked=missing,
                    choices=rest.choices if missing else (),
                    reason=rest.reason if missing else "",
                    times_asked=0,
                )
            case needs.Unclear(question=question, choices=choices):
                plan = dataclasses.replace(
                    plan, reason=question, choices=tuple(choices) or plan.choices, times_asked=plan.times_asked + 1
                )
            case _:
                plan = dataclasses.replace(plan, reason=need.ask, times_asked=plan.times_asked + 1)
        if plan.times_asked >= ASKED_AT_MOST:
            await self._handover.give(case, event.thread, wording.ASKED_TOO_OFTEN, event.key, [plan])
            return []
        async with house.work() as work:
            await work.save_plan(plan)
            if plan.state is PlanState.ASKING:
                await _ask(work, case, event.thread or case.thread, plan)
        return [Touched(case.id, event.thread or case.thread, event.key)]

    # ── withdrawing, a person, the requester's word ──────────────────────────────────────────────────────────────

    async def _button(self, event: Event, act: Any) -> list[Touched]:
        """A button under a case: only its requester may press it."""
        async with self._house.work() as work:
            case = await work.case(str(event.data.get("case", "")))
        if case is None:
            return []
        if case.slack_id != event.sender:
            await self._note(event, None, wording.NOT_YOURS)
            return []
        touched: list[Touched] = await act(event, case)
        return touched

    async def _withdraw(self, event: Event, case: Case) -> list[Touched]:
        """Everything of the case that is open ends, also what was approved and has not run."""
        house = self._house
        requester = await house.facts.principal(case.slack_id, case.team)
        async with house.work() as work:
            going = [plan for plan in await work.plans(case.id) if plan.state.open]
            if not going:
                await work.put(self._post(event, case, wording.NOTHING_TO_WITHDRAW))
                return []
            await self._end(work, case, going, ApprovalState.WITHDRAWN, PlanState.WITHDRAWN, requester)
            await work.put(self._post(event, case, wording.WITHDRAWN))
            await work.say(case.id, "bot", wording.WITHDRAWN)
        return [Touched(case.id, event.thread or case.thread, event.key)]

    async def _end(
        self, work: Work, case: Case, plans: Sequence[Plan], approval_state: ApprovalState, state: PlanState, who: Principal
    ) -> None:
        ids = {plan.id for plan in plans}
        for approval in await work.approvals(case.id):
            call = await work.call(approval.call)
            if call is not None and call.plan in ids and call.state is CallState.WAITING:
                await self._house.approvals.end(work, approval, approval_state, call, case, who)
        for plan in plans:
            await work.save_plan(dataclasses.replace(plan, state=state, asked="", choices=(), reason=""))

    async def _person(self, event: Event, case: Case) -> list[Touched]:
        house = self._house
        if case.state is CaseState.HANDED_OVER and case.ticket:
            await self._note(event, case, f"It is with people already, as ticket *{case.ticket}*.")
            return []
        async with house.work() as work:
            going = [plan for plan in await work.plans(case.id) if plan.state.open]
            await _reported(work, case, going)
        await self._handover.give(case, event.thread or case.thread, "You asked for a person.", event.key, going)
        return [Touched(case.id, event.thread or case.thread, event.key)]

    async def _feedback_click(self, event: Event, case: Case) -> list[Touched]:
        if event.data.get("answer") == "yes":
            return await self._confirmed(event, case)
        return await self._not_yet(event, case)

    async def _confirmed(self, event: Event, case: Case) -> list[Touched]:
        house = self._house
        async with house.work() as work:
            await work.feedback(case.id, event.sender, "yes")
            if case.state is CaseState.RESOLVED:
                closed = dataclasses.replace(case, state=CaseState.CLOSED, outcome=Resolution.CONFIRMED, updated=house.clock.now())
                await work.save_case(closed)
                await work.not_due(f"silent:{case.id}")
            await work.put(self._post(event, case, wording.CONFIRMED))
        return []

    async def _not_yet(self, event: Event, case: Case) -> list[Touched]:
        """Once more from the start; the second time a person looks."""
        house = self._house
        thread = event.thread or case.thread
        async with house.work() as work:
            await work.feedback(case.id, event.sender, "not_yet")
            await work.not_due(f"silent:{case.id}")
            plans = await work.plans(case.id)
            done = [p for p in plans if p.state is PlanState.DONE and house.runbooks.get(p.runbook)]
            again = [p for p in done if house.runbooks[p.runbook].runbook.steps]
            tried = case.data.get("not_yet", 0)
        if tried or not again:
            await self._handover.give(case, thread, "It still isn't solved.", event.key, done)
            return []
        last = {plan.runbook: plan for plan in again}
        async with house.work() as work:
            fresh = dataclasses.replace(
                case, state=CaseState.REOPENED, outcome=None, data={**case.data, "not_yet": tried + 1}, updated=house.clock.now()
            )
            await work.save_case(fresh)
            await work.put(self._post(event, case, wording.NOT_YET))
        drafts = [
            dataclasses.replace(plan, id="", opened_by=event.key, state=PlanState.RUNNING, reason="", times_asked=0)
            for plan in last.values()
        ]
        await self._open(dataclasses.replace(event, thread=thread), fresh, drafts, [])
        return [Touched(case.id, thread, event.key)]

    # ── edits and deletions ──────────────────────────────────────────────────────────────────────────────────────

    async def _edit(self, event: Event) -> list[Touched]:
        """A message that was answered already says something else now."""
        house = self._house
        case, mine = await self._of_original(event)
        if case is None:
            return await self._message(event)
        principal = await house.facts.principal(event.sender, event.team)
        if case.slack_id != event.sender or _refusal(principal, event):
            return []
        text = phrases.clean(event.text, bot_id=house.bot_id)
        understood = await requests.understand(text, house.knowledge)
        wanted = [await self._drafted(event, case, principal, r.words, r.found[0]) for r in understood.requests]
        known = {plan.runbook: plan for plan in mine}
        same = [p for p in wanted if p.runbook in known and (known[p.runbook].needs == p.needs or not known[p.runbook].state.open)]
        if not wanted or len(same) == len(wanted):
            return []
        gone = [plan for plan in mine if plan.state.open]
        async with house.work() as work:
            await self._end(work, case, gone, ApprovalState.SUPERSEDED, PlanState.WITHDRAWN, principal)
            await work.put(self._post(event, case, wording.EDITED))
            case = await work.case(case.id) or case
        case = await self._heard(event, case, text)
        await self._open(event, case, [plan for plan in wanted if plan not in same], [])
        return [Touched(case.id, event.thread, event.key)]

    async def _delete(self, event: Event) -> list[Touched]:
        """The message that opened something is gone: what it asked for is dropped."""
        case, mine = await self._of_original(event)
        going = [plan for plan in mine if plan.state.open]
        if case is None or not going:
            return []
        requester = await self._house.facts.principal(case.slack_id, case.team)
        async with self._house.work() as work:
            await self._end(work, case, going, ApprovalState.WITHDRAWN, PlanState.WITHDRAWN, requester)
            await work.put(self._post(event, case, wording.DELETED))
        return [Touched(case.id, event.thread, event.key)]

    async def _of_original(self, event: Event) -> tuple[Case | None, list[Plan]]:
        """The case of the message that was changed, and the plans that it opened."""
        original = f"{event.team}:{event.channel}:{event.data.get('edited_of', '')}"
        async with self._house.work() as work:
            case = await work.case_in_thread(event.channel, event.thread)
            plans = await work.plans(case.id) if case else []
        mine = [plan for plan in plans if plan.opened_by.split("#")[0] == original]
        return (case, mine) if mine else (None, [])

    # ── approvals that came to an end ────────────────────────────────────────────────────────────────────────────

    async def _approval(self, event: Event) -> list[Touched]:
        house = self._house
        async with house.work() as work:
            approval = await work.approval(str(event.data["approval"]))
            call = await work.call(approval.call) if approval else None
            case = await work.case(approval.case) if approval else None
        if approval is None or call is None or case is None:
            return []
        thread = case.data.get("threads", {}).get(call.plan, case.thread)
        if approval.state is ApprovalState.DENIED and call.state is CallState.WAITING:
            reason = await house.approvals.reason_of_denial(approval)
            async with house.work() as work:
                ended = dataclasses.replace(call, state=CallState.DENIED, reason=reason, finished=house.clock.now())
                await work.save_call(ended)
                await _runs_again(work, case, call.plan)
                await work.say(case.id, "outcome", "", {"call": call.call, "approval": approval.id})
            return [Touched(case.id, thread, event.key)]
        if approval.state in (ApprovalState.APPROVED, ApprovalState.USED):
            return [Touched(case.id, thread, event.key, (approval.id,))]
        return []

    # ── small things ─────────────────────────────────────────────────────────────────────────────────────────────

    async def _heard(self, event: Event, case: Case, text: str) -> Case:
        """Write the requester's words down, once, and where they were said."""
        async with self._house.work() as work:
            await _heard(work, case, "requester", text, event.key)
            case = await work.case(case.id) or case
            case = dataclasses.replace(case, data={**case.data, "spoke": self._house.clock.now().isoformat()})
            await work.save_case(case)
        return case

    async def _note(self, event: Event, case: Case | None, text: str, buttons: Sequence[str] = ()) -> None:
        async with self._house.work() as work:
            await work.put(self._post(event, case, text, buttons))
            if case is not None:
                await work.say(case.id, "bot", text)

    def _post(self, event: Event, case: Case | None, text: str, buttons: Sequence[str] = ()) -> Post:
        content = {"text": text, "case": case.id if case else "", "buttons": list(buttons)}
        channel, thread = event.channel or (case.channel if case else ""), event.thread or (case.thread if case else "")
        return Post(f"note:{event.key}", PostKind.NOTE, content, channel=channel, thread=thread, case=case.id if case else "")


def event_words(event: Event, bot_id: str) -> str:
    """The requester's words as an approver reads them."""
    return phrases.clean(event.text, bot_id=bot_id)


def _refusal(principal: Principal, event: Event) -> str:
    """Why this person gets no tools; empty for a full member in a channel of our own."""
    if event.data.get("foreign") or principal.kind is PersonKind.STRANGER:
        return wording.STRANGER
    if principal.kind is PersonKind.GUEST:
        return wording.GUEST
    if principal.kind is not PersonKind.MEMBER or not principal.id:
        return wording.NOBODY
    return wording.SHARED if event.data.get("shared") else ""


def _small_talk(intent: Intent, event: Event, *, going: bool) -> str:
    if going:
        return wording.ON_IT
    if intent is Intent.EMPTY:
        return wording.FILES if event.data.get("files") else wording.EMPTY
    return wording.WELCOME if intent is Intent.THANKS else wording.GREETING


def _shown(found: Sequence[Found]) -> list[dict[str, Any]]:
    return [dataclasses.asdict(one) for one in found]


async def _heard(work: Work, case: Case, role: str, text: str, key: str, **data: Any) -> None:
    if not any(line.data.get("event") == key for line in await work.transcript(case.id)):
        await work.say(case.id, role, text, {"event": key, **data})


async def _ask(work: Work, case: Case, thread: str, plan: Plan) -> None:
    content = {
        "text": plan.reason,
        "plan": plan.id,
        "need": plan.asked,
        "choices": [list(choice) for choice in plan.choices],
        "case": case.id,
    }
    key = f"ask:{plan.id}:{plan.asked}:{plan.times_asked}"
    await work.put(Post(key, PostKind.QUESTION, content, channel=case.channel, thread=thread, case=case.id))
    await work.say(case.id, "bot", plan.reason)


async def _runs_again(work: Work, case: Case, plan_id: str) -> None:
    for plan in await work.plans(case.id):
        if plan.id == plan_id and plan.state is PlanState.WAITING:
            await work.save_plan(dataclasses.replace(plan, state=PlanState.RUNNING))


async def _reported(work: Work, case: Case, plans: Sequence[Plan]) -> None:
    """These plans are told of elsewhere (the hand-over says so); the answer leaves them out."""
    current = await work.case(case.id) or case
    reported = [*current.data.get("reported", ()), *(plan.id for plan in plans)]
    await work.save_case(dataclasses.replace(current, data={**current.data, "reported": reported}))
