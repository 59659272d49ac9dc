"""Which things words name, one beside the other."""

import pytest

from bot.reading import things

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
    assert things.beside(words, CATALOGUE) == parts
