"""The requester's own click and reason, as somebody sees and does it in a browser."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.test_clicks import WHY, policy
from tests.e2e.test_page import Opens, opens, says, sees, shot
from tests.office import Office, opened_office

__all__ = ["opens"]


@pytest.fixture
async def office(database: str, tmp_path: Path) -> AsyncIterator[Office]:
    """An office whose policy asks for a click and a reason before access is asked for."""
    async with opened_office(database, tmp_path / "data", POLICY_FILE=str(policy(tmp_path))) as office:
        yield office


async def test_a_click_a_reason_and_the_approvers_card(opens: Opens, office: Office) -> None:
    """The buttons, the form that wants a reason, the same message without buttons, and the reason on the approver's card."""
    ana, omar = await opens("as=ana&channel=dm"), await opens("as=omar&channel=dm")
    await says(ana, "could I get figma until friday?")
    await sees(ana, "Shall I do this?")
    await shot(ana, "6-shall-i")
    await expect(omar.get_by_test_id("button-Approve")).to_have_count(0)
    await ana.get_by_test_id("button-Do it").click()
    await ana.get_by_test_id("modal-submit").click()
    await sees(ana, "This is needed.")
    await ana.get_by_test_id("modal-input").fill(WHY)
    await shot(ana, "6-reason")
    await ana.get_by_test_id("modal-submit").click()
    await sees(ana, "You said yes")
    await expect(ana.get_by_test_id("button-Do it")).to_have_count(0)

    await sees(omar, "Why they need it, in their own words")
    await sees(omar, WHY)
    await shot(omar, "6-reason-on-the-card")
    await omar.get_by_test_id("button-Approve").click()
    await sees(ana, "Gave Ana Almeida access to Figma")
    trail = await office.case_is(outcome="verified")
    assert [one["purpose"] for one in trail["calls"] if one["tool"] == "grant_access"] == [WHY]
