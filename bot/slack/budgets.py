"""How often a method of Slack may be called by this process: a little at once, then a steady pace, and nothing while Slack says so."""

from collections.abc import Callable

A_HAIR = 1e-6
"""Less than that is missing only because seconds are added up in floating point."""


class Budget:
    """For one method in one workspace. `burst` + `per_minute` is the most that a minute can see."""

    def __init__(self, burst: int, per_minute: int, now: Callable[[], float]) -> None:
        self._burst = float(burst)
        self._per_second = per_minute / 60
        self._now = now
        self._left = float(burst)
        self._since = now()
        self._paused_until = 0.0

    def wait(self) -> float:
        """Seconds until the method may be called; 0 means now."""
        self._refill()
        paused = self._paused_until - self._now()
        short = 0.0 if self._left > 1 - A_HAIR else (1 - self._left) / self._per_second
        return max(0.0, paused, short)

    def spend(self) -> None:
        self._refill()
        self._left = max(0.0, self._left - 1)

    def pause(self, seconds: float) -> None:
        """Slack has asked us to wait."""
        self._paused_until = max(self._paused_until, self._now() + max(seconds, 1.0))

    def _refill(self) -> None:
        now = self._now()
        self._left = min(self._burst, self._left + (now - self._since) * self._per_second)
        self._since = now
