"""Who is reminded when, and who is not woken."""

import dataclasses
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.approvals import quiet
from bot.words import askwording
from tests.approvals.desk import ONE, Desk
from tests.town import NOW

REMINDED = "SELECT person FROM outbox WHERE key LIKE 'remind:%' ORDER BY person"
HELD_BACK = "SELECT data->>'person', at FROM due WHERE what = 'approval_later' ORDER BY 1"


async def asked_of(desk: Desk, sql: str) -> list[Any]:
    async with desk.store.session() as session:
        return [tuple(row) for row in await session.execute(sa.text(sql))]


async def test_nobody_is_woken_for_what_can_wait(desk: Desk) -> None:
    """Whoever has evening is reminded now, whoever has night in their morning, by their own clocks."""
    desk.town.people_["ida"] = dataclasses.replace(desk.town.people_["ida"], zone="America/New_York")
    one = await desk.asks(ONE)
    desk.town.at = NOW.replace(hour=22)  # 23:00 in Berlin, 17:00 in New York
    await desk.people.asking.remind(one.id)
    assert await asked_of(desk, REMINDED) == [("U-IDA",)]
    morning = datetime(2026, 11, 25, 6, tzinfo=UTC)  # seven in Berlin
    assert [at for _, at in await asked_of(desk, HELD_BACK)] == [morning] * 3
    assert {person for person, _ in await asked_of(desk, HELD_BACK)} == {"U-MIA", "U-NOOR", "U-OMAR"}


async def test_what_is_urgent_wakes_people(desk: Desk) -> None:
    """What the policy wants answered within the hour waits for no morning; by day nothing is held back either."""
    one = await desk.asks(dataclasses.replace(ONE, within=timedelta(hours=1)))
    desk.town.at = NOW.replace(hour=2)
    await desk.people.asking.remind(one.id)
    assert len(await asked_of(desk, REMINDED)) == 4
    assert await asked_of(desk, HELD_BACK) == []
    desk.town.at = NOW
    other = await desk.asks(ONE, number=2)
    await desk.people.asking.remind(other.id)
    assert len(await asked_of(desk, REMINDED)) == 8
    assert await asked_of(desk, HELD_BACK) == []


async def test_a_reminder_says_what_waits_and_until_when(desk: Desk) -> None:
    """In its own words, as a message of the case; one that is held back for the morning knows whom it is for."""
    one = await desk.asks(ONE)
    await desk.people.asking.remind(one.id)
    rows = await asked_of(desk, "SELECT key, kind, content, \"case\" FROM outbox WHERE key LIKE 'remind:%' ORDER BY key")
    text = {"text": askwording.reminder(one.id, "Give ben access to figma", one.expires)}
    assert rows == [(f"remind:{one.id}:U-{who}", "note", text, "C-1") for who in ("IDA", "MIA", "NOOR", "OMAR")]
    other = await desk.asks(ONE, number=2)
    desk.town.at = NOW.replace(hour=22)
    await desk.people.asking.remind(other.id)
    held = await asked_of(desk, "SELECT key, data FROM due WHERE what = 'approval_later' ORDER BY key")
    assert held == [
        (f"later:{other.id}:{who}", {"approval": other.id, "case": "C-1", "person": who})
        for who in ("U-IDA", "U-MIA", "U-NOOR", "U-OMAR")
    ]


async def test_nobody_is_reminded_of_what_is_answered_or_gone(desk: Desk) -> None:
    one = await desk.asks(ONE)
    assert (await desk.no(one, "U-OMAR")).taken
    await desk.people.asking.remind(one.id)
    await desk.people.asking.remind("A-900")
    assert await asked_of(desk, REMINDED) == []


@pytest.mark.parametrize(
    ("at", "zone", "until", "hours"),
    [
        ("2026-11-24T21:59+00:00", "UTC", None, "22:00-07:00"),
        ("2026-11-24T22:00+00:00", "UTC", "2026-11-25T07:00+00:00", "22:00-07:00"),
        ("2026-11-25T06:59+00:00", "UTC", "2026-11-25T07:00+00:00", "22:00-07:00"),
        ("2026-11-25T07:00+00:00", "UTC", None, "22:00-07:00"),
        ("2027-03-27T23:00+01:00", "Europe/Berlin", "2027-03-28T07:00+02:00", "22:00-07:00"),
        ("2026-10-24T23:00+02:00", "Europe/Berlin", "2026-10-25T07:00+01:00", "22:00-07:00"),
        ("2026-11-24T12:30+00:00", "UTC", "2026-11-24T14:00+00:00", "12:00-14:00"),
        ("2026-11-24T14:00+00:00", "UTC", None, "12:00-14:00"),
        ("2026-11-24T23:59+00:00", "UTC", "2026-11-25T00:00+00:00", "18:00-00:00"),
        ("2026-11-25T00:00+00:00", "UTC", None, "18:00-00:00"),
        ("2026-11-24T23:00+00:00", "UTC", None, "none"),
    ],
)
def test_when_the_night_ends(at: str, zone: str, until: str | None, hours: str) -> None:
    """At seven by the clock on the wall, also in the nights in which that is turned."""
    ends = quiet.wakes(datetime.fromisoformat(at), zone, quiet.night(hours))
    assert ends == (datetime.fromisoformat(until) if until else None)


@pytest.mark.parametrize("text", ["late", "22:00-22:00", "22-7", ""])
def test_hours_that_are_none_are_quoted(text: str) -> None:
    with pytest.raises(ValueError, match=rf"^no hours: '{text}'$"):
        quiet.night(text)


@pytest.mark.parametrize(("at", "held"), [("08:59", False), ("09:00", True), ("16:59", True), ("17:00", False)])
def test_hours_by_day_hold_from_their_first_minute_to_their_last(at: str, held: bool) -> None:
    hours = quiet.night("09:00-17:00")
    assert hours is not None
    assert hours.holds(time.fromisoformat(at)) is held
