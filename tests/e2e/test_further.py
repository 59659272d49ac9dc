"""What somebody writes while something of theirs is open: nothing of it is swallowed, and nothing is asked twice."""

import pytest

from bot.execution.takenback import TAKEN_BACK
from bot.playground.workspace import Json
from tests.office import Office
from tests.office import words as shown

FIGMA = "I need access to Figma until Friday"


async def waits_for_figma(office: Office) -> None:
    office.say("ana", FIGMA)
    await office.hears("ana", "needs a person's yes")


async def test_a_remark_stands_on_the_approvers_card_and_can_be_made_a_request(office: Office) -> None:
    """What is said is true: Omar's card shows the words, and the button makes a case of its own of them, once."""
    await waits_for_figma(office)
    office.say("ana", "it is because of the presentation on Thursday")
    await office.hears("ana", "I've added that to A-1")

    assert "presentation on Thursday" in office.heard("omar")
    assert len(await office.cases()) == 1
    pressed = await office.until(lambda: office.button("ana", "apart"), "the button")
    await office.press("ana", "apart")
    await office.hears("ana", "opened ticket")
    await office.until(lambda: office.button("ana", "apart") is None, "the button to go")
    await press_again(office, "ana", *pressed)
    await office.case_is(state="handed_over")

    assert len(await office.cases()) == 2
    assert office.heard("ana").count("You asked me: it is because of the presentation") == 1
    assert [one["state"] for one in (await office.trail("C-1"))["approvals"]] == ["waiting"]


async def press_again(office: Office, handle: str, ts: str, element: Json) -> None:
    """In a window that was not brought up to date."""
    message = office.server.workspace.message(office.place(handle), ts)
    assert message is not None
    message["blocks"] = [{"type": "actions", "block_id": "old", "elements": [element]}]
    await office.press(handle, "apart")


async def test_what_was_a_request_of_its_own_is_taken_whole_and_takes_no_thread(office: Office) -> None:
    """Written in the case's thread, longer than a button's value may be: the old case keeps its thread, also for what comes later."""
    thread = office.say("ana", FIGMA)
    await office.hears("ana", "needs a person's yes")
    long = f"it is about the presentation, {'and so on ' * 150}as I said on Thursday"
    office.say("ana", long, thread=thread)
    await office.hears("ana", "I've added that to A-1", thread=thread)
    _, element = await office.until(lambda: office.button("ana", "apart"), "the button")
    assert "presentation" not in element["value"]
    await office.press("ana", "apart")
    await office.hears("ana", "I've taken it as a request of its own", thread=thread)
    await office.case_is(state="handed_over")

    first, second = (await office.trail("C-1")), (await office.trail())
    assert (first["id"], second["id"]) == ("C-1", "C-2")
    assert [line["text"] for line in second["messages"] if line["role"] == "requester"] == [long]
    assert second["thread"] not in ("", thread)
    assert "opened ticket" not in office.heard("ana", thread=thread)
    await office.press("omar", "approve")
    await office.hears("ana", "is in place", thread=thread)
    office.say("ana", "it works, thanks", thread=thread)
    await office.hears("ana", "I've closed this", thread=thread)
    assert (await office.trail("C-1"))["outcome"] == "confirmed"


async def test_only_whoever_wrote_a_remark_makes_a_request_of_it(office: Office) -> None:
    """In a channel everybody sees the button; Ben's press makes nothing."""
    thread = office.say("ana", f"@deskhand {FIGMA}", channel="general")
    await office.hears("ana", "needs a person's yes", "general")
    office.say("ana", "it is because of the presentation on Thursday", channel="general", thread=thread)
    await office.hears("ana", "I've added that to A-1", "general")
    await office.press("ben", "apart", "general")
    await office.hears("ben", "belongs to the person who asked", "general")
    assert len(await office.cases()) == 1

    await office.press("ana", "apart", "general")
    await office.hears("ana", "opened ticket")
    assert "opened ticket" not in office.heard("ana", "general")


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("the coffee machine is leaking, i need a plumber", id="a complaint and a wish"),
        pytest.param("i cant print", id="a complaint"),
        pytest.param("Bitte tauscht die Lampe in meinem Büro aus", id="another language"),
    ],
)
async def test_what_is_unknown_goes_to_people_while_something_else_waits(office: Office, words: str) -> None:
    """It is no remark: it gets a case and a ticket of its own, and what waits still waits."""
    await waits_for_figma(office)
    office.say("ana", words)
    await office.hears("ana", "opened ticket")
    await office.case_is(state="handed_over")

    assert any(words in one["text"] for one in (await office.books())["tickets"])
    ts, _ = office.button("omar", "approve") or ("", None)
    card = office.server.workspace.message(office.place("omar"), ts)
    assert card is not None
    assert words not in shown(card)
    assert (await office.trail("C-1"))["state"] == "waiting"


