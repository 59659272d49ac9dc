"""How texts are compared by their words.

After NFKC and case folding, by whole words: ``ben.carter`` stands in "Ben Carter's laptop", and ``ben`` does not in "benefit". What
makes another thing of a word stays with it: ``*.example.com`` is not example.com, ``-5`` is not 5, and the end of a sentence or a
comma stands between two words. What a long text comes to is kept, so that a history costs little on each call.
"""

import re
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Generic, TypeVar

T = TypeVar("T")

TOKEN = re.compile(
    r"(?P<number>(?:(?<![\w.,:-])-)?(?<!\w)\d+(?:[.,:\u2044]\d+)+(?!\w)|(?<![\w.,:-])-\d+(?!\w))"  # 2.4.1, 10:30, -5
    r"|(?P<id>(?<![\w-])[a-z]{1,10}-\d+(?![\w-]))"  # it-1004
    r"|(?P<word>\w+)"
    r"|(?P<sign>[*%?!$€£~^|=+\\]|(?<=\w)#|(?<=\w)[/@:](?=\w)|(?<![\w-])-+(?=\w)|\.{2,}|(?<![\w.])\.(?=\w))"
    r"|(?P<end>[.,;:()](?=\s)|[\n\r])"
)
"""What is told apart in a text. Everything else only stands between."""
END = "\u00b6"
LARGEST = 4_000_000
"""Characters of what is kept of texts."""
SHORT = 200
"""A text of so many characters is sooner made anew than looked for."""
YEAR = timedelta(days=366)

COMMON = frozenset(
    """
    about after again all also am an and any app are as at back be because been before but by can could day did do does done for
    from get give go good got had has have he help her here hers him his how if in into is it its just know let like ll look
    made make may me mine more must my need new no none not now of off ok old on one only or other our out over own please re
    see set she should so some still take than thanks that the their them then there these they this time to today too two up us
    use user ve very want was way we well went were what when where which who why will with work would yes yet you your
    """.split()  # noqa: SIM905 - a table of words
)
"""Words that stand in any request: who writes one has not named what is called so."""
MARKS = "@#\"'`“”„‘’«»*_<"
"""What people put before a word to say that it is a name."""

_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2212\ufe63"), "-")
_MARK = "\u02d0"
"""A letter that stands for a mark upon one, so that a word with marks is one word."""
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?")


class Kept(Generic[T]):
    """What long texts come to, the least used forgotten first."""

    def __init__(self, make: Callable[[str], T], size: Callable[[T], int], short: int = SHORT) -> None:
        self._make, self._size_of, self._size, self._short = make, size, 0, short
        self._made: OrderedDict[str, T] = OrderedDict()

    def clear(self) -> None:
        self._made.clear()
        self._size = 0

    def of(self, text: str) -> T:
        if len(text) <= self._short:
            return self._make(text)
        if (found := self._made.get(text)) is not None:
            self._made.move_to_end(text)
            return found
        made = self._made[text] = self._make(text)
        self._size += len(text) + self._size_of(made)
        while self._size > LARGEST and len(self._made) > 1:
            old, gone = self._made.popitem(last=False)
            self._size -= len(old) + self._size_of(gone)
        return made


def normal(text: str) -> str:
    """The words and signs of a text between single spaces, with one before and after; a space where there is nothing."""
    return _NORMAL.of(text)


def _normal(text: str) -> str:
    folded = plain(text)
    if not folded.isascii():
        folded = "".join(_MARK if category[0] == "M" else one for one in folded if (category := unicodedata.category(one)) != "Cf")
    found = (END if one.lastgroup == "end" else ".." if one[0].startswith("..") else one[0] for one in TOKEN.finditer(folded))
    return f" {' '.join(found)} "


_NORMAL: Kept[str] = Kept(_normal, len)


def forget() -> None:
    """Keep nothing of what was made."""
    _NORMAL.clear()


def plain(text: str) -> str:
    """In one form: NFKC, case folded, digits of any script as 0 to 9, every hyphen the same."""
    if text.isascii():
        return text.casefold()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).translate(_DASHES)
    return "".join(str(unicodedata.decimal(one)) if not one.isascii() and one.isdecimal() else one for one in folded)


def whole(value: str) -> str:
    """An id or a name made normal, to be equal or not."""
    return unicodedata.normalize("NFKC", value).casefold().strip()


def common(value: str) -> bool:
    """Whether it is a letter, or a word that stands in any request."""
    word = plain(value).strip()
    return word in COMMON or (len(word) == 1 and word.isalpha())


def marked(text: str, word: str) -> bool:
    """Whether this word is said as a name there: behind a mark, or with a capital within a sentence."""
    return _marked(word).search(text) is not None


@lru_cache(maxsize=256)
def _marked(word: str) -> re.Pattern[str]:
    name = re.escape(word.strip())
    capital = re.escape(word.strip().capitalize())
    within = rf"(?<=[^\W\d_][ ,]){capital}" if len(word.strip()) > 1 else r"(?!)"
    return re.compile(rf"(?:(?<!\w)[{re.escape(MARKS)}](?i:{name})|{within})(?!\w)")


def forms(value: str, now: datetime | None = None) -> Iterator[str]:
    """The ways in which a value may stand in a text, made normal: itself, without accents, a date or time as people write it.

    A day without its year is the last or the next one as of `now`; without that it has its year.
    """
    yield normal(value)
    bare = "".join(one for one in unicodedata.normalize("NFKD", value) if not unicodedata.combining(one))
    if bare != value:
        yield normal(bare)
    if MOMENT.fullmatch(value):
        yield from _moments(value, now)


def _moments(value: str, now: datetime | None) -> Iterator[str]:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return
    near = now is not None and abs(at.date() - now.date()) < YEAR
    clock = "" if len(value) <= len("2026-11-27") or (at.hour, at.minute) == (0, 0) else f"{at:%H:%M}"
    for month in (f"{at:%B}", f"{at:%b}"):
        for day in (str(at.day), f"{at.day}{_ending(at.day)}"):
            said = [f"{day} {month} {at.year}", f"{month} {day} {at.year}", f"{month} {day}, {at.year}"]
            for one in (*said, *((f"{day} {month}", f"{month} {day}") if near else ())):
                yield normal(f"{one} {clock}" if clock else one)
    for one in (f"{at:%d.%m.%Y}", f"{at.day}.{at.month}.{at.year}", f"{at:%m/%d/%Y}", f"{at:%Y-%m-%d}"):
        yield normal(f"{one} {clock}" if clock else one)


def _ending(day: int) -> str:
    return "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
