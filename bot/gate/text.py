"""The text of a policy file as YAML, whose size is known before anything else looks at it.

The reader is ruamel.yaml: it refuses equal keys, keeps `on` and `no` as words, and knows the line of every key.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.scalarbool import ScalarBoolean

from bot.gate.problems import Problems, line_of, start, told

DEEPEST = 40
"""Lists and mappings within one another; who needs more has made a mistake."""
MOST = 500_000
"""Values in a file. An alias counts as all that it stands for, since a few lines of aliases can stand for billions of values."""


def read_yaml(text: str, found: Problems) -> Any:
    """What the text holds; None with a problem noted when it is not YAML, or none that a policy could be written in."""
    reader = YAML(typ="rt")
    reader.preserve_quotes = True
    try:
        whole = reader.load(text)
        _Size().of(whole)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = (error.problem or "it breaks off").splitlines()[0]
        found.add(mark.line + 1 if mark else 0, f"is not readable YAML: {said}")
    except _NoPolicy as no:
        found.add(no.line, str(no))
    except RecursionError:
        found.add(0, f"holds more than {DEEPEST} lists and mappings within one another")
    except Exception as error:  # noqa: BLE001 - the reader raises what it likes; the file is unusable
        found.add(0, f"is not readable YAML: {(str(error) or type(error).__name__).splitlines()[0]}")
    else:
        return whole
    return None


class _NoPolicy(Exception):
    """It is YAML, but none that a policy could be written in."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class _Size:
    """Counts values, those behind an alias each time. On the way a bool that has an anchor becomes one that Python knows."""

    def __init__(self) -> None:
        self._known: dict[int, int] = {}
        self._within: list[int] = []

    def of(self, node: Any) -> int:
        """Raises _NoPolicy for what is too large, too deep, without end, or has a key that is no text."""
        if not isinstance(node, Mapping | list):
            return 1
        if id(node) in self._within:
            raise _NoPolicy(start(node), "holds an alias of what it stands in, which has no end")
        if len(self._within) == DEEPEST:
            raise _NoPolicy(start(node), f"holds more than {DEEPEST} lists and mappings within one another")
        if id(node) not in self._known:
            self._within.append(id(node))
            self._known[id(node)] = 1 + sum(self.of(value) for value in _values(node))
            self._within.pop()
        if self._known[id(node)] > MOST:
            raise _NoPolicy(0, f"holds more than {MOST:,} values, once its aliases are written out")
        return self._known[id(node)]


def _values(node: Any) -> Iterator[Any]:
    for key, value in list(node.items() if isinstance(node, Mapping) else enumerate(node)):
        if isinstance(node, Mapping) and not isinstance(key, str):
            raise _NoPolicy(line_of(node, key), f"the key {told(key)} is no text; put it in quotes")
        if isinstance(value, ScalarBoolean):
            node[key] = bool(value)
        yield value
