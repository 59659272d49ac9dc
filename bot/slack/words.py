"""Words of a model, shown in Slack while they come. Implements `bot.ports.Stream`.

    write ──▶ held back ──▶ start ──▶ the outbox knows it ──▶ append, append, … ──▶ stop ──▶ the post changes it in place
                              ▲            └─ no: the answer has a message of its own, so this one is taken away again
                              └── anew, with everything so far: after four minutes, after a cut, after `restart`

INVARIANT: the outbox stays the truth. A streamed message stands only while its row says so; one that the outbox does not take
is deleted, and one that the outbox may need is never deleted. All calls are made by one task for each stream: whoever writes
waits for nothing and sees no failure, and at the worst the words come with the post alone.
"""

import asyncio
import math
import time
from dataclasses import dataclass

import structlog

from bot.outbox import Outbox
from bot.slack import faults, live, traces
from bot.slack.faults import Meaning
from bot.slack.live import Live
from bot.slack.markdown import shown

log = structlog.get_logger(__name__)

HELD_SECONDS, HELD_CHARS = 1.0, 400
"""What is said within that time, or is shorter, is not worth a message of its own before the answer."""
APART_SECONDS = 1.0
ROLL_SECONDS, LAST_SECONDS = 240.0, 285.0
"""A stream is followed by another after four minutes; when that fails it is ended before Slack ends it with an error."""
AT_LEAST_SECONDS = 0.2
AGAIN_SECONDS = 2.0
CLOSE_SECONDS = 3.0
TRIES = 15
"""How often the outbox is told of a message while the database is away; nothing else is shown meanwhile."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where words go, for whom, and what they belong to."""

    key: str
    channel: str
    thread: str
    recipient: str
    team: str
    case: str


@dataclass(slots=True)
class Message:
    """The message that stands for a stream now. `era` tells which beginning its words belong to."""

    ts: str
    began: float
    fed: float
    era: int
    sent: str
    live: bool = True
    cut: bool = False


