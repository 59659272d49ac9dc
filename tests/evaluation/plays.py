"""Many plays side by side: worker processes, each with several plays at a time, on one PostgreSQL with a database for each play."""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product
from multiprocessing import get_context
from pathlib import Path

from tests import postgres
from tests.evaluation.play import play
from tests.evaluation.result import Played
from tests.evaluation.runners import ModelAt
from tests.evaluation.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Task:
    """One play that is to be."""

    scenario: Scenario
    runner: str
    attempt: int
    at: ModelAt | None = None
    command: Sequence[str] = ()


async def play_all(
    scenarios: Sequence[Scenario],
    runners: Sequence[str],
    attempts: int = 1,
    parallel: int = 0,
    at: ModelAt | None = None,
    command: Sequence[str] = (),
) -> AsyncIterator[Played]:
    """Every scenario with every runner, `attempts` times, `parallel` at a time (0: twice the processors), as they come to their end.

    Uses the PostgreSQL of the run where there is one, else starts its own.
    """
    tasks = [Task(*one, at, command) for one in product(scenarios, runners, range(1, attempts + 1))]
    width = parallel or 2 * (os.cpu_count() or 1)
    with contextlib.ExitStack() as stack:
        if postgres.SERVER not in os.environ:
            await asyncio.to_thread(stack.enter_context, postgres.started())
        pool = ProcessPoolExecutor(min(width, len(tasks)) or 1, mp_context=get_context("spawn"))
        stack.callback(pool.shutdown, cancel_futures=True)
        loop = asyncio.get_running_loop()
        running = [loop.run_in_executor(pool, played, task) for task in tasks]
        for done in asyncio.as_completed(running):
            yield await done


def played(task: Task) -> Played:
    """One play, in whatever process this is, on a database and in a folder of its own."""
    with postgres.copied(postgres.WITH_COMPANY) as database, tempfile.TemporaryDirectory(prefix="deskhand-play-") as folder:
        return asyncio.run(play(task.scenario, task.runner, task.attempt, database, Path(folder), task.at, task.command))
