"""A call that was made, waits or was denied before is not simply made again."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from bot.consent import Approval, ApprovalState
from bot.domain import Call, CallState
from bot.words import wording
from tests.town import NOW
from tests.workshop import EARLIER, ENGINEERS, LATER, Workshop, end, owing, seen


@pytest.mark.parametrize(
    ("plan", "step", "state"),
    [
        pytest.param("P-1", "s1", CallState.SUPERSEDED, id="the same step"),
        pytest.param("P-1", "s2", CallState.DENIED, id="another step"),
        pytest.param("P-2", "s1", CallState.DENIED, id="another plan"),
    ],
)
async def test_what_waits_already_is_not_asked_for_twice(shop: Workshop, plan: str, step: str, state: CallState) -> None:
    """The step itself takes what comes of the other; for another there is nothing to be had."""
    shop.reads(owing(ENGINEERS))
    first = await shop.asks(note="")
    call = await shop.asks(name="c2", plan=plan, step=step)
    assert end(call) == (state, wording.waits_already(first.approval), NOW)
    assert seen(call, "started", "approval", "decision") == (None, "", "permit")
    assert len(await shop.approvals()) == 1


@pytest.mark.parametrize("change", [{"arguments": {"user": "ben", "thing": "fan", "note": ""}}, {"tool": "press"}, {"case": "C-2"}])
async def test_what_waits_and_is_something_else_stops_nothing(shop: Workshop, change: dict[str, Any]) -> None:
    await shop.stands("c0", state=CallState.WAITING, approval="A-900", **change)
    assert (await shop.asks()).state is CallState.VERIFIED


async def test_what_was_done_is_not_done_twice_before_the_requester_writes_again(shop: Workshop) -> None:
    shop.spoke(EARLIER)
    assert (await shop.asks()).state is CallState.VERIFIED
    again = await shop.asks(name="c2")
    assert end(again) == (CallState.SUPERSEDED, wording.DONE_ALREADY, NOW)
    assert len(shop.lamp.ran) == 1
    shop.spoke(LATER)
    assert (await shop.asks(name="c3")).state is CallState.VERIFIED


async def denied(shop: Workshop, **more: Any) -> Call:
    """A call that a person has said no to."""
    before = {"state": CallState.DENIED, "approval": "A-900", "reason": "Omar said no: “Not now.”", "finished": NOW}
    call = await shop.stands("c0", **(before | more))
    async with shop.store.work() as work:
        no = Approval("A-900", call.case, call.id, "", "", (), NOW, NOW, ApprovalState.DENIED)
        await work.save_approval(no)
    return call


@pytest.mark.parametrize(
    ("spoke", "more", "asked"),
    [
        pytest.param(EARLIER, {}, {}, id="the very same"),
        pytest.param(EARLIER, {}, {"note": "It is urgent!"}, id="in other words"),
        pytest.param(EARLIER, {}, {"plan": "P-2", "step": "s7"}, id="by another plan"),
        pytest.param(NOW.isoformat(), {}, {}, id="in the moment in which they wrote"),
    ],
)
async def test_a_persons_no_stands_until_the_requester_writes_again(
    shop: Workshop, spoke: str, more: dict[str, Any], asked: dict[str, Any]
) -> None:
    before = await denied(shop, **more)
    shop.spoke(spoke)
    call = await shop.asks(**asked)
    assert end(call) == (CallState.DENIED, before.reason, NOW)
    assert seen(call, "approval", "started", "decision") == ("", None, "permit")
    assert shop.lamp.ran == []


@pytest.mark.parametrize(
    ("spoke", "more", "asked"),
    [
        pytest.param(LATER, {}, {}, id="they wrote since"),
        pytest.param(None, {}, {}, id="nobody wrote"),
        pytest.param(EARLIER, {"finished": None}, {}, id="without an end"),
        pytest.param(EARLIER, {"state": CallState.FAILED}, {}, id="failed"),
        pytest.param(EARLIER, {}, {"thing": "fan"}, id="of something else"),
        pytest.param(EARLIER, {}, {"user": "ana"}, id="for somebody else"),
        pytest.param(EARLIER, {"tool": "press"}, {}, id="by another tool"),
        pytest.param(EARLIER, {"case": "C-2"}, {}, id="in another case"),
    ],
)
async def test_what_is_no_longer_or_was_never_denied_runs(
    shop: Workshop, spoke: str | None, more: dict[str, Any], asked: dict[str, Any]
) -> None:
    await denied(shop, **more)
    if spoke:
        shop.spoke(spoke)
    assert (await shop.asks(**asked)).state is CallState.VERIFIED


@pytest.mark.parametrize(
    "then",
    [
        pytest.param(owing(ENGINEERS).replace("effect: permit", "effect: forbid"), id="forbidden since"),
        pytest.param(owing(f"confirm: true, {ENGINEERS}"), id="more is asked since"),
        pytest.param(owing(f"{ENGINEERS}, limit: {{times: 1, within: 1d, per: principal}}"), id="beyond a limit"),
    ],
)
async def test_what_the_policy_denied_after_a_yes_is_no_persons_no(shop: Workshop, then: str) -> None:
    """It may be asked for again as soon as the policy lets it, also before the requester writes; and *Why?* blames nobody."""
    shop.spoke(EARLIER)
    await shop.stands("c0", state=CallState.VERIFIED, started=NOW, finished=NOW, arguments={"user": "ben", "thing": "fan"})
    call = await shop.given()
    shop.reads(then)
    over = await shop.performs(call.approval)
    assert (over.state, shop.lamp.ran) == (CallState.DENIED, [])
    assert "by a person" not in await shop.why()
    shop.reads(owing(ENGINEERS))
    again = await shop.asks(name="c2")
    assert again.state is CallState.WAITING
    await shop.yes(again.approval, "U-IDA", approve=False, words="Not today.")
    async with shop.store.work() as work:
        no = dataclasses.replace(again, state=CallState.DENIED, reason="Ida said no: “Not today.”", finished=NOW)
        await work.save_call(no)
    assert "denied* by a person: Ida said no" in await shop.why()
    assert end(await shop.asks(name="c3")) == (CallState.DENIED, no.reason, NOW)


async def test_the_no_stands_also_where_other_calls_lie_before_it(shop: Workshop) -> None:
    await shop.stands("b1", state=CallState.FAILED)
    await shop.stands("b2", state=CallState.DENIED, approval="A-1", finished=NOW - timedelta(hours=1))
    await denied(shop)
    shop.spoke(EARLIER)
    assert (await shop.asks()).state is CallState.DENIED


async def test_what_was_taken_back_may_be_done_again_by_another_part(shop: Workshop) -> None:
    """And taken back again: neither is what was done before. Without a way back between them the second is the same again."""
    shop.spoke(EARLIER)
    assert (await shop.asks(step="one.light")).state is CallState.VERIFIED
    assert end(await shop.asks(name="c2", step="two.light")) == (CallState.DENIED, wording.DONE_ALREADY, NOW)
    await shop.stands("c3", "turn_off", CallState.VERIFIED, step="one.light!undo", finished=NOW)
    assert (await shop.asks(name="c4", step="three.light")).state is CallState.VERIFIED
    assert end(await shop.asks(name="c5", step="four.light")) == (CallState.DENIED, wording.DONE_ALREADY, NOW)
    await shop.stands("c6", "turn_off", CallState.VERIFIED, step="three.light!undo", finished=NOW)
    assert (await shop.asks(name="c7", step="four.light")).state is CallState.VERIFIED
