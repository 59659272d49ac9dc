"""A model withdraws an approval: what it is told is what came of it."""

from typing import Any, cast

import pytest

from bot.consent import ApprovalState
from bot.domain import CallState
from bot.turns import conversation
from tests.town import NOW
from tests.workshop import ENGINEERS, Workshop, owing
from tools.contract import Caller, Refused, Result


async def withdraws(shop: Workshop, name: str) -> Result:
    """What a model is told that withdraws the approval of this name."""
    desk, nothing = conversation.Desk(), cast("Any", None)
    desk.open(
        work=shop.store.work,
        knowledge=nothing,
        runbooks={},
        approvals=shop.people.approvals,
        facts=shop.executor.decisions._facts,
        policies=shop.policies,
        articles=nothing,
    )
    caller = Caller("ana", "C-1", "k", NOW)
    tool = conversation.Withdraw(desk)
    return await tool.run(tool.arguments(approval=name), caller)


async def test_what_waits_is_withdrawn(shop: Workshop) -> None:
    shop.reads(owing(ENGINEERS))
    call = await shop.asks()
    assert (await withdraws(shop, call.approval)).data == {"approval": call.approval, "state": "withdrawn"}
    assert (await shop.call("c1")).state is CallState.WITHDRAWN


async def test_nothing_is_said_to_be_withdrawn_that_goes_on(shop: Workshop) -> None:
    """More is owed by the time that it is performed, so others are asked; the first approval is over, and its call waits."""
    shop.reads(owing(ENGINEERS))
    call = await shop.asks()
    await shop.yes(call.approval)
    shop.reads(owing(ENGINEERS.replace("by:", "count: 2, by:")))
    waits = await shop.performs(call.approval)
    with pytest.raises(Refused, match="nothing was withdrawn"):
        await withdraws(shop, call.approval)
    assert ((await shop.call("c1")).state, (await shop.approval(waits.approval)).state) == (
        CallState.WAITING,
        ApprovalState.WAITING,
    )
    await withdraws(shop, waits.approval)
    assert (await shop.call("c1")).state is CallState.WITHDRAWN
