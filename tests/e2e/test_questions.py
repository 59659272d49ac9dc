"""Questions to whoever asked: what there is can be picked, and each has a way out."""

from tests.office import Office, words

ASKED = "Which mailing list is it?"
WHICH_APP = "Which application is it?"


async def test_what_there_is_can_be_picked(office: Office) -> None:
    """Nothing was said of which list: all of them stand in one, and the one that is picked is joined."""
    office.say("ana", "add me to a mailing list")
    await office.hears("ana", ASKED)
    _, lists = await office.until(lambda: office.button("ana", "choice:C-1"), "a list to choose from")
    there = [one.id for one in await office.company.mailing_lists()]
    assert sorted(one["value"] for one in lists["options"]) == sorted(there)
    await office.press("ana", "choice:C-1", value="berlin-office")

    await office.case_is(outcome="verified")
    await office.hears("ana", "Answered: Berlin Office")
    assert office.button("ana", "choice:") is None


async def test_a_few_are_buttons(office: Office) -> None:
    """Of two kinds of devices each is one press."""
    office.say("ana", "lost device")
    await office.hears("ana", "the computer or the phone?")
    labels = [office.button("ana", f"choice:{n}") for n in range(2)]
    assert [one[1]["text"]["text"] for one in labels if one] == ["Computer", "Phone"]


async def test_the_way_out_of_a_question(office: Office) -> None:
    """The request is dropped, says so, and can be answered no more."""
    office.say("ana", "add me to a mailing list")
    await office.hears("ana", ASKED)
    await office.press("ana", "withdraw")

    await office.hears("ana", "nothing more will happen")
    await office.hears("ana", "Answered: Never mind")
    await office.case_is(state="closed", outcome="withdrawn")
    assert office.button("ana", "choice:") is office.button("ana", "withdraw") is None


async def test_the_way_out_leaves_what_else_was_asked(office: Office) -> None:
    """Of two requests in one message the one that waits for people goes on waiting."""
    office.say("ana", "could I get figma until friday, and add me to a mailing list please")
    await office.hears("ana", ASKED)
    await office.hears("ana", "needs a person's yes")

    question, _ = await office.until(lambda: office.button("ana", "choice:C-1"), "the question")
    assert not await office.server.interactions.click(office.who("ana"), office.place("ana"), question, "withdraw")
    await office.hears("ana", "Still open: “Access to an application")

    trail = await office.trail()
    assert {plan["runbook"]: plan["state"] for plan in trail["plans"]} == {
        "app-access": "waiting",
        "mailing-list-join": "withdrawn",
    }
    assert [one["state"] for one in trail["approvals"]] == ["waiting"]


async def test_what_a_model_asked_is_not_asked_once_more_by_its_end(thinking: Office) -> None:
    """It stands in the model's own words; what ends it says so and draws no question."""
    thinking.say("ana", "I need access to an application")
    await thinking.hears("ana", WHICH_APP)
    thinking.say("ana", "never mind, I found it myself")
    await thinking.hears("ana", "I've dropped it")
    await thinking.case_is(state="closed")

    asked = [one for one in thinking.place("ana").messages if WHICH_APP in words(one)]
    assert len(asked) == 1
    assert "Answered: Never mind" not in thinking.heard("ana")


async def test_a_short_request_of_its_own_answers_no_question(office: Office) -> None:
    """At the top level: whom it names leaves no list."""
    office.say("mia", "take him off the running club list")
    await office.hears("mia", "Who shall leave")
    office.say("mia", "unlock ana")
    await office.hears("mia", "Ana Almeida")
    assert [plan["runbook"] for plan in (await office.trail("C-2"))["plans"]] == ["account-locked"]
    assert (await office.trail("C-1"))["plans"][0]["state"] == "asking"


async def test_somebody_who_was_not_offered_is_no_answer_in_a_longer_request(office: Office) -> None:
    """Which Lena is asked; the account of Ben is another request."""
    office.say("mia", "unlock lena's account please")
    await office.hears("mia", "That may be more than one person")
    office.say("mia", "please unlock the account of Ben Brandt")
    await office.until(lambda: len(office.heard("mia").split("Ben Brandt")) > 1, "Ben")
    plans = (await office.trail("C-1"))["plans"]
    assert plans[0]["state"] == "asking"


async def test_a_sentence_of_its_own_is_no_failed_answer(office: Office) -> None:
    office.say("ana", "add me to a mailing list")
    await office.hears("ana", ASKED)
    office.say("ana", "the toilet is blocked")
    await office.hears("ana", "opened ticket")
    assert len(await office.cases()) == 2
    assert (await office.trail("C-1"))["plans"][0]["state"] == "asking"
