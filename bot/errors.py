"""What can go wrong, named by intention.

DeskhandError              everything below; its text may be shown to an operator, never to a person in Slack
├── SettingsError          a setting is missing or wrong: named, with what was expected
├── ExpressionError        a CEL expression does not parse, type-check or yield what it must
├── PolicyError            a policy file cannot be used: file, line, id, what was meant perhaps
├── PlanError              a runbook does not fit the tools it names
├── ModelCallForbidden     a test, or runbook mode, reached for a real model
├── ModelAway              the model gave no answer that can be used (bot/agent/faults.py, with its reasons)
├── StoreAway              the database cannot be reached
└── CommandError           a command on the command line cannot be carried out; the text says what to do
"""

from collections.abc import Sequence
from typing import Any


class DeskhandError(Exception):
    """The root of what Deskhand raises on purpose."""


class SettingsError(DeskhandError):
    """A setting is missing or wrong."""


class ExpressionError(DeskhandError):
    """A CEL expression cannot be used; `line` of its text and `column` in that line count from 1, where they are known."""

    def __init__(self, message: str, column: int | None = None, line: int = 1) -> None:
        super().__init__(message)
        self.column = column
        self.line = line


class PolicyError(DeskhandError):
    """A policy file cannot be used; the text lists every problem, one a line. `problems` are the same as values."""

    def __init__(self, message: str, problems: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class PlanError(DeskhandError):
    """A runbook does not fit the tools that it names."""


class ModelCallForbidden(DeskhandError):
    """A real model was reached for where none may be called."""


class StoreAway(DeskhandError):
    """The database cannot be reached."""


class CommandError(DeskhandError):
    """A command on the command line cannot be carried out."""
