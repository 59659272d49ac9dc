"""What a short message means without a model: a withdrawal, a wish for a person, a yes, a thank-you.

A message has such a meaning only when *all* of its words belong to known forms (`bot.reading.phrasebook`): "never mind" withdraws,
"never mind the printer, I'm locked out" asks for something and is OTHER. Pure and deterministic; raises nothing for any text.
"""

import re
import unicodedata
from enum import StrEnum
from functools import cache

from rapidfuzz.distance import OSA

from bot.reading.phrasebook import TABLES

MOST_CHARACTERS = 4000
"""Of a message; Slack takes up to 40,000, and nobody's request needs more than this."""
MOST_TOKENS = 24
"""A message with more words than this is no short form."""


class Intent(StrEnum):
    """What a short message says; everything that carries a request, or could, is OTHER."""

    WITHDRAW = "withdraw"
    PERSON = "person"
    YES = "yes"
    NOT_YET = "not_yet"
    THANKS = "thanks"
    GREETING = "greeting"
    HELP = "help"
    STATUS = "status"
    CHAT = "chat"
    EMPTY = "empty"
    OTHER = "other"


def intent(text: str) -> Intent:
    """The meaning of a message that `clean` has made words of."""
    words = tokens(text[:MOST_CHARACTERS])
    if not words:
        return Intent.EMPTY
    if len(words) > MOST_TOKENS:
        return Intent.OTHER
    kinds = _kinds(words)
    if kinds is None:
        kinds = _kinds([_respelt(word) for word in words])
    return _meaning(kinds) if kinds else Intent.OTHER


def refuses(text: str) -> bool:
    """Whether the words begin with a clause that is a no, or that takes back: "no, I have things open"."""
    words = tokens(_CLAUSE_END.split(text.strip()[:MOST_CHARACTERS], maxsplit=1)[0])
    kinds = (_kinds(words) if 0 < len(words) <= MOST_TOKENS else None) or set()
    return bool(kinds & {"no", "withdraw"}) and kinds <= {"no", "withdraw", "thanks", "filler"}


def clean(text: str, *, bot_id: str = "") -> str:
    """Slack's text as words: mentions as ``@U123``, links as their label, no mention of the bot itself, at most 4,000 characters.

    Line breaks stay, since they part requests; other white space becomes one blank. Slack escapes only ``&``, ``<`` and ``>``
    (https://docs.slack.dev/messaging/formatting-message-text).
    """
    text = _ANGLED.sub(lambda match: _plain(match[1], bot_id), text)
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    text = unicodedata.normalize("NFC", text)
    lines = (" ".join(_printable(line).split()) for line in re.split(r"[\r\n\u0085\u2028\u2029]+", text))
    return "\n".join(line for line in lines if line)[:MOST_CHARACTERS].rstrip()


def tokens(text: str) -> list[str]:
    """Lower-case words without accents, apostrophes, emoji and punctuation; Chinese and Japanese characters one by one."""
    text = fold(_EMOJI_CODE.sub(" ", text)).replace("_", " ")
    return [_LONG_DRAWN.sub(r"\1", word) for word in _TOKEN.findall(_APOSTROPHES.sub("", text))]


