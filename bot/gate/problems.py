"""What is wrong with a policy file, each with its place and the name that was meant perhaps."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

from ruamel.yaml.scalarstring import DoubleQuotedScalarString, FoldedScalarString, LiteralScalarString, SingleQuotedScalarString

LONGEST = 60
"""Characters of a value that are told."""
QUOTED: Mapping[type, tuple[str, tuple[str, ...]]] = {
    SingleQuotedScalarString: ("'", ("''",)),
    DoubleQuotedScalarString: ('"', ('\\"', "\\\\")),
}
"""By how a text is quoted: the quote, and what stands for one character."""
ESCAPED_SPACES = ("\\n", "\\t", "\\r", "\\ ", "\\\n")
"""In double quotes."""


@dataclass(frozen=True, slots=True)
class Problem:
    """`line` counts from 1; 0 where the whole file is meant. `id` is the policy's, role's or ceiling's, or empty."""

    file: str
    line: int
    id: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Problems:
    """Collects them for one file, whose text is `source`."""

    def __init__(self, file: str, source: str = "") -> None:
        self.file = file
        self.source = source
        self.found: list[Problem] = []

    def add(self, line: int, message: str, of: str = "") -> None:
        self.found.append(Problem(self.file, line, of, message))

    def known(self, mapping: Mapping[Any, Any], keys: Sequence[str], what: str, of: str = "") -> None:
        """Every key of the mapping must be one of these."""
        for key in mapping:
            if key not in keys:
                self.add(line_of(mapping, key), f"{what} has unknown key {told(key)}{near(key, keys)}", of)


def known(value: Any, names: Container[str]) -> bool:
    """Whether it is one of these names; what is no text is none, and is looked up in no mapping."""
    return isinstance(value, str) and value in names


def near(value: Any, names: Iterable[str]) -> str:
    """`` (did you mean 'x'?)``, or nothing."""
    found = get_close_matches(value, map(str, names), 1, 0.5) if isinstance(value, str) else []
    return f" (did you mean {found[0]!r}?)" if found else ""


def told(value: Any) -> str:
    """A value as its writer knows it: words in quotes, and of what is long no more than its beginning."""
    match value:
        case None:
            return "left empty"
        case bool():
            return str(value).lower()
        case str():
            return repr(str(value) if len(value) <= LONGEST else f"{value[:LONGEST]}…")
        case Mapping():
            return "a mapping"
        case list():
            return "a list"
        case int() | float() | date():
            return str(value)
        case _:
            return "something else"


def line_of(mapping: Any, key: Any) -> int:
    """The line of a key; 0 when it has none."""
    try:
        return int(mapping.lc.key(key)[0]) + 1
    except (AttributeError, KeyError, TypeError):
        return 0


def start(node: Any) -> int:
    """The line in which a mapping or list begins; 0 when it has none."""
    return int(node.lc.line) + 1 if hasattr(node, "lc") else 0


def item(found: Any, position: int) -> int:
    """The line of an item of a list; 0 when it has none."""
    try:
        return int(found.lc.item(position)[0]) + 1
    except (AttributeError, KeyError, TypeError, IndexError):
        return 0


def place(source: str, mapping: Mapping[str, Any], key: str, line: int, column: int | None) -> tuple[int, int | None]:
    """Line and column in the file of a place in the text of a value, however the value is written: plain, quoted, in a block.

    `line` and `column` of the text count from 1. Where it stands elsewhere, behind an alias, the line in which it is used.
    """
    try:
        row, first = (int(one) for one in mapping.lc.value(key))  # type: ignore[attr-defined]
    except KeyError:
        return start(mapping), None
    if column is None:
        return row + 1, None
    text = str(mapping[key])
    lines = source.split("\n")
    index = sum(len(one) + 1 for one in text.split("\n")[: line - 1]) + column - 1
    block = isinstance(mapping[key], LiteralScalarString | FoldedScalarString)
    begin = sum(len(one) + 1 for one in lines[:row]) + (len(lines[row]) if block else first)
    found = _reached(source, begin, text, index, type(mapping[key]))
    if found is None:
        return row + 1, None
    before = source[:found]
    return before.count("\n") + 1, found - before.rfind("\n")


def _reached(source: str, begin: int, text: str, index: int, style: type) -> int | None:
    """Where in the source the text has come to `index`. Spaces and line breaks may be others there, quotes doubled."""
    quote, doubled = QUOTED.get(style, ("", ()))
    at = begin + len(quote)
    for position, character in enumerate(text):
        if character.isspace():
            continue
        while source[at : at + 1].isspace() or (quote == '"' and source[at : at + 2] in ESCAPED_SPACES):
            at += 1 if source[at].isspace() else 2
        if position >= index:
            return at
        at += source[at : at + 2] in doubled
        if source[at : at + 1] != character:
            return None
        at += 1
    return at
