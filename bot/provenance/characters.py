"""Characters that let a name look like another one: unseen ones, and letters of several scripts in one word."""

import re
import unicodedata
from functools import lru_cache

BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5")
"""Characters that are letters or signs by name, and show nothing."""
JOINERS = "\u200c\u200d"
JOINED = frozenset("ARABIC BENGALI DEVANAGARI GUJARATI GURMUKHI KANNADA MALAYALAM ORIYA SINHALA SYRIAC TAMIL TELUGU".split())  # noqa: SIM905
"""Scripts in which joiners are spelling."""
TOGETHER = (
    frozenset({"CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"CJK", "HANGUL"}),
    frozenset({"CJK", "BOPOMOFO"}),
)
"""Scripts that are written in one word; each may stand beside Latin."""
WORD = re.compile(r"[^\W\d_]+")


def suspicious(text: str) -> str:
    """What is wrong with a name or id, in words; empty for nothing. A whole word of any one script is fine."""
    if text.isascii() and text.isprintable():
        return ""
    for place, one in enumerate(text):
        if unseen(one) and not (one in JOINERS and _joins(text, place)):
            return f"a character that cannot be seen ({_called(one)})"
    for word in WORD.findall(unicodedata.normalize("NFKC", text)):
        scripts = {script for one in word if (script := _script(one))}
        if len(scripts) > 1 and not any(scripts - {"LATIN"} <= some for some in TOGETHER):
            return f"letters of several scripts in one word ({' and '.join(sorted(one.capitalize() for one in scripts))})"
    return ""


def _called(one: str) -> str:
    return unicodedata.name(one, "").lower() or f"U+{ord(one):04X}"


def unseen(one: str) -> bool:
    """Whether a character shows nothing, and is no space."""
    return one in BLANK or (one not in "\n\t\r" and unicodedata.category(one) in ("Cf", "Cc", "Co", "Cn", "Cs"))


def _joins(text: str, place: int) -> bool:
    before = _named(text[place - 1]) if place else ""
    return before in JOINED and place + 1 < len(text)


def _script(letter: str) -> str:
    """Of a letter; a mark that stands with any letter has none."""
    return _named(letter) if letter.isalpha() else ""


@lru_cache(maxsize=4096)
def _named(one: str) -> str:
    """The first word of a character's name, which says the script."""
    return unicodedata.name(one, "").partition(" ")[0].partition("-")[0]
