"""How texts are compared, and what in them leads somewhere: links, addresses, numbers.

Comparing is by whole words, after NFKC and case folding, so that ``ben.carter`` stands in "Ben Carter's laptop" and ``ben`` does
not in "benefit". What a long text comes to is kept, so that a history costs little on each call.
"""

import re
import unicodedata
from collections import OrderedDict
from collections.abc import Iterator
from datetime import datetime

WORD = re.compile(r"\w+")
LARGEST = 4_000_000
"""Characters of normalised texts that are kept."""
SHORT = 200
"""A text of so many characters is sooner made anew than looked for."""

_FILES = frozenset("bz cc cs db gz go js md ml pl ps py rb rs sh so ts tf vi xz".split())  # noqa: SIM905 - a table of endings
_ENDS = "com|net|org|info|biz|io|dev|app|cloud|online|site|shop|xyz|example|test|local|internal|link|click|page|gov|edu|int|mil"
_HOST = r"(?:[\w-]+\.)+"
PLACE = re.compile(
    rf"[a-z][a-z+.-]{{1,15}}://[^\s\"'<>|]*[\w/]"
    rf"|\bwww\.[^\s\"'<>|]*[\w/]"
    rf"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    rf"|<[@#!][^<>]{{1,200}}>"
    rf"|\b{_HOST}[^\W\d_]{{2,}}(?::\d+)?/[^\s\"'<>|]*"
    rf"|\b{_HOST}(?:{_ENDS}|[a-z]{{2}})\b(?!\.?\w)"
    rf"|\b\d{{1,3}}(?:\.\d{{1,3}}){{3}}\b",
    re.IGNORECASE,
)
NUMBER = re.compile(r"(?<![\w-])(?:\+\(?\d(?:[ ./()-]{0,2}\d){5,}|(?:[A-Z]{2}\d{2}[ ]?)?\(?\d(?:[ ./()-]{0,2}\d){7,})(?![\w-])")
"""Of a telephone or an account: eight digits, or six behind a plus; a postal code has fewer."""
MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}"
)


class _Kept:
    """Texts made normal, the least used forgotten first."""

    def __init__(self, largest: int) -> None:
        self._largest, self._size = largest, 0
        self._made: OrderedDict[str, str] = OrderedDict()

    def clear(self) -> None:
        self._made.clear()
        self._size = 0

    def of(self, text: str) -> str:
        if (found := self._made.get(text)) is not None:
            self._made.move_to_end(text)
            return found
        made = _normal(text)
        self._made[text] = made
        self._size += len(text) + len(made)
        while self._size > self._largest and len(self._made) > 1:
            old, gone = self._made.popitem(last=False)
            self._size -= len(old) + len(gone)
        return made


_KEPT = _Kept(LARGEST)


def forget() -> None:
    """Keep nothing of what was made."""
    _KEPT.clear()


def normal(text: str) -> str:
    """The words of a text between single spaces, with one before and after; a space where there is no word."""
    return _normal(text) if len(text) <= SHORT else _KEPT.of(text)


def _normal(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    if not folded.isascii():
        folded = "".join(one for one in folded if unicodedata.category(one) != "Cf")
    return f" {' '.join(WORD.findall(folded))} "


def whole(value: str) -> str:
    """An id or a name made normal, to be equal or not."""
    return unicodedata.normalize("NFKC", value).casefold().strip()


def forms(value: str) -> Iterator[str]:
    """The ways in which a value may stand in a text, made normal: itself, without accents, a date or time as people write it."""
    yield normal(value)
    bare = "".join(one for one in unicodedata.normalize("NFKD", value) if not unicodedata.combining(one))
    if bare != value:
        yield normal(bare)
    if MOMENT.fullmatch(value):
        yield from _moments(value)


def _moments(value: str) -> Iterator[str]:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return
    clock = "" if len(value) <= len("2026-11-27") or (at.hour, at.minute) == (0, 0) else _clock(at)
    for month in (f"{at:%B}", f"{at:%b}"):
        for day in (str(at.day), f"{at.day}{_ending(at.day)}"):
            for whole in (f"{day} {month} {at.year}", f"{month} {day} {at.year}", f"{day} {month}", f"{month} {day}"):
                yield normal(f"{whole} {clock}" if clock else whole)
    for whole in (f"{at:%d.%m.%Y}", f"{at.day}.{at.month}.{at.year}", f"{at:%m/%d/%Y}", f"{at:%Y-%m-%d}"):
        yield normal(f"{whole} {clock}" if clock else whole)


def _clock(at: datetime) -> str:
    return f"{at:%H:%M}"


def _ending(day: int) -> str:
    return "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def things(text: str) -> list[str]:
    """What leads somewhere, each once: links, mail addresses, hosts, mentions, and numbers of telephones and accounts."""
    found = [one.rstrip(".,;:!?)") for one in PLACE.findall(text) if not _file(one)]
    rest = MOMENT.sub(" ", PLACE.sub(" ", text))
    found += [one.strip() for one in NUMBER.findall(rest)]
    return [*dict.fromkeys(found)]


def _file(place: str) -> bool:
    """A name that ends like a file's, with nothing behind it."""
    return "/" not in place and "@" not in place and place.rpartition(".")[2].casefold() in _FILES
