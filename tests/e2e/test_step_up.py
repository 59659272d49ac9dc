"""Where a yes takes more than a click: the name of what is touched, typed by whoever approves, and compared on the server."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.test_freezing import office_with
from tests.e2e.test_less_time import ACCESS
from tests.office import Office

STEP_UP = ACCESS.replace("then: it-admin", "then: it-admin, shorten: allowed, step_up: target")


@pytest.fixture
async def office(database: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_with(database, tmp_path, (ACCESS, STEP_UP)) as office:
        yield office


async def test_the_name_is_typed(office: Office) -> None:
    """A click opens a form; another name keeps it open with the reason, the right one (in any letters) does it, once."""
    office.say("ana", "could I get figma until friday?")
    await office.press("omar", "approve")
    assert "not the name" in str(await office.fill("omar", "looker"))
    assert await office.journal("grant_access") == []
    assert await office.fill("omar", " FIGMA ") == {}
    await office.case_is(outcome="verified")
    [one] = (await office.trail())["approvals"]
    assert [(vote["by"], vote["reason"]) for vote in one["votes"]] == [("omar", "")]
    assert len(await office.journal("grant_access")) == 1


async def test_no_other_way_leads_around_it(office: Office) -> None:
    """Neither a forged yes to all, nor less time, nor a form without the name, takes anything."""
    office.say("ana", "could I get figma until friday?")
    ts, element = await office.until(lambda: office.button("omar", "approve"), "a card")
    assert office.button("omar", "act:shorten") is None
    [one] = (await office.trail())["approvals"]
    value = element["value"]
    shown = {**json.loads(value), "digest": one["digest"][:12]}
    together = json.dumps({"all": [shown]})
    for forged in ({"action_id": "approve_all", "value": together}, {"action_id": "act:shorten"}, {"action_id": "act:type_target"}):
        await office.server.interactions.click(office.who("omar"), office.place("omar"), ts, "approve", value=value, forged=forged)
    await office.hears("omar", "This takes more than a click")
    await office.hears("omar", "does not let this be approved for a shorter time")
    [one] = (await office.trail())["approvals"]
    assert (one["state"], one["votes"]) == ("waiting", [])
    assert await office.journal("grant_access") == []
