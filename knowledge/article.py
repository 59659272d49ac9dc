"""An article: what people are shown with its link. It has no steps; a runbook has (`knowledge.runbook`)."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.markdown import Section
from knowledge.words import spoken

PIECE_WORDS = 150
"""A piece that fits into what the embedded model reads at once."""


@dataclass(frozen=True, slots=True)
class Article:
    """`id` is unique in all sources. `roles`: who may read it, anybody in one of them; empty: everybody. `link` opens it."""

    id: str
    title: str
    sections: tuple[Section, ...]
    link: str = ""
    roles: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """sha256 of all that is found or shown."""
        said = [self.title, self.link, [[one.heading, one.text, one.anchor] for one in self.sections], sorted(self.roles)]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode("utf-8", "replace")).hexdigest()

    @property
    def text(self) -> str:
        """All of it but the title."""
        return "\n".join(part for one in self.sections for part in (one.heading, one.text) if part)

    def pieces(self) -> Iterator[tuple[int, str]]:
        """Position of the section and the text as a model reads it, under title and heading; the title alone is the first."""
        title = spoken(self.title)
        if title:
            yield 0, title
        for position, section in enumerate(self.sections):
            under = [part for part in (title, section.heading) if part]
            said = section.text.split()
            for at in range(0, len(said), PIECE_WORDS):
                yield position, ". ".join([*under, " ".join(said[at : at + PIECE_WORDS])])

    def linked(self, position: int) -> str:
        """The link to one of its sections; empty where the article has none."""
        anchor = self.sections[position].anchor if position < len(self.sections) else ""
        return f"{self.link}#{anchor}" if self.link and anchor else self.link
