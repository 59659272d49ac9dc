"""What somebody takes back, or changes, by its name beside something else that is open: that one, and never another."""

from functools import partial

import pytest

from bot.playground.workspace import Json
from bot.turns.endings import Endings
from tests.e2e.test_edits_cut_off import cut_off
from tests.office import Office
from tests.office import words as shown

GRAFANA, FIGMA = "I need access to Grafana for two weeks", "I need access to Figma until Friday"
MONITOR = "order a second monitor for me please"


async def asked(office: Office, *requests: str) -> None:
    """Each waits for somebody's yes, in a case of its own."""
    for number, words in enumerate(requests, 1):
        office.say("ana", words)
        await office.until(partial(_waits, office, number), f"“{words}” to wait")


async def _waits(office: Office, number: int) -> bool:
    found = await office.cases()
    return len(found) == number and all(one["state"] == "waiting" for one in found)


async def states(office: Office, *cases: str) -> list[str]:
    """Of the last approval of each."""
    return [(await office.trail(case))["approvals"][-1]["state"] for case in cases]


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("never mind the grafana", id="never mind"),
        pytest.param("forget the grafana thing, I found it elsewhere", id="forget, and why"),
        pytest.param("cancel grafana please", id="cancel"),
        pytest.param("withdraw A-1", id="by its number"),
        pytest.param("Grafana hat sich erledigt", id="in German"),
    ],
)
async def test_one_of_two_is_taken_back_by_its_name(office: Office, words: str) -> None:
    """It is said which; its card says so; the other waits on, and no approver reads these words as its requester's."""
    await asked(office, GRAFANA, MONITOR)
    office.say("ana", words)
    heard = await office.hears("ana", "Dropped, as you said: *Give Ana Almeida access to Grafana")

    assert "Still open: “Order equipment: Monitor, 27 inch”" in heard
    assert await states(office, "C-1", "C-2") == ["withdrawn", "waiting"]
    await office.hears("omar", "Withdrawn by the requester")
    assert words not in office.heard("mia")
    assert len(await office.cases()) == 2


