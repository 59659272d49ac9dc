"""Our rows: whether the database is there and of our shape, its clock, what came in last, and the embedded company's systems."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from bot.company.directory import engine_on
from bot.doctor import oncall, retention
from bot.doctor.finding import Finding, fail, ok, skipped, warn
from bot.errors import CommandError
from bot.settings import Settings
from bot.store import postgres
from bot.store.roles import may_change_the_audit
from bot.store.schema import HEAD, revision
from tools.systems.embedded import Company, CompanyClock

SKEW_SECONDS = 30.0
SECONDS = 10.0
LATELY = timedelta(days=1)
CHECK = "database"
AT_FIRST_START = "the first start makes it"

UNSUBSCRIBED = "missing_agent_session_stopped_event_subscription"
MENDS = {UNSUBSCRIBED: "subscribe to agent_session_stopped under Event Subscriptions, or paste docs/slack-manifest.yaml anew"}


async def looks(settings: Settings) -> AsyncIterator[Finding]:
    if not settings.database_url and not postgres.made(settings.bot_data_dir):
        yield skipped(CHECK, f"there is none in {settings.bot_data_dir} yet", AT_FIRST_START)
        return
    stack = contextlib.ExitStack()
    try:
        url, where = await asyncio.to_thread(stack.enter_context, _opened(settings))
    except (CommandError, OSError) as error:
        yield fail(CHECK, str(error), "look at the log file beside its data, and at the space on the disk")
        return
    try:
        async for finding in _looks_at(settings, url, where):
            yield finding
    finally:
        await asyncio.to_thread(stack.close)


@contextlib.contextmanager
def _opened(settings: Settings) -> Iterator[tuple[str, str]]:
    """(URL, where it is). The embedded one is started for this look where no bot runs it."""
    if settings.database_url:
        yield settings.database_url, "DATABASE_URL"
        return
    running = postgres.running(settings.bot_data_dir)
    with postgres.borrow(settings.bot_data_dir) as server:
        yield server.url, "embedded, of the running bot" if running else "embedded, started for this look; no bot runs on it"


async def _looks_at(settings: Settings, url: str, where: str) -> AsyncIterator[Finding]:
    try:
        connection = await psycopg.AsyncConnection.connect(url, autocommit=True, connect_timeout=5)
    except psycopg.Error as error:
        why = str(error).splitlines()[0]
        yield fail(CHECK, f"cannot be reached: {why}", "look at DATABASE_URL, the server and the network between")
        return
    async with connection:
        await connection.execute("SET default_transaction_read_only = on")
        version = await revision(connection)
        server = connection.info.server_version // 10000
        if version == HEAD:
            yield ok(CHECK, f"PostgreSQL {server}, revision {version} ({where})")
        elif version > HEAD:
            yield fail(CHECK, f"it is at revision {version}, newer than this Deskhand ({HEAD})", "update Deskhand")
            return
        else:
            may = await _one(connection, "SELECT has_schema_privilege(current_schema(), 'CREATE')")
            told = f"it is at revision {version or '(none)'}; this Deskhand brings it to {HEAD} ({where})"
            if may or settings.database_owner_url:
                yield warn(CHECK, told, "the next start does that; make a backup first")
            else:
                yield fail(CHECK, told, "run `.venv/bin/python -m bot migrate` with DATABASE_OWNER_URL set to the tables' owner")
            return
        yield await _clock(connection)
        yield await _audit(connection, "" if settings.database_url else postgres.BOT)
        may_remove = bool(settings.database_owner_url) or await may_change_the_audit(connection)
        yield await retention.look(settings, url, may_remove=may_remove)
        async for finding in _came_in(connection):
            yield finding
        there = await _one(connection, "SELECT to_regclass('company.people') IS NOT NULL")
    if there:
        async for finding in _systems(url):
            yield finding
        async for finding in oncall.look(settings, url):
            yield finding
    else:
        yield skipped("systems", "the embedded company is not there yet", AT_FIRST_START)


async def _one(connection: psycopg.AsyncConnection[Any], question: str) -> Any:
    row = await (await connection.execute(question)).fetchone()
    return row[0] if row else None


async def _clock(connection: psycopg.AsyncConnection[Any]) -> Finding:
    skew = abs((datetime.now(UTC) - await _one(connection, "SELECT clock_timestamp()")).total_seconds())
    if skew >= SKEW_SECONDS:
        return warn("database: clock", f"it is {skew:.0f} seconds off this machine's", "keep time with NTP on both")
    return ok("database: clock", "within a few seconds of this machine's")


async def _audit(connection: psycopg.AsyncConnection[Any], role: str) -> Finding:
    """Whether the bot could change what it says, and whether it is sealed."""
    if await may_change_the_audit(connection, role):
        return warn(
            "audit",
            "the role of DATABASE_URL could change and remove its rows",
            "give the bot a role of its own, and DATABASE_OWNER_URL to migrations (docs/security.md)",
        )
    late = "SELECT count(*) FROM audit_unsealed JOIN audit USING (position) WHERE at < now() - interval '10 minutes'"
    if waiting := await _one(connection, late):
        return warn("audit", f"insert only; {waiting} rows wait for their seal for more than ten minutes", "start the bot")
    seals = await _one(connection, "SELECT coalesce(max(number), 0) FROM audit_seal")
    return ok("audit", f"insert only for the bot's role, {seals} seals; `audit verify` looks at all of it")


async def _came_in(connection: psycopg.AsyncConnection[Any]) -> AsyncIterator[Finding]:
    """What Slack has sent says which events are subscribed, as far as that can be seen; what it warned of says which are not."""
    question = "SELECT max(accepted) FROM inbox WHERE kind = 'message' AND (data->>'direct')::bool IS {}"
    direct, channel = [await _one(connection, question.format(one)) for one in ("TRUE", "NOT TRUE")]
    told = [f"{name}: {f'{at:%d %b %H:%M} UTC' if at else 'none yet'}" for name, at in (("direct", direct), ("channels", channel))]
    waiting = await _one(connection, "SELECT count(*) FROM inbox WHERE handled IS NULL AND accepted < now() - interval '5 minutes'")
    said = f"last messages that came in ({', '.join(told)})"
    if waiting:
        yield warn("slack: events", f"{said}; {waiting} wait for more than five minutes", "start the bot, or look into its log")
    else:
        yield ok("slack: events", said)
    since = datetime.now(UTC) - LATELY
    rows = await connection.execute(
        "SELECT data->>'warning', max(at) FROM audit WHERE what = 'slack' AND at > %s GROUP BY 1 ORDER BY 1", (since,)
    )
    for warning, at in await rows.fetchall():
        mend = MENDS.get(str(warning), "look at Slack's documentation of this warning")
        yield fail("slack: events", f"Slack warned at {at:%H:%M} UTC: {warning}", f"{mend} (this line goes within a day)")


async def _systems(url: str) -> AsyncIterator[Finding]:
    """One call of each, which only looks."""
    async with engine_on(url) as engine:
        clock = CompanyClock(engine)
        company = Company(engine, clock)
        somebody = ""

        async def directory() -> str:
            nonlocal somebody
            people = await company.people()
            somebody = people[0].handle if people else ""
            return f"{len(people)} people"

        async def accounts() -> str:
            await company.account(somebody)
            return "answers"

        async def access() -> str:
            return f"{len(await company.apps())} applications"

        async def devices() -> str:
            await company.devices(somebody)
            return "answers"

        async def tickets() -> str:
            await company.tickets_of(somebody)
            return "answers"

        async def oncall() -> str:
            schedules = await company.schedules()
            now = clock.now()
            empty = [one for one in schedules if not await company.on_call(one, now)]
            return f"{len(schedules)} schedules" + (f"; nobody is on call for {', '.join(empty)}" if empty else "")

        systems: dict[str, Callable[[], Awaitable[str]]] = {
            "directory": directory,
            "identity": accounts,
            "access": access,
            "devices": devices,
            "tickets": tickets,
            "on call": oncall,
        }
        for name, look in systems.items():
            try:
                said = await asyncio.wait_for(look(), SECONDS)
            except Exception as error:  # noqa: BLE001 - whatever it is, the system does not answer
                yield fail(f"system: {name}", f"does not answer ({type(error).__name__})", "look at the database and its log")
            else:
                yield ok(f"system: {name}", f"embedded, {said}")
