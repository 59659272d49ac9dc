"""What is wrong with a policy file, each with its place and the name that was meant perhaps."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Any

from ruamel.yaml.scalarstring import DoubleQuotedScalarString, FoldedScalarString, LiteralScalarString, SingleQuotedScalarString


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
    """Collects them for one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Problem] = []

    def add(self, line: int, message: str, of: str = "") -> None:
        self.found.append(Problem(self.file, line, of, message))

    def known(self, mapping: Mapping[Any, Any], keys: Sequence[str], what: str, of: str = "") -> None:
        """Every key of the mapping must be one of these."""
        for key in mapping:
            if key not in keys:
                self.add(line_of(mapping, key), f"{what} has unknown key {str(key)!r}{near(str(key), keys)}", of)


def near(name: str, known: Iterable[Any]) -> str:
    """`` (did you mean 'x'?)``, or nothing."""
    found = get_close_matches(name, [str(one) for one in known], 1, 0.5)
    return f" (did you mean {found[0]!r}?)" if found else ""


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


def place(mapping: Any, key: str, column: int | None) -> tuple[int, int | None]:
    """Line and column in the file of a column in the text of a value; no column where the text stands folded over lines."""
    text = mapping.get(key)
    try:
        line, first = (int(one) for one in mapping.lc.value(key))
    except (AttributeError, KeyError, TypeError):
        return line_of(mapping, key), None
    if column is None or isinstance(text, LiteralScalarString | FoldedScalarString):
        return line + 1, None
    quoted = isinstance(text, SingleQuotedScalarString | DoubleQuotedScalarString)
    return line + 1, first + column + (1 if quoted else 0)
