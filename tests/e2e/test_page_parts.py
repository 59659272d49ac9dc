"""A first day as people see it on the page: one card with a yes to all, and one report that says what each part came to."""

from playwright.async_api import expect

from tests.e2e.test_page import Opens, opens, says, sees, shot
from tests.office import Office
from tools.systems.embedded import scene

__all__ = ["opens"]


async def test_all_parts_are_agreed_to_at_once_and_told_in_one_report(opens: Opens, office: Office) -> None:
    """The plan has a line for each part; three of them wait on one card, and one press is a yes to each."""
    mia, omar = await opens("as=mia&channel=dm"), await opens("as=omar&channel=dm")
    await says(mia, "ben joins data on monday, please set him up")
    await sees(omar, "Approve all 3")
    await sees(mia, "The team's mailing lists")
    await shot(mia, "9-first-day-waits")
    await shot(omar, "9-first-day-card")
    await omar.get_by_test_id("button-Approve all 3").click()
    await sees(mia, "• The team's first application: done. Access to Looker is in place.")
    await sees(mia, "• The team's second application: done. Access to Grafana is in place.")
    await sees(mia, "• The team's mailing lists: done. Ben Brandt is on the mailing lists of the team.")
    await shot(mia, "9-first-day-done")
    await expect(omar.get_by_test_id("button-Approve")).to_have_count(0)
    await office.case_is(state="resolved", outcome="verified")


async def test_a_part_that_is_taken_back_is_told_beside_those_that_are_done(opens: Opens, office: Office) -> None:
    """The second list of the team refuses, so the first is left again; the applications stay, and people get what is left."""
    mia, omar = await opens("as=mia&channel=dm"), await opens("as=omar&channel=dm")
    await says(mia, "ben joins engineering on monday, please set him up")
    await sees(omar, "Approve all 3")
    await omar.get_by_test_id("button-Approve all 3").click()
    await sees(omar, "Put Ben Brandt on the mailing list Incidents")
    await scene.set_fault(office.engine, "join_mailing_list", "refused")
    await omar.get_by_test_id("button-Approve").last.click()
    await sees(
        omar, "Take Ben Brandt off the mailing list Engineering Talk"
    )  # its owner is another, so the way back is asked about as well
    await omar.get_by_test_id("button-Approve").last.click()
    await sees(mia, "Not done: The team's mailing lists.")
    await sees(mia, "• The team's second application: done. Access to Grafana is in place.")
    await sees(mia, "Taken back: Took Ben Brandt off the mailing list Engineering Talk.")
    await sees(mia, "I've opened ticket")
    await shot(mia, "9-first-day-part-taken-back")
    await office.case_is(state="handed_over")
    held = {one["app"] for one in (await office.books())["grants"] if one["person"] == "ben" and one["state"] == "active"}
    assert held == {"github", "grafana"}
