"""A change of mind: words that make something else of a request which waits or is asked about.

"make that Jira instead", "actually until Monday", "sorry, I meant Mailchimp, not Figma": the words name another value for
something that the request needs to know. What they leave unsaid stays as it was. "Jira too" is no change of mind.
"""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.cases.house import House
from bot.domain import Case, Plan, PlanState, Principal
from bot.execution.origins import ASSUMED
from bot.reading import dates
from bot.reading.phrases import tokens
from bot.runbooks import needs
from bot.runbooks.bound import Bound
from bot.runbooks.requests import Understanding
from bot.words.wording import EDITED_OUT
from knowledge.parts import THINGS
from knowledge.runbook import Need

CUES = re.compile(
    r"\b(?:instead|rather|i mean|meant|mistake|correction|scratch that|changed my mind|(?:make|change|switch) (?:it|that|this)"
    r"|better (?:make|take)|statt(?:dessen)?|doch lieber|en (?:vez|lugar) de|mejor)\b",
    re.IGNORECASE,
)
SHORT_CUES = re.compile(
    r"\b(?:actually|eigentlich)\b|^(?:oh |ah |hm+ |ok |please )*(?:no|nope|wait|sorry|oops|hold on|my bad|nein|warte|perdon)\b",
    re.IGNORECASE,
)
"""These say so in a few words only: "sorry, Monday" takes something back, "sorry, I can't get into my mail either" does not."""
ADDS = re.compile(
    r"\b(?:too|also|as well|another|additionally|besides|on top|both|auch|zusatzlich|tambien|ademas)\b", re.IGNORECASE
)
READ = (*(source for source in THINGS if source not in needs.KEYED), "person", "date", "choice")


@dataclass(frozen=True, slots=True)
class Revision:
    """The plan that is meant, and what the words say of its needs that is other than it was."""

    case: Case
    plan: Plan
    changed: Mapping[str, Any]


async def found(
    house: House, text: str, cases: Sequence[tuple[Case, Sequence[Plan]]], principal: Principal, understood: Understanding
) -> list[Revision]:
    """Of these plans those that the words change, the newest of a case first; none where they ask for something besides.

    Where the words name what is meant no more ("Mailchimp, not Figma"), only what is about that. Who it is for changes only by
    somebody else's name: "I" and "my" stand in any remark.
    """
    if ADDS.search(text):
        return []
    short = len(tokens(text)) <= needs.SHORT_ANSWER
    clear = CUES.search(text) is not None
    cue = clear or (short and SHORT_CUES.search(text) is not None)
    of = {request.found[0].runbook for request in understood.requests}
    meant = []
    for case, plan in ((case, plan) for case, plans in cases for plan in reversed(plans)):
        bound = house.runbooks.get(plan.runbook)
        if bound is None or (of - {plan.runbook} and not (clear and short)):
            continue
        changed = await _changed(house, text, plan, principal)
        about = {name for name in changed if bound.runbook.needs[name].source not in ("date", "choice")}
        same = of == {plan.runbook} or (not of and short and (dates.only_when(text) or not _when(bound, changed)))
        if changed and (cue or _takes_back(text, plan) or (same and not about)):
            meant.append(Revision(case, plan, changed))
    return [one for one in meant if _takes_back(text, one.plan)] or meant


def same_as_another(one: Revision, plans: Sequence[Plan]) -> bool:
    """Whether it would make of this plan what another of these is about already: the words name that one."""
    known = {**one.plan.needs, **one.changed}
    about = {name: _id(value) for name, value in known.items() if isinstance(value, Mapping)}
    others = [plan for plan in plans if plan.runbook == one.plan.runbook and plan.id != one.plan.id]
    return any(about == {name: _id(value) for name, value in plan.needs.items() if isinstance(value, Mapping)} for plan in others)


def edited(wanted: Sequence[Plan], mine: Sequence[Plan]) -> tuple[list[Plan], set[str]]:
    """Of the plans that an edited message asks for those that are new, and ids of those of before (`mine`) that it asks for still.

    The same is what names the same; what was assumed is named by nobody. What is over is not begun anew by another value, unless
    an edit has dropped it: then what is asked for again is asked for anew.
    """
    there = [plan for plan in mine if plan.reason != EDITED_OUT]
    fresh, left = list(wanted), list(there)
    for over in (False, True):
        for draft in list(fresh):
            of_it = [plan for plan in left if plan.runbook == draft.runbook]
            still = (plan for plan in of_it if (not plan.state.open if over else _named(plan) == _named(draft)))
            if (known := next(still, None)) is not None:
                fresh.remove(draft)
                left.remove(known)
    return fresh, {plan.id for plan in there if plan not in left}


def in_force(mine: Sequence[Plan]) -> list[Plan]:
    """Of the plans of a message and its edits, oldest first, those that no later edit has replaced."""
    return [
        plan
        for at, plan in enumerate(mine)
        if plan.state is not PlanState.WITHDRAWN
        or not any(later.runbook == plan.runbook and later.message != plan.message for later in mine[at + 1 :])
    ]


def _named(plan: Plan) -> dict[str, Any]:
    assumed = plan.learnt.get(ASSUMED, {})
    return {name: value for name, value in plan.needs.items() if name not in assumed or assumed[name] != value}


async def _changed(house: House, text: str, plan: Plan, principal: Principal) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for need in house.runbooks[plan.runbook].runbook.needs.values():
        if need.source not in READ:
            continue
        value = await _said(house, need, text, plan.needs.get(need.name), principal)
        if need.source == "person" and _id(value) == principal.id:
            continue
        if value is not None and not _same(value, plan.needs.get(need.name)):
            found[need.name] = value
    return found


async def _said(house: House, need: Need, text: str, known: Any, principal: Principal) -> Any:
    """What the words say of this need; of two things of which one is known already, the other."""
    directory, now = house.directory, house.clock.now()
    got = await needs.fill(dataclasses.replace(need, default=""), text, principal=principal, directory=directory, now=now)
    unread = isinstance(got, needs.Missing) or (isinstance(got, needs.Unclear) and not got.choices)
    if need.source == "date" and unread and (len(tokens(text)) <= needs.SHORT_ANSWER or CUES.search(text)):
        end = dates.answered_end(text, now, principal.zone)
        return end.moments[0].isoformat() if isinstance(end, dates.End) and len(end.moments) == 1 else None
    if isinstance(got, needs.Unclear) and len(got.choices) > 1:
        left = [value for value, _ in got.choices if value != _id(known)]
        if len(left) == 1 and len(left) < len(got.choices):
            got = await needs.value_of_choice(need, left[0], principal=principal, directory=directory, now=now)
    return got.value if isinstance(got, needs.Filled) else None


def _when(bound: Bound, changed: Mapping[str, Any]) -> bool:
    """Whether a time is among what is changed: a day that is named in other words is no other end."""
    return any(bound.runbook.needs[name].source == "date" for name in changed)


def _takes_back(text: str, plan: Plan) -> bool:
    """Whether the words say "not" of what the plan knows: "Mailchimp, not Figma"."""
    names = {str(value.get(key, "")) for value in plan.needs.values() if isinstance(value, Mapping) for key in ("id", "label")}
    return any(re.search(rf"\bnot (?:the )?{re.escape(name)}\b", text, re.IGNORECASE) for name in names if name)


def _same(one: Any, other: Any) -> bool:
    return bool(_id(one) == _id(other))


def _id(value: Any) -> Any:
    return value.get("id") if isinstance(value, Mapping) else value
