"""The whole bot in one process: real Bolt, over sockets or requests of the playground, real PostgreSQL, the embedded company."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import structlog
from aiohttp import web_app

from bot import app
from bot.app import Running, Slack
from bot.approvals.wrongcodes import WrongCodes
from bot.company import neighbourhood
from bot.company.directory import CompanyDirectory, engine_on, opened_company
from bot.company.pages import CompanyPages
from bot.databases import Database
from bot.facts import Facts
from bot.playground import Server, serve
from bot.playground.workspace import BOT_USER, Channel, Json, Member
from bot.settings import Settings, load
from bot.slack.http import Door
from bot.store.trail import cases_json, freezes_json, trail_json
from bot.store.work import Store
from tests import kept
from tests.postgres import KEPT, for_the_bot
from tools.systems.embedded import Company
from tools.systems.embedded.look import company_json

T = TypeVar("T")
PATIENCE = 20.0


@dataclass
class Office:
    """People at work, and what can be seen of them. Persons go by handle."""

    settings: Settings
    data: Database
    company: Company
    engine: Any
    server: Server
    store: Store
    index: Path
    door: Door | None = None
    running: Running | None = None
    _stack: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    # ── the bot ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def open(self) -> None:
        slack = Slack("xoxb-playground", "xapp-playground", f"{self.server.url}/api/", self.door)
        self.running = await self._stack.enter_async_context(
            app.bot(self.settings, self.data, slack, self.company, self.index, pages=self.server.url)
        )

    async def close(self) -> None:
        await self._stack.aclose()

    # ── what people do ───────────────────────────────────────────────────────────────────────────────────────────

    def who(self, handle: str) -> Member:
        found = self.server.workspace.member(handle)
        assert found is not None, handle
        return found

    def place(self, handle: str, channel: str = "") -> Channel:
        found = self.server.workspace.channel(channel) if channel else self.server.workspace.direct(self.who(handle).slack_id)
        assert found is not None, channel
        return found

    def say(self, handle: str, text: str, *, channel: str = "", thread: str = "", files: tuple[str, ...] = ()) -> str:
        """The ts of what was said."""
        ts: str = self.server.workspace.say(self.who(handle), self.place(handle, channel), text, thread, files)["ts"]
        return ts

    def button(self, handle: str, action: str, channel: str = "", of: str = "") -> tuple[str, Json] | None:
        """(ts, element) of the newest button with this action id that stands where the person looks; of this approval alone."""
        for message in reversed(self.place(handle, channel).messages):
            for block in message.get("blocks", ()):
                for element in [*block.get("elements", ()), *([block["accessory"]] if "accessory" in block else [])]:
                    if not isinstance(element, dict) or not str(element.get("action_id", "")).startswith(action):
                        continue
                    if not of or f'"approval":"{of}"' in str(element.get("value")):
                        return message["ts"], element
        return None

    async def press(self, handle: str, action: str, channel: str = "", value: str | None = None, of: str = "") -> None:
        """Press the newest such button, once it is there."""
        ts, element = await self.until(lambda: self.button(handle, action, channel, of), f"a button {action} for {handle}")
        problem = await self.server.interactions.click(
            self.who(handle), self.place(handle, channel), ts, element["action_id"], value=value or element.get("value")
        )
        assert not problem, problem

    async def pick(self, handle: str, label: str, channel: str = "") -> None:
        """Pick this of the newest menu behind three dots, once it is offered there."""

        def offered() -> tuple[str, str] | None:
            found = self.button(handle, "more", channel)
            options = found[1]["options"] if found else ()
            return next(((found[0], one["value"]) for one in options if one["text"]["text"] == label), None) if found else None

        ts, value = await self.until(offered, f"{label!r} in a menu for {handle}")
        problem = await self.server.interactions.click(self.who(handle), self.place(handle, channel), ts, "more", value=value)
        assert not problem, problem

    async def command(self, handle: str, text: str, channel: str = "") -> None:
        problem = await self.server.interactions.command(self.who(handle), self.place(handle, channel), "/deskhand", text)
        assert not problem, problem

    async def form(self, handle: str) -> Json:
        """The form that this person has open, once it is there."""
        mine = self.who(handle).slack_id
        views = self.server.workspace.views
        found: Json = await self.until(
            lambda: next((v for v in views.values() if v["viewer"] == mine), None), f"a form for {handle}"
        )
        return found

    async def fill(self, handle: str, text: str) -> Mapping[str, str]:
        """Send the form that is open; what is wrong with it, by block."""
        view = await self.form(handle)
        block = next(one for one in view["blocks"] if one["type"] == "input")
        values = {block["block_id"]: {block["element"]["action_id"]: text}}
        return await self.server.interactions.submit(self.who(handle), view["id"], values)

    async def send_on(self, handle: str) -> None:
        """Send the form that is open as it is; a form without fields."""
        view = await self.form(handle)
        assert await self.server.interactions.submit(self.who(handle), view["id"], {}) == {}

    async def deny(self, handle: str, reason: str, channel: str = "") -> None:
        await self.press(handle, "deny", channel)
        errors = await self.fill(handle, reason)
        assert errors == {}, errors

    async def home(self, handle: str, text: str = "") -> Json:
        """Open Home, and wait until it is there (and says this)."""
        self.server.workspace.home_opened(self.who(handle), "home")
        return await self.home_says(handle, text)

    async def home_says(self, handle: str, text: str = "") -> Json:
        """Home as it stands, once it says this."""
        homes, me = self.server.workspace.homes, self.who(handle).slack_id
        await self.until(lambda: me in homes and text in words(homes[me]), lambda: f"{text!r} on Home:\n{words(homes.get(me, {}))}")
        found: Json = homes[me]
        return found

    async def press_home(self, handle: str, action: str, **more: Any) -> None:
        """Press a button of Home."""
        problem = await self.server.interactions.click_home(self.who(handle), action, **more)
        assert not problem, problem

    async def home_form(self, handle: str, name: str) -> Json:
        """Press a request's button on Home; the form that opens."""
        await self.press_home(handle, f"form:{name}")
        me = self.who(handle).slack_id
        view: Json = await self.until(
            lambda: next((one for one in self.server.workspace.views.values() if one["viewer"] == me), None), f"the form {name}"
        )
        return view

    async def send(self, handle: str, view: Json, values: Mapping[str, str], **more: Any) -> Mapping[str, str]:
        """Send a form with these values, and with what was there at first; errors by field."""
        filled = {}
        for block in view["blocks"]:
            field, element = block["block_id"].removeprefix("field:"), block["element"]
            initial = element.get("initial_option", {}).get("value") or element.get("initial_user") or element.get("initial_date")
            filled[block["block_id"]] = {element["action_id"]: values.get(field, initial or "")}
        errors = await self.server.interactions.submit(self.who(handle), view["id"], filled, **more)
        return {block.removeprefix("field:"): text for block, text in errors.items()}

    # ── what can be seen ─────────────────────────────────────────────────────────────────────────────────────────

    def heard(self, handle: str, channel: str = "", thread: str = "") -> str:
        """Everything that the bot said there and that this person sees, as text."""
        me = self.who(handle).slack_id
        return "\n".join(
            words(message)
            for message in self.place(handle, channel).messages
            if message["user"] == BOT_USER
            and message.get("ephemeral_to", me) == me
            and (not thread or message.get("thread_ts") == thread)
        )

    async def hears(self, handle: str, text: str, channel: str = "", thread: str = "") -> str:
        """Wait until the bot has said this; everything that it said."""
        await self.until(
            lambda: text.lower() in self.heard(handle, channel, thread).lower(),
            lambda: f"{text!r} to {handle}, who heard:\n{self.heard(handle, channel, thread)}",
        )
        return self.heard(handle, channel, thread)

    async def until(self, question: Callable[[], T], what: str | Callable[[], str], seconds: float = PATIENCE) -> Any:
        """The first answer that is true. Fails, and says what was waited for."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            answer: Any = question()
            if isinstance(answer, Awaitable):
                answer = await answer
            if answer:
                return answer
            await asyncio.sleep(0.02)
        raise AssertionError(f"waited in vain for {what if isinstance(what, str) else what()}")

    async def books(self) -> Mapping[str, list[Json]]:
        """The company's books, read anew."""
        return await company_json(self.engine)

    async def offered(self, handle: str) -> frozenset[str]:
        """The tools that the policy could ever permit this person."""
        assert self.running is not None
        facts = Facts(CompanyDirectory(self.company), self.running.connection.workspace)
        member = self.who(handle)
        principal = await facts.principal(member.slack_id, "")
        return await facts.offered(self.running.policies.current, principal, self.company.clock.now())

    async def status(self, handle: str) -> str:
        return next(str(one["status"]) for one in (await self.books())["accounts"] if one["person"] == handle)

    async def journal(self, tool: str) -> list[Json]:
        return [one for one in (await self.books())["journal"] if one["tool"] == tool]

    async def cases(self) -> list[Json]:
        return await cases_json(self.store)

    async def freezes(self) -> list[Json]:
        return await freezes_json(self.store)

    async def trail(self, case: str = "") -> Json:
        """The trail of a case, of the newest without a name."""
        found = await trail_json(self.store, case or (await self.cases())[0]["id"])
        assert found is not None
        return found

    async def case_is(self, **fields: str) -> Json:
        """Wait until the newest case has these fields; its trail."""

        async def question() -> bool:
            cases = await self.cases()
            return bool(cases) and all(cases[0][name] == value for name, value in fields.items())

        async def told() -> str:
            return str([{name: one[name] for name in ("id", "state", "outcome")} for one in await self.cases()])

        try:
            await self.until(question, f"a case with {fields}")
        except AssertionError as error:
            raise AssertionError(f"{error}; there are {await told()}") from None
        return await self.trail()


