"""The stage of a scenario is the same on every day on which it is played."""

from datetime import datetime
from pathlib import Path

import pytest

from bot.company.directory import engine_on
from tests.evaluation import play as playing
from tests.evaluation import stage
from tests.evaluation.scenario import Given
from tests.office import opened_office
from tools.systems.embedded.look import company_json


@pytest.mark.parametrize("clock", ["2026-11-23T09:00+01:00", "2031-03-04T17:00+01:00"])
async def test_what_the_company_has_is_as_old_as_the_scenario_has_it(company_database: str, clock: str) -> None:
    """Ana's certificate has run out by the scenario's clock, whatever day it is; a ticket is no older than it was at the seed."""
    begins = datetime.fromisoformat(clock)
    async with engine_on(company_database) as engine:
        await stage.set_stage(engine, Given(clock=clock))
        books = await company_json(engine)

    [mine] = [row for row in books["devices"] if row["person"] == "ana" and row["main"]]
    assert (datetime.fromisoformat(mine["certificate_expires"]).date() - begins.date()).days == -3
    assert mine["certificate_status"] == "expired"
    assert all(0 <= (begins - datetime.fromisoformat(row["created"])).days < 60 for row in books["tickets"])


class Slow:
    """A bot that is never at rest, and calls Slack as often as it is looked at, for so many looks."""

    def __init__(self, office: object, looks: int) -> None:
        self.office, self.looks = office, looks

    async def idle(self) -> bool:
        if self.looks > 0:
            self.looks -= 1
            self.office.server.workspace.calls.append(("chat.update", {}))  # type: ignore[attr-defined]
        return False


async def test_a_bot_that_still_does_something_is_not_stuck(
    company_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It counts as stuck only once it has done nothing for a while, and at the very last in the end."""
    monkeypatch.setattr(playing, "REST", 0.3)
    async with opened_office(company_database, tmp_path, start=False) as office:
        for looks, most in ((20, 60.0), (10_000, 1.0)):
            monkeypatch.setattr(playing, "ENDLESS", most)
            slow = Slow(office, looks)
            one = playing._Play(office, playing.Scenario.model_construct(), slow)  # type: ignore[arg-type]
            with pytest.raises(TimeoutError, match="never came to rest"):
                await one._rest()
            assert (slow.looks == 0) == (looks == 20)
