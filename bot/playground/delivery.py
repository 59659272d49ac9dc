"""How events and interactions reach the bot: as they come, and again while not acknowledged. By `sockets` or by `posts`."""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from typing import Any

from bot.playground.workspace import Json, Workspace
from bot.tasks import ended

ACK_SECONDS = 3.0
RETRY_SECONDS = (0.0, 1.0, 10.0)
"""Waits before each further delivery of an event that was not acknowledged (Slack's own are longer)."""


class Away(Exception):
    """Nobody is there to take it; it waits."""


class Delivery(ABC):
    """Takes what is to be delivered, in Slack's words."""

    def __init__(
        self, workspace: Workspace, *, ack_seconds: float = ACK_SECONDS, retries: tuple[float, ...] = RETRY_SECONDS
    ) -> None:
        self._workspace = workspace
        self._ack_seconds = ack_seconds
        self._retries = retries
        self._tasks: set[asyncio.Task[Any]] = set()
        self.connected = asyncio.Event()
        self.unacknowledged = 0

    @property
    def busy(self) -> bool:
        """Whether an event is on its way: sent, and not acknowledged yet."""
        return bool(self._tasks)

    @abstractmethod
    async def deliver(self, kind: str, payload: Json, attempt: int, reason: str) -> Json | None:
        """Once. What it was acknowledged with, or None when it was not within Slack's three seconds. Raises Away."""

    async def send(self, kind: str, payload: Json) -> Json | None:
        """An interaction: once, and not again, as Slack does."""
        try:
            return await self.deliver(kind, payload, 0, "")
        except Away:
            return None

    async def again(self, event: Json, reason: str = "timeout") -> None:
        """Deliver an event that was delivered already, as after an acknowledgement that was lost on the way."""
        with contextlib.suppress(Away):
            await self.deliver("events_api", event, 1, reason)

    async def pump(self) -> None:
        """Deliver events as they come, while somebody is connected; until cancelled."""
        while True:
            while self._workspace.events and self.connected.is_set():
                self._later(self._until_taken(self._workspace.events.popleft()))
            changed = self._workspace.changed
            if not self._workspace.events:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), 0.05)
            else:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.connected.wait(), 1)

    def _later(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _until_taken(self, event: Json) -> None:
        reason = ""
        for attempt, wait in enumerate((0.0, *self._retries)):
            await asyncio.sleep(wait)
            try:
                if await self.deliver("events_api", event, attempt, reason) is not None:
                    return
            except Away:
                self._workspace.events.appendleft(event)
                return
            reason = "timeout"
        self.unacknowledged += 1

    async def close(self) -> None:
        await ended(self._tasks)
