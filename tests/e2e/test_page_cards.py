"""What an approver does with a card besides yes and no, as somebody sees and does it in a browser."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.test_freezing import office_with
from tests.e2e.test_less_time import ACCESS, SHORTER
from tests.e2e.test_page import Opens, opens, says, sees, shot
from tests.office import Office

__all__ = ["opens"]


@pytest.fixture
async def office(database: str, tmp_path: Path) -> AsyncIterator[Office]:
    """An office whose policy lets access be given for less time."""
    async with office_with(database, tmp_path, (ACCESS, SHORTER)) as office:
        yield office


async def test_a_question_the_answer_and_less_time(opens: Opens, office: Office) -> None:
    """The menu behind the dots, the form, the answer's button, the card with both; then the time is chosen from a list."""
    ana, omar = await opens("as=ana&channel=dm"), await opens("as=omar&channel=dm")
    await says(ana, "could I get figma for two weeks?")
    await sees(omar, "Please decide")
    await shot(omar, "7-card")
    await omar.get_by_test_id("more").last.select_option(label="Ask them first")
    await omar.get_by_test_id("modal-input").fill("Which project is it for?")
    await omar.get_by_test_id("modal-submit").click()
    await sees(ana, "Which project is it for?")
    await ana.get_by_test_id("button-Answer").click()
    await ana.get_by_test_id("modal-input").fill("The autumn campaign.")
    await ana.get_by_test_id("modal-submit").click()
    await sees(omar, "The autumn campaign.")
    await shot(omar, "7-answer")

    await omar.get_by_test_id("button-Approve for less time").last.click()
    await omar.get_by_test_id("field-reason").select_option(index=2)
    await shot(omar, "7-less-time")
    await omar.get_by_test_id("modal-submit").click()
    await sees(ana, "agreed to less time than you asked for")
    await sees(ana, "Gave Ana Almeida access to Figma")
    await expect(omar.get_by_test_id("button-Approve for less time")).to_have_count(0)
    await office.case_is(outcome="verified")


async def test_by_hand(opens: Opens, office: Office) -> None:
    """Taken over from the menu; the card has *Done* and *Give it back*, and nothing else, until it is seen."""
    ben, omar = await opens("as=ben&channel=dm"), await opens("as=omar&channel=dm")
    await says(ben, "please unlock the account of ana")
    await sees(omar, "Please decide")
    await omar.get_by_test_id("more").last.select_option(label="I'll do it by hand")
    await sees(ben, "does this by hand")
    await expect(omar.get_by_test_id("button-Approve")).to_have_count(0)
    await shot(omar, "7-by-hand")
    await omar.get_by_test_id("button-Give it back").last.click()
    await omar.get_by_test_id("button-Approve").last.click()
    await sees(ben, "Unlocked the account of Ana Almeida")
    await office.case_is(outcome="verified")
