"""One runbook: a plan with a contract, written as Markdown with YAML front matter.

This module parses and checks shapes, with line numbers; it evaluates nothing and knows no tools (``bot.runbooks`` binds a
runbook to them).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Need:
    """Something that the plan must know. `source`: one of ``knowledge.parts.SOURCES``.

    `default` (a duration like ``7d`` for a date, a value for a choice, ``requester`` for a person, ``any`` for a thing that need
    not be named) is used when the words give nothing; without it the requester is asked with `ask`.
    """

    name: str
    source: str
    ask: str
    default: str = ""
    choices: tuple[tuple[str, str], ...] = ()  # (value, label), for choice
    line: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One tool call. `args` values, `when` and `expect` are CEL over principal, needs, steps, case."""

    id: str
    tool: str
    args: Mapping[str, str]
    when: str = ""
    expect: str = ""
    title: str = ""  # what people see while it runs: "Look at the account"
    line: int = 0
    lines: Mapping[str, int] = field(default_factory=dict)  # of args, when, expect


@dataclass(frozen=True, slots=True)
class Example:
    """Words, a starting state, and what must hold at the end; run as a test against the embedded company."""

    says: tuple[str, ...]  # several phrasings, each run on its own
    as_: str = "ana"
    given: Mapping[str, Any] = field(default_factory=dict)
    approves: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)  # need -> what the requester replies when asked
    then: Mapping[str, Any] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True, slots=True)
class Runbook:
    """A parsed runbook. `kind`: incident | service_request | question (a question has no steps: `text` is the answer)."""

    id: str
    title: str
    kind: str
    owner: str
    reviewed: str  # ISO date
    symptoms: tuple[str, ...]
    unlike: tuple[str, ...]  # requests that sound alike and are something else; nearer to one of these means: not this one
    needs: Mapping[str, Need]
    steps: tuple[Step, ...]
    done: str  # said at the end when the steps held; may hold {needs.app.label}-like fields
    hand_over: str  # schedule or group that gets what cannot be finished
    examples: tuple[Example, ...]
    text: str
    version: str  # sha256 of the file, first 12 hex digits
    path: str
    already: str = ""  # said instead of `done` where nothing had to be changed
    home: str = ""  # the label of a button that asks for this, where it is asked for often
