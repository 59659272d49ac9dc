"""Socket Mode: several connections to Slack at once, each dialled anew when it is lost, silent, or asked to come back.

    dial ──▶ stands ──▶ asked to refresh ──▶ dial the next one, then let this one finish its acks and close it
                 ├────▶ closed, or no pong for four intervals ──▶ close it, dial anew
                 └────▶ too many, or Socket Mode is switched off ──▶ close it, wait a while, dial anew

Each dial asks for a fresh address (one is good for once), and one at a time dials. A payload goes to any one connection, so while one
is replaced the others take what comes. An ack that is lost in between is harmless: Slack delivers again, and the inbox takes it once.
https://docs.slack.dev/apis/events-api/using-socket-mode/
"""

import asyncio
import contextlib
import json
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
import structlog
from aiohttp import ClientWebSocketResponse, WSMsgType

from bot.tasks import ended

log = structlog.get_logger(__name__)

Envelope = Mapping[str, Any]
Dispatch = Callable[[Envelope], Awaitable[Mapping[str, Any] | None]]
"""Handles an envelope; what goes back beside its id, or None for no ack."""

SILENT_INTERVALS = 4
SETTLE_SECONDS = 5.0
CLOSE_SECONDS = 2.0
DIAL_SECONDS = 30.0
LONGEST_WAIT = 60.0
REFRESH = ("warning", "refresh_requested")
WAIT = ("too_many_websockets", "link_disabled")


class Line:
    """One connection. `over` is done with the reason once it is to be replaced."""

    def __init__(self, socket: ClientWebSocketResponse, dispatch: Dispatch, ping_seconds: float) -> None:
        self._socket = socket
        self._dispatch = dispatch
        self._ping_seconds = ping_seconds
        self._last_pong = time.monotonic()
        self._answering: set[asyncio.Task[None]] = set()
        self.over: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.dead: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._watch())]

    async def _read(self) -> None:
        try:
            async for message in self._socket:
                match message.type:
                    case WSMsgType.TEXT:
                        self._heard(message.data)
                    case WSMsgType.PING:
                        await self._socket.pong(message.data)
                    case WSMsgType.PONG:
                        self._last_pong = time.monotonic()
                    case _:
                        pass
        except Exception as error:  # noqa: BLE001 - however it broke, it is broken
            log.info("a connection to Slack broke", error=type(error).__name__)
        self._end("closed")

    def _heard(self, text: str) -> None:
        try:
            envelope = json.loads(text)
        except ValueError:
            return  # Slack also sends a word or two for people who look
        if not isinstance(envelope, dict):
            return
        if envelope.get("type") == "disconnect":
            self._set(self.over, str(envelope.get("reason") or "refresh_requested"))
        elif envelope.get("envelope_id"):
            task = asyncio.create_task(self._answer(envelope))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)

    async def _answer(self, envelope: Envelope) -> None:
        try:
            answer = await self._dispatch(envelope)
            if answer is not None:
                await self._socket.send_json({"envelope_id": envelope["envelope_id"], **answer})
        except Exception as error:  # noqa: BLE001 - without an ack Slack delivers again
            log.info("an ack did not go out; Slack will deliver again", error=type(error).__name__)

    async def _watch(self) -> None:
        """The last pong says whether anybody is there: events may be few, and a half-open socket looks well."""
        while True:
            if time.monotonic() - self._last_pong >= SILENT_INTERVALS * self._ping_seconds:
                self._end("no pong")
                return
            with contextlib.suppress(Exception):
                async with asyncio.timeout(self._ping_seconds):
                    await self._socket.ping()
            await asyncio.sleep(self._ping_seconds)

    def _end(self, reason: str) -> None:
        self._set(self.dead, reason)
        self._set(self.over, reason)

    def _set(self, future: "asyncio.Future[str]", reason: str) -> None:
        if not future.done():
            future.set_result(reason)

    async def close(self, settle: float = 0.0) -> None:
        """Let payloads that are being handled get their ack, for that many seconds, and hang up."""
        if settle and self._answering:
            await asyncio.wait(set(self._answering), timeout=settle)
        with contextlib.suppress(Exception):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._socket.close()
        await ended(self._tasks)
        self._end("closed")


