"""What was approved is performed, asked anew or ended, on a real PostgreSQL with real parallel connections: once, and only what is owed now."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Annotated, Any

import pytest
import sqlalchemy as sa
from pydantic import AwareDatetime

from bot import gate
from bot.approvals.consulting import Consulting
from bot.calls.passage import Pass
from bot.consent import Approval, ApprovalState
from bot.domain import Call, CallState, Case, Principal, ToolCall
from bot.execution.executor import Executor
from bot.execution.shortening import Shortening
from bot.facts import Facts
from bot.gate import parse
from bot.ports import Click, ClickAnswer
from bot.store.work import Store
from bot.words import actwording, askwording
from tests.approvals.test_approvals import NOW, TEAM, Town
from tools.contract import DETAIL, END, Arguments, Caller, Check, Effect, Resource, Result, Tool

UNTIL = (NOW + timedelta(days=14)).isoformat()
ROLES = """
version: 1
roles:
  employee: {members: workspace}
  engineers: {people: [omar, ida]}
  managers: {people: [mia, omar]}
  admins: {people: [noor]}
policies:
  - id: entry
    because: Somebody may enter.
    tools: [open_door]
    effect: permit
    roles: [employee]
"""
ENGINEER = "{by: [engineers], within: 4h}"


def policy(**approvals: str) -> str:
    """Each of these approvals is owed by a policy of its own."""
    rule = "  - {{id: {}, because: Another pair of eyes., tools: [open_door], effect: require, approval: {}}}\n"
    return ROLES + "".join(rule.format(name, text) for name, text in approvals.items())


class Entry(Arguments):
    user: str
    door: str
    until: Annotated[AwareDatetime, DETAIL, END]


@dataclass
class OpenDoor(Tool[Entry]):
    """A door that notes whom it was opened for. What is done by hand shows, too."""

    name = "open_door"  # type: ignore[misc]
    description = "Open a door for somebody, until a time."  # type: ignore[misc]
    effect = Effect.CHANGE  # type: ignore[misc]
    system = "doors"  # type: ignore[misc]
    plain = True  # type: ignore[misc]
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
class Gatehouse:
    """Ana asks for Ben, and people answer."""

    store: Store
    town: Town
    door: OpenDoor
    policies: Any
    people: Consulting
    executor: Executor
    shortening: Shortening
    turn: Pass
    number: int = 0

    def reads(self, text: str) -> None:
        """A policy file that was loaded since."""
        self.policies.current = parse(text, {self.door.name: self.door})

    async def asks(self) -> Call:
        self.number += 1
        ask = ToolCall(f"c{self.number}", self.door.name, {"user": "ben", "door": f"front-{self.number}", "until": UNTIL})
        async with self.store.work() as work:
            await work.say("C-1", "requester", f"please open front-{self.number} for ben until {UNTIL}")
        call = await self.executor.execute(ask, self.turn)
        assert call.state is CallState.WAITING, call.reason
        return call

    async def approval(self, name: str) -> Approval:
        async with self.store.work() as work:
            found = await work.approval(name)
        assert found is not None
        return found

    async def approvals(self) -> list[Approval]:
        async with self.store.work() as work:
            return await work.approvals("C-1")

    async def call(self, call: Call) -> Call:
        async with self.store.work() as work:
            found = await work.call(call.id)
        assert found is not None
        return found

    async def click(self, name: str, who: str, *, yes: bool = True, words: str = "") -> Click:
        return Click(name, (await self.approval(name)).nonce, who, TEAM, yes, words)

    async def yes(self, name: str, who: str) -> ClickAnswer:
        return await self.people.answering.answer(await self.click(name, who))

    async def performs(self, name: str) -> Call:
        """The turn that the approval's event begins."""
        return await self.executor.perform_approved(await self.approval(name), self.turn)

    async def handed_over(self) -> None:
        names = await self.people.approvals.voters("C-1")
        async with self.store.work() as work:
            how = ApprovalState.HANDED_OVER
            await self.people.approvals.end_all(work, self.turn.case, None, how, self.turn.principal, names)

    async def cards(self, one: Approval) -> list[Any]:
        """What stands on its cards."""
        async with self.store.session() as session:
            found = await session.execute(
                sa.text("SELECT content FROM outbox WHERE key = ANY(:keys) ORDER BY key"), {"keys": list(one.cards)}
            )
            return [row.content for row in found]


