"""The one place where the parts are put together. No logic: what a thing does stands where it is made."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot import announce, logs, runbooks
from bot.approvals import Approvals
from bot.company import CompanyDirectory
from bot.desk import FrontDesk
from bot.errors import CommandError, StoreAway
from bot.execution import Executor
from bot.facts import Facts
from bot.gate import Policies
from bot.house import House
from bot.library import Library
from bot.ports import ToolSchema, Workspace
from bot.settings import Settings, load
from bot.store import postgres
from bot.sweeper import Sweeper
from bot.turns import Turns
from tools.catalog import catalog
from tools.contract import Effect, Tool
from tools.systems.embedded import Company, CompanyClock, ensure

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Database:
    """Where our rows are: its URL, and a word on where it lies for whoever starts the bot."""

    url: str
    note: str


@contextlib.contextmanager
def database(settings: Settings) -> Any:
    """The database of a running bot: the named one, or the embedded one that we start and stop."""
    if settings.database_url:
        yield Database(settings.database_url, "DATABASE_URL")
        return
    with postgres.own(settings.bot_data_dir) as server:
        yield Database(server.url, server.note or str(server.where))


@contextlib.asynccontextmanager
async def opened_company(url: str) -> AsyncIterator[tuple[Company, AsyncEngine]]:
    """The embedded company in this database, made and seeded when it is not there yet."""
    engine = create_async_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), pool_size=10, max_overflow=20)
    try:
        await ensure(engine)
        clock = CompanyClock(engine)
        await clock.refresh()
        yield Company(engine, clock), engine
    finally:
        await engine.dispose()


def schemas(tools: Mapping[str, Tool[Any]]) -> list[ToolSchema]:
    """What a model is shown of each tool."""
    return [
        ToolSchema(tool.name, tool.description, tool.arguments.model_json_schema(), tool.effect is Effect.CHANGE)
        for tool in tools.values()
    ]


@dataclass(slots=True)
class Slack:
    """The Slack that the bot is to talk to."""

    bot_token: str
    app_token: str
    api_url: str


@contextlib.asynccontextmanager
async def bot(settings: Settings, url: str, slack: Slack, *, company: Company) -> AsyncIterator["Running"]:
    """The whole bot at work on this database and this Slack, until the block ends."""
    from bot.agent.loop import AgentLoop
    from bot.slack.connect import SlackConnection
    from bot.slack.replies import Poster
    from bot.store.jobs import Jobs
    from bot.store.outbox import StoredOutbox
    from bot.store.work import Store

    tools = catalog(company.systems())
    policies = Policies(settings.policy_file, tools)
    library = await Library.read(settings.runbook_dir, settings.bot_data_dir / "index", schemas(tools))
    directory = CompanyDirectory(company)
    store = Store(url)
    await store.open()
    try:
        desk = FrontDesk(store.work)
        connection = SlackConnection(
            bot_token=slack.bot_token, app_token=slack.app_token, api_url=slack.api_url, desk=desk
        )
        await connection.prepare()
        workspace: Workspace = connection.workspace
        facts = Facts(directory, workspace)
        approvals = Approvals(
            work=store.work,
            facts=facts,
            directory=directory,
            policies=policies,
            clock=company.clock,
            channel=settings.oncall_channel,
            reversible=lambda tool: tool in tools and tools[tool].reversible,
        )
        desk.approvals = approvals
        executor = Executor(
            tools=tools,
            policies=policies,
            facts=facts,
            directory=directory,
            approvals=approvals,
            work=store.work,
            clock=company.clock,
        )
        turns = Turns(
            House(
                work=store.work,
                clock=company.clock,
                facts=facts,
                directory=directory,
                workspace=workspace,
                knowledge=library,
                executor=executor,
                approvals=approvals,
                agent=AgentLoop(schemas(tools)),
                runbooks=library.bound,
                tools=schemas(tools),
                bot_id=connection.bot_id,
            )
        )
        jobs = Jobs(url, turns.take_turn, on_poison=turns.give_up)
        poster = Poster(StoredOutbox(store), connection.client)
        await jobs.start()
        sweeper = Sweeper(store.work, company.clock)
        loops = [
            asyncio.create_task(sweeper.run(), name="sweeper"),
            asyncio.create_task(poster.run(), name="poster"),
            asyncio.create_task(policies.watch(), name="policies"),
        ]
        try:
            await connection.start()
            yield Running(library, policies, connection)
        finally:
            await connection.stop()
            await jobs.stop()
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)
    finally:
        await store.close()