def fold(text: str) -> str:
    """Case and accents do not matter: "Käthe" is "kathe", "Łukasz" is "lukasz". Other scripts stay as they are."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_STROKES)).casefold()
    return unicodedata.normalize("NFC", _ACCENTS.sub("", decomposed))


_CLAUSE_END = re.compile(r"[,.;:!?()\n\u2013\u2014、。！]")
_ANGLED = re.compile(r"<([^<>\n]+)>")
_APOSTROPHES = re.compile(r"['’‘`´]")
_EMOJI_CODE = re.compile(r":[a-z0-9_+-]+:(?::skin-tone-\d:)?", re.IGNORECASE)
_ACCENTS = re.compile(r"[\u0300-\u036f]")  # Latin only: Japanese voicing marks are letters' own
_STROKES = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ı": "i"})
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_CJK}]|[^\W{_CJK}]+")
_LONG_DRAWN = re.compile(r"([^\W\d])\1{2,}")
_LONGEST_FORM = 16
_SHORTEST_RESPELT = 5
_TWO_SLIPS = 9
_NO_SLIPS = frozenset({"forgot", "worked", "looked", "cancels"})
"""Words of their own that lie one letter from a word of the tables."""


def _plain(inside: str, bot_id: str) -> str:
    """What stands between angle brackets in Slack's text, as words."""
    target, _, label = inside.partition("|")
    if target.startswith("@"):
        return " " if bot_id and target[1:] == bot_id else f"@{target[1:]}"
    if target.startswith("#"):
        return f"#{label.lstrip('#') or target[1:]}"
    if target.startswith("!"):
        return label or f"@{target[1:].split('^')[0]}"
    return label or target.removeprefix("mailto:").removeprefix("tel:")


def _printable(line: str) -> str:
    return "".join(" " if unicodedata.category(one) in {"Cc", "Zs"} else one for one in line if one not in "\u200b\u2060\ufeff")


def _meaning(kinds: set[str]) -> Intent:
    """A wish for a person weighs most; "still locked" beside a withdrawal, or beside "it works", is too much to guess."""
    if "person" in kinds:
        return Intent.PERSON
    if "still" in kinds and kinds & {"withdraw", "works"}:
        return Intent.OTHER
    if "withdraw" in kinds:
        return Intent.WITHDRAW
    if "still" in kinds:
        return Intent.NOT_YET
    if "works" in kinds:
        return Intent.YES
    if {"no", "yes"} <= kinds:
        return Intent.OTHER
    if "status" in kinds:
        return Intent.STATUS
    if "help" in kinds:
        return Intent.HELP
    if "chat" in kinds:
        return Intent.CHAT
    found = (("no", Intent.NOT_YET), ("yes", Intent.YES), ("thanks", Intent.THANKS), ("greeting", Intent.GREETING))
    return next((meaning for kind, meaning in found if kind in kinds), Intent.OTHER)


def _kinds(words: list[str]) -> set[str] | None:
    """The classes of the fewest forms that make up all the words; None when they do not."""
    best: list[tuple[int, frozenset[str]] | None] = [(0, frozenset())] + [None] * len(words)
    for start in range(len(words)):
        before = best[start]
        if before is None:
            continue
        for end in range(start + 1, min(start + _LONGEST_FORM, len(words)) + 1):
            here = best[end]
            if here is not None and here[0] <= before[0] + 1:
                continue
            form = "".join(words[start:end])
            kind = next((kind for kind, forms in _forms().items() if forms.fullmatch(form)), None)
            if kind is not None:
                best[end] = (before[0] + 1, before[1] | {kind})
    whole = best[-1]
    return None if whole is None else set(whole[1])


@cache
def _forms() -> dict[str, re.Pattern[str]]:
    """Class → its forms as one pattern over words that are written together, so that "never mind" is "nevermind"."""
    return {
        kind: re.compile("|".join(form.replace(" ", "").replace("(", "(?:") for form in table)) for kind, table in TABLES.items()
    }


@cache
def _vocabulary() -> frozenset[str]:
    return frozenset(word for table in TABLES.values() for form in table for word in re.findall(r"[a-z]+", form))


def _respelt(word: str) -> str:
    """The word of the tables that this one is a slip of the keyboard away from."""
    vocabulary = _vocabulary()
    if word in vocabulary or word in _NO_SLIPS or len(word) < _SHORTEST_RESPELT:
        return word
    slips = 2 if len(word) >= _TWO_SLIPS else 1
    near = [(OSA.distance(word, known), known) for known in vocabulary if known[0] == word[0] and len(known) > slips + 2]
    distance, known = min(near, default=(slips + 1, word))
    return known if distance <= slips else word