@pytest.fixture
async def house(database: str) -> AsyncIterator[Gatehouse]:
    town, door = Town(), OpenDoor()
    policies = SimpleNamespace(current=parse(policy(pair=ENGINEER), {door.name: door}))
    async with Store(database, pool=40) as store:
        facts: Any = Facts(town, town)  # type: ignore[arg-type]
        shared: dict[str, Any] = {
            "tools": {door.name: door},
            "facts": facts,
            "policies": policies,
            "clock": town,
            "work": store.work,
        }
        people = Consulting.of(**shared, directory=town, channel="oncall")  # type: ignore[arg-type]
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
        ana: Principal = await facts.principal("U-ANA", TEAM)
        shortening = Shortening(shared["tools"], people, executor.decisions, store.work, town)
        yield Gatehouse(store, town, door, policies, people, executor, shortening, Pass(case, ana))


# ── what is owed when it is performed ────────────────────────────────────────────────────────────────────────────────


async def test_what_is_owed_as_it_was_asked_for_is_performed_once(house: Gatehouse) -> None:
    """One yes is an answer to two policies that ask the same; whatever is applied again afterwards does nothing more."""
    house.reads(policy(pair=ENGINEER, too=ENGINEER))
    call = await house.asks()
    assert (await house.yes(call.approval, "U-OMAR")).taken
    done = await asyncio.gather(*(house.performs(call.approval) for _ in range(5)))
    assert {one.state for one in done} <= {CallState.STARTED, CallState.VERIFIED}
    assert (await house.performs(call.approval)).state is CallState.VERIFIED
    assert len(house.door.opened) == 1


