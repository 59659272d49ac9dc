"""The mechanism as it runs, without its outer layers: no Slack, no model, no retrieval, no job queue.

Real are PostgreSQL, the policy and its gate, the ledger, approvals and confirmations, execution with its checks, where values come
from, freezes, and the embedded company with all its tools. A turn is taken here as `bot.turns.turn` takes it, as far as calls are
concerned: what is unread is read, what was approved is performed, and whatever is asked for goes through the one door.
"""

import asyncio
import contextlib
import dataclasses
import itertools
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from langchain_core.messages import AIMessage
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot import gate
from bot.agent.door import _renamed
from bot.agent.faults import ModelAway
from bot.agent.guards import checked
from bot.approvals.consulting import Consulting
from bot.calls.passage import Pass
from bot.company.directory import CompanyDirectory
from bot.desk import FrontDesk
from bot.domain import Call, Case, Event, EventKind, Membership, PersonKind, ToolCall
from bot.execution.executor import Executor
from bot.execution.freezing import Freezing
from bot.execution.shortening import Shortening
from bot.facts import Facts
from bot.ports import Found, Profile
from bot.store.work import Store
from bot.turns import conversation
from tests.postgres import for_the_bot
from tools.catalog import catalog
from tools.contract import Effect, Tool
from tools.systems.embedded import Company

TEAM = "T0HOME"
ELSEWHERE = "T0ELSEWHERE"
TICK = timedelta(milliseconds=100)
POOL = 40
"""Connections that are kept on each side, so that none is opened anew for a burst."""
ROOT = Path(__file__).parents[2]
SHIPPED = (ROOT / "policies.yaml").read_text()
STRICTER = (Path(__file__).parent / "stricter.yaml").read_text()
"""Policies that ask for more than the shipped ones: reasons, clicks, two questions, several persons, typed names, limits."""
POLICIES = (SHIPPED, SHIPPED.replace("\npolicies:\n", f"\npolicies:\n{STRICTER}\n", 1))


@dataclass
class Ticking:
    """Implements `bot.ports.Clock`: goes on a little whenever somebody looks, and otherwise when it is told to."""

    at: datetime

    def now(self) -> datetime:
        self.at += TICK
        return self.at

    async def refresh(self) -> None:
        """It is turned by hand."""


class Members:
    """Implements `bot.ports.Workspace`: whoever the company knows is a member of the home team, and everybody else a stranger."""

    def __init__(self, slack_ids: Sequence[str]) -> None:
        self._there = frozenset(slack_ids)

    async def profile(self, slack_id: str, team: str) -> Profile:
        at_home = team in ("", TEAM) and slack_id in self._there
        return Profile(slack_id, PersonKind.MEMBER if at_home else PersonKind.STRANGER, team)

    async def has(self, slack_id: str) -> Membership:
        return Membership.YES if slack_id in self._there else Membership.NO

    async def in_usergroup(self, slack_id: str, group: str, *, fresh: bool = False) -> Membership:
        return Membership.UNKNOWN

    async def usergroup(self, group: str) -> Sequence[str] | None:
        return None

    async def place(self, channel: str) -> str:
        return channel.partition("-")[0].lower()

    async def working(self, channel: str, thread: str, text: str) -> None:
        """Nobody looks."""


class NoRunbooks:
    """Implements `bot.ports.Knowledge`."""

    floor = 0.5

    async def search(self, words: str, most: int = 3) -> list[Found]:
        return []


