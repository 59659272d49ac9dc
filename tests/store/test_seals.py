"""Sealing and verifying on a real PostgreSQL: rows that are committed late, several sealers, and every way to tamper."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from bot.chain import Seal
from bot.sealer import Sealer
from bot.store.seals import Seals, Verified, verify
from bot.store.work import Store
from tests.postgres import for_the_bot

INSERT = "INSERT INTO audit (what, \"case\", data) VALUES ('call', %s, '{}') RETURNING position"


SWAP = """
UPDATE audit a SET at = b.at, "case" = b."case", data = b.data FROM audit b WHERE (a.position, b.position) IN ((2, 5), (5, 2))
"""


@pytest.fixture
async def store(database: str) -> AsyncIterator[Store]:
    async with Store(for_the_bot(database)) as store:
        yield store


async def write(store: Store, *cases: str) -> None:
    for case in cases:
        async with store.work() as work:
            await work.audit("call", case, {"call": "K-1"})


def tamper(database: str, *statements: str) -> None:
    """As the owner, with the triggers off."""
    with psycopg.connect(database) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in statements:
            connection.execute(statement)


def named(found: Verified) -> list[tuple[str, int | None, int | None]]:
    return [(str(one.kind), one.seal, one.row) for one in found.problems]


async def test_what_is_new_is_sealed_once_and_nothing_makes_no_seal(store: Store) -> None:
    assert await Seals(store).seal() is None
    await write(store, "C-1", "C-2")
    first = await Seals(store).seal()
    assert first is not None
    assert (first.number, [position for position, _ in first.rows]) == (1, [1, 2])
    assert await Seals(store).seal() is None
    await write(store, "C-3")
    second = await Seals(store).seal()
    assert second is not None
    assert (second.number, second.previous, [position for position, _ in second.rows]) == (2, first.digest, [3])
    found = await verify(store, {1: first.digest, 2: second.digest})
    assert (found.problems, found.head, found.rows, found.waiting) == ([], second.head, 3, 0)


async def test_a_row_that_is_committed_late_is_sealed_later_and_never_skipped(database: str, store: Store) -> None:
    """Two transactions: the one with the lower position commits last. Until then it is in no seal, and then in the next."""
    bot = for_the_bot(database)
    async with await psycopg.AsyncConnection.connect(bot) as early, await psycopg.AsyncConnection.connect(bot) as late:
        one = await (await early.execute(INSERT, ("C-early",))).fetchone()
        other = await (await late.execute(INSERT, ("C-late",))).fetchone()
        assert (one, other) == ((1,), (2,))
        await late.commit()
        first = await Seals(store).seal()
        assert first is not None
        assert [position for position, _ in first.rows] == [2]
        assert await Seals(store).seal() is None
        assert (await verify(store, {})).problems == []
        await early.commit()
    second = await Seals(store).seal()
    assert second is not None
    assert [position for position, _ in second.rows] == [1]
    found = await verify(store, {})
    assert (found.problems, found.rows, found.waiting) == ([], 2, 0)


async def test_a_row_that_was_rolled_back_is_missed_by_nobody(store: Store) -> None:
    with pytest.raises(RuntimeError):
        async with store.work() as work:
            await work.audit("call", "C-1", {})
            raise RuntimeError
    await write(store, "C-2")
    seal = await Seals(store).seal()
    assert seal is not None
    assert [position for position, _ in seal.rows] == [2]
    assert (await verify(store, {})).problems == []


async def test_a_seal_that_is_not_committed_leaves_its_rows_to_the_next(store: Store) -> None:
    await write(store, "C-1")
    async with store.session() as session:
        await session.execute(sa.text("INSERT INTO audit_seal VALUES (1, now(), '', '[]', '')"))
        sealing = asyncio.create_task(Seals(store).seal())
        await asyncio.wait([sealing], timeout=0.3)
        await session.rollback()
    assert (await sealing) is not None
    assert (await verify(store, {})).problems == []


async def test_many_write_and_many_seal_and_every_row_is_in_one_seal(store: Store) -> None:
    """Twenty writers and four sealers at once, until nothing waits."""

    async def sealing() -> None:
        for _ in range(12):
            await Seals(store).seal()

    await asyncio.gather(*(write(store, *(f"C-{one}" for _ in range(5))) for one in range(20)), *(sealing() for _ in range(4)))
    while await Seals(store).seal():
        pass
    found = await verify(store, {})
    assert (found.problems, found.rows, found.waiting) == ([], 100, 0)
    async with store.session() as session:
        counted = "SELECT count(*), count(DISTINCT one->>0) FROM audit_seal, jsonb_array_elements(rows) AS one"
        assert tuple((await session.execute(sa.text(counted))).one()) == (100, 100)


async def three(store: Store) -> list[Seal]:
    """Three seals over rows 1 and 2, 3 and 4, 5 and 6."""
    seals = []
    for number in range(3):
        await write(store, f"C-{number}", f"C-{number}")
        seal = await Seals(store).seal()
        assert seal is not None
        seals.append(seal)
    return seals


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        pytest.param(['UPDATE audit SET data = \'{"call": "K-2"}\' WHERE position = 3'], [("changed", 2, 3)], id="data"),
        pytest.param(["UPDATE audit SET at = at + '1 microsecond' WHERE position = 3"], [("changed", 2, 3)], id="time"),
        pytest.param(["DELETE FROM audit WHERE position = 4"], [("missing", 2, 4)], id="a row is gone"),
        pytest.param(
            [
                "INSERT INTO audit (position, at, what, \"case\", data) OVERRIDING SYSTEM VALUE VALUES (77, now(), 'call', '', '{}')",
            ],
            [("added", None, 77)],
            id="a row is put in past the trigger",
        ),
        pytest.param(
            [SWAP],
            [("moved", 1, 2), ("moved", 3, 5)],
            id="two rows change places",
        ),
        pytest.param(
            ["DELETE FROM audit_seal WHERE number = 2"],
            [("missing", 2, None), ("added", None, 3), ("added", None, 4)],
            id="a seal is gone",
        ),
        pytest.param(["UPDATE audit_seal SET at = now() WHERE number = 2"], [("changed", 2, None)], id="a seal's time"),
        pytest.param(
            ["DELETE FROM audit_seal WHERE number = 3", "DELETE FROM audit WHERE position > 4"],
            [("truncated", 3, None)],
            id="the end is cut off",
        ),
        pytest.param(
            ["DELETE FROM audit_seal WHERE number = 1", "DELETE FROM audit WHERE position < 3"],
            [("missing", 1, None)],
            id="the beginning is cut off",
        ),
    ],
)
async def test_every_way_to_tamper_is_found_and_named(
    database: str, store: Store, statements: list[str], found: list[tuple[str, int | None, int | None]]
) -> None:
    """By whoever owns the database: which row, of which seal. A cut-off end shows by the head that is kept elsewhere."""
    seals = await three(store)
    tamper(database, *statements)
    assert named(await verify(store, {seals[-1].number: seals[-1].digest})) == found


async def test_what_waits_for_its_seal_cannot_be_taken_away_unseen(database: str, store: Store) -> None:
    """The bot's role could end the waiting of a row: then it is in no seal and says so; and a row that is gone is missed."""
    await write(store, "C-1", "C-2", "C-3")
    with psycopg.connect(for_the_bot(database)) as connection:
        connection.execute("DELETE FROM audit_unsealed WHERE position = 1")
    tamper(database, "DELETE FROM audit WHERE position = 2")
    await Seals(store).seal()
    assert named(await verify(store, {})) == [("added", None, 1), ("missing", None, 2)]