async def test_a_turn_performs_what_its_own_case_was_given(house: Gatehouse) -> None:
    """Whatever names an approval of another case is told so loudly, and nothing is opened or drawn anew."""
    call = await house.asks()
    assert (await house.yes(call.approval, "U-OMAR")).taken
    other = dataclasses.replace(house.turn.case, id="C-2", conversation="T:D2")
    async with house.store.work() as work:
        await work.save_case(other)
    with pytest.raises(RuntimeError, match="not one of case C-2"):
        await house.executor.perform_approved(await house.approval(call.approval), dataclasses.replace(house.turn, case=other))
    assert house.door.opened == []


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(policy(pair=ENGINEER, too="{by: [managers, engineers], within: 4h}"), id="two questions of what was one"),
        pytest.param(policy(pair=ENGINEER, too="{by: [engineers], within: 1h}"), id="in another time"),
        pytest.param(policy(pair="{by: [engineers], count: 2, within: 4h}"), id="two of them"),
        pytest.param(policy(pair=ENGINEER, third="{by: [managers]}"), id="a policy that came since"),
    ],
)
async def test_one_yes_is_no_answer_to_two_questions(house: Gatehouse, now: str) -> None:
    """The policy asks for two persons by the time it is performed: the one counts for one, and another is asked; nobody is asked twice."""
    house.reads(policy(pair=ENGINEER, too=ENGINEER))
    call = await house.asks()
    assert (await house.yes(call.approval, "U-OMAR")).taken
    house.reads(now)

    waits = await house.performs(call.approval)

    assert (waits.state, house.door.opened) == (CallState.WAITING, [])
    assert waits.approval != call.approval
    first, second = await house.approval(call.approval), await house.approval(waits.approval)
    assert (first.state, first.successor) == (ApprovalState.SUPERSEDED, second.id)
    assert [(vote.by, vote.approve) for vote in second.votes] == [("omar", True)]
    assert f"card:{second.id}:U-OMAR" not in second.cards
    assert {card["outcome"] for card in await house.cards(first)} == {f"Replaced by {second.id}. This one was not done."}
    assert (await house.yes(second.id, "U-OMAR")).text == askwording.ANSWERED_ALREADY
    assert (await house.yes(second.id, "U-IDA" if "managers]" not in now else "U-MIA")).taken
    assert (await house.performs(second.id)).state is CallState.VERIFIED
    assert len(house.door.opened) == 1


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(policy(pair="{by: [engineers, managers], within: 4h}"), id="of more roles"),
        pytest.param(policy(), id="nothing is owed any more"),
        pytest.param(policy(another=ENGINEER), id="the same by another policy"),
    ],
)
async def test_a_yes_that_is_enough_for_what_is_owed_now_is_used(house: Gatehouse, now: str) -> None:
    call = await house.asks()
    await house.yes(call.approval, "U-OMAR")
    house.reads(now)
    assert (await house.performs(call.approval)).state is CallState.VERIFIED
    assert [one.state for one in await house.approvals()] == [ApprovalState.USED]


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(policy(pair="{by: [admins], within: 4h}"), id="of a role that they do not hold"),
        pytest.param(policy(pair=ENGINEER).replace("[omar, ida]", "[ida]"), id="of a role that means others now"),
        pytest.param(policy(pair="{by: [engineers], within: 4h, step_up: target}"), id="with more than a click"),
    ],
)
async def test_a_yes_that_does_not_count_now_is_asked_for_anew(house: Gatehouse, now: str) -> None:
    """It waits for the right people; whoever said yes in vain may answer anew where they may answer at all."""
    call = await house.asks()
    await house.yes(call.approval, "U-OMAR")
    house.reads(now)
    waits = await house.performs(call.approval)
    assert (waits.state, house.door.opened) == (CallState.WAITING, [])
    assert not (await house.yes(waits.approval, "U-OMAR")).taken
    assert (await house.approval(waits.approval)).state is ApprovalState.WAITING
    typed = await house.people.answering.answer(await house.click(waits.approval, "U-OMAR", words=house.door.label))
    assert typed.taken == ("step_up" in now)


async def test_a_yes_counts_by_what_they_were_asked_as(house: Gatehouse) -> None:
    """Omar says yes as an engineer. That managers are asked since makes it no manager's yes, though he is one; his next one is."""
    call = await house.asks()
    await house.yes(call.approval, "U-OMAR")
    house.reads(policy(pair="{by: [managers], within: 4h}"))
    waits = await house.performs(call.approval)
    assert (waits.state, house.door.opened) == (CallState.WAITING, [])
    assert (await house.yes(waits.approval, "U-OMAR")).taken
    assert (await house.performs(waits.approval)).state is CallState.VERIFIED


async def test_a_yes_whose_time_is_over_is_carried_nowhere(house: Gatehouse) -> None:
    call = await house.asks()
    await house.yes(call.approval, "U-OMAR")
    house.reads(policy(pair="{by: [engineers], count: 2, within: 4h}"))
    house.town.at = NOW + timedelta(hours=4)
    assert (await house.performs(call.approval)).state is CallState.EXPIRED
    assert [one.state for one in await house.approvals()] == [ApprovalState.EXPIRED]


async def test_what_nobody_may_answer_now_is_said_and_not_done(house: Gatehouse) -> None:
    call = await house.asks()
    await house.yes(call.approval, "U-OMAR")
    house.reads(policy(pair="{by: [admins], within: 4h}").replace("[noor]", "[left]"))
    over = await house.performs(call.approval)
    assert (over.state, over.reason, house.door.opened) == (CallState.FAILED, askwording.NOBODY_TO_ASK, [])


