"""Sets a scenario's stage: the company's rows as they are at the start, and what changes in it meanwhile. Nothing is journaled."""

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.gate.owing import span
from tests.evaluation.scenario import Change, Given
from tools.systems.embedded import CompanyClock, scene
from tools.systems.embedded.cast import DUTY
from tools.systems.embedded.models import SCHEMA, Table
from tools.systems.embedded.seed import fill

RUNBOOKS = Path(__file__).parent.parent.parent / "knowledge" / "runbooks"


class StageError(Exception):
    """The stage cannot be set as the scenario wants it; the text names the table, column or runbook."""


async def set_stage(engine: AsyncEngine, given: Given) -> None:
    """The company as it is when the story begins, whatever day it is today. Raises StageError and SceneError."""
    begins = datetime.fromisoformat(given.clock)
    async with engine.begin() as connection:
        for table in reversed(Table.metadata.sorted_tables):
            await connection.execute(sa.delete(table))
        await fill(connection, begins.astimezone(UTC))
    await CompanyClock(engine).turn(begins)
    for schedule, handle in {**DUTY, **given.on_call}.items():
        await scene.set_on_call(engine, schedule, handle)
    await change(engine, given.changes)
    for tool, mode in given.faults.items():
        await scene.set_fault(engine, tool, mode)


async def change(engine: AsyncEngine, changes: Sequence[Change]) -> None:
    """Make these changes, each whole. Raises StageError."""
    clock = CompanyClock(engine)
    await clock.refresh()
    for one in changes:
        table = table_named(one.table)
        async with engine.begin() as connection:
            if one.add is not None:
                await connection.execute(sa.insert(table).values(_columns(table, one.add, clock.now())))
                continue
            rows = _columns(table, one.where if one.where is not None else one.remove or {}, clock.now())
            where = [table.c[name] == value for name, value in rows.items()]
            statement = (
                sa.delete(table).where(*where)
                if one.remove is not None
                else sa.update(table).where(*where).values(_columns(table, one.to or {}, clock.now()))
            )
            if not (await connection.execute(statement)).rowcount:
                raise StageError(f"no row of {one.table} has {dict(rows)}")


def table_named(name: str) -> sa.Table:
    """Raises StageError, with what there is."""
    found = Table.metadata.tables.get(f"{SCHEMA}.{name}")
    if found is None:
        there = ", ".join(sorted(one.name for one in Table.metadata.tables.values()))
        raise StageError(f"the company has no table {name!r}; there are {there}")
    return found


def _columns(table: sa.Table, row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    for name in row:
        if name not in table.c:
            raise StageError(f"{table.name} has no column {name!r}; there are {', '.join(table.c.keys())}")
    return {name: _value(table.c[name], value, now) for name, value in row.items()}


def _value(column: Any, value: Any, now: datetime) -> Any:
    if not isinstance(column.type, sa.DateTime) or not isinstance(value, str):
        return value
    if value[:1] in "+-" and (length := span(value[1:])) is not None:
        return now + length if value[0] == "+" else now - length
    at = datetime.fromisoformat(value)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


async def runbooks(given: Given, folder: Path) -> Mapping[str, str]:
    """The settings that name the scenario's own runbooks, where somebody has written into them. Raises StageError."""
    if not given.runbooks:
        return {}

    def write() -> None:
        shutil.copytree(RUNBOOKS, folder / "runbooks")
        for name, text in given.runbooks.items():
            path = folder / "runbooks" / f"{name}.md"
            if not path.exists():
                raise StageError(f"there is no runbook {name!r}")
            path.write_text(f"{path.read_text(encoding='utf-8').rstrip()}\n\n{text}\n", encoding="utf-8")

    await asyncio.to_thread(write)
    return {"RUNBOOK_DIR": str(folder / "runbooks")}
