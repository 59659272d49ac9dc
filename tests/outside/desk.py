"""The bot from the inbox on, without a Slack: real turns, door, gate, executor, approvals and ledger on a real database.

What there is not: Slack's protocol (posts stay in the outbox), the queue (a turn is taken when somebody has written or answered),
and runbooks (nothing is found, so that the script alone plans).
"""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot import toolbox
from bot.agent.loop import AgentLoop
from bot.approvals.answering import Answering
from bot.approvals.confirmation import Confirmations
from bot.approvals.consulting import Consulting
from bot.cases.house import House
from bot.company.directory import CompanyDirectory, opened_company
from bot.domain import Membership, PersonKind, Principal
from bot.execution.executor import Executor
from bot.facts import Facts
from bot.gate import Policies
from bot.ports import Found, Profile
from bot.quoted import Quote
from bot.settings import load
from bot.store.schema import migrate
from bot.store.work import Store
from bot.turns.turn import Turns
from tests import postgres
from tests.outside.script import Script, ScriptedModels
from tools.contract import Person, Tool
from tools.systems.embedded import Company

REQUESTER, REVIEWER = "ana", "omar"
POLICIES = Path(__file__).parent / "policies"


class Members:
    """Implements `bot.ports.Workspace`: everybody is a full member, and there are no user groups."""

    async def profile(self, slack_id: str, team: str) -> Profile:
        return Profile(slack_id, PersonKind.MEMBER, team or "T")

    async def has(self, slack_id: str) -> Membership:
        return Membership.YES

    async def in_usergroup(self, slack_id: str, group: str, *, fresh: bool = False) -> Membership:
        return Membership.UNKNOWN

    async def usergroup(self, group: str) -> Sequence[str] | None:
        return None

    async def place(self, channel: str) -> str:
        return "direct"

    async def working(self, channel: str, thread: str, text: str) -> None:
        """Nobody looks."""


class NoRunbooks:
    """Implements `bot.ports.Knowledge`: it finds nothing."""

    floor = 1.0

    async def search(self, words: str, most: int = 3) -> list[Found]:
        return []


class NoArticles:
    """Implements `bot.quoted.Articles`: it finds nothing."""

    floor = 1.0

    async def search(self, words: str, principal: Principal, *, direct: bool, most: int = 3, newest: str = "") -> list[Quote]:
        return []


@dataclass(frozen=True, slots=True)
class Desk:
    """Turns on one world, and what a person's answer goes to."""

    turns: Turns
    answering: Answering
    confirmations: Confirmations
    store: Store
    people: Mapping[str, Person]
    number: int  # of the conversation


@dataclass
class Building:
    """One database with the embedded company's people, for as many desks as there are tasks."""

    store: Store
    company: Company
    people: Mapping[str, Person]
    _policies: dict[str, Policies] = field(default_factory=dict)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def desk(self, tools: Mapping[str, Tool[Any]], policy: str, script: Script) -> Desk:
        """A desk with these tools under this policy file, at which the script is the model. The shipped limits hold."""
        if policy not in self._policies:
            self._policies[policy] = Policies(POLICIES / f"{policy}.yaml", tools)
        policies, clock, work, shipped = self._policies[policy], self.company.clock, self.store.work, load({})
        directory, workspace = CompanyDirectory(self.company), Members()
        facts = Facts(directory, workspace)
        consulting = Consulting.of(
            tools=tools, work=work, facts=facts, directory=directory, policies=policies, clock=clock, channel="oncall"
        )
        executor = Executor(
            tools=tools,
            policies=policies,
            facts=facts,
            approvals=consulting.approvals,
            asking=consulting.asking,
            confirmations=consulting.confirmations,
            afterwards=consulting.afterwards,
            work=work,
            clock=clock,
            runbooks={},
        )
        shown, models = toolbox.shown(tools), ScriptedModels(script)
        agent = AgentLoop(
            shown,
            models,
            steps=shipped.model_steps_per_turn,
            context=shipped.model_context_tokens,
        )
        house = House(
            work=work,
            clock=clock,
            facts=facts,
            directory=directory,
            workspace=workspace,
            knowledge=NoRunbooks(),
            articles=NoArticles(),
            executor=executor,
            approvals=consulting.approvals,
            asking=consulting.asking,
            asides=consulting.asides,
            by_hand=consulting.by_hand,
            agent=agent,
            runbooks={},
            tools=shown,
            policies=policies,
            has_model=True,
        )
        return Desk(Turns(house), consulting.answering, consulting.confirmations, self.store, self.people, next(self._numbers))


@contextlib.contextmanager
def server() -> Iterator[str]:
    """The URL of a PostgreSQL that ends with the block, and with this process however that ends."""
    with postgres.held() as (_, url, _):
        yield url


@contextlib.asynccontextmanager
async def opened(database: str = "") -> AsyncIterator[Building]:
    """A building on this database (migrated), or on a server of its own that ends with the block."""
    async with contextlib.AsyncExitStack() as stack:
        if not database:
            database = await asyncio.to_thread(stack.enter_context, server())
        await migrate(database)
        company, _ = await stack.enter_async_context(opened_company(database))
        store = await stack.enter_async_context(Store(database))
        people = {handle: await company.person(handle) for handle in (REQUESTER, REVIEWER)}
        yield Building(store, company, {handle: person for handle, person in people.items() if person is not None})