# ── an event that is applied again ───────────────────────────────────────────────────────────────────────────────────


async def test_an_approvals_event_that_is_applied_again_asks_nobody_once_more(house: Gatehouse) -> None:
    """Replayed after a crash, and by two processes at once: one new question and one card for each, whatever comes of it later."""
    call = await house.asks()
    await house.yes(call.approval, "U-OMAR")
    house.reads(policy(pair="{by: [engineers], count: 2, within: 4h}"))
    first = await house.approval(call.approval)
    waits = await asyncio.gather(*(house.executor.perform_approved(first, house.turn) for _ in range(8)))
    assert len({one.approval for one in waits}) == 1, waits
    assert [one.state for one in await house.approvals()] == [ApprovalState.SUPERSEDED, ApprovalState.WAITING]

    for _ in range(3):
        assert (await house.executor.perform_approved(first, house.turn)).state is CallState.WAITING
    assert len(await house.approvals()) == 2
    assert (await house.people.by_hand.take(await house.click(waits[0].approval, "U-IDA"))).taken
    assert (await house.executor.perform_approved(first, house.turn)).state is CallState.WAITING
    assert (len(await house.approvals()), house.door.opened) == (2, [])


async def test_a_limit_that_is_reached_in_between_asks_once(house: Gatehouse) -> None:
    """The same by a limit: the first yes stands on the new question, and its event asks for no third."""
    beyond = (
        "  - {id: many, because: Two are rare., tools: [open_door], effect: require, "
        "limit: {times: 1, within: 1d, per: principal, beyond: approval}, approval: {by: [admins]}}\n"
    )
    house.reads(policy(pair=ENGINEER) + beyond)
    one, two = await house.asks(), await house.asks()
    for call in (one, two):
        await house.yes(call.approval, "U-OMAR")
    assert (await house.performs(one.approval)).state is CallState.VERIFIED
    second = await house.approval(two.approval)
    waits = await asyncio.gather(*(house.executor.perform_approved(second, house.turn) for _ in range(5)))
    assert {call.state for call in waits} == {CallState.WAITING}
    assert [each.state for each in await house.approvals()] == [
        ApprovalState.USED,
        ApprovalState.SUPERSEDED,
        ApprovalState.WAITING,
    ]
    assert (await house.yes(waits[0].approval, "U-OMAR")).text == askwording.ANSWERED_ALREADY
    assert (await house.yes(waits[0].approval, "U-NOOR")).taken
    assert (await house.performs(waits[0].approval)).state is CallState.VERIFIED


# ── a case that people take ──────────────────────────────────────────────────────────────────────────────────────────


async def test_a_hand_over_ends_whatever_has_not_begun(house: Gatehouse) -> None:
    """What waits, what was approved, what is taken over: none of it runs afterwards, every card says so, and every click is answered."""
    waits, given, taken = [await house.asks() for _ in range(3)]
    await house.yes(given.approval, "U-OMAR")
    await house.people.by_hand.take(await house.click(taken.approval, "U-IDA"))
    before = await house.approval(given.approval)

    await house.handed_over()

    for call in (waits, given, taken):
        now, one = await house.call(call), await house.approval(call.approval)
        assert (now.state, one.state) == (CallState.HANDED_OVER, ApprovalState.HANDED_OVER)
        assert now.reason == "It was handed over to people, who go on with it."
        shown = [each for content in await house.cards(one) for each in content.get("cards", [content])]
        assert {each["state"] for each in shown} == {"handed_over"}
        assert "handed over with its whole case" in (await house.yes(one.id, "U-IDA")).text
    house.door.by_hand = True
    for act in (house.people.by_hand.done, house.people.by_hand.back):
        answer = await act(await house.click(taken.approval, "U-IDA"))
        assert (answer.taken, "handed over" in answer.text) == (False, True)
    assert (await house.executor.perform_approved(before, house.turn)).state is CallState.HANDED_OVER
    assert house.door.opened == []


