"""Misspelt words are read as the runbooks spell them, and no others."""

import pytest

from knowledge.index import Index
from knowledge.spelling import respelt, vocabulary

KNOWN = vocabulary(["My account is locked", "the certificate expired", "form", "fork", "I can't log in, help me"])


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("my acount is lokced", "my account is locked"),
        ("my certficate exipred", "my certificate expired"),
        ("my certficate expired", "my certficate expired"),
        ("my account is locked", "my account is locked"),
        ("the coffee machine", "the coffee machine"),
        ("a fort", "a fort"),
        ("xaccount", "xaccount"),
        ("ACOUNT LOKCED!", "account locked!"),
    ],
    ids=[
        "two words",
        "a long word",
        "one alone",
        "nothing to mend",
        "words of others",
        "two are as near",
        "the first letter stays",
        "capitals",
    ],
)
def test_how_words_are_read(text: str, right: str) -> None:
    assert respelt(text, KNOWN) == right


async def test_a_sentence_full_of_errors_finds_its_runbook(index: Index) -> None:
    """Below the floor as it is written; found once it is read right. What no runbook is for finds nothing either way."""
    assert (await index.search("hi my acount is lokced, cnat log in any more pls hlep"))[0].runbook == "account-locked"
    assert (await index.search("hi my acount is lokced, cnat log in any more pls hlep"))[0].cosine >= index.floor
    assert (await index.search("The cofee machien is making strange noisses"))[0].cosine < index.floor


async def test_what_fits_better_when_read_right_is_read_right(index: Index) -> None:
    """Above the floor as it is written, too: otherwise another runbook would be found."""
    assert (await index.search("disabel the acount of gus"))[0].runbook == "account-suspend"
