"""The most that an argument may be: by the clock, by the calendar of whoever asks, and as a number."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.gate import decide
from bot.gate.maxima import beyond
from bot.gate.model import Maximum
from bot.obligations import Deny, Permit
from tests.gate.policy import ask, policy

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("most", "value", "within"),
    [
        pytest.param("12h", "2026-11-28T00:00:00+00:00", True, id="to the second"),
        pytest.param("12h", "2026-11-28T00:00:01+00:00", False, id="a second more"),
        pytest.param("12h", "2026-11-28T01:00:00+01:00", True, id="in another offset"),
        pytest.param("12h", "2026-11-28T01:00:00", True, id="without an offset it is Berlin's time"),
        pytest.param("12h", "2026-11-28T01:00:01", False, id="a second more in Berlin"),
        pytest.param("12h", "2026-11-27", True, id="the day ends in eleven hours, in Berlin"),
        pytest.param("10h", "2026-11-27", False, id="but not in ten"),
        pytest.param("36h", "2026-11-28", True, id="the next day's end is 35 hours off"),
        pytest.param("36h", "2026-11-29", False, id="the day after that is not"),
        pytest.param("36h", "2026-11-29T22:59:00+00:00", False, id="hours are no whole days"),
        pytest.param("2d", "2026-11-29", True, id="the last of two days"),
        pytest.param("2d", "2026-11-30", False, id="the third day"),
        pytest.param("2d", "2026-11-29T22:59:59+00:00", True, id="its last second in Berlin"),
        pytest.param("2d", "2026-11-29T23:00:00+00:00", False, id="midnight in Berlin"),
        pytest.param("2d", "2020-01-01", True, id="long past"),
        pytest.param("2d", None, False, id="no end"),
        pytest.param("2d", "", False, id="an empty one"),
        pytest.param("2d", "soon", False, id="no time"),
        pytest.param("2d", "2026-13-45", False, id="no day"),
        pytest.param("2d", 5, False, id="a number"),
        pytest.param("2d", ["2026-11-28"] * 10, False, id="a list of ten"),
        pytest.param("2d", "9999-12-31", False, id="the last day that there is"),
    ],
)
def test_the_most_of_a_time(most: str, value: Any, within: bool) -> None:
    """At noon UTC, asked for in Berlin, where it is one o'clock."""
    hours = int(most[:-1]) * (24 if most.endswith("d") else 1)
    told = beyond(Maximum("until", timedelta(hours=hours), most), {"until": value}, NOON, "Europe/Berlin")
    assert told == ("" if within else f"“until” may be at most {most} from now.")


@pytest.mark.parametrize(("zone", "day", "hour"), [("UTC", 27, 2), ("Pacific/Auckland", 28, 13), ("America/Los_Angeles", 26, 2)])
def test_today_is_the_day_where_the_requester_is(zone: str, day: int, hour: int) -> None:
    """Wherever Deskhand itself runs: two in the morning of the 27th is an evening in Los Angeles, one in the afternoon Auckland's 28th."""
    now, most = datetime(2026, 11, 27, hour, tzinfo=UTC), Maximum("until", timedelta(days=1), "1d")
    assert beyond(most, {"until": f"2026-11-{day + 1}"}, now, zone) == ""
    assert beyond(most, {"until": f"2026-11-{day + 2}"}, now, zone) != ""


@pytest.mark.parametrize(
    ("value", "within"),
    [(3, True), (4, False), (3.0, True), (-1, True), (True, False), ("3", False), (None, False), (float("nan"), False)],
)
def test_the_most_of_a_number(value: Any, within: bool) -> None:
    told = beyond(Maximum("how_many", 3, "3"), {"how_many": value}, NOON, "UTC")
    assert told == ("" if within else "“how many” may be at most 3.")


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc/passwd", "\0", "Europe"])
def test_where_nobody_knows_the_day_it_is_beyond(zone: str) -> None:
    assert beyond(Maximum("until", timedelta(days=2), "2d"), {"until": "2026-11-27"}, NOON, zone) != ""


def test_too_much_is_denied_with_the_policy_that_says_so() -> None:
    """Any policy that matches may bound an argument, and each bound counts."""
    read = policy("""
  - {id: give, because: B., tools: [grant_access], effect: permit, roles: [employee], max: {until: 30d}}
  - {id: less, because: B., tools: [grant_access], effect: require, max: {until: 7d}}
""")
    asked = [ask("grant_access", args={"user": "ana", "app": "figma", "until": f"2026-12-{day:02}"}) for day in (1, 2)]
    assert isinstance(decide(read, asked[0]), Permit)
    assert decide(read, asked[1]) == Deny("“until” may be at most 7d from now.", ("less",), read.version)
