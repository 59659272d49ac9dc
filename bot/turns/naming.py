"""Which of what is open somebody's words name: by its thing ("the grafana"), by what it is ("the order"), or by its number."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from bot.cases.house import House
from bot.domain import Call, Case, Plan
from bot.reading import dropbook, dropping, things
from bot.reading.phrases import tokens
from bot.runbooks import needs, requests
from bot.runbooks.requests import Understanding
from knowledge.parts import THINGS

Open = Sequence[tuple[Case, Sequence[Plan]]]
"""Cases and those of their plans that are open, the one that moved last first."""

LONG = 5
"""Letters of a word that is known with a slip of the keyboard in it."""
_NUMBER = re.compile(r"[ac]\d+")


@dataclass(frozen=True, slots=True)
class Fit:
    """An open plan that a name fits. `sure`: nothing of the name is left over, and nothing else is meant by it."""

    case: Case
    plan: Plan
    sure: bool


async def fitting(house: House, name: str, open_: Open, understood: Understanding) -> list[Fit]:
    """The open plans that a name fits, those whose thing it names before those whose kind it names; none where it is all of them.

    `understood`: what the whole message would ask for if nothing were open.
    """
    said = dropping.content(name)
    every = [(case, plan) for case, plans in open_ for plan in plans]
    if not said:
        return [Fit(case, plan, sure=True) for case, plan in every]
    if numbers := [word for word in said if _NUMBER.fullmatch(word)]:
        known = [(case, plan, await _numbers(house, case, plan)) for case, plan in every]
        return [Fit(case, plan, sure=len(said) == 1) for case, plan, mine in known if mine.issuperset(numbers)]
    about, kind = [], []
    for case, plan in every:
        own = await names(house, case, plan)
        if own and await _another(house, plan, name):
            continue
        left = [word for word in said if not _known(word, own | _words(house, plan))]
        if any(_known(word, own) for word in said):
            about.append(Fit(case, plan, sure=not left))
        elif await _kind(house, plan, said, name):
            other = any(one.found[0].runbook != plan.runbook for one in understood.requests)
            mine = set(tokens(f"{plan.title} {plan.words}"))  # a symptom may name another thing than this
            kind.append(Fit(case, plan, sure=all(_known(word, mine) for word in said) and not other))
    return about or kind


async def names(house: House, case: Case, plan: Plan) -> set[str]:
    """Words by which people name what a plan is about: an application by each of its names, somebody else by theirs."""
    bound = house.runbooks.get(plan.runbook)
    if bound is None:
        return set()
    found: list[str] = []
    for need in bound.runbook.needs.values():
        value = plan.needs.get(need.name)
        if isinstance(value, Mapping) and value.get("id") != case.requester:
            found += [str(value.get("id", "")), str(value.get("label", ""))]
            if need.source in THINGS and need.source not in needs.KEYED:
                listed = await needs.things_of(need.source, house.directory)
                found += [other for id_, _, others in listed if id_ == value.get("id") for other in others]
        elif isinstance(value, str) and need.source in ("choice", "text"):
            found.append(dict(need.choices).get(value, value))
    return {word for one in found for word in tokens(one) if word not in dropbook.LITTLE and not word.isdigit()}


async def label(house: House, plan: Plan) -> str:
    """The plan as a button names it: "Order equipment: Monitor, 27 inch"."""
    bound = house.runbooks.get(plan.runbook)
    mine = [plan.needs.get(need.name) for need in bound.runbook.needs.values() if need.source in THINGS] if bound else []
    what = ", ".join(str(value.get("label", "")) for value in mine if isinstance(value, Mapping) and value.get("label"))
    return f"{plan.title}: {what}" if what else plan.title


async def _another(house: House, plan: Plan, name: str) -> bool:
    """Whether the name is surely that of something else of the kind that the plan is about."""
    bound = house.runbooks[plan.runbook]
    for need in bound.runbook.needs.values():
        value = plan.needs.get(need.name)
        if need.source not in THINGS or need.source in needs.KEYED or not isinstance(value, Mapping):
            continue
        named = things.named(name, await needs.things_of(need.source, house.directory))
        if named.sure and named.found and value.get("id") not in dict(named.found):
            return True
    return False


async def _kind(house: House, plan: Plan, said: Sequence[str], name: str) -> bool:
    """Whether the name says what the plan does: by its title, or as whoever asks for such a thing would."""
    if any(_known(word, set(tokens(plan.title)) - dropbook.LITTLE) for word in said):
        return True
    found = (await requests.understand(name, house.knowledge)).requests
    return bool(plan.runbook) and len(found) == 1 and found[0].found[0].runbook == plan.runbook


def _words(house: House, plan: Plan) -> set[str]:
    """All words that belong to such a request: of the runbook's title and symptoms, and those that asked for it."""
    bound = house.runbooks.get(plan.runbook)
    said = [plan.title, plan.words]
    if bound is not None:
        said += [*bound.runbook.symptoms, *(text for _, text in bound.runbook.symptoms_in)]
    return {word for one in said for word in tokens(one)}


async def _numbers(house: House, case: Case, plan: Plan) -> set[str]:
    async with house.work() as work:
        calls: list[Call] = [call for call in await work.calls(case.id) if call.plan == plan.id]
    found = [case.id, *(one for call in calls for one in (call.approval, call.confirmation) if one)]
    return {one.replace("-", "").lower() for one in found}


def _known(word: str, known: set[str]) -> bool:
    """Whether it is one of these words, in the plural or with a slip in a long one."""
    if word in known or word.rstrip("s") in {one.rstrip("s") for one in known if len(one) > 3}:  # noqa: PLR2004
        return True
    return len(word) >= LONG and any(len(one) >= LONG and one[0] == word[0] and OSA.distance(word, one) <= 1 for one in known)
