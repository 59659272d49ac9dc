"""Bots as processes of their own, each beside a playground and an OpenAI-compatible double, so that all are measured in the same way.

A bot is whatever connects by Socket Mode with the environment that it is given: Slack's tokens and `SLACK_API_URL`, and
`OPENAI_API_KEY`, `OPENAI_BASE_URL` and `OPENAI_MODEL` of the double.
"""

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg

from bot.company import neighbourhood
from bot.company.directory import opened_company
from bot.playground import Workspace, serve
from bot.settings import load
from bot.store.schema import migrate
from tests.bench.crowd import Asked, Crowd
from tests.good_model import GoodModel
from tests.openai_double import OpenAIDouble, Reply, opened_double
from tests.postgres import named
from tests.programs import ROOT, free_port
from tools.systems.embedded import scene

QUESTION = Asked("question", "how do guests get on the wifi?", "No password is needed")
LOCKED = Asked("locked account", "hi, I'm locked out of my account after the weekend", "I have looked again")
BY_RUNBOOK = replace(LOCKED, answer="Did that fix it?")
ANSWERS = {
    QUESTION.says: "Guests use the wireless network called guest. No password is needed.",
    LOCKED.says: "Your account is open again. That is done, and I have looked again.",
}
CONNECTS = 300.0
"""Seconds that a bot has to connect."""
HIDDEN = (
    "SLACK_",
    "OPENAI_",
    "BOT_",
    "DATABASE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
)


@dataclass
class Script:
    """The same answers for every bot, `delay` seconds before each. Without calls of its own, runbooks are followed as they are shown.

    `calls`: what a bot with other tools is to call for the locked account, one call for each answer, before the words.
    """

    calls: Sequence[tuple[str, Mapping[str, Any]]] | None = None
    delay: float = 0.0
    _good: GoodModel = field(default_factory=GoodModel)

    def __call__(self, body: dict[str, Any]) -> Reply:
        return replace(self._reply(body), delay=self.delay)

    def _reply(self, body: dict[str, Any]) -> Reply:
        messages = body["messages"]
        at, said = next((n, one["content"]) for n, one in reversed(list(enumerate(messages))) if one["role"] == "user")
        said = said if isinstance(said, str) else " ".join(part.get("text", "") for part in said)
        if QUESTION.says in said:
            return Reply(ANSWERS[QUESTION.says])
        if self.calls is None:
            return self._good(body)
        done = sum(1 for one in messages[at:] if one.get("tool_calls"))
        return Reply(calls=(self.calls[done],)) if done < len(self.calls) else Reply(ANSWERS[LOCKED.says])


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot that is connected, and who asks it."""

    name: str
    crowd: Crowd
    script: Script | None
    double: OpenAIDouble | None


@dataclass(frozen=True, slots=True)
class Command:
    """How a bot is started; without words somebody starts it by hand, with the environment that is printed."""

    name: str
    words: Sequence[str]
    folder: Path = ROOT
    calls: Sequence[tuple[str, Mapping[str, Any]]] | None = None
    thinks: bool = True


def ours(name: str, *, thinks: bool) -> Command:
    return Command(name, (sys.executable, "-m", "bot", "run"), thinks=thinks)


ECHO = Command("echo", (sys.executable, "-m", "tests.bench.echo"), thinks=False)


@contextlib.asynccontextmanager
async def connected(command: Command, server: str) -> AsyncIterator[Bot]:
    """The bot of this command, connected to a workspace with the embedded company's people, until the block ends.

    `server` is the URL of a PostgreSQL where it gets a database of its own.
    """
    database = await _database(server, command.name)
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="deskhand-bench-")))
        company, engine = await stack.enter_async_context(opened_company(database))
        people = await neighbourhood.of(company, load({"BOT_DATA_DIR": str(folder)}))
        for one in people.members.values():
            if one.kind == "member":
                await scene.set_account(engine, one.handle, status="LOCKED_OUT")
        slack = await serve(Workspace(people.members.values()))
        stack.push_async_callback(slack.stop)
        environment = {
            "SLACK_BOT_TOKEN": "xoxb-playground",
            "SLACK_APP_TOKEN": "xapp-playground",
            "SLACK_API_URL": f"{slack.url}/api/",
        }
        script = double = None
        if command.thinks:
            script = Script(command.calls)
            double = await stack.enter_async_context(opened_double(script))
            environment |= {"OPENAI_API_KEY": str(double.key), "OPENAI_BASE_URL": double.url, "OPENAI_MODEL": double.model}
        own = {"DATABASE_URL": database, "BOT_DATA_DIR": str(folder), "BOT_PORT": str(free_port()), "BOT_LOG_LEVEL": "WARNING"}
        if command.words:
            await stack.enter_async_context(_started(command, environment | own))
        else:
            sys.stdout.write("Start the bot with\n" + "".join(f"  export {key}={value}\n" for key, value in environment.items()))
            sys.stdout.flush()
        await asyncio.wait_for(slack.delivery.connected.wait(), CONNECTS)
        yield Bot(command.name, Crowd(slack, double), script, double)


@contextlib.asynccontextmanager
async def _started(command: Command, environment: Mapping[str, str]) -> AsyncIterator[None]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(HIDDEN)}
    with tempfile.TemporaryFile() as said:
        process = await asyncio.create_subprocess_exec(
            *command.words, cwd=command.folder, env=kept | dict(environment), stdout=said, stderr=said
        )
        try:
            yield
        except BaseException:
            said.seek(0)
            sys.stderr.write(said.read().decode(errors="replace")[-3000:])
            raise
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 20)
            except TimeoutError:
                process.kill()
                await process.wait()


async def _database(server: str, name: str) -> str:
    """A fresh, migrated database."""
    identity = "bench_" + "".join(letter for letter in name if letter.isalnum())
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {identity}")
    url = named(server, identity)
    await migrate(url)
    return url
