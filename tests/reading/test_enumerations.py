"""Several things asked for one beside the other."""

import pytest

from bot.reading import enumerations

CATALOGUE = (
    ("figma", "Figma", ("design tool",)),
    ("looker", "Looker", ("reports",)),
    ("hr-records", "HR Records", ()),
    ("staging/shop", "shop in staging", ("shop",)),
    ("production/shop", "shop in production", ("shop",)),
)


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        pytest.param("figma and looker please", ["figma", "looker please"], id="and"),
        pytest.param(
            "hello, figma, looker & hr records", ["hello, figma", "looker", "hr records"], id="a list, and what came before"
        ),
        pytest.param(
            "give me figma. also give me looker until friday, thanks",
            ["give me figma", "give me looker until friday, thanks"],
            id="sentences",
        ),
        pytest.param("figma please", [], id="one"),
        pytest.param("figma and figma", [], id="the same twice"),
        pytest.param("figma or looker", [], id="one of them"),
        pytest.param("figma and not looker", [], id="one is not meant"),
        pytest.param("I don't need figma and looker", [], id="none is meant"),
        pytest.param("restart shop and figma", [], id="a name of two things"),
        pytest.param("figma and the weather", [], id="something else beside it"),
    ],
)
def test_parts(words: str, parts: list[str]) -> None:
    """A part for each thing; nothing where it cannot be told."""
    assert enumerations.beside(words, CATALOGUE) == parts


@pytest.mark.parametrize(
    ("words", "how", "others"),
    [
        pytest.param("I need a monitor stand and figma", "I need", ["a monitor stand"], id="before it"),
        pytest.param("please order figma and a desk lamp, please", "please order", ["a desk lamp"], id="after it"),
        pytest.param("I need access to figma, miro and trello", "I need access to", ["miro", "trello"], id="names in a row"),
        pytest.param("order figma and HDMI cable", "order", ["HDMI cable"], id="two words behind an and"),
        pytest.param("I need figma and Ben approves", "", [], id="two words that say something"),
        pytest.param("can i get figma and charger", "can i get", ["charger"], id="one word"),
        pytest.param("hello, figma, a webcam and a whiteboard asap", "", [], id="a row and something else"),
        pytest.param("figma, a webcam and a whiteboard asap", "", ["a webcam", "a whiteboard"], id="a row and nothing else"),
        pytest.param("Ich brauche Figma und eine Lampe", "Ich brauche", ["eine Lampe"], id="in German"),
        pytest.param("necesito figma y una silla alta", "necesito", ["una silla alta"], id="in Spanish"),
        pytest.param("I need figma and looker", "", [], id="all are known"),
        pytest.param("I need a desk and a chair", "", [], id="none is known"),
        pytest.param("I need figma or a desk", "", [], id="one of them"),
        pytest.param("I need figma until friday and a quick answer", "", [], id="how, and by when"),
        pytest.param("I need figma, Ana", "", [], id="a name below it"),
        pytest.param("I need figma and it should be fast", "", [], id="what is said of it"),
        pytest.param("hi, a question, can I get figma?", "", [], id="before it is asked for"),
        pytest.param("I need figma for a week and two days", "", [], id="a time"),
        pytest.param("I need figma and very large standing desks", "", [], id="too many words to be a name"),
        pytest.param("could I get figma? Zebra", "", [], id="another sentence"),
        pytest.param("put me on figma, lunch-list and looker", "put me on", ["lunch-list"], id="a name of two parts"),
        pytest.param("figma. Also a desk", "", ["a desk"], id="a sentence that goes on with it"),
        pytest.param("sag Bescheid, wenn figma wieder geht", "", [], id="a sentence that names one"),
        pytest.param("", "", [], id="nothing"),
    ],
)
def test_what_is_none_of_them(words: str, how: str, others: list[str]) -> None:
    """What is asked for in the same row and no thing of the catalogue, as it was asked for."""
    asked, found = enumerations.besides(words, CATALOGUE)
    assert found == others
    assert asked == how or not others


@pytest.mark.parametrize(
    ("words", "another"),
    [
        ("I need a monitor arm", True),
        ("a mouse pad please", True),
        ("order a phone case for ben", True),
        ("I need a monitor", False),
        ("I need a monitor, please", False),
        ("two monitors please", False),
        ("a monitor for work", False),
        ("a monitor and an arm", False),
        ("I need a monitor arm and a monitor", False),
        ("order a laptop today", False),
        ("", False),
    ],
)
def test_what_is_for_something_else(words: str, another: bool) -> None:
    """The last word says what it is."""
    assert enumerations.of_another(words, ["monitor", "mouse", "phone", "laptop"]) is another