async def test_a_hand_over_and_a_yes_that_runs_at_once(house: Gatehouse) -> None:
    """Performed or handed over, never both, and nobody waits in a circle."""
    for number in range(1, 9):
        call = await house.asks()
        await house.yes(call.approval, "U-OMAR")
        before, given = len(house.door.opened), await house.approval(call.approval)

        async def runs(given: Approval = given, number: int = number) -> None:
            await asyncio.sleep(0.002 * (number % 4))
            await house.executor.perform_approved(given, house.turn)

        await asyncio.gather(runs(), house.handed_over())
        now, one = await house.call(call), await house.approval(call.approval)
        ran = len(house.door.opened) - before
        assert (ran, now.state, one.state) in (
            (1, CallState.VERIFIED, ApprovalState.USED),
            (0, CallState.HANDED_OVER, ApprovalState.HANDED_OVER),
        )


async def test_a_hand_over_while_it_is_done_by_hand(house: Gatehouse) -> None:
    """It was done before, and stands so, or it is handed over and whoever did it hears so."""
    house.door.by_hand = True
    for number in range(8):
        call = await house.asks()
        await house.people.by_hand.take(await house.click(call.approval, "U-IDA"))
        done = house.people.by_hand.done(await house.click(call.approval, "U-IDA"))

        async def hand_over(number: int = number) -> None:
            await asyncio.sleep(0.003 * (number % 4))
            await house.handed_over()

        answer, _ = await asyncio.gather(done, hand_over())
        now, one = await house.call(call), await house.approval(call.approval)
        states = (answer.taken, now.state, one.state)
        assert states in (
            (True, CallState.TAKEN_OVER, ApprovalState.TAKEN_OVER),
            (False, CallState.HANDED_OVER, ApprovalState.HANDED_OVER),
        )


async def test_what_was_done_is_not_withdrawn_by_who_looked_before(house: Gatehouse) -> None:
    """Whoever ends a call looks at it once more when nobody else can change it."""
    call = await house.asks()
    await house.people.by_hand.take(await house.click(call.approval, "U-IDA"))
    house.door.by_hand = True
    assert (await house.people.by_hand.done(await house.click(call.approval, "U-IDA"))).taken
    async with house.store.work() as work:
        one = await work.approval(call.approval)
        assert one is not None
        await house.people.approvals.end(work, one, ApprovalState.WITHDRAWN, call, house.turn.case, house.turn.principal)
    assert (await house.call(call)).state is CallState.TAKEN_OVER


async def test_what_deskhand_itself_waits_for_is_not_handed_over(house: Gatehouse) -> None:
    """What was given ends one day, though the case is with people meanwhile."""
    call = await house.asks()
    async with house.store.work() as work:
        await work.save_call(dataclasses.replace(call, principal="deskhand"))
    await house.handed_over()
    assert (await house.call(call)).state is CallState.WAITING


# ── a click on what is not as it looked ──────────────────────────────────────────────────────────────────────────────


async def test_a_call_that_is_over_takes_no_answer_though_its_approval_waits(house: Gatehouse) -> None:
    """Neither yes nor no, by hand, less time, a question or a reminder: nothing is written to it, and the answer is no riddle."""
    call = await house.asks()
    async with house.store.work() as work:
        await work.save_call(dataclasses.replace(call, state=CallState.FAILED, reason="It is over."))
    one, people = await house.approval(call.approval), house.people
    click = await house.click(call.approval, "U-OMAR", words="?")
    acts = (people.answering.answer, people.by_hand.take, people.asides.ask, people.asides.later, people.asides.why)
    for act in (*acts, house.shortening.act):
        for each in (click, dataclasses.replace(click, approve=False)):
            answer = await act(each)
            assert (answer.taken, answer.text) == (False, f"What {one.id} was about is over, so your click changed nothing.")
    assert await house.approval(call.approval) == one


