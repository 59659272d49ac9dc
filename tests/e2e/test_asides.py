"""What an approver may want first: a word of the requester, why it is they, a reminder. It goes on waiting all the while."""

from datetime import timedelta

import pytest

from tests.office import Office

FIGMA = "could I get figma until tomorrow?"


@pytest.fixture
async def asked(office: Office) -> Office:
    office.say("ana", FIGMA)
    await office.hears("omar", "Please decide")
    await office.hears("ana", "needs a person's yes")
    return office


async def waits(office: Office) -> bool:
    return [one["state"] for one in (await office.trail())["approvals"]] == ["waiting"]


async def question(office: Office, text: str = "Which project is it for?") -> None:
    await office.pick("omar", "Ask them first")
    assert await office.fill("omar", text) == {}
    await office.hears("ana", f"they ask: “{text}”")


async def test_a_question_and_the_answer_by_its_button(asked: Office) -> None:
    """The question in the requester's thread, the answer quoted on every card; it goes on waiting, and then runs."""
    await question(asked)
    await asked.hears("omar", "No answer yet", "oncall")
    await asked.press("ana", "act:reply")
    assert await asked.fill("ana", "The autumn campaign.") == {}
    await asked.hears("ana", "I've shown Omar Haddad your answer")
    for place in ("", "oncall"):
        await asked.hears("omar", "*Omar Haddad asked:* “Which project is it for?”", place)
        await asked.hears("omar", "> The autumn campaign.", place)
    assert await waits(asked)
    assert asked.button("ana", "act:reply") is None
    await asked.press("omar", "approve")
    await asked.case_is(outcome="verified")


async def test_the_answer_in_words(either: Office) -> None:
    """Whoever plans: words in the thread answer it as well, are passed on as they are, and ask for nothing of their own."""
    thread = either.say("ana", FIGMA)
    await either.hears("omar", "Please decide")
    await either.hears("ana", "needs a person's yes")
    await question(either)
    either.say("ana", "it is for the printer campaign, Mia knows", thread=thread)
    await either.hears("ana", "I've shown Omar Haddad your answer")
    await either.hears("omar", "> it is for the printer campaign, Mia knows")
    assert len(await either.cases()) == 1
    assert await waits(either)


async def test_only_the_requester_answers_and_one_question_at_a_time(asked: Office) -> None:
    """A forged answer of somebody else, an answer twice, a second question meanwhile: each is told, and nothing is taken."""
    await question(asked)
    found = asked.button("ana", "act:reply")
    assert found is not None
    ts, element = found
    _, card = await asked.until(lambda: asked.button("omar", "approve"), "the card")
    forged = {"action_id": "act:ask", "value": card["value"]}
    place = asked.place("omar")
    at, _ = asked.button("omar", "approve") or ("", {})
    await asked.server.interactions.click(asked.who("omar"), place, at, "approve", forged=forged)
    await asked.hears("omar", "A question to the requester is open already")
    await asked.server.interactions.click(
        asked.who("omar"), place, at, "approve", forged={"action_id": "act:reply", "value": element["value"]}
    )
    await asked.hears("omar", "That question is for the person who asked for this")
    await asked.press("ana", "act:reply")
    assert await asked.fill("ana", "The autumn campaign.") == {}
    await asked.hears("ana", "I've shown Omar Haddad your answer")
    message = asked.server.workspace.message(asked.place("ana"), ts)
    assert message is not None
    message["blocks"] = [{"type": "actions", "block_id": "b", "elements": [element]}]  # a window that was not brought up to date
    await asked.press("ana", "act:reply")
    await asked.hears("ana", "waits for no answer any more")
    [one] = (await asked.trail())["approvals"]
    assert [(said["by"], said["answer"]) for said in one["questions"]] == [("omar", "The autumn campaign.")]


async def test_why_me(asked: Office) -> None:
    """Which role, why the policy asks, and who else was asked; for their eyes only."""
    await asked.pick("omar", "Why me?", "oncall")
    heard = await asked.hears("omar", "You are asked because you are among whoever is on call for identity", "oncall")
    assert "Access to an application is given by the people on call for identity." in heard
    assert "You are asked because" not in asked.heard("tariq", "oncall")


@pytest.mark.parametrize(
    ("chosen", "minutes", "told"),
    [
        pytest.param(0, 16, "in 15 minutes (", id="soon"),
        pytest.param(1, 61, "in 1 hour (", id="in an hour"),
    ],
)
async def test_a_reminder_for_oneself_alone(asked: Office, chosen: int, minutes: int, told: str) -> None:
    """At the time that is chosen, at whatever time of day; nothing else has changed, and it can be answered then."""
    await asked.pick("omar", "Remind me later")
    options = (await asked.form("omar"))["blocks"][-1]["element"]["options"]
    assert [one["text"]["text"].split(" (")[0] for one in options] == ["in 15 minutes", "in 1 hour"]
    assert await asked.fill("omar", options[chosen]["value"]) == {}
    await asked.hears("omar", f"I'll remind you {told}")
    assert await waits(asked)
    await asked.company.clock.turn(timedelta(minutes=minutes))
    await asked.hears("omar", "Still waiting for an answer")
    assert await waits(asked)
    await asked.press("omar", "approve")
    await asked.case_is(outcome="verified")


async def test_from_home(asked: Office) -> None:
    """What is behind the three dots is there on Home as well: the answer stands there, and a form opens from there."""
    view = await asked.home("omar", "Waiting for your answer")
    menu = next(one for block in view["blocks"] for one in block.get("elements", ()) if one.get("action_id") == "more")
    values = {one["text"]["text"]: one["value"] for one in menu["options"]}
    await asked.press_home("omar", "more", value=values["Why me?"])
    await asked.home_says("omar", "You are asked because you are among whoever is on call for identity")
    await asked.press_home("omar", "more", value=values["Ask them first"])
    assert await asked.fill("omar", "Which project is it for?") == {}
    await asked.hears("ana", "they ask: “Which project is it for?”")
    await asked.home_says("omar", "No answer yet")


async def test_a_question_ends_with_its_request(asked: Office) -> None:
    """Approved while it was open: it says that no answer is needed any more, and its button is gone."""
    await question(asked)
    await asked.until(lambda: asked.button("ana", "act:reply"), "a way to answer")
    await asked.press("omar", "approve")
    await asked.hears("ana", "No answer is needed any more: A-1 is over")
    await asked.until(lambda: asked.button("ana", "act:reply") is None, "the button to go")
    await asked.case_is(outcome="verified")


async def test_a_no_is_refused_before_its_reason_is_asked_for(office: Office) -> None:
    """Whoever may not answer gets no form to deny in, by a forged click on a card neither; whoever may does, and it is in the audit."""
    office.say("ana", "could I get figma until friday?")
    ts, element = await office.until(lambda: office.button("omar", "deny", "oncall"), "a card")
    for who, told in (("ana", "You asked for this yourself"), ("ben", "you are not in there right now")):
        place = office.place(who, "oncall")
        await office.server.interactions.click(office.who(who), place, ts, "deny", value=element["value"])
        await office.hears(who, told, "oncall")
        assert office.who(who).slack_id not in {view["viewer"] for view in office.server.workspace.views.values()}
    await office.press("omar", "deny", "oncall")
    await office.form("omar")
    trail = await office.trail()
    assert [row["data"]["refused"] for row in trail["audit"] if "refused" in row["data"]] == ["ana", "ben"]
    assert [one["votes"] for one in trail["approvals"]] == [[]]