# ── the head elsewhere ───────────────────────────────────────────────────────────────────────────────────────────────


async def posts(store: Store) -> list[Any]:
    async with store.session() as session:
        return list(await session.execute(sa.text("SELECT key, channel, content->>'text' AS text FROM outbox ORDER BY position")))


async def test_the_head_goes_to_a_file_at_each_seal_and_to_a_channel_once_an_hour(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "head.jsonl"
    sealer = Sealer(Seals(store), store.work, file=file, channel="security")
    assert await sealer.seal() is None
    assert not file.exists()
    made = []
    for case in ("C-1", "C-2"):
        await write(store, case)
        made.append(await sealer.seal())
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(one["seal"], one["digest"]) for one in lines] == [(one.number, one.digest) for one in made if one]
    assert file.stat().st_mode & 0o077 == 0
    [post] = await posts(store)
    assert (post.key, post.channel) == ("audit:1", "security")
    assert f"1:{lines[0]['digest']}" in post.text


class Hours:
    """Seals at times that are given."""

    def __init__(self, *hours: int) -> None:
        self._hours = list(enumerate(hours, 1))

    async def seal(self) -> Seal | None:
        number, hour = self._hours.pop(0)
        return Seal(number, datetime(2026, 11, 27, hour, 30, tzinfo=UTC), "", (), "ab" * 32)


async def test_each_hour_has_its_head_in_the_channel(store: Store) -> None:
    sealer = Sealer(Hours(9, 9, 10, 10, 12), store.work, channel="security")
    for _ in range(5):
        await sealer.seal()
    assert [one.key for one in await posts(store)] == ["audit:1", "audit:3", "audit:5"]


async def test_a_file_that_cannot_be_written_ends_nothing(store: Store, tmp_path: Path) -> None:
    await write(store, "C-1")
    sealer = Sealer(Seals(store), store.work, file=tmp_path / "no" / "folder" / "head", channel="security")
    assert await sealer.seal() is not None
    assert len(await posts(store)) == 1
