"""What runs for as long as we do ends for certain, also where a cancel gets lost on its way."""

import asyncio
import os
import signal

import pytest

from bot.tasks import asked_to_end, ended


async def _stubborn(drops: int) -> None:
    """Like a loop around a library that makes a failure of a cancel, so many times."""
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            drops -= 1
            if drops < 0:
                raise


@pytest.mark.parametrize("drops", [0, 1, 3])
async def test_a_lost_cancel_is_followed_by_another(drops: int) -> None:
    """However many got lost (of a few): the task is over when `ended` is, beside one that was over long before."""
    task, done = asyncio.create_task(_stubborn(drops)), asyncio.create_task(asyncio.sleep(0))
    await asyncio.sleep(0)

    await ended([task, done], again=0.01)

    assert task.cancelled()


async def test_what_never_ends_keeps_nobody() -> None:
    """It is left behind; the others are over."""
    stubborn, other = asyncio.create_task(_stubborn(100)), asyncio.create_task(asyncio.sleep(3600))
    await asyncio.sleep(0)

    await ended([stubborn, other], again=0.01)

    assert (stubborn.done(), other.cancelled()) == (False, True)
    while not stubborn.done():
        stubborn.cancel()
        await asyncio.sleep(0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_the_first_signal_asks_and_the_second_does_not_wait(number: int) -> None:
    """One: the block ends as it likes. Two: what it waits for while it ends is cut off, and what stands around it still ends."""
    steps: list[str] = []

    async def block() -> None:
        try:
            with asked_to_end() as asked:
                os.kill(os.getpid(), number)
                await asked.wait()
                steps.append("asked")
                os.kill(os.getpid(), number)
                await asyncio.sleep(3600)
        finally:
            steps.append("cleaned up")

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(block())
    assert steps == ["asked", "cleaned up"]
