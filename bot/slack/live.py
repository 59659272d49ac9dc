"""Messages that are being streamed: Slack's methods for them, kept within its rates, and what their refusals mean.

https://docs.slack.dev/reference/methods/chat.startStream/, chat.appendStream and chat.stopStream. Slack ends a stream about five
minutes after it began, fed or not. A message that is live can neither be changed nor deleted before it is stopped.
"""

import asyncio
import contextlib
import math
import time
from typing import Any, Protocol

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import faults
from bot.slack.budgets import Budget

log = structlog.get_logger(__name__)

CONFLICT = "streaming_state_conflict"
OVER = "message_not_in_streaming_state"
STOPPED_BY_USER = "stopped_by_user"
CUT = (OVER, "message_not_found", "message_not_owned_by_app", "streaming_mode_mismatch")
"""The message takes no more words, and that is not what a person wanted."""

NEVER = ("unknown_method", "missing_scope", "not_allowed_token_type", "method_deprecated", "deprecated_endpoint", "access_denied")
"""This Slack does not stream for us; it is not asked again."""

NOT_HERE = ("channel_type_not_supported",)


class Ticks(Protocol):
    """The time by which Slack is called."""

    def now(self) -> float: ...
    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        """Until the event is set, at most that long."""


class WallTicks:
    """Implements `Ticks` by the machine's clock."""

    def now(self) -> float:
        return time.monotonic()

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), None if math.isinf(seconds) else seconds)


async def stop(client: AsyncWebClient, channel: str, ts: str, rest: str = "", **more: Any) -> None:
    """End a stream, also when it has ended already. Raises what the client raises otherwise."""
    try:
        await client.chat_stopStream(channel=channel, ts=ts, markdown_text=rest or None, **more)
    except SlackApiError as error:
        if faults.code(error) != OVER:
            raise


class Live:
    """The streaming methods of one workspace, for all streams of this process. Methods raise what the client raises."""

    def __init__(self, client: AsyncWebClient, ticks: Ticks) -> None:
        self.client = client
        self.ticks = ticks
        self.starts, self.stops = Budget(4, 16, ticks.now), Budget(4, 16, ticks.now)  # of 20 a minute
        self.appends = Budget(10, 90, ticks.now)  # of 100 a minute
        self._refused: set[str] = set()  # channels that take no stream; "" stands for all
        self._nameless = False  # whether direct messages are streamed without naming whom they are for

    def welcome(self, channel: str) -> bool:
        return not self._refused & {"", channel}

    def refuse(self, channel: str, why: str) -> None:
        """Do not ask again: in this channel, or anywhere when it is empty."""
        if self.welcome(channel):
            log.info("words are not streamed here; they come with the post", channel=channel or "all", why=why)
        self._refused.add(channel)

    async def start(self, channel: str, thread: str, text: str, recipient: str, team: str) -> str:
        """The ts of the new message. Slacks differ in whether direct messages may name their recipient."""
        self.starts.spend()
        where = {"channel": channel, "thread_ts": thread, "markdown_text": text}
        direct = channel.startswith("D")
        if not (direct and self._nameless):
            try:
                return await self._started(**where, recipient_user_id=recipient or None, recipient_team_id=team or None)
            except SlackApiError as error:
                if not direct or faults.code(error) != "invalid_arguments":
                    raise
        ts = await self._started(**where)
        self._nameless = True
        return ts

    async def _started(self, **arguments: Any) -> str:
        return str((await self.client.chat_startStream(**arguments))["ts"])

    async def append(self, channel: str, ts: str, more: str) -> None:
        self.appends.spend()
        await self.client.chat_appendStream(channel=channel, ts=ts, markdown_text=more)

    async def stop(self, channel: str, ts: str, rest: str = "", **more: Any) -> None:
        self.stops.spend()
        await stop(self.client, channel, ts, rest, **more)

    async def take_away(self, channel: str, ts: str, **more: Any) -> None:
        """Stop and delete a message that the outbox does not know (any more). Best effort, raises nothing."""
        why = ""
        for seconds in (1.0, 5.0, 0.0):
            try:
                await self.stop(channel, ts, **more)
                await self.client.chat_delete(channel=channel, ts=ts)
            except Exception as error:  # noqa: BLE001 - tried again
                why = faults.code(error) or type(error).__name__
                if why == "message_not_found":
                    return
                await self.pause(max(seconds, faults.fault(error).retry_after) if seconds else 0.0)
            else:
                return
        log.warning("a streamed message could not be taken away", channel=channel, ts=ts, why=why)

    async def pause(self, seconds: float) -> None:
        if seconds:
            await self.ticks.wait(asyncio.Event(), seconds)
