"""What a plan that did not work takes back: of a part that has fallen its own changes, of a whole that has failed all. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain import UNDO, CallState, PlanState
from bot.errors import ExpressionError
from bot.runbooks.bound import Bound, BoundUndo
from bot.runbooks.unrolling import StepResult, Turn
from bot.runbooks.walking import Stand


@dataclass(frozen=True, slots=True)
class Back:
    """A change to take back. `arguments` of the call that does it, None where they cannot be told; `result`: what came of it."""

    turn: Turn
    undo: BoundUndo
    arguments: Mapping[str, Any] | None
    result: StepResult | None

    @property
    def key(self) -> str:
        return self.turn.key + UNDO

    @property
    def owed(self) -> bool:
        """Whether the call is still to be made."""
        called = self.result is not None and self.result.state not in (CallState.STARTED, CallState.SUPERSEDED)
        return self.arguments is not None and not called

    @property
    def left(self) -> bool:
        """Whether the change stands, and nothing more is tried against it."""
        return not self.owed and (self.result is None or not (self.result.state.good or self.result.state is CallState.WAITING))


def backs(bound: Bound, stands: Sequence[Stand], turns: Sequence[Turn], results: Mapping[str, StepResult]) -> Iterator[Back]:
    """The changes that are taken back as the plan stands, the last first. What was there before is left alone."""
    names = _undone(bound, stands)
    for turn in reversed(turns):
        undo, made = turn.bound.undo, results.get(turn.key)
        if turn.bound.name in names and undo is not None and made is not None and changed(made):
            yield Back(turn, undo, _arguments(undo, turn), results.get(turn.key + UNDO))


def changed(made: StepResult) -> bool:
    """Whether the call has made a change, which was read back."""
    return made.state.shown and bool((made.data or {}).get("changed", True))


def sentences(undone: Iterable[Back]) -> Iterator[str]:
    """What came of each that is owed no more."""
    for one in undone:
        if one.result is not None and one.result.state.good:
            yield f"Taken back: {one.result.summary}"
        elif one.left:
            reason = one.result.reason if one.result is not None else ""
            yield f"I could not take this back: {one.turn.title}. {reason}".strip()


def _undone(bound: Bound, stands: Sequence[Stand]) -> frozenset[str]:
    """The names of the steps and parts whose changes are. Whoever withdraws may want what was done."""
    fallen = {stand.bound.name for stand in stands if stand.fallen}
    undone = {stand.bound.name for stand in stands if stand.fallen and stand.end is not PlanState.WITHDRAWN}
    last = stands[-1]
    if last.state != "error" or last.fallen:
        return frozenset(undone)
    every = {one.name for one in bound.steps} - fallen if last.end is not PlanState.WITHDRAWN else set()
    return frozenset(undone | every)


def _arguments(undo: BoundUndo, turn: Turn) -> Mapping[str, Any] | None:
    try:
        return {name: expression.evaluate(turn.values) for name, expression in undo.args.items()}
    except ExpressionError:
        return None
