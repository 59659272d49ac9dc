"""One runbook: a plan with a contract, written as Markdown with YAML front matter.

This module parses and checks shapes, with line numbers; it evaluates nothing and knows no tools (``bot.runbooks.progress`` binds a
runbook to them).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

REVIEW_EVERY = 180
"""Days after which somebody looks at a runbook again, unless it says otherwise."""


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
    unit: str = ""  # of a number: GB
    least: float | None = None  # of a number in its unit, of a duration in seconds
    most: float | None = None
    matches: str = ""  # a pattern that the whole of a text must have


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition of the branch that a step stands in; with `holds` false it must not hold."""

    text: str
    holds: bool = True
    line: int = 0


@dataclass(frozen=True, slots=True)
class Loop:
    """Steps of the same loop are done for each element of the list that `over` yields; more than `most` are refused whole."""

    id: str
    over: str
    most: int
    line: int = 0


@dataclass(frozen=True, slots=True)
class Undo:
    """The call that takes a step's change back when the plan fails later."""

    tool: str
    args: Mapping[str, str]
    line: int = 0
    lines: Mapping[str, int] = field(default_factory=dict)  # of args


@dataclass(frozen=True, slots=True)
class Step:
    """One tool call, or a part: another runbook with its needs `given`. `args`, `given`, `when`, `expect` and `until` are CEL over
    principal, needs, steps, case, and in a loop item.

    `until` holds sooner or later: until then the look is taken again after `every` seconds, for `within` seconds at most.
    """

    id: str
    tool: str
    args: Mapping[str, str]
    when: str = ""
    expect: str = ""
    title: str = ""  # what people see while it runs: "Look at the account"
    line: int = 0
    lines: Mapping[str, int] = field(default_factory=dict)  # of args, given, when, expect, until
    guards: tuple[Guard, ...] = ()
    arms: tuple[tuple[int, int], ...] = ()  # of each branch that it stands in: which branch of the file, which arm of it
    loop: Loop | None = None
    until: str = ""
    within: int = 0
    every: int = 0
    undo: Undo | None = None
    runbook: str = ""  # of a part
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Precondition:
    """What must hold before the first call: `holds` is CEL over principal, needs, case; else the requester reads `otherwise`."""

    holds: str
    otherwise: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Example:
    """Words, a starting state, and what must hold at the end; run as a test against the embedded company."""

    says: tuple[str, ...]  # several phrasings, each run on its own
    as_: str = "ana"
    given: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""  # what the requester writes where the policy wants to know why
    approves: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)  # need -> what the requester replies when asked
    then: Mapping[str, Any] = field(default_factory=dict)
    steps: tuple[str, ...] | None = None  # which are taken, in their order; None: it does not say
    approvals: Mapping[str, tuple[str, ...]] | None = None  # step -> policies that ask there; None: it does not say
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
    text: str  # for whoever asks
    version: str  # sha256 of the file, first 12 hex digits
    path: str
    already: str = ""  # said instead of `done` where nothing had to be changed
    symptoms_in: tuple[tuple[str, str], ...] = ()  # (language, text): those in other languages than English
    home: str = ""  # the label of a button that asks for this, where it is asked for often
    audience: tuple[str, ...] = ()  # roles of the policy; whoever holds none of them is not served by it. Empty: everybody
    preconditions: tuple[Precondition, ...] = ()
    review_every: int = REVIEW_EVERY  # days
    for_engineer: str = ""  # what whoever takes the case over reads
    lines: Mapping[str, int] = field(default_factory=dict)  # of keys of the front matter

    @property
    def review_due(self) -> date:
        """The day on which somebody has to look at it again."""
        return date.fromisoformat(self.reviewed) + timedelta(days=self.review_every)
