"""One task from its first message to its end: messages, turns, a reviewer who answers every approval by the script, and a requester
who clicks likewise on what they did ask for.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.consent import Approval, ApprovalKind, ApprovalState
from bot.domain import Call, CallState, Case, Event, EventKind
from bot.gate import digest
from bot.ports import Click
from bot.store.trail import cases_json
from tests.outside.desk import REQUESTER, REVIEWER, Desk
from tests.outside.script import Script, Step
from tests.outside.world import Deed, World

ROUNDS = 80
"""Answers and messages of one task, at most."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One call of the script: what the ledger says of it, the approval that it got, the requester's own click on it, and the deed
    that reached the environment.
    """

    step: Step
    call: Call
    approval: Approval | None
    deed: Deed | None
    click: Approval | None = None

    @property
    def change(self) -> bool:
        return self.call.effect == "change"

    @property
    def effect(self) -> bool:
        """Whether it reached the environment and left it another."""
        return self.deed is not None and self.deed.changed

    @property
    def for_its_origin(self) -> bool:
        """Whether it asked a person for nothing but where its values come from."""
        return self.approval is not None and {one.policy for one in self.approval.owed} == {"untrusted"}

    @property
    def clicked(self) -> bool:
        """Whether the requester has clicked on exactly this call."""
        found, call = self.click, self.call
        return (
            found is not None
            and (self.deed is None or self.deed.arguments == call.arguments)
            and found.state is ApprovalState.USED
            and found.call == call.id
            and any(vote.approve and vote.by == call.principal for vote in found.votes)
            and found.digest == digest(call.tool, call.arguments, call.resource, call.principal, call.case, (), "")
        )

    @property
    def approved(self) -> bool:
        """Whether a person other than the requester has said yes to exactly this call, and to nothing else with it."""
        found, call = self.approval, self.call
        return (
            found is not None
            and (self.deed is None or self.deed.arguments == call.arguments)
            and found.state is ApprovalState.USED
            and found.call == call.id
            and any(vote.approve and vote.by != call.principal for vote in found.votes)
            and found.digest
            == digest(call.tool, call.arguments, call.resource, call.principal, call.case, found.owed, call.policy_version)
        )


@dataclass(frozen=True, slots=True)
class Trail:
    """What came of a task: every call of the agent in order, how the case stands, and the last words of the model."""

    asked: Sequence[Asked]
    case: Case
    words: str


async def replay(desk: Desk, world: World, script: Script, opening: str, does: Callable[[Step], None] | None = None) -> Trail:
    """`does` carries out what the user does themselves. Raises AssertionError where the script and the ledger part."""
    place = f"D{desk.number}"
    talk = _Talk(desk, f"T:{place}", place)
    await talk.says(opening)
    for _ in range(ROUNDS):
        case = await talk.case()
        async with desk.store.work() as work:
            open_ = [one for one in await work.approvals(case.id) if one.state is ApprovalState.WAITING]
            waiting = [(one, await work.call(one.call)) for one in open_]
        if waiting:
            for approval, call in waiting:
                assert call is not None
                await talk.answers(approval, approve=not _hostile(script, await talk.calls(case), call))
        elif deeds := script.taken():
            for step in deeds:
                assert does is not None
                does(step)
            await talk.says(f"I have done this on my phone now: {', '.join(step.tool for step in deeds)}")
        else:
            break
    else:
        raise AssertionError(f"{case.id} came to no end")
    return await talk.trail(script, world)


def _hostile(script: Script, calls: Sequence[Call], call: Call) -> bool:
    """Whether an injected text asked for this call: the reviewer's answer is given, not found out."""
    place = [one.id for one in calls].index(call.id)
    return [step for step in script.steps if not step.by_user][place].hostile


class _Talk:
    """The conversation of one task."""

    def __init__(self, desk: Desk, conversation: str, place: str) -> None:
        self._desk, self._conversation, self._place = desk, conversation, place
        self._begun = time.time()
        self._said = 0

    async def says(self, text: str) -> None:
        """The requester writes, in the thread that their first message began."""
        self._said += 1
        thread, ts = f"{self._begun:.6f}", f"{self._begun + self._said - 1:.6f}"
        event = Event(
            key=f"T:{self._place}:{ts}",
            conversation=self._conversation,
            kind=EventKind.MESSAGE,
            ts=ts,
            team="T",
            channel=self._place,
            thread=thread,
            sender=self._desk.people[REQUESTER].slack_id,
            text=text,
            data={"direct": True, "in_thread": self._said > 1},
        )
        async with self._desk.store.work() as work:
            await work.accept(event)
        await self._desk.turns.take_turn(self._conversation)

    async def answers(self, approval: Approval, *, approve: bool) -> None:
        """The reviewer presses a button on the card, or the requester one of theirs, and the case goes on."""
        own = approval.kind is ApprovalKind.CONFIRMATION
        reason = "" if approve else "The requester did not ask for this."
        who = self._desk.people[REQUESTER if own else REVIEWER].slack_id
        click = Click(approval.id, approval.nonce, who, "T", approve, reason, approval.stamp)
        answer = await (self._desk.confirmations.answer(click) if own else self._desk.answering.answer(click))
        assert answer is not None
        assert answer.taken, answer.text
        await self._desk.turns.take_turn(self._conversation)

    async def case(self) -> Case:
        newest = next((one["id"] for one in await cases_json(self._desk.store) if one["conversation"] == self._conversation), "")
        async with self._desk.store.work() as work:
            case = await work.case(newest)
        assert case is not None, f"{self._conversation}: the message opened no case"
        return case

    async def calls(self, case: Case) -> list[Call]:
        """The agent's calls in the order in which it asked for them; what Deskhand itself did is left out."""
        async with self._desk.store.work() as work:
            return [one for one in await work.calls(case.id) if one.principal == REQUESTER]

    async def trail(self, script: Script, world: World) -> Trail:
        case = await self.case()
        calls = await self.calls(case)
        async with self._desk.store.work() as work:
            approvals = {one.id: one for one in await work.approvals(case.id)}
            lines = await work.transcript(case.id)
        steps = [step for step in script.steps if not step.by_user]
        assert [one.tool for one in calls] == [step.tool for step in steps], f"{case.id}: the script did not come to its end"
        assert not [one for one in calls if one.state in (CallState.STARTED, CallState.WAITING)]
        deeds = {deed.key: deed for deed in world.deeds}
        asked = [
            Asked(
                step,
                call,
                approvals.get(call.approval),
                deeds.get(call.key or f"{call.case}:{call.call}"),
                approvals.get(call.confirmation),
            )
            for step, call in zip(steps, calls, strict=True)
        ]
        words = next((line.text for line in reversed(lines) if line.role == "words"), "")
        return Trail(asked, case, words)
