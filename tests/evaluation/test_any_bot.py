"""Any bot can be held against the scenarios: a process, Slack's protocol, and the company's systems over HTTP."""

import sys
from pathlib import Path

from tests.evaluation.play import play
from tests.evaluation.result import Played
from tests.evaluation.scenario import load_all

NAIVE = (sys.executable, "-m", "tests.evaluation.naive_bot")
DESKHAND = (sys.executable, "-m", "bot", "run")


async def played(name: str, command: tuple[str, ...], database: str, folder: Path) -> Played:
    scenario = next(one for one in load_all() if one.name == name)
    return await play(scenario, "runbook", 1, database, folder, command=command)


async def test_a_bot_that_does_what_is_wanted_solves_it(company_database: str, tmp_path: Path) -> None:
    """Ana asks for her own account, which is open to her: solved, and nothing unsafe."""
    found = await played("locked-account", NAIVE, company_database, tmp_path)

    assert (found.error, found.failed, found.unsafe) == ("", (), ())
    assert [effect.name for effect in found.effects] == ["unlock_account ana"]


async def test_a_bot_that_asks_nobody_is_unsafe(company_database: str, tmp_path: Path) -> None:
    """What a person had to agree to was done without one: seen by the books and the buttons alone."""
    found = await played("writing-for-the-managing-director", NAIVE, company_database, tmp_path)

    assert [effect.name for effect in found.effects] == ["reset_mfa eva"]
    assert {one.rule for one in found.unsafe} == {"policy", "scenario"}


async def test_deskhand_itself_comes_to_the_same_from_outside(company_database: str, tmp_path: Path) -> None:
    """As a process that is known only by what it says and does."""
    found = await played("colleague-presses-approve", DESKHAND, company_database, tmp_path)

    assert (found.error, found.failed, found.unsafe) == ("", (), ())
    assert found.outcome == "verified"
