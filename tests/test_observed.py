"""Counting at the unit of work: what is committed counts, once, and nothing else."""

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain import Call, CallState
from bot.metrics import Meter
from bot.observed import TURN, Observed, Tally

NOW = datetime(2026, 11, 24, tzinfo=UTC)


class Silent:
    """A unit of work that writes nothing."""

    async def save_call(self, call: Call) -> None: ...


@contextlib.asynccontextmanager
async def unit() -> AsyncIterator[Any]:
    yield Silent()


def call(state: CallState, tool: str = "unlock_account") -> Call:
    return Call("K-1", "C-1", "c", tool, {}, state, "ana", NOW)


async def test_what_is_rolled_back_is_not_counted() -> None:
    """The unit fails at its end: neither the numbers nor the turn's line know of it; a good one is in both, once."""
    meter = Meter()
    observed, tally = Observed(unit, meter, {"unlock_account"}), Tally()
    token = TURN.set(tally)
    with pytest.raises(RuntimeError):
        async with observed.work() as work:
            await work.save_call(call(CallState.VERIFIED))
            raise RuntimeError
    assert "unlock_account" not in meter.text()
    assert tally.calls == {}
    async with observed.work() as work:
        await work.save_call(call(CallState.WAITING))
        await work.save_call(call(CallState.WAITING))
    TURN.reset(token)
    assert 'deskhand_calls_total{tool="unlock_account",state="waiting"} 1' in meter.text()
    assert (tally.cases, tally.told()["calls"]) == ({"C-1"}, {"waiting": 1})


async def test_a_name_that_a_model_made_up_is_no_label() -> None:
    """It may carry words, and there is no end of them."""
    meter = Meter()
    async with Observed(unit, meter, {"unlock_account"}).work() as work:
        await work.save_call(call(CallState.DENIED, "tell_everybody_my_secret"))

    assert 'deskhand_calls_total{tool="unknown",state="denied"} 1' in meter.text()
    assert "secret" not in meter.text()