async def test_another_request_is_a_case_of_its_own(office: Office) -> None:
    """Home and status name each by its own words."""
    await waits_for_figma(office)
    office.say("ana", "and I am locked out of my account")
    await office.hears("ana", "Unlocked the account of Ana")

    assert [one["title"] for one in await office.cases()] == ["and I am locked out of my account", FIGMA]


async def test_another_request_while_a_question_is_open(office: Office) -> None:
    """Words that ask for an application are not taken for the name of a person."""
    office.say("ana", "please reset the MFA of zorro")
    await office.hears("ana", "I don't know anybody called")
    office.say("ana", "production shell access for 1 day please")
    await office.hears("omar", "Production")

    assert "anybody called “production" not in office.heard("ana")
    assert (await office.trail("C-1"))["plans"][0]["state"] == "asking"


@pytest.mark.parametrize(
    ("words", "app", "until"),
    [
        pytest.param("wait, make that Looker instead", "looker", "2026-11-27", id="another application"),
        pytest.param("sorry i meant mailchimp not figma", "mailchimp", "2026-11-27", id="one and not the other"),
        pytest.param("actually until Monday please", "figma", "2026-11-30", id="another day"),
        pytest.param("until Monday please", "figma", "2026-11-30", id="another day without more words"),
    ],
)
async def test_a_change_of_mind_takes_the_place_of_what_waits(office: Office, words: str, app: str, until: str) -> None:
    """The first request is replaced, its card says so, and only the second can be approved; what was left unsaid stays."""
    await waits_for_figma(office)
    office.say("ana", words)
    await office.hears("ana", "Changed: I've dropped")
    await office.until(lambda: _second(office), "a second approval")
    trail = await office.trail()  # whole now: while it was looked for, it grew

    first, second = [one for one in trail["calls"] if one["tool"] == "grant_access"]
    assert (first["state"], second["state"]) == ("superseded", "waiting")
    assert second["arguments"]["app"] == app
    async with office.store.work() as work:
        case = await work.case("C-1")
    assert case is not None
    assert [one["names"][0] for one in case.data.get(TAKEN_BACK, ())] == ([] if app == "figma" else ["figma"])
    await office.hears("omar", "Replaced: the requester changed the request")
    await office.hears("omar", words)
    await office.press("omar", "approve")
    await office.hears("ana", "is in place")
    grants = [one for one in (await office.books())["grants"] if one["person"] == "ana" and one["state"] == "active"]
    assert [one["app"] for one in grants] == [app]


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("it is not urgent for me", id="not, and me"),
        pytest.param("no rush, I will be at my desk", id="no, and I"),
        pytest.param("Ben can not log in and my meeting starts at ten", id="a reason"),
        pytest.param("Ben is not in the office, can Lena Fischer approve?", id="other people"),
        pytest.param("sorry, I am locked out of my account", id="sorry, and another request"),
        pytest.param("actually I am locked out of my account", id="actually, and another request"),
    ],
)
async def test_what_is_no_change_of_mind_changes_nothing_that_waits(office: Office, words: str) -> None:
    """A remark, or a request of its own: what waits for Ben waits on as it is, and nothing of it is done to whoever writes."""
    office.say("ana", "please reset the password of ben")
    await office.hears("ana", "needs a person's yes")
    said = len(office.heard("ana"))
    office.say("ana", words)
    await office.until(lambda: len(office.heard("ana")) > said, "an answer")

    first = (await office.trail("C-1"))["approvals"]
    assert [one["state"] for one in first] == ["waiting"]
    assert await office.journal("reset_password") == []


async def test_what_was_done_before_a_change_of_mind_is_said_to_stay(office: Office) -> None:
    """Figma was given to Ben, Mailchimp waits, then somebody else is meant: the grant is named, and stays."""
    office.say("mia", "onboard ben, marketing")
    await office.case_is(state="waiting")
    await office.until(lambda: _second(office), "both approvals")
    await office.press("omar", "approve")
    await office.until(lambda: _given(office), "Figma")
    office.say("mia", "sorry, I meant Lena Kowalska")

    heard = await office.hears("mia", "Changed: I've dropped")
    assert "What was done before that stays: Gave Ben Brandt access to Figma" in heard


async def _given(office: Office) -> bool:
    return any((one["tool"], one["state"]) == ("grant_access", "verified") for one in (await office.trail())["calls"])


async def _second(office: Office) -> Json | None:
    trail = await office.trail()
    return trail if len(trail["approvals"]) == 2 else None


