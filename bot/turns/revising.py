"""What was asked before is asked anew as it is meant now."""

import dataclasses

from bot.cases import spoken
from bot.cases.house import House
from bot.cases.spoken import Touched
from bot.consent import ApprovalState
from bot.domain import Call, CallState, Event, PlanState, Principal
from bot.execution import takenback
from bot.execution.origins import learnt_of
from bot.ports import Found
from bot.turns import asked
from bot.turns.openings import Openings, running
from bot.turns.revisions import Revision
from bot.turns.verdicts import Verdicts
from bot.words import furtherwording


class Revising:
    """Carries out a change of mind."""

    def __init__(self, house: House, openings: Openings, verdicts: Verdicts) -> None:
        self._house = house
        self._openings = openings
        self._verdicts = verdicts

    async def to(self, event: Event, principal: Principal, text: str, revision: Revision) -> list[Touched]:
        """What was asked before is dropped, and asked anew as it is meant now: never both."""
        house, case, plan = self._house, revision.case, revision.plan
        await spoken.joined(house, event, case)
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
            stays = [one.summary or one.sentence for one in await work.calls(case.id) if one.plan == plan.id and may_be_there(one)]
            await self._verdicts.end(work, case, [plan], ApprovalState.SUPERSEDED, PlanState.WITHDRAWN, principal)
            said = furtherwording.revised(
                [(call.sentence, call.approval or call.confirmation) for call in calls], plan.title, stays
            )
            await work.put(spoken.post(event, case, said))
            await work.say(case.id, "bot", said)
            case = await work.case(case.id) or case
            case = takenback.noted(case, plan, revision.changed, await work.transcript(case.id))
            await work.save_case(case)
            await self._openings.opened(work, dataclasses.replace(event, text=words), case, principal, [fresh], [])
            here = await work.case_in_thread(event.channel, event.thread)
            for one in {one.id: one for one in (case, here) if one is not None}.values():
                await spoken.taken_as_answer(work, one, event)
            await asked.over(work, event)
        return [Touched(case.id, event.thread, event.key, spoke=True)]


def may_be_there(call: Call) -> bool:
    """Whether a change was made, or may have been."""
    return call.effect == "change" and call.state in (
        CallState.VERIFIED,
        CallState.TAKEN_OVER,
        CallState.UNVERIFIED,
        CallState.STARTED,
        CallState.UNKNOWN,
    )
