"""Whether words say no more than a time."""

import pytest

from bot.reading.dates import only_when


@pytest.mark.parametrize(
    ("words", "only"),
    [
        ("until Monday please", True),
        ("a week is enough", True),
        ("one week not two", True),
        ("I need it until 2026-12-01", True),
        ("nur bis Freitag", True),
        ("the canteen has soup today", False),
        ("I'm away until Monday", False),
        ("lunch on friday", False),
    ],
)
def test_whether_words_say_no_more_than_a_time(words: str, only: bool) -> None:
    assert only_when(words) is only
