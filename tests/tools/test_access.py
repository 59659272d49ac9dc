"""Access: until when, by what, and what becomes of it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pydantic
import pytest
import sqlalchemy as sa

from tests.tools.desk import Desk, days
from tools.access import latest
from tools.contract import OutOfReach, Person, Refused, Result
from tools.systems.embedded.models import MembershipRow
from tools.systems.embedded.scene import set_account


async def held(desk: Desk, user: str, app: str) -> list[tuple[Any, ...]]:
    """Grants of that application that are in force."""
    grants = (await desk.look())["grants"]
    return [(one["grant"], one["until"]) for one in grants if (one["person"], one["app"], one["state"]) == (user, app, "active")]


@pytest.mark.parametrize(
    "until",
    ["2026-11-27", "2126-11-27T18:00:00", "tomorrow", 1796000000, "1796000000", "", None],
    ids=["a date", "without an offset", "words", "a number", "a number in text", "empty", "null"],
)
async def test_an_end_must_be_a_time_with_its_offset(desk: Desk, until: Any) -> None:
    """Nothing is read into what is no time; the same with an offset is taken."""
    with pytest.raises(pydantic.ValidationError):
        await desk.args("grant_access", user="ana", app="figma", until=until)
    assert await desk.args("grant_access", user="ana", app="figma", until=days(1))


async def test_an_end_is_told_in_utc_whole_seconds(desk: Desk) -> None:
    """The same moment is the same argument, so the same digest."""
    at = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)
    one = await desk.args("grant_access", user="ana", app="figma", until=at.isoformat())
    other = await desk.args(
        "grant_access", user="ana", app="figma", until=at.astimezone(_berlin()).replace(microsecond=700).isoformat()
    )

    assert one.model_dump(mode="json") == other.model_dump(mode="json")
    assert one == type(one).model_validate(one.model_dump(mode="json"))


def _berlin() -> Any:
    from zoneinfo import ZoneInfo

    return ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("app", "until", "message"),
    [
        ("analytics-warehouse", 29.9, ""),
        ("analytics-warehouse", 31.1, "Analytics Warehouse is given for 30 days at most"),
        ("production-shell", 2.1, "Production Shell is given for one day at most"),
        ("figma", -0.1, "already passed"),
    ],
)
async def test_the_longest_time_is_kept(desk: Desk, app: str, until: float, message: str) -> None:
    """Refused before anybody is asked to approve it, and by the system too, which names its limit."""
    moment = datetime.fromisoformat(days(until))
    if not message:
        assert (await desk.run("grant_access", user="ana", app=app, until=days(until))).changed
        return
    with pytest.raises(Refused, match=message):
        await desk.args("grant_access", user="ana", app=app, until=days(until))
    with pytest.raises(Refused):
        await desk.company.grant("ana", app, moment, desk.caller("past the tool"))
    assert await held(desk, "ana", app) == []


@pytest.mark.parametrize(
    ("zone", "end"),
    [
        ("Europe/Berlin", "2026-11-26T23:59:59+01:00"),
        ("America/New_York", "2026-11-25T23:59:59-05:00"),
        ("nowhere", "2026-11-26T23:59:59+00:00"),
    ],
)
def test_the_last_day_is_the_persons_own(zone: str, end: str) -> None:
    """Three days, asked for in the small hours of the 23rd in UTC, when it is still the 22nd in New York."""
    person = Person("ana", "Ana", "ana@x.example", "UANA", zone=zone)

    assert latest(datetime(2026, 11, 23, 3, tzinfo=UTC), 3, person).isoformat() == end


async def test_the_last_day_counts_to_its_end(desk: Desk) -> None:
    """One day at most: until tomorrow's last second is given, a second more is not, and that last second is what is offered."""
    ana = await desk.company.person("ana")
    assert ana is not None
    end = latest(desk.clock.now(), 1, ana)

    with pytest.raises(OutOfReach) as refused:
        await desk.args("grant_access", user="ana", app="production-shell", until=(end + timedelta(seconds=1)).isoformat())
    assert datetime.fromisoformat(refused.value.nearest) == end
    assert (await desk.run("grant_access", user="ana", app="production-shell", until=end.isoformat())).changed


async def test_access_ends_by_the_call_that_its_ending_names(desk: Desk) -> None:
    """The ending is due at the end, and performing it takes just this access away."""
    until = days(5)
    result = await desk.run("grant_access", user="ana", app="figma", until=until)
    tool, args = desk.tools["grant_access"], await desk.args("grant_access", user="ana", app="figma", until=until)

    ending = tool.ending(args, result)

    assert ending is not None
    assert datetime.fromisoformat(until) == ending.at
    ended = await desk.run(ending.tool, "end", **ending.arguments)
    assert (ended.changed, ended.summary) == (True, "Ended the access of Ana Almeida to Figma.")
    assert (await desk.check(ending.tool, ended, **ending.arguments)).held
    assert await held(desk, "ana", "figma") == []


