"""Articles as the core asks for them, and their words as people are shown them: never without the link, or that there is none."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.domain import Principal

MOST_TEXT = 900
"""Characters of a section that are quoted in an answer."""

WORD = re.compile(r"[^\W\d_]{3,}|\w*\d\w*")
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
FEWEST_WORDS, SHARED = 4, 0.6
"""A sentence of so many words says what a section says where so many of them stand in it."""

NO_SOURCE = "_No article or runbook says this, so it has no source._"


@dataclass(frozen=True, slots=True)
class Quote:
    """A section of an article, with the link that opens it (empty where it has none). `score` ranks; `cosine` is raw."""

    article: str
    title: str
    link: str
    heading: str
    text: str
    score: float
    cosine: float
    lexical: float

    @property
    def source(self) -> str:
        """The title as a link."""
        title = " ".join(re.sub(r"[\[\]]+", " ", self.title).split()) or "an article"
        return f"[{title}]({self.link})" if re.fullmatch(r"https?://[^)\s]+", self.link) else f"{title} (it has no link)"

    @property
    def said(self) -> str:
        """The words, as many as an answer takes, and where they stand."""
        text = self.text.strip()
        if len(text) > MOST_TEXT:
            text = text[:MOST_TEXT].rsplit(None, 1)[0] + " …"
        heading = f"*{self.heading}*\n" if self.heading and self.heading != self.title else ""
        return f"{heading}{text}\n\nSource: {self.source}"

    def data(self) -> dict[str, Any]:
        """As a tool's result."""
        return {"title": self.title, "link": self.link, "heading": self.heading, "text": self.text}


class Articles(Protocol):
    """Articles, found by meaning and by words; of those alone that this person may read here."""

    @property
    def floor(self) -> float:
        """Raw cosine below which nothing is said to be found."""

    async def search(self, words: str, principal: Principal, *, direct: bool, most: int = 3, newest: str = "") -> list[Quote]:
        """Best first; also what lies below the floor. Not `direct`: others read along, so nothing that is for some alone.

        `newest`: those of the words that were said last; they say which section of an article is meant.
        """


def sourced(text: str, quotes: Sequence[Quote]) -> str:
    """A model's words with the link behind each sentence that says what one of these sections says, where it has none yet."""
    parts: list[str] = []
    end = 0
    for match in SENTENCE.finditer(text):
        parts += [_with_source(text[end : match.start()], quotes), match.group()]
        end = match.end()
    return "".join([*parts, _with_source(text[end:], quotes)])


def has_source(text: str, quotes: Sequence[Quote]) -> bool:
    """Whether the link or the title of one of them stands in the text."""
    return any((quote.link and quote.link in text) or quote.source in text for quote in quotes)


def _with_source(sentence: str, quotes: Sequence[Quote]) -> str:
    said = set(WORD.findall(sentence.casefold()))
    if len(said) < FEWEST_WORDS or "://" in sentence:
        return sentence
    best = max(quotes, key=lambda quote: _shared(said, quote), default=None)
    if best is None or _shared(said, best) < SHARED:
        return sentence
    body = sentence.rstrip()
    return f"{body} ({best.source}){sentence[len(body) :]}"


def _shared(said: set[str], quote: Quote) -> float:
    return len(said & set(WORD.findall(f"{quote.heading} {quote.text}".casefold()))) / len(said)
