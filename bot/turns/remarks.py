"""What is said beside a request that waits, and asks for nothing: a remark on it, or words that may be about anything.

A remark stands on the approver's card, and whoever wrote it is told so. What may as well be about something else stands on no card
before the requester has said that it belongs there; that it is something new can be said of both.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from bot.cases import spoken
from bot.cases.house import House
from bot.cases.spoken import Touched
from bot.domain import Case, Event, Plan, PlanState, Principal
from bot.reading.phrases import tokens
from bot.runbooks.requests import BACK, CLAUSES, GUESSES, SAYS_MORE, SENTENCES, SHORTEST_NAME
from bot.turns.naming import Open
from bot.words import clickwording, furtherwording, wording

BELONGS = "belongs:"
"""How the need begins of the button by which words belong to what waits; the key of their message follows."""
VAGUE = frozenset("it that this they them he him she her still already meeting".split())  # noqa: SIM905 - a table of words
"""Of the words that point back to what waits, those that as well point to something in the same message."""
ANSWERS = BACK - VAGUE | frozenset("rush asap soon reason manager".split())  # noqa: SIM905 - a table of words


class Remarks:
    """Takes remarks."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def made(self, event: Event, principal: Principal, text: str, open_: Open, *, known: bool) -> list[Touched]:
        """It stands where whoever answers reads it, and the requester is told where that is; or they are asked whether it shall.

        `known`: the words ask for what is open once more.
        """
        house = self._house
        case, plans = next(((c, some) for c, some in open_ if any(p.state is PlanState.WAITING for p in some)), open_[0])
        await spoken.joined(house, event, case)
        case = await spoken.heard(house, event, case, text)
        if known or belongs(text, plans):
            said, buttons = await self._added(case, principal, plans, text, known=known), ["apart"]
        else:
            said, buttons = furtherwording.unsure_whether_it_belongs(plans[0].title), ["belongs", "apart"]
        async with house.work() as work:
            mine = [one for one in await work.calls(case.id) if one.own_click]
            said = " ".join([said, *(clickwording.waits_for_click(one.confirmation, one.sentence) for one in mine)])
            await work.put(spoken.remark(event, case, said, buttons))
            await work.say(case.id, "bot", said)
        return [Touched(case.id, event.thread, event.key)]

    async def belonging(self, event: Event) -> list[Touched]:
        """The requester has pressed that it belongs to what waits."""
        house, key = self._house, str(event.data["need"]).removeprefix(BELONGS)
        async with house.work() as work:
            case = await work.case(str(event.data.get("case", "")))
            text = await spoken.words_of(work, case, key) if case is not None else ""
            plans = [plan for plan in await work.plans(case.id) if plan.state.open] if case is not None else []
        if case is None or not text:
            return []
        if case.slack_id != event.sender:
            await spoken.note(house, event, None, wording.NOT_YOURS)
            return []
        principal = await house.facts.principal(case.slack_id, case.team)
        said = await self._added(case, principal, plans, text) if plans else furtherwording.OVER_ALREADY
        async with house.work() as work:
            await work.put(spoken.remark(dataclasses.replace(event, key=key), case, said, []))
            await work.say(case.id, "bot", said)
        return []

    async def apart(self, button: Mapping[str, str]) -> None:
        """The requester has pressed that it is something new: it stands on no card of what waits any more."""
        house = self._house
        async with house.work() as work:
            await work.put(spoken.taken_apart(button))
            case = await work.case(button["case"])
            text = await spoken.words_of(work, case, button["said"]) if case is not None else ""
            if case is None or not text:
                return
            words = {plan: said.removesuffix(f"\n{text}").replace(f"\n{text}\n", "\n") for plan, said in _words(case).items()}
            if words == _words(case):
                return
            case = dataclasses.replace(case, data={**case.data, "words": words})
            await work.save_case(case)
        await house.approvals.remarked(case, await house.facts.principal(case.slack_id, case.team))

    async def _added(self, case: Case, principal: Principal, plans: Sequence[Plan], text: str, *, known: bool = False) -> str:
        """Where the words stand now, as the requester is told."""
        house = self._house
        async with house.work() as work:
            case = await work.case(case.id) or case
            words = dict(_words(case))
            for plan in plans:
                if f"\n{text}\n" not in f"\n{(before := words.get(plan.id, plan.words))}\n":
                    words[plan.id] = f"{before}\n{text}"
            case = dataclasses.replace(case, data={**case.data, "words": words})
            await work.save_case(case)
        waiting = await house.approvals.remarked(case, principal)
        return furtherwording.already(waiting) if known else furtherwording.remarked(waiting, plans[0].title)


def belongs(text: str, plans: Sequence[Plan]) -> bool:
    """Whether the words plainly point back to what is open: by its name, as a reason, by who has to answer and when. Pure."""
    clauses = [clause.strip() for piece in SENTENCES.split(text) for clause in CLAUSES.split(piece)]
    if any(form.match(clause) for clause in clauses for form in (SAYS_MORE, GUESSES)):
        return True
    labels = [str(value.get("label", "")) for plan in plans for value in plan.needs.values() if isinstance(value, Mapping)]
    names = {word for label in labels for word in tokens(label) if len(word) >= SHORTEST_NAME}
    return not (ANSWERS | names).isdisjoint(tokens(text))


def _words(case: Case) -> dict[str, Any]:
    return case.data.get("words") or {}
