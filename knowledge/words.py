"""The words of a text as search compares them, and which of them are names or codes.

A name that is written in one piece is read as one word and as its parts: "KubePodCrashLooping" is found by "pod crash looping", and
by itself first.
"""

import re
from functools import lru_cache
from typing import Any

WORD = re.compile(r"\w+")
SEAM = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_")
"""Where a name in one piece is sewn together."""

CODE = re.compile(r"(?=\w*\d)\w{3,}|\w*[a-z][A-Z]\w*|\w+_\w+")
"""What is no word of a language: an error's number, the name of an alert, a command or a setting."""


def terms(text: str) -> list[str]:
    """The words in order, without case, by their English stem; a name in one piece is followed by its parts."""
    return _stems([one for word in WORD.findall(text) for one in _with_parts(word)])


def codes(text: str) -> frozenset[str]:
    """Those of `terms` that are names or codes in one piece."""
    return frozenset(_stems([word.casefold() for word in WORD.findall(text) if CODE.fullmatch(word)]))


def plain(text: str) -> tuple[str, ...]:
    """The words in order, without case, as they stand: to find a title in a request."""
    return tuple(WORD.findall(text.casefold()))


def spoken(text: str) -> str:
    """With names in one piece taken apart, for a model that reads sentences."""
    return SEAM.sub(" ", text)


def _with_parts(word: str) -> list[str]:
    parts = SEAM.sub(" ", word).casefold().split()
    return [word.casefold(), *parts] if len(parts) > 1 else [word.casefold()]


def _stems(words: list[str]) -> list[str]:
    stems: list[str] = _stemmer().stemWords(words)
    return stems


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")
