"""The machines on which the company's services run: a drained one is empty after a while."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from tools.contract import Caller, NotFound, Refused
from tools.systems.done import Done
from tools.systems.embedded.faults import answers
from tools.systems.embedded.journal import UNDO, Books, Effect
from tools.systems.embedded.operation_models import NodeRow
from tools.systems.operations import Node


class EmbeddedNodes:
    """`tools.systems.operations.Nodes`."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def node(self, node: str) -> Node | None:
        return next((one for one in await self.nodes() if one.id == node), None)

    async def nodes(self) -> list[Node]:
        async with self._books.reading() as session:
            await answers(session, "find_node")
            rows = (await session.scalars(select(NodeRow).order_by(NodeRow.id))).all()
            return [as_it_is(row, rows, self._books.clock.now()) for row in rows]

    async def drain(self, node: str, caller: Caller) -> Done[Node]:
        return await self._rotated("drain_node", node, caller, drained=True)

    async def restore(self, node: str, caller: Caller) -> Done[Node]:
        return await self._rotated("restore_node", node, caller, drained=False)

    async def undo_drain(self, node: str, caller: Caller) -> Done[Node]:
        return await self._rotated(f"drain_node{UNDO}", node, caller, drained=False)

    async def undo_restore(self, node: str, caller: Caller) -> Done[Node]:
        return await self._rotated(f"restore_node{UNDO}", node, caller, drained=True)

    async def _rotated(self, tool: str, node: str, caller: Caller, *, drained: bool) -> Done[Node]:
        """The whole pool is locked: of two drained at the same moment the second is counted without the first."""

        async def work(session: AsyncSession) -> Effect:
            rows = (await session.scalars(select(NodeRow).order_by(col(NodeRow.id)).with_for_update())).all()
            row = next((one for one in rows if one.id == node), None)
            if row is None:
                raise NotFound(f"there is no node {node!r}")
            now = self._books.clock.now()
            was = as_it_is(row, rows, now)
            if drained == (row.drained is not None):
                return Effect(_told(was), _told(was), changed=False)
            if drained and was.others < was.least:
                raise Refused(f"{row.pool} needs {was.least} that serve, and without {node} there would be {was.others}")
            row.drained = now if drained else None
            return Effect(_told(was), _told(as_it_is(row, rows, now)))

        effect = await self._books.once(tool, node, caller, work)
        return Done(Node(**effect.after), Node(**effect.before), effect.changed)


def as_it_is(row: NodeRow, rows: Sequence[NodeRow], now: datetime) -> Node:
    """A node as it is at that time, among all that there are."""
    empty = row.drained is not None and now >= row.drained + timedelta(seconds=row.drains)
    others = sum(one.pool == row.pool and one.id != row.id and one.drained is None for one in rows)
    status = "serving" if row.drained is None else "drained" if empty else "draining"
    return Node(row.id, row.pool, row.namespace, row.owner, status, 0 if empty else row.running, others, row.least)


def _told(one: Node) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Node.__dataclass_fields__}
