"""Property: whatever is asked for, in any order, by any mind, while people write and click at random, no effect comes to the company's
books without a permit whose obligations were all met, by the right people, for exactly this call.
"""

import os
from collections.abc import Iterator

import pytest
import structlog

from tests.hostile.mechanism import at_work
from tests.hostile.removed import GUARDS
from tests.hostile.siege import Seen, Siege

CALLS = int(os.environ.get("HOSTILE_CALLS", "800"))
"""A check takes a part of what `make test` does."""
OFTEN = 5_000
SEARCHED = 6_000
"""Calls after which a guard that is not there must have been missed."""


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    yield
    structlog.reset_defaults()


async def besieged(database: str, seed: str, calls: int) -> Seen:
    async with at_work(database) as mechanism:
        return await Siege(mechanism, seed).run(calls)


@pytest.mark.timeout(600)
async def test_no_effect_without_what_is_owed(company_database: str) -> None:
    """Thousands of calls by the dozen; there are effects, and approvals, clicks and limits were owed for some of them."""
    seen = await besieged(company_database, "d", CALLS)

    assert seen.guilt == []
    assert sum(seen.effects.values()) > CALLS // 100
    assert {"approval", "confirm", "limit"} <= set(seen.owed)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(40))
async def test_no_effect_without_what_is_owed_ever(company_database: str, seed: int) -> None:
    """200,000 calls."""
    seen = await besieged(company_database, f"long {seed}", OFTEN)

    assert seen.guilt == []


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("guard", GUARDS)
async def test_a_guard_that_is_not_there_is_missed(company_database: str, monkeypatch: pytest.MonkeyPatch, guard: str) -> None:
    """The witness sees each of them gone."""
    GUARDS[guard](monkeypatch)

    assert (await besieged(company_database, guard, SEARCHED)).guilt
