"""One turn of a conversation: read what is new, let each case that it touches go on, say what came of it.

A turn can be cut off anywhere and is then taken again from its events, which stay unread until its end. Everything on the way
is keyed (a plan by the event that opened it, a call by its plan and step, a post by its case and event), so that taking it again
repeats nothing.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog

from bot import history, patience, reports, resolution, runbooks, wording
from bot.domain import (
    Call,
    CallState,
    Case,
    CaseState,
    Due,
    Event,
    EventKind,
    Plan,
    PlanState,
    Post,
    PostKind,
    Principal,
    Resolution,
    ToolCall,
)
from bot.handover import HandOver
from bot.house import House
from bot.news import News
from bot.passage import Pass
from bot.ports import AgentTurn, Next, ToolAnswer
from bot.spoken import Touched

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Work:
    """One case at work in one turn."""

    case: Case
    principal: Principal
    touched: Touched
    turn: Pass
    asked: dict[str, ToolCall] = field(default_factory=dict)  # what the planner asked for, by id


class Turns:
    """Takes turns, one at a time per conversation (the engine sees to that)."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._handover = HandOver(house)
        self._news = News(house, self._handover)

    async def take_turn(self, conversation: str) -> None:
        """Handle everything unread of the conversation. Raises only what makes the engine try again (database away)."""
        house = self._house
        await house.clock.refresh()
        async with house.work() as work:
            events = await work.unread(conversation)
        touched: dict[str, Touched] = {}
        seen = tuple(event.key for event in events)
        for event in _folded(events):
            with structlog.contextvars.bound_contextvars(event=event.key, **_case_of(event)):
                moved = await self._news.apply(event)
            for one in moved:
                touched[one.case] = one if one.case not in touched else touched[one.case].also(one)
        async with house.work() as work:
            for case in await work.open_cases(conversation):
                touched.setdefault(case.id, Touched(case.id, case.thread, f"again:{case.id}"))
        for one in touched.values():
            with structlog.contextvars.bound_contextvars(case=one.case):
                await self._go_on(one, seen)
        async with house.work() as work:
            await work.handled(seen)

    async def give_up(self, conversation: str, error: BaseException) -> None:
        """A turn failed again and again: people take over, and the requester is told with a reference."""
        house = self._house
        async with house.work() as work:
            events = await work.unread(conversation)
        for event in events:
            async with house.work() as work:
                case = await work.case_in_thread(event.channel, event.thread) if event.thread else None
                case = case or await work.case(str(event.data.get("case", "")))
            log.error("giving a turn up", conversation=conversation, event=event.key, error=type(error).__name__)
            if case is not None:
                async with house.work() as work:
                    going = [plan for plan in await work.plans(case.id) if plan.state.open]
                await self._handover.give(case, event.thread or case.thread, wording.BROKE, event.key, going)
            elif event.kind is EventKind.MESSAGE and (event.data.get("direct") or event.data.get("mention")):
                text = wording.broke(event.ts)
                async with house.work() as work:
                    content = {"text": text, "case": "", "buttons": []}
                    key = f"broke:{event.key}"
                    await work.put(Post(key, PostKind.NOTE, content, channel=event.channel, thread=event.thread))
            async with house.work() as work:
                await work.handled([event.key])

    # ── one case ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def _go_on(self, touched: Touched, seen: Sequence[str]) -> None:
        house = self._house
        async with house.work() as work:
            case = await work.case(touched.case)
            plans = await work.plans(touched.case)
        if case is None:
            return
        principal = await house.facts.principal(case.slack_id, case.team)
        turn = Pass(case, principal, words=case.data.get("words", {}), seen=tuple(seen))
        at_work = _Work(case, principal, touched, turn)
        turn.changed = lambda: self._show(at_work)
        for approval in touched.approved:
            await self._perform_approved(at_work, approval)
        if touched.approved:
            async with house.work() as work:
                plans = await work.plans(case.id)
        closing = ""
        running = [plan for plan in plans if plan.state is PlanState.RUNNING]
        busy = any(bound.steps for plan in running if (bound := house.runbooks.get(plan.runbook)))
        if busy:
            await house.workspace.working(case.channel, touched.thread, "is working on it…")
            closing = await self._run(at_work)
        if turn.superseded:
            return  # what the requester wrote meanwhile stands behind us in the line, and goes on from here
        await self._finish(at_work, closing)
        if busy:
            await house.workspace.working(case.channel, touched.thread, "")

    async def _perform_approved(self, at_work: _Work, approval_id: str) -> None:
        house = self._house
        async with house.work() as work:
            approval = await work.approval(approval_id)
        if approval is None:
            return
        call = await house.executor.perform_approved(approval, at_work.turn)
        async with house.work() as work:
            lines = await work.transcript(at_work.case.id)
            if not any(line.role == "outcome" and line.data.get("call") == call.call for line in lines):
                await work.say(at_work.case.id, "outcome", "", {"call": call.call, "approval": approval_id})
            for plan in await work.plans(at_work.case.id):
                if plan.id == call.plan and plan.state is PlanState.WAITING:
                    await work.save_plan(dataclasses.replace(plan, state=PlanState.RUNNING))
        await self._show(at_work)

    async def _run(self, at_work: _Work) -> str:
        """Let the agent drive the case's plans through the door."""
        house = self._house
        async with house.work() as work:
            lines, calls = await work.transcript(at_work.case.id), await work.calls(at_work.case.id)

        async def next_step() -> Next:
            step = await self._next(at_work)
            at_work.asked.update({call.id: call for call in step.calls})
            return step

        async def wrote(text: str, asked: Sequence[ToolCall]) -> None:
            changes = {tool.name for tool in house.tools if tool.change}
            at_work.turn.in_order([call.id for call in asked if call.tool in changes])
            async with house.work() as work:
                said = [{"id": call.id, "tool": call.tool, "arguments": dict(call.arguments)} for call in asked]
                await work.say(at_work.case.id, "call", text, {"calls": said})

        async def execute(ask: ToolCall) -> ToolAnswer:
            call = await house.executor.execute(at_work.asked.get(ask.id, ask), at_work.turn)
            return ToolAnswer(ask.id, str(call.state), history.content(call))

        return await house.agent.run(
            AgentTurn(
                case=at_work.case.id,
                history=history.build(lines, calls),
                tools=house.tools,
                next_step=next_step,
                wrote=wrote,
                execute=execute,
            )
        )

    async def _next(self, at_work: _Work) -> Next:
        """The next call of every plan that can go on; plans that came to an end are written down."""
        house = self._house
        if at_work.turn.superseded:
            return Next()
        async with house.work() as work:
            plans, calls = await work.plans(at_work.case.id), await work.calls(at_work.case.id)
            asked: list[ToolCall] = []
            for plan in plans:
                if plan.state is not PlanState.RUNNING:
                    continue
                bound = house.runbooks.get(plan.runbook)
                if bound is None:
                    await work.save_plan(
                        dataclasses.replace(plan, state=PlanState.FAILED, reason="The runbook is no longer there.")
                    )
                    continue
                results = reports.results(plan, calls)
                match runbooks.advance(bound, plan, at_work.principal, results):
                    case runbooks.Calls(calls=more):
                        asked += [_afresh(call, calls) for call in more]
                    case runbooks.Wait():
                        await work.save_plan(dataclasses.replace(plan, state=PlanState.WAITING))
                    case runbooks.Ended(state=state, reason=reason):
                        await work.save_plan(dataclasses.replace(plan, state=state, reason=reason))
        if not asked:
            await self._show(at_work)
        return Next(tuple(asked))

    # ── what people see ──────────────────────────────────────────────────────────────────────────────────────────

    async def _show(self, at_work: _Work) -> None:
        """Bring the live view up to date."""
        async with self._house.work() as work:
            plans, calls = await work.plans(at_work.case.id), await work.calls(at_work.case.id)
            for post in reports.views(self._house.runbooks, at_work.case, plans, calls):
                await work.put(post)

    async def _finish(self, at_work: _Work, closing: str) -> None:
        """Say what came of the plans that ended, ask whether it helped, and write the case's state down: one transaction."""
        house, case = self._house, at_work.case
        async with house.work() as work:
            case = await work.case(case.id) or case
            plans, calls = await work.plans(case.id), await work.calls(case.id)
            reported = list(case.data.get("reported", ()))
            news = [plan for plan in plans if not plan.state.open and plan.id not in reported]
            lost = [plan for plan in news if plan.state in (PlanState.FAILED, PlanState.EXPIRED)]
            told = [plan for plan in news if plan.state in (PlanState.DONE, PlanState.DENIED, *[p.state for p in lost])]
            outcome = resolution.of_case(plans, calls)
            state = resolution.state_of(outcome, plans) if plans else case.state
            if case.state is CaseState.HANDED_OVER and not news:
                state, outcome = case.state, case.outcome
            good = outcome in (Resolution.VERIFIED, Resolution.ANSWERED)
            if told:
                sections = [self._section(plan, calls) for plan in told]
                text = closing or reports.headline(told, plans)
                feedback = good and not lost
                await work.put(
                    reports.answer_post(case, at_work.touched.thread, at_work.touched.key, text, sections, feedback=feedback)
                )
                await work.say(case.id, "bot", " ".join([text, *(str(one["text"]) for one in sections)]).strip())
            for plan in plans:
                if plan.state is PlanState.WAITING and f"wait:{plan.id}" not in reported:
                    waiting = next((c for c in calls if c.plan == plan.id and c.state is CallState.WAITING), None)
                    approval = await work.approval(waiting.approval) if waiting else None
                    if waiting is None or approval is None:
                        continue
                    said = wording.waiting(approval.id, waiting.sentence, wording.needed(approval))
                    await work.put(self._note(case, at_work.touched.thread, f"wait:{approval.id}", said, ["withdraw", "person"]))
                    await work.say(case.id, "bot", said)
                    reported.append(f"wait:{plan.id}")
            if good and told:
                at = house.clock.now() + timedelta(days=house.silent_after_days)
                await work.at(Due(f"silent:{case.id}", at, "case_silent", case.conversation, {"case": case.id}))
            await patience.wait_for_word(work, house, case, plans)
            data = {**case.data, "reported": [*reported, *(plan.id for plan in news)]}
            kept = case.outcome if outcome is None or (case.outcome is Resolution.CONFIRMED and not news) else outcome
            if case.outcome is Resolution.CONFIRMED and not news:
                state = case.state
            case = dataclasses.replace(case, state=state, outcome=kept, data=data, updated=house.clock.now())
            await work.save_case(case)
        if lost:
            why = lost[0].reason or wording.BROKE
            await self._handover.give(case, at_work.touched.thread, why, at_work.touched.key, lost)
            await self._show(at_work)

    def _section(self, plan: Plan, calls: Sequence[Call]) -> dict[str, Any]:
        bound = self._house.runbooks.get(plan.runbook)
        done = plan.state is PlanState.DONE and bound is not None
        return reports.section(plan, calls, runbooks.done_text(bound, plan) if done and bound else plan.reason)

    def _note(self, case: Case, thread: str, key: str, text: str, buttons: Sequence[str] = ()) -> Post:
        content = {"text": text, "case": case.id, "buttons": list(buttons)}
        return Post(f"note:{case.id}:{key}", PostKind.NOTE, content, channel=case.channel, thread=thread, case=case.id)


def _afresh(ask: ToolCall, calls: Sequence[Call]) -> ToolCall:
    """The same call under a new id, when the one with this id gave way to the requester's words."""
    gone = sum(1 for call in calls if call.plan == ask.plan and call.step == ask.step and call.state is CallState.SUPERSEDED)
    return dataclasses.replace(ask, id=f"{ask.id}~{gone}") if gone else ask


def _case_of(event: Event) -> dict[str, str]:
    """The case that an event names, for the log."""
    case = str(event.data.get("case", ""))
    return {"case": case} if case else {}


def _folded(events: Sequence[Event]) -> list[Event]:
    """An edit or deletion of a message that is still unread changes that message; nothing else is reordered."""
    folded: list[Event] = []
    for event in events:
        original = event.data.get("edited_of", "")
        at = next(
            (i for i, e in enumerate(folded) if e.kind is EventKind.MESSAGE and e.ts == original and e.channel == event.channel),
            None,
        )
        if at is None or event.kind not in (EventKind.EDIT, EventKind.DELETE):
            folded.append(event)
        elif event.kind is EventKind.EDIT:
            folded[at] = dataclasses.replace(folded[at], text=event.text)
        else:
            del folded[at]
    return folded
