"""Who is asked before a change: its requester, other people, or nobody."""

from typing import Any

import pytest

from bot import gate
from bot.consent import ApprovalState
from bot.domain import SYSTEM, CallState
from bot.obligations import Owed
from bot.words import askwording, clickwording
from tests.town import NOW
from tests.workshop import ENGINEERS, Workshop, end, owing, seen


async def test_a_call_that_waits_for_the_requesters_click(shop: Workshop) -> None:
    shop.reads(owing("confirm: true"))
    call = await shop.asks()
    assert seen(call, "state", "finished", "started", "key", "approval") == (CallState.WAITING, None, None, "", "")
    assert (call.id[:2], call.confirmation[:2], shop.lamp.ran) == ("K-", "A-", [])
    one = await shop.approval(call.confirmation)
    assert (one.call, one.case, [type(each).__name__ for each in one.asks]) == (call.id, "C-1", ["Confirm"])
    [(key, card)] = (await shop.posts()).items()
    assert (key, card["requester"]["handle"], card["sentence"]) == (f"confirm:{one.id}", "ana", "turn_on lamp for Ben")
    assert await shop.audited() == [("confirmation", call.id, "waiting"), ("call", call.id, "waiting")]

    await shop.yes(call.confirmation, "U-ANA")
    told = []

    async def changed() -> None:
        told.append(True)

    shop.turn.changed = changed
    done = await shop.performs(call.confirmation)
    assert (done, end(done)) == (await shop.call("c1"), (CallState.VERIFIED, "", NOW))
    assert (told, len(shop.lamp.ran)) == ([True], 1)


async def test_deskhand_itself_has_nobody_to_click(shop: Workshop) -> None:
    shop.reads(owing("confirm: true"))
    shop.turn.principal = SYSTEM
    call = await shop.asks()
    assert end(call) == (CallState.DENIED, clickwording.NOBODY_TO_CLICK, NOW)
    assert call.principal == "deskhand"
    assert await shop.posts() == {}


@pytest.mark.parametrize("what", ["confirm: true", ENGINEERS])
async def test_two_turns_at_once_on_a_case_ask_once(shop: Workshop, what: str) -> None:
    """That must not be; if it were, the second raises, and nothing of it is written."""
    shop.reads(owing(what))
    steered = shop.executor._steered

    async def meanwhile(turn: Any) -> bool:
        shop.executor._steered = steered  # type: ignore[method-assign]
        await shop.stands("c1", state=CallState.WAITING)
        return await steered(turn)

    shop.executor._steered = meanwhile  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match=r"^two turns at once on case C-1$"):
        await shop.asks()
    assert (await shop.posts(), await shop.audited()) == ({}, [])


async def test_a_call_that_waits_for_people(shop: Workshop) -> None:
    """Who asks, in which words, and what is owed, on the card; its key is what they are shown."""
    shop.reads(owing(ENGINEERS))
    call = await shop.asks()
    owed = (Owed("more", "It matters.", ("engineers",), means=call_means(shop, "engineers")),)
    digest = gate.digest("turn_on", call.arguments, call.resource, "ana", "C-1", owed, shop.policies.current.version)
    assert seen(call, "state", "finished", "started", "digest", "key") == (CallState.WAITING, None, None, digest, digest)
    one = await shop.approval(call.approval)
    assert one.id.startswith("A-")
    assert (one.call, one.case, one.owed, one.state, one.digest) == (call.id, "C-1", owed, ApprovalState.WAITING, digest)
    assert one.cards == (f"card:{one.id}:channel", f"card:{one.id}:U-IDA", f"card:{one.id}:U-OMAR")
    card = (await shop.posts())[one.cards[0]]
    assert (card["requester"]["handle"], card["sentence"]) == ("ana", "turn_on lamp for Ben")
    assert await shop.audited() == [("approval", call.id, "waiting"), ("call", call.id, "waiting")]
    assert shop.lamp.ran == []


def call_means(shop: Workshop, role: str) -> tuple[str, ...]:
    return (shop.policies.current.roles[role].key,)


async def test_where_there_is_nobody_to_ask(shop: Workshop) -> None:
    shop.reads(owing(ENGINEERS).replace("[omar, ida]", "[ben, ana, left]"))
    call = await shop.asks()
    assert end(call) == (CallState.FAILED, askwording.NOBODY_TO_ASK, NOW)
    assert (call.approval, await shop.posts()) == ("", {})
    assert await shop.audited() == [("call", call.id, "failed")]


async def test_a_limit_that_is_reached_before_the_claim_asks_people(shop: Workshop) -> None:
    """Beyond it somebody says yes: to a digest of what is owed then."""
    shop.reads(owing("limit: {times: 1, within: 1d, per: tool, beyond: approval}, approval: {by: [engineers]}"))

    async def another() -> None:
        await shop.stands("c0", state=CallState.VERIFIED, started=NOW, finished=NOW)

    shop.before(another)
    call = await shop.asks()
    assert call.state is CallState.WAITING
    one = await shop.approval(call.approval)
    assert [owed.by for owed in one.owed] == [("engineers",)]
    assert one.digest == call.digest == call.key
    assert call.digest == gate.digest(
        "turn_on", call.arguments, call.resource, "ana", "C-1", one.owed, shop.policies.current.version
    )
    await shop.yes(call.approval)
    assert (await shop.performs(call.approval)).state is CallState.VERIFIED
