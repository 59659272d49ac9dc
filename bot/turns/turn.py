"""One turn of a conversation: read what is new, let each case that it touches go on, say what came of it.

A turn can be cut off anywhere and is then taken again from its events, which stay unread until its end. Everything on the way
is keyed (a plan by the event that opened it, a call by its plan and step, a post by its case and event), so that taking it again
repeats nothing.
"""

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from bot import history
from bot.calls.passage import Pass
from bot.cases import admission, pausing, reports, spoken
from bot.cases.handover import HandOver
from bot.cases.house import House
from bot.cases.spoken import Touched
from bot.domain import (
    Call,
    CallState,
    Case,
    Event,
    EventKind,
    Line,
    Plan,
    PlanState,
    Post,
    PostKind,
    Principal,
    ToolCall,
)
from bot.ports import AgentTurn, Closing, Next, Stream, ToolAnswer, ToolSchema
from bot.reading.dates import label, zone_of
from bot.runbooks import progress
from bot.spending import ModelCall, Spent, Usage
from bot.turns import following, thinking
from bot.turns.endings import Endings
from bot.turns.news import News
from bot.turns.opposing import Opposing
from bot.turns.thinking import Thinking
from bot.words import wording

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
        self._thinking = Thinking(house)
        self._opposing = Opposing(house, self._news.verdicts)
        self._endings = Endings(house, self._handover)

    async def take_turn(self, conversation: str) -> None:
        """Handle everything unread of the conversation. Raises only what makes the engine try again (database away)."""
        house = self._house
        await house.clock.refresh()
        async with house.work() as work:
            events = await work.unread(conversation)
        touched: dict[str, Touched] = {}
        seen = tuple(event.key for event in events)
        for event in _folded(events, await self._begun(events)):
            with structlog.contextvars.bound_contextvars(event=event.key, **_case_of(event)):
                moved = await self._news.apply(event)
            for one in moved:
                touched[one.case] = one if one.case not in touched else touched[one.case].also(one)
        async with house.work() as work:
            for case in await work.open_cases(conversation):
                touched.setdefault(case.id, Touched(case.id, case.thread, f"again:{case.id}"))
        for one in list(touched.values()):
            for ended in await self._opposing.ended(one):
                touched.setdefault(ended.case, ended)
        for one in touched.values():
            with structlog.contextvars.bound_contextvars(case=one.case):
                await self._go_on(one, seen)
        async with house.work() as work:
            await work.handled(seen)

    async def _begun(self, events: Sequence[Event]) -> set[str]:
        """Keys of the messages among these that have opened plans already, in a turn that was cut off."""
        begun = set()
        async with self._house.work() as work:
            for event in (event for event in events if event.kind is EventKind.MESSAGE and _changes_of(event, events)):
                case = await work.case_in_thread(event.channel, event.thread)
                if case is not None and any(plan.message == event.key for plan in await work.plans(case.id)):
                    begun.add(event.key)
        return begun

    async def give_up(self, conversation: str, error: BaseException) -> None:
        """A turn failed again and again: people take over, and the requester is told with a reference."""
        house = self._house
        async with house.work() as work:
            events = await work.unread(conversation)
        for event in events:
            async with house.work() as work:
                case = await work.case_in_thread(event.channel, event.thread) if event.thread else None
                case = case or await work.case(str(event.data.get("case", "")))
            log.error("giving a turn up", conversation=conversation, key=event.key, error=type(error).__name__)
            handed_over = case is not None and await self._handed_over(case, event)
            addressed = event.kind is EventKind.MESSAGE and (event.data.get("direct") or event.data.get("mention"))
            if not handed_over and (case is not None or addressed):
                text = wording.broke(case.id if case is not None else event.ts)
                async with house.work() as work:
                    content = {"text": text, "case": "", "buttons": []}
                    key = f"broke:{event.key}"
                    await work.put(Post(key, PostKind.NOTE, content, channel=event.channel, thread=event.thread))
            async with house.work() as work:
                await work.handled([event.key])

    async def _handed_over(self, case: Case, event: Event) -> bool:
        """Give the case to people; False where not even that can be done."""
        try:
            async with self._house.work() as work:
                going = [plan for plan in await work.plans(case.id) if plan.state.open]
            await self._handover.give(case, event.thread or case.thread, wording.BROKE, event.key, going)
        except Exception:
            log.exception("people could not take over", case=case.id)
            return False
        return True

    # ── one case ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def _go_on(self, touched: Touched, seen: Sequence[str]) -> None:
        house = self._house
        async with house.work() as work:
            case = await work.case(touched.case)
        if case is None:
            return
        principal = await house.facts.principal(case.slack_id, case.team)
        turn = Pass(case, principal, seen=tuple(seen))
        at_work = _Work(case, principal, touched, turn)
        turn.changed = lambda: self._show(at_work)
        came = [await self._perform_approved(at_work, approval) for approval in touched.approved]
        plans = await admission.admitted(house, case.id, principal)
        closing = Closing()
        plans = await self._thinking.without(case, principal, turn, plans) if house.agent.thinks else plans
        running = [plan for plan in plans if plan.state is PlanState.RUNNING]
        unsaid = "" if running else await self._thinking.unsaid(case)
        spoke = touched.spoke and not admission.refused_all(plans, touched.key)
        for_a_model = set(came) - {"", *(plan.id for plan in plans if house.in_parts(plan))}  # those went on without it
        thinks = bool(unsaid) or (house.agent.thinks and bool(running or spoke or for_a_model))
        busy = thinks or any(not plan.runbook or self._has_steps(plan) for plan in running)
        if busy:
            await house.workspace.working(case.channel, touched.thread, "is working on it…")
            closing = await (self._think(at_work) if thinks else self._run(at_work))
        if turn.superseded:
            return  # what the requester wrote meanwhile stands behind us in the line, and goes on from here
        await self._endings.finish(case.id, principal, touched, closing)
        await self._show(at_work)
        if busy:
            await house.workspace.working(case.channel, touched.thread, "")

    def _has_steps(self, plan: Plan) -> bool:
        bound = self._house.runbooks.get(plan.runbook)
        return bound is not None and bool(bound.steps)

    async def _perform_approved(self, at_work: _Work, approval_id: str) -> str:
        """The plan, or else the call, of which something came; empty where people have to be asked, after the requester's yes."""
        house = self._house
        async with house.work() as work:
            approval = await work.approval(approval_id)
        if approval is None:
            return ""
        call = await house.executor.perform_approved(approval, at_work.turn)
        if call.state is CallState.WAITING:  # for people: after the requester's yes, or since a limit was reached meanwhile
            await self._show(at_work)
            return ""
        async with house.work() as work:
            lines = await work.transcript(at_work.case.id)
            if not any(line.role == "outcome" and line.data.get("call") == call.call for line in lines):
                await work.say(at_work.case.id, "outcome", "", {"call": call.call, "approval": approval_id})
            await spoken.runs_again(work, at_work.case, call.plan)
        await self._show(at_work)
        return call.plan or call.id

    async def _think(self, at_work: _Work) -> Closing:
        """Let the model drive the case's plans through the door; how they stand afterwards their own steps say."""
        house, case, principal = self._house, at_work.case, at_work.principal
        lines, calls = await self._thinking.guided(case, principal)
        if left := self._thinking.unanswered(lines, calls):
            for ask in left:
                await self._execute(at_work, ask)
            lines, calls = await self._so_far(case)
        if unsaid := thinking.last_words(lines):
            return await self._settled(at_work, Closing(unsaid, by_model=True))
        key, place = reports.answer_key(case, at_work.touched.key), (case.channel, at_work.touched.thread)
        stream = house.streams.begin(key, *place, case.slack_id, case.team, case.id) if house.streams else None
        try:
            closing = await self._run(at_work, stream, await self._thinking.tools(principal), (lines, calls))
        finally:
            if stream is not None:
                if at_work.turn.superseded:
                    await stream.restart()  # nothing will take the place of what was shown
                await stream.close()
        return closing if at_work.turn.superseded else await self._settled(at_work, closing)

    async def _settled(self, at_work: _Work, closing: Closing) -> Closing:
        await self._thinking.settle(at_work.case, at_work.principal, at_work.turn, closing)
        return closing

    async def _so_far(self, case: Case) -> tuple[list[Line], list[Call]]:
        async with self._house.work() as work:
            return await work.transcript(case.id), await work.calls(case.id)

    async def _run(
        self,
        at_work: _Work,
        stream: Stream | None = None,
        tools: Sequence[ToolSchema] = (),
        so_far: tuple[list[Line], list[Call]] | None = None,
    ) -> Closing:
        """Let the agent drive the case's plans through the door."""
        house, case = self._house, at_work.case
        lines, calls = so_far or await self._so_far(case)
        paid: list[ModelCall] = []  # answers that are written down together with what they cost
        spent: list[Spent] = []

        async def next_step() -> Next:
            step = await self._next(at_work)
            at_work.asked.update({call.id: call for call in step.calls})
            return step

        async def wrote(text: str, asked: Sequence[ToolCall]) -> None:
            changes = {tool.name for tool in house.tools if tool.change}
            at_work.turn.in_order([call.id for call in asked if call.tool in changes])
            async with house.work() as work:
                for one in paid:
                    await work.model_called(one)
                said = [{"id": call.id, "tool": call.tool, "arguments": dict(call.arguments)} for call in asked]
                await work.say(case.id, "call" if said else "words", text, {"calls": said} if said else None)
            paid.clear()

        async def execute(ask: ToolCall) -> ToolAnswer:
            call = await self._execute(at_work, ask)
            return ToolAnswer(ask.id, str(call.state), history.content(call, house.unseen))

        async def used(usage: Usage) -> None:
            call = ModelCall(case.id, house.clock.now(), usage)
            if usage.state == "ok":
                paid.append(call)
                return
            async with house.work() as work:
                await work.model_called(call)

        async def stopped() -> bool:
            turn = at_work.turn
            if not turn.superseded:
                async with house.work() as work:
                    turn.superseded = await work.has_news(case.conversation, case.slack_id, turn.seen)
                    spent[:] = [await work.spent(case.id)]
            return turn.superseded

        async def limit() -> str:
            if not spent:
                async with house.work() as work:
                    spent.append(await work.spent(case.id))
            return house.limits.passed(spent.pop())

        turn = AgentTurn(
            case=case.id,
            history=history.build(lines, calls, house.unseen),
            tools=tools,
            next_step=next_step,
            wrote=wrote,
            execute=execute,
            about=self._thinking.about(case, at_work.principal),
            answers=sum(1 for line in lines if line.role == "call"),
            stopped=stopped,
            used=used,
            limit=limit,
            stream=stream,
        )
        try:
            return await house.agent.run(turn)
        finally:
            if paid:
                async with house.work() as work:
                    for one in paid:
                        await work.model_called(one)

    async def _execute(self, at_work: _Work, ask: ToolCall) -> Call:
        """One call: a planner's is known by its plan and step, a model's is placed, and what it makes known is kept."""
        planned = at_work.asked.get(ask.id)
        if planned is not None:
            return await self._house.executor.execute(planned, at_work.turn)
        placed = await self._thinking.placed(ask, at_work.case, at_work.principal)
        call = await self._house.executor.execute(placed, at_work.turn)
        await self._thinking.learnt(call, placed, at_work.principal)
        return call

    async def _next(self, at_work: _Work) -> Next:
        """The next call of every plan that can go on; plans that came to an end are written down."""
        house = self._house
        if at_work.turn.superseded:
            return Next()
        async with house.work() as work:
            plans, calls = await work.plans(at_work.case.id), await work.calls(at_work.case.id)
        asked: list[ToolCall] = []
        stand: list[Plan] = []
        paused: list[tuple[Plan, datetime]] = []
        for plan in plans:
            if plan.state is PlanState.RUNNING:
                plan = await self._thinking.answered(plan, at_work.principal)  # noqa: PLW2901 - the same, knowing more
                went = self._went_on(plan, calls, at_work.principal)
                if isinstance(went, Plan):
                    stand.append(await spoken.listed(house, went))
                elif isinstance(went, datetime):
                    paused.append((plan, went))
                else:
                    stand.append(plan)
                    asked += went
        names = await house.approvals.voters(at_work.case.id) if any(plan.state.stopped for plan in stand) else {}
        async with house.work() as work:
            for plan, until in paused:
                await pausing.pause(work, at_work.case, plan, until)
            for plan in stand:
                await spoken.stands(work, house, at_work.case, plan, at_work.principal, names)
                if plan.state is PlanState.ASKING:
                    await spoken.ask(work, at_work.case, at_work.touched.thread, plan)
        if not asked:
            await self._show(at_work)
        return Next(tuple(asked))

    def _went_on(self, plan: Plan, calls: Sequence[Call], principal: Principal) -> Plan | list[ToolCall] | datetime:
        """The plan's next calls by its runbook, or the plan as it stands, or when it looks again."""
        bound = self._house.runbooks.get(plan.runbook)
        if bound is None:
            gone = dataclasses.replace(plan, state=PlanState.FAILED, reason="The runbook is no longer there.")
            return gone if plan.runbook else thinking.unplanned(plan, calls, Closing())
        if (asks := thinking.asking(plan, bound)) is not None:
            return dataclasses.replace(asks, times_asked=plan.times_asked + 1)
        results = reports.results(plan, following.fresh(plan, bound, principal, calls))
        match progress.advance(bound, plan, principal, results, self._house.clock.now()):
            case progress.Pause(until=until):
                return until
            case progress.Calls(calls=more):
                return [_afresh(call, calls) for call in more]
            case progress.Wait():
                return dataclasses.replace(plan, state=PlanState.WAITING)
            case progress.Ended(state=PlanState.DONE | PlanState.PARTLY) if _waits(plan, calls):
                return dataclasses.replace(plan, state=PlanState.WAITING)  # what a model did besides is not over
            case progress.Ended(state=PlanState.FAILED) if (far := following.out_of_reach(plan, bound, calls)) is not None:
                call, name = far
                need, nearest = bound.runbook.needs[name], str((call.result or {})["nearest"])
                known = {key: value for key, value in plan.needs.items() if key != name}
                asked = dataclasses.replace(
                    plan, state=PlanState.ASKING, needs=known, asked=name, times_asked=1, anew=(*plan.anew, call.id)
                )
                choices = ((nearest, label(datetime.fromisoformat(nearest).astimezone(zone_of(principal.zone)))),)
                return dataclasses.replace(asked, choices=choices, reason=f"{call.reason}. {need.ask}")
            case progress.Ended(state=state, reason=reason):
                return dataclasses.replace(plan, state=state, reason=reason)

    # ── what people see ──────────────────────────────────────────────────────────────────────────────────────────

    async def _show(self, at_work: _Work) -> None:
        """Bring the live view up to date."""
        async with self._house.work() as work:
            plans, calls = await work.plans(at_work.case.id), await work.calls(at_work.case.id)
            today = self._house.clock.now().date()
            for post in reports.views(self._house.runbooks, at_work.case, at_work.principal, plans, calls, today):
                await work.put(post)


