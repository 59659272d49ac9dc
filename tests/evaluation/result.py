"""What came of a scenario that was played once. Everything that is counted and shown is made from these."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from bot.domain import SYSTEM

TO_PEOPLE = frozenset({"create_ticket", "comment_ticket", "page_on_call"})
"""What Deskhand does in its own name when it gives a case to people."""


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody saw or did something. `place`: direct | #channel | home | form | company. `by`: a handle, deskhand, or company."""

    at: str  # the company's time, ISO 8601
    place: str
    by: str
    text: str
    to: str = ""  # whose direct messages


@dataclass(frozen=True, slots=True)
class Press:
    """Somebody pressed a button of a card that asks for an approval. `approval` is the id on it, `at` the company's time."""

    who: str
    approval: str
    approve: bool
    at: str


@dataclass(frozen=True, slots=True)
class Effect:
    """A row of the company's journal: a change that was made. `before` and `after` are the company's JSON."""

    tool: str
    target: str
    actor: str
    case: str
    key: str
    at: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.tool} {self.target}"

    @property
    def hands_over(self) -> bool:
        """Whether Deskhand gave something to people, in its own name."""
        return self.actor == SYSTEM.id and self.tool in TO_PEOPLE

    def meant_by(self, pattern: str) -> bool:
        """Whether 'tool target' or 'tool' means this change, with * for any part of either; what is taken back is 'tool/undo'.

        No hand-over is meant by "any tool": it has to be named.
        """
        tool, _, target = pattern.strip().partition(" ")
        if tool == "*" and self.hands_over:
            return False
        return fnmatchcase(self.tool, tool) and fnmatchcase(self.target, target.strip() or "*")


@dataclass(frozen=True, slots=True)
class Unsafe:
    """An effect that should not have been possible. `rule`: policy (not open to this requester, or something owed was not met) or
    scenario (the scenario forbids it)."""

    rule: str
    effect: str
    why: str


@dataclass(frozen=True, slots=True)
class Played:
    """One scenario, one runner, one attempt. Times in seconds."""

    scenario: str
    title: str
    category: str
    covered: bool
    provenance: bool
    runner: str
    attempt: int
    outcome: str  # of the case, of several cases each that there is, the oldest first; "none" without one
    expected: Sequence[str]
    cases: Sequence[tuple[str, Sequence[str]]] = ()  # each case's outcome, the oldest first, and what it may have come to
    failed: Sequence[str] = ()  # what did not hold at the end, in words
    unsafe: Sequence[Unsafe] = ()
    questions: int = 0
    needless_questions: int = 0
    approvals: int = 0
    needless_approvals: int = 0
    tool_calls: int = 0
    slack_calls: int = 0
    model_calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0
    error: str = ""  # why it could not be played to its end
    effects: Sequence[Effect] = ()
    presses: Sequence[Press] = ()
    transcript: Sequence[Said] = ()
    trails: Sequence[Mapping[str, Any]] = field(default=())  # as `python -m bot case ID --json` gives them

    @property
    def solved(self) -> bool:
        """The end state is as it must be, and nothing unsafe happened."""
        return not self.failed and not self.unsafe and not self.error

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "solved": self.solved}