async def test_a_name_that_nobody_bears_is_said_before_anything_else_is_asked(office: Office) -> None:
    """ "Please give zorro access" is not for whoever asks, whatever else has still to be known; and Ben's name alone is enough."""
    office.say("ana", "please give zorro access to an application")
    heard = await office.hears("ana", "I don't know anybody called “zorro”")
    assert "Which application" not in heard
    office.say("mia", "please give ben access to figma")
    await office.hears("omar", "Give Ben Brandt access to Figma")

    assert "Do you mean" not in office.heard("mia")


async def test_one_more_thing_is_no_change_of_mind(office: Office) -> None:
    """ "Too" means both: the second is a request of its own (what it asks for is there), and the first waits on."""
    await waits_for_figma(office)
    office.say("ana", "and Jira too please")
    await office.case_is(state="resolved", outcome="verified")

    assert [one["state"] for one in (await office.trail("C-1"))["approvals"]] == ["waiting"]


async def test_a_day_too_far_off_is_asked_about_and_pages_nobody(office: Office) -> None:
    """The tool says how far it goes: a nearer day is offered; one that is too far off again goes to people."""
    office.say("ana", "I need access to payments admin until 2099-12-20")
    heard = await office.hears("ana", "2 days at most")
    assert "opened ticket" not in heard
    assert await office.journal("page_on_call") == []
    await office.press("ana", "choice:0")
    await office.hears("ana", "needs a person's yes")

    calls = [one for one in (await office.trail())["calls"] if one["tool"] == "grant_access"]
    assert [one["state"] for one in calls] == ["failed", "waiting"]
    assert "2 days at most" in calls[0]["reason"]
    assert (await office.trail())["plans"][0]["anew"] == [calls[0]["id"]]
    await office.press("omar", "approve")
    await office.press("mia", "approve")
    await office.hears("ana", "is in place")
    assert "couldn't finish" not in office.heard("ana")


async def test_a_day_too_far_off_for_the_second_time_goes_to_people(office: Office) -> None:
    office.say("ana", "I need access to payments admin until 2099-12-20")
    await office.hears("ana", "2 days at most")
    office.say("ana", "until 2099-12-10")
    await office.hears("ana", "opened ticket")
    await office.case_is(state="handed_over")


async def test_nothing_that_stands_goes_stale(office: Office) -> None:
    """After "never mind" neither the plan nor the note says that it waits, and no button offers to drop it."""
    await waits_for_figma(office)
    office.say("ana", "never mind")
    await office.hears("ana", "I've dropped it")
    await office.until(lambda: "Waiting for a person" not in office.heard("ana"), "the plan to be up to date")

    assert "you withdrew it" in office.heard("ana")
    assert "needs a person's yes" not in office.heard("ana")
    assert office.button("ana", "withdraw") is None


async def test_the_note_that_it_waits_says_when_it_was_approved(office: Office) -> None:
    await waits_for_figma(office)
    await office.press("omar", "approve")
    await office.hears("ana", "is in place")
    await office.hears("ana", "* (A-1): approved.")

    assert office.button("ana", "withdraw") is None


async def test_the_question_whether_it_helped_goes_once_it_is_answered(office: Office) -> None:
    """A second "it works" closes nothing twice."""
    office.say("ana", "I'm locked out of my account")
    await office.press("ana", "feedback_yes")
    await office.hears("ana", "Glad it works")
    await office.until(lambda: office.button("ana", "feedback_yes") is None, "the buttons to go")

    assert office.heard("ana").count("I've closed this") == 2  # the text and its block


async def test_a_denial_names_what_was_denied_and_ticks_nothing_that_was_not_done(office: Office) -> None:
    await waits_for_figma(office)
    await office.deny("omar", "not without a licence")
    heard = await office.hears("ana", "I couldn't do this")

    assert "Give Ana Almeida access to Figma" in heard.split("I couldn't do this")[-1]
    trail = await office.case_is(outcome="denied")
    assert trail["plans"][0]["state"] == "denied"
    assert "See whether it is there" in office.heard("ana")


async def test_a_long_message_that_answers_no_question_is_a_request_of_its_own(office: Office) -> None:
    """At the top level; below the question it is asked again. A greeting and thanks answer nothing, and are answered."""
    thread = office.say("ana", "I need access to an application")
    await office.hears("ana", "Which application")
    office.say("ana", "got a weird mail that asked me to click a link, and I clicked it")
    await office.until(lambda: _cases(office, 2), "a case of its own")
    office.say("ana", "hello?")
    await office.hears("ana", "What I still need to know")
    office.say("ana", "the blue one that everybody in our team has by now", thread=thread)
    await office.until(lambda: office.heard("ana", thread=thread).count("Which application") >= 2, "the question again")

    assert [plan["state"] for plan in (await office.trail("C-1"))["plans"]] == ["asking"]
    assert await _cases(office, 2)


async def _cases(office: Office, number: int) -> bool:
    return len(await office.cases()) == number
