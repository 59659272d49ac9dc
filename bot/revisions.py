"""A change of mind: words that make something else of a request which waits or is asked about.

"make that Jira instead", "actually until Monday", "sorry, I meant Mailchimp, not Figma": the words name another value for
something that the request needs to know. What they leave unsaid stays as it was. "Jira too" is no change of mind.
"""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot import dates, needs
from bot.domain import Case, Plan, Principal
from bot.house import House
from bot.phrases import tokens
from bot.requests import Understanding
from knowledge.parts import THINGS
from knowledge.runbook import Need

CUES = re.compile(
    r"\b(?:instead|rather|i mean|meant|mistake|correction|scratch that|changed my mind|(?:make|change|switch) (?:it|that|this)"
    r"|better (?:make|take)|actually|statt(?:dessen)?|doch lieber|eigentlich|en (?:vez|lugar) de|mejor)\b"
    r"|^(?:oh |ah |hm+ |ok |please )*(?:no|nope|wait|sorry|oops|hold on|hang on|my bad|on second thoughts?"
    r"|nein|warte|moment|perdon)\b"
    r"|\bnot\b",
    re.IGNORECASE,
)
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
) -> Revision | None:
    """The newest of these plans that the words change; None where they change nothing, or ask for something besides."""
    if ADDS.search(text):
        return None
    cue = CUES.search(text) is not None
    of = {request.found[0].runbook for request in understood.requests}
    for case, plans in cases:
        for plan in reversed(plans):
            bound = house.runbooks.get(plan.runbook)
            if bound is None:
                continue
            changed = await _changed(house, text, plan, principal)
            about = {name for name in changed if bound.runbook.needs[name].source not in ("date", "choice")}
            same = of == {plan.runbook} or (not of and len(tokens(text)) <= needs.SHORT_ANSWER)
            if changed and (cue or (same and not about)):
                return Revision(case, plan, changed)
    return None


async def _changed(house: House, text: str, plan: Plan, principal: Principal) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for need in house.runbooks[plan.runbook].runbook.needs.values():
        if need.source not in READ:
            continue
        value = await _said(house, need, text, plan.needs.get(need.name), principal)
        if value is not None and not _same(value, plan.needs.get(need.name)):
            found[need.name] = value
    return found


async def _said(house: House, need: Need, text: str, known: Any, principal: Principal) -> Any:
    """What the words say of this need; of two things of which one is known already, the other."""
    directory, now = house.directory, house.clock.now()
    got = await needs.fill(dataclasses.replace(need, default=""), text, principal=principal, directory=directory, now=now)
    if need.source == "date" and isinstance(got, needs.Missing) and len(tokens(text)) <= needs.SHORT_ANSWER:
        end = dates.answered_end(text, now, principal.zone)
        return end.moments[0].isoformat() if isinstance(end, dates.End) and len(end.moments) == 1 else None
    if isinstance(got, needs.Unclear) and len(got.choices) > 1:
        left = [value for value, _ in got.choices if value != _id(known)]
        if len(left) == 1 and len(left) < len(got.choices):
            got = await needs.value_of_choice(need, left[0], principal=principal, directory=directory, now=now)
    return got.value if isinstance(got, needs.Filled) else None


def _same(one: Any, other: Any) -> bool:
    return bool(_id(one) == _id(other))


def _id(value: Any) -> Any:
    return value.get("id") if isinstance(value, Mapping) else value
