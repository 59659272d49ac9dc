"""`knowledge health`: how runbooks do, by runbook and by step."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any

import typer

from bot.cli.terminal import Json, carry_out, put_json


def command(
    runbook: Annotated[str, typer.Argument(metavar="[ID]", help="Only this one, with each of its steps.")] = "",
    days: Annotated[int, typer.Option(min=1, max=3650, help="Cases that were opened in the last so many days.")] = 90,
    as_json: Json = False,
) -> None:
    """By runbook: found, done, not finished, asked twice, reopened. By step: used, failed, left out, overridden, last verified."""
    found = carry_out(lambda: looked(runbook, days))
    if as_json:
        put_json([one.as_json() for one in found])
    else:
        _say(found, steps=bool(runbook))


async def looked(runbook: str, days: int) -> list[Any]:
    """Of each runbook its health. Raises LookupError (none of that id), SettingsError, StoreAway."""
    from bot.cli import commands
    from bot.company.directory import opened_company
    from bot.report.runbookhealth import health
    from bot.runbooks import binding
    from bot.settings import load
    from bot.store.health import facts
    from bot.store.work import Store
    from bot.toolbox import schemas
    from knowledge.parse import load as load_runbooks

    bounds, _ = binding.bind(load_runbooks(load().runbook_dir)[0], schemas())
    if runbook and runbook not in bounds:
        from bot.runbooks.fitting import near

        raise LookupError(f"there is no runbook {runbook!r}{near(runbook, bounds)}")
    async with commands.database() as url, opened_company(url) as (company, _), Store(url) as store:
        plans = await facts(store, company.clock.now() - timedelta(days=days))
    return [one for one in health(bounds, plans) if runbook in ("", one.runbook)]


def _say(found: list[Any], *, steps: bool) -> None:
    from rich.console import Console

    drawn = _table("Runbooks", "runbook", ("found", "done", "not finished", "asked twice", "re- opened", "beside it", "review due"))
    for one in found:
        counts = (one.found, one.done, one.unfinished, one.asked_twice, one.reopened, one.besides)
        drawn.add_row(one.runbook, *map(str, counts), str(one.review_due))
    console = Console()
    console.print(drawn)
    for one in found if steps else ():
        drawn = _table(one.title, "step", ("used", "failed", "left out", "over- ridden", "taken back", "last verified"))
        for step in one.steps:
            last = f"{step.last_verified:%Y-%m-%d %H:%M}" if step.last_verified else "never"
            drawn.add_row(step.step, *map(str, (step.used, step.failed, step.skipped, step.overridden, step.taken_back)), last)
        console.print(drawn)


def _table(title: str, of: str, columns: Sequence[str]) -> Any:
    """A table that fits into 80 columns: names are whole, and what columns are called is broken at its blanks."""
    from rich import box
    from rich.table import Table

    drawn = Table(title=title, title_justify="left", header_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    drawn.add_column(of, no_wrap=True, vertical="bottom")
    for column in columns:
        words = column.replace("- ", "-\n").replace(" ", "\n")
        drawn.add_column(words, no_wrap=True, justify="right", vertical="bottom")
    return drawn
