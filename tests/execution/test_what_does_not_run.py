"""Calls that never begin: wrong, forbidden, frozen, or beyond a limit."""

from bot.domain import CallState
from bot.words import freezewording
from tests.town import NOW
from tests.workshop import WORKS, Workshop, end, owing, seen
from tools.contract import OutOfReach


async def test_a_tool_that_there_is_not(shop: Workshop) -> None:
    call = await shop.asks("turn_of")
    assert end(call) == (CallState.DENIED, "There is no tool called 'turn_of' (did you mean 'turn_on'?).", NOW)
    assert seen(call, "case", "call", "principal", "created", "plan", "step") == ("C-1", "c1", "ana", NOW, "P-1", "s1")
    assert seen(call, "effect", "system", "decision", "arguments") == ("read", "", "deny", {"user": "ben", "thing": "lamp"})
    assert seen(call, "started", "key", "digest", "result") == (None, "", "", None)
    assert [(what, state) for what, _, state in await shop.audited()] == [("call", "denied")]


async def test_arguments_that_do_not_fit(shop: Workshop) -> None:
    """What it would have been is known by its name."""
    call = await shop.asks(colour="red")
    assert end(call) == (
        CallState.DENIED,
        "turn_on was called with arguments that don't fit: colour: Extra inputs are not permitted.",
        NOW,
    )
    assert seen(call, "effect", "system", "arguments") == ("change", "works", {"user": "ben", "thing": "lamp", "colour": "red"})
    assert (await shop.asks("read_gauge", "c2", colour="red")).effect == "read"
    assert (shop.lamp.ran, shop.gauge.ran) == ([], [])


async def test_an_argument_that_lies_too_far(shop: Workshop) -> None:
    """It is asked for beforehand without a trace; any other fault is nobody's matter then."""
    given = {"user": "ben", "thing": "lamp"}
    assert await shop.executor.too_far("turn_on", given) is None
    shop.lamp.canonical_ = OutOfReach("Too far.", "thing", "fan")
    assert await shop.executor.too_far("turn_on", given) is shop.lamp.canonical_
    assert await shop.executor.too_far("turn_on", {}) is None
    assert await shop.executor.too_far("turn_off", given) is None
    assert await shop.audited() == []
    call = await shop.asks()
    assert (end(call), call.result) == ((CallState.FAILED, "Too far.", NOW), {"out_of_reach": "thing", "nearest": "fan"})


async def test_what_the_policy_denies(shop: Workshop) -> None:
    shop.reads(WORKS + "  - {id: never, because: Not today., tools: [turn_on], effect: forbid, roles: [employee]}\n")
    call = await shop.asks()
    assert end(call) == (CallState.DENIED, "Not today.", NOW)
    assert seen(call, "decision", "policies", "effect", "started", "key") == ("deny", ("never",), "change", None, "")
    assert await shop.audited() == [("call", call.id, "denied")]
    assert shop.lamp.ran == []


async def test_what_a_freeze_stops(shop: Workshop) -> None:
    await shop.frozen()
    call = await shop.asks()
    assert end(call) == (CallState.FROZEN, freezewording.stopped("F-1", "Phishing."), NOW)
    assert seen(call, "decision", "effect", "started") == ("deny", "change", None)
    assert shop.lamp.ran == []


async def test_a_freeze_between_the_decision_and_the_claim(shop: Workshop) -> None:
    """Nothing was asked of anybody, so it ends and that is all."""
    shop.before(shop.frozen)
    call = await shop.asks()
    assert end(call) == (CallState.FROZEN, freezewording.stopped("F-1", "Phishing."), NOW)
    assert seen(call, "decision", "started", "key") == ("permit", None, "")
    assert (shop.lamp.ran, await shop.audited()) == ([], [("call", call.id, "frozen")])


async def test_a_limit_that_is_reached(shop: Workshop) -> None:
    shop.reads(owing("limit: {times: 1, within: 1d, per: tool}"))
    assert (await shop.asks()).state is CallState.VERIFIED
    call = await shop.asks(name="c2", thing="fan")
    assert call.state is CallState.DENIED
    assert "That was done 1 time within 1 day already, which is the limit." in call.reason
    assert (call.finished, call.started, len(shop.lamp.ran)) == (NOW, None, 1)
