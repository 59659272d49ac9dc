"""What people of a scenario take for a question, and what they answer."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from bot.playground.interactions import GONE, NOT_IN_TIME
from tests.evaluation.people import LOST, Button, People, asked, reply
from tests.evaluation.scenario import FOLDER, Answer, Person, load_all


@pytest.mark.parametrize(
    ("text", "question"),
    [
        pytest.param("One question first.\nWhich application is it?", "Which application is it?", id="the last line"),
        pytest.param("*Is something down?*\nVPN: working.", "", id="a heading asks nothing"),
        pytest.param("It is done.\nDid that fix it?", "", id="whether it helped is for the buttons"),
        pytest.param("It is done.", "", id="nothing is asked"),
    ],
)
def test_what_is_a_question(text: str, question: str) -> None:
    assert asked(text) == question


def test_people_answer_by_what_they_are_asked() -> None:
    """The first answer that is about the question; without one they do not know."""
    mia = Person(answers=[Answer(about=["until"], says="friday"), Answer(about=["Application", "app"], says="looker")])

    assert reply(mia, "Which APPLICATION is it, and until when?") == "friday"
    assert reply(mia, "Which application is it?") == "looker"
    assert reply(mia, "Who needs it?") == LOST
    assert reply(Person(answers=[Answer(says="never mind")]), "Who needs it?") == "never mind"


async def test_a_press_that_was_answered_late_is_at_work_until_the_button_goes() -> None:
    """Slack says that nobody answered in time; the card stands a while as it was, then it is taken. It is pressed once."""
    button = {"type": "button", "action_id": "approve", "text": {"type": "plain_text", "text": "Approve"}}
    card = {"ts": "1.0", "user": "B", "blocks": [{"type": "actions", "elements": [button]}]}
    stands, pressed = [card, card, {**card, "blocks": []}], list[str]()

    async def click(who: object, channel: object, ts: str, action: str, value: object = None) -> str:
        pressed.append(action)
        return NOT_IN_TIME if len(pressed) == 1 else GONE

    office = SimpleNamespace(
        who=lambda handle: handle,
        company=SimpleNamespace(clock=SimpleNamespace(now=lambda: datetime(2026, 11, 27, tzinfo=UTC))),
        server=SimpleNamespace(
            interactions=SimpleNamespace(click=click),
            workspace=SimpleNamespace(message=lambda channel, ts: stands.pop(0)),
        ),
    )
    people = People(office, next(one for one in load_all(FOLDER) if one.name == "locked-account"))  # type: ignore[arg-type]
    await people._click("omar", Button(None, card, button, "A-1"), "")  # type: ignore[arg-type]
    assert (pressed, stands) == (["approve", "approve"], [])
    assert [(one.who, one.approval, one.approve) for one in people.presses] == [("omar", "A-1", True)]
