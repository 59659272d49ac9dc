"""The one place where the parts are put together. No logic: what a thing does stands where it is made."""

import asyncio
import contextlib
import platform
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot import databases, web
from bot.agent.loop import AgentLoop
from bot.agent.models import Models, ModelSettings
from bot.approvals import quiet
from bot.approvals.consulting import Consulting
from bot.approvals.steppingup import SteppingUp
from bot.approvals.wrongcodes import WrongCodes
from bot.background.inforce import InForce
from bot.background.sealer import Sealer
from bot.background.sweeper import Sweeper
from bot.cases.house import House
from bot.company.directory import CompanyDirectory, opened_company
from bot.company.pages import CONFIRM, CompanyPages
from bot.databases import Database
from bot.desk import FrontDesk
from bot.execution.executor import Executor
from bot.execution.freezing import Freezing, SlackFreezing
from bot.execution.inquiry import Inquiry
from bot.execution.shortening import Shortening
from bot.facts import Facts
from bot.gate import Policies
from bot.health import Health, Watched
from bot.library import embedding
from bot.library.articles import ArticleShelf
from bot.library.embedding import Model
from bot.library.runbooks import Library
from bot.library.syncing import Syncing
from bot.observed import Observed, Turning
from bot.runbooks.needs import things_of
from bot.settings import Settings
from bot.slack.connect import SlackConnection
from bot.slack.http import Door
from bot.slack.replies import Poster
from bot.slack.streams import SlackStreams
from bot.spending import Limits
from bot.store.articles import StoredArticles
from bot.store.gauges import waiting
from bot.store.home import StoredHome
from bot.store.jobs import Jobs
from bot.store.outbox import StoredOutbox
from bot.store.seals import Seals
from bot.store.versions import Versions
from bot.store.work import Store
from bot.tasks import asked_to_end, ended
from bot.toolbox import shown
from bot.turns import conversation
from bot.turns.apphome import AppHome
from bot.turns.forms import Forms
from bot.turns.turn import Turns
from knowledge.parts import THINGS
from knowledge.shelf import Size
from tools.catalog import catalog
from tools.systems.embedded import Company

log = structlog.get_logger(__name__)

LOOPBACK = "127.0.0.1"
"""Where the playground is, in which everybody may be everybody."""
PAGES = 2
"""Connections to the database for what the company's pages tell."""


@dataclass(frozen=True, slots=True)
class Slack:
    """The Slack that the bot talks to, and how it reaches the bot."""

    bot_token: str
    app_token: str
    api_url: str
    door: Door | None = None  # where Slack posts to us, instead of us dialling Slack


@dataclass(frozen=True, slots=True)
class Running:
    """A bot at work."""

    library: Library
    policies: Policies
    connection: SlackConnection
    channel_problem: str
    health: Health


def model_settings(settings: Settings) -> ModelSettings:
    """Where the model is and how it is asked."""
    return ModelSettings(
        model=settings.openai_model,
        api_key=settings.openai_api_key,
        base_url=settings.openai_base_url,
        responses_api=settings.openai_responses_api,
        stream=settings.openai_stream,
        temperature=settings.openai_temperature,
        timeout=settings.openai_timeout,
        price_input=settings.openai_price_input,
        price_output=settings.openai_price_output,
    )


def _articles(
    settings: Settings, store: Store, index: Path, facts: Facts, policies: Policies, company: Company, model: Model
) -> tuple[ArticleShelf, Syncing]:
    """What answers questions, and what keeps it as the sources are."""
    stored, size = StoredArticles(store), Size(settings.knowledge_exact, settings.knowledge_probes)
    shelf = ArticleShelf(stored, model, index / "articles", size, facts=facts, policies=policies, clock=company.clock)
    kept = settings.bot_data_dir / "sources"
    return shelf, Syncing(stored, settings.knowledge_sources, kept, settings.knowledge_sync_minutes, shelf)


