"""What the names in a text are read as: "let me into Grafana" is "let me into an app", "unlock ben" is "unlock a colleague".

A vector of a text with a name says the name more than anything else. To a runbook that asks for a thing of its kind the name is a
value and not its subject, so there it is not read, in symptoms and in requests alike.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping

THINGS = {
    "catalogue": "an app",
    "deployment": "a service",
    "repository": "a repository",
    "branch": "a branch",
    "list": "a mailing list",
    "server": "a server",
    "token": "a token",
    "node": "a node",
}
"""What a name is read as in a runbook that needs a thing of its kind."""

PERSON = "person"
SOMEBODY = "a colleague"
_ADDRESSED = re.compile(r"@[UW][A-Z0-9]{5,}\b|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_WORD = re.compile(r"[^\W\d_]+(?:[-.][^\W\d_]+)*")
_LONGEST = 4
_ROLE = re.compile(rf"\b(?:(?:my|our|the|an?) )?(new )?(?:colleague|coworker|co-worker|teammate),? {SOMEBODY}\b", re.IGNORECASE)


class StandIns:
    """Finds names and leaves them out. `names`: those of each kind, with other ways to say them; "person" is a kind, too."""

    def __init__(self, names: Mapping[str, Iterable[str]]) -> None:
        of_kind = {kind: _any_of(some, THINGS[kind]) for kind, some in names.items() if kind in THINGS}
        self._things = {kind: pattern for kind, pattern in of_kind.items() if pattern is not None}
        self._people = frozenset(tuple(_fold(name).split()) for name in names.get(PERSON, ()))

    @property
    def kinds(self) -> frozenset[str]:
        """Those whose names can be left out."""
        return frozenset({*self._things, PERSON})

    def without(self, text: str, kinds: Iterable[str]) -> str:
        """The text with something general for each name of these kinds."""
        for kind in sorted(kinds):
            text = self._without_people(text) if kind == PERSON else self._things[kind].sub(THINGS[kind], text)
        return text

    def nameless(self, text: str) -> str:
        """The text without a name of a thing, and with nothing for it."""
        for pattern in self._things.values():
            text = pattern.sub(" ", text)
        return text

    def _without_people(self, text: str) -> str:
        text = _ADDRESSED.sub(SOMEBODY, text)
        words = [(word.start(), word.end(), _fold(word[0])) for word in _WORD.finditer(text)]
        pieces, said, at = [], 0, 0
        while at < len(words):
            for end in range(min(at + _LONGEST, len(words)), at, -1):
                if tuple(word for *_, word in words[at:end]) in self._people:
                    pieces += [text[said : words[at][0]], SOMEBODY]
                    said, at = words[end - 1][1], end
                    break
            else:
                at += 1
        return _ROLE.sub(lambda role: f"a {role[1] or ''}colleague", "".join([*pieces, text[said:]]))


def _any_of(names: Iterable[str], stand_in: str) -> re.Pattern[str] | None:
    """Any of the names as whole words, the longest first, with the word for their kind behind it: "the Berlin Office mailing list".
    None when there are no names.
    """
    longest = sorted({name.strip() for name in names if name.strip()}, key=len, reverse=True)
    one = "|".join(re.escape(name) for name in longest)
    *first, last = stand_in.split()[1:]
    what = "".join(f"(?:{word} )?" for word in first) + last
    return re.compile(rf"(?<!\w)(?:the )?(?:{one})(?: {what})?(?!\w)", re.IGNORECASE) if longest else None


def _fold(name: str) -> str:
    """Case and accents do not matter."""
    return "".join(one for one in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(one))
