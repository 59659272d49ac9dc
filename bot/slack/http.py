"""The way in over HTTP: what Slack posts to ``/slack/events``, checked and handed to the same Bolt app as over Socket Mode.

Events, clicks, forms, shortcuts and commands all come here. What is not signed by Slack within five minutes gets a 401 and goes no
further; what is too large or does not come to its end gets a 413 or a 408 unread. As long as the bot cannot take anything the answer is 503, so that Slack delivers again.
"""

import asyncio
import contextlib
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

import structlog
from aiohttp import web
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.signature import Clock, SignatureVerifier

log = structlog.get_logger(__name__)

PATH = "/slack/events"
LARGEST = 1024 * 1024
"""Bytes of a request; the largest that Slack sends, a form with its view, is a quarter of that."""

READ_SECONDS = 3.0
"""How long a request may take to come in whole; Slack gives us as long for the whole answer, and sends at once."""

HEADERS = ("x-slack-retry-num", "x-slack-retry-reason", "content-type")


class Door:
    """Opened once the bot can take things, shut while it cannot."""

    def __init__(self, signing_secret: str, clock: Clock | None = None, read_seconds: float = READ_SECONDS) -> None:
        self._read_seconds = read_seconds
        self._verifier = SignatureVerifier(signing_secret, clock or Clock())
        self._app: AsyncApp | None = None

    def open(self, app: AsyncApp) -> None:
        self._app = app

    def shut(self) -> None:
        self._app = None

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return (web.post(PATH, self.take),)

    async def take(self, request: web.Request) -> web.StreamResponse:
        """One request of Slack's; its ack is the answer."""
        try:
            async with asyncio.timeout(self._read_seconds):
                body = await _read(request)
        except TimeoutError:
            log.warning("a request that did not come to its end was given up", size=request.content_length)
            late = web.Response(status=408, text="too slow")
            late.force_close()
            return late
        if body is None:
            return web.Response(status=413, text="too large")
        if not self._signed(body, request.headers):
            log.warning("a request that Slack did not sign, or too long ago, was refused", size=len(body))
            return web.Response(status=401, text="not signed by Slack")
        text = body.decode()
        if (challenge := _challenge(text, request.content_type)) is not None:
            return web.json_response({"challenge": challenge})
        if self._app is None:
            return web.Response(status=503, text="not ready", headers={"Retry-After": "1"})
        headers = {name: value for name, value in request.headers.items() if name.lower() in HEADERS}
        response = await self._app.async_dispatch(AsyncBoltRequest(body=text, headers=dict(headers), mode="http"))
        kind = (response.headers.get("content-type") or ["text/plain"])[0].partition(";")[0]
        return web.Response(status=response.status, text=response.body or "", content_type=kind)

    def _signed(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """By v0 of Slack's signatures, within five minutes; what cannot be read is not signed."""
        stamps = [value for name, value in headers.items() if name.lower() == "x-slack-request-timestamp"]
        if len(stamps) != 1 or not (stamps[0].isascii() and stamps[0].isdigit()):
            return False
        try:
            return self._verifier.is_valid_request(body, dict(headers))
        except (TypeError, ValueError):
            return False


async def _read(request: web.Request) -> bytes | None:
    """The body; None for one that is too large, of which no more than that is read."""
    if (request.content_length or 0) > LARGEST:
        return None
    read = bytearray()
    async for chunk in request.content.iter_chunked(64 * 1024):
        read += chunk
        if len(read) > LARGEST:
            return None
    return bytes(read)


def _challenge(text: str, media: str) -> str | None:
    """What Slack sends to see that this address is ours: a challenge to send back, or a look at the certificate."""
    if media == "application/json":
        with contextlib.suppress(ValueError, AttributeError):
            found: Any = json.loads(text)
            if found.get("type") == "url_verification":
                return str(found.get("challenge") or "")
    if media == "application/x-www-form-urlencoded" and parse_qs(text).get("ssl_check") == ["1"]:
        return ""
    return None
