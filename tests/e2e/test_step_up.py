"""Where a yes takes more than a click: the name of what is touched, typed; a second factor, given on the company's page."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.playground.workspace import Json
from tests.e2e.test_freezing import office_with
from tests.e2e.test_less_time import ACCESS
from tests.office import Office, words
from tools.contract import Caller
from tools.systems.embedded.scene import set_fault
from tools.systems.embedded.secondfactor import TRIES

FACTOR = ACCESS.replace("then: it-admin", "then: it-admin, step_up: factor")
STEP_UP = ACCESS.replace("then: it-admin", "then: it-admin, shorten: allowed, step_up: target")


@pytest.fixture
async def office(database: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_with(database, tmp_path, (ACCESS, STEP_UP)) as office:
        yield office


async def test_the_name_is_typed(office: Office) -> None:
    """A click opens a form; another name keeps it open with the reason, the right one (in any letters) does it, once."""
    office.say("ana", "could I get figma until friday?")
    await office.press("omar", "approve")
    assert await office.fill("omar", "looker") == {}
    assert "not the name" in str(await office.form("omar"))
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
    for forged in ({"action_id": "approve_all", "value": together}, {"action_id": "act:shorten"}, {"action_id": "act:step_up"}):
        await office.server.interactions.click(office.who("omar"), office.place("omar"), ts, "approve", value=value, forged=forged)
    await office.hears("omar", "This takes more than a click")
    await office.hears("omar", "does not let this be approved for a shorter time")
    [one] = (await office.trail())["approvals"]
    assert (one["state"], one["votes"]) == ("waiting", [])
    assert await office.journal("grant_access") == []


@pytest.fixture
async def careful(database: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_with(database, tmp_path, (ACCESS, FACTOR)) as office:
        yield office


def link(view: Json) -> str:
    """Where the open form leads."""
    return next(str(element["url"]) for block in view["blocks"] for element in block.get("elements", ()) if element.get("url"))


async def confirms(office: Office, handle: str, url: str) -> tuple[int, str]:
    """What the page says once this person typed what their app shows."""
    code, _ = await office.company.shown(handle)
    return await types(url, code)


async def types(url: str, code: str) -> tuple[int, str]:
    """What the page says once this was typed there."""
    async with aiohttp.ClientSession() as browser, browser.post(url, data={"code": code}) as response:
        return response.status, await response.text()


async def test_a_second_factor_is_given(careful: Office) -> None:
    """Approve opens a way to the page; sent before that it says so; confirmed there it is done, and the trail says how."""
    careful.say("ana", "could I get figma until friday?")
    await careful.press("omar", "approve")
    url = link(await careful.form("omar"))
    async with aiohttp.ClientSession() as browser, browser.get(url) as response:
        page = await response.text()
    assert "Hello Omar Haddad" in page
    assert "access to Figma" in page
    await careful.send_on("omar")
    assert "confirm that it is you" in str(await careful.form("omar"))
    assert await careful.journal("grant_access") == []
    assert "Thank you, Omar Haddad" in (await confirms(careful, "omar", url))[1]
    await careful.send_on("omar")
    await careful.case_is(outcome="verified")
    trail = await careful.trail()
    assert [(vote["by"], vote["step_up"]) for vote in trail["approvals"][0]["votes"]] == [("omar", ["factor"])]
    assert {"by": "omar", "approve": True, "step_up": ["factor"]} in [
        vote for row in trail["audit"] for vote in row["data"].get("votes", ())
    ]


async def test_nobody_else_gives_it(careful: Office) -> None:
    """Neither somebody else's code, nor a link of another approval, nor a form that is forged, nor the menu."""
    careful.say("ana", "could I get figma until friday?")
    await careful.press("omar", "approve")
    url = link(await careful.form("omar"))
    status, page = await confirms(careful, "mia", url)
    assert status == 403
    assert "not the code" in page
    await careful.send_on("omar")
    for other, status in (("x", 410), ("%00", 404)):
        async with aiohttp.ClientSession() as browser, browser.get(f"{url}{other}") as response:
            assert response.status == status
    async with aiohttp.ClientSession() as browser:
        async with browser.post(url, data=b"\xff", headers={"Content-Type": "text/plain; charset=klingon"}) as response:
            assert response.status < 500
        form = {"Content-Type": "multipart/form-data"}
        async with browser.post(url, data=b"--", headers=form) as response:
            assert response.status < 500
    assert [one["votes"] for one in (await careful.trail())["approvals"]] == [[]]
    assert await careful.journal("grant_access") == []


async def test_wrong_codes_are_heard_of(careful: Office) -> None:
    """Each stands in the audit, by ids; when no more may be tried, whose factor it is hears of it once, and the audit says so."""
    careful.say("ana", "could I get figma until friday?")
    await careful.press("omar", "approve")
    url = link(await careful.form("omar"))
    for _ in range(TRIES + 2):
        code, _ = await careful.company.shown("omar")
        assert (await types(url, f"{(int(code) + 111_111) % 1_000_000:06d}"))[0] == 403
    heard = await careful.hears("omar", "Too many wrong codes")
    assert "tell your security team" in heard
    assert sum("Too many wrong codes" in words(one) for one in careful.place("omar").messages) == 1
    trail = await careful.trail()
    rows = [row["data"] for row in trail["audit"] if "factor" in row["data"]]
    assert [(row["refused"], row["factor"]) for row in rows] == [("omar", "wrong")] * (TRIES - 1) + [("omar", "last")]
    assert {row["approval"] for row in rows} == {trail["approvals"][0]["id"]}
    assert (trail["approvals"][0]["state"], trail["approvals"][0]["votes"]) == ("waiting", [])


async def test_a_wrong_code_is_heard_of_while_the_bot_is_away(careful: Office) -> None:
    """The pages are there before the bot and after it: none can be tried out unseen."""
    careful.say("ana", "could I get figma until friday?")
    await careful.press("omar", "approve")
    url = link(await careful.form("omar"))
    await careful.close()
    code, _ = await careful.company.shown("omar")

    assert (await types(url, f"{(int(code) + 111_111) % 1_000_000:06d}"))[0] == 403

    rows = [row["data"] for row in (await careful.trail())["audit"] if "factor" in row["data"]]
    assert [(row["refused"], row["factor"]) for row in rows] == [("omar", "wrong")]


async def test_whoever_cannot_be_asked_is_told(careful: Office) -> None:
    """The system is away, or they have no such factor: nothing is recorded, and they know what is next."""
    careful.say("ana", "could I get figma until friday?")
    await careful.until(lambda: careful.button("omar", "approve"), "a card")
    await set_fault(careful.engine, "confirm_identity", "away")
    await careful.press("omar", "approve")
    await careful.hears("omar", "press again in a few minutes")
    await set_fault(careful.engine, "confirm_identity", "off")
    await careful.company.reset_factors("omar", Caller("omar", "C-9", "K-9", careful.company.clock.now()))
    await careful.press("omar", "approve")
    await careful.hears("omar", "Omar Haddad has no authenticator app")
    [one] = (await careful.trail())["approvals"]
    assert (one["state"], one["votes"]) == ("waiting", [])