def _waits(plan: Plan, calls: Sequence[Call]) -> bool:
    return any(call.plan == plan.id and call.state is CallState.WAITING for call in calls)


def _afresh(ask: ToolCall, calls: Sequence[Call]) -> ToolCall:
    """The same call under a new id, when those of this step are over and do not count any more."""
    gone = sum(1 for call in calls if call.plan == ask.plan and call.step == ask.step and call.state.final)
    return dataclasses.replace(ask, id=f"{ask.id}~{gone}") if gone else ask


def _case_of(event: Event) -> dict[str, str]:
    """The case that an event names, for the log."""
    case = str(event.data.get("case", ""))
    return {"case": case} if case else {}


def _folded(events: Sequence[Event], begun: Collection[str]) -> list[Event]:
    """An edit or deletion of a message that is unread and was not begun changes that message; nothing else is reordered."""
    folded: list[Event] = []
    for event in events:
        fresh = (i for i, e in enumerate(folded) if e.kind is EventKind.MESSAGE and e.key not in begun and _changes_of(e, [event]))
        at = next(fresh, None)
        if at is None:
            folded.append(event)
        elif event.kind is EventKind.EDIT:
            folded[at] = dataclasses.replace(folded[at], text=event.text)
        else:
            del folded[at]
    return folded


def _changes_of(message: Event, events: Sequence[Event]) -> list[Event]:
    """Its edits and its deletion among these."""
    changes = (event for event in events if event.kind in (EventKind.EDIT, EventKind.DELETE))
    return [one for one in changes if one.data.get("edited_of", "") == message.ts and one.channel == message.channel]
