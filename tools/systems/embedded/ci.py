"""The company's builds: one that failed by chance goes through when it is run again, one that is broken does not."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from tools.contract import Caller, NotFound, Refused
from tools.systems.done import Done
from tools.systems.embedded.faults import answers
from tools.systems.embedded.journal import Books, Effect
from tools.systems.embedded.models import CiRunRow, RepositoryRow, row_id
from tools.systems.engineering import CiRun, Repository

TAKES = timedelta(milliseconds=400)
"""How long a build takes."""


class EmbeddedCI:
    """`tools.systems.protocols.CI`."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def repositories(self) -> list[Repository]:
        async with self._books.reading() as session:
            await answers(session, "find_ci_run")
            return [_repository(row) for row in await session.scalars(select(RepositoryRow).order_by(RepositoryRow.id))]

    async def repository(self, repo: str) -> Repository | None:
        async with self._books.reading() as session:
            row = await session.get(RepositoryRow, repo)
            return _repository(row) if row is not None else None

    async def ci_run(self, run: str) -> CiRun | None:
        found = row_id(run)
        if found is None:
            return None
        async with self._books.reading() as session:
            await answers(session, "find_ci_run")
            row = await session.get(CiRunRow, found)
            return as_it_is(row, self._books.clock.now()) if row is not None else None

    async def newest_run(self, repo: str, branch: str) -> CiRun | None:
        async with self._books.reading() as session:
            await answers(session, "find_ci_run")
            row = await session.scalar(
                select(CiRunRow)
                .where(col(CiRunRow.repo) == repo, col(CiRunRow.branch) == branch)
                .order_by(col(CiRunRow.id).desc())
                .limit(1)
            )
            return as_it_is(row, self._books.clock.now()) if row is not None else None

    async def rerun(self, run: str, caller: Caller) -> Done[CiRun]:
        async def work(session: AsyncSession) -> Effect:
            row = await session.get(CiRunRow, row_id(run) or 0, with_for_update=True)
            if row is None:
                raise NotFound(f"there is no CI run {run!r}")
            now = self._books.clock.now()
            before = as_it_is(row, now)
            if before.status != "completed":
                raise Refused(f"CI run {run} of {row.repo} is still running")
            row.attempt += 1
            row.started = now
            if row.flaky:
                row.conclusion, row.failed = "success", ""
            return Effect(_told(before), _told(as_it_is(row, now)))

        effect = await self._books.once("rerun_ci", run, caller, work)
        return Done(CiRun(**effect.after), CiRun(**effect.before), effect.changed)

    async def rerun_under(self, key: str) -> CiRun | None:
        effect = await self._books.under(key, "rerun_ci")
        return CiRun(**effect.after) if effect is not None else None


def as_it_is(row: CiRunRow, now: datetime) -> CiRun:
    """A run as it is at that time."""
    running = row.started <= now < row.started + TAKES
    return CiRun(
        id=str(row.id),
        repo=row.repo,
        branch=row.branch,
        commit=row.commit,
        attempt=row.attempt,
        status="in_progress" if running else "completed",
        conclusion="" if running else row.conclusion,
        failed="" if running else row.failed,
    )


def _repository(row: RepositoryRow) -> Repository:
    return Repository(row.id, row.name, tuple(row.aliases), row.team, row.owner, row.branch)


def _told(one: CiRun) -> dict[str, Any]:
    return {name: getattr(one, name) for name in CiRun.__dataclass_fields__}