def words(message: Json) -> str:
    """What somebody reads of a message: its text, and every text of its blocks."""
    found: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                if key in ("text", "title") and isinstance(inner, str):
                    found.append(inner)
                elif key not in ("value", "block_id", "action_id"):
                    walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(message.get("blocks") or [])
    return "\n".join([message.get("text", ""), *found])


@contextlib.asynccontextmanager
async def opened_office(
    database: str, folder: Path, *, start: bool = True, bot_url: str = "", **settings: str
) -> AsyncIterator[Office]:
    """An office of one's own on this database, under the bot's role; with ``BOT_TRANSPORT="http"`` Slack posts to the bot.

    What the tests themselves look at and set up goes by the owner's. `bot_url` is needed for a server that is not the run's.
    """
    told = [structlog.processors.add_log_level, structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    structlog.configure(told, structlog.make_filtering_bound_logger(40))
    chosen = load({"BOT_DATA_DIR": str(folder), **settings})
    data = Database(bot_url or for_the_bot(database), "", embedded=True, owner=database)
    await data.prepare()
    async with (
        opened_company(data.url) as (company, _),
        engine_on(database) as engine,
        Store(database) as store,
        Store(data.url, pool=2) as heard,
    ):
        workspace = await neighbourhood.of(company, chosen)
        secret = "a signing secret" if chosen.bot_transport == "http" else ""
        door = Door(secret) if secret else None
        wrong_codes = WrongCodes(heard.work, CompanyDirectory(company), company.clock, chosen.oncall_channel)
        pages = CompanyPages(company, wrong_codes, phones=True)
        routes = [*pages.routes(), *(door.routes() if door else ())]
        server = await serve(workspace, ack_seconds=3.0, retries=(0.1, 0.2, 0.5), routes=routes, signing_secret=secret)
        shipped = "RUNBOOK_DIR" not in settings
        index = kept.vectors() if shipped and KEPT in os.environ else folder / "index"
        office = Office(chosen, data, company, engine, server, store, index, door)
        try:
            if start:
                await office.open()
            yield office
        finally:
            await office.close()
            await server.stop()
            web_app._cached_build_middleware.cache_clear()  # it would hold every office of the run in memory
