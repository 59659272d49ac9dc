"""Looked at again as time goes by: who is asked then, when it is looked at and reminded next, and when it is over."""

import asyncio
import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from bot.approvals.approvers import Request
from bot.consent import Approval, ApprovalState
from bot.domain import Call
from bot.gate import parse
from tests.approvals.desk import ONE, Desk
from tests.approvals.test_reminders import asked_of
from tests.approvals.test_who_may_answer import SHIFTS
from tests.gate.policy import TOOLS
from tests.town import MIDNIGHT, NOW
from tests.workshop import Workshop, policy

MINUTE = timedelta(minutes=1)
WITHIN = "within: 4h, remind: 30m"
RAISED = f"{{by: [managers], then: engineers, {WITHIN}}}"


async def looked_at(house: Workshop, one: Approval) -> bool | None:
    """What a look at it comes to."""
    async with house.store.work() as work:
        call = await work.call(one.call)
    assert call is not None
    return await house.people.asking.late(one, call, house.turn.case, house.turn.principal)


def looks(one: Approval, minutes: int, *, reminds: int = 0) -> dict[str, tuple[Any, ...]]:
    """What is due of it, so many minutes from noon on."""
    data = {"approval": one.id, "case": "C-1"}
    due = {f"expire:{one.id}": (NOW + minutes * MINUTE, "approval_expire", "T:D", data)}
    if reminds:
        due[f"remind:{one.id}"] = (NOW + reminds * MINUTE, "approval_remind", "T:D", data)
    return due


async def test_it_is_looked_at_within_a_quarter_of_an_hour_and_reminded_of_when_the_first_policy_wants_it(house: Workshop) -> None:
    """The digest that everybody's yes will name stands in the audit from the beginning."""
    house.reads(
        policy(pair=f"{{by: [engineers], {WITHIN}}}", too="{by: [admins], within: 4h, remind: 20m}", third="{by: [managers]}")
    )
    one = await house.approval((await house.opens()).approval)
    assert await house.dues() == looks(one, 15, reminds=20)
    asked = await house.asked("SELECT data->>'digest', data->>'state' FROM audit WHERE what = 'approval'")
    assert asked == [(one.digest, "waiting")]


async def test_a_look_in_between_puts_no_reminder_off(house: Workshop) -> None:
    house.reads(policy(pair=f"{{by: [engineers], {WITHIN}}}"))
    one = await house.approval((await house.opens()).approval)
    house.town.at = NOW + 15 * MINUTE
    assert await looked_at(house, one) is True
    assert (await house.dues(), await house.approval(one.id)) == (looks(one, 30, reminds=30), one)


async def test_what_is_given_back_is_looked_at_and_reminded_of_again(house: Workshop) -> None:
    """As from now; its cards name who has said yes to it meanwhile."""
    house.reads(policy(pair=f"{{by: [engineers], {WITHIN}}}", too="{by: [admins], within: 4h}"))
    call = await house.opens()
    assert (await house.yes(call.approval, "U-OMAR")).taken
    house.reads(policy(pair="{by: [engineers], within: 4h}", too="{by: [admins], within: 4h}"))
    await house.people.by_hand.take(await house.click(call.approval, "U-NOOR"))
    house.town.at = NOW + 10 * MINUTE
    one = await house.approval(call.approval)
    assert set(await house.dues()) == {f"byhand:{one.id}"}
    assert (await house.people.by_hand.back(await house.click(call.approval, "U-NOOR"))).taken
    assert await house.dues() == looks(one, 25)
    assert {vote["name"] for card in await house.cards(one) for vote in card["votes"]} == {"Omar"}


async def test_the_next_tier_is_asked_reminded_and_written_down(house: Workshop) -> None:
    """The managers had their time: the engineers are asked as well, whoever was asked before stays so, and Noor's yes is named on all cards."""
    house.reads(policy(pair=RAISED, too="{by: [admins], within: 9h}"))
    call = await house.opens()
    assert (await house.yes(call.approval, "U-NOOR")).taken
    one = await house.approval(call.approval)
    assert [term.asked for term in one.terms] == [("U-MIA", "U-OMAR"), ("U-NOOR",)]
    house.town.at = NOW + timedelta(hours=4)

    assert await looked_at(house, one) is True

    now = await house.approval(one.id)
    assert [(term.tier, term.expires - NOW) for term in now.terms] == [(1, timedelta(hours=8)), (0, timedelta(hours=9))]
    assert [term.asked for term in now.terms] == [("U-MIA", "U-OMAR", "U-IDA"), ("U-NOOR",)]
    assert (f"card:{one.id}:U-IDA" in now.cards, now.expires) == (True, NOW + timedelta(hours=9))
    assert await house.dues() == looks(one, 4 * 60 + 15, reminds=4 * 60 + 30)
    tiers = "SELECT data->'tier' FROM audit WHERE what = 'approval' AND data ? 'tier'"
    assert await house.asked(tiers) == [(1,)]
    assert {vote["name"] for card in await house.cards(now) for vote in card["votes"]} == {"Noor"}


