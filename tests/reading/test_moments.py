"""Times without a zone are the requester's; a bare day lasts until its end."""

from typing import Any

import pytest

from bot.reading.moments import placed

SCHEMA = {
    "properties": {"until": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}, "note": {"type": "string"}}
}


@pytest.mark.parametrize(
    ("given", "read"),
    [
        pytest.param("2026-11-27", "2026-11-27T23:59:59+01:00", id="a day"),
        pytest.param("2026-07-27T18:00", "2026-07-27T18:00:00+02:00", id="a time in summer"),
        pytest.param("2026-11-27T18:00:00Z", "2026-11-27T18:00:00Z", id="a time with its zone"),
        pytest.param("friday", "friday", id="no time"),
        pytest.param(None, None, id="nothing"),
    ],
)
def test_a_time_is_put_where_the_requester_is(given: Any, read: Any) -> None:
    """Only arguments that are times are looked at."""
    assert placed({"until": given, "note": "2026-11-27"}, SCHEMA, "Europe/Berlin") == {"until": read, "note": "2026-11-27"}
