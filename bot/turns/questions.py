"""Questions that were asked of the requester: answered by a button, in words, or not at all."""

import dataclasses

from bot.cases import offers, patience, spoken
from bot.cases.handover import HandOver
from bot.cases.house import House
from bot.cases.spoken import Touched
from bot.domain import Case, Event, Plan, PlanState, Principal
from bot.execution.origins import learnt_of
from bot.ports import Found
from bot.reading import phrases
from bot.reading.phrases import Intent
from bot.runbooks import needs, requests
from bot.turns.openings import Openings
from bot.words import wording

ASKED_AT_MOST = 3


class Questions:
    """Takes answers to what a plan needs to know."""

    def __init__(self, house: House, handover: HandOver, openings: Openings) -> None:
        self._house = house
        self._handover = handover
        self._openings = openings

    async def choice(self, event: Event) -> list[Touched]:
        async with self._house.work() as work:
            case = await work.case(str(event.data.get("case", "")))
            plans = await work.plans(case.id) if case else []
        plan = next((p for p in plans if p.id == event.data.get("plan")), None)
        if case is None or plan is None:
            return []
        if case.slack_id != event.sender:
            await spoken.note(self._house, event, None, wording.NOT_YOURS)
            return []
        if plan.state is PlanState.ABANDONED:
            plan = next(one for one in await patience.taken_up(self._house, case, plans) if one.id == plan.id)
        if plan.state is PlanState.HANDED_OVER and case.ticket:
            await spoken.note(self._house, event, case, wording.with_people(case.ticket))
            return []
        if plan.state is PlanState.WITHDRAWN:
            await spoken.note(self._house, event, case, wording.DROPPED_BEFORE)
            return []
        if plan.state is not PlanState.ASKING or plan.asked != event.data.get("need"):
            return [Touched(case.id, case.thread, event.key)]
        principal = await self._house.facts.principal(case.slack_id, case.team)
        need = offers.need(self._house, plan)
        got = await needs.value_of_choice(
            need,
            str(event.data.get("value", "")),
            principal=principal,
            directory=self._house.directory,
            now=self._house.clock.now(),
        )
        return await self._filled(event, case, plan, got)

    async def answered(self, event: Event, case: Case, principal: Principal, plan: Plan, text: str) -> list[Touched]:
        house = self._house
        if not plan.asked:  # a model's own question, and no model is there to read the answer
            await spoken.heard(house, event, case, text)
            await self._handover.give(case, event.thread, wording.MODEL_AWAY, event.key, [plan])
            return []
        need = offers.need(house, plan)
        got = await needs.answer(
            need, text, principal=principal, directory=house.directory, now=house.clock.now(), choices=plan.choices
        )
        case = await spoken.heard(house, event, case, text)
        if offers.waits(plan):
            return await self._said_which(event, case, principal, plan, got, text)
        return await self._filled(event, case, plan, got)

    async def _said_which(
        self, event: Event, case: Case, principal: Principal, plan: Plan, got: needs.Answer, text: str
    ) -> list[Touched]:
        """Which runbook is meant, in words; what they ask for besides is opened as well."""
        understood = await requests.understand(text, self._house.knowledge)
        if runbook := offers.meant(plan, understood):
            plan, got = dataclasses.replace(plan, words=f"{plan.words}\n{text}"), needs.Filled(runbook)
        elif phrases.intent(text) is Intent.YES and (only := offers.only(plan)):
            got = needs.Filled(only)
        besides = offers.besides(understood, runbook) if runbook else None
        touched = await self._which(event, case, plan, got, whole=besides is None)
        if besides is None:
            return touched
        words = "\n".join([*(one.words for one in besides.requests), *besides.unknown])
        return [*touched, *await self._openings.requests(event, case, principal, words, besides)]

    async def _filled(self, event: Event, case: Case, plan: Plan, got: needs.Answer) -> list[Touched]:
        """Go on with an answer, ask what is still missing, or give up asking."""
        house = self._house
        if offers.waits(plan):
            return await self._which(event, case, plan, got)
        need = house.runbooks[plan.runbook].runbook.needs[plan.asked]
        match got:
            case needs.Filled(value=value):
                await self._told(case, event, plan, needs.said(need, value))
                known = {**plan.needs, plan.asked: value}
                plan = dataclasses.replace(plan, needs=known, asked="", choices=(), reason="", state=PlanState.RUNNING)
                principal = await house.facts.principal(case.slack_id, case.team)
                found = Found(plan.runbook, "", 0, plan.score, 0)
                rest = await self._openings.drafted(event, case, principal, plan.words, found, known)
                missing = rest.asked
                plan = dataclasses.replace(
                    plan,
                    needs={**rest.needs, **known},
                    learnt=learnt_of(rest, plan),
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
            await spoken.taken_as_answer(work, case, event)
            if plan.state is PlanState.ASKING:
                await spoken.ask(work, case, event.thread or case.thread, plan)
        return [Touched(case.id, event.thread or case.thread, event.key)]

    async def _which(self, event: Event, case: Case, plan: Plan, got: needs.Answer, *, whole: bool = True) -> list[Touched]:
        """The plan of the runbook that is meant; whatever else is said, people go on. They are not asked twice.

        `whole`: the event says nothing besides, so that applied again it changes nothing.
        """
        house = self._house
        thread = event.thread or case.thread_of(plan.id)
        if isinstance(got, needs.Filled):
            await self._told(case, event, plan, dict(plan.choices).get(got.value, ""))
        if not isinstance(got, needs.Filled) or got.value not in house.runbooks:
            await offers.to_people(house, self._handover, case, plan, event.key, thread)
            return []
        principal = await house.facts.principal(case.slack_id, case.team)
        await self._openings.chosen(dataclasses.replace(event, thread=thread), case, principal, plan, got.value, whole=whole)
        return [Touched(case.id, thread, event.key)]

    async def _told(self, case: Case, event: Event, plan: Plan, answer: str) -> None:
        async with self._house.work() as work:
            await spoken.answered(work, case, event.thread or case.thread, plan, answer)