async def test_what_is_taken_back_when_the_bot_is_cut_off_is_taken_back_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same words, read again, withdraw nothing else and ask nothing."""
    await asked(office, GRAFANA, MONITOR)
    done = cut_off(monkeypatch, Endings, "finish")
    office.say("ana", "never mind the grafana")
    await office.until(lambda: done, "the turn to be cut off")
    office.say("ana", "any news?")
    heard = await office.hears("ana", "How it stands")

    assert await states(office, "C-1", "C-2") == ["withdrawn", "waiting"]
    assert "Dropped, as you said: *Give Ana Almeida access to Grafana" in heard
    assert all(text not in heard for text in ("Which of these", "Is it this", "I've added that", "I can't tell whether"))


async def test_in_the_thread_of_the_other(office: Office) -> None:
    """The thread says where it is answered, the name what is meant."""
    office.say("ana", GRAFANA)
    await office.hears("ana", "needs a person's yes")
    thread = office.say("ana", MONITOR)
    await office.until(lambda: _waits(office, 2), "both to wait")
    office.say("ana", "cancel the grafana", thread=thread)
    await office.hears("ana", "Dropped, as you said: *Give Ana Almeida access to Grafana", thread=thread)

    assert await states(office, "C-1", "C-2") == ["withdrawn", "waiting"]
    office.say("ana", "never mind", thread=thread)
    await office.until(lambda: _states_are(office, "withdrawn", "withdrawn"), "the thread to be the monitor's still")


async def _states_are(office: Office, *wanted: str) -> bool:
    return await states(office, *(f"C-{number}" for number in range(1, len(wanted) + 1))) == list(wanted)


async def test_which_of_two_is_asked_and_answered_by_a_button(office: Office) -> None:
    """Both fit: nothing happens before one is pressed; then the question has no buttons any more."""
    await asked(office, GRAFANA, FIGMA)
    office.say("ana", "cancel the access")
    await office.hears("ana", "Which of these don't you need any more?")
    assert await states(office, "C-1", "C-2") == ["waiting", "waiting"]
    await office.press("ana", "choice:1")
    await office.hears("ana", "Dropped, as you said: *Give Ana Almeida access to Grafana")

    assert await states(office, "C-1", "C-2") == ["withdrawn", "waiting"]
    await office.until(lambda: office.button("ana", "choice:") is None, "the buttons to go")
    assert "Answered: Access to an application, for a while: Grafana" in office.heard("ana")


@pytest.mark.parametrize(
    ("answer", "came"),
    [
        pytest.param("figma", ["waiting", "withdrawn"], id="its name"),
        pytest.param("both", ["withdrawn", "withdrawn"], id="both"),
        pytest.param("none of them", ["waiting", "waiting"], id="none"),
        pytest.param("never mind", ["waiting", "waiting"], id="the question itself"),
    ],
)
async def test_which_of_two_is_answered_in_words(office: Office, answer: str, came: list[str]) -> None:
    await asked(office, GRAFANA, FIGMA)
    office.say("ana", "cancel the access")
    await office.hears("ana", "Which of these don't you need any more?")
    office.say("ana", answer)
    await office.hears("ana", "nothing was dropped or changed. If" if came == ["waiting", "waiting"] else "Dropped, as you said")

    assert await states(office, "C-1", "C-2") == came


async def test_only_whoever_asked_says_which(office: Office) -> None:
    """In a channel everybody sees the buttons; Ben's press drops nothing."""
    thread = office.say("ana", f"@deskhand {GRAFANA}. I'm also missing a second monitor, please order one", channel="general")
    await office.until(lambda: office.button("omar", "approve"), "a card")
    office.say("ana", "cancel the meeting about grafana", channel="general", thread=thread)
    await office.hears("ana", "that you don't need any more?", "general")
    await office.press("ben", "choice:0", "general")
    await office.hears("ben", "belongs to the person who asked", "general")
    assert (await office.trail("C-1"))["approvals"][0]["state"] == "waiting"
    await office.press("ana", "choice:0", "general")
    await office.hears("ana", "Dropped, as you said", "general")


async def test_what_is_not_open_is_neither_dropped_nor_asked_for(office: Office) -> None:
    """Zendesk was never asked for: which of what is open is meant is asked, and that it is none of them can be said."""
    await asked(office, GRAFANA)
    office.say("ana", "forget the zendesk thing")
    await office.hears("ana", "Is it this that you don't need any more?")
    await office.press("ana", "choice:1")
    await office.hears("ana", "nothing was dropped or changed. If")

    assert len(await office.cases()) == 1
    assert await states(office, "C-1") == ["waiting"]
    assert office.button("ana", "apart") is not None


async def test_what_waits_for_the_requesters_own_yes_is_taken_back_by_its_name(office: Office) -> None:
    """It is no order of before that is looked for, and nothing is offered."""
    office.say("ana", GRAFANA)
    await office.hears("ana", "needs a person's yes")
    office.say("ana", "restart my laptop")
    await office.until(lambda: office.button("ana", "confirm"), "the click")
    office.say("ana", "cancel the restart of the laptop")
    await office.hears("ana", "Dropped, as you said: *Restart")

    assert (await office.trail("C-2"))["plans"][0]["state"] == "withdrawn"
    assert await states(office, "C-1") == ["waiting"]
    await office.until(lambda: office.button("ana", "confirm") is None, "the click to go")
    assert await office.journal("restart_device") == []


async def test_an_order_that_waits_is_no_order_of_before(office: Office) -> None:
    """What else is asked for beside it is done: a keyboard."""
    await asked(office, MONITOR)
    office.say("ana", "cancel the monitor, I need a keyboard")
    await office.hears("ana", "Dropped, as you said: *Order for Ana Almeida from the catalogue: Monitor")
    await office.hears("mia", "Keyboard")

    trail = await office.trail("C-1")
    assert [(plan["runbook"], plan["needs"]["item"]["id"]) for plan in trail["plans"]] == [
        ("equipment-order", "monitor"),
        ("equipment-order", "keyboard"),
    ]
    assert trail["plans"][0]["state"] == "withdrawn"