async def test_a_stale_card_answers_nothing_but_itself(house: Gatehouse) -> None:
    """A window with the card from before, its buttons as they were: used, replaced, withdrawn and expired say so, one by one and together."""
    used, replaced, withdrawn, expired = [await house.asks() for _ in range(4)]
    shown = [await house.click(call.approval, "U-IDA") for call in (used, replaced, withdrawn, expired)]
    digests = [(await house.approval(one.approval)).digest[:12] for one in shown]
    await house.yes(used.approval, "U-OMAR")
    await house.performs(used.approval)
    await house.yes(replaced.approval, "U-OMAR")
    house.reads(policy(pair="{by: [engineers], count: 2, within: 4h}"))
    anew = await house.performs(replaced.approval)
    for call, how in ((withdrawn, ApprovalState.WITHDRAWN), (expired, ApprovalState.EXPIRED)):
        one = await house.approval(call.approval)
        async with house.store.work() as work:
            await house.people.approvals.end(work, one, how, call, house.turn.case, house.turn.principal)
    for all_at_once in (False, True):
        clicks = [
            dataclasses.replace(one, digest=digest if all_at_once else "") for one, digest in zip(shown, digests, strict=True)
        ]
        answers = [await house.people.answering.answer(one) for one in clicks]
        assert [one.taken for one in answers] == [False] * 4
        assert [one.text for one in answers] == [
            f"{used.approval} was approved already; your click changed nothing.",
            f"{replaced.approval} was replaced by {anew.approval}; your click changed nothing.",
            f"{withdrawn.approval} was withdrawn by the requester; nothing will be done.",
            askwording.EXPIRED_CLICK,
        ]
    assert [vote.by for vote in (await house.approval(anew.approval)).votes] == ["omar"]
    assert len(house.door.opened) == 1


async def test_a_yes_and_the_end_of_its_call_at_once(house: Gatehouse) -> None:
    """The call ends after it was looked at, and before the yes is written down: the yes is not taken."""
    call = await house.asks()
    refusal = house.people.approvers.refusal

    async def ends(*args: Any) -> str:
        async with house.store.work() as work:
            await work.save_call(dataclasses.replace(call, state=CallState.FAILED, reason="It is over."))
        return await refusal(*args)

    house.people.approvers.refusal = ends  # type: ignore[method-assign]
    answer = await house.yes(call.approval, "U-OMAR")
    assert (answer.taken, (await house.approval(call.approval)).votes) == (False, ())


async def test_giving_back_what_has_changed_meanwhile_says_what_it_came_to(house: Gatehouse) -> None:
    """Done, handed over, or given back already by another press: told so, and nothing waits again that should not."""
    house.door.by_hand = True
    done, given, ended = [await house.asks() for _ in range(3)]
    for call in (done, given, ended):
        await house.people.by_hand.take(await house.click(call.approval, "U-IDA"))
    unmet = house.people.approvers.unmet

    async def pressed(call: Call, meanwhile: Any) -> ClickAnswer:
        """Give it back; what happens meanwhile does so after it was looked at."""

        async def first(*args: Any) -> tuple[int, ...]:
            house.people.approvers.unmet = unmet  # type: ignore[method-assign]
            await meanwhile()
            return await unmet(*args)

        house.people.approvers.unmet = first  # type: ignore[method-assign]
        return await house.people.by_hand.back(await house.click(call.approval, "U-IDA"))

    async def finish() -> None:
        assert (await house.people.by_hand.done(await house.click(done.approval, "U-IDA"))).taken

    async def give_back() -> None:
        assert (await house.people.by_hand.back(await house.click(given.approval, "U-IDA"))).taken

    answers = [await pressed(call, act) for call, act in ((done, finish), (given, give_back), (ended, house.handed_over))]

    assert [one.taken for one in answers] == [False, False, False]
    assert [one.text for one in answers] == [
        f"{done.approval} was done by hand already; your click changed nothing.",
        f"{given.approval} waits for an answer again; your click changed nothing.",
        f"{ended.approval} was handed over with its whole case: people go on with it; your click changed nothing.",
    ]
    assert (await house.call(done)).state is CallState.TAKEN_OVER


