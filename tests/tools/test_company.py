"""The demo company: the same everywhere, made once, on one clock, and open to those who come."""

import asyncio
import hashlib
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

import tools
from tests.tools.desk import Desk
from tools.contract import SystemAway
from tools.systems.embedded import Company, CompanyClock, ensure
from tools.systems.embedded.clock import TooFar
from tools.systems.embedded.look import company_json
from tools.systems.embedded.models import SCHEMA
from tools.systems.embedded.scene import SceneError, set_account, set_fault, set_fields, set_on_call
from tools.systems.embedded.seed import rows

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

DUMP = """
import hashlib, json
from datetime import UTC, datetime
from tools.systems.embedded.seed import rows
made = rows(datetime(2026, 11, 23, 8, 0, tzinfo=UTC))
print(hashlib.sha256(json.dumps(made, default=str).encode()).hexdigest())
"""


def test_the_tools_are_those_of_this_repository() -> None:
    """A stray package of that name does not shadow them."""
    assert Path(tools.__file__).is_relative_to(Path(__file__).parents[2])


def test_the_same_company_in_every_process() -> None:
    """Whatever Python's hash seed is; another seed gives another company."""

    def made(hash_seed: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        done = subprocess.run([sys.executable, "-c", DUMP], env=environment, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    here = hashlib.sha256(json.dumps(rows(MONDAY), default=str).encode()).hexdigest()

    assert {here} == {made("0"), made("1"), made("4711")}
    assert rows(MONDAY) != rows(MONDAY, seed=1)


async def test_it_is_made_once_however_many_start(database: str) -> None:
    """Four processes at the same moment: one fills it, the others find it; what they see is what the seed says."""
    url = database.replace("postgresql://", "postgresql+psycopg://", 1)
    engines = [create_async_engine(url) for _ in range(4)]

    made = await asyncio.gather(*(ensure(engine, now=MONDAY) for engine in engines))

    assert sorted(made) == [False, False, False, True]
    assert not await ensure(engines[0])
    company = await company_json(engines[0])
    assert len(company["people"]) == 120
    assert {
        "people",
        "accounts",
        "factors",
        "groups",
        "grants",
        "devices",
        "tickets",
        "shifts",
        "journal",
        "services",
        "apps",
        "deployments",
        "repositories",
        "ci_runs",
        "sessions",
        "mailing_lists",
        "subscriptions",
        "licences",
        "seats",
        "items",
        "orders",
        "server_certificates",
        "tokens",
        "nodes",
    } == set(company)
    for engine in engines:
        await engine.dispose()


async def test_a_company_of_another_shape_is_set_aside(engine: AsyncEngine) -> None:
    """It is kept under another name, and the new one stands complete."""
    await ensure(engine)
    async with engine.begin() as connection:
        await connection.execute(text(f"update {SCHEMA}.seeded set shape = 0"))

    assert await ensure(engine)

    async with engine.connect() as connection:
        assert await connection.scalar(text(f"select count(*) from {SCHEMA}.people")) == 120
        assert await connection.scalar(text(f"select count(*) from {SCHEMA}_of_shape_0.people")) == 120


async def test_the_stories_stand_as_they_are_told(desk: Desk) -> None:
    """Ana is locked out and her certificate has expired; ben has two factors; omar is on call; gus is a guest."""
    company = await desk.look()
    people = {one["handle"]: one for one in company["people"]}
    accounts = {one["person"]: one["status"] for one in company["accounts"]}
    admins = next(one["members"] for one in company["groups"] if one["name"] == "it-admins")
    apps = (await desk.run("list_access", user="ana")).data["apps"]

    assert [people[who]["kind"] for who in ("ana", "ben", "omar", "gus")] == ["employee", "employee", "employee", "guest"]
    assert (people["ana"]["manager"], people["ben"]["manager"]) == ("mia", "mia")
    assert (accounts["ana"], accounts["ben"], accounts["omar"]) == ("LOCKED_OUT", "ACTIVE", "ACTIVE")
    assert (await desk.run("get_device", user="ana")).data["certificate_status"] == "expired"
    assert [one["kind"] for one in company["factors"] if one["person"] == "ana"] == ["push", "totp"]
    assert len([one for one in company["factors"] if one["person"] == "ben"]) == 2
    assert "analytics-warehouse" not in apps
    assert len(admins) >= 2
    assert not {"ana", "ben", "omar", "gus"} & set(admins)
    assert len([one for one in people.values() if one["name"].startswith("Lena ")]) == 2


async def test_slack_ids_are_valid_and_no_real_workspaces(desk: Desk) -> None:
    """They fit Slack's form, are longer than any it gives out, and are the same at every start."""
    ids = {one["handle"]: one["slack_id"] for one in (await desk.look())["people"]}

    assert all(re.fullmatch(r"[UW][A-Z0-9]+", slack_id) for slack_id in ids.values())
    assert {13} == {len(slack_id) for slack_id in ids.values()}
    assert (ids["ana"], ids["omar"]) == ("UDESKHAND0001", "UDESKHAND0003")


async def test_everybody_has_what_a_person_needs(desk: Desk) -> None:
    """An account, a device, a factor, and a manager who is there."""
    company = await desk.look()
    handles = {one["handle"] for one in company["people"]}

    for table in ("accounts", "devices", "factors"):
        assert handles == {one["person"] for one in company[table]}
    assert {one["manager"] for one in company["people"]} <= handles | {""}


async def test_somebody_is_on_call_every_week(desk: Desk) -> None:
    """From two months ago for more than a year on; elsewhere nobody is known."""
    now = desk.clock.now()

    for week in range(-8, 104):
        assert await desk.company.on_call("identity", now + timedelta(weeks=week)) == ["omar"], week
    assert (
        await desk.company.on_call("network", now),
        await desk.company.on_call("platform", now),
    ) == (["ida"], ["pavel"])
    assert await desk.company.on_call("databases", now) is None


async def test_every_schedule_has_a_second_tier_of_other_people(desk: Desk) -> None:
    """Whoever is put on call by hand takes the duty, and the second tier stays."""
    now = desk.clock.now()
    for week in range(30):
        at = now + timedelta(weeks=week)
        for schedule in ("identity", "network", "platform"):
            first, second = await desk.company.on_call(schedule, at), await desk.company.on_call(schedule, at, 2)
            assert first, second
            assert not set(first or ()) & set(second or ())
    assert await desk.company.on_call("identity", now, 2) == ["ida"]
    assert await desk.company.on_call("identity", now, 3) == []

    await set_on_call(desk.engine, "identity", "tariq")
    at = desk.clock.now()
    assert (await desk.company.on_call("identity", at), await desk.company.on_call("identity", at, 2)) == (["tariq"], ["ida"])


async def test_putting_somebody_on_call(desk: Desk) -> None:
    """From now on and for long it is they, alone; before, it was who it was; other schedules stay."""
    before = desk.clock.now() - timedelta(minutes=1)

    await set_on_call(desk.engine, "identity", "tariq")

    now = desk.clock.now()
    assert await desk.company.on_call("identity", before) == ["omar"]
    for week in range(100):
        assert await desk.company.on_call("identity", now + timedelta(weeks=week)) == ["tariq"], week
    assert await desk.company.on_call("network", now) == ["ida"]
    await set_on_call(desk.engine, "identity", "omar")
    assert await desk.company.on_call("identity", desk.clock.now()) == ["omar"]


async def test_nobody_on_duty(desk: Desk) -> None:
    """A gap is nobody, not unknown; and paging nobody is refused."""
    await desk.clock.turn(timedelta(weeks=200))

    assert await desk.company.on_call("identity", desk.clock.now()) == []
    assert (await desk.run("who_is_on_call", schedule="identity")).summary == "Nobody is on call for identity."
    with pytest.raises(Exception, match="nobody is on call"):
        await desk.run("page_on_call", schedule="identity", text="Hello?")


async def test_the_clock_is_turned_for_everybody(desk: Desk) -> None:
    """Turned here, it is seen there after a refresh; spans add up; back is back; nonsense is refused and alters nothing."""
    other = CompanyClock(desk.engine)

    await desk.clock.turn(timedelta(days=3))
    await desk.clock.turn(timedelta(hours=-1))
    await other.refresh()

    assert abs(other.now() - datetime.now(UTC) - timedelta(days=2, hours=23)) < timedelta(seconds=5)
    assert abs(await other.turn(MONDAY) - MONDAY) < timedelta(seconds=5)
    with pytest.raises(TooFar, match="ten years"):
        await other.turn(timedelta(days=99_999))
    await desk.clock.refresh()
    assert abs(desk.clock.now() - MONDAY) < timedelta(seconds=10)
    await other.turn(None)
    assert abs(other.now() - datetime.now(UTC)) < timedelta(seconds=2)


async def test_groups_say_yes_no_or_unknown(desk: Desk) -> None:
    """A group that does not exist is unknown, which denies."""
    company = desk.company

    assert await company.in_group("noor", "it-admins") is True
    assert await company.in_group("ana", "it-admins") is False
    assert await company.in_group("ana", "it-adminz") is None
    assert await company.group("it-adminz") is None
    assert {"ida", "noor", "tariq"} == set(await company.group("it-admins") or ())


async def test_a_newcomer_is_taken_in_once(desk: Desk) -> None:
    """Twenty at the same moment: one person, by id alone, who has what an employee has; a namesake stays untouched."""
    came = await asyncio.gather(*(desk.company.adopt("U0REAL1234", "Ana  Almeida", "Europe/Paris") for _ in range(20)))

    assert all(person == came[0] for person in came)
    assert came[0] is not None
    assert (
        came[0].handle,
        came[0].name,
        came[0].kind,
        came[0].zone,
    ) == ("u-u0real1234", "Ana Almeida", "employee", "Europe/Paris")
    company = await desk.look()
    assert len(company["people"]) == 121
    assert [one["status"] for one in company["accounts"] if one["person"] == came[0].handle] == ["ACTIVE"]
    assert len([one for one in company["devices"] if one["person"] == came[0].handle]) == 1
    assert "calendar" in (await desk.run("list_access", user="U0REAL1234")).data["apps"]
    assert next(one["slack_id"] for one in company["people"] if one["handle"] == "ana") == "UDESKHAND0001"


async def test_who_is_there_is_not_taken_in(desk: Desk) -> None:
    """A seeded person's id is that person, whatever Slack calls them."""
    person = await desk.company.adopt("UDESKHAND0002", "Somebody Else", "Mars/Olympus")

    assert person == await desk.company.person("ben")
    assert len((await desk.look())["people"]) == 120


@pytest.mark.parametrize(("name", "zone"), [("", "Mars/Olympus"), ("x" * 500, "")])
async def test_a_newcomer_with_odd_particulars(desk: Desk, name: str, zone: str) -> None:
    """They have a name of some length and a time zone that exists."""
    person = await desk.company.adopt("U0ODD", name, zone)

    assert person is not None
    assert 1 <= len(person.name) <= 80
    assert person.zone == "UTC"


async def test_a_database_that_is_away_is_a_system_that_is_away() -> None:
    """Tools raise nothing else; who is on call and who is in a group is unknown then."""
    engine = create_async_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    company = Company(engine, CompanyClock(engine))

    with pytest.raises(SystemAway):
        await company.account("ana")
    assert await company.on_call("identity", MONDAY) is None
    assert await company.in_group("ana", "it-admins") is None
    await engine.dispose()


async def test_an_on_call_system_that_is_away_is_unknown(desk: Desk) -> None:
    """Not nobody: a policy must be able to tell the two apart."""
    await set_fault(desk.engine, "who_is_on_call", "away")

    assert await desk.company.on_call("identity", desk.clock.now()) is None


@pytest.mark.parametrize(
    ("set_it", "message"),
    [
        (lambda engine: set_account(engine, "anaa", status="ACTIVE"), r"nobody with the handle 'anaa' \(did you mean ana\?\)"),
        (lambda engine: set_account(engine, "ana", status="LOCKED"), "did you mean LOCKED_OUT"),
        (lambda engine: set_on_call(engine, "identitty", "omar"), "did you mean identity"),
        (lambda engine: set_on_call(engine, "identity", "omarr"), "did you mean omar"),
        (lambda engine: set_fault(engine, "unlock_acount", "silent"), "did you mean unlock_account"),
        (lambda engine: set_fault(engine, "unlock_account", "silentt"), "did you mean silent"),
        (lambda engine: set_fault(engine, "find_account", "silent"), "only reads"),
        (lambda engine: set_fields(engine, "acount", "ana", {}), "did you mean account"),
        (lambda engine: set_fields(engine, "account", "ana", {"stat": "ACTIVE"}), "did you mean status"),
        (lambda engine: set_fields(engine, "certificate", "ana", {}), "status=expired"),
        (lambda engine: set_fields(engine, "certificate", "ana", {"status": "expird"}), "did you mean expired"),
    ],
)
async def test_a_scene_that_cannot_be_set(desk: Desk, set_it: Any, message: str) -> None:
    """It is said what was meant perhaps, and nothing changes."""
    before = await desk.look()

    with pytest.raises(SceneError, match=message):
        await set_it(desk.engine)

    assert before == await desk.look()


async def test_setting_a_scene(desk: Desk) -> None:
    """It is told as it is then, seen from elsewhere, and no caller's change."""
    told = await set_fields(desk.engine, "account", "ben", {"status": "locked_out"})

    assert told == {"person": "ben", "status": "LOCKED_OUT", "failed_logins": 6}
    assert told in (await desk.look())["accounts"]
    assert await desk.journal() == []
