"""A form that was sent: an ordinary message of the requester, whose plan begins with what the form says.

It opens a case of its own, and leaves the same trail as words. The values are read again as of now; what no longer fits is asked.
"""

import dataclasses

from bot.cases import spoken
from bot.cases.house import House
from bot.cases.spoken import Touched
from bot.domain import Case, Event, Plan, PlanState, Principal
from bot.homeview import A_PERSON, ANYTHING_ELSE
from bot.ports import Found
from bot.reading import phrases
from bot.runbooks import requests
from bot.turns.forms import Forms
from bot.turns.openings import Openings, running
from bot.turns.verdicts import Verdicts
from bot.words import homewording, wording


class Submissions:
    """Acts on messages with `data.form` = {name, values}."""

    def __init__(self, house: House, openings: Openings, verdicts: Verdicts) -> None:
        self._house = house
        self._openings = openings
        self._verdicts = verdicts
        self._forms = Forms(house)

    async def sent(self, event: Event, principal: Principal) -> list[Touched]:
        house = self._house
        text = phrases.clean(event.text, bot_id=house.bot_id)
        name, values = str(event.data["form"]["name"]), dict(event.data["form"]["values"])
        case, plans = await self._case(event, principal, text)
        if any(plan.opened_by == event.key for plan in plans):
            return [Touched(case.id, event.thread, event.key)]  # applied before, and cut off since
        if name == A_PERSON:
            case = await spoken.heard(house, event, case, text)
            async with house.work() as work:
                plan = Plan(
                    await work.new_id("P"), case.id, "", "", case.title[:80], text, event.key, reason=wording.ASKED_FOR_A_PERSON
                )
                await work.save_plan(plan)
            return await self._verdicts.person(event, case)
        if name not in house.runbooks:  # it was taken off meanwhile: the words are there all the same
            return await self._openings.requests(event, case, principal, text, await requests.understand(text, house.knowledge))
        case = await spoken.heard(house, event, case, text)
        more = values.get(ANYTHING_ELSE, "").strip()
        further = (await requests.understand(more, house.knowledge)).requests if more else []
        opened = [
            await self._plan(name, values, event, case, principal, text),
            *[
                await self._openings.drafted(event, case, principal, request.words, request.found[0])
                for request in further
                if request.found[0].runbook != name
            ],
        ]
        if house.agent.thinks:  # what a plan still has to know the model asks for, and it finds the words
            opened = [running(plan) for plan in opened]
        await self._openings.open(event, case, principal, opened, [])
        return [Touched(case.id, event.thread, event.key, spoke=True)]

    async def _case(self, event: Event, principal: Principal, text: str) -> tuple[Case, list[Plan]]:
        """The case of this submission: made once, however often the event is applied."""
        house = self._house
        now = house.clock.now()
        async with house.work() as work:
            known = await work.case_in_thread(event.channel, event.thread)
            if known is not None:
                return known, list(await work.plans(known.id))
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
                place="direct",
                title=_title(text),
            )
            await work.save_case(case)
            await work.add_thread(case.id, event.channel, event.thread)
        return case, []

    async def _plan(self, name: str, values: dict[str, str], event: Event, case: Case, principal: Principal, text: str) -> Plan:
        """The form's runbook with its needs filled; running, or asking for the first that does not fit any more."""
        runbook = self._house.runbooks[name].runbook
        read = await self._forms.filled(runbook, values, principal)
        found = Found(runbook.id, runbook.title, 1.0, 1.0, 0.0)
        plan = await self._openings.drafted(event, case, principal, text, found)
        plan = dataclasses.replace(plan, needs=read.needs, asked="", choices=(), reason="")
        if (missing := next(iter(read.wrong), None)) is not None:
            asks = dataclasses.replace(plan, state=PlanState.ASKING, asked=missing, choices=(), reason=read.wrong[missing])
            return await spoken.listed(self._house, asks)
        return dataclasses.replace(plan, state=PlanState.RUNNING if runbook.steps else PlanState.DONE)


def _title(text: str) -> str:
    """What a case is called: the form's first line, and where that only asks for a person, what it is about."""
    lines = [line for line in text.splitlines() if line.strip() != homewording.PERSON_WORDS] or text.splitlines()
    return lines[0][:120] if lines else ""
