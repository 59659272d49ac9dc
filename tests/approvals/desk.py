"""Approvals of one call each on a real database, asked for and answered directly: what is owed is what a test says."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from bot.approvals import quiet
from bot.approvals.approvers import Request
from bot.approvals.consulting import Consulting
from bot.consent import Approval, ApprovalState
from bot.domain import Call, CallState, Case, PersonKind, Principal
from bot.execution.claims import Claims, Stopped, Taken
from bot.facts import Facts
from bot.gate import parse
from bot.obligations import Owed, Permit
from bot.ports import Click, ClickAnswer
from bot.store.work import Store
from tests.gate.policy import TOOLS
from tests.town import NOW, TEAM, Town

POLICY = """
version: 1
roles:
  employee: {members: workspace}
  engineers: {people: [omar, ida, noor, mia, left]}
  managers: {people: [mia, ana]}
policies:
  - id: access
    because: Somebody else agrees.
    tools: [grant_access]
    effect: permit
    roles: [employee]
    approval: {by: [engineers]}
"""
ONE = Owed("access", "Somebody else agrees.", ("engineers",), remind=timedelta(minutes=15))
TWO = dataclasses.replace(ONE, count=2)
MANAGER = Owed("manager", "Their manager agrees.", ("managers",))


@dataclass
class Desk:
    """Answers on one database."""

    store: Store
    town: Town
    policies: Any
    people: Consulting
    claims: Claims

    async def asks(self, *owed: Owed, case: str = "C-1", number: int = 1) -> Approval:
        """Ana's access, waiting for this."""
        call = Call(
            id=f"K-{number}",
            case=case,
            call=f"c{number}",
            tool="grant_access",
            arguments={"user": "ben", "app": "figma", "until": "2026-12-24T12:00:00+00:00"},
            state=CallState.WAITING,
            principal="ana",
            created=NOW,
            effect="change",
            system="access",
            digest=f"digest {number}",
            beneficiary="ben",
            resource={"kind": "app", "id": "figma", "owner": ""},
            sentence="Give ben access to figma",
        )
        async with self.store.work() as work:
            found = await work.case(case) or Case(case, "T:D", TEAM, "D", "1.1", "ana", "U-ANA", NOW, NOW)
            await work.save_case(found)
            await work.save_call(call)
        request = Request(call, found, Principal("ana", "U-ANA", TEAM, kind=PersonKind.MEMBER, name="Ana"), owed)
        audience = await self.people.approvers.audience(request)
        async with self.store.work() as work:
            approval = await self.people.asking.request(work, request, audience)
            await work.save_call(dataclasses.replace(call, approval=approval.id))
        return approval

    def click(self, of: Approval, who: str, *, approve: bool = True, team: str = TEAM, **altered: str) -> Click:
        return dataclasses.replace(Click(of.id, of.nonce, who, team, approve, digest=of.stamp), **altered)

    async def yes(self, approval: Approval, who: str, **more: Any) -> ClickAnswer:
        return await self.people.answering.answer(self.click(approval, who, **more))

    async def no(self, approval: Approval, who: str) -> ClickAnswer:
        return await self.people.answering.answer(self.click(approval, who, approve=False))

    async def now(self, approval: Approval) -> Approval:
        async with self.store.work() as work:
            found = await work.approval(approval.id)
        assert found is not None
        return found

    async def withdraws(self, approval: Approval) -> None:
        async with self.store.work() as work:
            call, case = await work.call(approval.call), await work.case(approval.case)
            assert call is not None
            assert case is not None
            await self.people.approvals.end(work, approval, ApprovalState.WITHDRAWN, call, case, Principal("ana", "U-ANA"))

    async def expires(self, approval: Approval) -> None:
        """As `bot.cases.times` does it."""
        async with self.store.work() as work:
            call, case = await work.call(approval.call), await work.case(approval.case)
        assert call is not None
        assert case is not None
        requester = Principal("ana", "U-ANA", TEAM)
        while (on := await self.people.asking.late(await self.now(approval), call, case, requester)) is None:
            pass
        if not on:
            async with self.store.work() as work:
                await self.people.approvals.end(work, approval, ApprovalState.EXPIRED, call, case, requester)

    async def effects(self, approval: Approval) -> int:
        """How often the case is told to go on because of it, and how often the call can be claimed with it then: the same, once at most."""
        async with self.store.session() as session:
            told = await session.scalar(
                sa.text("SELECT count(*) FROM inbox WHERE key LIKE :key"), {"key": f"approval:{approval.id}:approved"}
            )
        one = await self.now(approval)
        async with self.store.work() as work:
            call = await work.call(one.call)
        assert call is not None
        given = [one] if one.state is ApprovalState.APPROVED else []
        if not given:
            assert told == 0
            return 0
        claimed = await asyncio.gather(*(self.claims.claim(call, Permit(("access",), "v", one.owed), given) for _ in range(5)))
        made = [each for each in claimed if not isinstance(each, Taken | Stopped) and isinstance(each, Call)]
        assert len(made) == told
        return len(made)


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Desk]:
    town, policies = Town(), SimpleNamespace(current=parse(POLICY, TOOLS))
    async with Store(database, pool=40) as store:
        facts: Any = Facts(town, town)  # type: ignore[arg-type]
        people = Consulting.of(
            night=quiet.night("22:00-07:00"),
            tools=TOOLS,
            work=store.work,
            facts=facts,
            directory=town,
            policies=policies,
            clock=town,
            channel="oncall",  # type: ignore[arg-type]
        )
        yield Desk(store, town, policies, people, Claims(store.work, town))


async def together(*acts: Awaitable[ClickAnswer]) -> list[ClickAnswer]:
    """All at once; everybody gets an answer in words."""
    answers = await asyncio.gather(*acts)
    assert all(one.text for one in answers)
    return answers


def taken(answers: Sequence[ClickAnswer]) -> int:
    return sum(one.taken for one in answers)
