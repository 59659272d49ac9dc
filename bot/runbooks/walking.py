"""Where each step of a plan stands: done, not needed, waited for, next, or not to be done any more. Pure functions over rows.

A part that cannot be done has *fallen*: it and what hangs on it are passed over, and the others go on. What hangs on a part is
what speaks of its steps (`BoundStep.hangs_on`). A part that waits is *held*, with what hangs on it: the others go on, up to the
next step of the whole itself, which comes after all before it. A step of the whole that cannot be done, or waits, is where the
plan stands.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from bot.domain import CallState, Plan, PlanState, Principal
from bot.errors import ExpressionError
from bot.runbooks.bound import Bound, BoundStep
from bot.runbooks.unrolling import StepResult, Turn, unrolled

NOT_NEEDED = "not needed"
NOT_DONE = "not done"
WHOLE = "*"
"""Among the names of what is held: a step of the whole, and so everything behind it."""
Standing = Literal["complete", "skipped", "passed", "held", "waiting", "paused", "error", "next"]
_ENDS = {
    CallState.DENIED: (PlanState.DENIED, "I'm not allowed to do this."),
    CallState.EXPIRED: (PlanState.EXPIRED, "Nobody answered in time, so nothing was done."),
    CallState.WITHDRAWN: (PlanState.WITHDRAWN, "You withdrew it."),
    CallState.HANDED_OVER: (PlanState.HANDED_OVER, "People go on with it."),
    CallState.FAILED: (PlanState.FAILED, "This step did not work: {title}."),
    CallState.UNVERIFIED: (PlanState.FAILED, "I looked again and could not see that it took effect: {title}."),
    CallState.UNKNOWN: (PlanState.FAILED, "I could not find out whether this took effect: {title}."),
    CallState.FROZEN: (PlanState.FROZEN, "Changes are stopped at the moment, so I could not do this: {title}."),
}


@dataclass(frozen=True, slots=True)
class Stand:
    """Where one step stands. `end`: how a plan ends that stands at this error; of a step that is passed over, why it is."""

    turn: Turn
    state: Standing
    detail: str = ""
    fault: str = ""
    end: PlanState = PlanState.FAILED
    arguments: Mapping[str, Any] = field(default_factory=dict)
    again: datetime | None = None

    @property
    def bound(self) -> BoundStep:
        return self.turn.bound

    @property
    def key(self) -> str:
        return self.turn.key

    @property
    def title(self) -> str:
        """What people see of it: of a step in a part, the part."""
        return self.bound.part.title if self.bound.part else self.turn.title

    @property
    def fallen(self) -> bool:
        """Whether it, or the part that it stands in, is not done while the others go on. What people have, they have whole."""
        alone = self.bound.part is not None and self.end is not PlanState.HANDED_OVER
        return self.state == "passed" or (self.state == "error" and alone)


def walk(
    bound: Bound,
    plan: Plan,
    principal: Principal,
    results: Mapping[str, StepResult],
    now: datetime | None = None,
    *,
    shown: bool = False,
) -> Iterator[Stand]:
    """The steps in order, up to the one at which the plan stands. `shown`: nothing is prepared, only told, also what comes behind a
    part that is at work.
    """
    fallen: dict[str, Stand] = {}
    held = set[str]()
    for turn in unrolled(bound, plan, principal, results):
        name, part = turn.bound.name, turn.bound.part
        stand = _passed(turn, fallen) if turn.key not in results else None
        if stand is None and held and (part is None or not held.isdisjoint({WHOLE, name} | turn.bound.hangs_on)):
            held |= {WHOLE} if part is None else {name}
            stand = Stand(turn, "held")
        stand = stand or _stand(turn, results.get(turn.key), now, shown=shown)
        yield stand
        if stand.fallen:
            fallen.setdefault(name, stand)
        elif part is not None and stand.state in ("waiting", "paused", "next"):
            held.add(name)
        elif stand.state not in ("complete", "skipped", "held"):
            return


def _passed(turn: Turn, fallen: Mapping[str, Stand]) -> Stand | None:
    """The step passed over, where its part has fallen or something that it hangs on has."""
    mine = fallen.get(turn.bound.name)
    if mine is not None:
        return Stand(turn, "passed", mine.detail if mine.state == "passed" else NOT_DONE, end=mine.end)
    lacks = [stand for name, stand in fallen.items() if name in turn.bound.hangs_on]
    if not lacks:
        return None
    needed = " and ".join(f"“{stand.title}”" for stand in lacks)
    return Stand(turn, "passed", f"{NOT_DONE}, since it needs {needed}", end=lacks[0].end)


def _stand(turn: Turn, result: StepResult | None, now: datetime | None, *, shown: bool) -> Stand:
    if turn.left_out:
        return Stand(turn, "skipped", NOT_NEEDED)
    if turn.fault:
        return Stand(turn, "error", turn.fault, turn.detail)
    if result is None or result.state in (CallState.SUPERSEDED, CallState.STARTED):
        return _foreseen(turn, cut_off=result is not None) if shown else _prepared(turn)
    stand = _ended(turn, result, now)
    return _prepared(turn) if stand.state == "next" and not shown else stand


def _prepared(turn: Turn) -> Stand:
    """The step's call, or that it is not needed."""
    one, values = turn.bound, turn.values
    if turn.unknown:
        return Stand(turn, "error", _misfit(turn), turn.detail)
    try:
        if one.when is not None and not one.when.evaluate(values):
            return Stand(turn, "skipped", NOT_NEEDED)
        arguments = {name: expression.evaluate(values) for name, expression in one.args.items()}
    except ExpressionError as error:
        return Stand(turn, "error", _misfit(turn), str(error))
    return Stand(turn, "next", arguments=arguments)


