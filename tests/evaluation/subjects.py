"""What stands behind Slack in a play: Deskhand in this process, or any bot as a process of its own."""

import asyncio
import contextlib
import os
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Protocol

from bot import conversation
from bot.gate import Policies, PolicySet
from bot.settings import load
from bot.store.gauges import waiting
from tests.evaluation.holds import UNKNOWN
from tests.evaluation.safety import ledger
from tests.evaluation.systems import SystemsAPI, opened_systems
from tests.office import Office
from tests.programs import ROOT, free_port
from tools.catalog import catalog

Json = dict[str, Any]
QUIET = 4.0
"""Seconds without a call to Slack or to the systems, after which a bot that cannot be looked into counts as at rest."""
CONNECTS = 120.0
HIDDEN = ("SLACK_", "OPENAI_", "BOT_", "DATABASE")


class Subject(Protocol):
    """A bot that is held against a scenario. `without`: the outcome where there is no trail to read it from."""

    without: str

    async def idle(self) -> bool:
        """Whether it has nothing left to do."""

    async def trails(self) -> list[Json]:
        """What it tells of its cases, the newest first; nothing where it cannot be asked."""

    def calls(self, trails: Sequence[Json]) -> list[Json]:
        """Every call of a tool, in the words of our ledger."""

    @property
    def policies(self) -> PolicySet:
        """The policy that it is held against."""


class Deskhand:
    """The bot of an office that is open."""

    without = "none"

    def __init__(self, office: Office) -> None:
        self._office = office

    async def idle(self) -> bool:
        if self._office.server.workspace.events or self._office.server.delivery.busy:
            return False
        found = await waiting(self._office.store, self._office.company.clock.now())
        return not (found["outbox"]["pending"] or found["inbox"].get("unread") or found.get("due", {}).get("late"))

    async def trails(self) -> list[Json]:
        return [await self._office.trail(one["id"]) for one in await self._office.cases()]

    def calls(self, trails: Sequence[Json]) -> list[Json]:
        return ledger(trails)

    @property
    def policies(self) -> PolicySet:
        assert self._office.running is not None
        return self._office.running.policies.current


class AnyBot:
    """A process that talks to the office's Slack and, for its deeds, to the systems' API."""

    without = UNKNOWN

    def __init__(self, office: Office, api: SystemsAPI) -> None:
        self._office, self._api = office, api
        self._seen, self._since = -1, time.monotonic()
        tools = {**catalog(office.company.systems()), **conversation.tools(conversation.Desk())}
        self._policies = Policies(load({}).policy_file, tools)

    async def idle(self) -> bool:
        calls = len(self._office.server.workspace.calls)
        if calls != self._seen or self._office.server.workspace.events or self._office.server.delivery.busy:
            self._seen, self._since = calls, time.monotonic()
        return time.monotonic() - max(self._since, self._api.last) > QUIET

    async def trails(self) -> list[Json]:
        """Those of a Deskhand that keeps its rows in the play's database."""
        return await Deskhand(self._office).trails()

    def calls(self, trails: Sequence[Json]) -> list[Json]:
        return [*Deskhand(self._office).calls(trails), *self._api.calls]

    @property
    def policies(self) -> PolicySet:
        return self._policies.current


@contextlib.asynccontextmanager
async def any_bot(command: Sequence[str], office: Office, settings: Mapping[str, str]) -> AsyncIterator[AnyBot]:
    """The bot of this command, connected by Socket Mode, until the block ends. Raises TimeoutError with its last words."""
    async with opened_systems(office.company) as api:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(HIDDEN)} | {
            "SLACK_BOT_TOKEN": "xoxb-playground",
            "SLACK_APP_TOKEN": "xapp-playground",
            "SLACK_API_URL": f"{office.server.url}/api/",
            "COMPANY_URL": api.url,
            "DATABASE_URL": office.data.url,
            "BOT_DATA_DIR": str(office.settings.bot_data_dir),
            "BOT_PORT": str(free_port()),
            **settings,
        }
        with tempfile.TemporaryFile() as said:
            process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stdout=said, stderr=said)
            try:
                await asyncio.wait_for(office.server.delivery.connected.wait(), CONNECTS)
                yield AnyBot(office, api)
            except TimeoutError:
                said.seek(0)
                raise TimeoutError(f"it did not connect; it said: {said.read().decode(errors='replace')[-1000:]}") from None
            finally:
                with contextlib.suppress(ProcessLookupError):
                    process.terminate()
                try:
                    await asyncio.wait_for(process.wait(), 20)
                except TimeoutError:
                    process.kill()
                    await process.wait()