async def test_everything_is_everything(office: Office) -> None:
    await asked(office, GRAFANA, MONITOR)
    office.say("ana", "cancel everything please")
    await office.until(lambda: _states_are(office, "withdrawn", "withdrawn"), "both to be withdrawn")


@pytest.mark.parametrize(
    "words",
    [pytest.param("make that one week not two", id="make that"), pytest.param("actually just one week", id="actually")],
)
async def test_less_time_beside_what_is_asked_about(office: Office, words: str) -> None:
    """The question about something else is not answered by it: what has a time is changed, and the question stays."""
    await asked(office, GRAFANA)
    office.say("ana", "order lunch for the whole team please")
    await office.hears("ana", "Is it one of these?")
    office.say("ana", words)
    await office.hears("ana", "Changed: I've dropped *Give Ana Almeida access to Grafana")
    await office.until(lambda: _second(office), "a second approval")

    first, second = [one for one in (await office.trail("C-1"))["calls"] if one["tool"] == "grant_access"]
    assert second["arguments"]["until"] < first["arguments"]["until"]
    assert (await office.trail("C-2"))["plans"][0]["state"] == "asking"


async def _second(office: Office) -> bool:
    return len((await office.trail("C-1"))["approvals"]) == 2


async def test_which_of_two_gets_less_time_is_asked(office: Office) -> None:
    """Both have one; the other stays as it is. Where the words name it nothing is asked."""
    await asked(office, GRAFANA, "I need access to Looker for two weeks")
    office.say("ana", "actually just 5 days")
    await office.hears("ana", "Which of these do you mean?")
    await office.press("ana", "choice:1")
    await office.hears("ana", "Changed: I've dropped *Give Ana Almeida access to Grafana")
    await office.until(lambda: _second(office), "a second approval")
    assert len((await office.trail("C-2"))["approvals"]) == 1

    office.say("ana", "make the looker one three days instead")
    await office.hears("ana", "Changed: I've dropped *Give Ana Almeida access to Looker")


async def test_less_time_in_the_thread_of_what_has_none(office: Office) -> None:
    await asked(office, GRAFANA)
    thread = office.say("ana", MONITOR)
    await office.until(lambda: _waits(office, 2), "both to wait")
    office.say("ana", "make that one week not two", thread=thread)
    await office.hears("ana", "Changed: I've dropped *Give Ana Almeida access to Grafana", thread=thread)


def card(office: Office) -> str:
    ts, _ = office.button("omar", "approve") or ("", None)
    message: Json | None = office.server.workspace.message(office.place("omar"), ts)
    assert message is not None
    return shown(message)


SOUP = "the canteen has soup today"


async def test_words_that_may_be_about_anything_stand_on_no_card(office: Office) -> None:
    """Until the requester says that they belong there; and they change no time, though they name a day."""
    thread = office.say("ana", FIGMA)
    await office.hears("ana", "needs a person's yes")
    office.say("ana", SOUP, thread=thread)
    await office.hears("ana", "I can't tell whether that belongs", thread=thread)
    assert SOUP not in office.heard("omar")
    await office.press("ana", "belongs")
    await office.hears("ana", "I've added that to A-1", thread=thread)

    await office.until(lambda: SOUP in card(office), "the words on the card")
    assert office.button("ana", "belongs") is None
    assert await states(office, "C-1") == ["waiting"]


async def test_words_that_are_something_new_leave_the_card(office: Office) -> None:
    """A remark that was none; what the requester said before it stays."""
    office.say("ana", FIGMA)
    await office.hears("ana", "needs a person's yes")
    office.say("ana", "it is because of the presentation on Thursday")
    await office.hears("ana", "I've added that to A-1")
    await office.until(lambda: "presentation" in card(office), "the words on the card")
    await office.press("ana", "apart")
    await office.until(lambda: "presentation" not in card(office), "the words to leave the card")

    assert FIGMA in card(office)