def _misfit(turn: Turn) -> str:
    return f"What I found does not fit my plan at this step: {turn.title}."


def _foreseen(turn: Turn, *, cut_off: bool) -> Stand:
    """How a step that was not called yet is shown: nothing is decided on, so what cannot be known yet is simply next."""
    try:
        needed = cut_off or turn.unknown or turn.bound.when is None or turn.bound.when.evaluate(turn.values)
    except ExpressionError:
        needed = True
    return Stand(turn, "next") if needed else Stand(turn, "skipped", NOT_NEEDED)


def _ended(turn: Turn, result: StepResult, now: datetime | None) -> Stand:
    """A step whose call was answered."""
    one = turn.bound
    if result.state is CallState.WAITING:
        return Stand(turn, "waiting", result.reason or "waiting for a person")
    if not result.state.good:
        state, otherwise = _ENDS[result.state]
        if result.unclicked and one.part is not None:
            state = PlanState.WITHDRAWN  # nothing for other people to go on with
        return Stand(turn, "error", result.reason or otherwise.format(title=turn.title), end=state)
    try:
        if one.until is not None and not one.until.evaluate(turn.values):
            return _not_yet(turn, result, now)
        held = one.expect is None or one.expect.evaluate(turn.values)
    except ExpressionError as error:
        return Stand(turn, "error", f"I looked again and could not tell whether it worked: {turn.title}.", str(error))
    if not held:
        text = f"I looked again, and it is not as it should be. {result.summary}".strip()
        return Stand(turn, "error", text, f"{one.expect.text if one.expect else ''} does not hold")
    return Stand(turn, "complete")


def _not_yet(turn: Turn, result: StepResult, now: datetime | None) -> Stand:
    """A look whose condition does not hold yet: taken again after a while, until its time is over."""
    step = turn.bound.step
    if result.since is None or result.at is None:
        return Stand(turn, "next")
    end = result.since + timedelta(seconds=step.within)
    again = min(result.at + timedelta(seconds=step.every), end)
    if result.at >= end:
        text = f"I waited {_span(step.within)} for it, and it is not so yet: {turn.title}. {result.summary}".strip()
        return Stand(turn, "error", text, f"{step.until} does not hold")
    if now is not None and now >= again:
        return Stand(turn, "next")
    return Stand(turn, "paused", f"not yet; I look again until {end:%d %b %Y, %H:%M} UTC", again=again)


def _span(seconds: int) -> str:
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds % size == 0:
            return f"{seconds // size} {name}{'s' if seconds != size else ''}"
    return f"{seconds} seconds"
