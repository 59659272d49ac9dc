"""Several approvals of one case stand on one card."""

import sqlalchemy as sa

from bot.consent import ApprovalState
from bot.ports import Click
from bot.words import askwording
from tests.approvals.desk import ONE, TWO, Desk
from tests.town import TEAM


async def test_several_of_a_case_stand_on_one_card_and_are_answered_each_by_its_digest(desk: Desk) -> None:
    """Two calls of one case are one message for each person; a yes to all is one to each call as it was shown, and to no other."""
    one, two = await desk.asks(ONE), await desk.asks(TWO, number=2)
    other = await desk.asks(ONE, case="C-2", number=3)
    assert (await desk.now(two)).cards == one.cards
    assert not set(other.cards) & set(one.cards)
    async with desk.store.session() as session:
        content = await session.scalar(sa.text("SELECT content FROM outbox WHERE key = :key"), {"key": one.cards[0]})
    assert [card["approval"] for card in content["cards"]] == [one.id, two.id]
    assert [(each["approval"], each["nonce"]) for each in content["all"]] == [(one.id, one.nonce), (two.id, two.nonce)]

    altered = desk.click(one, "U-OMAR", digest="digest 2")
    assert (await desk.people.answering.answer(altered)).text == askwording.UNKNOWN_APPROVAL
    for each in content["all"]:
        click = Click(each["approval"], each["nonce"], "U-OMAR", TEAM, approve=True, digest=each["digest"])
        assert (await desk.people.answering.answer(click)).taken
    assert [(await desk.now(each)).state for each in (one, two)] == [ApprovalState.APPROVED, ApprovalState.WAITING]
    async with desk.store.session() as session:
        content = await session.scalar(sa.text("SELECT content FROM outbox WHERE key = :key"), {"key": one.cards[0]})
    assert ([card["state"] for card in content["cards"]], content["all"]) == (["approved", "waiting"], [])


async def test_there_is_room_for_three(desk: Desk) -> None:
    """A fourth has a card of its own, so that none is cut."""
    four = [await desk.asks(ONE, number=number) for number in range(1, 5)]
    cards = [(await desk.now(one)).cards for one in four]
    assert cards[0] == cards[1] == cards[2]
    assert not set(cards[3]) & set(cards[0])
