"""How approvals and confirmations end: the rows, what stays in the audit, what is due still, and what every card says."""

import asyncio
import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from bot.consent import Approval, ApprovalState, Vote
from bot.domain import CallState
from tests.town import NOW
from tests.workshop import Workshop, owing

LATER = NOW + timedelta(hours=1)
ENGINEERS = "approval: {by: [engineers], within: 4h, remind: 1h}"


@pytest.fixture(autouse=True)
def engineers_are_asked(shop: Workshop) -> None:
    shop.reads(owing(ENGINEERS))


async def lines(shop: Workshop) -> list[tuple[str, str, Any]]:
    async with shop.store.work() as work:
        return [(one.role, one.text, one.data) for one in await work.transcript("C-1") if one.role == "outcome"]


# ── one call ends ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("state", "became", "reason"),
    [
        (ApprovalState.WITHDRAWN, CallState.WITHDRAWN, "You withdrew it."),
        (ApprovalState.HANDED_OVER, CallState.HANDED_OVER, "It was handed over to people, who go on with it."),
        (ApprovalState.SUPERSEDED, CallState.SUPERSEDED, "You changed your request."),
        (ApprovalState.EXPIRED, CallState.EXPIRED, "Nobody answered in time."),
    ],
)
async def test_what_waits_ends_with_all_that_was_asked_for_it(
    shop: Workshop, state: ApprovalState, became: CallState, reason: str
) -> None:
    """The requester's click and the question to people, whichever of them it is said of; nothing of another call."""
    call = await shop.clicked()
    shop.reads(owing(ENGINEERS))
    other = await shop.asks(name="c2", thing="fan", step="s2")
    audited = len(await shop.audited())
    kept = await shop.call("c2"), await shop.approval(other.approval)
    shop.town.at = LATER

    await shop.ends(await shop.approval(call.approval), state, call)

    assert await shop.call("c1") == dataclasses.replace(call, state=became, finished=LATER, reason=reason)
    own, one = await shop.approval(call.confirmation), await shop.approval(call.approval)
    assert [(each.state, each.answered) for each in (own, one)] == [(state, LATER)] * 2
    assert sorted((await shop.audited())[audited:]) == sorted(
        [("call", call.id, str(became)), ("confirmation", call.id, str(state)), ("approval", call.id, str(state))]
    )
    assert await lines(shop) == [("outcome", "", {"call": "c1", "approval": one.id})]
    shown = [*await shop.cards(own), *await shop.cards(one)]
    assert {(each["state"], each["words"], each["requester"]["handle"]) for each in shown} == {
        (str(state), "please turn it on", "ana")
    }
    assert set(await shop.dues()) == {f"expire:{other.approval}", f"remind:{other.approval}"}
    assert (await shop.call("c2"), await shop.approval(other.approval)) == kept


async def test_it_ends_for_the_reason_that_is_given_and_names_who_has_answered(shop: Workshop) -> None:
    shop.reads(owing(ENGINEERS.replace("by:", "count: 2, by:")))
    call = await shop.asks()
    assert (await shop.yes(call.approval)).taken
    await shop.ends(
        await shop.approval(call.approval), ApprovalState.SUPERSEDED, call, reason="Another came.", names={"omar": "Omar O."}
    )
    assert (await shop.call("c1")).reason == "Another came."
    assert {each["votes"][0]["name"] for each in await shop.cards(await shop.approval(call.approval))} == {"Omar O."}


@pytest.mark.parametrize("state", [CallState.STARTED, CallState.VERIFIED, CallState.DENIED])
async def test_what_does_not_wait_any_more_does_not_end(shop: Workshop, state: CallState) -> None:
    """Whoever ends it may have looked before: what counts is how it stands."""
    call = await shop.asks()
    before = await shop.approval(call.approval)
    async with shop.store.work() as work:
        await work.save_call(dataclasses.replace(call, state=state))
    audited = await shop.audited()
    await shop.ends(before, ApprovalState.WITHDRAWN, call)
    assert ((await shop.call("c1")).state, await shop.approval(call.approval)) == (state, before)
    assert (await shop.audited(), await lines(shop)) == (audited, [])


@pytest.mark.parametrize("state", [ApprovalState.DENIED, ApprovalState.USED, ApprovalState.SUPERSEDED])
async def test_an_approval_that_is_over_ends_nothing(shop: Workshop, state: ApprovalState) -> None:
    """Also where another question of the same call is open."""
    call = await shop.clicked()
    own = dataclasses.replace(await shop.approval(call.confirmation), state=state)
    async with shop.store.work() as work:
        await work.save_approval(own)
    await shop.ends(own, ApprovalState.EXPIRED, call)
    assert (await shop.call("c1")).state is CallState.WAITING
    assert (await shop.approval(call.approval)).state is ApprovalState.WAITING
    await shop.ends(await shop.approval(call.approval), ApprovalState.EXPIRED, call)
    assert [(await shop.approval(one)).state for one in (call.confirmation, call.approval)] == [state, ApprovalState.EXPIRED]


