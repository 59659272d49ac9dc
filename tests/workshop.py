"""The executor and all that it asks, on a real database: tools that do as they are told, people by Slack id, a clock to turn."""

import asyncio
import copy
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Annotated, Any
from weakref import WeakValueDictionary

import pytest
import sqlalchemy as sa
from pydantic import AwareDatetime

from bot.approvals.consulting import Consulting
from bot.calls import effect
from bot.calls.passage import Pass
from bot.consent import Approval, ApprovalState
from bot.domain import Call, CallState, Case, Plan, Principal, ToolCall
from bot.execution.executor import Executor
from bot.execution.inquiry import Inquiry
from bot.execution.shortening import Shortening
from bot.facts import Facts
from bot.gate import parse
from bot.obligations import Freeze
from bot.ports import Click, ClickAnswer
from bot.store.work import Store
from tests.town import NOW, TEAM, Town
from tools.contract import DETAIL, END, Arguments, Caller, Check, Effect, Resource, Result, Tool

WORKS = """
version: 1
roles:
  employee: {members: workspace}
  deskhand: {system: true}
  engineers: {people: [omar, ida]}
  managers: {people: [mia, omar]}
  admins: {people: [noor]}
policies:
  - id: works
    because: It may be.
    tools: [read_gauge, turn_on, press, stamp, open_door]
    effect: permit
    roles: [employee, deskhand]
"""
ENGINEER = "{by: [engineers], within: 4h}"
ENGINEERS = f"approval: {ENGINEER}"
HELD, NOT_HELD = Check(True, "it is on", "looked"), Check(False, "it is off", "looked")
SHOWN = {"held": True, "observed": "it is on", "how": "looked"}
LATER, EARLIER = (NOW + timedelta(minutes=5)).isoformat(), (NOW - timedelta(minutes=5)).isoformat()
UNTIL = (NOW + timedelta(days=14)).isoformat()


def owing(what: str, *, tools: str = "turn_on") -> str:
    """WORKS, where this is owed of a tool as well: ``confirm: true``."""
    return WORKS + f"  - {{id: more, because: It matters., tools: [{tools}], effect: require, {what}}}\n"


def policy(**approvals: str) -> str:
    """WORKS, where each of these approvals is owed of a door, by a policy of its own."""
    rule = "  - {{id: {}, because: Another pair of eyes., tools: [open_door], effect: require, approval: {}}}\n"
    return WORKS + "".join(rule.format(name, text) for name, text in approvals.items())


def seen(call: Call, *names: str) -> tuple[Any, ...]:
    return tuple(getattr(call, name) for name in names)


def end(call: Call) -> tuple[CallState, str, datetime | None]:
    return call.state, call.reason, call.finished


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


class Entry(Arguments):
    user: str
    door: str
    until: Annotated[AwareDatetime, DETAIL, END]


@dataclass
class Door(Tool[Entry]):
    """A door that notes until when it was opened. What is done by hand shows, too."""

    name = "open_door"
    description = "Open a door for somebody, until a time."
    effect = Effect.CHANGE
    system = "doors"
    plain = True
    arguments = Entry
    label: str = "The front door"
    opened: list[str] = field(default_factory=list)
    by_hand: bool = False

    async def resource(self, args: Entry) -> Resource:
        return Resource("door", args.door, self.label)

    async def beneficiary(self, args: Entry) -> str:
        return args.user

    async def run(self, args: Entry, caller: Caller) -> Result:
        self.opened.append(args.until.isoformat())
        return Result({}, "Opened it.")

    async def check(self, args: Entry, result: Result | None) -> Check:
        there = bool(self.opened) or self.by_hand
        return Check(there, "it is open" if there else "it is shut", "looked")


