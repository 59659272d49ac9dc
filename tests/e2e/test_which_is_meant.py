"""What somebody takes back by its name, or answers to the question which is meant, said at a bad moment."""

import pytest

from bot.turns.endings import Endings
from bot.turns.pointing import Pointing
from tests.e2e.test_answers_cut_off import _all_read
from tests.e2e.test_edits_cut_off import cut_off
from tests.e2e.test_taken_back import FIGMA, GRAFANA, MONITOR, asked, states
from tests.office import Office

WHICH = "Which of these don't you need any more?"


async def test_a_yes_after_the_button_drops_nothing_else(office: Office) -> None:
    await asked(office, GRAFANA, FIGMA)
    office.say("ana", "cancel the access")
    await office.hears("ana", WHICH)
    await office.press("ana", "choice:1")
    await office.hears("ana", "Dropped, as you said: *Give Ana Almeida access to Grafana")
    office.say("ana", "yes")
    await office.until(lambda: _all_read(office), "it to be read")

    assert await states(office, "C-1", "C-2") == ["withdrawn", "waiting"]


async def test_never_mind_after_the_button_is_about_what_is_left(office: Office) -> None:
    """The question is answered; it hears nothing any more."""
    await asked(office, GRAFANA, FIGMA)
    office.say("ana", "cancel the access")
    await office.hears("ana", WHICH)
    await office.press("ana", "choice:1")
    await office.hears("ana", "Dropped, as you said: *Give Ana Almeida access to Grafana")
    office.say("ana", "never mind")
    await office.until(lambda: _all_read(office), "it to be read")

    assert await states(office, "C-1", "C-2") == ["withdrawn", "withdrawn"]


async def test_never_mind_takes_back_the_question_and_not_what_moved_last(office: Office) -> None:
    await asked(office, GRAFANA, FIGMA, MONITOR)
    office.say("ana", "cancel the access")
    await office.hears("ana", WHICH)
    office.say("ana", "never mind")
    await office.until(lambda: _all_read(office), "it to be read")

    assert await states(office, "C-1", "C-2", "C-3") == ["waiting", "waiting", "waiting"]


@pytest.mark.parametrize(("answer", "came"), [("never mind", ["waiting"] * 3), ("figma", ["waiting", "withdrawn", "waiting"])])
async def test_the_question_in_the_thread_of_something_else(office: Office, answer: str, came: list[str]) -> None:
    await asked(office, GRAFANA, FIGMA)
    thread = office.say("ana", MONITOR)
    await office.until(lambda: _third(office), "it to wait")
    office.say("ana", "cancel the access", thread=thread)
    await office.hears("ana", WHICH)
    office.say("ana", answer, thread=thread)
    await office.until(lambda: _all_read(office), "it to be read")

    assert await states(office, "C-1", "C-2", "C-3") == came


async def _third(office: Office) -> bool:
    found = await office.cases()
    return len(found) == 3 and all(one["state"] == "waiting" for one in found)


async def test_a_change_by_a_button_that_is_cut_off(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    await asked(office, GRAFANA, "I need access to Looker for two weeks")
    office.say("ana", "actually just 5 days")
    await office.hears("ana", "Which of these do you mean?")
    await office.until(lambda: _all_read(office), "it to be read")
    done = cut_off(monkeypatch, Endings, "finish")
    await office.press("ana", "choice:1")
    await office.until(lambda: done, "the turn to be cut off")
    await office.until(lambda: _all_read(office), "it to be taken again")

    assert "That is over already" not in office.heard("ana")
    found = await states(office, "C-1", "C-2")
    assert found == ["waiting", "waiting"]
    assert len((await office.trail("C-1"))["approvals"]) == 2


@pytest.mark.parametrize("answer", ["figma", "both", "never mind"])
async def test_an_answer_in_words_that_is_cut_off(office: Office, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    await asked(office, GRAFANA, FIGMA)
    office.say("ana", "cancel the access")
    await office.hears("ana", WHICH)
    await office.until(lambda: _all_read(office), "it to be read")
    done = cut_off(monkeypatch, Pointing, "_settled")
    office.say("ana", answer)
    await office.until(lambda: done, "the turn to be cut off")
    await office.until(lambda: _all_read(office), "it to be taken again")

    came = {"figma": ["waiting", "withdrawn"], "both": ["withdrawn"] * 2, "never mind": ["waiting"] * 2}
    assert await states(office, "C-1", "C-2") == came[answer]


async def test_the_message_is_deleted_while_its_question_is_open(office: Office) -> None:
    await asked(office, GRAFANA, FIGMA)
    ts = office.say("ana", "cancel the access")
    await office.hears("ana", WHICH)
    office.server.workspace.delete(office.who("ana"), office.place("ana"), ts)
    await office.until(lambda: _all_read(office), "it to be read")
    office.say("ana", "yes")
    await office.until(lambda: _all_read(office), "it to be read")
    assert await states(office, "C-1", "C-2") == ["waiting", "waiting"]
