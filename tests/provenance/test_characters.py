"""Names and ids that look like others are found out, and names in any one script are left alone."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.provenance import suspicious


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("аna", "Cyrillic and Latin", id="a Cyrillic letter among Latin ones"),
        pytest.param("pαypal", "Greek and Latin", id="a Greek one"),
        pytest.param("b\u200ben", "zero width space", id="a space without width"),
        pytest.param("ben\u202e", "right-to-left override", id="what turns the line around"),
        pytest.param("ben\u00ad", "soft hyphen", id="a hyphen that is not shown"),
        pytest.param("ben\u3164", "hangul filler", id="a letter that shows nothing"),
        pytest.param("a\u200db", "zero width joiner", id="a joiner between Latin letters"),
        pytest.param("ben\u0000", "U+0000", id="a control character"),
        pytest.param("\U000e0041na", "tag latin capital letter a", id="a tag"),
    ],
)
def test_what_may_look_like_something_else_is_named(text: str, says: str) -> None:
    assert says.casefold() in suspicious(text).casefold()


@pytest.mark.parametrize(
    "text",
    [
        "ana",
        "Zoë O’Neil",
        "Иван Петров",
        "Ελένη",
        "日本かな",
        "서울 office",
        "NTTドコモ",
        "हिन्दी\u200dक",
        "مرحبا",
        "ｂｅｎ",
        "Мария Smith",
        "line\nbreak",
    ],
)
def test_a_name_in_any_one_script_is_fine(text: str) -> None:
    """Word by word: a Cyrillic first name beside a Latin last one mixes nothing."""
    assert suspicious(text) == ""


@given(st.text(st.characters(categories=["Lu", "Ll"]), min_size=1, max_size=6))
def test_no_letter_of_another_script_hides_in_a_latin_word(word: str) -> None:
    def script(one: str) -> str:
        return unicodedata.name(one, "").partition(" ")[0]

    letters = [one for one in unicodedata.normalize("NFKC", word) if one.isalpha()]
    if "LATIN" in {script(one) for one in letters} and {script(one) for one in letters} & {"CYRILLIC", "GREEK", "ARMENIAN"}:
        assert suspicious(word)
