"""Whether people really gave what a policy asks for: counted from what was pressed in Slack, not from the votes that the bot wrote down."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.obligations import Owed
from tests.evaluation.result import Press
from tests.evaluation.truth import moment

Holds = Callable[[str, str, datetime], bool]
"""(role, who, when): whether somebody held a role at that time."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One approval that was asked for: its row in the ledger, what is owed, everybody who works here, who may never answer it."""

    row: Mapping[str, Any]
    owed: Sequence[Owed]
    people: Sequence[str]
    barred: frozenset[str]
    holds: Holds

    def lacking(self, presses: Sequence[Press]) -> str:
        """Why these presses do not give what is owed, in words; empty when they do. The first who could deny it settles it."""
        given: list[set[str]] = [set() for _ in self.owed]
        for press in sorted(presses, key=lambda one: moment(one.at)):
            answered = [number for number, one in enumerate(self.owed) if self._may(press, one)]
            if answered and not press.approve:
                return f"{press.who} denied {press.approval}"
            for number in answered:
                given[number].add(press.who)
            if self._enough(given):
                return ""
        if self._enough(given):
            return ""
        short = next(number for number, one in enumerate(self.owed) if len(given[number]) < one.count)
        one, there = self.owed[short], ", ".join(sorted(given[short])) or "nobody"
        return f"{one.policy} asks for {one.count} of {', '.join(one.by)}, and {there} of them approved {self.row['id']} before it was done"

    def _enough(self, given: Sequence[set[str]]) -> bool:
        return all(len(who) >= one.count for who, one in zip(given, self.owed, strict=True))

    def _may(self, press: Press, owed: Owed) -> bool:
        """Whether this person could answer then: by a role of `by`, or of `then` when the first had their time or there is nobody."""
        at, asked = moment(press.at), moment(self.row["created"])
        ends = moment(self.row["expires"]) if owed.then else asked + owed.within
        if press.who in self.barred or not asked <= at < ends:
            return False
        if any(self.holds(role, press.who, at) for role in owed.by):
            return True
        later = bool(owed.then) and (at >= asked + owed.within or not self._anybody(asked))
        return later and self.holds(owed.then, press.who, at)

    def _anybody(self, at: datetime) -> bool:
        """Whether there was somebody to ask at first."""
        roles = {role for one in self.owed for role in one.by}
        return any(self.holds(role, who, at) for who in self.people if who not in self.barred for role in roles)
