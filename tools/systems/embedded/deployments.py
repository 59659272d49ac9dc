"""The company's deployments: a rollout takes a moment, and what is broken stays so until what it runs is changed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select

from tools.contract import Caller, NotFound, Refused
from tools.systems.done import Done
from tools.systems.embedded.faults import answers
from tools.systems.embedded.journal import UNDO, Books, Effect
from tools.systems.embedded.models import DeploymentRow
from tools.systems.engineering import Deployment, Revision

ROLLOUT = timedelta(milliseconds=400)
"""How long it takes until every replica is a new one."""


class EmbeddedDeployments:
    """`tools.systems.protocols.Deployments`."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def deployments(self) -> list[Deployment]:
        async with self._books.reading() as session:
            await answers(session, "find_deployment")
            rows = await session.scalars(select(DeploymentRow).order_by(DeploymentRow.id))
            return [as_it_is(row, self._books.clock.now()) for row in rows]

    async def deployment(self, deployment: str) -> Deployment | None:
        async with self._books.reading() as session:
            await answers(session, "find_deployment")
            row = await session.get(DeploymentRow, deployment)
            return as_it_is(row, self._books.clock.now()) if row is not None else None

    async def revisions(self, deployment: str) -> list[Revision]:
        async with self._books.reading() as session:
            row = await _row(session, deployment)
            return [Revision(one["revision"], one["image"]) for one in reversed(row.history)]

    async def restart_deployment(self, deployment: str, caller: Caller) -> Done[Deployment]:
        def restarted(row: DeploymentRow, now: datetime) -> None:
            row.restarted_at = now
            if row.history[-1]["health"] == "degraded":
                row.history = [*row.history[:-1], {**row.history[-1], "health": "healthy", "log": ""}]

        return await self._roll("restart_deployment", deployment, caller, restarted)

    async def deployment_restarted_under(self, key: str) -> Deployment | None:
        effect = await self._books.under(key, "restart_deployment")
        return _deployment(effect.after) if effect is not None else None

    async def roll_to(self, deployment: str, image: str, caller: Caller) -> Done[Deployment]:
        return await self._roll("rollback_deployment", deployment, caller, lambda row, _now: _run(row, image))

    async def roll_forward(self, deployment: str, image: str, caller: Caller) -> Done[Deployment]:
        return await self._roll(f"rollback_deployment{UNDO}", deployment, caller, lambda row, _now: _run(row, image))

    async def _roll(
        self, tool: str, deployment: str, caller: Caller, alter: Callable[[DeploymentRow, datetime], None]
    ) -> Done[Deployment]:
        async def work(session: AsyncSession) -> Effect:
            row = await _row(session, deployment, lock=True)
            now = self._books.clock.now()
            before, was = _told(as_it_is(row, now)), (row.restarted_at, row.history)
            alter(row, now)
            if was == (row.restarted_at, row.history):
                return Effect(before, before, changed=False)
            row.generation += 1
            row.rolled_at = now
            return Effect(before, _told(as_it_is(row, now)))

        effect = await self._books.once(tool, deployment, caller, work)
        return Done(_deployment(effect.after), _deployment(effect.before), effect.changed)


def as_it_is(row: DeploymentRow, now: datetime) -> Deployment:
    """A deployment as it is at that time."""
    runs = row.history[-1]
    rolling = row.rolled_at <= now < row.rolled_at + ROLLOUT
    ready = {"healthy": row.replicas, "degraded": row.replicas // 2, "crash_loop": 0}[runs["health"]]
    return Deployment(
        id=row.id,
        namespace=row.namespace,
        name=row.name,
        owner=row.owner,
        status="rolling_out" if rolling else runs["health"],
        image=runs["image"],
        revision=runs["revision"],
        replicas=row.replicas,
        updated=row.replicas // 2 if rolling else row.replicas,
        ready=min(ready, row.replicas - 1) if rolling else ready,
        generation=row.generation,
        observed=row.generation,
        restarted_at=row.restarted_at.astimezone(UTC) if row.restarted_at else None,
        log="" if rolling else runs["log"],
    )


def _run(row: DeploymentRow, image: str) -> None:
    """Let it run the image, as a new revision, unless it does."""
    if row.history[-1]["image"] == image:
        return
    earlier = next((one for one in reversed(row.history) if one["image"] == image), None)
    if earlier is None:
        raise Refused(f"{row.id} has never run {image}")
    row.history = [*row.history, {**earlier, "revision": row.history[-1]["revision"] + 1}]


async def _row(session: AsyncSession, deployment: str, *, lock: bool = False) -> DeploymentRow:
    row = await session.get(DeploymentRow, deployment, with_for_update=lock)
    if row is None:
        raise NotFound(f"there is no deployment {deployment!r}")
    return row


def _told(one: Deployment) -> dict[str, Any]:
    told = {name: getattr(one, name) for name in Deployment.__dataclass_fields__}
    return {**told, "restarted_at": one.restarted_at.isoformat() if one.restarted_at else None}


def _deployment(told: Any) -> Deployment:
    at = told["restarted_at"]
    return Deployment(**{**told, "restarted_at": datetime.fromisoformat(at) if at else None})
