"""The poster: makes what the outbox holds stand in Slack. It posts once, changes in place, waits, and loses nothing.

    take ──▶ where? ──▶ in doubt? ──▶ look for it ──▶ there: change it if it is an older version ──▶ posted
                 │           └─ no ─┐       └─ not there ─┐
                 │                  └──▶ post ◀───────────┘  plainer and plainer while Slack refuses the form
                 └─ nowhere ──▶ dead          └─ busy, away, in doubt ──▶ later

The outbox keeps the order per destination; several destinations are served at once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import StoreAway
from bot.outbox import Outbox, Sending
from bot.ports import Clock
from bot.slack import live, traces
from bot.slack.destinations import Destinations, NoSuchChannel
from bot.slack.faults import Fault, Meaning, code, fault
from bot.slack.looks import Look, looks
from bot.tasks import ended

log = structlog.get_logger(__name__)

AT_ONCE = 8
LONGEST_WAIT = 60.0
IDLE_SECONDS = 2.0
UNFIT_ATTEMPTS = 20
"""How often a post that Slack refuses in every form, for a reason that we don't know, is tried before it gives way to others."""


class WallClock:
    """The time by which Slack is asked again. Not the company's clock: turning that must not hold up an answer."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def refresh(self) -> None:
        """Nobody turns it."""


class _Failed(Exception):
    """One try ended without a message standing as it should."""

    def __init__(self, found: Fault) -> None:
        super().__init__(found.why)
        self.fault = found


class Poster:
    """Empties an outbox into Slack until it is cancelled. `url` is the workspace's, for links to messages."""

    def __init__(self, outbox: Outbox, client: AsyncWebClient, clock: Clock | None = None, url: str = "") -> None:
        self._outbox = outbox
        self._client = client
        self._clock = clock or WallClock()
        self._url = url
        self._destinations = Destinations(client)
        self._said: set[str] = set()

    async def run(self) -> None:
        """Until cancelled. No failure ends it."""
        running: set[asyncio.Task[None]] = set()
        changed: asyncio.Task[None] | None = None
        try:
            while True:
                batch = await self._take(AT_ONCE - len(running)) if len(running) < AT_ONCE else []
                running |= {asyncio.create_task(self.deliver(sending)) for sending in batch}
                changed = changed or asyncio.create_task(self._changed())
                waiting = {*running, changed} if len(running) < AT_ONCE else running
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                running = {task for task in running if not task.done()}
                changed = None if changed.done() else changed
        finally:
            left = [*running, *([changed] if changed else [])]
            await ended(left)

    async def deliver(self, sending: Sending) -> None:
        """Try one post once, and write down what came of it. Raises nothing."""
        key, version = sending.post.key, sending.version
        try:
            channel, ts = await self._stand(sending)
        except _Failed as failed:
            await self._failed(sending, failed.fault)
        except NoSuchChannel as error:
            await self._dead(sending, str(error))
        except Exception as error:
            log.exception("a post failed unexpectedly", key=key)
            await self._later(sending, self._backoff(sending), type(error).__name__, in_doubt=True)
        else:
            await self._written(lambda: self._outbox.posted(key, version, channel, ts))

    # ── making it stand ──────────────────────────────────────────────────────────────────────────────────────────

    async def _stand(self, sending: Sending) -> tuple[str, str]:
        """Post or change it. Returns (channel, ts) of the message that stands. Raises _Failed, NoSuchChannel."""
        channel = await self._called(lambda: self._destinations.channel_of(sending.post, sending.channel), sending)
        ladder = looks(sending.post, sending.version, self._url)
        if sending.ts and (stands := await self._changed_in_place(sending, channel, sending.ts, ladder)):
            return stands
        if sending.in_doubt and not channel.startswith("#"):
            trace = await self._called(lambda: traces.find(self._client, sending, channel, ladder), sending)
            if trace is not None and trace.version == sending.version:
                return channel, trace.ts
            if trace is not None and (stands := await self._changed_in_place(sending, channel, trace.ts, ladder)):
                return stands
        try:
            return await self._down(ladder, lambda look: self._post(sending, channel, sending.post.thread, look))
        except _Failed as failed:
            if failed.fault.meaning is not Meaning.NO_THREAD:
                raise
        return await self._down(ladder, lambda look: self._post(sending, channel, "", look))

    async def _changed_in_place(self, sending: Sending, channel: str, ts: str, ladder: list[Look]) -> tuple[str, str] | None:
        """Change the message that stands; None when somebody has deleted it, so that it must be posted anew."""
        try:
            return await self._down(ladder, lambda look: self._update(sending, channel, ts, look))
        except _Failed as failed:
            if failed.fault.meaning is not Meaning.GONE:
                raise
        log.info("the message is gone, so it is posted anew", key=sending.post.key)
        return None

    async def _down(self, ladder: list[Look], send: Callable[[Look], Awaitable[Any]]) -> tuple[str, str]:
        """The best look that Slack takes."""
        for number, look in enumerate(ladder, 1):
            try:
                answer = await send(look)
                return str(answer["channel"]), str(answer["ts"])
            except Exception as error:
                found = fault(error)
                if found.meaning is not Meaning.UNFIT or number == len(ladder):
                    raise _Failed(found) from error
                log.warning("Slack refused this form of a post, so a plainer one is tried", why=found.why)
        raise AssertionError("a ladder has at least one rung")

    async def _post(self, sending: Sending, channel: str, thread: str, look: Look) -> Any:
        return await self._client.chat_postMessage(
            channel=channel,
            thread_ts=thread or None,
            text=look.text,
            blocks=list(look.blocks) or None,
            metadata=traces.metadata(sending.post.key, sending.version) if look.blocks else None,
            unfurl_links=False,
            unfurl_media=False,
        )

    async def _update(self, sending: Sending, channel: str, ts: str, look: Look) -> Any:
        """Words may still be streamed there, by a process that is gone too: the stream is ended first."""
        try:
            return await self._changed_to(sending, channel, ts, look)
        except SlackApiError as error:
            if code(error) != live.CONFLICT:
                raise
        await live.stop(self._client, channel, ts)
        return await self._changed_to(sending, channel, ts, look)

    async def _changed_to(self, sending: Sending, channel: str, ts: str, look: Look) -> Any:
        return await self._client.chat_update(
            channel=channel,
            ts=ts,
            text=look.text,
            blocks=list(look.blocks),
            metadata=traces.metadata(sending.post.key, sending.version) if look.blocks else None,
        )

    async def _called(self, call: Callable[[], Awaitable[Any]], sending: Sending) -> Any:
        """A look-up on the way to a post: when it fails, nothing was posted by it, and what was in doubt stays so."""
        try:
            return await call()
        except (_Failed, NoSuchChannel):
            raise
        except Exception as error:
            found = fault(error)
            if found.meaning in (Meaning.DOUBT, Meaning.UNFIT, Meaning.UNREACHED):
                meaning = Meaning.DOUBT if sending.in_doubt else Meaning.UNREACHED
                found = Fault(meaning, found.why, found.retry_after)
            raise _Failed(found) from error

    # ── writing down what came of it ─────────────────────────────────────────────────────────────────────────────

    async def _failed(self, sending: Sending, found: Fault) -> None:
        wait = self._backoff(sending)
        match found.meaning:
            case Meaning.HOPELESS:
                await self._dead(sending, found.why)
            case Meaning.UNFIT | Meaning.GONE | Meaning.NO_THREAD if sending.attempts >= UNFIT_ATTEMPTS:
                await self._dead(sending, found.why)
            case Meaning.BUSY:
                await self._later(sending, max(found.retry_after, 0.5), found.why, in_doubt=sending.in_doubt)
            case Meaning.DOUBT:
                await self._later(sending, wait, found.why, in_doubt=True)
            case _:
                await self._later(sending, wait, found.why, in_doubt=sending.in_doubt)

    async def _later(self, sending: Sending, seconds: float, why: str, *, in_doubt: bool) -> None:
        log.info("a post goes out later", key=sending.post.key, why=why, seconds=seconds)
        at = self._clock.now() + timedelta(seconds=seconds)
        await self._written(lambda: self._outbox.later(sending.post.key, at, why, in_doubt=in_doubt))

    async def _dead(self, sending: Sending, why: str) -> None:
        """Said loudly once per place and reason; the post itself is kept and shown with its case."""
        where = sending.post.channel or sending.post.person
        if f"{where} {why}" not in self._said:
            self._said.add(f"{where} {why}")
            log.error("nothing can be posted here; is the bot invited, is the name right?", where=where, why=why)
        await self._written(lambda: self._outbox.dead(sending.post.key, why))

    def _backoff(self, sending: Sending) -> float:
        return float(min(LONGEST_WAIT, 2 ** min(sending.attempts, 6)))

    async def _written(self, write: Callable[[], Awaitable[None]]) -> None:
        """Write it down, with a few tries. When they fail the post stays in doubt: it is looked for before it is posted again."""
        for wait in (0.2, 1.0, 0.0):
            try:
                await write()
            except Exception as error:  # noqa: BLE001 - the outbox hands the post out again
                log.warning("what came of a post could not be written down", error=str(error) or type(error).__name__)
                await asyncio.sleep(wait)
            else:
                return

    # ── the outbox ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _take(self, room: int) -> list[Sending]:
        try:
            return await self._outbox.take(self._clock.now(), room)
        except StoreAway as error:
            log.warning("the database is away; what is to be posted waits", error=str(error))
        except Exception:
            log.exception("the outbox could not be read")
        await asyncio.sleep(1.0)
        return []

    async def _changed(self) -> None:
        try:
            await self._outbox.changed(IDLE_SECONDS)
        except Exception as error:  # noqa: BLE001 - the look at the outbox itself says what is wrong
            log.debug("no word from the outbox", error=str(error))
            await asyncio.sleep(1.0)
