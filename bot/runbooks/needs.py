"""What a runbook needs to know, taken from the requester's words, their answer or the button they pressed.

Nothing is invented: words that fit nothing leave a need missing, words that fit several things are asked about, and a person
whom nobody knows is never taken for the requester. Things and people are in `bot.reading.things` and `bot.reading.persons`, times
in `bot.reading.dates`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.domain import Principal
from bot.ports import Directory
from bot.reading import amounts, dates, enumerations, persons, things
from bot.reading.phrases import Intent, intent, tokens
from knowledge.parts import SECONDS, THINGS
from knowledge.runbook import Need
from tools.contract import Person

REQUESTER = "requester"
"""The default of a need for a person: who asked."""
ANY = "any"
"""The default of a need for a thing that need not be named: its id and label are empty then."""
KEYED = ("ticket", "order")
"""Things that people have of their own, and name by a key."""
SHORT_ANSWER = 6
"""Words; a longer message that answers nothing is no failed answer but something else."""


@dataclass(frozen=True, slots=True)
class Filled:
    """The value, as JSON.

    {"id", "label"} for a thing, {"id", "label", "email"} for a person, RFC 3339 with offset for a date, the value of a choice, the
    words of a text, a number in its unit, the seconds of a duration. `assumed`: nobody said it, it is the need's default.
    """

    value: Any
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """The words say nothing of it, and there is no default."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """The words mean something, but not one thing: ask this, perhaps with choices as (value, label)."""

    question: str
    choices: tuple[tuple[str, str], ...] = ()
    stranger: bool = False  # somebody is named whom nobody knows


Answer = Filled | Missing | Unclear

LISTED = 100
"""Things that can be chosen from one list, by Slack's rule; of more none is listed, and they are named in words."""


async def things_of(source: str, directory: Directory, of: str = "") -> Sequence[things.Thing]:
    """What there is of a source, or what a person has of it."""
    return await (directory.catalogue() if source == "catalogue" else directory.things(source, of))


async def choices(need: Need, directory: Directory) -> tuple[tuple[str, str], ...]:
    """(value, label) of all that the need can be, where nothing was said of it; empty where that is no list to choose from."""
    if need.source not in THINGS:
        return need.choices
    found = await things_of(need.source, directory)
    return tuple((id_, name) for id_, name, _ in found) if len(found) <= LISTED else ()


async def fill(need: Need, words: str, *, principal: Principal, directory: Directory, now: datetime) -> Answer:
    """The need from the words of a request, else from its default."""
    match need.source:
        case source if source in KEYED:
            found = await _keyed(need, words, principal, directory)
        case source if source in THINGS:
            listed = await things_of(source, directory)
            found = _thing(need, things.named(words, listed))
            if source == "item" and isinstance(found, Filled) and enumerations.of_another(words, _names(listed, found.value["id"])):
                found = Unclear(f"Do you mean {found.value['label']}?", ((found.value["id"], found.value["label"]),))
        case "text":
            found = _matching(need, _quoted(words))
        case "person":
            found = await _person(need, words, principal, directory)
        case "date":
            found = _date(need, dates.named_end(words, now, principal.zone))
        case "number":
            found = _amount(need, amounts.number(words, need.unit, bare=False))
        case "duration":
            found = _amount(need, amounts.seconds(words))
        case "choice":
            found = _choice(need, words)
        case _:
            found = Missing()
    if not isinstance(found, Missing) or not need.default:
        return found
    assumed = await _default(need, principal, directory, now)
    return replace(assumed, assumed=True) if isinstance(assumed, Filled) else assumed


async def answer(
    need: Need,
    text: str,
    *,
    principal: Principal,
    directory: Directory,
    now: datetime,
    choices: Sequence[tuple[str, str]] = (),
) -> Answer:
    """The need from a reply to its question: the whole text is meant to be the value. `choices` are the buttons that were shown."""
    picked = things.picked(text, choices, agreed=intent(text) is Intent.YES)
    if picked is not None:
        return await value_of_choice(need, picked, principal=principal, directory=directory, now=now)
    match need.source:
        case source if source in KEYED:
            return await _keyed(need, text, principal, directory)
        case source if source in THINGS:
            return _thing(need, things.named(text, await things_of(source, directory)))
        case "text":
            told = intent(text) in (Intent.OTHER, Intent.YES, Intent.NOT_YET)
            return _matching(need, Filled(text.strip())) if told else Missing()
        case "number":
            return _amount(need, amounts.number(text, need.unit, bare=True))
        case "duration":
            return _amount(need, amounts.seconds(text))
        case "person":
            people = await directory.people()
            named = await persons.answered(text, principal=principal, people=people, directory=directory)
            return _somebody(need, named, people, principal) if named is not None else Missing()
        case "date":
            found = dates.answered_end(text, now, principal.zone)
            if found is None and len(tokens(text)) <= SHORT_ANSWER // 2 and intent(text) is Intent.OTHER:
                found = dates.Unread(text.strip())
            return _date(need, found)
        case "choice":
            return _yes_or_no(need, text) or _choice(need, text)
        case _:
            return Missing()


