"""German and Spanish, which the embedded model does not read: to it any two sentences of German are near each other.

What a runbook's `symptoms_in` says counts only for requests in that language which have its words (docs/decisions/0270).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from math import log1p
from typing import Any

import numpy as np
import numpy.typing as npt

LANGUAGES = {"de": "german", "es": "spanish"}
"""By the code of ISO 639, the name of their stemmer and of their common words."""

COURTESY = {
    "de": frozenset("bitte hallo danke gerne gern mal schon jemand brauche brauch".split()),  # noqa: SIM905 - a table of words
    "es": frozenset("favor hola gracias podeis puedo puede alguien necesito quiero".split()),  # noqa: SIM905 - a table of words
}
"""Words of nearly every request, beside the common ones."""

LONGEST = 4_000
"""Letters of a text that are looked at: some letters are eighteen once they are taken apart, and nobody asks in so many words."""
WORD = re.compile(r"[^\W\d_]{2,}")
KEY = re.compile(r"\b[A-Za-z]+-\d+\b")


def language(text: str) -> str:
    """The code of the language of which the text has the most common words; nothing for English, and where none tells."""
    words = _plain(text)
    counts = {code: sum(word in _common(code) for word in words) for code in LANGUAGES}
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] > sum(word in _common("") for word in words) else ""


class Tongues:
    """Some texts with their languages, and the words by which each is told from the others of its own."""

    def __init__(self, texts: Sequence[tuple[str, str]]) -> None:
        """Each as its language, nothing for English, and itself."""
        self._languages = np.array([code for code, _ in texts], np.str_)
        self._telling = [_telling(text, code) if code else frozenset() for code, text in texts]
        self._holding: dict[str, Counter[str]] = {code: Counter() for code in LANGUAGES}
        for (code, _), words in zip(texts, self._telling, strict=True):
            if code:
                self._holding[code].update(words)

    def heard(self, request: str, code: str, least: float) -> npt.NDArray[np.bool_]:
        """Of each text whether it counts for a request in the language `code`: an English one always does, one in that language
        if it has more than this part, 0…1, of the request's telling words; rare ones count for more.
        """
        heard: npt.NDArray[np.bool_] = self._languages == ""
        if asked := _telling(request, code) if code else frozenset():
            mine = np.flatnonzero(self._languages == code)
            weights = {word: log1p(len(mine) / (self._holding[code][word] or 0.5)) for word in asked}
            whole = least * sum(weights.values())
            heard[mine] = [sum(weights[word] for word in asked & self._telling[at]) > whole for at in mine]
        return heard


def _telling(text: str, code: str) -> frozenset[str]:
    """The stems of what is said, without the common words, numbers, and the keys of tickets and orders."""
    return frozenset(_stemmer(code).stemWords([word for word in _plain(text) if word not in _common(code)]))


def _plain(text: str) -> list[str]:
    """The words in order, without case and accents."""
    apart = unicodedata.normalize("NFKD", KEY.sub(" ", text[:LONGEST]).casefold())
    return WORD.findall("".join(one for one in apart if not unicodedata.combining(one)))


@lru_cache(maxsize=len(LANGUAGES) + 1)
def _common(code: str) -> frozenset[str]:
    """Words of every text in the language; of English for the empty code."""
    from bm25s import stopwords

    table = getattr(stopwords, f"STOPWORDS_{LANGUAGES[code].upper()}") if code else stopwords.STOPWORDS_EN_PLUS
    return COURTESY.get(code, frozenset()) | {word for text in table for word in _plain(text)}


@lru_cache(maxsize=len(LANGUAGES))
def _stemmer(code: str) -> Any:
    import Stemmer

    return Stemmer.Stemmer(LANGUAGES[code])