class Lines:
    """Keeps that many connections. `ready` is set while at least one stands; `address` gives a fresh one and raises what it raises."""

    def __init__(
        self,
        *,
        address: Callable[[], Awaitable[str]],
        dispatch: Dispatch,
        count: int,
        ping_seconds: float,
        proxy: str | None,
        changed: Callable[[bool], None],
    ) -> None:
        self._address = address
        self._dispatch = dispatch
        self._count = count
        self._ping_seconds = ping_seconds
        self._proxy = proxy
        self._changed = changed
        self._session: aiohttp.ClientSession | None = None
        self._standing: set[Line] = set()
        self._keepers: list[asyncio.Task[None]] = []
        self._closing: set[asyncio.Task[None]] = set()
        self._dialling = asyncio.Lock()

    async def start(self) -> None:
        """Return when the first one stands; the others follow. Raises what the first dial raises."""
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, sock_connect=DIAL_SECONDS))
        try:
            first = await self._dialled()
        except BaseException:
            await self._session.close()
            raise
        self._keepers = [asyncio.create_task(self._keep(first if number == 0 else None)) for number in range(self._count)]

    async def stop(self) -> None:
        """Hang up."""
        await ended(self._keepers)
        standing, self._standing = set(self._standing), set()
        await asyncio.gather(*(line.close(SETTLE_SECONDS) for line in standing), *self._closing)
        if self._session is not None:
            await self._session.close()

    @property
    def standing(self) -> int:
        return len(self._standing)

    async def _keep(self, line: Line | None) -> None:
        """One of the connections, for as long as the bot runs."""
        while True:
            line = line or await self._dialled_at_last()
            reason = await line.over
            if reason in REFRESH:
                log.info("a connection to Slack is renewed", reason=reason)
                fresh = await self._dialled_at_last()
                self._close(line, SETTLE_SECONDS)
                line = fresh
                continue
            log.warning("a connection to Slack is lost; dialling again", reason=reason, left=len(self._standing - {line}))
            self._close(line, SETTLE_SECONDS if reason in WAIT else 0.0)
            line = None
            if reason in WAIT:
                log.error(_ADVICE[reason])
                await asyncio.sleep(LONGEST_WAIT)

    async def _dialled_at_last(self) -> Line:
        failures = 0
        while True:
            try:
                return await self._dialled()
            except Exception as error:  # noqa: BLE001 - whatever keeps Slack away, it is dialled again
                failures += 1
                wait = min(LONGEST_WAIT, 0.25 * 2**failures) * (0.5 + random.random())  # noqa: S311 - so that not all come at once
                log.warning("Slack cannot be dialled", error=str(error) or type(error).__name__, again_in=round(wait, 1))
                await asyncio.sleep(wait)

    async def _dialled(self) -> Line:
        assert self._session is not None  # noqa: S101 - start() makes it
        async with self._dialling:
            url = await self._address()
            async with asyncio.timeout(DIAL_SECONDS):  # not wait_for: it drops a cancel that comes with its answer
                socket = await self._session.ws_connect(url, autoping=False, proxy=self._proxy)
        line = Line(socket, self._dispatch, self._ping_seconds)
        line.dead.add_done_callback(lambda _: self._gone(line))
        self._standing.add(line)
        self._changed(True)
        return line

    def _gone(self, line: Line) -> None:
        if line in self._standing:
            self._standing.discard(line)
            if not self._standing:
                self._changed(False)

    def _close(self, line: Line, settle: float) -> None:
        task = asyncio.create_task(line.close(settle))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


_ADVICE = {
    "too_many_websockets": "Slack says that this app holds too many connections; run fewer, or set SLACK_CONNECTIONS lower",
    "link_disabled": "Socket Mode is switched off for this app; switch it on in its settings at api.slack.com/apps",
}