async def value_of_choice(need: Need, value: str, *, principal: Principal, directory: Directory, now: datetime) -> Answer:
    """The need from a button: `value` is one of the ids that we offered, looked up again and never believed."""
    match need.source:
        case source if source in THINGS:
            found = [(id_, name) for id_, name, _ in await things_of(source, directory, principal.id) if id_ == value]
            return Filled({"id": found[0][0], "label": found[0][1]}) if found else Missing()
        case "person":
            person = await directory.person(principal.id if value == REQUESTER else value)
            return Filled(_value(person)) if person is not None else Missing()
        case "date":
            try:
                moment = datetime.fromisoformat(value)
            except ValueError:
                return Missing()
            if moment.tzinfo is None:
                return Missing()
            return _date(need, dates.End((moment,)) if moment > now else dates.Past(moment))
        case "choice":
            return Filled(value) if value in dict(need.choices) else Missing()
        case _:
            return Missing()


def worth_saying(need: Need) -> bool:
    """Whether somebody should be told what was assumed of it: not that it is for whoever asks, nor that it is any of them."""
    return bool(need.default) and need.default not in (REQUESTER, ANY)


def said(need: Need, value: Any) -> str:
    """A value of it, as people read it."""
    match need.source:
        case "date":
            return dates.label(datetime.fromisoformat(str(value)))
        case "duration":
            return amounts.told(int(value))
        case "number":
            return f"{float(value):g} {need.unit}".strip()
        case "choice":
            return dict(need.choices).get(str(value), str(value))
        case _:
            return str(value.get("label", "")) if isinstance(value, Mapping) else str(value)


async def _default(need: Need, principal: Principal, directory: Directory, now: datetime) -> Answer:
    """What holds when the words say nothing."""
    match need.source:
        case source if source in THINGS and need.default == ANY:
            return Filled({"id": "", "label": ""})
        case "person" if need.default == REQUESTER:
            person = await directory.person(principal.id) if principal.id else None
            return Filled(_value(person)) if person is not None else Missing()
        case "number":
            return Filled(amounts.number(need.default, need.unit, bare=True))
        case "duration":
            return Filled(int(need.default[:-1]) * SECONDS[need.default[-1]])
        case "date":
            moment = dates.in_a_while(need.default, now, principal.zone)
            return Filled(moment.isoformat()) if moment is not None else Missing()
        case _:
            return await value_of_choice(need, need.default, principal=principal, directory=directory, now=now)


async def _keyed(need: Need, words: str, principal: Principal, directory: Directory) -> Answer:
    """A key as it is written; whether the thing exists is for its system to say. Else one's own, to choose from."""
    own = await things_of(need.source, directory, principal.id)
    if (key := things.key(words)) is not None:
        return Filled({"id": key, "label": next((name for id_, name, _ in own if id_ == key), key)})
    if not own:
        return Missing()
    named = things.named(words, own).found or tuple((id_, name) for id_, name, _ in own[: things.CHOICES_SHOWN])
    return Unclear(need.ask, tuple((id_, f"{id_}: {name}") for id_, name in named))


def _quoted(words: str) -> Answer:
    """What stands in quotes or behind a colon is meant as it is."""
    found = _QUOTED.search(words)
    return Filled(next(part.strip() for part in found.groups() if part)) if found else Missing()


_QUOTED = re.compile(r"[“\"„«]\s*([^”\"“«»]{2,}?)\s*[”\"“»]|:\s+(\S.+)", re.DOTALL)


def _thing(need: Need, named: things.Named) -> Answer:
    match named:
        case things.Named(found=((id_, label),), sure=True):
            return Filled({"id": id_, "label": label})
        case things.Named(found=()):
            return Missing()
        case things.Named(found=((_, label),)):
            return Unclear(f"Do you mean {label}?", named.found)
        case _:
            return Unclear(f"That fits more than one. {need.ask}", named.found)


