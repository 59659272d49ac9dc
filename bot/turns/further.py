"""A further message of the requester while something of theirs is open, read without a model.

It answers a question, changes a request, asks how it stands, asks for something of its own, or is a remark on what waits. Nothing
of it is dropped: a remark stands on the approver's card, and whoever wrote it is told so and can say that it was something new.
"""

import dataclasses
from collections.abc import Sequence

from bot.cases import offers, spoken
from bot.cases.house import House
from bot.cases.spoken import Touched
from bot.consent import ApprovalState
from bot.domain import Call, CallState, Case, Event, Plan, PlanState, Principal
from bot.execution import takenback
from bot.execution.origins import learnt_of
from bot.ports import Found
from bot.reading import phrases
from bot.reading.phrases import tokens
from bot.runbooks import needs, requests
from bot.runbooks.requests import Understanding
from bot.turns import revisions
from bot.turns.openings import Openings, running
from bot.turns.questions import Questions
from bot.turns.revisions import Revision
from bot.turns.verdicts import Verdicts
from bot.words import clickwording, wording

Open = Sequence[tuple[Case, Sequence[Plan]]]
"""Cases and those of their plans that are open, the one that moved last first."""

LONG_ANSWER = 3


class Further:
    """Reads further messages."""

    def __init__(self, house: House, openings: Openings, questions: Questions, verdicts: Verdicts) -> None:
        self._house = house
        self._openings = openings
        self._questions = questions
        self._verdicts = verdicts

    async def taken(self, event: Event, principal: Principal, text: str, open_: Open) -> list[Touched] | None:
        """The cases that go on with these words; None when they ask for something of their own."""
        understood = await requests.understand(text, self._house.knowledge)
        asking = next(((case, plan) for case, plans in open_ for plan in plans if plan.state is PlanState.ASKING), None)
        own = len(tokens(text)) > needs.SHORT_ANSWER and not event.data.get("in_thread")
        if asking is not None and await self._answers(asking[1], principal, text, understood, own=own):
            return await self._answered(event, principal, text, *asking)
        for meaning in (self.declined, self.changed):
            if (taken := await meaning(event, principal, text, open_, understood)) is not None:
                return taken
        if await self._anew(event, text, open_, principal, understood):
            return None
        if asking is not None:
            return None if own else await self._answered(event, principal, text, *asking)
        return await self._remark(event, principal, text, open_, known=bool(understood.requests))

    async def declined(
        self, event: Event, principal: Principal, text: str, open_: Open, understood: Understanding
    ) -> list[Touched] | None:
        """What waits for the requester's own click ends when they say no; None where nothing does, or the words ask for more."""
        if not phrases.refuses(text) or understood.requests or understood.unknown:
            return None
        async with self._house.work() as work:
            for case, plans in open_:
                clicks = {call.plan for call in await work.calls(case.id) if call.own_click}
                if going := [plan for plan in plans if plan.id in clicks]:
                    break
            else:
                return None
        await self._joined(event, case)
        case = await spoken.heard(self._house, event, case, text)
        async with self._house.work() as work:
            whole = [plan for plan in going if not self._house.in_parts(plan)]
            await self._verdicts.end(work, case, whole, ApprovalState.WITHDRAWN, PlanState.WITHDRAWN, principal)
            for plan in (plan for plan in going if plan not in whole):
                await self._verdicts.left_alone(work, case, plan, principal)
            await work.put(spoken.post(event, case, clickwording.LEFT_ALONE))
            await work.say(case.id, "bot", clickwording.LEFT_ALONE)
        return [Touched(case.id, event.thread or case.thread, event.key)]

    async def changed(
        self, event: Event, principal: Principal, text: str, open_: Open, understood: Understanding
    ) -> list[Touched] | None:
        """The case that goes on with what is meant now; None when the words change nothing that was asked before."""
        revision = await revisions.found(self._house, text, open_, principal, understood)
        return None if revision is None else await self._revised(event, principal, text, revision)

    async def _answered(self, event: Event, principal: Principal, text: str, case: Case, plan: Plan) -> list[Touched]:
        await self._joined(event, case)
        return await self._questions.answered(event, case, principal, plan, text)

    async def _answers(self, plan: Plan, principal: Principal, text: str, understood: Understanding, *, own: bool) -> bool:
        """Whether the words are an answer to what this plan asks, as far as that can be told.

        `own`: they are long, and not said below the question, so that what answers nothing is something else.
        """
        house = self._house
        if not plan.asked:
            return True  # a model's own question
        if offers.waits(plan):
            return bool(offers.meant(plan, understood)) or not (understood.requests or own)
        long = len(tokens(text)) > needs.SHORT_ANSWER
        if long and any(request.found[0].runbook != plan.runbook for request in understood.requests):
            return False
        need = house.runbooks[plan.runbook].runbook.needs[plan.asked]
        got = await needs.answer(
            need, text, principal=principal, directory=house.directory, now=house.clock.now(), choices=plan.choices
        )
        return isinstance(got, needs.Filled)

    async def _anew(self, event: Event, text: str, open_: Open, principal: Principal, understood: Understanding) -> bool:
        """Whether the words ask for something that is not open yet."""
        plans = [plan for _, some in open_ for plan in some]
        if understood.requests or understood.unknown:
            asking = any(plan.state is PlanState.ASKING for plan in plans)
            if asking and len(tokens(text)) <= LONG_ANSWER:
                return any(one.found[0].runbook not in {plan.runbook for plan in plans} for one in understood.requests)
            drafts = [
                draft
                for one in understood.requests
                for draft in await self._openings.drafts(event, open_[0][0], principal, one, sure=True)
            ]
            going = {plan.runbook for plan in plans}
            return bool(understood.unknown) or any(
                [draft.runbook not in going or await self._openings.another(draft, principal, plans) for draft in drafts]
            )
        return requests.of_its_own(text, plans)

    async def _revised(self, event: Event, principal: Principal, text: str, revision: Revision) -> list[Touched]:
        """What was asked before is dropped, and asked anew as it is meant now: never both."""
        house, case, plan = self._house, revision.case, revision.plan
        await self._joined(event, case)
        case = await spoken.heard(house, event, case, text)
        known = {**plan.needs, **revision.changed}
        found = Found(plan.runbook, plan.title, 0, plan.score, 0)
        fresh = await self._openings.drafted(event, case, principal, plan.words, found, known)
        words = f"{plan.words}\n{text}"
        fresh = dataclasses.replace(fresh, words=words, needs={**fresh.needs, **known}, learnt=learnt_of(fresh, plan))
        if house.agent.thinks:
            fresh = running(fresh)
        async with house.work() as work:
            calls = [one for one in await work.calls(case.id) if one.plan == plan.id and one.state is CallState.WAITING]
            stays = [one.summary or one.sentence for one in await work.calls(case.id) if one.plan == plan.id and _may_be_there(one)]
            await self._verdicts.end(work, case, [plan], ApprovalState.SUPERSEDED, PlanState.WITHDRAWN, principal)
            said = wording.revised([(call.sentence, call.approval or call.confirmation) for call in calls], plan.title, stays)
            await work.put(spoken.post(event, case, said))
            await work.say(case.id, "bot", said)
            case = await work.case(case.id) or case
            case = takenback.noted(case, plan, revision.changed, await work.transcript(case.id))
            await work.save_case(case)
            await self._openings.opened(work, dataclasses.replace(event, text=words), case, principal, [fresh], [])
        return [Touched(case.id, event.thread, event.key, spoke=True)]

    async def _remark(self, event: Event, principal: Principal, text: str, open_: Open, *, known: bool) -> list[Touched]:
        """It stands where whoever answers reads it, and the requester is told where that is."""
        house = self._house
        case, plans = next(((c, some) for c, some in open_ if any(p.state is PlanState.WAITING for p in some)), open_[0])
        await self._joined(event, case)
        case = await spoken.heard(house, event, case, text)
        async with house.work() as work:
            words = dict(case.data.get("words", {}))
            for plan in plans:
                if f"\n{text}\n" not in f"\n{(before := words.get(plan.id, plan.words))}\n":
                    words[plan.id] = f"{before}\n{text}"
            case = dataclasses.replace(case, data={**case.data, "words": words})
            await work.save_case(case)
        waiting = await house.approvals.remarked(case, principal)
        said = wording.already(waiting) if known else wording.remarked(waiting, plans[0].title)
        async with house.work() as work:
            mine = [one for one in await work.calls(case.id) if one.own_click]
            said = " ".join([said, *(clickwording.waits_for_click(one.confirmation, one.sentence) for one in mine)])
            await work.put(spoken.remark(event, case, said))
            await work.say(case.id, "bot", said)
        return [Touched(case.id, event.thread, event.key)]

    async def _joined(self, event: Event, case: Case) -> None:
        async with self._house.work() as work:
            await work.add_thread(case.id, event.channel, event.thread)


def _may_be_there(call: Call) -> bool:
    """Whether a change was made, or may have been."""
    return call.effect == "change" and call.state in (
        CallState.VERIFIED,
        CallState.TAKEN_OVER,
        CallState.UNVERIFIED,
        CallState.STARTED,
        CallState.UNKNOWN,
    )
