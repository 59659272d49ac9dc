"""What a model can do with the conversation itself: look for runbooks, ask what came of a call, withdraw it, fetch a person.

They are tools like all others, so they are gated, and stand in the ledger. None of them touches anything outside of Deskhand.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import Field

from bot.approvals.outcome import Approvals
from bot.consent import Approval, ApprovalState
from bot.domain import Call, CallState
from bot.facts import Facts
from bot.gate import Policies
from bot.ports import Knowledge, Work, WorkFactory
from bot.quoted import Articles
from bot.runbooks import guides, requests
from bot.runbooks.binding import Bound
from tools.contract import Arguments, Caller, Effect, NotFound, Refused, Resource, Result, Tool

A = TypeVar("A", bound=Arguments)


class Desk:
    """What these tools work with; filled by `bot.app` once all of it is there."""

    work: WorkFactory
    knowledge: Knowledge
    runbooks: Mapping[str, Bound]
    approvals: Approvals
    facts: Facts
    policies: Policies
    articles: Articles

    def open(
        self,
        *,
        work: WorkFactory,
        knowledge: Knowledge,
        runbooks: Mapping[str, Bound],
        approvals: Approvals,
        facts: Facts,
        policies: Policies,
        articles: Articles,
    ) -> None:
        self.work, self.knowledge, self.runbooks, self.approvals = work, knowledge, runbooks, approvals
        self.facts, self.policies, self.articles = facts, policies, articles


class SearchArguments(Arguments):
    query: str = Field(min_length=1, max_length=500, description="What is needed or does not work, in a few words.")


class ApprovalArguments(Arguments):
    approval: str = Field(pattern=r"^A-\d+$", description="The approval that a waiting call named, such as A-17.")


class HandOverArguments(Arguments):
    reason: str = Field(min_length=1, max_length=500, description="Why people have to go on, in one sentence to the requester.")


class _Conversation(Tool[A]):
    """What these tools have in common: they read, and they know the conversation."""

    effect = Effect.READ
    system = "conversation"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def waiting(self, work: Work, name: str, case: str) -> tuple[Approval, Call]:
        """An approval of this case and its call. Raises NotFound, also for one of another case."""
        approval = await work.approval(name)
        call = await work.call(approval.call) if approval else None
        if approval is None or call is None or approval.case != case:
            raise NotFound(f"this case has no approval {name}")
        return approval, call


class SearchRunbooks(_Conversation[SearchArguments]):
    name = "search_runbooks"
    description = "Find the runbooks that fit, with their steps. Read only."
    arguments = SearchArguments

    async def resource(self, args: SearchArguments) -> Resource:
        return Resource("runbooks", "")

    async def run(self, args: SearchArguments, caller: Caller) -> Result:
        found = await self._desk.knowledge.search(args.query)
        near = [one for one in found if one.cosine >= self._desk.knowledge.floor and one.runbook in self._desk.runbooks]
        fits = [one for one in near if await self._serves(self._desk.runbooks[one.runbook], caller)]
        shown = [{"id": one.runbook, "guide": guides.guide(self._desk.runbooks[one.runbook])} for one in fits]
        data: dict[str, Any] = {"runbooks": shown} if shown else {"runbooks": [], "note": await self._nothing(args.query, caller)}
        return Result(data, f"Found {len(shown)} runbooks.")

    async def _nothing(self, query: str, caller: Caller) -> str:
        near = [one for one in await requests.near(query, self._desk.knowledge) if one.runbook in self._desk.runbooks]
        return guides.nothing([one.title for one in near if await self._serves(self._desk.runbooks[one.runbook], caller)])

    async def _serves(self, bound: Bound, caller: Caller) -> bool:
        """Whether it is written for people like the requester."""
        if not bound.runbook.audience:
            return True
        async with self._desk.work() as work:
            case = await work.case(caller.case)
        if case is None:
            return False
        requester = await self._desk.facts.principal(case.slack_id, case.team)
        return await self._desk.facts.serves(bound.runbook.audience, self._desk.policies.current, requester, caller.now)


class SearchArticles(_Conversation[SearchArguments]):
    name = "search_articles"
    description = (
        "Find what the articles say that the requester may read, each with its link. Name the link with what you say of it."
    )
    arguments = SearchArguments

    async def resource(self, args: SearchArguments) -> Resource:
        return Resource("articles", "")

    async def run(self, args: SearchArguments, caller: Caller) -> Result:
        desk = self._desk
        async with desk.work() as work:
            case = await work.case(caller.case)
        if case is None:
            raise NotFound(f"there is no case {caller.case}")
        reader = await desk.facts.principal(case.slack_id, case.team)
        found = await desk.articles.search(args.query, reader, direct=case.direct)
        fits = [one.data() for one in found if one.cosine >= desk.articles.floor]
        data: dict[str, Any] = {"articles": fits} if fits else {"articles": [], "note": "No article says anything of it."}
        return Result(data, f"Found {len(fits)} articles.")


class CallOutcome(_Conversation[ApprovalArguments]):
    name = "call_outcome"
    description = "What came of a call that waited for a person. Read only."
    arguments = ApprovalArguments

    async def resource(self, args: ApprovalArguments) -> Resource:
        return Resource("approval", args.approval)

    async def run(self, args: ApprovalArguments, caller: Caller) -> Result:
        async with self._desk.work() as work:
            approval, call = await self.waiting(work, args.approval, caller.case)
        data = {"approval": approval.id, "state": str(call.state), "reason": call.reason}
        return Result(data, f"{approval.id}: {call.state}.")


class Withdraw(_Conversation[ApprovalArguments]):
    name = "withdraw"
    description = "Withdraw a call that waits for a person, because the requester no longer wants it."
    arguments = ApprovalArguments

    async def resource(self, args: ApprovalArguments) -> Resource:
        return Resource("approval", args.approval)

    async def run(self, args: ApprovalArguments, caller: Caller) -> Result:
        desk = self._desk
        async with desk.work() as work:
            approval, call = await self.waiting(work, args.approval, caller.case)
            case = await work.case(caller.case)
        if case is None:
            raise NotFound(f"there is no case {caller.case}")
        if call.state is not CallState.WAITING:
            raise Refused(f"{approval.id} waits no longer: {call.state}")
        requester = await desk.facts.principal(case.slack_id, case.team)
        async with desk.work() as work:
            ended = await desk.approvals.end(work, approval, ApprovalState.WITHDRAWN, call, case, requester)
        if not ended:
            raise Refused(f"{approval.id} is not what its call waits for now, and nothing was withdrawn")
        return Result({"approval": approval.id, "state": "withdrawn"}, f"Withdrew {approval.id}.")


class FetchPerson(_Conversation[HandOverArguments]):
    """Only says that people shall go on; the turn hands the case over, as Deskhand itself, once the model has ended."""

    name = "hand_over"
    description = "Hand this to people: a ticket with everything that was learned, and the person on call is told."
    arguments = HandOverArguments

    async def resource(self, args: HandOverArguments) -> Resource:
        return Resource("case", "")

    async def run(self, args: HandOverArguments, caller: Caller) -> Result:
        return Result({"noted": True}, "People will go on with this.")


def tools(desk: Desk) -> dict[str, Tool[Any]]:
    """All of them, by name."""
    return {
        tool.name: tool
        for tool in (SearchRunbooks(desk), SearchArticles(desk), CallOutcome(desk), Withdraw(desk), FetchPerson(desk))
    }