async def test_a_call_that_is_gone_ends_nothing(shop: Workshop) -> None:
    call = await shop.asks()
    one = await shop.approval(call.approval)
    await shop.ends(one, ApprovalState.WITHDRAWN, dataclasses.replace(call, id="K-0"))
    assert await shop.approval(call.approval) == one


# ── all of a case ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_of_a_case_all_ends_but_what_deskhand_itself_asks_for(shop: Workshop) -> None:
    one, two = [await shop.asks(name=name, thing=thing, step=name) for name, thing in (("c1", "lamp"), ("c2", "fan"))]
    await shop.yes(two.approval)
    ours = await shop.asks(name="c3", thing="lamp", user="ana", step="c3")
    elsewhere = await shop.asks(name="c4", thing="fan", user="ana", plan="P-2")
    async with shop.store.work() as work:
        await work.save_call(dataclasses.replace(ours, principal="deskhand"))

    await shop.all_ends()

    states = {name: (await shop.call(name)).state for name in ("c1", "c2", "c3", "c4")}
    over, waits = CallState.HANDED_OVER, CallState.WAITING
    assert states == {"c1": over, "c2": over, "c3": waits, "c4": over}
    assert (await shop.approval(ours.approval)).state is ApprovalState.WAITING
    for call in (one, two, elsewhere):
        assert {card["state"] for card in await shop.cards(await shop.approval(call.approval))} == {"handed_over"}
    assert {vote["name"] for card in await shop.cards(await shop.approval(two.approval)) for vote in card["votes"]} == {"Omar"}
    assert {card["requester"]["handle"] for card in await shop.cards(await shop.approval(one.approval))} == {"ana"}


async def test_of_one_plan_all_ends_whoever_asks_for_it(shop: Workshop) -> None:
    await shop.asks()
    ours = await shop.asks(name="c3", thing="fan", step="c3")
    await shop.asks(name="c4", thing="fan", user="ana", plan="P-2")
    async with shop.store.work() as work:
        await work.save_call(dataclasses.replace(ours, principal="deskhand"))
    await shop.all_ends(["P-1", "P-3"], ApprovalState.WITHDRAWN)
    states = [(await shop.call(name)).state for name in ("c1", "c3", "c4")]
    assert states == [CallState.WITHDRAWN, CallState.WITHDRAWN, CallState.WAITING]


async def test_what_takes_its_place_meanwhile_ends_as_well(shop: Workshop) -> None:
    """An answer came first and put another call there: it is found on the next look, and nothing is looked at for ever."""
    call = await shop.asks()
    approvals = shop.people.approvals
    end = approvals.end

    async def and_another(work: Any, one: Approval, *args: Any, **more: Any) -> None:
        await end(work, one, *args, **more)
        if one.call == call.id:
            shorter = dataclasses.replace(call, id="K-900", call="c9")
            await work.save_call(shorter)
            await work.save_approval(dataclasses.replace(one, id="A-900", call="K-900", cards=()))

    approvals.end = and_another  # type: ignore[method-assign]
    await shop.all_ends()
    assert (await shop.call("c9")).state is CallState.HANDED_OVER
    assert (await shop.approval("A-900")).state is ApprovalState.HANDED_OVER


async def test_whoever_has_answered_something_of_a_case_is_named(shop: Workshop) -> None:
    one = await shop.asks()
    two = await shop.asks(name="c2", thing="fan", step="s2")
    await shop.asks(name="c3", thing="fan", user="ana", step="s3")
    await shop.yes(one.approval)
    await shop.yes(two.approval, "U-IDA", approve=False, words="No.")
    assert await shop.people.approvals.voters("C-1") == {"omar": "Omar", "ida": "Ida"}
    assert await shop.people.approvals.voters("C-2") == {}


# ── what was given and does not run ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("state", "became"),
    [
        (CallState.FROZEN, ApprovalState.FROZEN),
        (CallState.EXPIRED, ApprovalState.EXPIRED),
        (CallState.DENIED, ApprovalState.EXPIRED),
    ],
)
async def test_what_was_given_is_void_and_nothing_else(shop: Workshop, state: CallState, became: ApprovalState) -> None:
    """The click and the yes; a question that is open, and what was given for another call, stay."""
    call = await shop.clicked()
    await shop.yes(call.approval)
    shop.reads(owing(ENGINEERS))
    other = await shop.asks(name="c2", thing="fan", step="s2")
    await shop.yes(other.approval)
    third = dataclasses.replace(await shop.approval(call.approval), id="A-900", state=ApprovalState.WAITING, cards=())
    async with shop.store.work() as work:
        await work.save_approval(third)
    audited = len(await shop.audited())
    shop.town.at = LATER

    ended = await shop.people.approvals.stopped(call, state, "It may not be.", shop.turn.case, shop.turn.principal)

    assert ended == await shop.call("c1") == dataclasses.replace(call, state=state, finished=LATER, reason="It may not be.")
    own, one = await shop.approval(call.confirmation), await shop.approval(call.approval)
    assert (own.state, one.state) == (became, became)
    assert await shop.approval("A-900") == third
    assert (await shop.approval(other.approval)).state is ApprovalState.APPROVED
    assert sorted((await shop.audited())[audited:]) == sorted(
        [("call", call.id, str(state)), ("confirmation", call.id, str(became)), ("approval", call.id, str(became))]
    )
    assert {each["state"] for each in [*await shop.cards(own), *await shop.cards(one)]} == {str(became)}
    shown = await shop.cards(one)
    assert {(each["votes"][0]["name"], each["requester"]["handle"], each["words"]) for each in shown} == {
        ("Omar", "ana", "please turn it on")
    }


