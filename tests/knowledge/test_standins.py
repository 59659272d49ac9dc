"""What names are read as where they are a value and no subject."""

import pytest

from bot.reading.persons import ways
from knowledge.standins import StandIns
from tools.contract import Person

PEOPLE = [
    Person("ben", "Ben Brandt", "ben@harborline.example", ""),
    Person("jose.garcia", "José García", "", ""),
    Person("may", "May Will", "", ""),
    Person("left", "Gone Away", "", "", active=False),
]
NAMES = {
    "catalogue": ("Figma", "figma-admin"),
    "list": ("berlin-office", "Berlin Office"),
    "person": ways(PEOPLE),
    "unheard-of": ("x",),
}


@pytest.mark.parametrize(
    ("text", "kinds", "read"),
    [
        pytest.param("unlock ben", {"person"}, "unlock a colleague", id="first name"),
        pytest.param("Ben Brandt's account is locked", {"person"}, "a colleague's account is locked", id="full name that owns"),
        pytest.param("reset mfa for JOSE garcia, please", {"person"}, "reset mfa for a colleague, please", id="case and accents"),
        pytest.param("jose.garcia is locked out.", {"person"}, "a colleague is locked out.", id="handle"),
        pytest.param("unlock my new colleague Ben", {"person"}, "unlock a new colleague", id="said what they are"),
        pytest.param("unlock @U01ABCDEF", {"person"}, "unlock a colleague", id="mention"),
        pytest.param("unlock nobody@known.example now", {"person"}, "unlock a colleague now", id="address"),
        pytest.param("will it be done in may?", {"person"}, "will it be done in may?", id="names that are words"),
        pytest.param("unlock May Will", {"person"}, "unlock a colleague", id="both of them are a name"),
        pytest.param("benches and gone", {"person"}, "benches and gone", id="no whole name, and somebody who left"),
        pytest.param("give Ben figma", {"catalogue"}, "give Ben an app", id="one kind only"),
        pytest.param("give Ben the figma", {"catalogue", "person"}, "give a colleague an app", id="both"),
        pytest.param("give me figma-admin", {"catalogue"}, "give me an app", id="the longest"),
        pytest.param("take me off the Berlin Office mailing list", {"list"}, "take me off a mailing list", id="with its kind"),
        pytest.param("put me on berlin-office", {"list"}, "put me on a mailing list", id="a list"),
        pytest.param("give Ben figma", set(), "give Ben figma", id="none"),
    ],
)
def test_names_are_not_read(text: str, kinds: set[str], read: str) -> None:
    assert StandIns(NAMES).without(text, kinds) == read


def test_kinds_without_names_are_none() -> None:
    """Nothing is looked for where there are no names; whom a mention or an address names is always left out."""
    assert StandIns(NAMES).kinds == {"catalogue", "list", "person"}
    assert StandIns({"catalogue": ()}).kinds == {"person"}
    assert StandIns({}).without("unlock @U01ABCDEF", {"person"}) == "unlock a colleague"


def test_nameless_leaves_people() -> None:
    """For words of other languages only things are left out."""
    assert StandIns(NAMES).nameless("Ben braucht Figma").split() == ["Ben", "braucht"]
