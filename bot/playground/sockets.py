"""Socket Mode: events and interactions to whichever bot is connected; what is not acknowledged is delivered again."""

import asyncio
import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from bot.playground.workspace import APP, Json, Workspace

ACK_SECONDS = 3.0
RETRY_SECONDS = (0.0, 1.0, 10.0)
"""Waits before each further delivery of an event that was not acknowledged (Slack's own are longer)."""


@dataclass(slots=True)
class _Waiting:
    """An envelope that was sent and not acknowledged yet."""

    answer: "asyncio.Future[Json | None]"
    envelope: Mapping[str, Any] = field(default_factory=dict)


class Sockets:
    """The open connections of the bot."""

    def __init__(
        self, workspace: Workspace, *, ack_seconds: float = ACK_SECONDS, retries: tuple[float, ...] = RETRY_SECONDS
    ) -> None:
        self._workspace = workspace
        self._ack_seconds = ack_seconds
        self._retries = retries
        self._open: list[web.WebSocketResponse] = []
        self._turn = 0
        self._waiting: dict[str, _Waiting] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self.connected = asyncio.Event()
        self.unacknowledged = 0

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """One connection, until it ends."""
        socket = web.WebSocketResponse(heartbeat=10)
        await socket.prepare(request)
        info = {"type": "hello", "num_connections": len(self._open) + 1, "connection_info": {"app_id": APP}}
        await socket.send_json(info | {"debug_info": {"host": "playground", "approximate_connection_time": 18060}})
        self._open.append(socket)
        self.connected.set()
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._acknowledged(message.data)
        finally:
            self._open.remove(socket)
            if not self._open:
                self.connected.clear()
        return socket

    def _acknowledged(self, text: str) -> None:
        with contextlib.suppress(ValueError, AttributeError):
            answer = json.loads(text)
            waiting = self._waiting.pop(answer.get("envelope_id", ""), None)
            if waiting is not None and not waiting.answer.done():
                waiting.answer.set_result(answer.get("payload") or {})

    async def pump(self) -> None:
        """Deliver events as they come, while somebody is connected; until cancelled."""
        while True:
            while self._workspace.events and self._open:
                self._later(self._deliver(self._workspace.events.popleft()))
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

    async def _deliver(self, event: Json) -> None:
        reason = ""
        for attempt, wait in enumerate((0.0, *self._retries)):
            await asyncio.sleep(wait)
            if not self._open:
                self._workspace.events.appendleft(event)
                return
            retry = {"retry_attempt": attempt, "retry_reason": reason}
            if await self.send("events_api", event, **retry) is not None:
                return
            reason = "timeout"
        self.unacknowledged += 1

    async def send(self, kind: str, payload: Json, **more: Any) -> Json | None:
        """One envelope; what it was acknowledged with, or None when it was not within Slack's three seconds."""
        if not self._open:
            return None
        self._turn += 1
        socket = self._open[self._turn % len(self._open)]
        envelope_id = self._workspace.number("env-")
        envelope = {
            "envelope_id": envelope_id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        answer: asyncio.Future[Json | None] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = _Waiting(answer, envelope)
        try:
            await socket.send_json(envelope | more)
            return await asyncio.wait_for(answer, self._ack_seconds)
        except (TimeoutError, ConnectionError):
            return None
        finally:
            self._waiting.pop(envelope_id, None)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask every connection to come back, as Slack does now and then."""
        for socket in list(self._open):
            await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "playground"}})

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        for socket in list(self._open):
            await socket.close()
