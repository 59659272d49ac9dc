"""The connection to Slack: one pooled HTTP session, who we are, the way in, and everything that hangs on them.

connection = SlackConnection(bot_token=…, app_token=…, api_url=…, desk=…)   # Socket Mode; with door=… requests come over HTTP
await connection.prepare()   # who we are; from here on .client, .workspace and .bot_id are there
await connection.start()     # dials, or opens the door; returns when things come in (.ready is set)
await connection.stop()
"""

import asyncio
import contextlib
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

import aiohttp
import structlog
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import CommandError, SettingsError
from bot.ports import Desk
from bot.slack import faults
from bot.slack.destinations import Destinations
from bot.slack.events import Identity
from bot.slack.http import Door
from bot.slack.lines import Envelope, Lines
from bot.slack.listeners import Listeners
from bot.slack.voice import Voice
from bot.slack.workspace import SlackWorkspace

log = structlog.get_logger(__name__)

CALL_SECONDS = 10.0
OK = 200
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class SlackConnection:
    """One installation of Deskhand in one Slack. `refused` says why nothing comes in any more, once Slack has ended it."""

    client: AsyncWebClient
    """For posting: it never tries again by itself, so that nothing is posted twice."""
    workspace: SlackWorkspace
    me: Identity
    app: AsyncApp

    def __init__(
        self,
        *,
        bot_token: str,
        app_token: str,
        api_url: str,
        desk: Desk,
        connections: int = 1,
        door: Door | None = None,
        ping_seconds: float = 5.0,
        call_seconds: float = CALL_SECONDS,
    ) -> None:
        self._bot_token = bot_token
        self._app_token = app_token
        self._api_url = api_url if api_url.endswith("/") else f"{api_url}/"
        self._desk = desk
        self._ping_seconds = ping_seconds
        self._call_seconds = call_seconds
        self._session: aiohttp.ClientSession | None = None
        self._reads: AsyncWebClient | None = None
        self._listeners: Listeners | None = None
        self._connections = connections
        self._door = door
        self.lines: Lines | None = None
        self.ready = asyncio.Event()
        self.refused = ""

    @property
    def bot_id(self) -> str:
        """Our user id, as people mention it."""
        return self.me.user

    async def prepare(self) -> Identity:
        """Find out who we are. Raises SettingsError for a token that Slack refuses, CommandError when it cannot be reached."""
        timeout = aiohttp.ClientTimeout(total=self._call_seconds)
        self._session = aiohttp.ClientSession(timeout=timeout)
        self.client = self._made_client([])
        # Reading twice harms nobody: look-ups are tried again by the SDK.
        again = [AsyncConnectionErrorRetryHandler(2), AsyncServerErrorRetryHandler(2), AsyncRateLimitErrorRetryHandler(1)]
        self._reads = self._made_client(again)
        try:
            answer = await self._reads.auth_test()
        except Exception as error:
            await self._session.close()
            raise self._trouble(error, "SLACK_BOT_TOKEN", "a bot token (it begins with xoxb-)") from error
        self.me = Identity(
            user=str(answer.get("user_id") or ""),
            bot=str(answer.get("bot_id") or ""),
            team=str(answer.get("team_id") or ""),
            enterprise=str(answer.get("enterprise_id") or ""),
            name=str(answer.get("user") or ""),
            url=str(answer.get("url") or ""),
        )
        self.workspace = SlackWorkspace(self._reads, self.me, warned=self._desk.warned)
        self.app = self._made_app()
        return self.me

    async def start(self) -> None:
        """Return when the first connection stands, or the door is open. Raises like `prepare`."""
        if self._session is None:
            await self.prepare()
        if self._door is not None:
            self._door.open(self.app)
            self._came_in(True)
            return
        lines = Lines(
            address=self._address,
            dispatch=self._dispatch,
            count=self._connections,
            ping_seconds=self._ping_seconds,
            proxy=self.client.proxy,
            changed=self._came_in,
        )
        try:
            await lines.start()
        except (aiohttp.ClientError, OSError) as error:
            raise CommandError(f"Slack at {self._api_url} gave a Socket Mode address that cannot be reached") from error
        self.lines = lines

    async def stop(self) -> None:
        """Hang up, and let clicks that are being answered come to their end, for a while."""
        self.ready.clear()
        if self._door is not None:
            self._door.shut()
        if self.lines is not None:
            await self.lines.stop()
        if self._listeners is not None:
            await self._listeners.settled()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.workspace.settled(), 2.0)
        if self._session is not None:
            await self._session.close()

    async def _address(self) -> str:
        """A fresh Socket Mode address; each is good for once."""
        try:
            opened = await self.client.apps_connections_open(app_token=self._app_token)
        except Exception as error:
            raise self._trouble(
                error, "SLACK_APP_TOKEN", "an app-level token with connections:write (it begins with xapp-)"
            ) from error
        return str(opened["url"])

    async def _dispatch(self, envelope: Envelope) -> Mapping[str, Any] | None:
        """Through Bolt; what Bolt does not answer with 200 gets no ack."""
        retry = {"x-slack-retry-num": envelope.get("retry_attempt"), "x-slack-retry-reason": envelope.get("retry_reason")}
        headers = {name: str(value) for name, value in retry.items() if value}
        payload = envelope.get("payload") or {}
        response = await self.app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=payload, headers=dict(headers)))
        if response.status != OK:
            return None
        if not response.body:
            return {}
        kind = (response.headers.get("content-type") or [""])[0]
        return {"payload": json.loads(response.body) if kind.startswith("application/json") else {"text": response.body}}

    def _came_in(self, stands: bool) -> None:  # noqa: FBT001 - it is the state itself
        if stands and not self.refused:
            if not self.ready.is_set():
                log.info("connected to Slack")
            self.ready.set()
        else:
            self.ready.clear()

    def _ended(self, why: str) -> None:
        """Slack has taken our rights away: nothing can be read or posted until somebody installs the app anew."""
        log.error("Slack has ended this installation; install the app anew and set SLACK_BOT_TOKEN", why=why)
        self.refused = why
        self.ready.clear()

    async def problem_with(self, channel: str) -> str:
        """Why nothing could be posted to this channel (a name or an id), in a sentence; empty when all is well."""
        return await Destinations(self._reads or self.client).problem(channel)

    # ── parts ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _made_client(self, retry: Sequence[AsyncRetryHandler], token: str | None = None) -> AsyncWebClient:
        return client_of(self._bot_token if token is None else token, self._api_url, self._session, retry)

    def _made_app(self) -> AsyncApp:
        """Bolt knows who we are already, so no payload waits for a call of its own."""

        async def authorize(enterprise_id: str | None, team_id: str | None, user_id: str | None) -> AuthorizeResult:
            return AuthorizeResult(
                enterprise_id=enterprise_id,
                team_id=team_id,
                user_id=user_id,
                bot_id=self.me.bot,
                bot_user_id=self.me.user,
                bot_token=self._bot_token,
            )

        app = AsyncApp(
            name="deskhand",
            client=self._made_client([], token=""),
            authorize=authorize,
            process_before_response=True,
            request_verification_enabled=False,
        )
        self._listeners = Listeners(
            desk=self._desk,
            me=self.me,
            client=self.client,
            voice=Voice(self.client),
            stopped=self.workspace.stopped,
            ended=self._ended,
        )
        self._listeners.register(app)
        return app

    def _trouble(self, error: Exception, setting: str, expected: str) -> Exception:
        code, found = faults.code(error), faults.fault(error)
        if isinstance(error, SlackApiError) and code and found.meaning in (faults.Meaning.REFUSED, faults.Meaning.UNFIT):
            return SettingsError(f"{setting}: Slack at {self._api_url} says {code}; expected {expected}")
        return CommandError(f"Slack at {self._api_url} cannot be reached ({found.why}); SLACK_API_URL names it")


def client_of(
    token: str, api_url: str, session: aiohttp.ClientSession | None, retry: Sequence[AsyncRetryHandler] = ()
) -> AsyncWebClient:
    """A client on this session, which tries again by itself only as `retry` says.

    The SDK takes the proxy variables and does not look at NO_PROXY, so that is done here.
    """
    client = AsyncWebClient(token=token or None, base_url=api_url, session=session, retry_handlers=list(retry))
    host = urlsplit(api_url).hostname or ""
    if host in LOOPBACK or proxy_bypass(host):
        client.proxy = None
    return client
