"""The circuit breaker as a state machine: whatever happens in whatever order, it says and does the same as the plain model of it."""

import pytest
import structlog
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from bot.agent.breaker import FAILURES, LONGEST_REST, REST, Breaker, State


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class BreakerMachine(RuleBasedStateMachine):
    """Asks enter, end well, ill or unclear in any order and at any time; the plain model beside it is a handful of numbers."""

    entries = Bundle("entries")

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.breaker = Breaker(self.clock)
        self.resting_until: float | None = None
        self.probe: int | None = None
        self.in_a_row = 0
        self.rest = REST
        self.current: set[int] = set()
        """Entries whose ending still says something: those of the time since the last change."""
        self.entered = 0
        self.raw: dict[int, int] = {}

    @rule(target=entries)
    def enters(self) -> int | None:
        may = self.probe is None and (self.resting_until is None or self.clock.now >= self.resting_until)
        entry = self.breaker.enter()
        assert (entry is not None) == may
        if entry is None:
            return None
        self.entered += 1
        if self.resting_until is not None:
            self.probe, self.current = self.entered, set()
        self.current.add(self.entered)
        self.raw[self.entered] = entry
        return self.entered

    @rule(entry=consumes(entries), how=st.sampled_from(["well", "ill", "unclear"]))
    def ends(self, entry: int | None, how: str) -> None:
        if entry is None:
            return
        match how:
            case "well":
                self.breaker.well(self.raw[entry])
            case "ill":
                self.breaker.ill(self.raw[entry], "timeout")
            case _:
                self.breaker.unclear(self.raw[entry])
        if entry not in self.current:
            return  # it began before the last change, and says nothing about what is now
        self.current.discard(entry)
        if entry == self.probe:
            self.probe = None
            match how:
                case "well":
                    self.resting_until, self.rest, self.in_a_row = None, REST, 0
                case "ill":
                    self.rest = min(2 * self.rest, LONGEST_REST)
                    self.resting_until = self.clock.now + self.rest
                case _:
                    self.resting_until = self.clock.now
            self.current = set()
        elif how == "well":
            self.in_a_row = 0
        elif how == "ill":
            self.in_a_row += 1
            if self.in_a_row >= FAILURES:
                self.resting_until, self.rest, self.current = self.clock.now + REST, REST, set()

    @rule(seconds=st.sampled_from([0.0, 1.0, REST - 1, REST, LONGEST_REST]))
    def passes(self, seconds: float) -> None:
        self.clock.now += seconds

    @invariant()
    def is_what_the_plain_model_says(self) -> None:
        resting = self.resting_until is not None
        expected = State.HALF_OPEN if self.probe is not None else State.OPEN if resting else State.CLOSED
        assert self.breaker.state is expected
        due = self.resting_until is None or self.clock.now >= self.resting_until
        assert self.breaker.available == (self.probe is None and due)


TestBreakerMachine = BreakerMachine.TestCase


def fail(breaker: Breaker, times: int = 1) -> None:
    for _ in range(times):
        entry = breaker.enter()
        assert entry is not None
        breaker.ill(entry, "timeout")


def test_two_failures_leave_it_closed_and_three_open_it() -> None:
    """Only failures in a row count: one success in between starts the count anew."""
    breaker = Breaker(Clock())
    fail(breaker, FAILURES - 1)
    assert breaker.available
    well = breaker.enter()
    assert well is not None
    breaker.well(well)
    fail(breaker, FAILURES - 1)
    assert breaker.state is State.CLOSED
    fail(breaker)
    assert breaker.state is State.OPEN
    assert breaker.enter() is None


def test_one_probe_at_a_time() -> None:
    """After the rest one ask is let in, and those beside it are not; its success lets everybody in again."""
    clock = Clock()
    breaker = Breaker(clock)
    fail(breaker, FAILURES)
    clock.now += REST
    probe = breaker.enter()
    assert probe is not None
    assert breaker.state is State.HALF_OPEN
    assert breaker.enter() is None
    breaker.well(probe)
    assert breaker.enter() is not None


@pytest.mark.parametrize(("probes", "rest"), [(0, 30), (1, 60), (2, 120), (3, 240), (4, 300), (5, 300)])
def test_each_failed_probe_doubles_the_rest_up_to_five_minutes(probes: int, rest: float) -> None:
    """Closed until the second before, tried at the second itself."""
    clock = Clock()
    breaker = Breaker(clock)
    fail(breaker, FAILURES)
    for _ in range(probes):
        clock.now += LONGEST_REST
        fail(breaker)
    clock.now += rest - 1
    assert not breaker.available
    clock.now += 1
    assert breaker.available


def test_an_ask_from_before_says_nothing_about_after() -> None:
    """An ask that began while it was closed and ends during the rest neither ends the rest nor prolongs it."""
    clock = Clock()
    breaker = Breaker(clock)
    late, later = breaker.enter(), breaker.enter()
    assert late is not None
    assert later is not None
    fail(breaker, FAILURES)
    clock.now += REST - 1
    breaker.well(late)
    assert breaker.state is State.OPEN
    breaker.ill(later, "timeout")
    clock.now += 1
    assert breaker.available


def test_one_line_for_each_change() -> None:
    """Operators read when it opened, for how long and why, and when it closed; asks in between write nothing."""
    clock = Clock()
    breaker = Breaker(clock)
    with structlog.testing.capture_logs() as lines:
        fail(breaker, FAILURES)
        for _ in range(5):
            breaker.enter()
        clock.now += REST
        probe = breaker.enter()
        assert probe is not None
        breaker.well(probe)
    assert [line["state"] for line in lines] == ["open", "half_open", "closed"]
    assert (lines[0]["reason"], lines[0]["seconds"]) == ("timeout", REST)
