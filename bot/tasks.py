"""Tasks that run for as long as we do, and their end."""

import asyncio
import contextlib
import signal
from collections.abc import Iterable, Iterator
from typing import Any

import structlog

log = structlog.get_logger(__name__)

ATTEMPTS = 5


async def ended(tasks: Iterable[asyncio.Task[Any]], again: float = 1.0) -> None:
    """Cancel them and wait until they are over; raises nothing.

    A cancel can get lost on its way (`asyncio.wait_for` drops one that comes together with its answer, and a library may make a
    failure of it, after which a loop goes on), so whoever is not over after `again` seconds is cancelled again, a few times.
    """
    left = set(tasks)
    for _ in range(ATTEMPTS):
        for task in left:
            task.cancel()
        if not left:
            return
        over, left = await asyncio.wait(left, timeout=again)
        await asyncio.gather(*over, return_exceptions=True)
    if left:
        log.error("this did not end; it is left behind", tasks=sorted(task.get_name() for task in left))


@contextlib.contextmanager
def asked_to_end() -> Iterator[asyncio.Event]:
    """Set by Ctrl-C or SIGTERM. A second one does not wait for what still ends: the task of this block is cancelled."""
    asked, whole, loop = asyncio.Event(), asyncio.current_task(), asyncio.get_running_loop()

    def ask() -> None:
        if asked.is_set() and whole is not None:
            log.warning("asked to end a second time; what has not ended yet is cut off")
            whole.cancel()
        asked.set()

    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, ask)
    try:
        yield asked
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