class Words:
    """Implements `bot.ports.Stream`."""

    def __init__(self, slack: Live, outbox: Outbox, place: Place) -> None:
        self._slack = slack
        self._outbox = outbox
        self._place = place
        self._quiet = not place.thread or not slack.welcome(place.channel)  # nothing more is shown
        self._text = ""
        self._since = 0.0  # when the first of these words came
        self._era = 0
        self._message: Message | None = None
        self._failures = 0  # since words last went through
        self._closed = False
        self._idle = False  # everything that came is shown
        self._news = asyncio.Event()  # something that cannot wait
        self.task: asyncio.Task[None] | None = None

    async def write(self, more: str) -> None:
        if self._closed or self._quiet or not more:
            return
        first, before = not self._text, len(self._text)
        self._text += more
        if first:
            self._since = self._slack.ticks.now()
            self.task = self.task or asyncio.create_task(self._run(), name="stream")
        if first or self._idle or before < HELD_CHARS <= len(self._text):
            self._news.set()

    async def restart(self) -> None:
        self._text = ""
        self._era += 1

    @property
    def over(self) -> bool:
        """Whether nothing will come of it any more."""
        return self._closed and (self.task is None or self.task.done())

    def end(self) -> None:
        """No more words come."""
        self._closed = True
        self._news.set()

    async def close(self) -> None:
        self.end()
        if self.task is not None:
            await asyncio.wait({self.task}, timeout=CLOSE_SECONDS)

    # ── the task ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def _run(self) -> None:
        try:
            while not self._closed:
                seconds = await self._step()
                await self._slack.ticks.wait(self._news, seconds)
                self._news.clear()
            await self._end()
        except Exception:
            log.exception("words could not be streamed", key=self._place.key)

    async def _step(self) -> float:
        """Show what is due; seconds until something may be due again."""
        self._idle = True
        now, message, text = self._slack.ticks.now(), self._message, shown(self._text)
        if self._quiet or (message is None and not self._text):
            return math.inf
        if message is None or message.era != self._era:
            if not self._text:
                return self._until_over(math.inf)
            self._idle = False
            held = self._since + HELD_SECONDS - now
            if not text or (held > 0 and len(text) < HELD_CHARS):
                return max(held, AT_LEAST_SECONDS)
            return await self._start(text)
        old, more = now >= message.began + ROLL_SECONDS, text[len(message.sent) :]
        if not more:
            if old and message.live:
                await self._rest(message)
                message.cut = True
            return self._until_over(math.inf)
        self._idle = False
        if old or message.cut:
            return await self._start(text)
        wait = max(message.fed + APART_SECONDS - now, self._slack.appends.wait())
        return self._until_over(wait) if wait > 0 else await self._append(message, more)

    def _until_over(self, seconds: float) -> float:
        """Not longer than until the message has to be followed by another."""
        message = self._message
        if message is None or not message.live:
            return seconds
        return min(seconds, max(AT_LEAST_SECONDS, message.began + ROLL_SECONDS - self._slack.ticks.now()))

    # ── a message ────────────────────────────────────────────────────────────────────────────────────────────────

    async def _start(self, text: str) -> float:
        """A message with all these words, in place of the one that stands, if one does."""
        at, era, now, asked = self._place, self._era, self._slack.ticks.now(), time.time()
        if (wait := self._slack.starts.wait()) > 0:
            return await self._not_yet(wait)
        try:
            ts = await self._slack.start(at.channel, at.thread, text, at.recipient, at.team)
        except Exception as error:  # noqa: BLE001 - a stream is a convenience
            if faults.fault(error).meaning is not Meaning.DOUBT or not (ts := await self._found(asked, text)):
                return await self._not_started(error)
        return await self._stands(Message(ts, now, now, era, text))

    async def _stands(self, message: Message) -> float:
        """It exists: now the outbox must know it, or it goes again."""
        old = self._message
        known = await self._known(message.ts, old.ts if old else "")
        if not known:
            self._quiet = True
            if known is None:
                await self._rest(message)
            else:
                await self._slack.take_away(self._place.channel, message.ts)
            return math.inf
        self._message = message
        if old is not None:
            await self._slack.take_away(self._place.channel, old.ts, session_status="processing")
        return 0.0 if message.era != self._era else APART_SECONDS

    async def _known(self, ts: str, instead_of: str) -> bool | None:
        """Asked until the outbox answers, for some minutes; None when it never does, so that the message had better stay."""
        at = self._place
        for attempt in range(TRIES):
            try:
                return await self._outbox.standing(at.key, at.case, at.channel, at.thread, ts, instead_of=instead_of)
            except Exception as error:  # noqa: BLE001 - the same may be said twice
                log.warning("a streamed message could not be written down", key=at.key, error=str(error))
                await self._slack.pause(min(30.0, 0.2 * 2**attempt))
        return None

    async def _fallen(self, ts: str) -> bool:
        try:
            return await self._outbox.fallen(self._place.key, ts)
        except Exception as error:  # noqa: BLE001 - then it stays
            log.warning("whether a streamed message may go is not known", key=self._place.key, error=str(error))
            return False

    async def _found(self, asked: float, text: str) -> str:
        """The message of a start whose answer was lost."""
        at, old = self._place, self._message
        try:
            return await traces.words(self._slack.client, at.thread, at.channel, asked, text, old.ts if old else "")
        except Exception as error:  # noqa: BLE001 - then it is not found
            log.info("a stream that may have begun was not found", key=at.key, error=str(error))
            return ""

    async def _not_yet(self, seconds: float) -> float:
        """No start is possible now. A message that Slack is about to end is ended in good order."""
        message = self._message
        if message is None or message.cut:
            return seconds
        left = message.began + LAST_SECONDS - self._slack.ticks.now()
        return min(seconds, left) if left > 0 else await self._hush("no other stream could follow")

    async def _not_started(self, error: Exception) -> float:
        found, code = faults.fault(error), faults.code(error)
        if code in live.NEVER or code in live.NOT_HERE:
            self._slack.refuse("" if code in live.NEVER else self._place.channel, code)
        elif found.meaning is Meaning.BUSY:
            self._slack.starts.pause(found.retry_after)
            return await self._not_yet(self._slack.starts.wait())
        elif found.meaning in (Meaning.UNREACHED, Meaning.DOUBT) and self._may_fail():
            return AGAIN_SECONDS
        return await self._hush(found.why)

    async def _append(self, message: Message, more: str) -> float:
        message.fed = self._slack.ticks.now()
        try:
            await self._slack.append(self._place.channel, message.ts, more)
        except Exception as error:  # noqa: BLE001 - a stream is a convenience
            return await self._not_appended(message, error)
        message.sent += more
        self._failures = 0
        return APART_SECONDS

    async def _not_appended(self, message: Message, error: Exception) -> float:
        found, code = faults.fault(error), faults.code(error)
        if code == live.STOPPED_BY_USER:
            message.live = False
        elif found.meaning is Meaning.BUSY:
            self._slack.appends.pause(found.retry_after)
            return self._until_over(self._slack.appends.wait())
        elif found.meaning is Meaning.UNREACHED and self._may_fail():
            return AGAIN_SECONDS
        elif (code in live.CUT or found.meaning is Meaning.DOUBT) and self._may_fail():
            message.cut = True
            return 0.0
        return await self._hush(found.why)

    def _may_fail(self) -> bool:
        """Once in a row."""
        self._failures += 1
        return self._failures == 1

    # ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def _hush(self, why: str) -> float:
        """Show no more; what stands stays for the post to change."""
        log.info("no more words are streamed", key=self._place.key, why=why)
        self._quiet = True
        if self._message is not None:
            await self._rest(self._message)
        return math.inf

    async def _end(self) -> None:
        message = self._message
        if message is None:
            return
        if message.era == self._era:
            more = "" if self._quiet or message.cut else shown(self._text, done=True)[len(message.sent) :]
            await self._rest(message, more)
        elif not self._text and await self._fallen(message.ts):
            await self._slack.take_away(self._place.channel, message.ts)
        else:
            await self._rest(message)

    async def _rest(self, message: Message, more: str = "") -> None:
        """End the stream. Where that fails, whoever changes the message ends it."""
        if not message.live or self._slack.stops.wait() > 0:
            return
        message.live = False
        mark = traces.metadata(self._place.key, 0)
        try:
            await self._slack.stop(self._place.channel, message.ts, more, metadata=mark)
        except Exception as error:  # noqa: BLE001
            log.info("a stream was not ended", key=self._place.key, why=faults.fault(error).why)
