"""Socket Mode: events and interactions to whichever connection of the bot comes next."""

import asyncio
import contextlib
import json
from typing import Any

from aiohttp import WSMsgType, web

from bot.playground.delivery import ACK_SECONDS, RETRY_SECONDS, Away, Delivery
from bot.playground.workspace import APP, Json, Workspace

MOST_CONNECTIONS = 10
"""https://docs.slack.dev/apis/events-api/using-socket-mode/: an app may hold ten, and a payload goes to any one of them."""


class Sockets(Delivery):
    """The open connections of the bot. For tests they can be dropped, made to say nothing, and asked to come back."""

    def __init__(
        self, workspace: Workspace, *, ack_seconds: float = ACK_SECONDS, retries: tuple[float, ...] = RETRY_SECONDS
    ) -> None:
        super().__init__(workspace, ack_seconds=ack_seconds, retries=retries)
        self._open: list[web.WebSocketResponse] = []
        self._requests: dict[web.WebSocketResponse, web.Request] = {}
        self._turn = 0
        self._waiting: dict[str, asyncio.Future[Json | None]] = {}
        self.deaf: set[web.WebSocketResponse] = set()  # half open: they send nothing and answer no ping
        self.dialled = 0
        self.pongs = True

    @property
    def open(self) -> tuple[web.WebSocketResponse, ...]:
        """The connections that stand, the oldest first."""
        return tuple(self._open)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """One connection, until it ends."""
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        self.dialled += 1
        if len(self._open) >= MOST_CONNECTIONS:
            await self._disconnect(socket, "too_many_websockets")
            await socket.close()
            return socket
        info = {"type": "hello", "num_connections": len(self._open) + 1, "connection_info": {"app_id": APP}}
        await socket.send_json(info | {"debug_info": {"host": "playground", "approximate_connection_time": 18060}})
        self._open.append(socket)
        self._requests[socket] = request
        self.connected.set()
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT and socket not in self.deaf:
                    self._acknowledged(message.data)
                elif message.type is WSMsgType.PING and self.pongs and socket not in self.deaf:
                    await socket.pong(message.data)
        finally:
            self._gone(socket)
        return socket

    def _gone(self, socket: web.WebSocketResponse) -> None:
        if socket in self._open:
            self._open.remove(socket)
        self._requests.pop(socket, None)
        self.deaf.discard(socket)
        if not self._open:
            self.connected.clear()

    def _acknowledged(self, text: str) -> None:
        with contextlib.suppress(ValueError, AttributeError):
            answer = json.loads(text)
            waiting = self._waiting.pop(answer.get("envelope_id", ""), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(answer.get("payload") or {})

    async def deliver(self, kind: str, payload: Json, attempt: int, reason: str) -> Json | None:
        if not self._open:
            raise Away
        self._turn += 1
        socket = self._open[self._turn % len(self._open)]
        envelope_id = self._workspace.number("env-")
        envelope = {"envelope_id": envelope_id, "type": kind, "payload": payload, "accepts_response_payload": kind != "events_api"}
        if kind == "events_api":
            envelope |= {"retry_attempt": attempt, "retry_reason": reason}
        answer: asyncio.Future[Json | None] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = answer
        try:
            if socket not in self.deaf:
                await socket.send_json(envelope)
            return await asyncio.wait_for(answer, self._ack_seconds)
        except (TimeoutError, ConnectionError):
            return None
        finally:
            self._waiting.pop(envelope_id, None)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask every connection to come back, as Slack does now and then."""
        for socket in self.open:
            await self._disconnect(socket, reason)

    async def _disconnect(self, socket: web.WebSocketResponse, reason: str) -> None:
        await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "playground"}})

    def drop(self, socket: web.WebSocketResponse) -> None:
        """Cut the line, without a word."""
        transport: Any = self._requests[socket].transport
        self._gone(socket)
        if transport is not None:
            transport.abort()

    async def close(self) -> None:
        await super().close()
        for socket in self.open:
            await socket.close()