# ── for the requester ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("votes", "said"),
    [
        pytest.param(
            [("omar", True, "Fine."), ("ida", False, "Not now."), ("noor", False, "No.")], "Ida said no: “Not now.”", id="why"
        ),
        pytest.param([("ida", False, "")], "Ida said no.", id="without a reason"),
        pytest.param([], "the engineer on call said no.", id="nobody is known"),
        pytest.param([("omar", True, "Fine.")], "the engineer on call said no.", id="nobody said no"),
    ],
)
async def test_who_denied_it_and_why(shop: Workshop, votes: list[tuple[str, bool, str]], said: str) -> None:
    one = Approval("A-1", "C-1", "K-1", "", "", (), NOW, NOW)
    cast = tuple(Vote(by, f"U-{by.upper()}", approve, reason, NOW) for by, approve, reason in votes)
    assert await shop.people.approvals.reason_of_denial(dataclasses.replace(one, votes=cast)) == said


async def test_what_waits_shows_what_the_requester_has_added(shop: Workshop) -> None:
    """Of what people are asked for, and of what waits alone; each is told with who has to answer."""
    call = await shop.clicked()
    shop.reads(owing(ENGINEERS.replace("by:", "count: 2, by:")))
    two = await shop.asks(name="c2", thing="fan", step="s2", plan="P-2")
    assert (await shop.yes(two.approval)).taken
    shop.reads(owing(ENGINEERS))
    over = await shop.asks(name="c3", thing="fan", user="ana", step="s3")
    await shop.yes(over.approval)
    shop.reads(owing("confirm: true"))
    own = await shop.asks(name="c4", thing="lamp", user="ana", step="s4")
    assert own.own_click
    case = dataclasses.replace(shop.turn.case, data={"words": {"P-1": "please, it is dark", "P-2": "and hot"}})
    before = {key: content for key, content in (await shop.posts()).items() if key.startswith("confirm:")}

    told = await shop.people.approvals.remarked(case, shop.turn.principal)

    assert told == [(call.approval, "the engineers"), (two.approval, "2 of the engineers")]
    assert {each["words"] for each in await shop.cards(await shop.approval(call.approval))} == {"please, it is dark"}
    shown = await shop.cards(await shop.approval(two.approval))
    assert {(each["words"], each["votes"][0]["name"], each["requester"]["handle"]) for each in shown} == {
        ("and hot", "Omar", "ana")
    }
    assert {key: content for key, content in (await shop.posts()).items() if key.startswith("confirm:")} == before
    assert (await shop.approval(over.approval)).state is ApprovalState.APPROVED


async def test_what_is_answered_while_it_is_shown_is_left_alone(shop: Workshop) -> None:
    """Between the first look and the lock it was answered, and its call may be gone."""
    call = await shop.asks()
    approvals = shop.people.approvals
    names = approvals.approvers.names

    async def meanwhile(votes: Any) -> dict[str, str]:
        approvals.approvers.names = names  # type: ignore[method-assign]
        await shop.yes(call.approval)
        return await names(votes)

    approvals.approvers.names = meanwhile  # type: ignore[method-assign]
    assert await approvals.remarked(shop.turn.case, shop.turn.principal) == []
    assert (await shop.approval(call.approval)).state is ApprovalState.APPROVED


async def test_an_answer_at_the_same_moment_is_not_lost(shop: Workshop) -> None:
    """It waits until the cards show what was added, and is taken then."""
    call = await shop.asks()
    approvals, click = shop.people.approvals, None
    follow = approvals.follow

    async def meanwhile(*args: Any) -> None:
        nonlocal click
        approvals.follow = follow  # type: ignore[method-assign]
        click = asyncio.create_task(shop.yes(call.approval))
        assert await shop.held_up(click)
        await follow(*args)

    approvals.follow = meanwhile  # type: ignore[method-assign]
    assert len(await approvals.remarked(shop.turn.case, shop.turn.principal)) == 1
    assert click is not None
    assert (await click).taken
    assert (await shop.approval(call.approval)).state is ApprovalState.APPROVED