async def test_cards_that_two_approvals_share_say_what_both_came_to(house: Gatehouse) -> None:
    """Two calls of a case on one message, each answered in the same moment by another person: no answer is lost on it."""
    for number in range(6):
        one, two = [await house.asks() for _ in range(2)]
        await asyncio.gather(house.yes(one.approval, "U-OMAR"), house.yes(two.approval, "U-IDA"))
        shown = [each for content in await house.cards(await house.approval(one.approval)) for each in content["cards"]]
        states = {each["approval"]: each["state"] for each in shown if each["approval"] in (one.approval, two.approval)}
        assert (number, set(states.values())) == (number, {"approved"})
        await house.performs(one.approval)
        await house.performs(two.approval)


# ── for less time, where the requester's own click was owed ──────────────────────────────────────────────────────────

OWN = "  - {id: own, because: They mean it., tools: [open_door], effect: require, confirm: true, reason: true}\n"
SHORTEN = "{by: [engineers], within: 4h, shorten: allowed}"


async def clicked(house: Gatehouse) -> Call:
    """Ana has asked and clicked on exactly this, with her reason; Omar is asked."""
    call = await house.asks()
    answer = await house.people.confirmations.answer(await house.click(call.confirmation, "U-ANA", words="The fire drill."))
    assert answer is not None
    assert answer.taken
    call = await house.performs(call.confirmation)
    assert (call.state, bool(call.approval)) == (CallState.WAITING, True)
    return call


async def test_who_clicked_for_longer_has_clicked_for_shorter(house: Gatehouse) -> None:
    """The shorter call has her click and her reason, with where they came from in the audit; it is performed, and the longer is not."""
    house.reads(policy(pair=SHORTEN) + OWN)
    longer = await clicked(house)
    assert "shorten" in [offer for card in await house.cards(await house.approval(longer.approval)) for offer in card["offers"]]
    sooner = (NOW + timedelta(days=1)).isoformat()

    answer = await house.shortening.act(await house.click(longer.approval, "U-OMAR", words=sooner))

    assert answer.taken, answer.text
    click, yes, own, shorter = await house.approvals()
    assert [one.state for one in (click, yes)] == [ApprovalState.SUPERSEDED] * 2
    assert [one.successor for one in (click, yes)] == [shorter.id] * 2
    assert (own.votes, own.nonce != click.nonce, own.digest != click.digest) == (click.votes, True, True)
    done = await house.performs(shorter.id)
    assert (done.state, done.purpose, house.door.opened) == (CallState.VERIFIED, "The fire drill.", [sooner])
    assert [one.state for one in (await house.approvals())[2:]] == [ApprovalState.USED] * 2
    async with house.store.session() as session:
        came = await session.scalar(
            sa.text("SELECT data->>'instead_of' FROM audit WHERE what = 'confirmation' AND data ? 'instead_of'")
        )
    assert came == click.id
    assert (await house.performs(longer.approval)).state is CallState.SUPERSEDED
    assert len(house.door.opened) == 1


async def test_the_requesters_click_that_is_applied_again_runs_nothing_that_people_are_asked_for(house: Gatehouse) -> None:
    """Its event comes once more while others are asked, by when the policy asks for none of them: it waits for their answer."""
    house.reads(policy(pair=SHORTEN) + OWN)
    call = await clicked(house)
    house.reads(policy() + OWN)
    again = await house.performs(call.confirmation)
    assert (again.state, house.door.opened) == (CallState.WAITING, [])
    assert (await house.yes(call.approval, "U-OMAR")).taken
    assert (await house.performs(call.approval)).state is CallState.VERIFIED


