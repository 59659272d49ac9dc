"""The requester's own click on exactly one call: who gives it, to what, until when, and what stands of it."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot import gate
from bot.approvals.confirmation import WITHIN, bound, covers, met
from bot.consent import Approval, ApprovalKind, ApprovalState, Vote
from bot.domain import Call, CallState
from bot.obligations import Confirm, Deny, Limit, Notify, Owed, Permit, Reason, Review
from bot.ports import Click, ClickAnswer
from bot.words import afterwording, askwording, clickwording
from tests.town import NOW, SLACK
from tests.workshop import Workshop, owing

SOON = NOW + timedelta(minutes=3)
WHY = "confirm: true, reason: true"


async def answers(shop: Workshop, click: Click) -> ClickAnswer | None:
    return await shop.people.confirmations.answer(click)


async def audit(shop: Workshop) -> list[dict[str, Any]]:
    """What stands there of clicks."""
    return [row for (row,) in await shop.asked("SELECT data FROM audit WHERE what = 'confirmation' ORDER BY position")]


async def events(shop: Workshop) -> list[str]:
    """What the case is told to go on with."""
    return [key for (key,) in await shop.asked("SELECT key FROM inbox ORDER BY key")]


async def asked(shop: Workshop, what: str = "confirm: true") -> Approval:
    shop.reads(owing(what))
    return await shop.approval((await shop.asks()).confirmation)


@pytest.mark.parametrize(
    ("changed", "said", "by"),
    [
        pytest.param({"nonce": "guessed"}, askwording.UNKNOWN_APPROVAL, "", id="a nonce that is guessed"),
        pytest.param({"nonce": "ünïcode"}, askwording.UNKNOWN_APPROVAL, "", id="one of other letters"),
        pytest.param({"slack_id": "U-BEN"}, clickwording.NOT_YOUR_CLICK, "ben", id="somebody else"),
        pytest.param({"slack_id": "U-NOBODY"}, clickwording.NOT_YOUR_CLICK, "U-NOBODY", id="whom the directory does not know"),
        pytest.param({"team": "T-OTHER"}, clickwording.NOT_YOUR_CLICK, "ana", id="an account of another company"),
        pytest.param({"digest": ""}, askwording.UNSEEN, "", id="a yes that names no call"),
        pytest.param({"digest": "another"}, askwording.UNKNOWN_APPROVAL, "", id="a yes to another call"),
    ],
)
async def test_a_click_that_is_none(shop: Workshop, changed: dict[str, str], said: str, by: str) -> None:
    """Nothing is written to the approval; who it was that may not stands in the audit."""
    one = await asked(shop)
    before = await audit(shop)
    click = dataclasses.replace(await shop.click(one.id, "U-ANA"), **changed)
    assert await answers(shop, click) == ClickAnswer(False, said)
    assert (await shop.approval(one.id), await events(shop)) == (one, [])
    row = {"approval": one.id, "call": one.call, "state": "waiting", "votes": [], "refused": by}
    assert (await audit(shop))[len(before) :] == ([row] if by else [])


async def test_an_account_that_is_somebody_elses_by_now_clicks_for_nobody(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    one = await asked(shop)
    monkeypatch.setitem(SLACK, "U-ANA", "ben")
    assert await answers(shop, await shop.click(one.id, "U-ANA")) == ClickAnswer(False, clickwording.NOT_YOUR_CLICK)
    assert (await audit(shop))[-1]["refused"] == "ben"
    assert await shop.approval(one.id) == one


async def test_what_is_no_confirmation_is_answered_elsewhere(shop: Workshop) -> None:
    shop.reads(owing("approval: {by: [engineers], within: 4h}"))
    call = await shop.asks()
    click = await shop.click(call.approval, "U-ANA")
    assert await answers(shop, click) is None
    assert await answers(shop, dataclasses.replace(click, approval="A-900")) is None


async def test_what_was_asked_for_stands_in_the_audit(shop: Workshop) -> None:
    one = await asked(shop)
    row = {"approval": one.id, "call": one.call, "state": "waiting", "votes": [], "digest": one.digest}
    assert await audit(shop) == [row]
    assert (one.digest != "", one.kind, one.created, one.expires) == (True, ApprovalKind.CONFIRMATION, NOW, NOW + WITHIN)


@pytest.mark.parametrize("words", ["", " \n"])
async def test_a_yes_without_the_reason_that_is_owed_asks_for_it(shop: Workshop, words: str) -> None:
    one = await asked(shop, WHY)
    wanted = ClickAnswer(False, clickwording.REASON_WANTED, asks="turn_on lamp for Ben")
    assert await answers(shop, await shop.click(one.id, "U-ANA", words=words)) == wanted
    assert await shop.approval(one.id) == one


async def test_a_yes(shop: Workshop) -> None:
    """It is written down with its moment and, in the call, its words, which are not without end; the case goes on, once."""
    one = await asked(shop, WHY)
    shop.town.at = SOON
    click = await shop.click(one.id, "U-ANA", words=" It is dark." + "!" * 600)
    assert await answers(shop, click) == ClickAnswer(True, clickwording.CLICKED)
    words = "It is dark." + "!" * 489
    vote = Vote("ana", "U-ANA", approve=True, reason=words, at=SOON)
    assert await shop.approval(one.id) == dataclasses.replace(one, state=ApprovalState.APPROVED, votes=(vote,), answered=SOON)
    call = await shop.call("c1")
    assert (call.state, call.purpose) == (CallState.WAITING, words)
    assert [card["outcome"] for card in await shop.cards(one)] == ["You said yes."]
    row = {"approval": one.id, "call": one.call, "state": "approved", "votes": [{"by": "ana", "approve": True}]}
    assert ((await audit(shop))[-1], await events(shop)) == (row, [f"approval:{one.id}:approved"])
    again = ClickAnswer(False, f"{one.id} is over already, so your click changed nothing. You said yes.")
    assert await answers(shop, click) == again
    assert await answers(shop, dataclasses.replace(click, approve=False)) == again
    assert await answers(shop, dataclasses.replace(click, reason="", digest="")) == again


async def test_a_no(shop: Workshop) -> None:
    """It needs no reason, and names no call; the call ends with it, and the case goes on."""
    one = await asked(shop, WHY)
    shop.town.at = SOON
    click = dataclasses.replace(await shop.click(one.id, "U-ANA", approve=False), digest="")
    assert await answers(shop, click) == ClickAnswer(True, clickwording.LEFT_ALONE)
    vote = Vote("ana", "U-ANA", approve=False, reason="", at=SOON)
    assert await shop.approval(one.id) == dataclasses.replace(one, state=ApprovalState.WITHDRAWN, votes=(vote,), answered=SOON)
    call = await shop.call("c1")
    assert (call.state, call.reason, call.finished) == (CallState.WITHDRAWN, clickwording.LEFT_ALONE, SOON)
    assert [card["outcome"] for card in await shop.cards(one)] == [clickwording.LEFT_ALONE]
    assert await events(shop) == [f"approval:{one.id}:withdrawn"]


@pytest.mark.parametrize(
    ("at", "answer"), [(WITHIN, clickwording.NOT_CLICKED), (WITHIN - timedelta(seconds=1), clickwording.CLICKED)]
)
async def test_a_click_is_taken_in_its_time(shop: Workshop, at: timedelta, answer: str) -> None:
    one = await asked(shop)
    shop.town.at = NOW + at
    assert await answers(shop, await shop.click(one.id, "U-ANA")) == ClickAnswer(answer == clickwording.CLICKED, answer)
    assert ((await shop.approval(one.id)).state is ApprovalState.APPROVED) == (answer == clickwording.CLICKED)


@dataclass
class Meanwhile:
    """Lets something happen after what was clicked was looked at, before it is written down."""

    shop: Workshop
    happens: Callable[[], Awaitable[None]]

    async def __call__(self, *args: Any) -> Any:
        del self.shop.facts.principal
        await self.happens()
        return await self.shop.facts.principal(*args)


async def test_a_click_on_what_ends_in_the_same_moment(shop: Workshop) -> None:
    """Its call has ended, or all of it is erased: nothing is taken."""
    one = await asked(shop)
    click = await shop.click(one.id, "U-ANA")

    async def ends() -> None:
        async with shop.store.work() as work:
            await work.save_call(dataclasses.replace(await shop.call("c1"), state=CallState.FAILED))

    shop.facts.principal = Meanwhile(shop, ends)
    assert await answers(shop, click) == ClickAnswer(False, clickwording.late(one))
    assert await shop.approval(one.id) == one

    async def erased() -> None:
        async with shop.store.session() as session:
            await session.execute(sa.text("DELETE FROM approval"))

    shop.facts.principal = Meanwhile(shop, erased)
    assert await answers(shop, click) == ClickAnswer(False, askwording.UNKNOWN_APPROVAL)


async def test_two_clicks_at_once_are_one(shop: Workshop) -> None:
    """The second waits for the first, and finds what it has left."""
    one = await asked(shop)
    click = await shop.click(one.id, "U-ANA")
    async with shop.store.work() as work:
        first = await work.approval(one.id, lock=True)
        assert first is not None
        second = asyncio.create_task(answers(shop, click))
        assert await shop.held_up(second)
        await work.save_approval(dataclasses.replace(first, state=ApprovalState.WITHDRAWN))
    answer = await second
    assert answer is not None
    assert not answer.taken
    assert (await shop.approval(one.id)).state is ApprovalState.WITHDRAWN


# ── what is owed ─────────────────────────────────────────────────────────────────────────────────────────────────────


class Ritual:
    """An obligation of a policy that is newer than whoever performs calls."""


class Dance:
    """Another."""


def test_what_nobody_here_meets_is_denied() -> None:
    """It is named once; what is known goes through, and so does a denial."""
    known = (Owed("p", "", ("x",)), Limit("p", 1, timedelta(days=1)), Reason("p"), Confirm("p"), Notify("p"), Review("p"))
    permit, deny = Permit(("p",), "v1", known), Deny("No.", ("p",), "v1")
    assert met(permit) is permit
    assert met(deny) is deny
    strange: Any = (*known, Ritual(), Ritual(), Dance())
    assert met(Permit(("p",), "v1", strange)) == Deny(afterwording.UNMET.format("ritual, dance"), ("p",), "v1")


MINE = Approval(
    "A-1",
    "C-1",
    "K-1",
    "d",
    "n",
    (),
    NOW,
    NOW,
    kind=ApprovalKind.CONFIRMATION,
    votes=(Vote("ana", "U-ANA", approve=True, reason="", at=NOW),),
)


CALL = Call("K-1", "C-1", "c1", "turn_on", {"thing": "lamp"}, CallState.WAITING, "ana", NOW, policy_version="v1")
OWED = (Owed("p", "", ("x",)),)


def given_to(call: Call, owed: tuple[Owed, ...], version: str, **more: Any) -> Approval:
    """An answer to exactly this call."""
    bound_to = gate.digest(call.tool, call.arguments, call.resource, call.principal, call.case, owed, version)
    return dataclasses.replace(MINE, id="A-2" if owed else "A-1", digest=bound_to, owed=owed, **more)


@pytest.mark.parametrize(
    ("changed", "holds"),
    [
        pytest.param({}, True, id="the same"),
        pytest.param({"policy_version": "v2"}, True, id="by a newer policy"),
        pytest.param({"tool": "turn_off"}, False, id="another tool"),
        pytest.param({"arguments": {"thing": "fan"}}, False, id="another thing"),
        pytest.param({"resource": {"owner": "eva"}}, False, id="somebody else's by now"),
        pytest.param({"principal": "ben"}, False, id="for somebody else"),
        pytest.param({"case": "C-2"}, False, id="of another case"),
    ],
)
@pytest.mark.parametrize("by", ["requester", "people"])
def test_an_answer_is_to_exactly_this_call(changed: dict[str, Any], holds: bool, by: str) -> None:
    """The requester's own and that of people, whichever of them begins the turn: each must be to the call as it is now."""
    now = dataclasses.replace(CALL, **changed)
    own, yes = given_to(CALL, (), ""), given_to(CALL, OWED, "v1", kind=ApprovalKind.APPROVAL)
    assert bound(own if by == "requester" else yes, [own, yes], CALL, now) is holds


