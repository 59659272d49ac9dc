"""Looking values up in sources. The first source that has a value is its origin, so the trusted ones stand first.

INVARIANT: what is found nowhere is the model's alone, and so untrusted.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.provenance.model import Kind, Origin, Source
from bot.provenance.texts import common, forms, marked, normal, whole
from bot.provenance.things import as_thing, known, things

NOTHING = "  "
"""What a value without any word comes to when it is made normal."""


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """(path, text) of every text, number, date within; a switch names nothing."""
    match value:
        case None | bool() | "":
            return
        case Mapping():
            for name, one in value.items():
                yield from leaves(one, f"{path}.{name}" if path else str(name))
        case list() | tuple():
            for number, one in enumerate(value):
                yield from leaves(one, f"{path}[{number}]")
        case _:
            yield path, str(value)


def origins(targets: Mapping[str, Any], sources: Sequence[Source], now: datetime | None = None) -> tuple[Origin, ...]:
    """The origin of every text and number within these arguments. `now` says which day is meant by one without a year."""
    return tuple(_origin(path, value, sources, now) for name, one in targets.items() for path, value in leaves(one, name))


def smuggled(texts: Mapping[str, Any], sources: Sequence[Source]) -> tuple[Origin, ...]:
    """The links, addresses and numbers in free text that are nobody's who may be trusted."""
    found = [
        _origin(path, one, sources) for name, text in texts.items() for path, value in leaves(text, name) for one in things(value)
    ]
    return tuple(one for one in found if not one.kind.trusted)


def stands(text: str, sources: Sequence[Source]) -> bool:
    """Whether a trusted source has this text, whole."""
    return _origin("", text, sources).kind.trusted


def _origin(path: str, value: str, sources: Sequence[Source], now: datetime | None = None) -> Origin:
    equal, inside = {whole(value), as_thing(value)} - {""}, _within(value, now)
    for source in sources:
        if not equal.isdisjoint(source.values) or (source.text and inside(source.text)):
            return Origin(path, value, source.kind, source.where)
    return Origin(path, value, Kind.MODEL)


def _within(value: str, now: datetime | None) -> Callable[[str], bool]:
    """Whether a text has the value: what leads somewhere as exactly that, a common word as a name, anything else by its words."""
    if thing := as_thing(value):
        return lambda text: thing in known(text)
    if common(value):
        return lambda text: marked(text, value)
    wanted = [form for form in dict.fromkeys(forms(value, now)) if form != NOTHING]
    return lambda text: any(form in normal(text) for form in wanted)