@contextlib.asynccontextmanager
async def bot(
    settings: Settings,
    data: Database,
    slack: Slack,
    company: Company,
    index: Path,
    health: Health | None = None,
    pages: str = "",
) -> AsyncIterator[Running]:
    """The whole bot at work on this database and this Slack, until the block ends.

    `pages`: the URL of the server that has the company's, without a slash at its end; empty where none has.
    """
    desk_of_tools = conversation.Desk()
    tools = {**catalog(company.systems()), **conversation.tools(desk_of_tools)}
    policies, directory = Policies(settings.policy_file, tools), CompanyDirectory(company)
    things, people = {source: await things_of(source, directory) for source in THINGS}, await directory.people()
    store, health, vectors = Store(data.url), health or Health(), await asyncio.to_thread(embedding.model, settings)
    library = await Library.read(settings.runbook_dir, index, shown(tools), things, people, vectors, settings.runbook_url)
    outbox = StoredOutbox(store)
    work = Observed(store.work, health.meter, frozenset(tools)).work
    desk = FrontDesk(work, has_model=settings.has_model)
    connection = SlackConnection(
        bot_token=slack.bot_token,
        app_token=slack.app_token,
        api_url=slack.api_url,
        desk=desk,
        connections=settings.slack_connections,
        door=slack.door,
    )
    await connection.prepare()
    facts = Facts(directory, connection.workspace)
    articles, syncing = _articles(settings, store, index, facts, policies, company, vectors)

    consulting = Consulting.of(
        tools=tools,
        work=work,
        facts=facts,
        directory=directory,
        policies=policies,
        clock=company.clock,
        channel=settings.oncall_channel,
        night=quiet.night(settings.quiet_hours),
        stepping_up=SteppingUp(company, pages + CONFIRM) if pages else None,
    )
    desk.freezes = SlackFreezing(
        Freezing(work, company.clock, {tool.name: tool.system for tool in tools.values()}), facts, policies, company.clock
    )
    desk_of_tools.open(
        work=work,
        knowledge=library,
        runbooks=library.bound,
        approvals=consulting.approvals,
        facts=facts,
        policies=policies,
        articles=articles,
    )
    models = Models(model_settings(settings)) if settings.has_model else None
    executor = Executor(
        tools=tools,
        policies=policies,
        facts=facts,
        approvals=consulting.approvals,
        asking=consulting.asking,
        confirmations=consulting.confirmations,
        afterwards=consulting.afterwards,
        work=work,
        clock=company.clock,
        runbooks=library.bound,
    )
    desk.consult(consulting, Shortening(tools, consulting, executor.decisions, work, company.clock))
    desk.inquiry = Inquiry(tools, policies, facts, directory, consulting.approvers, executor.decisions, work, company.clock)
    streams = SlackStreams(connection.client, outbox) if models is not None and settings.openai_stream else None
    house = House(
        work=work,
        clock=company.clock,
        facts=facts,
        directory=directory,
        workspace=connection.workspace,
        knowledge=library,
        articles=articles,
        executor=executor,
        approvals=consulting.approvals,
        asking=consulting.asking,
        asides=consulting.asides,
        by_hand=consulting.by_hand,
        agent=AgentLoop(shown(tools), models, steps=settings.model_steps_per_turn, context=settings.model_context_tokens),
        runbooks=library.bound,
        tools=shown(tools),
        policies=policies,
        limits=Limits(settings.model_calls_per_case, settings.model_tokens_per_case, settings.model_cost_per_case),
        unseen={tool.name: getattr(tool, "unseen", ()) for tool in tools.values()},
        streams=streams,
        oncall_channel=settings.oncall_channel,
        oncall_schedule=settings.oncall_schedule,
        bot_id=connection.bot_id,
        has_model=settings.has_model,
    )
    desk.forms = Forms(house)
    desk.homes = AppHome(house, forms=desk.forms, rows=StoredHome(store), policies=policies, tools=tools)
    turns = Turns(house)
    jobs = Jobs(data.url, Turning(turns.take_turn, health.meter).take_turn, on_poison=turns.give_up)
    store.defer = jobs.defer
    loops: list[asyncio.Task[None]] = []
    try:
        in_force = await InForce(policies, Versions(store), platform.node()).told()
        await jobs.start(alone=data.embedded)
        loops = [
            asyncio.create_task(Sweeper(work, company.clock).run(), name="sweeper"),
            asyncio.create_task(
                Sealer(Seals(store), work, file=settings.audit_head_file, channel=settings.audit_channel).run(), name="sealer"
            ),
            asyncio.create_task(Poster(outbox, connection.client, url=connection.me.url).run(), name="poster"),
            asyncio.create_task(outbox.listen(), name="outbox"),
            asyncio.create_task(policies.watch(), name="policies"),
            asyncio.create_task(syncing.run(), name="articles"),
            asyncio.create_task(in_force.run(), name="in force"),
            *([asyncio.create_task(streams.run(), name="streams")] if streams is not None else []),
        ]
        if models is not None:
            await models.prepare()
        await connection.start()
        health.watch(
            Watched(
                counts=lambda: waiting(store, company.clock.now()),
                slack=lambda: "" if connection.ready.is_set() else "the connection to Slack does not stand",
                worker=lambda: "" if jobs.alive else "no turns are taken",
                policy=lambda: "" if policies.current.policies else "no policy is in force",
                policy_file=lambda: policies.problem,
            )
        )
        yield Running(library, policies, connection, await connection.problem_with(settings.oncall_channel), health)
    finally:
        health.watch(None)
        if streams is not None:
            await streams.stop()
        await connection.stop()
        await jobs.stop()
        await ended(loops)
        if models is not None:
            await models.aclose()
        await store.close()


