"""Words that take back something by its name: "never mind the grafana", "I don't need the monitor any more, I found one".

They say only *what* is taken back; whether that is something open, and which, is not decided here. The forms are in
`bot.reading.dropbook`. Pure.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.reading import phrases
from bot.reading.dropbook import ENDS, FEW, LITTLE, OF_A_REQUEST, PLAIN, REQUESTS, TOLD
from bot.reading.phrases import Intent, tokens

MOST_TOKENS = 24
"""Of a clause; a longer one tells a story."""

_KEY = re.compile(r"\b([AC])-(\d+)\b", re.IGNORECASE)
_PIECES = re.compile(
    r"(?<![.;:!?()\n–—、。！])[.;:!?()\n–—、。！]+(?=\s|$)|,\s+|\s+-+\s+|\s+(?:because|since|weil|da|porque)\s+",
    re.IGNORECASE,
)
_OBJECTS = re.compile(r"\b(?:and also|and|plus|und|y)\b")
_ENDS = re.compile(rf"(?: {ENDS})+$")
_FEW = re.compile(rf"^(?:{FEW} )+")
_NAMED = re.compile(r"\b(?:request|order|ticket|ask|case|approval|bestellung|anfrage|pedido|solicitud)s?\b")


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace("{what}", "(?P<what>.+?)"))


_OF_A_REQUEST = _form(OF_A_REQUEST)
_FORMS = [*((_form(one), True) for one in PLAIN), (_OF_A_REQUEST, True), *((_form(one), False) for one in TOLD)]


@dataclass(frozen=True, slots=True)
class Dropped:
    """What is taken back, in the words of whoever does: a name each. `rest`: what else is said. `plain`: it is said as a wish."""

    names: tuple[str, ...]
    rest: str = ""
    plain: bool = True


def read(text: str) -> Dropped | None:
    """None where the words take nothing back by its name."""
    pieces = [piece.strip() for piece in _PIECES.split(text) if piece.strip()]
    found = [_of(piece) for piece in pieces]
    names = [name for one in found if one is not None for name in one[0]]
    if names:
        rest = ", ".join(piece for piece, one in zip(pieces, found, strict=True) if one is None and not _says_nothing(piece))
        telling = [name for name in names if not LITTLE.issuperset(tokens(name))]  # "never mind the figma, I won't need it"
        return Dropped(tuple(telling or names), rest, any(one[1] for one in found if one is not None))
    bare = [piece for piece in pieces if phrases.intent(piece) is Intent.WITHDRAW]
    left = [piece for piece in pieces if piece not in bare and not _says_nothing(piece)]
    if bare and len(left) == 1:  # "the grafana access: never mind"
        return Dropped((" ".join(tokens(left[0])),), plain=False)
    return None


def content(name: str) -> list[str]:
    """The words of a name that tell which it is."""
    return [word for word in tokens(name) if word not in LITTLE and word not in REQUESTS]


def _of(piece: str) -> tuple[Sequence[str], bool] | None:
    """(the names, whether it is plain) of a clause that takes something back."""
    words = tokens(_KEY.sub(r"\1\2", piece))
    if not 1 < len(words) <= MOST_TOKENS or phrases.intent(piece) is not Intent.OTHER:
        return None
    whole = " ".join(words)
    bare = _FEW.sub("", whole)
    for said in dict.fromkeys((whole, bare, _ENDS.sub("", whole), _ENDS.sub("", bare))):
        for form, plain in _FORMS:
            if (match := form.fullmatch(said)) is None:
                continue
            what = _ENDS.sub("", _FEW.sub("", match["what"]))
            if form is not _OF_A_REQUEST or _NAMED.search(what):
                return [name.strip() for name in _OBJECTS.split(what) if name.strip()], plain
    return None


def _says_nothing(piece: str) -> bool:
    """A greeting, thanks, a bare "never mind", which go with what is taken back."""
    return phrases.intent(piece) is not Intent.OTHER or not _FEW.sub("", f"{' '.join(tokens(piece))} ")
