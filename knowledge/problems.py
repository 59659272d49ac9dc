"""What is wrong with a runbook, each with its file and line, in the words of whoever wrote it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `line` counts from 1; 0 where no line can be named."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"


class RunbookError(Exception):
    """A runbook that cannot be used. Its text lists every problem, one a line; `file`, `line` and `message` are of the first."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems

    @property
    def file(self) -> str:
        return self.problems[0].file

    @property
    def line(self) -> int:
        return self.problems[0].line

    @property
    def message(self) -> str:
        return self.problems[0].message


class Report:
    """Collects the problems of one file, so that a writer sees all of them at once."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._problems: list[Problem] = []

    def add(self, line: int, message: str) -> None:
        self._problems.append(Problem(self.file, line, message))

    def error(self) -> RunbookError | None:
        """In the order of lines; None when nothing is wrong."""
        problems = sorted(dict.fromkeys(self._problems), key=lambda problem: problem.line)
        return RunbookError(*problems) if problems else None


def meant(word: str, known: Iterable[str]) -> str:
    """`` (did you mean "when"?)`` for a slip, else nothing."""
    near = get_close_matches(word, list(known), 1, 0.5)
    return f' (did you mean "{near[0]}"?)' if near else ""


class Node:
    """A mapping of the front matter with its place, read key by key; what does not fit goes to the report.

    `what` names it in messages: ``step "grant"``; empty for the runbook itself.
    """

    def __init__(self, body: Mapping[Any, Any], what: str, report: Report, line: int = 0) -> None:
        self.body = body
        self.what = what
        self.report = report
        self._start = line or _start(body)

    def problem(self, message: str, key: str = "") -> None:
        """At the line of `key` where it stands there, else where the mapping begins."""
        self.report.add(self.line(key), f"{self.what}: {message}" if self.what else message)

    def line(self, key: str = "") -> int:
        return (key and key_line(self.body, key)) or self._start

    def keys(self, known: Iterable[str], needed: Iterable[str] = ()) -> None:
        """Only these keys may stand here, and the needed ones must."""
        known = tuple(known)
        for key in self.body:
            if key not in known:
                said = f'{self.what} has unknown key "{key}"' if self.what else f'unknown key "{key}"'
                self.report.add(key_line(self.body, key) or self._start, said + meant(str(key), known))
        for key in needed:
            if key not in self.body:
                said = f'{self.what} has no "{key}"' if self.what else f'key "{key}" is missing'
                self.report.add(self._start, said)
            elif self.body[key] in (None, "", [], {}):
                self.problem(f'"{key}" is empty', key)

    def text(self, key: str) -> str:
        """The key's text; empty when it is not there."""
        return self._scalar(self.body.get(key), f'"{key}" must be a text', self.line(key))

    def texts(self, key: str) -> tuple[str, ...]:
        """The key's list of texts."""
        found = []
        for value, line in self.items(key, "of texts"):
            text = self._scalar(value, f'"{key}" is a list of texts; put one with ": " in it in quotes', line)
            if text:
                found.append(text)
            elif value in (None, ""):
                self.report.add(line, self._said(f'"{key}" has an empty text'))
        return tuple(found)

    def items(self, key: str, of: str) -> list[tuple[Any, int]]:
        """The key's list, each element with its line; `of` says in a message what it is a list of."""
        value = self.body.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.problem(f'"{key}" must be a list {of}', key)
            return []
        return [(one, _item_line(value, number) or self.line(key)) for number, one in enumerate(value)]

    def mapping(self, key: str, such_as: str) -> Mapping[Any, Any]:
        """The key's mapping; `such_as` shows in a message how one looks."""
        value = self.body.get(key)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self.problem(f'"{key}" must be a mapping such as {such_as}', key)
            return {}
        return value

    def _scalar(self, value: Any, otherwise: str, line: int) -> str:
        if isinstance(value, str):
            return value.strip()
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int | float):
            return str(value)
        if value is not None:
            self.report.add(line, self._said(otherwise))
        return ""

    def _said(self, message: str) -> str:
        return f"{self.what}: {message}" if self.what else message


def key_line(mapping: Any, key: Any) -> int:
    """The line of a key of what the YAML reader gave; 0 when it is not known."""
    try:
        return int(mapping.lc.key(key)[0]) + 1
    except (AttributeError, KeyError, TypeError):
        return 0


def _item_line(sequence: Any, number: int) -> int:
    try:
        return int(sequence.lc.item(number)[0]) + 1
    except (AttributeError, KeyError, TypeError, IndexError):
        return 0


def _start(mapping: Any) -> int:
    return int(mapping.lc.line) + 1 if hasattr(mapping, "lc") else 0


NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def expression(value: Any, node: Node, what: str, line: int) -> str:
    """The source of an expression. What YAML reads as a number, a truth or a list becomes the literal that means it."""
    if isinstance(value, str) and value.strip():
        return value.strip()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(expression(one, node, what, line) for one in value)}]"
    if isinstance(value, Mapping):
        node.report.add(line, f"{node.what}: {what} is read as a mapping; put an expression with braces in quotes")
    else:
        node.report.add(line, f"{node.what}: {what} is empty; write an expression, or leave it out")
    return ""


def named(name: str, where: str, what: str, line: int, report: Report) -> None:
    """Expressions speak of it by its name, so that must be one word to them."""
    if not NAME.fullmatch(name):
        report.add(line, f"{what} cannot be called so: expressions say {where}.NAME, with letters, digits and _ in the name")
