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


async def test_the_card_on_a_phone(opens: Opens, office: Office) -> None:
    """390 pixels wide: people and places lie behind a button; the card's first line and its buttons are on the screen together, the
    risk has a word beside its colour, and its link leads to nobody else's direct messages.
    """
    ana, omar = await opens("as=ana&channel=dm"), await opens("as=ana&channel=dm")
    await omar.set_viewport_size({"width": 390, "height": 844})
    await says(ana, "could I get into the analytics warehouse until friday?")
    await sees(ana, "needs a person's yes")
    await omar.get_by_role("button", name="Close the thread").click()
    await expect(omar.get_by_test_id("person-omar")).to_be_hidden()
    await omar.get_by_test_id("menu").click()
    await omar.get_by_test_id("person-omar").click()
    await expect(omar.get_by_test_id("person-omar")).to_be_hidden()
    await sees(omar, "Please decide")

    card = omar.get_by_test_id("message").filter(has_text="Please decide").last
    await expect(card).to_be_in_viewport(ratio=0.9)
    for text in ("Please decide", "Medium risk", "owned by Pavel", "Why you are asked", "Exactly this call"):
        await expect(card.get_by_text(text).last).to_be_in_viewport()
    await expect(card.get_by_test_id("button-Approve")).to_be_in_viewport(ratio=1)
    await expect(card.get_by_test_id("button-Deny")).to_be_in_viewport(ratio=1)
    box, dot = await card.bounding_box(), card.locator(".dot.warn")
    assert box is not None
    assert box["height"] < 700
    await expect(dot).to_be_visible()
    assert await omar.evaluate("document.documentElement.scrollWidth") <= 390
    assert (await card.inner_text()).count("Ana Almeida") <= 5
    await shot(omar, "7-phone")

    await card.get_by_role("link", name="this message").click()
    await sees(omar, "only they can open it")


async def test_the_card_leads_to_the_message_in_a_channel(opens: Opens, office: Office) -> None:
    """Whoever is asked reads the words where they were said."""
    office.say("ana", "@deskhand could I get figma until friday?", channel="general")
    omar = await opens("as=omar&channel=oncall")
    await sees(omar, "Please decide")
    await omar.get_by_role("link", name="this message").last.click()
    await expect(omar.get_by_test_id("thread")).to_contain_text("could I get figma until friday?")


async def test_a_long_text_is_folded(opens: Opens, office: Office) -> None:
    """A long request stands below the buttons, folded until somebody wants to read it, and stays open then."""
    office.say("ana", "could I get figma until friday? " + "It is for the campaign of the autumn. " * 40)
    omar = await opens("as=omar&channel=dm")
    await sees(omar, "it is long, and stands below")
    await omar.get_by_test_id("see-more").last.click()
    await expect(omar.get_by_test_id("folded")).to_have_count(0)
    office.say("ben", "please unlock the account of ana")
    await expect(omar.get_by_text("Please decide")).to_have_count(2)
    await expect(omar.get_by_test_id("folded")).to_have_count(0)


async def test_somebody_whom_nobody_knows_is_said(opens: Opens, office: Office) -> None:
    """Whoever mistypes a name in the address is told whose page it is."""
    page = await opens("as=zed&channel=dm")
    await expect(page.get_by_test_id("stranger")).to_have_text("Nobody here is called “zed”, so you are Ana Almeida.")
    await expect(page.get_by_text("Hello, Ana.")).to_be_visible()
    await page.get_by_test_id("person-omar").click()
    await expect(page.get_by_test_id("stranger")).to_be_hidden()
