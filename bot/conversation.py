"""What a model can do with the conversation itself: look for runbooks, ask what came of a call, withdraw it, fetch a person.

They are tools like all others, so they are gated, and stand in the ledger. None of them touches anything outside of Deskhand.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from bot import guides
from bot.approvals import Approvals
from bot.binding import Bound
from bot.domain import ApprovalState, CallState
from bot.facts import Facts
from bot.ports import Knowledge, WorkFactory
from tools.contract import Arguments, Caller, Effect, NotFound, Refused, Resource, Result, Tool


class Desk:
    """What these tools work with; filled by `bot.app` once all of it is there."""

    work: WorkFactory
    knowledge: Knowledge
    runbooks: Mapping[str, Bound]
    approvals: Approvals
    facts: Facts

    def open(
        self, work: WorkFactory, knowledge: Knowledge, runbooks: Mapping[str, Bound], approvals: Approvals, facts: Facts
    ) -> None:
        self.work, self.knowledge, self.runbooks, self.approvals, self.facts = work, knowledge, runbooks, approvals, facts


class SearchArguments(Arguments):
    query: str = Field(min_length=1, max_length=500, description="What is needed or does not work, in a few words.")


class ApprovalArguments(Arguments):
    approval: str = Field(pattern=r"^A-\d+$", description="The approval that a waiting call named, such as A-17.")


class HandOverArguments(Arguments):
    reason: str = Field(min_length=1, max_length=500, description="Why people have to go on, in one sentence to the requester.")


class SearchRunbooks(Tool[SearchArguments]):
    name = "search_runbooks"
    description = "Find the runbooks that fit, with their steps. Read only."
    effect = Effect.READ
    system = "knowledge"
    arguments = SearchArguments

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def resource(self, args: SearchArguments) -> Resource:
        return Resource("runbooks", "")

    async def run(self, args: SearchArguments, caller: Caller) -> Result:
        found = await self._desk.knowledge.search(args.query)
        fits = [one for one in found if one.cosine >= self._desk.knowledge.floor and one.runbook in self._desk.runbooks]
        shown = [{"id": one.runbook, "guide": guides.guide(self._desk.runbooks[one.runbook])} for one in fits]
        data: dict[str, Any] = {"runbooks": shown} if shown else {"runbooks": [], "note": guides.NOTHING}
        return Result(data, f"Found {len(shown)} runbooks.")


class CallOutcome(Tool[ApprovalArguments]):
    name = "call_outcome"
    description = "What came of a call that waited for a person. Read only."
    effect = Effect.READ
    system = "conversation"
    arguments = ApprovalArguments

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def resource(self, args: ApprovalArguments) -> Resource:
        return Resource("approval", args.approval)

    async def run(self, args: ApprovalArguments, caller: Caller) -> Result:
        async with self._desk.work() as work:
            approval = await work.approval(args.approval)
            call = await work.call(approval.call) if approval else None
        if approval is None or call is None or approval.case != caller.case:
            raise NotFound(f"this case has no approval {args.approval}")
        data = {"approval": approval.id, "state": str(call.state), "reason": call.reason}
        return Result(data, f"{approval.id}: {call.state}.")


class Withdraw(Tool[ApprovalArguments]):
    name = "withdraw"
    description = "Withdraw a call that waits for a person, because the requester no longer wants it."
    effect = Effect.READ
    system = "conversation"
    arguments = ApprovalArguments

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def resource(self, args: ApprovalArguments) -> Resource:
        return Resource("approval", args.approval)

    async def run(self, args: ApprovalArguments, caller: Caller) -> Result:
        desk = self._desk
        async with desk.work() as work:
            approval = await work.approval(args.approval)
            call = await work.call(approval.call) if approval else None
            case = await work.case(caller.case)
        if approval is None or call is None or case is None or approval.case != case.id:
            raise NotFound(f"this case has no approval {args.approval}")
        if call.state is not CallState.WAITING:
            raise Refused(f"{approval.id} waits no longer: {call.state}")
        requester = await desk.facts.principal(case.slack_id, case.team)
        async with desk.work() as work:
            await desk.approvals.end(work, approval, ApprovalState.WITHDRAWN, call, case, requester)
        return Result({"approval": approval.id, "state": "withdrawn"}, f"Withdrew {approval.id}.")


class FetchPerson(Tool[HandOverArguments]):
    """Only says that people shall go on; the turn hands the case over, as Deskhand itself, once the model has ended."""

    name = "hand_over"
    description = "Hand this to people: a ticket with everything that was learned, and the person on call is told."
    effect = Effect.READ
    system = "conversation"
    arguments = HandOverArguments

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def resource(self, args: HandOverArguments) -> Resource:
        return Resource("case", "")

    async def run(self, args: HandOverArguments, caller: Caller) -> Result:
        return Result({"noted": True}, "People will go on with this.")


def tools(desk: Desk) -> dict[str, Tool[Any]]:
    """All of them, by name."""
    return {tool.name: tool for tool in (SearchRunbooks(desk), CallOutcome(desk), Withdraw(desk), FetchPerson(desk))}
