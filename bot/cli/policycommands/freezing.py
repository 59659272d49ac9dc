"""The kill switch from the command line: it needs the database and nothing else, not even a policy that can be read."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from bot import logs
from bot.cli.commands import database, me, table
from bot.company.directory import opened_company
from bot.execution.freezing import Freezing, Target
from bot.obligations import Freeze
from bot.store.trail import freezes_json
from bot.store.work import Store
from bot.toolbox import tools
from bot.words import freezewording

Row = dict[str, Any]


async def freeze(target: Target, because: str) -> Row:
    """Freeze it from now on, on every replica. Raises CommandError."""
    async with _freezing() as (freezing, _):
        return _row(await freezing.begin(target, because, me()))


async def unfreeze(freeze_id: str) -> Row:
    """Lift one, by its id or by what it alone is on. Raises LookupError, CommandError."""
    async with _freezing() as (freezing, _):
        return _row(await freezing.lift(freeze_id, me())) | {"lifted_by": me()}


async def freezes(*, lifted: bool = False) -> list[Row]:
    """Those in force, the newest first; with `lifted` every one that there was."""
    async with _freezing() as (_, store):
        return [row for row in await freezes_json(store) if lifted or row["lifted_at"] is None]


def line(row: Row) -> None:
    """What was done, in words."""
    from rich.console import Console
    from rich.markup import escape

    found = Freeze(row["id"], row["because"], row["by"], row["tool"], row["system"])
    said = freezewording.lifted(found) if "lifted_by" in row else freezewording.begun(found)
    Console(soft_wrap=True, highlight=False).print(escape(said))


def listed(rows: list[Row]) -> None:
    """As a table."""
    shown = [{**row, "what": freezewording.what(Freeze("", "", "", row["tool"], row["system"]))} for row in rows]
    table("Frozen", shown, ("id", "what", "because", "by", "at", "lifted_at", "lifted_by"))


@contextlib.asynccontextmanager
async def _freezing() -> AsyncIterator[tuple[Freezing, Store]]:
    logs.set_up("CRITICAL")
    async with database() as url, opened_company(url) as (company, _), Store(url) as store:
        yield Freezing(store.work, company.clock, {tool.name: tool.system for tool in tools().values()}), store


def _row(freeze: Freeze) -> Row:
    names = ("id", "tool", "system", "because", "by")
    return {name: getattr(freeze, name) for name in names} | {"at": freeze.at.isoformat() if freeze.at else None}
