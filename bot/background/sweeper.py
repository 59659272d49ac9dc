"""The clock that people wait on: what is due becomes an event in its conversation. One place, on our own clock."""

import asyncio
import time

import structlog

from bot.domain import Event, EventKind
from bot.errors import StoreAway
from bot.ports import Clock, WorkFactory

log = structlog.get_logger(__name__)

EVERY_SECONDS = 1.0


class Sweeper:
    """Looks every second what is due. Several processes may sweep; each due row is taken once."""

    def __init__(self, work: WorkFactory, clock: Clock) -> None:
        self._work = work
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.sweep()
            except StoreAway as error:
                log.warning("the database is away; what is due waits", error=str(error))
            except Exception:
                log.exception("sweeping failed")
            await asyncio.sleep(EVERY_SECONDS)

    async def sweep(self) -> int:
        """How much was due. One transaction: the due row is gone exactly when its event is in the inbox."""
        await self._clock.refresh()
        async with self._work() as work:
            due = await work.take_due(self._clock.now())
            for one in due:
                await work.accept(
                    Event(
                        key=f"due:{one.key}:{one.at.isoformat()}",
                        conversation=one.conversation,
                        kind=EventKind.DUE,
                        ts=f"{time.time():.6f}",
                        data={**one.data, "what": one.what},
                    )
                )
        for one in due:
            late = round((self._clock.now() - one.at).total_seconds(), 1)
            log.info("due", what=one.what, due=one.key, case=one.data.get("case", ""), conversation=one.conversation, late=late)
        return len(due)
