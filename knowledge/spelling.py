"""Words as the runbooks spell them: "my acount is lokced" is about an account that is locked.

Only for words that no runbook has, and only where one of theirs is near enough and none is as near. A typing error is rarely in the
first letter, so that one stays.
"""

import re
from collections.abc import Iterable

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

WORD = re.compile(r"[^\W\d_]{4,}")
LONG = 8
"""Letters from which two errors are taken for one word."""


def vocabulary(texts: Iterable[str]) -> frozenset[str]:
    """The words of these texts that are long enough to be told apart, without case."""
    return frozenset(word for text in texts for word in WORD.findall(text.casefold()))


FEWEST = 2
"""Misspelt words from which a text is read anew: one alone is no hindrance, and may be no error."""


def respelt(text: str, known: frozenset[str]) -> str:
    """The text with each misspelt word as it is known; the text itself where there are too few."""
    by_letter: dict[str, list[str]] = {}

    def right(match: re.Match[str]) -> str:
        word = match[0].casefold()
        if word in known:
            return match[0]
        near = by_letter.setdefault(word[0], [one for one in known if one[0] == word[0]])
        most = 2 if len(word) >= LONG else 1
        found = extract(word, near, scorer=OSA.distance, score_cutoff=most, limit=2)
        best = [one for one, distance, _ in found if distance == found[0][1]]
        return best[0] if len(best) == 1 else match[0]

    read = WORD.sub(right, text)
    wrong = sum(one != other for one, other in zip(text.split(), read.split(), strict=True))
    return read if wrong >= FEWEST else text