async def serve(settings: Settings, announce: Callable[[Running, str, str], None]) -> None:
    """Start everything, say so (what runs, where its rows lie, the page's address), and end it on Ctrl-C or SIGTERM."""
    async with contextlib.AsyncExitStack() as stack:
        stop = stack.enter_context(asked_to_end())
        host, port = settings.bot_host if settings.real_slack else LOOPBACK, settings.bot_port
        data = await asyncio.to_thread(stack.enter_context, databases.own(settings, lambda: web.free(host, port)))
        await data.prepare()
        company, _ = await stack.enter_async_context(opened_company(data.url))
        page, health = None, Health()
        secret = (settings.slack_signing_secret or secrets.token_hex(16)) if settings.bot_transport == "http" else ""
        door = Door(secret) if secret else None
        heard = await stack.enter_async_context(Store(data.url, pool=PAGES))
        wrong_codes = WrongCodes(heard.work, CompanyDirectory(company), company.clock, settings.oncall_channel)
        pages = CompanyPages(company, wrong_codes, phones=not settings.real_slack)
        routes = [*health.routes(), *pages.routes(), *(door.routes() if door else ())]
        if settings.real_slack:
            slack = Slack(settings.slack_bot_token, settings.slack_app_token, settings.slack_api_url, door)
            server = await web.serve(routes, host=host, port=port)
            stack.push_async_callback(server.cleanup)
        else:
            from bot.company import neighbourhood
            from bot.playground import serve as playground

            people = await neighbourhood.of(company, settings)
            page = await playground(people, host=host, port=port, rate_limited=True, routes=routes, signing_secret=secret)
            stack.push_async_callback(page.stop)
            slack = Slack("xoxb-playground", "xapp-playground", f"{page.url}/api/", door)
        url = page.url if page else settings.bot_public_url or f"http://{host}:{port}"
        index = settings.bot_data_dir / "index"
        running = await stack.enter_async_context(bot(settings, data, slack, company, index, health, url))
        announce(running, data.where, page.url if page else "")
        await stop.wait()
        log.info("ending")
