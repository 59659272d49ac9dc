"""What was assumed is said in the plan, and only for as long as it holds; it can be confirmed, or made other."""

from pathlib import Path

import pytest

from bot.execution.origins import ASSUMED
from tests.e2e.conftest import model_at
from tests.good_model import GoodModel
from tests.office import opened_office
from tests.openai_double import opened_double

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


@pytest.mark.parametrize(
    "thinks", [pytest.param(False, id="by the runbooks"), pytest.param(True, id="by a model", marks=pytest.mark.long)]
)
async def test_an_assumed_end_is_confirmed_or_made_other(database: str, tmp_path: Path, *, thinks: bool) -> None:
    """Words that confirm it change nothing and are answered; another end takes its place, and is asked for anew."""
    async with (
        opened_double(GoodModel()) as double,
        opened_office(database, tmp_path, **(model_at(double) if thinks else {})) as office,
    ):
        office.say("ana", "could I get figma please")
        await office.until(lambda: office.button("omar", "approve"), "a card for omar")
        office.say("ana", "a week is enough")
        await office.hears("ana", "A-1")
        await office.case_is(state="waiting")
        assert [one["state"] for one in (await office.trail())["approvals"]] == ["waiting"]

        office.say("ana", "make it two days")
        await office.hears("ana", "Changed: I've dropped")
        await office.press("omar", "approve")
        trail = await office.case_is(state="resolved")
        assert [one["state"] for one in trail["approvals"]] == ["superseded", "used"]
        ends = [plan["needs"]["until"][:10] for plan in trail["plans"]]
        assert ends[0] > ends[1]
        assert len(await office.journal("grant_access")) == 1
