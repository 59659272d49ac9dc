"""What people of a scenario take for a question, and what they answer."""

import pytest

from tests.evaluation.people import LOST, asked, reply
from tests.evaluation.scenario import Answer, Person


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
