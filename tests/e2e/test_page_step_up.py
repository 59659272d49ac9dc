"""A second factor as somebody gives it in a browser: the form, the page, the phone, and back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.test_freezing import office_with
from tests.e2e.test_less_time import ACCESS
from tests.e2e.test_page import Opens, opens, says, sees, shot
from tests.e2e.test_step_up import FACTOR
from tests.office import Office

__all__ = ["opens"]


@pytest.fixture
async def office(database: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_with(database, tmp_path, (ACCESS, FACTOR)) as office:
        yield office


async def test_a_second_factor_is_given(opens: Opens, office: Office) -> None:
    """The code that the phone shows is typed on the page; then the form that was left open is sent."""
    ana, omar = await opens("as=ana&channel=dm"), await opens("as=omar&channel=dm")
    await says(ana, "could I get figma until friday?")
    await omar.get_by_test_id("button-Approve").last.click()
    await omar.get_by_test_id("modal-submit").click()
    await expect(omar.get_by_test_id("modal").get_by_text("One more step")).to_be_visible()
    async with omar.context.expect_page() as opened:
        await omar.get_by_test_id("link-Confirm that it's you").click()
    page = await opened.value
    await expect(page.get_by_text("access to figma")).to_be_visible()
    await shot(page, "8-is-it-you")
    async with omar.context.expect_page() as opened:
        await omar.evaluate("window.open(document.querySelector('[data-testid=phone]').href, '_blank', 'noopener')")
    phone = await opened.value
    code = await phone.locator(".code").inner_text()
    await shot(phone, "8-phone")
    await page.locator("#code").fill(code)
    await page.get_by_role("button", name="Confirm").click()
    await expect(page.get_by_text("Go back to Slack")).to_be_visible()
    await omar.get_by_test_id("modal-submit").click()
    await sees(ana, "Gave Ana Almeida access to Figma")
    await office.case_is(outcome="verified")
