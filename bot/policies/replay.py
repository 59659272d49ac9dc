"""What another policy would have made of the calls that were recorded: each decided again with the facts as they were. Pure.

Nothing is guessed: a call whose answer hangs on a role that nobody looked up at the time, or of which no facts were kept, is
counted apart.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.domain import Call
from bot.gate import PolicySet, Question
from bot.gate.recorded import question_of
from bot.policies.answer import Again, Answer, Asked, Change, Untold, change, kinds

KEPT = 500
"""So many calls that would be answered otherwise are listed; all of them are counted."""


@dataclass(frozen=True, slots=True)
class Flip:
    """A call that would be answered otherwise. `policies` are those that make the difference."""

    call: Call
    before: Answer
    after: Answer
    change: Change
    policies: tuple[str, ...]

    def row(self) -> dict[str, Any]:
        return {
            "call": self.call.id,
            "case": self.call.case,
            "at": self.call.created.isoformat(),
            "person": self.call.principal,
            "tool": self.call.tool,
            "arguments": dict(self.call.arguments),
            "change": self.change.kind,
            "before": {"decision": _word(self.before), "policies": list(self.before.policies)},
            "after": {"decision": _word(self.after), "policies": list(self.after.policies), "reason": self.after.reason},
            "asks_now": [one.words for one in self.change.gained],
            "asks_no_more": [one.words for one in self.change.lost],
            "by": list(self.policies),
            "words": self.change.words,
        }


@dataclass(slots=True)
class Replay:
    """Takes recorded calls one by one, and counts. `then` is the policy in force, that of the calls of its version."""

    new: PolicySet
    then: PolicySet | None
    since: datetime
    until: datetime
    calls: int = 0
    same: int = 0
    unasked: int = 0  # never came to the gate: the arguments did not hold, or there is no such tool
    unkept: int = 0  # no facts were kept of them
    changes: Counter[str] = field(default_factory=Counter)
    by_person: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_tool: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_policy: Counter[tuple[str, str]] = field(default_factory=Counter)
    untold: Counter[str] = field(default_factory=Counter)  # by the role that was not looked up
    untold_calls: int = 0
    flips: list[Flip] = field(default_factory=list)
    _again: Again = field(init=False, repr=False)
    _then: Again | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._again = Again(self.new)
        self._then = Again(self.then) if self.then is not None else None

    @property
    def flipped(self) -> int:
        return self.changes.total()

    def take(self, calls: Iterable[Call]) -> None:
        for call in calls:
            self._one(call)

    def _one(self, call: Call) -> None:
        self.calls += 1
        if not call.policy_version:
            self.unasked += 1
            return
        question = question_of(call)
        if question is None or "owes" not in call.facts:
            self.unkept += 1
            return
        after = self._again(question)
        if isinstance(after, Untold):
            self.untold_calls += 1
            self.untold.update(after.roles)
            return
        before, comparable = self._before(call, question)
        found = change(before, comparable(after))
        if found is None:
            self.same += 1
            return
        flip = Flip(call, before, after, found, _responsible(before, after, found))
        self.changes[found.kind] += 1
        self.by_person[call.principal, found.kind] += 1
        self.by_tool[call.tool, found.kind] += 1
        for policy in flip.policies:
            self.by_policy[policy, found.kind] += 1
        if len(self.flips) < KEPT:
            self.flips.append(flip)

    def _before(self, call: Call, question: Question) -> tuple[Answer, Callable[[Answer], Answer]]:
        """What was answered, and another answer as far as it can be compared with that.

        All is known where the policy of that time is still in force; else what was recorded: the kinds of what was owed.
        """
        if self._then is not None and self._then.policies.version == call.policy_version:
            again = self._then(question)
            if isinstance(again, Answer):
                return again, lambda other: other
        policy = call.policies[0] if call.policies else ""
        owes = tuple(Asked(kind, "", kind, policy) for kind in sorted(call.facts["owes"]))
        return Answer(call.decision == "permit", owes, call.policies, call.reason), kinds

    def as_json(self) -> dict[str, Any]:
        return {
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "version": self.new.version,
            "calls": self.calls,
            "same": self.same,
            "changed": self.flipped,
            "changes": dict(self.changes),
            "cannot_be_told": {"calls": self.untold_calls, "roles": dict(self.untold)},
            "without_facts": self.unkept,
            "never_asked": self.unasked,
            "by_person": _table(self.by_person, "person"),
            "by_tool": _table(self.by_tool, "tool"),
            "by_policy": _table(self.by_policy, "policy"),
            "flips": [flip.row() for flip in self.flips],
            "flips_left_out": self.flipped - len(self.flips),
        }


@dataclass(slots=True)
class Held:
    """Recorded calls under both of two policies, whatever was answered at the time."""

    old: PolicySet
    new: PolicySet
    calls: int = 0
    untold: int = 0
    differ: int = 0
    first: dict[tuple[str, str], Flip] = field(default_factory=dict)  # one of each tool and kind of change
    _old: Again = field(init=False, repr=False)
    _new: Again = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._old, self._new = Again(self.old), Again(self.new)

    def take(self, calls: Iterable[Call]) -> None:
        for call in calls:
            question = question_of(call)
            if question is None:
                continue
            self.calls += 1
            before, after = self._old(question), self._new(question)
            if isinstance(before, Untold) or isinstance(after, Untold):
                self.untold += 1
            elif (found := change(before, after)) is not None:
                self.differ += 1
                flip = Flip(call, before, after, found, _responsible(before, after, found))
                self.first.setdefault((call.tool, found.kind), flip)


def _responsible(before: Answer, after: Answer, found: Change) -> tuple[str, ...]:
    """Whose doing a change is: of a denial the policies that forbid, else those that permit no more."""
    match found.kind:
        case "denied":
            return after.policies or before.policies
        case "permitted":
            return after.policies
        case _:
            return tuple(dict.fromkeys(one.policy for one in (*found.gained, *found.lost)))


def _word(answer: Answer) -> str:
    return "permit" if answer.permitted else "deny"


def _table(found: Counter[tuple[str, str]], name: str) -> list[dict[str, Any]]:
    """``{person, denied, permitted, more, …}``, whoever has the most first."""
    rows: dict[str, dict[str, Any]] = {}
    for (who, kind), count in found.items():
        row = rows.setdefault(who, {name: who})
        row[kind] = row.get(kind, 0) + count
    return sorted(rows.values(), key=lambda row: (-sum(value for value in row.values() if isinstance(value, int)), row[name]))