async def test_an_old_ending_does_not_touch_a_longer_access(desk: Desk) -> None:
    """Access that was prolonged outlives the end that it had at first."""
    first = await desk.run("grant_access", user="ana", app="figma", until=days(5))
    args = await desk.args("grant_access", user="ana", app="figma", until=days(5))
    ending = desk.tools["grant_access"].ending(args, first)
    longer = days(20)
    await desk.run("grant_access", "key-2", user="ana", app="figma", until=longer)
    assert ending is not None

    ended = await desk.run(ending.tool, "end", **ending.arguments)

    assert not ended.changed
    assert (await desk.check(ending.tool, ended, **ending.arguments)).held
    assert [longer] == [until for _, until in await held(desk, "ana", "figma")]


async def test_access_that_is_there_already(desk: Desk) -> None:
    """With the same end nothing changes, and it is said; with another end the new one holds; undoing restores the old."""
    until, later = days(5), days(9)
    await desk.run("grant_access", user="ana", app="figma", until=until)

    same = await desk.run("grant_access", "key-2", user="ana", app="figma", until=until)
    assert not same.changed
    assert "already had access to Figma" in same.summary
    assert len(await desk.journal()) == 1

    other = await desk.run("grant_access", "key-3", user="ana", app="figma", until=later)
    assert other.changed
    assert [later] == [end for _, end in await held(desk, "ana", "figma")]

    await desk.undo("grant_access", other, user="ana", app="figma", until=later)
    assert [until] == [end for _, end in await held(desk, "ana", "figma")]


async def test_access_through_a_group(desk: Desk) -> None:
    """It is listed, need not be given again, has no end to keep, and cannot be taken from one person."""
    listed = await desk.run("list_access", user="pavel")
    assert "github" in listed.data["apps"]
    assert listed.data["grants"] == []

    result = await desk.run("grant_access", user="pavel", app="github", until=days(5))

    assert (result.changed, result.data["until"], result.data["grant"]) == (False, None, "")
    assert "without an end" in result.summary
    args = await desk.args("grant_access", user="pavel", app="github", until=days(5))
    assert desk.tools["grant_access"].ending(args, result) is None
    assert (await desk.check("grant_access", result, user="pavel", app="github", until=days(5))).held
    with pytest.raises(Refused, match="Engineering"):
        await desk.run("revoke_access", "key-2", user="pavel", app="github")


async def test_access_with_an_end_beside_a_group_still_ends(desk: Desk) -> None:
    """Who has it by a group besides has access without an end; what was seen to be given for a while is taken back all the same."""
    until = days(5)
    await desk.run("grant_access", user="ana", app="github", until=until)
    async with desk.engine.begin() as connection:
        await connection.execute(sa.insert(MembershipRow).values(group="engineering", person="ana"))
    tool, args = desk.tools["grant_access"], await desk.args("grant_access", user="ana", app="github", until=until)

    check = await tool.check(args, None)

    assert (check.held, check.observed) == (True, "ana has access to github without an end")
    ending = tool.ending(args, Result(check.data, ""))
    assert ending is not None
    assert (await desk.run(ending.tool, "end", **ending.arguments)).changed
    assert await held(desk, "ana", "github") == []


async def test_access_that_is_not_there_cannot_be_taken(desk: Desk) -> None:
    """It is so already: said, and nothing changed."""
    result = await desk.run("revoke_access", user="ana", app="figma")

    assert not result.changed
    assert "was not there" in result.summary
    assert await desk.journal() == []


@pytest.mark.parametrize("status", ["SUSPENDED", "DEPROVISIONED"])
async def test_a_closed_account_gets_nothing(desk: Desk, status: str) -> None:
    """A locked one may: it will be opened again."""
    assert (await desk.run("grant_access", user="ana", app="figma", until=days(5))).changed
    await set_account(desk.engine, "ana", status=status)

    with pytest.raises(Refused, match="account of ana"):
        await desk.run("grant_access", "key-2", user="ana", app="mailchimp", until=days(5))


async def test_many_at_once_leave_one_access(desk: Desk) -> None:
    """Twenty keys, twenty ends: one grant is in force, it is one of theirs, and every change is in the journal."""
    ends = [days(number + 1) for number in range(20)]

    async def give(number: int) -> Result:
        return await desk.run("grant_access", f"key-{number}", user="ana", app="figma", until=ends[number])

    results = await asyncio.gather(*(give(number) for number in range(20)))

    [(grant, until)] = await held(desk, "ana", "figma")
    assert until in ends
    assert grant in {result.data["grant"] for result in results}
    assert len(await desk.journal()) == 20


async def test_who_owns_an_application_and_how_risky_it_is(desk: Desk) -> None:
    """A policy may look at its owner, its risk and its longest time."""
    args = await desk.args("grant_access", user="ana", app="payments-admin", until=days(1))

    resource = await desk.tools["grant_access"].resource(args)

    assert (resource.kind, resource.id, resource.owner) == ("app", "payments-admin", "lena.fischer")
    assert resource.facts == {"risk": "high", "max_days": 2}
