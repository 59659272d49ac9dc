"""What somebody means who goes on where they were: "and on my phone?" is about what was asked before. Pure."""

import re
from collections.abc import Sequence

from bot.reading.phrases import tokens

GOES_ON = re.compile(r"\s*(?:and|or|but|then|also|what about|how about|what if|same (?:for|with|on)|und|oder|y|o)\b", re.IGNORECASE)
POINTS_BACK = frozenset({"it", "that", "this", "there", "they", "them", "those", "these", "one", "same", "instead"})
SHORT = 8
"""Words up to which a pronoun stands for what was said before, and not for something in the same message."""

FARTHEST = 3
"""Messages that are gone back at most."""


def goes_on(text: str) -> bool:
    """Whether it begins as the rest of what was said before."""
    return GOES_ON.match(text) is not None


def in_context(text: str, earlier: Sequence[str]) -> str:
    """The words with those that they go on from, the oldest first; the words alone where they stand for themselves.

    `earlier`: what the same person said before in this conversation, in order.
    """
    said = [text]
    for before in reversed(earlier[-FARTHEST:]):
        if not _leans(said[0]):
            break
        said.insert(0, before)
    return " ".join(said)


def _leans(text: str) -> bool:
    words = tokens(text)
    return goes_on(text) or (len(words) <= SHORT and not POINTS_BACK.isdisjoint(words))
