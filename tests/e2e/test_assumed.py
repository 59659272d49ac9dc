"""What was assumed is said in the plan, and only for as long as it holds."""

from pathlib import Path

from bot.execution.origins import ASSUMED
from tests.office import opened_office

TOLD = "unless you say otherwise"


async def test_an_end_that_nobody_named_is_said(database: str, tmp_path: Path) -> None:
    """A week is assumed; the requester reads until when, and that they may say otherwise."""
    async with opened_office(database, tmp_path) as office:
        office.say("ana", "could I get figma please")
        trail = await office.case_is(state="waiting")

        [plan] = trail["plans"]
        assert plan["learnt"][ASSUMED]["until"] == plan["needs"]["until"]
        await office.hears("ana", TOLD)


async def test_what_the_requester_said_is_not_called_assumed(database: str, tmp_path: Path) -> None:
    """Nor is that the request is for whoever asks."""
    async with opened_office(database, tmp_path) as office:
        office.say("ana", "could I get figma until friday please")
        await office.case_is(state="waiting")

        assert TOLD not in office.heard("ana")
