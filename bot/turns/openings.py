"""Requests become plans: each bound to its runbook, its needs filled from the words as far as they go."""

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bot.cases import admission, comments, offers, reports, spoken
from bot.cases.handover import HandOver
from bot.cases.house import House
from bot.cases.spoken import Touched
from bot.domain import Case, CaseKind, CaseState, Event, Plan, PlanState, Principal
from bot.execution.origins import ASSUMED, learnt_of
from bot.ports import Found, Work
from bot.reading import enumerations, phrases
from bot.runbooks import needs, requests, rows
from bot.runbooks.requests import Request, Understanding
from bot.turns.quoting import Quoting
from bot.words import wording
from knowledge.runbook import Need


class Openings:
    """Opens plans, and hands over what nothing fits."""

    def __init__(self, house: House, handover: HandOver) -> None:
        self._house = house
        self._handover = handover
        self._quoting = Quoting(house)

    async def requests(
        self,
        event: Event,
        case: Case,
        principal: Principal,
        text: str,
        understood: Understanding,
    ) -> list[Touched]:
        """Open a plan for everything that was asked; what nothing fits goes to people."""
        house = self._house
        case = await spoken.heard(self._house, event, case, text)
        async with house.work() as work:
            plans = await work.plans(case.id)
        understood = await rows.with_besides(understood, house.runbooks, house.directory, house.knowledge)
        if house.agent.thinks:
            return await self._thought_of(event, case, principal, text, understood, plans)
        going = {plan.runbook for plan in plans if plan.state.open}
        opened: list[Plan] = []
        for request in understood.requests:
            drafts = await self.drafts(event, case, principal, request)
            opened += [
                one for one in drafts if offers.waits(one) or one.runbook not in going or await self.another(one, principal, plans)
            ]
        if understood.requests and not opened:
            await spoken.note(self._house, event, case, wording.ALREADY_ON_IT)
            return [Touched(case.id, event.thread, event.key)]
        if opened:
            await self.open(event, case, principal, opened, [found for r in understood.requests for found in r.found])
        elif not going and case.state is CaseState.HANDED_OVER and case.ticket:
            written = await comments.added(house, case, text, event.key)
            said = wording.added_to_ticket if written else wording.with_people
            await spoken.note(self._house, event, case, said(case.ticket))
            return []
        unknown = list(understood.unknown) if opened else [text]
        quoted = [await self._quoting.answered(event, case, principal, words, number) for number, words in enumerate(unknown)]
        answers = [plan for plan in quoted if plan is not None]
        if answers:
            await self.open(event, case, principal, answers, [])
        lost = {number: words for number, words in enumerate(unknown) if quoted[number] is None}
        offer = await offers.offered(house, case, principal, text, f"{event.key}#0") if lost and not opened else None
        if offer is not None:
            await self.open(event, case, principal, [offer], await house.knowledge.search(text))
        elif lost:
            why = wording.unknown_besides([*lost.values()]) if opened or answers else wording.UNKNOWN_REQUEST
            await self._unknown(event, case, lost, why)
        return [Touched(case.id, event.thread, event.key)] if opened or going or answers or offer else []

    async def chosen(self, event: Event, case: Case, principal: Principal, offer: Plan, runbook: str, *, whole: bool) -> None:
        """The offer becomes the plan of this runbook; further things that its words name are plans of their own.

        `whole`: the event says nothing besides.
        """
        asked = dataclasses.replace(event, key=offer.opened_by, text=offer.words)
        found = Found(runbook, "", 0, offer.score, 0)
        first, *others = await self.drafts(asked, case, principal, Request(offer.words, [found]), sure=True)
        async with self._house.work() as work:
            if whole:
                await spoken.taken_as_answer(work, case, event)
            await self.opened(work, asked, case, principal, [dataclasses.replace(first, id=offer.id), *others], [])

    async def _thought_of(
        self,
        event: Event,
        case: Case,
        principal: Principal,
        text: str,
        understood: Understanding,
        plans: Sequence[Plan],
    ) -> list[Touched]:
        """For a model: what was found becomes plans to follow, what was not is a plan of its own making, and the model goes on.

        What a plan still has to know the model asks for; it reads every message of the requester, also while something waits.
        A short answer to what a plan was asking for is no request of its own. What may not be asked for is no plan to follow: no
        runbook goes on with it when the model is away.
        """
        short = not understood.requests or (len(understood.requests) == 1 and len(phrases.tokens(text)) <= needs.SHORT_ANSWER)
        if short and (known := await self._answered(principal, text, plans)) is not None:
            async with self._house.work() as work:
                await work.save_plan(known)
            return [Touched(case.id, event.thread, event.key, spoke=True)]
        going = {plan.runbook for plan in plans if plan.state.open}
        doubted = [one for one in understood.requests if offers.in_doubt(self._house, one)]
        sure = [one for one in understood.requests if one not in doubted]
        drafts = [await self.drafted(event, case, principal, one.words, one.found[0]) for one in sure]
        opened = [running(plan) for plan in drafts if plan.runbook not in going or await self.another(plan, principal, plans)]
        quiet = going and not requests.of_its_own(text, [plan for plan in plans if plan.state.open])
        unknown = list(understood.unknown) if drafts or doubted else [] if quiet else [text]
        unknown += [one.words for one in doubted]
        if not drafts and case.state is CaseState.HANDED_OVER and case.ticket:
            await spoken.note(self._house, event, case, wording.with_people(case.ticket))
            return []
        opened += [Plan("", case.id, "", "", words[:80], words, f"{event.key}#{number}") for number, words in enumerate(unknown)]
        if opened:
            found = [one for request in understood.requests for one in request.found]
            found += [one for words in unknown for one in await self._house.knowledge.search(words)]
            await self.open(event, case, principal, opened, found)
        if any(plan.state is PlanState.ASKING for plan in plans):
            async with self._house.work() as work:
                for plan in await work.plans(case.id):
                    if plan.state is PlanState.ASKING:
                        await work.save_plan(running(plan))
        return [Touched(case.id, event.thread, event.key, spoke=True)]

    async def _answered(self, principal: Principal, text: str, plans: Sequence[Plan]) -> Plan | None:
        """The plan that was asking for something, with what these words say of it; None where they say nothing of it."""
        house = self._house
        for plan in plans:
            if plan.state is not PlanState.ASKING or not plan.asked or offers.waits(plan):
                continue
            need = house.runbooks[plan.runbook].runbook.needs[plan.asked]
            got = await needs.answer(
                need, text, principal=principal, directory=house.directory, now=house.clock.now(), choices=plan.choices
            )
            if isinstance(got, needs.Filled) and need.source != "text":
                return running(dataclasses.replace(plan, needs={**plan.needs, plan.asked: got.value}))
        return None

    async def another(self, draft: Plan, principal: Principal, plans: Sequence[Plan]) -> bool:
        """Whether the words name another person or thing than every plan of this runbook that is open: that is a request too.

        So is what they name in part only, or by a name that nobody knows, where that is none of what is open.
        """
        named: dict[str, set[str]] = {}
        unknown = False
        for need in self._house.runbooks[draft.runbook].runbook.needs.values():
            match await self._said(need, draft.words, principal):
                case needs.Filled(value=Mapping() as value):
                    named[need.name] = {str(value.get("id"))}
                case needs.Unclear(choices=choices) if choices and need.source in rows.MANY:
                    named[need.name] = {value for value, _ in choices}
                case needs.Missing() if need.source in rows.MANY:
                    unknown = unknown or requests.names_unknown(draft.words, plans)

        def other(plan: Plan) -> bool:
            known = {name: value.get("id") for name, value in plan.needs.items() if isinstance(value, Mapping)}
            return unknown or any(name in known and known[name] not in values for name, values in named.items())

        return all(other(plan) for plan in plans if plan.state.open and plan.runbook == draft.runbook)

    async def _unknown(self, event: Event, case: Case, unknown: Mapping[int, str], why: str) -> None:
        """Nothing fits: say so and hand over, without a guess."""
        lost: list[Plan] = []
        nearest = [found for words in unknown.values() for found in await self._house.knowledge.search(words)]
        async with self._house.work() as work:
            for number, words in unknown.items():
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
                        reason=why,
                    )
                )
                await work.save_plan(plan)
                lost.append(plan)
            await work.say_once(case.id, "note", "nothing fits", f"{event.key}#none", {"found": spoken.shown(nearest)})
            await spoken.reported(work, case, lost)
        await self._handover.give(case, event.thread, why, event.key, lost)

    async def _said(self, need: Need, words: str, principal: Principal) -> needs.Answer:
        """What the words themselves say of a need, whatever it is where they say nothing."""
        house, bare = self._house, dataclasses.replace(need, default="")
        return await needs.fill(bare, words, principal=principal, directory=house.directory, now=house.clock.now())

    async def drafts(self, event: Event, case: Case, principal: Principal, request: Request, *, sure: bool = False) -> list[Plan]:
        """A plan for each thing that is asked for by these words; mostly that is one. What one part leaves unsaid another says.

        Words that may not ask for it are asked about first, unless somebody is `sure`.
        """
        opened_by = f"{event.key}#{request.found[0].runbook}"
        if not sure and (asks := await offers.doubted(self._house, case, principal, request, opened_by)) is not None:
            return [asks]
        found, runbook = request.found[0], self._house.runbooks[request.found[0].runbook].runbook
        whole = await self.drafted(event, case, principal, request.words, found)
        need = rows.of_many(runbook)
        if need is None or need.name in whole.needs:
            return [whole]
        made = []
        parts = enumerations.beside(request.words, await needs.things_of(need.source, self._house.directory))
        for number, part in enumerate(parts):
            left = [one for one in runbook.needs.values() if one.name in whole.needs]
            unsaid = [one.name for one in left if isinstance(await self._said(one, part, principal), needs.Missing)]
            plan = await self.drafted(event, case, principal, part, found, unsaid)
            needed = {**{name: whole.needs[name] for name in unsaid}, **plan.needs}
            opened_by = f"{event.key}#{need.name}{number}" if number else event.key
            made.append(dataclasses.replace(plan, needs=needed, learnt=learnt_of(whole, plan), opened_by=opened_by))
        return made or [whole]

    async def drafted(
        self, event: Event, case: Case, principal: Principal, words: str, found: Found, answered: Collection[str] = ()
    ) -> Plan:
        """A plan for these words, its needs filled from them as far as they go; needs that were answered are left out."""
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
        assumed: dict[str, Any] = {}
        unsaid = False  # what is asked is something that the words do not mention: what they do mention unclearly is asked first
        for need in runbook.needs.values():
            if need.name in answered:
                continue
            got = await needs.fill(need, words, principal=principal, directory=house.directory, now=house.clock.now())
            match got:
                case needs.Filled(value=value):
                    known[need.name] = value
                    if got.assumed:
                        assumed[need.name] = value
                case needs.Unclear(question=question, choices=choices) if unsaid or not plan.asked:
                    unsaid = False
                    plan = dataclasses.replace(
                        plan, state=PlanState.ASKING, asked=need.name, choices=tuple(choices), reason=question
                    )
                case needs.Missing() if not plan.asked:
                    unsaid = True
                    plan = dataclasses.replace(plan, state=PlanState.ASKING, asked=need.name, choices=(), reason=need.ask)
                case _:
                    pass
        if not await admission.serves(house, house.runbooks[found.runbook], principal):
            plan = admission.refused(plan, wording.not_for_you(runbook.title, runbook.audience))
        elif not runbook.steps and not plan.asked:
            plan = dataclasses.replace(plan, state=PlanState.DONE)  # its text is the answer
        plan = await spoken.listed(house, plan)
        return dataclasses.replace(plan, needs=known, learnt={ASSUMED: assumed} if assumed else {})

    async def open(self, event: Event, case: Case, who: Principal, plans: Sequence[Plan], found: Sequence[Found]) -> None:
        async with self._house.work() as work:
            await self.opened(work, event, case, who, plans, found)

    async def opened(
        self, work: Work, event: Event, case: Case, who: Principal, plans: Sequence[Plan], found: Sequence[Found]
    ) -> None:
        """The plans under numbers of their own, seen in the live view, and asking what they have to ask."""
        house = self._house
        words = dict(case.data.get("words", {}))
        followed = any(plan.runbook for plan in await work.plans(case.id))
        numbered = []
        for plan in plans:
            numbered.append(plan if plan.id else dataclasses.replace(plan, id=await work.new_id("P")))
            words[numbered[-1].id] = phrases.clean(event.text, bot_id=house.bot_id)
            await work.save_plan(numbered[-1])
        await work.say_once(case.id, "note", "retrieved", f"{event.key}#found", {"found": spoken.shown(found)})
        kinds = [CaseKind(house.runbooks[p.runbook].runbook.kind) for p in plans if p.runbook in house.runbooks]
        threads = {**case.data.get("threads", {}), **{plan.id: event.thread for plan in numbered}}
        said = {**case.data.get("said", {}), **({plan.id: event.ts for plan in numbered} if event.data.get("in_thread") else {})}
        fresh = dataclasses.replace(
            case,
            kind=kinds[0] if kinds and not followed else case.kind,
            state=CaseState.WORKING,
            title=case.title or plans[0].title,
            data={**case.data, "words": words, "threads": threads, "said": said},
            updated=house.clock.now(),
        )
        await work.save_case(fresh)
        await work.not_due(f"silent:{case.id}")
        if any(plan.runbook in house.runbooks and house.runbooks[plan.runbook].steps for plan in numbered):
            for post in reports.views(
                house.runbooks, fresh, who, await work.plans(case.id), await work.calls(case.id), house.clock.now().date()
            ):
                await work.put(post)
        for plan in numbered:
            if plan.state is PlanState.ASKING:
                await spoken.ask(work, fresh, event.thread, plan)
            if offers.waits(plan):
                await work.at(offers.over(house, fresh, plan))


def running(plan: Plan) -> Plan:
    """The plan at work, whatever it still has to know."""
    return dataclasses.replace(plan, state=PlanState.RUNNING, asked="", choices=(), reason="")
