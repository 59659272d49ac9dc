"""The executor and all that it asks, on a real database: tools that do as they are told, people by Slack id, a clock to turn."""

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Annotated, Any

import sqlalchemy as sa

from bot.approvals.consulting import Consulting
from bot.calls.passage import Pass
from bot.consent import Approval
from bot.domain import Call, CallState, Case, Plan, Principal, ToolCall
from bot.execution.executor import Executor
from bot.facts import Facts
from bot.gate import parse
from bot.ports import Click, ClickAnswer
from bot.store.work import Store
from tests.approvals.test_approvals import NOW, TEAM, Town
from tools.contract import DETAIL, Arguments, Caller, Check, Effect, Resource, Result, Tool

WORKS = """
version: 1
roles:
  employee: {members: workspace}
  deskhand: {system: true}
  engineers: {people: [omar, ida]}
policies:
  - {id: works, because: It may be., tools: [read_gauge, turn_on, press, stamp], effect: permit, roles: [employee, deskhand]}
"""


def owing(what: str, *, tools: str = "turn_on") -> str:
    """WORKS, where this is owed of a tool as well: ``confirm: true``."""
    return WORKS + f"  - {{id: more, because: It matters., tools: [{tools}], effect: require, {what}}}\n"


class Job(Arguments):
    user: str
    thing: str
    note: Annotated[str, DETAIL] = ""


