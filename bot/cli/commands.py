"""What the commands of the command line do, each as JSON, and how a person sees it."""

import contextlib
import getpass
import re
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.errors import CommandError
from bot.settings import load

Row = dict[str, Any]


@contextlib.asynccontextmanager
async def database() -> AsyncIterator[str]:
    """The database's URL for the bot's role: of the running bot's, or of one that is started for this command only."""
    async with prepared() as data:
        yield data.url


@contextlib.asynccontextmanager
async def prepared() -> AsyncIterator[Any]:
    """The same as `bot.databases.Database`, with its owner's URL as well."""
    from bot import databases

    with databases.borrow(load()) as data:
        await data.prepare()
        yield data


@contextlib.asynccontextmanager
async def _company() -> AsyncIterator[Any]:
    from bot.company.directory import opened_company
    from tools.systems.embedded.scene import SceneError

    async with database() as url, opened_company(url) as company:
        try:
            yield company
        except SceneError as error:
            raise CommandError(str(error)) from None


def me() -> str:
    """Whoever runs the command, by the name of their account on this machine."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


async def cases() -> list[Row]:
    """All cases, the newest first."""
    from bot.store.trail import cases_json
    from bot.store.work import Store

    async with database() as url, Store(url) as store:
        return await cases_json(store)


async def case(case_id: str) -> Row:
    """The whole trail of one case; that it was read, and by whom, is recorded. Raises LookupError."""
    from bot.store.trail import trail_json
    from bot.store.work import Store

    async with database() as url, Store(url) as store:
        found = await trail_json(store, case_id)
        if found is None:
            raise LookupError(f"there is no case {case_id!r}; `cases` lists them")
        async with store.work() as work:
            await work.audit("read", case_id, {"by": me(), "via": "terminal", "of": "trail"})
    return found


async def migrate() -> Row:
    """Bring the database to the shape that this version expects, and let the bot's role work on it."""
    from bot.store.schema import HEAD

    async with prepared() as data:
        return {"revision": HEAD, "roles": "the owner's and the bot's" if data.owner != data.url else "one for everything"}


async def report(days: int) -> Any:
    """The figures of the last days, by the company's clock."""
    from bot.company.directory import opened_company
    from bot.report import figures
    from bot.store.figures import facts
    from bot.store.work import Store

    async with database() as url, opened_company(url) as (found, _), Store(url) as store:
        since, until = figures.last_days(found.clock.now(), days)
        return figures.report(*await facts(store, since), since=since, until=until)


async def company() -> Row:
    """The embedded company as it is now."""
    from tools.systems.embedded.look import company_json

    async with _company() as (_, engine):
        return await company_json(engine)


async def set_scene(what: str, person: str, changes: Sequence[str]) -> Row:
    """Set fields of somebody's account or certificate."""
    from tools.systems.embedded import scene

    fields: dict[str, str] = {}
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals:
            raise CommandError(f"expected FIELD=VALUE, such as status=LOCKED_OUT, but got {change!r}")
        fields[name] = value
    async with _company() as (_, engine):
        return await scene.set_fields(engine, what, person, fields)


async def set_on_call(schedule: str, person: str) -> Row:
    from tools.systems.embedded import scene

    async with _company() as (_, engine):
        return await scene.set_on_call(engine, schedule, person)