@dataclass
class Mechanism:
    """Implements nothing; does what people and models make the bot do."""

    store: Store
    engine: AsyncEngine
    clock: Ticking
    tools: dict[str, Tool[Any]]
    policies: Any
    desk: FrontDesk
    executor: Executor
    facts: Facts
    freezing: Freezing
    versions: Sequence[Any]
    _ts: Any = field(default_factory=lambda: itertools.count(1))

    async def opens(self, slack_id: str, place: str) -> Case:
        """A case of this person in a place of this kind."""
        who = await self.facts.principal(slack_id, TEAM)
        async with self.store.work() as work:
            name = await work.new_id("C")
            channel, now = f"{place.upper()}-{name}", self.clock.now()
            case = Case(name, f"{TEAM}:{channel}", TEAM, channel, "1.1", who.id, slack_id, now, now)
            case = dataclasses.replace(case, direct=place == "direct", place=place)
            await work.save_case(case)
        return case

    async def says(self, case: Case, slack_id: str, text: str) -> None:
        """Somebody writes in the conversation of a case; a turn reads it."""
        ts = f"{next(self._ts)}.0"
        key = f"{TEAM}:{case.channel}:{ts}"
        async with self.store.work() as work:
            await work.accept(Event(key, case.conversation, EventKind.MESSAGE, ts, TEAM, case.channel, "1.1", slack_id, text))

    async def answered(self, case: str, calls: Sequence[dict[str, Any]], answer: int) -> list[ToolCall]:
        """A model's answer as the door takes it: only what can be read, under ids of ours."""
        try:
            message, _ = checked(AIMessage(content="", tool_calls=[{**one, "type": "tool_call"} for one in calls]))
        except ModelAway:
            return []
        return [ToolCall(str(one["id"]), one["name"], one["args"]) for one in _renamed(message, case, answer, 50).tool_calls]

    async def turn(self, name: str, asks: Sequence[ToolCall], meddling: Sequence[str] = ()) -> list[Call]:
        """Read, perform what was approved (and whatever `meddling` names, twice at once), and hand these calls through the door."""
        async with self.store.work() as work:
            found = await work.case(name)
            assert found is not None
            case, events = found, await work.unread(found.conversation)
            for event in events:
                if event.kind is EventKind.MESSAGE:
                    mine = event.sender == case.slack_id
                    await work.say(name, "requester" if mine else "other", event.text, {"event": event.key})
                    if mine:
                        case = dataclasses.replace(case, data={**case.data, "spoke": self.clock.now().isoformat()})
            await work.save_case(case)
        principal = await self.facts.principal(case.slack_id, case.team)
        turn = Pass(case, principal, seen=tuple(event.key for event in events))
        approved = [str(event.data["approval"]) for event in events if event.kind is EventKind.APPROVAL]
        await asyncio.gather(*(self._perform(one, turn) for one in (*approved, *meddling, *meddling)))
        changes = [ask.id for ask in asks if ask.tool in self.tools and self.tools[ask.tool].effect is Effect.CHANGE]
        turn.in_order([*dict.fromkeys(changes)])
        done = await asyncio.gather(*(self.executor.execute(ask, turn) for ask in asks))
        async with self.store.work() as work:
            await work.handled([event.key for event in events])
        return done

    async def _perform(self, name: str, turn: Pass) -> None:
        async with self.store.work() as work:
            approval = await work.approval(name)
        if approval is not None:
            with contextlib.suppress(RuntimeError):  # "two turns at once": it gives up loudly, as it should
                await self.executor.perform_approved(approval, turn)


@contextlib.asynccontextmanager
async def at_work(database: str) -> AsyncIterator[Mechanism]:
    """On this database, which has the embedded company; under the role that the bot has."""
    url = for_the_bot(database)
    driver = url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_async_engine(driver, pool_size=POOL, max_overflow=POOL, pool_use_lifo=True)
    async with Store(url, pool=POOL) as store, contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(engine.dispose)
        clock: Any = Ticking(datetime.now(UTC).replace(microsecond=0))
        company = Company(engine, clock)
        directory = CompanyDirectory(company)
        spoken = conversation.Desk()
        tools = {**catalog(company.systems()), **conversation.tools(spoken)}
        versions = [gate.parse(text, tools) for text in POLICIES]
        policies: Any = SimpleNamespace(current=versions[0])
        facts = Facts(directory, Members([one.slack_id for one in await company.people()]))
        people = Consulting.of(
            tools=tools, work=store.work, facts=facts, directory=directory, policies=policies, clock=clock, channel="oncall"
        )
        nothing: Any = None  # nobody asks for articles here
        spoken.open(
            work=store.work,
            knowledge=NoRunbooks(),
            runbooks={},
            approvals=people.approvals,
            facts=facts,
            policies=policies,
            articles=nothing,
        )
        executor = Executor(
            tools=tools,
            policies=policies,
            facts=facts,
            approvals=people.approvals,
            asking=people.asking,
            confirmations=people.confirmations,
            afterwards=people.afterwards,
            work=store.work,
            clock=clock,
            runbooks={},
        )
        desk = FrontDesk(store.work)
        desk.consult(people, Shortening(tools, people, executor.decisions, store.work, clock))
        freezing = Freezing(store.work, clock, {tool.name: tool.system for tool in tools.values()})
        yield Mechanism(store, engine, clock, tools, policies, desk, executor, facts, freezing, versions)
