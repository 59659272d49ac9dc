"""Answers at the same moment, with real parallel connections: at most one effect, and an answer for everybody."""

import asyncio
from collections import Counter
from datetime import timedelta

from bot.consent import ApprovalState
from bot.domain import CallState
from bot.words import askwording
from tests.approvals.desk import ONE, TWO, Desk, taken, together
from tests.town import NOW, SLACK


async def test_two_approvers_at_once(desk: Desk) -> None:
    """One of them gives it, the other hears that it was given already; it is done once."""
    one = await desk.asks(ONE)
    answers = await together(*(desk.yes(one, who) for who in ("U-OMAR", "U-IDA", "U-NOOR")))
    assert taken(answers) == 1
    assert sum("was approved already" in each.text for each in answers) == 2
    assert len((await desk.now(one)).votes) == 1
    assert await desk.effects(one) == 1


async def test_a_quorum_at_once(desk: Desk) -> None:
    """Two are needed and three press: two are taken, in whatever order, and the third hears that it was given."""
    one = await desk.asks(TWO)
    answers = await together(*(desk.yes(one, who) for who in ("U-OMAR", "U-IDA", "U-NOOR")))
    assert taken(answers) == 2
    assert await desk.effects(one) == 1


async def test_a_double_click_is_one(desk: Desk) -> None:
    """Ten times the same button, where two persons are needed: one vote, and it goes on waiting."""
    one = await desk.asks(TWO)
    answers = await together(*(desk.yes(one, "U-OMAR") for _ in range(10)))
    assert taken(answers) == 1
    assert {each.text for each in answers if not each.taken} == {askwording.ANSWERED_ALREADY}
    assert ((await desk.now(one)).state, await desk.effects(one)) == (ApprovalState.WAITING, 0)


async def test_the_same_person_under_two_slack_ids_is_one(desk: Desk) -> None:
    """Distinct persons are distinct in the directory: two accounts at once give one vote, and nobody's own request is answered by another
    account of theirs.
    """
    one = await desk.asks(TWO)
    answers = await together(*(desk.yes(one, who) for who in ("U-OMAR", "U-OMAR-2") * 5))
    assert taken(answers) == 1
    assert await desk.effects(one) == 0
    SLACK["U-ANA-2"] = "ana"
    try:
        assert (await desk.yes(one, "U-ANA-2")).text == askwording.OWN_REQUEST
    finally:
        del SLACK["U-ANA-2"]


async def test_yes_and_no_at_once(desk: Desk) -> None:
    """One of both counts, and both hear which."""
    for number in range(1, 6):
        one = await desk.asks(ONE, number=number)
        answers = await together(desk.yes(one, "U-OMAR"), desk.no(one, "U-IDA"))
        assert taken(answers) == 1
        state = (await desk.now(one)).state
        assert await desk.effects(one) == (1 if state is ApprovalState.APPROVED else 0)
        assert any(("approved" if state is ApprovalState.APPROVED else "denied") in each.text for each in answers if not each.taken)


async def test_yes_by_hand_and_a_question_at_once(desk: Desk) -> None:
    """Approved or taken over, never both; and a question is asked once, however often it is sent."""
    for number in range(1, 4):
        one = await desk.asks(ONE, number=number)
        await together(desk.yes(one, "U-OMAR"), desk.people.by_hand.take(desk.click(one, "U-IDA")))
        now = await desk.now(one)
        assert now.state in (ApprovalState.APPROVED, ApprovalState.TAKEN_OVER)
        assert await desk.effects(one) == (1 if now.state is ApprovalState.APPROVED else 0)
    one = await desk.asks(ONE, number=9)
    asked = desk.click(one, "U-OMAR", reason="Which project?")
    answers = await together(*(desk.people.asides.ask(asked) for _ in range(10)))
    assert taken(answers) == 1
    assert len((await desk.now(one)).questions) == 1


async def test_a_click_while_it_expires(desk: Desk) -> None:
    """Its time ends while people press: it was given, or is void with its call, and everybody has an answer."""
    states = Counter[ApprovalState]()
    for number in range(1, 6):
        one = await desk.asks(ONE, number=number)
        desk.town.at = one.expires - timedelta(seconds=1)
        clicks = [asyncio.create_task(desk.yes(one, who)) for who in ("U-OMAR", "U-IDA")]
        await asyncio.sleep(0.002 * number)
        desk.town.at = one.expires
        await asyncio.gather(desk.expires(one), *clicks)
        assert all(each.result().text for each in clicks)
        now = await desk.now(one)
        states[now.state] += 1
        async with desk.store.work() as work:
            call = await work.call(one.call)
        assert call is not None
        assert (now.state is ApprovalState.EXPIRED) == (call.state is CallState.EXPIRED)
        assert (await desk.yes(one, "U-NOOR")).taken is False
        desk.town.at = NOW
    assert set(states) <= {ApprovalState.APPROVED, ApprovalState.EXPIRED}


async def test_a_click_while_it_is_withdrawn(desk: Desk) -> None:
    """The requester wants it no longer at the moment of the yes: what was given is void or was never taken; nothing is done."""
    for number in range(1, 6):
        one = await desk.asks(ONE, number=number)
        await asyncio.gather(desk.withdraws(one), desk.yes(one, "U-OMAR"))
        assert (await desk.now(one)).state is ApprovalState.WITHDRAWN
        async with desk.store.work() as work:
            call = await work.call(one.call)
        assert call is not None
        assert call.state is CallState.WITHDRAWN
        assert "withdrawn" in (await desk.yes(one, "U-IDA")).text
