"""The changes of a turn are made in their order, and none begins after the requester has written again."""

import asyncio
from typing import Any

import pytest

from bot.domain import CallState, Event, EventKind
from bot.words import wording
from tests.town import NOW
from tests.workshop import Workshop, end, owing
from tools.contract import Refused, Result


async def test_changes_of_a_turn_are_made_in_their_order(shop: Workshop) -> None:
    """The second begins when the first has ended, however that ends."""
    shop.turn.in_order(["c1", "c2", "c3"])
    shop.lamp.goes_on.clear()
    shop.lamp.gives = (Refused("No."), Result({}, "On."))
    calls = [asyncio.create_task(shop.asks(name=name, thing=thing)) for name, thing in (("c3", "fan"), ("c2", "lamp"))]
    await asyncio.sleep(0.1)
    assert shop.lamp.ran == []
    calls.append(asyncio.create_task(shop.asks(name="c1")))
    await asyncio.wait_for(shop.lamp.began.wait(), 5)
    assert not shop.turn.ended["c1"].is_set()
    shop.lamp.goes_on.set()
    third, second, first = await asyncio.wait_for(asyncio.gather(*calls), 5)
    assert [caller.key.split(":")[1] for _, caller in shop.lamp.ran] == ["c1", "c2", "c3"]
    assert [one.state for one in (first, second, third)] == [CallState.FAILED, CallState.VERIFIED, CallState.VERIFIED]
    assert all(one.is_set() for one in shop.turn.ended.values())


async def test_a_change_that_is_denied_at_once_lets_nobody_pass(shop: Workshop) -> None:
    """The third waits for the first, though the second between them has ended; so what waits already is not asked for twice."""
    shop.reads(owing("confirm: true"))
    shop.turn.in_order(["c1", "c2", "c3"])
    ended, waits = shop.turn.ended["c1"], asyncio.Event()

    async def waited_for() -> bool:
        waits.set()
        return await asyncio.Event.wait(ended)

    ended.wait = waited_for  # type: ignore[assignment, method-assign]
    assert (await shop.asks("nothing_like_that", "c2")).state is CallState.DENIED
    third, waiting = asyncio.create_task(shop.asks(name="c3")), asyncio.create_task(waits.wait())
    await asyncio.wait({third, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    assert (await shop.asks(name="c1")).state is CallState.WAITING
    assert (await third).state is CallState.SUPERSEDED


async def test_whoever_waits_goes_on_though_nothing_could_be_written(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.turn.in_order(["c1", "c2"])
    told = []

    async def changed() -> None:
        told.append(shop.turn.ended["c1"].is_set())

    shop.turn.changed = changed

    async def away(*_: Any) -> None:
        raise OSError("gone")

    monkeypatch.setattr(shop.executor.decisions, "of", away)
    with pytest.raises(OSError, match="gone"):
        await shop.asks()
    assert told == [True]


@pytest.mark.parametrize(
    ("event", "stops"),
    [
        pytest.param(Event("e2", "T:D", EventKind.MESSAGE, "2.0", sender="U-ANA"), True, id="the requester wrote again"),
        pytest.param(Event("e1", "T:D", EventKind.MESSAGE, "2.0", sender="U-ANA"), False, id="what this turn has read"),
        pytest.param(Event("e2", "T:D", EventKind.MESSAGE, "2.0", sender="U-BEN"), False, id="somebody else"),
        pytest.param(Event("e2", "T:E", EventKind.MESSAGE, "2.0", sender="U-ANA"), False, id="elsewhere"),
    ],
)
async def test_news_stop_a_change_before_it_begins(shop: Workshop, event: Event, *, stops: bool) -> None:
    shop.turn.seen = ("e1",)
    async with shop.store.work() as work:
        await work.accept(event)
    call = await shop.asks()
    assert shop.turn.superseded is stops
    assert end(call) == ((CallState.SUPERSEDED, wording.SUPERSEDED, NOW) if stops else (CallState.VERIFIED, "", NOW))
    assert len(shop.lamp.ran) == (0 if stops else 1)
    assert (await shop.asks("read_gauge", "c2")).state is CallState.DONE