@dataclass
class Workshop:
    """Ana asks for Ben, and people answer."""

    store: Store
    town: Town
    policies: Any
    gauge: Gauge
    lamp: Machine
    button: Button
    stamp: Stamp
    door: Door
    tools: dict[str, Tool[Any]]
    facts: Any
    people: Consulting
    executor: Executor
    shortening: Shortening
    turn: Pass
    doors: int = 0

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

    async def opens(self) -> Call:
        """A call for the next door, which waits for an answer."""
        self.doors += 1
        door = f"front-{self.doors}"
        async with self.store.work() as work:
            await work.say("C-1", "requester", f"please open {door} for ben until {UNTIL}")
        ask = ToolCall(f"c{self.doors}", self.door.name, {"user": "ben", "door": door, "until": UNTIL})
        call = await self.executor.execute(ask, self.turn)
        assert call.state is CallState.WAITING, call.reason
        return call

    async def given(self, what: str = ENGINEERS) -> Call:
        """A call that people have said yes to."""
        self.reads(owing(what))
        call = await self.asks()
        assert (await self.yes(call.approval)).taken
        return await self.call("c1")

    async def clicked(self) -> Call:
        """A call that Ana has clicked on, and that engineers are asked for."""
        self.reads(owing(f"confirm: true, {ENGINEERS}"))
        call = await self.asks()
        await self.yes(call.confirmation, "U-ANA")
        return await self.performs(call.confirmation)

    async def frozen(self) -> None:
        async with self.store.work() as work:
            await work.freeze(Freeze("F-1", "Phishing.", "omar", tool="turn_on", at=NOW))

    def before(self, happens: Callable[[], Awaitable[None]]) -> None:
        """Let something happen after all that was looked at, before the claim."""
        claims = self.executor._claims
        claim = claims.claim

        async def first(*args: Any) -> Any:
            claims.claim = claim  # type: ignore[method-assign]
            await happens()
            return await claim(*args)

        claims.claim = first  # type: ignore[method-assign]

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

    async def approvals(self) -> list[Approval]:
        async with self.store.work() as work:
            return await work.approvals("C-1")

    async def click(self, name: str, who: str, *, approve: bool = True, words: str = "") -> Click:
        one = await self.approval(name)
        return Click(name, one.nonce, who, TEAM, approve, words, one.stamp)

    async def yes(self, name: str, who: str = "U-OMAR", *, approve: bool = True, words: str = "") -> ClickAnswer:
        click = await self.click(name, who, approve=approve, words=words)
        mine = await self.people.confirmations.answer(click)
        return mine or await self.people.answering.answer(click)

    async def performs(self, name: str) -> Call:
        """The turn that the answer's event begins."""
        return await self.executor.perform_approved(await self.approval(name), self.turn)

    async def why(self) -> str:
        """What Ana is told when she asks why."""
        approvers = self.people.approvers
        told = Inquiry(
            self.tools, self.policies, self.facts, self.town, approvers, self.executor.decisions, self.store.work, self.town
        )
        return await told.why("C-1", "U-ANA", TEAM)

    async def ends(self, one: Approval, state: ApprovalState, call: Call, **more: Any) -> None:
        async with self.store.work() as work:
            await self.people.approvals.end(work, one, state, call, self.turn.case, self.turn.principal, **more)

    async def all_ends(self, plans: list[str] | None = None, state: ApprovalState = ApprovalState.HANDED_OVER) -> None:
        """What has not begun of these plans, or of the whole case."""
        approvals = self.people.approvals
        names = await approvals.voters("C-1")
        async with self.store.work() as work:
            await approvals.end_all(work, self.turn.case, plans, state, self.turn.principal, names)

    async def cards(self, one: Approval) -> list[dict[str, Any]]:
        """What of it stands on each of its cards."""
        posts = await self.posts()
        shown = [content.get("cards", [content]) for content in (posts[key] for key in one.cards)]
        return [next(each for each in some if each["approval"] == one.id) for some in shown]

    async def performs_elsewhere(self, name: str) -> Call:
        """The same in another process."""
        elsewhere = copy.copy(self.executor)
        elsewhere._alone = WeakValueDictionary()
        return await elsewhere.perform_approved(await self.approval(name), self.turn)

    async def asked(self, sql: str) -> list[Any]:
        async with self.store.session() as session:
            return [tuple(row) for row in await session.execute(sa.text(sql))]

    async def held_up(self, task: asyncio.Task[Any]) -> bool:
        """Whether it waits for a row or a lock that another has; False once it has ended."""
        waits = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        while not task.done():
            if await self.asked(waits):
                return True
            await asyncio.sleep(0.01)
        return False

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


@pytest.fixture
async def shop(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Workshop]:
    """A workshop in which a change is read back once."""
    monkeypatch.setattr(effect, "LOOKS", 1)
    town, gauge, lamp, button, stamp, door = Town(), Gauge(), Machine(), Button(), Stamp(), Door()
    tools: dict[str, Tool[Any]] = {one.name: one for one in (gauge, lamp, button, stamp, door)}
    policies = SimpleNamespace(current=parse(WORKS, tools))
    async with Store(database, pool=40) as store:
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
        words = {"P-1": "please turn it on", "P-2": "and the fan"}
        case = Case("C-1", "T:D", TEAM, "D", "1.1", "ana", "U-ANA", NOW, NOW, data={"words": words})
        async with store.work() as work:
            await work.save_case(case)
            await work.save_case(dataclasses.replace(case, id="C-2"))
            for plan in ("P-1", "P-2"):
                await work.save_plan(Plan(plan, "C-1", "lamps", "v1", "Lamps", "please turn it on", f"event of {plan}"))
            await work.say("C-1", "requester", "please turn on the lamp and the fan for ben")
        ana: Principal = await facts.principal("U-ANA", TEAM)
        turn = Pass(case, ana)
        shortening = Shortening(tools, people, executor.decisions, store.work, town)
        yield Workshop(store, town, policies, gauge, lamp, button, stamp, door, tools, facts, people, executor, shortening, turn)


@pytest.fixture
def house(shop: Workshop) -> Workshop:
    """With doors that open when an engineer has said yes."""
    shop.reads(policy(pair=ENGINEER))
    return shop
