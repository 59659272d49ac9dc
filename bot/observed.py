"""What happens, told: one line in the log for each turn, and the numbers that are scraped. By ids and states, never by texts.

The unit of work is where everything becomes true, so that is where it is counted: when the unit is committed, and not before.
"""

import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, cast

import structlog

from bot.consent import Approval, ApprovalKind, ApprovalState
from bot.domain import Call, CallState, Case, Event, Post
from bot.metrics import Meter
from bot.ports import Work, WorkFactory
from bot.spending import ModelCall

log = structlog.get_logger(__name__)

ANSWERS = (ApprovalState.APPROVED, ApprovalState.DENIED)


@dataclass(slots=True)
class Tally:
    """What was written in one unit of work, or one turn."""

    cases: set[str] = field(default_factory=set)
    events: dict[str, str] = field(default_factory=dict)  # key → kind
    calls: dict[str, tuple[str, str]] = field(default_factory=dict)  # id → (tool, state)
    approvals: dict[str, Approval] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    model: list[ModelCall] = field(default_factory=list)
    posts: set[str] = field(default_factory=set)

    def add(self, other: "Tally") -> None:
        self.cases |= other.cases
        self.events |= other.events
        self.calls |= other.calls
        self.approvals |= other.approvals
        self.asked |= other.asked
        self.model += other.model
        self.posts |= other.posts

    def told(self) -> dict[str, Any]:
        """As fields of a log line."""
        return {
            "cases": sorted(self.cases),
            "events": dict(Counter(self.events.values())),
            "calls": dict(Counter(state for _, state in self.calls.values())),
            "approvals_asked": len(self.asked),
            "approvals_answered": sum(kind == "approval" for kind in self.events.values()),
            "model_calls": len(self.model),
            "tokens": sum(one.usage.read + one.usage.written for one in self.model),
            "cost": round(sum(one.usage.cost for one in self.model), 6),
            "posts": len(self.posts),
        }


TURN: ContextVar[Tally | None] = ContextVar("turn", default=None)


class Observed:
    """A `WorkFactory` that tells what was committed to the turn at hand, and to the meter."""

    def __init__(self, work: WorkFactory, meter: Meter, tools: Collection[str]) -> None:
        self._work = work
        self._meter = meter
        self._tools = tools  # the names there are: what else a model may call something is no label

    @contextlib.asynccontextmanager
    async def work(self) -> AsyncIterator[Work]:
        noted = Tally()
        async with self._work() as work:
            yield cast(Work, _Noting(work, noted))
        self._count(noted)
        if (turn := TURN.get()) is not None:
            turn.add(noted)

    def _count(self, noted: Tally) -> None:
        meter = self._meter
        for tool, state in noted.calls.values():
            meter.calls.add(1, tool if tool in self._tools else "unknown", state)
        for approval in noted.approvals.values():
            meter.approvals.add(1, str(approval.state))
            if approval.state in ANSWERS and approval.answered is not None:
                meter.approval_seconds.observe(max(0.0, (approval.answered - approval.created).total_seconds()))
        meter.approvals.add(len(noted.asked), str(ApprovalState.WAITING))
        for one in (call.usage for call in noted.model):
            meter.model.add(1, one.state)
            meter.model_seconds.observe(one.seconds)
            meter.tokens.add(one.read, "read")
            meter.tokens.add(one.cached, "cached")
            meter.tokens.add(one.written, "written")
            meter.cost.add(one.cost)


class _Noting:
    """A unit of work that notes what goes through it; whatever is not noted goes straight through."""

    def __init__(self, work: Work, noted: Tally) -> None:
        self._work = work
        self._noted = noted

    def __getattr__(self, name: str) -> Any:
        return getattr(self._work, name)

    async def unread(self, conversation: str) -> list[Event]:
        found = await self._work.unread(conversation)
        self._noted.events |= {event.key: str(event.kind) for event in found}
        return found

    async def save_case(self, case: Case) -> None:
        await self._work.save_case(case)
        self._noted.cases.add(case.id)

    async def save_call(self, call: Call) -> None:
        await self._work.save_call(call)
        if call.state is not CallState.STARTED:
            self._noted.calls[call.id] = (call.tool, str(call.state))
            self._noted.cases.add(call.case)

    async def save_approval(self, approval: Approval) -> None:
        await self._work.save_approval(approval)
        if approval.state is not ApprovalState.WAITING and approval.kind is ApprovalKind.APPROVAL:
            self._noted.approvals[approval.id] = approval

    async def audit(self, what: str, case: str, data: Mapping[str, Any]) -> None:
        await self._work.audit(what, case, data)
        if what == "approval" and data.get("state") == str(ApprovalState.WAITING) and "digest" in data:
            self._noted.asked.add(str(data["approval"]))

    async def model_called(self, call: ModelCall) -> None:
        await self._work.model_called(call)
        self._noted.model.append(call)

    async def put(self, post: Post) -> None:
        await self._work.put(post)
        self._noted.posts.add(post.key)


class Turning:
    """Takes turns, and leaves one line for each."""

    def __init__(self, take: Callable[[str], Awaitable[None]], meter: Meter) -> None:
        self._take = take
        self._meter = meter

    async def take_turn(self, conversation: str) -> None:
        tally, begun, outcome = Tally(), time.perf_counter(), "cut off"
        token = TURN.set(tally)
        try:
            await self._take(conversation)
            outcome = "done" if tally.events else "nothing new"
        except Exception as error:
            outcome = f"failed: {type(error).__name__}"
            raise
        finally:
            TURN.reset(token)
            seconds = time.perf_counter() - begun
            self._meter.turns.add(1, outcome.partition(":")[0])
            self._meter.turn_seconds.observe(seconds)
            log.info("turn", conversation=conversation, outcome=outcome, seconds=round(seconds, 3), **tally.told())


def clicked(kind: str, ids: Mapping[str, Any], begun: float, outcome: str) -> None:
    """The line of a click: what was pressed, about what, and what came of it."""
    log.info("click", kind=kind, outcome=outcome, seconds=round(time.perf_counter() - begun, 3), **ids)
