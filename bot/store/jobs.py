"""The engine: turns as durable jobs, one at a time per conversation, taken over when a worker dies.

The inbox is the truth; a job only says that a conversation has something unread. So a job too many does nothing, and a lost one
is made again at the next start.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import procrastinate
import psycopg
import structlog
from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.jobs import Job, Status

from bot.tasks import ended

log = structlog.get_logger(__name__)

HEARTBEAT = 2.0
STALLED = 8.0
POLL = 1.0
GRACE = 4.0
ATTEMPTS = 5
KEEP_HOURS = 24


class Jobs:
    """Runs turns. `handler` takes a conversation; what it raises is tried again, and at last given to `on_poison`."""

    def __init__(
        self,
        url: str,
        handler: Callable[[str], Awaitable[None]],
        *,
        on_poison: Callable[[str, BaseException], Awaitable[None]],
        concurrency: int = 20,
    ) -> None:
        self._url = url
        self._handler = handler
        self._on_poison = on_poison
        self._concurrency = concurrency
        self._app = App(connector=PsycopgConnector(conninfo=url, min_size=2, max_size=concurrency + 4))
        retry = procrastinate.RetryStrategy(max_attempts=ATTEMPTS, exponential_wait=2)
        self._turn: Any = self._app.task(name="turn", pass_context=True, retry=retry)(self._run)
        self._tasks: list[asyncio.Task[Any]] = []

    async def defer(self, conversation: str, connection: psycopg.AsyncConnection[Any]) -> None:
        """A turn of this conversation, inside of the transaction of this connection.

        No queueing lock: a clash in there would abort the transaction, and its commit would be a silent rollback.
        """
        await self._turn.configure(lock=conversation, connection=connection).defer_async(conversation=conversation)

    async def start(self, *, alone: bool) -> None:
        """Begin to work. `alone`: no other process works on this database, so whatever runs is a dead worker's."""
        await self._app.open_async()
        await self._take_over(0.0 if alone else STALLED, everything=alone)
        await self._wake_forgotten()
        self._tasks = [
            asyncio.create_task(self._work(), name="worker"),
            asyncio.create_task(self._keep_house(), name="housekeeping"),
        ]

    async def _work(self) -> None:
        """A worker for as long as we live: one that lost its database is followed by another."""
        while True:
            try:
                await self._app.run_worker_async(
                    concurrency=self._concurrency,
                    fetch_job_polling_interval=POLL,
                    update_heartbeat_interval=HEARTBEAT,
                    stalled_worker_timeout=STALLED,
                    install_signal_handlers=False,
                    shutdown_graceful_timeout=GRACE,
                    listen_notify=True,
                )
            except Exception as error:  # noqa: BLE001 - whatever ended it, turns must go on
                log.warning("the worker lost its database; it is started again", error=type(error).__name__)
            await asyncio.sleep(1)

    @property
    def alive(self) -> bool:
        """Whether turns are being taken."""
        return bool(self._tasks) and not any(task.done() for task in self._tasks)

    async def stop(self) -> None:
        """Let running turns finish for a moment; what does not is taken again at the next start."""
        await ended(self._tasks, again=GRACE + 2)
        await self._app.close_async()

    async def _run(self, context: JobContext, conversation: str) -> None:
        structlog.contextvars.bind_contextvars(conversation=conversation)
        try:
            await self._handler(conversation)
        except Exception as error:
            attempts = context.job.attempts if context.job else 0
            log.exception("a turn failed", conversation=conversation, attempt=attempts + 1)
            if attempts + 1 < ATTEMPTS:
                raise
            await self._on_poison(conversation, error)
        finally:
            structlog.contextvars.unbind_contextvars("conversation")

    async def _take_over(self, seconds: float, *, everything: bool) -> None:
        """Retry the jobs of workers that died; their conversations would stay locked otherwise."""
        manager = self._app.job_manager
        if everything:
            stalled: list[Job] = list(await manager.list_jobs_async(status=Status.DOING.value))
        else:
            stalled = list(await manager.get_stalled_jobs(seconds_since_heartbeat=seconds))
        for job in stalled:
            log.info("taking over a dead worker's turn", conversation=job.lock, job=job.id)
            await manager.retry_job(job)

    async def _wake_forgotten(self) -> None:
        """Every conversation with something unread has a job."""
        async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
            found = await connection.execute(
                "SELECT DISTINCT conversation FROM inbox i WHERE handled IS NULL AND NOT EXISTS"
                " (SELECT 1 FROM procrastinate_jobs j WHERE j.lock = i.conversation AND j.status IN ('todo', 'doing'))"
            )
            for (conversation,) in await found.fetchall():
                await self._turn.configure(lock=conversation).defer_async(conversation=conversation)

    async def _keep_house(self) -> None:
        while True:
            await asyncio.sleep(STALLED / 2)
            try:
                await self._take_over(STALLED, everything=False)
                await self._app.job_manager.delete_old_jobs(nb_hours=KEEP_HOURS, include_failed=True)
            except Exception:
                log.exception("looking after the jobs failed")
