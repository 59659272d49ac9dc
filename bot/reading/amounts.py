"""How much and how long, from words: "20 GB", "2 TB", "half an hour", "three days". Pure; what is not said plainly is not read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.reading.datebook import NUMBERS, UNITS
from bot.reading.phrases import fold

SECONDS = {"minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800}
FAMILIES = (
    {"kb": 1e-6, "mb": 1e-3, "gb": 1, "tb": 1e3},
    {"eur": 1, "euro": 1, "euros": 1, "€": 1},
    {"usd": 1, "dollar": 1, "dollars": 1, "$": 1},
    {"%": 1, "percent": 1, "per cent": 1},
)
"""Units of one kind, and how much each is."""
_NUMBER = r"\d{1,3}(?:[ ,]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_WORDS = "|".join(sorted((re.escape(word) for word, number in NUMBERS.items() if number), key=len, reverse=True))
_SPANS = "|".join(sorted((re.escape(word) for word, unit in UNITS.items() if unit in SECONDS), key=len, reverse=True))
_SPAN = re.compile(rf"(?<![\w.])(?:({_NUMBER})\s*|(half an?|{_WORDS})\s+)({_SPANS})(?!\w)(?:\s+and\s+a\s+(half))?")
_BARE = re.compile(rf"\s*({_NUMBER})\s*\.?\s*")


@dataclass(frozen=True, slots=True)
class Foreign:
    """A number that was said in a unit of another kind."""

    said: str


def number(words: str, unit: str, *, bare: bool) -> float | int | Foreign | None:
    """How many of `unit` the words say, once; `bare`: a number alone means that unit, as in an answer."""
    text = fold(words)
    if bare and (alone := _BARE.fullmatch(text)):
        return _whole(float(_digits(alone[1])))
    family = next((one for one in FAMILIES if unit.casefold() in one), None) or {unit.casefold(): 1, f"{unit.casefold()}s": 1}
    found = set()
    for match in re.finditer(rf"(?<![\w.])(?:({_NUMBER})\s*|({_WORDS})\s+)([^\W\d]+|[%€$])", text):
        value = float(_digits(match[1])) if match[1] else float(NUMBERS[match[2]])
        if match[3] in family:
            found.add(value * family[match[3]] / family.get(unit.casefold(), 1))
        elif bare:
            return Foreign(match[0].strip())
    return _whole(found.pop()) if len(found) == 1 else None


def seconds(words: str) -> int | None:
    """For how long the words say, once: "90 minutes", "an hour and a half"."""
    found = set(_spans(fold(words)))
    return found.pop() if len(found) == 1 else None


def _spans(text: str) -> Iterator[int]:
    for digits, word, unit, half in _SPAN.findall(text):
        count = float(_digits(digits)) if digits else 0.5 if word.startswith("half") else float(NUMBERS[word])
        yield int((count + (0.5 if half else 0)) * SECONDS[UNITS[unit]])


def told(length: int) -> str:
    """Seconds in words: "2 hours"."""
    for name, size in reversed(SECONDS.items()):
        if length % size == 0:
            return f"{length // size} {name}{'s' * (length != size)}"
    return f"{length} seconds"


def _digits(text: str) -> str:
    return re.sub(r"[ ,]", "", text)


def _whole(value: float) -> float | int:
    return int(value) if value == int(value) else value
