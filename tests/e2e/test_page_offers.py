"""A question with choices, as somebody sees and answers it in a browser."""

from playwright.async_api import expect

from tests.e2e.test_offers import ASKED
from tests.e2e.test_page import Opens, opens, says, sees, shot
from tests.office import Office

__all__ = ["opens"]


async def test_which_one_is_meant(opens: Opens, office: Office) -> None:
    """One press follows the runbook; the question says what was answered and can be pressed no more."""
    ana = await opens("as=ana&channel=dm")
    await says(ana, "Figma says my trial is over and I have to draw every day, can the company pay for it")
    await sees(ana, ASKED)
    await shot(ana, "9-which")
    await ana.get_by_test_id("button-Licence for an application").click()
    await sees(ana, "Answered: Licence for an application")
    await sees(ana, "needs a person's yes")
    await expect(ana.get_by_test_id("button-Something else")).to_have_count(0)
    await shot(ana, "9-which-answered")
    await office.case_is(kind="service_request")


async def test_a_list_to_pick_from_and_the_way_out(opens: Opens, office: Office) -> None:
    """What there is stands in a list; never mind drops the question, which can be answered no more."""
    ana = await opens("as=ana&channel=dm")
    await says(ana, "add me to a mailing list")
    await sees(ana, "Which mailing list is it?")
    await expect(ana.get_by_label("Choose").locator("option", has_text="Berlin Office")).to_have_count(1)
    await shot(ana, "9-which-list")
    await ana.get_by_test_id("button-Never mind").click()
    await sees(ana, "nothing more will happen")
    await sees(ana, "Answered: Never mind")
    await expect(ana.get_by_test_id("button-Never mind")).to_have_count(0)
    await says(ana, "add me to a mailing list")
    await ana.get_by_label("Choose").select_option("Berlin Office")
    await sees(ana, "is on the mailing list Berlin Office")
    await office.case_is(outcome="verified")