SPAN = re.compile(r"([+-])(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def span(text: str) -> timedelta | datetime | None:
    """``+3d``, ``-2h30m``, ``now`` (None: the real time) or an ISO time with its offset. Raises CommandError."""
    if text == "now":
        return None
    if (match := SPAN.fullmatch(text)) and any(match.groups()[1:]):
        sign, *parts = match.groups()
        weeks, days, hours, minutes, seconds = (int(part or 0) for part in parts)
        whole = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
        return whole if sign == "+" else -whole
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise CommandError(f"expected +3d, -2h30m, now, or a time such as 2026-11-27T18:00+01:00, but got {text!r}")
    return moment


async def turn_clock(text: str) -> Row:
    to = span(text)
    async with _company() as (found, _):
        return {"now": (await found.clock.turn(to)).isoformat()}


async def authenticator(person: str) -> Row:
    """How somebody's app is set up for the second factor."""
    from tools.contract import ToolError
    from tools.systems.embedded import scene

    async with _company() as (company, engine):
        handle = await scene.handle_of(engine, person)
        try:
            return {"person": handle, "address": await company.authenticator(handle)}
        except ToolError as error:
            raise CommandError(str(error)) from None


async def set_fault(tool: str, mode: str) -> Row:
    from tools.systems.embedded import scene

    async with _company() as (_, engine):
        return await scene.set_fault(engine, tool, mode)


async def doctor() -> list[Row]:
    """What works, what is missing and how to mend it."""
    from bot.doctor import examined

    return [finding.row() for finding in await examined(load())]


# ── for people ───────────────────────────────────────────────────────────────────────────────────────────────────────


def table(title: str, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Rows as a table on stdout."""
    from rich.console import Console
    from rich.table import Table

    drawn = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        drawn.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        drawn.add_row(*(_cell(row.get(column)) for column in columns))
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(drawn if rows else f"{title}: none")


MARKS = {"ok": "[green]✓[/] ok", "warn": "[yellow]![/] warn", "fail": "[red]✗[/] fail", "skipped": "[dim]–[/] skipped"}


def doctor_table(rows: list[Row]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    drawn = Table(title="Doctor", title_justify="left", header_style="bold")
    for column in ("", "check", "what is so", "how to mend it"):
        drawn.add_column(column, overflow="fold", no_wrap=column == "")
    for row in rows:
        drawn.add_row(MARKS[row["state"]], *(escape(row[name]) for name in ("check", "says", "mend")))
    Console(width=None if sys.stdout.isatty() else 160).print(drawn)
    missing = sum(row["state"] == "fail" for row in rows)
    sys.stdout.write("Nothing is missing.\n" if not missing else f"Missing: {missing}. The last column says how to mend it.\n")


def cases_table(rows: list[Row]) -> None:
    table("Cases", rows, ("id", "requester", "title", "state", "outcome", "updated"))


def case_table(found: Row) -> None:
    table(f"Case {found['id']}", [found], ("requester", "conversation", "state", "outcome", "ticket"))
    table("Messages", found["messages"], ("role", "text"))
    table("Plans", found["plans"], ("id", "runbook", "version", "state", "needs", "score", "reason"))
    table(
        "Calls",
        found["calls"],
        ("id", "tool", "arguments", "decision", "policies", "confirmation", "purpose", "approval", "state", "check", "reason"),
    )
    table("Approvals", found["approvals"], ("id", "kind", "call", "state", "votes", "expires"))
    table("Posts", found["posts"], ("key", "kind", "state", "posted_ts"))


def company_table(found: Row) -> None:
    shown = {
        "people": ("handle", "name", "email", "slack_id", "kind", "title"),
        "accounts": ("person", "status"),
        "grants": ("person", "app", "until", "state"),
        "devices": ("person", "serial", "model", "certificate_status"),
        "tickets": ("ticket", "reporter", "title", "status"),
        "journal": ("at", "actor", "tool", "target"),
    }
    for name, columns in shown.items():
        rows = found[name]
        table(f"{name.capitalize()} ({len(rows)})", rows[:20], columns)


def line(row: Row) -> None:
    """One small answer."""
    sys.stdout.write("  ".join(f"{name}: {_cell(value)}" for name, value in row.items()) + "\n")


ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
"""A time with its offset: a person reads it by the clock of this machine, with its zone; JSON keeps it as it is."""


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={_cell(one)}" for key, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_cell(one) for one in value)
    if isinstance(value, str) and ISO.fullmatch(value):
        return f"{datetime.fromisoformat(value).astimezone():%a %d %b %Y %H:%M %Z}"
    return str(value)