async def test_whatever_begins_the_turn_each_answer_is_to_exactly_this_call(house: Gatehouse) -> None:
    """The requester's click comes once more when people have said yes to a door of nobody's, which is somebody's by now: nothing runs."""
    house.reads(policy(pair=SHORTEN) + OWN)
    call = await clicked(house)
    await house.yes(call.approval, "U-OMAR")
    own = await house.approval(call.confirmation)

    async def somebodys(args: Entry) -> Resource:
        return Resource("door", args.door, house.door.label, owner="ida")

    house.door.resource = somebodys  # type: ignore[method-assign]
    changed = dataclasses.replace(call, resource={**call.resource, "owner": "ida"})
    digest = gate.digest(call.tool, call.arguments, changed.resource, call.principal, call.case, (), "")
    async with house.store.work() as work:
        await work.save_approval(dataclasses.replace(own, digest=digest))
    assert (await house.performs(call.confirmation)).state is CallState.DENIED
    assert house.door.opened == []


async def test_a_click_for_longer_is_none_for_anything_else(house: Gatehouse) -> None:
    """Where the shorter call is not the same in all but its end, or owes more of the requester than they gave, it is not given so."""
    house.reads(policy(pair=SHORTEN) + OWN)
    longer = await clicked(house)
    sooner = (NOW + timedelta(days=1)).isoformat()
    act = await house.click(longer.approval, "U-OMAR", words=sooner)

    async def elsewhere(args: Entry) -> Resource:
        return Resource("door", "another", "Another door")

    resource, house.door.resource = house.door.resource, elsewhere  # type: ignore[method-assign]
    assert (await house.shortening.act(act)).text == actwording.NOT_SHORTER
    house.door.resource = resource  # type: ignore[method-assign]
    async with house.store.work() as work:
        await work.save_call(dataclasses.replace(longer, purpose=""))
    assert (await house.shortening.act(act)).text == actwording.NOT_SHORTER
    async with house.store.work() as work:
        await work.save_call(longer)
    assert (await house.shortening.act(act)).taken


async def test_what_the_requester_never_clicked_on_is_not_clicked_by_an_approver(house: Gatehouse) -> None:
    """A click is owed of the shorter call by a policy that came since, and there was none: the yes for less time is not taken."""
    house.reads(policy(pair=SHORTEN))
    call = await house.asks()
    house.reads(policy(pair=SHORTEN) + OWN)
    sooner = (NOW + timedelta(days=1)).isoformat()
    assert (await house.shortening.act(await house.click(call.approval, "U-OMAR", words=sooner))).text == actwording.NOT_SHORTER
    assert [one.state for one in await house.approvals()] == [ApprovalState.WAITING]


async def test_less_time_makes_no_value_better(house: Gatehouse) -> None:
    """Two are owed since a model alone named the door. What the requester writes of it meanwhile changes nothing when one gives less time."""
    house.reads(
        ROLES + "untrusted: {because: Nobody named it., approval: {by: [engineers], count: 2, within: 4h, shorten: allowed}}\n"
    )
    ask = ToolCall("c9", "open_door", {"user": "ben", "door": "vault", "until": UNTIL})
    async with house.store.work() as work:
        await work.say("C-1", "requester", f"please open the door for ben until {UNTIL}")
    call = await house.executor.execute(ask, house.turn)
    async with house.store.work() as work:
        await work.say("C-1", "requester", "vault? what is that?")
    sooner = (NOW + timedelta(days=1)).isoformat()
    assert (await house.shortening.act(await house.click(call.approval, "U-OMAR", words=sooner))).taken
    last = (await house.approvals())[-1]
    assert (last.state, [owed.count for owed in last.owed]) == (ApprovalState.WAITING, [2])
    assert (await house.yes(last.id, "U-IDA")).taken
    assert (await house.performs(last.id)).state is CallState.VERIFIED
