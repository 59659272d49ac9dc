"""A runbook's needs as a typed form, and what is sent back as values. What a form sends is looked up again, never believed.

The form is made of the runbook each time it is opened; a submission names the runbook and its fields, and holds ids: of an
application, a Slack account, a day, a choice. `filled` makes needs of them, once before a submission is taken and once more when
its turn comes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.cases import spoken
from bot.cases.house import House
from bot.domain import Event, EventKind, Principal
from bot.homeview import A_PERSON, ANYTHING_ELSE, Checked, Field, Form
from bot.reading import dates
from bot.runbooks import needs
from bot.runbooks.needs import REQUESTER, Answer, Filled, Missing, Unclear
from bot.turns import following
from bot.words import homewording
from knowledge.parts import THINGS
from knowledge.runbook import Need, Runbook

LONGEST = 1_500
"""Characters of a field of text; three of them still fit into one message."""
BUTTONS = 20
MATCHES = 50


@dataclass(frozen=True, slots=True)
class Read:
    """A form's values as needs. `wrong` says what is missing or does not fit, by need."""

    needs: Mapping[str, Any]
    wrong: Mapping[str, str]


class Forms:
    """The forms of the runbooks that say `home`, and the one that asks for a person."""

    def __init__(self, house: House) -> None:
        self._house = house

    def listed(self) -> tuple[tuple[str, str], ...]:
        """(form, label of its button), in the order of the runbooks."""
        labelled = [(name, bound.runbook.home) for name, bound in self._house.runbooks.items() if bound.runbook.home]
        return tuple(labelled[:BUTTONS])

    async def form(self, name: str, slack_id: str, team: str) -> Form | None:
        """The form for this person; None when there is none of that name, or they get no tools."""
        principal = await self._house.facts.principal(slack_id, team)
        if _refusal(principal):
            return None
        if name == A_PERSON:
            return Form(A_PERSON, homewording.PERSON_FORM, (Field(ANYTHING_ELSE, homewording.PERSON_ABOUT),))
        runbook = self._runbook(name)
        if runbook is None:
            return None
        asked = [await self._field(need, principal) for need in runbook.needs.values()]
        return Form(name, runbook.home, (*asked, Field(ANYTHING_ELSE, homewording.ANYTHING_ELSE, optional=True)))

    async def matches(self, name: str, field: str, typed: str, slack_id: str, team: str) -> Sequence[tuple[str, str]]:
        """(value, label) of what a long list offers for these letters."""
        principal, runbook = await self._house.facts.principal(slack_id, team), self._runbook(name)
        need = runbook.needs.get(field) if runbook else None
        if _refusal(principal) or need is None or need.source != "catalogue":
            return []
        letters = typed.casefold().strip()
        found = [
            (id_, label)
            for id_, label, others in await self._house.directory.catalogue()
            if any(letters in one.casefold() for one in (id_, label, *others))
        ]
        return sorted(found, key=lambda one: (not one[1].casefold().startswith(letters), one[1].casefold()))[:MATCHES]

    async def check(self, name: str, values: Mapping[str, str], slack_id: str, team: str) -> Checked:
        """The form's values in words, or what is wrong with which field."""
        principal = await self._house.facts.principal(slack_id, team)
        if refusal := _refusal(principal):
            return Checked(refusal=refusal)
        more = values.get(ANYTHING_ELSE, "").strip()
        if len(more) > LONGEST:
            return Checked(errors={ANYTHING_ELSE: homewording.too_long(LONGEST)})
        if name == A_PERSON:
            if not more:
                return Checked(errors={ANYTHING_ELSE: homewording.PERSON_ABOUT_WHAT})
            return Checked(words=f"{homewording.PERSON_WORDS}\n{more}")
        runbook = self._runbook(name)
        if runbook is None:
            return Checked(refusal=homewording.NO_SUCH_FORM)
        read = await self.filled(runbook, values, principal)
        if wrong := read.wrong or await self._too_far(name, read.needs):
            return Checked(errors=wrong)
        lines = [f"{need.ask} {said(need, read.needs[need.name])}" for need in runbook.needs.values()]
        return Checked(words="\n".join([runbook.home or runbook.title, *lines, *([more] if more else [])]))

    async def _too_far(self, name: str, known: Mapping[str, Any]) -> dict[str, str]:
        """Need → why its value lies too far for the step that takes it, such as a day that an application is not given until."""
        bound = self._house.runbooks[name]
        for one in bound.steps:
            named = dict(following.needs_of(one, bound)) if one.change else {}
            values = {arg: known[need]["id"] if isinstance(known[need], Mapping) else known[need] for arg, need in named.items()}
            if (far := await self._house.executor.too_far(one.step.tool, values)) is not None and far.argument in named:
                return {
                    named[far.argument]: f"{far}. {homewording.NEARER.format(dates.label(datetime.fromisoformat(far.nearest)))}"
                }
        return {}

    async def filled(self, runbook: Runbook, values: Mapping[str, str], principal: Principal) -> Read:
        """The runbook's needs from a form's values; a need of the form that was left empty takes its default."""
        found: dict[str, Any] = {}
        wrong: dict[str, str] = {}
        for need in runbook.needs.values():
            match await self._read(need, values.get(need.name, "").strip(), principal):
                case Filled(value=value):
                    found[need.name] = value
                case Unclear(question=question):
                    wrong[need.name] = question
                case Missing():
                    wrong[need.name] = need.ask
        return Read(found, wrong)

    async def _read(self, need: Need, raw: str, principal: Principal) -> Answer:
        directory, now = self._house.directory, self._house.clock.now()
        if not raw:
            return await needs.fill(need, "", principal=principal, directory=directory, now=now)
        if len(raw) > LONGEST:
            return Unclear(homewording.too_long(LONGEST))
        match need.source:
            case "catalogue" | "choice":
                return await needs.value_of_choice(need, raw, principal=principal, directory=directory, now=now)
            case "person":
                person = await self._house.facts.principal(raw, principal.team)
                if not person.id:
                    return Unclear(homewording.NOBODY_KNOWN)
                return await needs.value_of_choice(need, person.id, principal=principal, directory=directory, now=now)
            case _:
                return await needs.answer(need, raw, principal=principal, directory=directory, now=now)

    async def _field(self, need: Need, principal: Principal) -> Field:
        initial, options, optional = need.default, need.choices, False
        match need.source:
            case "catalogue":
                options = tuple((id_, label) for id_, label, _ in await self._house.directory.catalogue())
            case "person":
                initial = await self._slack_id(need.default, principal)
            case "date":
                ends = dates.in_a_while(need.default, self._house.clock.now(), principal.zone) if need.default else None
                initial = f"{ends:%Y-%m-%d}" if ends is not None else ""
            case source if (
                source in THINGS
            ):  # what is typed is looked up; nothing typed is the default, which has no words for people
                initial, optional = "", bool(need.default)
            case _:
                pass
        return Field(need.name, need.ask, need.source, options, initial, optional=optional)

    async def _slack_id(self, default: str, principal: Principal) -> str:
        if default == REQUESTER:
            return principal.slack_id
        person = await self._house.directory.person(default) if default else None
        return person.slack_id if person is not None else ""

    def _runbook(self, name: str) -> Runbook | None:
        bound = self._house.runbooks.get(name)
        return bound.runbook if bound is not None and bound.runbook.home else None


def said(need: Need, value: Any) -> str:
    """A need's value in words."""
    if isinstance(value, Mapping):
        return str(value.get("label") or value.get("id") or "")
    if need.source == "date":
        return dates.label(datetime.fromisoformat(str(value)))
    return dict(need.choices).get(str(value), str(value))


def _refusal(principal: Principal) -> str:
    """Why this person gets no tools, as if they had written a direct message."""
    return spoken.refusal(principal, Event("", "", EventKind.MESSAGE, ""))