async def test_whoever_comes_on_call_is_asked_beside_who_was(desk: Desk) -> None:
    """Nobody's time is over, so no reminder is put off."""
    desk.policies.current = parse(SHIFTS, TOOLS)
    desk.town.at = MIDNIGHT - 10 * MINUTE
    one = await desk.asks(dataclasses.replace(ONE, by=("duty",)))
    desk.town.at = MIDNIGHT + 5 * MINUTE
    await desk.expires(one)
    assert [(term.tier, term.asked) for term in (await desk.now(one)).terms] == [(0, ("U-OMAR", "U-IDA"))]
    assert await asked_of(desk, "SELECT at FROM due WHERE what = 'approval_remind'") == [(MIDNIGHT + 5 * MINUTE,)]
    assert await asked_of(desk, "SELECT at FROM due WHERE what = 'approval_expire'") == [(MIDNIGHT + 20 * MINUTE,)]


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(RAISED.replace("then: engineers, ", ""), id="there is no next tier"),
        pytest.param(RAISED.replace("engineers", "nobody"), id="there is nobody in the next tier, and nobody left in the first"),
    ],
)
async def test_it_is_over_where_nobody_is_left_to_ask(house: Workshop, rule: str) -> None:
    house.reads(policy(pair=rule).replace("roles:\n", "roles:\n  nobody: {people: [left]}\n", 1))
    one = await house.approval((await house.opens()).approval)
    for handle in ("mia", "omar"):
        del house.town.people_[handle]
    house.town.at = NOW + timedelta(hours=4)
    assert await looked_at(house, one) is False
    assert await house.approval(one.id) == one


async def counted_late(house: Workshop) -> Approval:
    """Of two that are owed both have said yes, and the directory did not know the first of them while the second did."""
    house.reads(policy(pair=f"{{by: [engineers], {WITHIN}}}", too="{by: [admins], within: 4h}"))
    call = await house.opens()
    assert (await house.yes(call.approval, "U-OMAR")).taken
    gone = house.town.people_.pop("omar")
    assert (await house.yes(call.approval, "U-NOOR")).taken
    house.town.people_["omar"] = gone
    one = await house.approval(call.approval)
    assert one.state is ApprovalState.WAITING
    return one


async def test_who_counts_again_has_answered_then(house: Workshop) -> None:
    """It is given at the moment of the look, and the cards name both."""
    one = await counted_late(house)
    house.town.at = NOW + 15 * MINUTE
    assert await looked_at(house, one) is True
    now = await house.approval(one.id)
    assert (now.state, now.answered) == (ApprovalState.APPROVED, house.town.at)
    assert {vote["name"] for card in await house.cards(now) for vote in card["votes"]} == {"Omar", "Noor"}


async def test_who_counts_again_after_its_time_gives_nothing(house: Workshop) -> None:
    one = await counted_late(house)
    house.town.at = one.expires
    assert await looked_at(house, one) is False
    assert await house.approval(one.id) == one


async def test_what_nobody_is_lacking_for_is_looked_at_at_once(house: Workshop) -> None:
    """Who counts again does so when it is given back, before anybody else has looked."""
    one = await counted_late(house)
    assert (await house.people.by_hand.take(await house.click(one.id, "U-IDA"))).taken
    house.town.at = NOW + 10 * MINUTE
    assert (await house.people.by_hand.back(await house.click(one.id, "U-IDA"))).taken
    assert await house.dues() == looks(one, 10)


async def test_an_answer_at_the_moment_of_a_look_is_not_lost(house: Workshop) -> None:
    """It waits until what came of the look is written down, and is taken then; a look that comes after it begins anew."""
    house.reads(
        policy(pair="{by: [engineers], within: 1d}").replace("engineers: {people: [omar, ida]}", "engineers: {oncall: doors}")
    )
    call = await house.opens()
    one = await house.approval(call.approval)
    house.town.at = MIDNIGHT
    follow, click = house.people.approvals.follow, None

    async def meanwhile(*args: Any) -> None:
        nonlocal click
        house.people.approvals.follow = follow  # type: ignore[method-assign]
        click = asyncio.create_task(house.yes(call.approval, "U-IDA"))
        assert await house.held_up(click)
        await follow(*args)

    house.people.approvals.follow = meanwhile  # type: ignore[method-assign]
    assert await looked_at(house, one) is True
    assert click is not None
    assert (await click).taken
    now = await house.approval(one.id)
    assert (now.state, now.terms[0].asked) == (ApprovalState.APPROVED, ("U-OMAR", "U-IDA"))
    assert await looked_at(house, one) is None


async def test_of_earlier_answers_to_one_question_the_lowest_tier_goes_on(house: Workshop) -> None:
    """In whatever order they were given."""
    house.reads(policy(pair=RAISED))
    call = await house.opens()
    low = await house.approval(call.approval)
    high = dataclasses.replace(low, terms=(dataclasses.replace(low.terms[0], tier=1),))
    request = Request(call, house.turn.case, house.turn.principal, low.owed)
    for given in ([low, high], [high, low]):
        assert [term.tier for term in (await house.people.asking.anew(request, given)).approval.terms] == [0]
    assert [term.tier for term in (await house.people.asking.anew(request, [high])).approval.terms] == [1]


async def test_what_is_asked_anew_names_who_has_said_yes(house: Workshop) -> None:
    """On the cards that are replaced, and on those that take their place."""
    house.reads(policy(pair=f"{{by: [engineers], {WITHIN}}}"))
    call = await house.opens()
    assert (await house.yes(call.approval, "U-OMAR")).taken
    house.reads(policy(pair=f"{{by: [engineers], {WITHIN}, count: 2}}"))
    waits: Call = await house.performs(call.approval)
    for name in (call.approval, waits.approval):
        assert {vote["name"] for card in await house.cards(await house.approval(name)) for vote in card["votes"]} == {"Omar"}
