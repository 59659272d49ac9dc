"""Which policy decides stands in the audit: once for each version that comes into force, whoever read it first."""

import asyncio
import json
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from bot.audit import exported
from bot.background.inforce import InForce
from bot.errors import StoreAway
from bot.gate import Policies
from bot.store.seals import Seals, everything, verify
from bot.store.versions import Versions
from bot.store.work import Store
from tests.cli.policycommands.jsonschema import errors
from tests.gate.policy import TOOLS
from tests.office import opened_office
from tests.postgres import for_the_bot
from tests.programs import ROOT

POLICY = """
version: 1
roles: {{employee: {{members: workspace}}}}
policies:
- {{id: {}, tools: [find_person], effect: permit, roles: [employee]}}
"""
SCHEMA = json.loads((ROOT / "docs" / "audit.schema.json").read_text())


@pytest.fixture
async def store(database: str) -> AsyncIterator[Store]:
    async with Store(for_the_bot(database)) as store:
        yield store


async def rows(store: Store) -> list[dict[str, Any]]:
    async with store.session() as session:
        found = await session.scalars(sa.text("SELECT data FROM audit WHERE what = 'policy' ORDER BY position"))
        return list(found)


def write(file: Path, name: str) -> None:
    """A policy of this name; without one, none that can be read."""
    file.write_text(POLICY.format(name) if name else "version: 1")


def ship(file: Path, more: str = "") -> None:
    """The policy that ships, and this behind it."""
    file.write_text((ROOT / "policies.yaml").read_text() + more)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "policies.yaml"
    write(found, "first")
    return found


async def test_each_version_that_comes_into_force_has_one_row_whoever_reads_it(file: Path, store: Store, database: str) -> None:
    """Four processes that start with it, then read a change, then the first version again. Which, of which files, and who was first."""
    replicas = [(Policies(file, TOOLS), Store(for_the_bot(database))) for _ in range(4)]
    told = [InForce(policies, Versions(store), f"host-{n}") for n, (policies, store) in enumerate(replicas)]
    versions = []
    for name in ("first", "second", "first"):
        write(file, name)
        for policies, _ in replicas:
            assert policies.reload() == ""
        versions.append(replicas[0][0].current.version)
        await asyncio.gather(*(one.tell() for one in told))
    for _, one in replicas:
        await one.close()

    found = await rows(store)
    first, second, again = found
    assert [one["version"] for one in found] == versions == [versions[0], versions[1], versions[0]]
    assert [one["before"] for one in found] == ["", versions[0], versions[1]]
    assert [one["files"] for one in (first, second)] == [
        [{"file": "policies.yaml", "digest": sha256(POLICY.format(name).encode()).hexdigest()}] for name in ("first", "second")
    ]
    assert again["replica"].startswith("host-")
    assert await Seals(store).seal() is not None
    assert (await verify(store, {})).problems == []
    lines = [exported.row(one, 1) async for _, records in everything(store) for one in records]
    assert [list(errors(line, SCHEMA, SCHEMA)) for line in lines] == [[], [], []]


async def test_a_file_that_is_refused_changes_nothing_and_leaves_no_row(file: Path, store: Store) -> None:
    policies = Policies(file, TOOLS)
    in_force = InForce(policies, Versions(store), "host")
    await in_force.tell()
    write(file, "")
    assert policies.reload()
    await in_force.tell()
    assert [one["version"] for one in await rows(store)] == [policies.current.version]


class Away:
    """A database that is away at first, and then breaks once."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.came = asyncio.Event()

    async def came_into_force(self, version: str, files: Any, replica: str) -> bool:
        self.asked.append(version)
        if len(self.asked) == 1:
            raise StoreAway("away")
        if len(self.asked) == 2:
            raise ValueError
        self.came.set()
        return True


async def test_where_the_database_is_away_it_is_written_down_later(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.background.inforce.EVERY_SECONDS", 0.01)
    away = Away()
    task = asyncio.create_task(InForce(Policies(file, TOOLS), away, "host").run())
    await away.came.wait()
    task.cancel()
    assert len(away.asked) == 3


async def test_a_bot_says_it_before_it_decides_and_when_it_reads_another(company_database: str, file: Path, tmp_path: Path) -> None:
    """The row stands before those of calls that it decides; a bot that starts with the same one says nothing new."""
    ship(file)
    for _ in range(2):
        async with opened_office(company_database, tmp_path / "data", POLICY_FILE=str(file)) as office:
            office.say("ana", "hi, I'm locked out of my account")
            await office.hears("ana", "Did that fix it?")
            async with office.store.session() as session:
                whats = list(await session.scalars(sa.text("SELECT what FROM audit ORDER BY position")))
            assert (whats[0], whats.count("policy")) == ("policy", 1)
    async with opened_office(company_database, tmp_path / "data", POLICY_FILE=str(file)) as office:
        ship(file, "\n# looked over\n")

        async def another() -> bool:
            return len(await rows(office.store)) == 2

        await office.until(another, "the row of the new version")
        first, second = await rows(office.store)
        assert second["before"] == first["version"] != second["version"]


async def test_the_row_stands_before_anything_is_decided(
    company_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not only once the loop that looks for changes comes to it."""

    async def never(_: InForce) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(InForce, "run", never)
    async with opened_office(company_database, tmp_path / "data") as office:
        assert len(await rows(office.store)) == 1


async def test_looking_for_the_last_one_does_not_go_through_the_audit(database: str) -> None:
    """However much stands in it: an index holds the few rows of its kind."""
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO audit (what, \"case\", data) SELECT 'call', '', '{}' FROM generate_series(1, 2000)")
        connection.execute("ANALYZE audit")
        asked = "EXPLAIN SELECT data->>'version' FROM audit WHERE what = 'policy' ORDER BY position DESC LIMIT 1"
        plan = "\n".join(row[0] for row in connection.execute(asked).fetchall())
    assert "audit_of_itself" in plan
