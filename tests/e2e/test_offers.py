"""Where nothing fits and something lies near: one question, a plan with one press, and people for everything else."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.cases.offers import PATIENCE
from tests.office import Office, opened_office

NEAR = "is slack down for everyone"
EMAILS = "enough of the parents-group emails, make them stop coming to me"
LIST = "take me off the mailing list"
SINGS = "my colleague sings too loud"
ASKED = "I'm not sure what you need"


async def choose(office: Office, label: str) -> None:
    """Press the button of the newest question that has this label."""

    def button() -> str:
        found = [office.button("ana", f"choice:{number}") for number in range(4)]
        return next((one[1]["action_id"] for one in found if one and one[1]["text"]["text"] == label), "")

    await office.press("ana", await office.until(button, f"{label!r} among the choices"))


async def test_what_is_chosen_is_done_with_the_words_that_were_said(office: Office) -> None:
    office.say("ana", "Figma says my trial is over and I have to draw every day, can the company pay for it")
    await office.hears("ana", ASKED)
    assert await office.journal("create_ticket") == []
    await choose(office, "Licence for an application")
    case = await office.case_is(kind="service_request")

    plan = (await office.trail())["plans"][0]
    assert (plan["runbook"], plan["needs"]["app"]["label"]) == ("licence-for-app", "Figma")
    assert case["state"] != "handed_over"


async def test_something_else_goes_to_people(office: Office) -> None:
    """To those for the nearest runbook; what none is near to goes to those whom a setting names."""
    office.say("ana", NEAR)
    await office.hears("ana", ASKED)
    await choose(office, "Something else")
    await office.hears("ana", "told Ida Nyström, who is on call")

    trail = await office.trail()
    assert (trail["state"], [plan["state"] for plan in trail["plans"]]) == ("handed_over", ["handed_over"])


async def test_what_nothing_is_near_to_goes_to_whom_a_setting_names(database: str, tmp_path: Path) -> None:
    async with opened_office(database, tmp_path, ONCALL_SCHEDULE="platform") as office:
        office.say("ana", SINGS)
        await office.hears("ana", "told Pavel Dvořák, who is on call")


async def test_other_words_that_say_which_are_an_answer(office: Office) -> None:
    """In a direct message, at its top level."""
    office.say("ana", EMAILS)
    await office.hears("ana", ASKED)
    office.say("ana", LIST)
    await office.hears("ana", "Off a mailing list")
    await office.hears("ana", "Which")

    plans = (await office.trail())["plans"]
    assert [(plan["runbook"], plan["words"]) for plan in plans] == [("mailing-list-leave", f"{EMAILS}\n{LIST}")]
    assert len(await office.cases()) == 1


async def test_words_that_say_nothing_of_it_go_to_people_with_what_was_asked(office: Office) -> None:
    office.say("ana", NEAR)
    await office.hears("ana", ASKED)
    office.say("ana", f"no, {SINGS}")
    await office.hears("ana", "opened ticket")

    ticket = next(call for call in (await office.trail())["calls"] if call["tool"] == "create_ticket")["arguments"]["text"]
    assert NEAR in ticket
    assert SINGS in ticket
    assert len(await office.cases()) == 1


async def test_another_request_is_a_case_of_its_own_and_the_offer_stays(office: Office) -> None:
    office.say("ana", NEAR)
    await office.hears("ana", ASKED)
    office.say("ana", "I need access to Figma until Friday")
    await office.hears("ana", "needs a person's yes")

    assert [plan["state"] for plan in (await office.trail("C-1"))["plans"]] == ["asking"]
    assert len(await office.cases()) == 2


async def test_silence_goes_to_people(office: Office) -> None:
    office.say("ana", NEAR)
    await office.hears("ana", ASKED)
    await office.company.clock.turn(PATIENCE - timedelta(minutes=1))
    await office.case_is(state="waiting")
    await office.company.clock.turn(timedelta(minutes=2))
    await office.hears("ana", "opened ticket")
    await office.case_is(state="handed_over")
    await choose(office, "Services and outages")
    await office.hears("ana", "with people")


async def test_somebody_else_may_not_choose(office: Office) -> None:
    office.say("ana", f"@deskhand {NEAR}", channel="general")
    await office.hears("ana", ASKED, "general")
    await office.press("ben", "choice:0", "general")
    await office.hears("ben", "belongs to the person who asked", "general")

    assert [plan["state"] for plan in (await office.trail())["plans"]] == ["asking"]


async def test_what_is_taken_back_is_no_offer_any_more(office: Office) -> None:
    """Its buttons are gone; a press that was on its way does nothing."""
    office.say("ana", "how do guests get on the wifi?")
    answered, _ = await office.until(lambda: office.button("ana", "feedback_yes"), "an answer")
    office.say("ana", NEAR)
    await office.hears("ana", ASKED)
    _, pressed = await office.until(lambda: office.button("ana", "choice:0"), "an offer")
    office.say("ana", "never mind")
    await office.hears("ana", "I've dropped it")
    await office.company.clock.turn(PATIENCE + timedelta(minutes=1))
    await office.case_is(state="closed", outcome="withdrawn")
    assert office.button("ana", "choice:") is None
    forged = {name: pressed[name] for name in ("action_id", "value")}
    ana, place = office.who("ana"), office.place("ana")
    assert not await office.server.interactions.click(ana, place, answered, "feedback_yes", forged=forged)
    await office.hears("ana", "This was dropped")

    assert await office.journal("create_ticket") == []


async def test_what_an_answer_asks_for_besides_is_asked_for_as_well(office: Office) -> None:
    office.say("ana", EMAILS)
    await office.hears("ana", ASKED)
    office.say("ana", f"{LIST}, and I need access to Figma until Friday")
    await office.hears("ana", "needs a person's yes")

    plans = (await office.trail())["plans"]
    assert sorted(plan["runbook"] for plan in plans) == ["app-access", "mailing-list-leave"]


async def test_what_no_runbook_fits_beside_an_answer_goes_to_people(office: Office) -> None:
    office.say("ana", EMAILS)
    await office.hears("ana", ASKED)
    office.say("ana", f"{LIST}, and the coffee machine is broken")
    await office.hears("ana", "opened ticket")

    plans = (await office.trail())["plans"]
    assert [(plan["runbook"], plan["state"]) for plan in plans] == [("mailing-list-leave", "asking"), ("", "handed_over")]


async def test_a_yes_is_meant_for_the_only_one_on_offer(office: Office) -> None:
    office.say("ana", NEAR)
    await office.hears("ana", "Is it this?")
    office.say("ana", "yes")
    await office.hears("ana", "Done: Services and outages")


async def test_what_the_message_says_after_an_edit_goes_to_people(office: Office) -> None:
    ts = office.say("ana", NEAR)
    await office.hears("ana", ASKED)
    office.server.workspace.edit(office.who("ana"), office.place("ana"), ts, SINGS)
    await office.hears("ana", "opened ticket")

    ticket = next(call for call in (await office.trail())["calls"] if call["tool"] == "create_ticket")["arguments"]
    assert ticket["title"].startswith(SINGS)
    assert SINGS in ticket["text"]
    assert office.button("ana", "choice:") is None


async def test_what_lies_near_after_an_edit_is_on_offer(office: Office) -> None:
    ts = office.say("ana", NEAR)
    await office.hears("ana", ASKED)
    office.server.workspace.edit(office.who("ana"), office.place("ana"), ts, EMAILS)
    await choose(office, "Off a mailing list")
    await office.hears("ana", "One question first: Off a mailing list")

    trail = await office.trail()
    assert [(plan["runbook"], plan["words"]) for plan in trail["plans"]] == [("mailing-list-leave", EMAILS)]
    assert len(await office.cases()) == 1


async def test_home_and_status_say_that_an_answer_is_waited_for(office: Office) -> None:
    """In one line; what happens next stands with the question."""
    office.say("ana", NEAR)
    await office.hears("ana", ASKED)
    await office.case_is(state="waiting")

    assert f"Your answer: {ASKED}. Is it this?" in str(await office.home("ana", ASKED))
    assert "when I hear nothing" not in str(await office.home("ana", ASKED))


@pytest.mark.parametrize(
    ("words", "title", "tool"),
    [
        ("please don't reset my mfa", "New phone", "reset_mfa"),
        ("dont reset my password", "Forgotten or expired password", "reset_password"),
    ],
)
async def test_what_may_not_be_asked_for_is_asked_about_first(office: Office, words: str, title: str, tool: str) -> None:
    """Nothing is done and nobody is asked to approve, until somebody says that it is meant."""
    office.say("ana", words)
    await office.hears("ana", ASKED)
    await office.case_is(state="waiting")

    trail = await office.trail()
    assert (trail["calls"], trail["approvals"], await office.journal(tool)) == ([], [], [])
    assert title in office.heard("ana")


async def test_an_edit_that_forbids_is_asked_about(office: Office) -> None:
    """What waits ends, as its message no longer plainly asks for it."""
    ts = office.say("ana", "please reset my mfa, I have a new phone")
    await office.hears("ana", "needs a person's yes")
    office.server.workspace.edit(office.who("ana"), office.place("ana"), ts, "please don't reset my mfa")
    await office.hears("ana", ASKED)

    assert [one["state"] for one in (await office.trail())["approvals"]] == ["superseded"]


async def test_a_long_message_beside_an_offer_is_a_request_of_its_own(office: Office) -> None:
    """It names nothing that is on offer, so it is no answer; the offer stays. "thanks" answers nothing either."""
    office.say("ana", NEAR)
    await office.hears("ana", ASKED)
    office.say("ana", "got a weird mail that asked me to click a link, and I clicked it")
    await office.case_is(id="C-2")
    office.say("ana", "thanks!")
    await office.hears("ana", "What I still need to know")

    assert [plan["state"] for plan in (await office.trail("C-1"))["plans"]] == ["asking"]


async def test_what_changes_nothing_is_not_asked_about(office: Office) -> None:
    """A runbook that only looks is followed, however its words stand."""
    office.say("ana", "please don't forget to tell me when the vpn is back")

    async def planned() -> bool:
        return bool(await office.cases()) and bool((await office.trail())["plans"])

    await office.until(planned, "a plan")
    assert [plan["runbook"] for plan in (await office.trail())["plans"]] == ["service-back"]
