"""Many plays side by side: a process for each processor, each with many plays at a time, all on one PostgreSQL."""

import asyncio
import contextlib
import os
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from pathlib import Path

from tests import postgres
from tests.evaluation.play import play
from tests.evaluation.result import Played
from tests.evaluation.runners import ModelAt
from tests.evaluation.scenario import Scenario

CONNECTIONS = 16
"""To PostgreSQL that one play needs, at most."""
OPENING = 2
"""Offices that open at the same time in a process; each takes about a second of a processor, and waits ten for the others."""
BEGINNINGS = 3
ENDS = 30.0
"""Seconds that a process gets to end when nobody wants its plays any more."""


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

    Uses the PostgreSQL of the run where there is one, else starts its own. Raises RuntimeError when a process ends before its plays.
    """
    tasks = [Task(*one, at, command) for one in product(scenarios, runners, range(1, attempts + 1))]
    processors = os.cpu_count() or 1
    width = min(parallel or 2 * processors, len(tasks))
    processes = min(processors, width)
    with contextlib.ExitStack() as stack:
        if postgres.SERVER not in os.environ:
            await asyncio.to_thread(stack.enter_context, postgres.started(CONNECTIONS * width))
        ends = [
            stack.enter_context(_process(tasks[first::processes], width // processes + (first < width % processes)))
            for first in range(processes)
        ]
        waiting = {asyncio.ensure_future(_next(end)): end for end in ends}
        try:
            while waiting:
                ready, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for one in ready:
                    end = waiting.pop(one)
                    if (result := one.result()) is not None:
                        waiting[asyncio.ensure_future(_next(end))] = end
                        yield result
        finally:
            for one in waiting:
                one.cancel()


async def _next(end: Connection) -> Played | None:
    """What a process tells next; None when it has told all."""
    try:
        found: Played | None = await asyncio.to_thread(end.recv)
    except EOFError:
        raise RuntimeError("a process of the evaluation ended before its plays did") from None
    return found


@contextlib.contextmanager
def _process(tasks: Sequence[Task], width: int) -> Iterator[Connection]:
    """A process that plays these, and where it tells what came of each, and None at the end."""
    context = get_context("spawn")
    mine, its = context.Pipe(duplex=False)
    process = context.Process(target=played, args=(tasks, width, its))
    process.start()
    its.close()
    try:
        yield mine
    finally:
        process.terminate()
        process.join(ENDS)
        mine.close()


def played(tasks: Sequence[Task], width: int, tell: Connection) -> None:
    """All of them, `width` at a time. Ends with the process that started it, however that ends."""
    threading.Thread(target=_ends_with_its_parent, daemon=True).start()
    asyncio.run(_all(tasks, width, tell))
    tell.send(None)


def _ends_with_its_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


async def _all(tasks: Sequence[Task], width: int, tell: Connection) -> None:
    left, door = iter(tasks), asyncio.Semaphore(OPENING)

    async def some() -> None:
        for task in left:
            tell.send(await _one(task, door))

    await asyncio.gather(*(some() for _ in range(width)))


async def _one(task: Task, door: asyncio.Semaphore) -> Played:
    """One play. Where the machine fails it (a database that does not answer in time), it begins again, and is not played at last."""
    for _ in range(BEGINNINGS):
        try:
            return await _begun(task, door)
        except Exception as problem:  # noqa: BLE001 - of hundreds, one that breaks must not take the others with it
            error = f"{type(problem).__name__}: {problem}"
    told = task.scenario
    return Played(
        scenario=told.name,
        title=told.title,
        category=str(told.category),
        covered=told.covered,
        provenance=told.provenance,
        runner=task.runner,
        attempt=task.attempt,
        outcome="none",
        expected=tuple(told.then.outcome),
        error=error,
    )


async def _begun(task: Task, door: asyncio.Semaphore) -> Played:
    """On a database and in a folder of its own."""
    async with contextlib.AsyncExitStack() as stack:
        database = await _entered(stack, postgres.copied(postgres.WITH_COMPANY))
        folder = await _entered(stack, tempfile.TemporaryDirectory(prefix="deskhand-play-"))
        return await play(task.scenario, task.runner, task.attempt, database, Path(folder), task.at, task.command, door)


async def _entered(stack: contextlib.AsyncExitStack, block: contextlib.AbstractContextManager[str]) -> str:
    """Enter it, and leave it with the stack, without keeping the other plays waiting."""
    entered = await asyncio.to_thread(block.__enter__)
    stack.push_async_callback(asyncio.to_thread, block.__exit__, None, None, None)
    return entered
