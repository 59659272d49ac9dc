"""A circuit breaker: a server that is ill is left alone for a while, then tried with one request.

closed ──3 failed asks in a row──▶ open ──after its rest──▶ half-open (one probe) ──well──▶ closed
                                    ▲                          │
                                    └──────ill: twice the rest─┘
"""

from collections.abc import Callable
from enum import StrEnum

import structlog

log = structlog.get_logger(__name__)

FAILURES = 3
"""Failed asks in a row that open it."""
REST = 30.0
"""Seconds of the first rest."""
LONGEST_REST = 300.0
"""Seconds of a rest at most; each probe that fails doubles it up to this."""


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    """Who wants to ask, enters, and settles the pass that it got exactly once. `monotonic` counts seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._state = State.CLOSED
        self._failures = 0
        self._rest = REST
        self._until = 0.0
        self._era = 0  # raised at each change, so that an ask from before it says nothing about after

    @property
    def state(self) -> State:
        return self._state

    @property
    def available(self) -> bool:
        """Whether an ask would be let in now."""
        return self._state is State.CLOSED or (self._state is State.OPEN and self._monotonic() >= self._until)

    def enter(self) -> int | None:
        """A pass to ask with, or None: the server is resting, or is being probed."""
        if not self.available:
            return None
        if self._state is State.OPEN:
            self._become(State.HALF_OPEN)
        return self._era

    def well(self, entry: int) -> None:
        """The server answered."""
        if entry != self._era:
            return
        self._failures = 0
        if self._state is State.HALF_OPEN:
            self._rest = REST
            self._become(State.CLOSED)

    def ill(self, entry: int, reason: str) -> None:
        """The ask failed, and says that the server is ill."""
        if entry != self._era:
            return
        self._failures += 1
        if self._state is State.HALF_OPEN:
            self._open(min(2 * self._rest, LONGEST_REST), reason)
        elif self._failures >= FAILURES:
            self._open(REST, reason)

    def unclear(self, entry: int) -> None:
        """The ask ended without a word on the server's health; a probe is then left to the next who asks."""
        if entry == self._era and self._state is State.HALF_OPEN:
            self._until = self._monotonic()
            self._become(State.OPEN)

    def _open(self, rest: float, reason: str) -> None:
        self._rest = rest
        self._until = self._monotonic() + rest
        self._become(State.OPEN, reason=reason, seconds=rest)

    def _become(self, state: State, **told: str | float) -> None:
        self._state = state
        self._era += 1
        log.warning("model breaker", state=state.value, **told)