def test_one_that_was_given_to_another_call_is_found_out() -> None:
    """Though the other was given to this one."""
    other = dataclasses.replace(CALL, arguments={"thing": "fan"})
    own, yes = given_to(CALL, (), ""), given_to(CALL, OWED, "v1", kind=ApprovalKind.APPROVAL)
    assert not bound(yes, [given_to(other, (), ""), yes], CALL, CALL)
    assert not bound(given_to(other, OWED, "v1", kind=ApprovalKind.APPROVAL), [own], CALL, CALL)
    assert not bound(given_to(CALL, OWED, "v9", kind=ApprovalKind.APPROVAL), [own], CALL, CALL)
    assert not bound(dataclasses.replace(yes, owed=()), [own], CALL, CALL)
    assert bound(yes, [own, given_to(other, OWED, "v1", kind=ApprovalKind.APPROVAL)], CALL, CALL)


@pytest.mark.parametrize(
    ("owes", "given", "purpose", "enough"),
    [
        pytest.param((), (), "", True, id="nothing is owed"),
        pytest.param((Owed("p", "", ("x",)),), (), "", True, id="nothing of the requester"),
        pytest.param((Confirm("p"),), (), "", False, id="a click, and there is none"),
        pytest.param((Confirm("p"),), (MINE,), "", True, id="a click"),
        pytest.param(
            (Confirm("p"),),
            (dataclasses.replace(MINE, kind=ApprovalKind.APPROVAL),),
            "",
            False,
            id="an answer that is no click of theirs",
        ),
        pytest.param(
            (Confirm("p"),),
            (dataclasses.replace(MINE, votes=(dataclasses.replace(MINE.votes[0], by="ben"),)),),
            "",
            False,
            id="somebody else's click",
        ),
        pytest.param((Confirm("p"), Reason("p")), (MINE,), "", False, id="a reason, and there is none"),
        pytest.param((Reason("p"),), (MINE,), "It is dark.", True, id="a reason"),
        pytest.param((Reason("p"),), (), "It is dark.", False, id="a reason that nobody clicked on"),
    ],
)
async def test_whether_the_requester_has_given_what_they_owe(
    shop: Workshop, owes: Any, given: Any, purpose: str, enough: bool
) -> None:
    call = dataclasses.replace(await shop.stands(), purpose=purpose)
    assert covers(given, call, Permit(("p",), "v1", owes)) is enough
