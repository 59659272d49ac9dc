"""A Slack, an outbox and a time that tests turn, for streams."""

import asyncio
import itertools
from collections.abc import Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.words import Words


class Turned:
    """Implements `bot.slack.live.Ticks`: it stands still until somebody turns it."""

    def __init__(self) -> None:
        self._now = 1000.0
        self._sleepers: list[tuple[float, asyncio.Event, asyncio.Event]] = []

    def now(self) -> float:
        return self._now

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        if event.is_set() or seconds <= 0:
            await asyncio.sleep(0)
            return
        bell = asyncio.Event()
        sleeper = (self._now + seconds, event, bell)
        self._sleepers.append(sleeper)
        waits = [asyncio.create_task(event.wait()), asyncio.create_task(bell.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._sleepers.remove(sleeper)
            for one in waits:
                one.cancel()

    async def settle(self, *streams: Words) -> None:
        """Until the task of each stream waits for the time or for news, or has ended."""
        for attempt in range(20_000):
            await asyncio.sleep(0 if attempt < 50 else 0.001)
            running = [words for words in streams if words.task is not None and not words.task.done()]
            if len(running) <= sum(not event.is_set() and not bell.is_set() for _, event, bell in self._sleepers):
                return
        raise AssertionError("the streams never came to rest")

    async def turn(self, seconds: float, *streams: Words) -> None:
        """Let that much time pass, stopping wherever a stream has something to do."""
        await self.settle(*streams)
        end = self._now + seconds
        while (due := min((deadline for deadline, _, _ in self._sleepers), default=end + 1)) <= end:
            self._now = max(self._now, due)
            for deadline, _, bell in list(self._sleepers):
                if deadline <= self._now:
                    bell.set()
            await self.settle(*streams)
        self._now = end


def refusal(error: str, status: int = 200, headers: Mapping[str, str] | None = None) -> SlackApiError:
    response = AsyncSlackResponse(
        client=None,
        http_verb="POST",
        api_url="",
        req_args={},
        data={"ok": False, "error": error},
        headers=dict(headers or {}),
        status_code=status,
    )
    return SlackApiError(error, response)


def unreachable() -> aiohttp.ClientConnectorError:
    return aiohttp.ClientConnectorError(None, OSError("no route"))  # type: ignore[arg-type]


class FakeSlack:
    """Remembers calls and messages. `fails["append"] = [error, None, …]` says how the next calls end; `lost` ones are done first."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.messages: dict[str, str] = {}
        self.live: set[str] = set()
        self.fails: dict[str, list[Exception | None]] = {}
        self.lost: set[str] = set()
        self._numbers = itertools.count(1)

    def made(self, method: str) -> list[dict[str, Any]]:
        return [arguments for name, arguments in self.calls if name == method]

    def names(self) -> list[str]:
        return [name for name, _ in self.calls]

    def _called(self, method: str, arguments: dict[str, Any]) -> Exception | None:
        self.calls.append((method, {name: value for name, value in arguments.items() if value is not None}))
        planned = self.fails.get(method) or [None]
        error = planned.pop(0)
        if error is not None and method not in self.lost:
            raise error
        return error

    async def chat_startStream(self, **arguments: Any) -> Mapping[str, str]:  # noqa: N802 - the SDK's name
        error = self._called("start", arguments)
        ts = f"{next(self._numbers)}.0"
        self.messages[ts] = arguments["markdown_text"]
        self.live.add(ts)
        if error is not None:
            raise error
        return {"ts": ts}

    async def chat_appendStream(self, *, ts: str, markdown_text: str, **arguments: Any) -> None:  # noqa: N802
        self._called("append", {"ts": ts, "markdown_text": markdown_text, **arguments})
        self.messages[ts] += markdown_text

    async def chat_stopStream(self, *, ts: str, markdown_text: str | None = None, **arguments: Any) -> None:  # noqa: N802
        self._called("stop", {"ts": ts, "markdown_text": markdown_text, **arguments})
        if ts not in self.live:
            raise refusal("message_not_in_streaming_state")
        self.live.discard(ts)
        self.messages[ts] += markdown_text or ""

    async def chat_delete(self, *, ts: str, **arguments: Any) -> None:
        self._called("delete", {"ts": ts, **arguments})
        if ts in self.live:
            raise refusal("cant_delete_message")
        del self.messages[ts]

    async def auth_test(self) -> Mapping[str, str]:
        return {"user_id": "UBOT", "bot_id": "BBOT"}

    async def conversations_replies(self, **_: Any) -> Mapping[str, Any]:
        self._called("replies", {})
        return {"messages": [{"ts": ts, "user": "UBOT", "text": text} for ts, text in self.messages.items()]}


class FakeOutbox:
    """The two methods that streams use. `put` makes the row the answer's; `fails` are raised first."""

    def __init__(self) -> None:
        self.rows: dict[str, str] = {}
        self.put: set[str] = set()
        self.fails: list[Exception] = []

    async def standing(self, key: str, case: str, channel: str, thread: str, ts: str, *, instead_of: str = "") -> bool:
        if self.fails:
            raise self.fails.pop(0)
        if key in self.put or (key in self.rows and self.rows[key] not in (ts, instead_of)):
            return False
        self.rows[key] = ts
        return True

    async def fallen(self, key: str, ts: str) -> bool:
        if key in self.put or self.rows.get(key) != ts:
            return False
        del self.rows[key]
        return True
