"""A read gives what it found or says that it failed; it waits for nobody."""

import asyncio

import pytest
from structlog.testing import capture_logs

from bot.calls import effect
from bot.domain import CallState
from bot.words import wording
from tests.town import NOW
from tests.workshop import EARLIER, Job, Workshop, end, seen
from tools.contract import Caller, Refused, Result


async def test_a_read_gives_what_it_found(shop: Workshop) -> None:
    shop.gauge.gives = (Result({"degrees": 7}, "It says seven."),)
    call = await shop.asks("read_gauge")
    assert end(call) == (CallState.DONE, "", NOW)
    assert seen(call, "summary", "result", "check") == ("It says seven.", {"degrees": 7}, None)
    assert seen(call, "effect", "decision", "started", "key") == ("read", "permit", None, "")
    assert shop.gauge.ran == [(Job(user="ben", thing="lamp"), Caller("ana", "C-1", "C-1:c1", NOW))]
    assert (shop.gauge.looked, await shop.audited()) == ([], [("call", call.id, "done")])


@pytest.mark.parametrize(
    ("error", "reason", "broke"),
    [
        pytest.param(Refused("Not for you."), "Not for you.", False, id="in its own words"),
        pytest.param(OSError("a secret"), wording.system_away("works"), True, id="whatever it raises"),
        pytest.param(TimeoutError(), wording.system_away("works"), True, id="no answer"),
    ],
)
async def test_a_read_that_fails(shop: Workshop, error: Exception, reason: str, *, broke: bool) -> None:
    """Its reason is the system's word to people, never an exception; the log has that."""
    shop.gauge.gives = (error,)
    with capture_logs() as logs:
        call = await shop.asks("read_gauge")
    assert end(call) == (CallState.FAILED, reason, NOW)
    assert seen(call, "summary", "result") == ("", None)
    assert [(one["event"], one["log_level"], one["case"], one["call"], one["tool"]) for one in logs if "call" in one] == (
        [("a read failed", "error", "C-1", "c1", "read_gauge")] if broke else []
    )


async def test_a_read_that_takes_too_long(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effect, "RUN_SECONDS", 0.05)
    shop.gauge.goes_on.clear()
    with capture_logs():
        call = await asyncio.wait_for(shop.asks("read_gauge"), 5)
    assert end(call) == (CallState.FAILED, wording.system_away("works"), NOW)


async def test_a_read_may_be_repeated(shop: Workshop) -> None:
    """An identical change would be superseded; and a read waits for nobody."""
    shop.spoke(EARLIER)
    shop.turn.in_order(["c0", "c1", "c2"])
    for name in ("c1", "c2"):
        assert (await asyncio.wait_for(shop.asks("read_gauge", name), 5)).state is CallState.DONE
