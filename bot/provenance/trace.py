"""Looking values up in sources. The first source that has a value is its origin, so the trusted ones stand first.

INVARIANT: what is found nowhere is the model's alone, and so untrusted.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.provenance.model import Kind, Origin, Source
from bot.provenance.texts import forms, normal, things, whole

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


def origins(targets: Mapping[str, Any], sources: Sequence[Source]) -> tuple[Origin, ...]:
    """The origin of every text and number within these arguments."""
    return tuple(_origin(path, value, sources) for name, one in targets.items() for path, value in leaves(one, name))


def smuggled(texts: Mapping[str, Any], sources: Sequence[Source]) -> tuple[Origin, ...]:
    """The links, addresses and numbers in free text that are nobody's who may be trusted."""
    found = [
        _origin(path, one, sources) for name, text in texts.items() for path, value in leaves(text, name) for one in things(value)
    ]
    return tuple(one for one in found if not one.kind.trusted)


def stands(text: str, sources: Sequence[Source]) -> bool:
    """Whether a trusted source has this text, whole."""
    return _origin("", text, sources).kind.trusted


def _origin(path: str, value: str, sources: Sequence[Source]) -> Origin:
    same, wanted = whole(value), [form for form in dict.fromkeys(forms(value)) if form != NOTHING]
    for source in sources:
        if same in source.values or (source.text and any(form in normal(source.text) for form in wanted)):
            return Origin(path, value, source.kind, source.where)
    return Origin(path, value, Kind.MODEL)
