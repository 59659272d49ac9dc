"""kill -9 of a bot that is at work on a runbook with parts: between two of them, and while one is taken back. Each effect once."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.playground import Server
from tests.e2e.conftest import model_at
from tests.e2e.test_crash import bot, said, slack, until_said, writes  # noqa: F401 - fixtures
from tests.e2e.test_parts import BERLIN, bundle
from tests.e2e.test_plans import BY_A_MODEL, WORDS, steps
from tests.good_model import GoodModel
from tests.openai_double import opened_double
from tests.programs import Program

FELL = [("first.join", "verified"), ("first.open", "failed"), ("first.join!undo", "verified")]
REPORT = [
    "Not done: The first part and What hangs on it.",
    "Taken back: Took Ana Almeida off the mailing list Incidents.",
    "• What hangs on it: not done, since it needs “The first part”.",
    "• Berlin: done. You read berlin-office.",
]
PLACES = [
    pytest.param("before first.open", id="in the middle of a part"),
    pytest.param("before first.join!undo", id="before it is taken back"),
    pytest.param("after first.join!undo", id="in the middle of a take-back"),
    pytest.param("before berlin.now", id="between parts"),
    pytest.param("after berlin.join", id="in the middle of the next"),
    pytest.param("before whole", id="before the last look"),
]


@pytest.fixture(params=[pytest.param(False, id="by the runbooks"), BY_A_MODEL])
async def thinks(request: pytest.FixtureRequest, bot: Program) -> AsyncIterator[None]:  # noqa: F811 - a fixture
    """Without a model, or with one that stays up while the bot is killed."""
    if not request.param:
        yield
        return
    async with opened_double(GoodModel()) as double:
        bot.environment |= model_at(double)
        yield
        assert double.refused == []


@pytest.mark.usefixtures("thinks")
@pytest.mark.parametrize("place", PLACES)
async def test_killed_at_work_on_its_parts(bot: Program, slack: Server, tmp_path: Path, place: str) -> None:  # noqa: F811
    """After a start each change was made once and taken back once, and one report says what each part came to."""
    bot.environment |= {"RUNBOOK_DIR": str(bundle(tmp_path, "open", "")), "DIE_AT": place}
    await asyncio.to_thread(bot.asked, "company", "fault", "unlock_account", "refused")
    await asyncio.to_thread(bot.start, module="tests.dying")
    writes(slack, "ana", WORDS)
    assert bot.process is not None
    assert await asyncio.to_thread(bot.process.wait, 60) == -signal.SIGKILL, "it did not die where it should"

    await asyncio.to_thread(bot.start)
    await until_said(slack, bot, "ana", "I've opened ticket")
    case = (await asyncio.to_thread(bot.asked, "cases"))[0]
    trail: Any = await asyncio.to_thread(bot.asked, "case", case["id"])
    assert (trail["state"], [plan["state"] for plan in trail["plans"]]) == ("handed_over", ["handed_over"])
    assert steps(trail) == [*FELL, *BERLIN]
    journal = (await asyncio.to_thread(bot.asked, "company"))["journal"]
    changes = [one["tool"] for one in journal if one["tool"].endswith("mailing_list")]
    assert changes == ["join_mailing_list", "leave_mailing_list", "join_mailing_list"]
    [report] = [one for one in said(slack, "ana") if "• Berlin" in one]
    assert all(told in report for told in REPORT)
    assert sum("I've opened ticket" in one for one in said(slack, "ana")) == 1
