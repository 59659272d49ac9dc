"""The streams of one workspace: words of a model, shown in Slack while they come. Implements `bot.ports.Streams`."""

import asyncio

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.outbox import Outbox
from bot.slack.live import Live, Ticks, WallTicks
from bot.slack.words import CLOSE_SECONDS, Place, Words
from bot.tasks import ended

log = structlog.get_logger(__name__)

FORGOTTEN_SECONDS, TIDY_SECONDS = 3600.0, 600.0
"""Words that nobody has answered for that long never will be: their process has died, and the answer got another key."""


class SlackStreams:
    """`client` must not try again by itself. Rates and refusals are shared by all streams of the process."""

    def __init__(self, client: AsyncWebClient, outbox: Outbox, *, ticks: Ticks | None = None) -> None:
        self._live = Live(client, ticks or WallTicks())
        self._outbox = outbox
        self._open: set[Words] = set()

    def begin(self, key: str, channel: str, thread: str, recipient: str, team: str, case: str) -> Words:
        words = Words(self._live, self._outbox, Place(key, channel, thread, recipient, team, case))
        self._open = {one for one in self._open if not one.over} | {words}
        return words

    async def run(self) -> None:
        """Until cancelled: take away what was forgotten. No failure ends it."""
        while True:
            await self.tidy()
            await asyncio.sleep(TIDY_SECONDS)

    async def tidy(self, older_than: float = FORGOTTEN_SECONDS) -> None:
        """Take away half answers that stand for so many seconds. Raises nothing."""
        try:
            for key, channel, ts in await self._outbox.forgotten(older_than):
                if await self._outbox.fallen(key, ts):
                    log.info("words that were never answered are taken away", key=key)
                    await self._live.take_away(channel, ts)
        except Exception as error:  # noqa: BLE001 - the next look is soon
            log.warning("forgotten words could not be looked for", error=str(error))

    async def stop(self, seconds: float = CLOSE_SECONDS) -> None:
        """Close all that is open, and wait that long for it; what is left is cancelled."""
        for words in self._open:
            words.end()
        tasks = {words.task for words in self._open if words.task is not None}
        if tasks:
            _, left = await asyncio.wait(tasks, timeout=seconds)
            await ended(left)