@dataclass
class Machine(Tool[Job]):
    """A change that is carried out once under a key. `gives` and `shows` are told in order, the last of them for ever; one that is an
    exception is raised.
    """

    name = "turn_on"
    description = "Do something."
    effect = Effect.CHANGE
    system = "works"
    arguments = Job
    gives: Sequence[Result | Exception] = (Result({"lamp": "on"}, "Turned it on."),)
    shows: Sequence[Check | Exception] = (Check(True, "it is on", "looked"),)
    canonical_: Exception | None = None
    began: asyncio.Event = field(default_factory=asyncio.Event)
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    ran: list[tuple[Job, Caller]] = field(default_factory=list)
    looked: list[Result | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.goes_on.set()

    async def canonical(self, args: Job) -> Job:
        if self.canonical_ is not None:
            raise self.canonical_
        return args

    async def resource(self, args: Job) -> Resource:
        return Resource("thing", args.thing, args.thing.title(), "ida")

    async def beneficiary(self, args: Job) -> str:
        return args.user

    async def run(self, args: Job, caller: Caller) -> Result:
        self.ran.append((args, caller))
        self.began.set()
        await self.goes_on.wait()
        found = self.gives[min(len(self.ran), len(self.gives)) - 1]
        if isinstance(found, Exception):
            raise found
        return found

    async def check(self, args: Job, result: Result | None) -> Check:
        assert isinstance(args, Job)
        self.looked.append(result)
        found = self.shows[min(len(self.looked), len(self.shows)) - 1]
        if isinstance(found, Exception):
            raise found
        return found

    def sentence(self, args: Job) -> str:
        return f"{self.name} {args.thing} for {args.user}"


class Gauge(Machine):
    """A read."""

    name = "read_gauge"
    effect = Effect.READ


class Button(Machine):
    """A change that happens each time that it is run."""

    name = "press"
    idempotent = False


@dataclass
class Stamp(Machine):
    """A deed of which there may be several; what came of it can be asked for by its key."""

    name = "stamp"
    idempotent = False
    under: dict[str, Result] = field(default_factory=dict)

    async def recall(self, args: Job, key: str) -> Result | None:
        return self.under.get(key)


@dataclass
class Workshop:
    """Ana asks for Ben."""

    store: Store
    town: Town
    policies: Any
    gauge: Gauge
    lamp: Machine
    button: Button
    stamp: Stamp
    tools: dict[str, Tool[Any]]
    people: Consulting
    executor: Executor
    turn: Pass

    def reads(self, text: str) -> None:
        """A policy file that was loaded since."""
        self.policies.current = parse(text, self.tools)

    def spoke(self, at: str) -> None:
        """When Ana last wrote."""
        self.turn = dataclasses.replace(self.turn, case=dataclasses.replace(self.turn.case, data={"spoke": at}))

    async def asks(self, tool: str = "turn_on", name: str = "c1", *, plan: str = "P-1", step: str = "s1", **more: Any) -> Call:
        """What the executor says of this call, which is what stands in the ledger."""
        ask = ToolCall(name, tool, {"user": "ben", "thing": "lamp", **more}, plan, step)
        call = await self.executor.execute(ask, self.turn)
        assert call == await self.call(name)
        return call

    async def call(self, name: str) -> Call:
        async with self.store.work() as work:
            found = await work.call_by_tool_call("C-1", name)
        assert found is not None
        return found

    async def stands(self, name: str = "c1", tool: str = "turn_on", state: CallState = CallState.STARTED, **more: Any) -> Call:
        """A call that was written into the ledger before."""
        async with self.store.work() as work:
            call = Call(
                id=await work.new_id("K"),
                case="C-1",
                call=name,
                tool=tool,
                arguments={"user": "ben", "thing": "lamp", "note": ""},
                state=state,
                principal="ana",
                created=NOW,
                plan="P-1",
                step="s1",
                effect="change",
                system="works",
                resource={"kind": "thing", "id": "lamp", "label": "Lamp", "owner": "ida", "facts": {}},
                beneficiary="ben",
                sentence="turn_on lamp for ben",
                key="the key",
            )
            call = dataclasses.replace(call, **more)
            await work.save_call(call)
        return call

    async def approval(self, name: str) -> Approval:
        async with self.store.work() as work:
            found = await work.approval(name)
        assert found is not None
        return found

    async def yes(self, name: str, who: str = "U-OMAR", *, approve: bool = True, words: str = "") -> ClickAnswer:
        click = Click(name, (await self.approval(name)).nonce, who, TEAM, approve, words)
        mine = await self.people.confirmations.answer(click)
        return mine or await self.people.answering.answer(click)

    async def performs(self, name: str) -> Call:
        """The turn that the answer's event begins."""
        return await self.executor.perform_approved(await self.approval(name), self.turn)

    async def asked(self, sql: str) -> list[Any]:
        async with self.store.session() as session:
            return [tuple(row) for row in await session.execute(sa.text(sql))]

    async def audited(self) -> list[tuple[str, str, str]]:
        """(what, of which call, which state) of each line of the case's audit, in order."""
        return await self.asked("SELECT what, data->>'call', data->>'state' FROM audit WHERE \"case\" = 'C-1' ORDER BY position")

    async def posts(self) -> dict[str, Any]:
        """Content by key of all that stands in the outbox."""
        return dict(await self.asked("SELECT key, content FROM outbox ORDER BY key"))

    async def dues(self) -> dict[str, tuple[Any, ...]]:
        """(time, what, conversation, data) by key."""
        return {
            key: tuple(rest) for key, *rest in await self.asked("SELECT key, at, what, conversation, data FROM due ORDER BY key")
        }


@contextlib.asynccontextmanager
async def opened(database: str, **more: Tool[Any]) -> AsyncIterator[Workshop]:
    """A workshop on this database (migrated), with these tools besides."""
    town, gauge, lamp, button, stamp = Town(), Gauge(), Machine(), Button(), Stamp()
    tools: dict[str, Tool[Any]] = {one.name: one for one in (gauge, lamp, button, stamp)} | more
    policies = SimpleNamespace(current=parse(WORKS, tools))
    async with Store(database) as store:
        facts: Any = Facts(town, town)  # type: ignore[arg-type]
        shared: Mapping[str, Any] = {"tools": tools, "facts": facts, "policies": policies, "clock": town, "work": store.work}
        people = Consulting.of(**shared, directory=town, channel="oncall")
        executor = Executor(
            **shared,
            approvals=people.approvals,
            asking=people.asking,
            confirmations=people.confirmations,
            afterwards=people.afterwards,
            runbooks={},
        )
        case = Case("C-1", "T:D", TEAM, "D", "1.1", "ana", "U-ANA", NOW, NOW)
        async with store.work() as work:
            await work.save_case(case)
            await work.save_case(dataclasses.replace(case, id="C-2"))
            for plan in ("P-1", "P-2"):
                await work.save_plan(Plan(plan, "C-1", "lamps", "v1", "Lamps", "please turn it on", f"event of {plan}"))
            await work.say("C-1", "requester", "please turn on the lamp and the fan for ben")
        ana: Principal = await facts.principal("U-ANA", TEAM)
        turn = Pass(case, ana, words={"P-1": "please turn it on"})
        yield Workshop(store, town, policies, gauge, lamp, button, stamp, tools, people, executor, turn)
