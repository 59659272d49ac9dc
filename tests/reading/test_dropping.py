"""Words that take something back by its name, and those that only sound like it."""

import pytest

from bot.reading.dropping import content, read


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("never mind the grafana", ["grafana"]),
        ("nvm grafana", ["grafana"]),
        ("forget the grafana thing", ["grafana"]),
        ("Forget what I said about Grafana", ["grafana"]),
        ("cancel grafana please", ["grafana"]),
        ("no, cancel the monitor", ["monitor"]),
        ("Oh, could you please cancel the monitor? thanks!", ["monitor"]),
        ("I'd like to cancel the second monitor", ["second", "monitor"]),
        ("I want to withdraw my request for Grafana", ["grafana"]),
        ("let's scrap the grafana thing", ["grafana"]),
        ("call the monitor off", ["monitor"]),
        ("just leave the laptop alone", ["laptop"]),
        ("I changed my mind about the monitor", ["monitor"]),
        ("delete the grafana request", ["grafana"]),
        ("the monitor can be cancelled", ["monitor"]),
        ("cancel A-2", ["a2"]),
        ("never mind the grafana, I won't need it", ["grafana"]),
        ("the grafana access: never mind", ["grafana", "access"]),
        ("never mind, I don't need the monitor", ["monitor"]),
        ("I don't need the grafana access any more", ["grafana", "access"]),
        ("the grafana request is no longer needed", ["grafana"]),
        ("no need for the monitor any more", ["monitor"]),
        ("don't order the monitor after all", ["monitor"]),
        ("we can do without the monitor", ["monitor"]),
        ("drop the order of the monitor and the grafana request", ["order", "monitor", "grafana"]),
        ("vergiss das mit Grafana", ["grafana"]),
        ("Bitte den Monitor stornieren", ["monitor"]),
        ("Ich brauche keinen Monitor mehr", ["monitor"]),
        ("Monitor hat sich erledigt", ["monitor"]),
        ("olvida lo de grafana", ["grafana"]),
        ("ya no necesito el monitor, gracias", ["monitor"]),
    ],
)
def test_what_is_taken_back(words: str, names: list[str]) -> None:
    """Whatever stands around it, the name is left."""
    found = read(words)
    assert found is not None
    assert [word for name in found.names for word in content(name)] == names
    assert found.rest == ""


@pytest.mark.parametrize(
    "words",
    [
        "never mind",
        "cancel that, please",
        "don't cancel the monitor",
        "should I cancel the monitor?",
        "why did you cancel the monitor",
        "Grafana is needed",
        "I need grafana",
        "I don't have access to grafana",
        "i forgot my password",
        "remove my grafana access",
        "the monitor has not arrived",
        "i need the monitor not the keyboard",
        "make that one week not two",
    ],
)
def test_what_takes_nothing_back_by_its_name(words: str) -> None:
    """A bare withdrawal names nothing; a no to a withdrawal, a question and a request are none."""
    assert read(words) is None


@pytest.mark.parametrize(
    ("words", "names", "rest"),
    [
        ("never mind the printer, I'm locked out", ("the printer",), "I'm locked out"),
        ("cancel the monitor because I found one", ("the monitor",), "I found one"),
        ("forget grafana, and drop the monitor", ("grafana", "the monitor"), ""),
    ],
)
def test_what_is_said_besides_is_kept(words: str, names: tuple[str, ...], rest: str) -> None:
    found = read(words)
    assert found is not None
    assert (found.names, found.rest) == (names, rest)


@pytest.mark.parametrize(("words", "plain"), [("forget the grafana", True), ("I don't need the grafana", False)])
def test_a_wish_is_told_from_how_it_is(words: str, plain: bool) -> None:
    found = read(words)
    assert found is not None
    assert found.plain is plain
