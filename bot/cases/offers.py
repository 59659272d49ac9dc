"""Where no runbook fits and some lie near, or one fits that may not be asked for: whoever asked says what is meant, or not.

An offer is a plan without a runbook that asks. It becomes the plan of the runbook that is chosen; whatever else is said to it, and
silence, gives the request to people (docs/decisions/0350).
"""

import dataclasses
from collections.abc import Sequence
from datetime import timedelta

from bot.cases import admission, spoken
from bot.cases.handover import HandOver
from bot.cases.house import House
from bot.domain import Case, Due, Plan, PlanState, Principal
from bot.ports import Found
from bot.reading.doubt import doubtful
from bot.runbooks import requests
from bot.runbooks.requests import Request, Understanding
from bot.words import wording
from knowledge.runbook import Need

WHICH = "which"
"""The need of an offer: which runbook is meant."""

PEOPLE = "none_of_these"
"""The choice of none of them: no runbook's id has an underscore."""

OVER = "offer_over"
PATIENCE = timedelta(minutes=15)
"""How long an answer is waited for: until then nobody else knows of the request."""


async def near(house: House, principal: Principal, words: str) -> list[Found]:
    """The runbooks that lie near, of those that are for people like this one; best first."""
    return await _theirs(house, principal, await requests.near(words, house.knowledge))


async def _theirs(house: House, principal: Principal, found: Sequence[Found]) -> list[Found]:
    """Those that can be followed, and are for people like this one."""
    there = [one for one in found if one.runbook in house.runbooks]
    return [one for one in there if await admission.serves(house, house.runbooks[one.runbook], principal)]


async def offered(house: House, case: Case, principal: Principal, words: str, opened_by: str) -> Plan | None:
    """A plan that asks which of the nearest runbooks is meant; None where none is near that is for people like the requester."""
    return _asks(case, words, opened_by, await near(house, principal, words))


def in_doubt(house: House, request: Request) -> bool:
    """Whether the runbook that fits changes something, and the words may not ask for it (`bot.reading.doubt`)."""
    bound = house.runbooks[request.found[0].runbook]
    return any(step.change for step in bound.steps) and doubtful(request.words, bound.runbook.symptoms)


async def doubted(house: House, case: Case, principal: Principal, request: Request, opened_by: str) -> Plan | None:
    """A plan that asks whether it is meant, where that is in doubt."""
    if not in_doubt(house, request):
        return None
    fits = [one for one in request.found if one.cosine >= house.knowledge.floor - requests.NEAR]
    return _asks(case, request.words, opened_by, await _theirs(house, principal, fits))


def _asks(case: Case, words: str, opened_by: str, close: Sequence[Found]) -> Plan | None:
    if not close:
        return None
    return Plan(
        id="",
        case=case.id,
        runbook="",
        version="",
        title=words[:80],
        words=words,
        opened_by=opened_by,
        state=PlanState.ASKING,
        asked=WHICH,
        choices=(*((one.runbook, one.title) for one in close), (PEOPLE, wording.SOMETHING_ELSE)),
        reason=wording.which_of_these(len(close), PATIENCE // timedelta(minutes=1)),
        score=close[0].cosine,
    )


def waits(plan: Plan) -> bool:
    """Whether it is an offer that nobody has answered yet."""
    return plan.state is PlanState.ASKING and plan.asked == WHICH and not plan.runbook


def need(house: House, plan: Plan) -> Need:
    """What a plan asks for: a need of its runbook, or which runbook is meant."""
    if waits(plan):
        return Need(WHICH, "choice", plan.reason, choices=plan.choices)
    return house.runbooks[plan.runbook].runbook.needs[plan.asked]


def meant(plan: Plan, understood: Understanding) -> str:
    """The runbook on offer that other words ask for; empty where they ask for none of them."""
    on_offer = {value for value, _ in plan.choices}
    return next((one.found[0].runbook for one in understood.requests if one.found[0].runbook in on_offer), "")


def besides(understood: Understanding, runbook: str) -> Understanding | None:
    """What other words ask for, beside the one on offer that they mean; None where that is all."""
    others = [one for one in understood.requests if one.found[0].runbook != runbook]
    return Understanding(others, understood.unknown) if others or understood.unknown else None


def only(plan: Plan) -> str:
    """The one runbook on offer; empty where there are several."""
    runbooks = [value for value, _ in plan.choices if value != PEOPLE]
    return runbooks[0] if len(runbooks) == 1 else ""


def over(house: House, case: Case, plan: Plan) -> Due:
    """When it goes to people unanswered."""
    at = house.clock.now() + PATIENCE
    return Due(f"{OVER}:{plan.id}", at, OVER, case.conversation, {"case": case.id, "plan": plan.id})


async def late(house: House, handover: HandOver, case: Case, plan_id: str, key: str) -> None:
    """Nobody has answered; nothing happens where somebody has."""
    async with house.work() as work:
        plan = next((one for one in await work.plans(case.id) if one.id == plan_id), None)
    if plan is not None and waits(plan):
        await to_people(house, handover, case, plan, key, case.thread_of(plan.id))


async def to_people(house: House, handover: HandOver, case: Case, plan: Plan, key: str, thread: str) -> None:
    """None of them is meant, or nobody says which. May be done again for the same event."""
    async with house.work() as work:
        await spoken.reported(work, case, [plan])
    given = dataclasses.replace(plan, asked="", choices=(), reason=wording.UNKNOWN_REQUEST)
    await handover.give(case, thread, wording.UNKNOWN_REQUEST, key, [given])
