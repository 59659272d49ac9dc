"""Times in what is posted are shown in the reader's own zone."""

import pytest

from bot.slack.blocks import linked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param(
            "until 28 Nov 2026, 04:59 UTC.",
            "until <!date^1795841940^{date_short}, {time}|28 Nov 2026, 04:59 UTC>.",
            id="a time, with UTC for who cannot be shown their own",
        ),
        pytest.param("until 31 Feb 2026, 04:59 UTC", "until 31 Feb 2026, 04:59 UTC", id="a day that there is not"),
        pytest.param("<!date^1^x|28 Nov 2026>", "&lt;!date^1^x|28 Nov 2026&gt;", id="somebody else's markup stays words"),
    ],
)
def test_a_time_is_shown_in_the_readers_zone(text: str, shown: str) -> None:
    assert linked(text) == shown