def _names(listed: Sequence[things.Thing], id_: str) -> list[str]:
    return [name for one, label, others in listed if one == id_ for name in (one, label, *others)]


def _date(need: Need, reading: dates.Reading) -> Answer:
    match reading:
        case None:
            return Missing()
        case dates.End(moments=(moment,)):
            return Filled(moment.isoformat())
        case dates.End(moments=moments):
            choices = tuple((moment.isoformat(), dates.label(moment)) for moment in moments)
            return Unclear(f"That may mean more than one day. {need.ask}", choices)
        case dates.Past(moment=moment):
            return Unclear(f"{dates.label(moment)} has already passed. {need.ask}")
        case dates.Unread(words=words):
            return Unclear(f"I don't understand “{words[:60]}” as a time. {need.ask} For example: Friday, 27 Nov, 3 days.")


def _matching(need: Need, found: Answer) -> Answer:
    """A text that does not look as it must is asked for again, and never cut to fit."""
    if isinstance(found, Filled) and need.matches and not re.fullmatch(need.matches, str(found.value)):
        return Unclear(f"“{str(found.value)[:60]}” does not look right. {need.ask}")
    return found


def _amount(need: Need, found: float | amounts.Foreign | None) -> Answer:
    if found is None:
        return Missing()
    if isinstance(found, amounts.Foreign):
        return Unclear(f"I need it in {need.unit}, not as “{found.said[:60]}”. {need.ask}")
    said = amounts.told if need.source == "duration" else lambda value: f"{value:g} {need.unit}".strip()
    if need.least is not None and found < need.least:
        return Unclear(f"That is too little: it is {said(int(need.least))} at least. {need.ask}")
    if need.most is not None and found > need.most:
        return Unclear(f"That is too much: it is {said(int(need.most))} at most. {need.ask}")
    return Filled(found)


def _choice(need: Need, words: str) -> Answer:
    named = things.named(words, [(value, label, (value,)) for value, label in need.choices])
    if len(named.found) == 1 and named.sure:
        return Filled(named.found[0][0])
    return Unclear(need.ask, named.found) if named.found else Missing()


_POLITE = frozenset(["please", "pls", "ok", "okay", "thanks", "bitte"])


def _yes_or_no(need: Need, text: str) -> Filled | None:
    """A plain yes or no, where exactly one label begins so; "yes, please restart it" says no more than the label does."""
    said = {Intent.YES: "yes", Intent.NOT_YET: "no"}.get(intent(text))
    words = [word for word in tokens(text) if word not in _POLITE]
    more = [value for value, label in need.choices if words[:1] == tokens(label)[:1] and set(words) <= set(tokens(label))]
    if said is None and len(more) == 1:
        return Filled(more[0])
    found = [value for value, label in need.choices if said is not None and tokens(label)[:1] == [said]]
    return Filled(found[0]) if len(found) == 1 else None


async def _person(need: Need, words: str, principal: Principal, directory: Directory) -> Answer:
    people = await directory.people()
    things = [thing for kind in ("catalogue", "list", "item") for thing in await things_of(kind, directory)]
    known = [name for id_, label, others in things for name in (id_, label, *others)]
    named = await persons.named(words, principal=principal, people=people, directory=directory, known=known)
    return _somebody(need, named, people, principal)


def _somebody(need: Need, named: persons.Named, people: Sequence[Person], principal: Principal) -> Answer:
    match named:
        case persons.Named(unknown=str(unknown)) if unknown:
            near = persons.similar(unknown, people)
            question = f"I don't know anybody called “{unknown[:60]}”. {need.ask}"
            return Unclear(question, tuple(_button(person) for person in near), stranger=True)
        case persons.Named(unsaid=True, people=()):
            return Unclear(need.ask)
        case persons.Named(people=()):
            return Missing()
        case persons.Named(people=(person,), unsaid=False):
            return Filled(_value(person))
        case persons.Named(people=several):
            one = len(several) == 1
            question = f"Do you mean {several[0].name}?" if one else f"That may be more than one person. {need.ask}"
            mine = sorted(several, key=lambda person: person.handle != principal.id)
            return Unclear(question, tuple(_button(person) for person in mine))


def _value(person: Person) -> dict[str, str]:
    return {"id": person.handle, "label": person.name, "email": person.email}


def _button(person: Person) -> tuple[str, str]:
    where = person.department or person.email
    return person.handle, f"{person.name} ({where})" if where else person.name
