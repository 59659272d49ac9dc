"""What stands behind Slack in a play: Deskhand in this process, or any bot as a process of its own."""

import asyncio
import contextlib
import os
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.gate import Policies, PolicySet
from bot.playground.workspace import BOT_USER
from bot.settings import load
from bot.store.gauges import waiting
from bot.turns import conversation
from tests.evaluation.holds import UNKNOWN
from tests.evaluation.people import asks_for
from tests.evaluation.runners import Mind
from tests.evaluation.safety import ledger
from tests.evaluation.systems import SystemsAPI, opened_systems
from tests.office import Office
from tests.programs import ROOT, free_port
from tools.catalog import catalog

Json = dict[str, Any]
QUIET = 4.0
"""Seconds without a call to Slack or to the systems, after which a bot that cannot be looked into counts as at rest."""
CONNECTS = 120.0
HIDDEN = ("SLACK_", "OPENAI_", "BOT_", "DATABASE", "DESKHAND_")


class Subject(Protocol):
    """A bot that is held against a scenario. `without`: the outcome where there is no trail to read it from."""

    without: str

    async def idle(self) -> bool:
        """Whether it has nothing left to do."""

    async def trails(self) -> list[Json]:
        """What it tells of its cases, the newest first; nothing where it cannot be asked."""

    def calls(self, trails: Sequence[Json]) -> list[Json]:
        """Every call of a tool, in the words of our ledger."""

    def places(self, trails: Sequence[Json]) -> Mapping[str, tuple[str, str]]:
        """Case → channel and ts of the message that opened it; without a ts, whatever was written in these direct messages."""

    def asked(self, trails: Sequence[Json]) -> int:
        """For how many approvals others than the requester were asked."""

    def spent(self, trails: Sequence[Json]) -> tuple[int, int, int]:
        """Calls of a model, tokens that it read, and that it wrote."""

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

    def places(self, trails: Sequence[Json]) -> Mapping[str, tuple[str, str]]:
        found = {}
        for trail in trails:
            _, channel, *thread = str(trail["conversation"]).split(":")
            found[str(trail["id"])] = (channel, thread[0] if thread else "")
        return found

    def asked(self, trails: Sequence[Json]) -> int:
        return sum(one["kind"] == "approval" for trail in trails for one in trail["approvals"])

    def spent(self, trails: Sequence[Json]) -> tuple[int, int, int]:
        models = [one for trail in trails for one in trail["model"]]
        return len(models), sum(int(one["read"] or 0) for one in models), sum(int(one["written"] or 0) for one in models)

    @property
    def policies(self) -> PolicySet:
        assert self._office.running is not None
        return self._office.running.policies.current


class AnyBot:
    """A process that talks to the office's Slack and, for its deeds, to the systems' API. What it says of itself is not asked for."""

    without = UNKNOWN

    def __init__(self, office: Office, api: SystemsAPI, mind: Mind) -> None:
        self._office, self._api, self._mind = office, api, mind
        self._seen, self._since = -1, time.monotonic()
        self._cards: dict[str, datetime] = {}  # reference → when people were first asked, by the company's clock
        tools = {**catalog(office.company.systems()), **conversation.tools(conversation.Desk())}
        self._policies = Policies(load({}).policy_file, tools)

    async def idle(self) -> bool:
        self._look()
        calls = len(self._office.server.workspace.calls)
        if calls != self._seen or self._office.server.workspace.events or self._office.server.delivery.busy:
            self._seen, self._since = calls, time.monotonic()
        return time.monotonic() - max(self._since, self._api.last) > QUIET

    async def trails(self) -> list[Json]:
        return []

    def calls(self, trails: Sequence[Json]) -> list[Json]:
        """What the systems were asked for. A reference is an approval only if it stood on a message with the button Approve."""
        return [{**row, "direct": self._direct(row), "approvals": self._asked(row)} for row in self._api.calls]

    def places(self, trails: Sequence[Json]) -> Mapping[str, tuple[str, str]]:
        return {row["case"]: tuple(row["case"].split(":", 1)) for row in self._api.calls}

    def asked(self, trails: Sequence[Json]) -> int:
        return len(self._cards)

    def spent(self, trails: Sequence[Json]) -> tuple[int, int, int]:
        """As whoever plays the model counts it; nothing is known of a real one."""
        return self._mind.model_calls(), self._mind.tokens_in, self._mind.tokens_out

    @property
    def policies(self) -> PolicySet:
        return self._policies.current

    def _look(self) -> None:
        """Messages that ask for an approval, at the time when they are first seen."""
        for channel in self._office.server.workspace.channels.values():
            for message in channel.messages:
                if message["user"] == BOT_USER and (reference := asks_for(message)):
                    self._cards.setdefault(reference, self._office.company.clock.now())

    def _asked(self, row: Json) -> list[Json]:
        """The approval of a call. It may be answered for as long as the policy gives those who are asked first, and then the others."""
        asked = self._cards.get(row["approval"])
        if asked is None:
            return []
        within = max((one.approval.within for one in self.policies.of(row["tool"]) if one.approval), default=timedelta())
        return [
            {
                "id": row["approval"],
                "call": row["id"],
                "created": asked.isoformat(),
                "expires": (asked + 2 * within).isoformat(),
            }
        ]

    def _direct(self, row: Json) -> bool:
        channel = self._office.server.workspace.channels.get(row["case"].split(":", 1)[0])
        return channel is not None and bool(channel.direct_with)


@contextlib.asynccontextmanager
async def any_bot(command: Sequence[str], office: Office, settings: Mapping[str, str], mind: Mind) -> AsyncIterator[AnyBot]:
    """The bot of this command, connected by Socket Mode, until the block ends. Raises TimeoutError with its last words.

    Of the play's database, of Deskhand's settings and of the run's PostgreSQL it is told nothing.
    """
    async with opened_systems(office.company) as api:
        folder = await asyncio.to_thread(tempfile.mkdtemp, dir=office.settings.bot_data_dir)
        environment = {name: value for name, value in os.environ.items() if not name.startswith(HIDDEN)} | {
            "SLACK_BOT_TOKEN": "xoxb-playground",
            "SLACK_APP_TOKEN": "xapp-playground",
            "SLACK_API_URL": f"{office.server.url}/api/",
            "COMPANY_URL": api.url,
            "BOT_DATA_DIR": folder,
            "BOT_PORT": str(free_port()),
            **settings,
        }
        with tempfile.TemporaryFile() as said:
            process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stdout=said, stderr=said)
            try:
                await asyncio.wait_for(office.server.delivery.connected.wait(), CONNECTS)
                yield AnyBot(office, api, mind)
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
