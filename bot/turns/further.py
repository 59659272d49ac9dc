"""A further message of the requester while something of theirs is open, read without a model.

It answers a question, takes a request back or changes it, asks how it stands, asks for something of its own, or is a remark on what
waits. Nothing of it is dropped.
"""

from typing import Any

from bot.cases import offers, spoken
from bot.cases.house import House
from bot.cases.spoken import Touched
from bot.consent import ApprovalState
from bot.domain import Case, Event, Plan, PlanState, Principal
from bot.reading import alone, phrases
from bot.reading.phrases import tokens
from bot.runbooks import needs, requests
from bot.runbooks.requests import Understanding
from bot.turns.naming import Open
from bot.turns.openings import Openings
from bot.turns.pointing import Pointing
from bot.turns.questions import Questions
from bot.turns.remarks import Remarks
from bot.turns.verdicts import Verdicts
from bot.words import clickwording

LONG_ANSWER = 3


class Further:
    """Reads further messages."""

    def __init__(self, house: House, openings: Openings, questions: Questions, verdicts: Verdicts) -> None:
        self._house = house
        self._openings = openings
        self._questions = questions
        self._verdicts = verdicts
        self.remarks = Remarks(house)
        self.pointing = Pointing(house, openings, verdicts)

    async def taken(self, event: Event, principal: Principal, text: str, open_: Open) -> list[Touched] | None:
        """The cases that go on with these words; None when they ask for something of their own."""
        understood = await requests.understand(text, self._house.knowledge)
        asking = next(((case, plan) for case, plans in open_ for plan in plans if plan.state is PlanState.ASKING), None)
        apart = not event.data.get("in_thread")
        if (taken := await self.pointing.answered(event, principal, text)) is not None:
            return taken
        first = [] if asking is not None and self._any_words(asking[1]) else [self.pointing.dropped]
        first += [self.pointing.changed] if asking is not None and offers.waits(asking[1]) else []
        for meaning in first:
            if (taken := await meaning(event, principal, text, open_, understood)) is not None:
                return taken
        if asking is not None and await self._answers(asking[1], principal, text, understood, apart=apart):
            return await self._answered(event, principal, text, *asking)
        for meaning in (self.declined, self.pointing.changed):
            if (taken := await meaning(event, principal, text, open_, understood)) is not None:
                return taken
        which = self.pointing.asked_which if asking is None and self._nothing_else(text, understood) else None
        if which is not None and (taken := await which(event, text, open_)) is not None:
            return taken
        if await self._anew(event, text, open_, principal, understood):
            return None
        if asking is not None:
            own = apart and (len(tokens(text)) > needs.SHORT_ANSWER or alone.stands_alone(text))
            return None if own else await self._answered(event, principal, text, *asking)
        return await self.remarks.made(event, principal, text, open_, known=bool(understood.requests))

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
        await spoken.joined(self._house, event, case)
        case = await spoken.heard(self._house, event, case, text)
        async with self._house.work() as work:
            whole = [plan for plan in going if not self._house.in_parts(plan)]
            await self._verdicts.end(work, case, whole, ApprovalState.WITHDRAWN, PlanState.WITHDRAWN, principal)
            for plan in (plan for plan in going if plan not in whole):
                await self._verdicts.left_alone(work, case, plan, principal)
            await work.put(spoken.post(event, case, clickwording.LEFT_ALONE))
            await work.say(case.id, "bot", clickwording.LEFT_ALONE)
        return [Touched(case.id, event.thread or case.thread, event.key)]

    async def _answered(self, event: Event, principal: Principal, text: str, case: Case, plan: Plan) -> list[Touched]:
        await spoken.joined(self._house, event, case)
        return await self._questions.answered(event, case, principal, plan, text)

    def _nothing_else(self, text: str, understood: Understanding) -> bool:
        """Whether the words ask for nothing by themselves, as far as that can be told."""
        sure = [one for one in understood.requests if not offers.in_doubt(self._house, one)]
        return not sure and not understood.unknown and not requests.of_its_own(text, [])

    def _any_words(self, plan: Plan) -> bool:
        """Whether any words are an answer to what the plan asks."""
        return (
            bool(plan.asked)
            and not offers.waits(plan)
            and self._house.runbooks[plan.runbook].runbook.needs[plan.asked].source == "text"
        )

    async def _answers(self, plan: Plan, principal: Principal, text: str, understood: Understanding, *, apart: bool) -> bool:
        """Whether the words are an answer to what this plan asks, as far as that can be told.

        `apart`: they are not said below the question, so that what asks for something else answers nothing.
        """
        house, long = self._house, len(tokens(text)) > needs.SHORT_ANSWER
        if not plan.asked:
            return True  # a model's own question
        if offers.waits(plan):
            return bool(offers.meant(plan, understood)) or not (understood.requests or (apart and long))
        another = any(request.found[0].runbook != plan.runbook for request in understood.requests)
        if another and (long or (apart and alone.asks(text) and not self._any_words(plan))):
            return False
        need = house.runbooks[plan.runbook].runbook.needs[plan.asked]
        got = await needs.answer(
            need, text, principal=principal, directory=house.directory, now=house.clock.now(), choices=plan.choices
        )
        if not isinstance(got, needs.Filled):
            return False
        elsewhere = bool(plan.choices) and _id(got.value) not in dict(plan.choices)
        return not (elsewhere and apart and long and understood.requests)

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


def _id(value: Any) -> str:
    """What a button has of a value."""
    return str(value.get("id", "")) if isinstance(value, dict) else str(value)
