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

from bot.audit.chain import Seal, sealed
from bot.background.sealer import Sealer
from bot.store.seals import Seals, Verified, everything, verify
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


LOST = [("added", None, 3), ("added", None, 4)]
"""Rows that no seal names any more."""


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


SEAL = "INSERT INTO audit_seal VALUES"


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        pytest.param([f"{SEAL} (0, now(), '', '[[1, \"ab\"]]', 'ab')"], [("added", 0, None)], id="a seal 0"),
        pytest.param([f"{SEAL} (-7, now(), '', '[]', '')"], [("added", -7, None)], id="a seal below 0"),
        pytest.param(["INSERT INTO audit_unsealed VALUES (3)"], [("twice", 2, 3)], id="a row waits again"),
        *(
            pytest.param(
                [f"UPDATE audit_seal SET rows = '{rows}' WHERE number = 2"], [*LOST, ("changed", 2, None)], id=f"rows {rows}"
            )
            for rows in ("7", "[7]", '[["x", "ab"]]', "{}")
        ),
        pytest.param(
            ["UPDATE audit_seal SET rows = '[[99999999999999999999, \"ab\"]]' WHERE number = 2"],
            [*LOST, ("changed", 2, None)],
            id="a position that there cannot be",
        ),
        pytest.param(["UPDATE audit SET at = 'infinity' WHERE position = 3"], [("changed", 2, 3)], id="a time that none can tell"),
        pytest.param(["UPDATE audit_seal SET at = '-infinity' WHERE number = 2"], [("changed", 2, None)], id="nor of a seal"),
        pytest.param(["UPDATE audit SET data = '[]' WHERE position = 3"], [("changed", 2, 3)], id="data that is no mapping"),
    ],
)
async def test_what_only_misleads_is_found_and_named_too(
    database: str, store: Store, statements: list[str], found: list[tuple[str, int | None, int | None]]
) -> None:
    """What no bot ever writes, and what a look at it could stumble over. All can still be exported."""
    await three(store)
    tamper(database, *statements)
    assert sorted(named(await verify(store, {})), key=str) == sorted(found, key=str)
    assert sum([len(records) async for _, records in everything(store)]) >= 4


async def test_a_row_that_is_sealed_again_is_named_with_both_seals(database: str, store: Store) -> None:
    """The bot's role can let a sealed row wait again, and then any bot seals it; also one that is twice in one seal."""
    await three(store)
    with psycopg.connect(for_the_bot(database)) as connection:
        connection.execute("INSERT INTO audit_unsealed VALUES (3)")
    assert (await Seals(store).seal()) is not None
    found = await verify(store, {})
    assert [(str(one.kind), one.seal, one.row, one.says) for one in found.problems] == [
        ("twice", 4, 3, "row 3 of seal 2 is sealed again by seal 4")
    ]
    assert found.rows == 6


async def test_a_seal_over_nothing_is_none_that_a_bot_made(database: str, store: Store) -> None:
    seals = await three(store)
    empty = sealed(seals[-1].head, NOW, [])
    with psycopg.connect(for_the_bot(database)) as connection:
        connection.execute(f"{SEAL} (%s, %s, %s, '[]', %s)", (empty.number, empty.at, empty.previous, empty.digest))
    assert named(await verify(store, {})) == [("added", 4, None)]


async def test_a_seal_below_one_does_not_begin_the_chain(database: str, store: Store) -> None:
    tamper(database, f"{SEAL} (-7, now(), '', '[]', '')")
    seals = await three(store)
    assert [one.number for one in seals] == [1, 2, 3]
    assert named(await verify(store, {})) == [("added", -7, None)]


# ── rows that say what was removed ───────────────────────────────────────────────────────────────────────────────────

NOW = datetime(2026, 11, 27, tzinfo=UTC)
CUT = ("DELETE FROM audit WHERE position < 3", "DELETE FROM audit_seal WHERE number = 1")
"""The beginning, as the owner can cut it off."""


def claim(seal: int, digest: str, before: str = "2026-11-01T00:00:00+00:00", position: int = 0) -> str:
    """A row as `retention` writes it."""
    data = json.dumps({"by": "root", "via": "terminal", "rows": 2, "seal": seal, "digest": digest, "before": before})
    if not position:
        return f"INSERT INTO audit (what, \"case\", data) VALUES ('retention', '', '{data}')"
    values = f"({position}, now(), 'retention', '', '{data}')"
    return f'INSERT INTO audit (position, at, what, "case", data) OVERRIDING SYSTEM VALUE VALUES {values}'


def pretend(database: str, *statements: str) -> None:
    """As the owner, with the triggers that make rows wait for their seal and without those that refuse."""
    with psycopg.connect(database) as connection:
        for table in ("audit", "audit_seal"):
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_insert_only")
        for statement in statements:
            connection.execute(statement)
        for table in ("audit", "audit_seal"):
            connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER {table}_insert_only")


async def test_a_row_that_removes_what_is_still_there_removes_nothing(database: str, store: Store) -> None:
    """The bot's role can write one; it is no excuse for what is cut off later."""
    seals = await three(store)
    with psycopg.connect(for_the_bot(database)) as connection:
        connection.execute(claim(1, seals[0].digest))
    assert named(await verify(store, {})) == [("forged", 1, 7)]


async def test_a_row_that_was_never_sealed_excuses_nothing(database: str, store: Store) -> None:
    """Nor does one that was sealed and says something else now."""
    seals = await three(store)
    tamper(database, *CUT, claim(1, seals[0].digest, position=77))
    assert named(await verify(store, {})) == [("forged", 1, 77), ("added", None, 77)]


async def test_a_sealed_row_that_was_changed_into_one_excuses_nothing(database: str, store: Store) -> None:
    seals = await three(store)
    data = json.dumps({"by": "root", "seal": 1, "digest": seals[0].digest, "before": "2026-11-01T00:00:00+00:00"})
    tamper(database, *CUT, f"UPDATE audit SET what = 'retention', data = '{data}' WHERE position = 5")
    assert named(await verify(store, {})) == [("forged", 1, 5), ("changed", 3, 5)]


async def test_a_row_that_says_another_end_than_was_removed_is_told_by_what_stands_on_it(database: str, store: Store) -> None:
    await three(store)
    pretend(database, *CUT, claim(1, "f" * 64))
    assert named(await verify(store, {})) == [("broken", 2, None)]


@pytest.mark.parametrize("digest", ["", "f" * 64])
async def test_a_row_is_told_by_the_head_that_is_kept_elsewhere(database: str, store: Store, digest: str) -> None:
    """Whoever computes the rest anew needs another end; of one that was removed before, that is seen as well."""
    seals = await three(store)
    pretend(database, *CUT, claim(1, digest or seals[0].digest))
    pretend(
        database, "DELETE FROM audit WHERE position IN (3, 4)", "DELETE FROM audit_seal WHERE number = 2", claim(2, seals[1].digest)
    )
    heads = {one.number: one.digest for one in seals}
    assert named(await verify(store, heads)) == ([("broken", 1, None)] if digest else [])


async def test_what_is_younger_than_the_row_says_was_not_removed_by_it(database: str, store: Store) -> None:
    """By the times that stand with the heads elsewhere; a row that says none could remove nothing of its last day."""
    seals = await three(store)
    times = {one.number: one.at for one in seals}
    pretend(database, *CUT, claim(1, seals[0].digest))
    found = await verify(store, {}, times)
    assert named(found) == [("forged", 1, 7)]
    assert f"seal 1 was made at {seals[0].at.isoformat()[:19]}" in found.problems[0].says
    assert named(await verify(store, {}, {**times, 1: datetime(2026, 10, 31, tzinfo=UTC)})) == []
    tamper(database, "UPDATE audit SET data = data - 'before' WHERE position = 7")
    assert named(await verify(store, {}, times)) == [("forged", 1, 7)]
    [removal] = found.removals
    assert (removal.row, removal.by, removal.head.number, removal.before) == (7, "root", 1, datetime(2026, 11, 1, tzinfo=UTC))


async def test_what_was_removed_only_grows_and_is_older_than_the_row(database: str, store: Store) -> None:
    seals = await three(store)
    pretend(database, *CUT, claim(1, seals[0].digest), claim(1, seals[0].digest))
    assert named(await verify(store, {})) == [("forged", 1, 8)]


async def test_what_was_removed_is_not_asked_for_because_of_a_seal_below_one(database: str, store: Store) -> None:
    seals = await three(store)
    pretend(database, *CUT, claim(1, seals[0].digest), f"{SEAL} (0, now(), '', '[]', '')")
    found = await verify(store, {})
    assert (named(found), found.start) == ([("added", 0, None)], seals[0].head)


async def test_a_row_that_removes_what_is_younger_than_itself_is_none(database: str, store: Store) -> None:
    seals = await three(store)
    pretend(database, *CUT, claim(1, seals[0].digest, before="2999-01-01T00:00:00+00:00"))
    assert named(await verify(store, {})) == [("forged", 1, 7)]


async def test_where_all_is_gone_a_row_that_says_so_does_not_help(database: str, store: Store) -> None:
    """The newest seal stays, whatever is removed."""
    seals = await three(store)
    pretend(database, "DELETE FROM audit", "DELETE FROM audit_seal", claim(3, seals[-1].digest))
    assert named(await verify(store, {})) == [("missing", 4, 7)]


@pytest.mark.parametrize("data", ["[]", '"x"', '{"seal": true, "digest": "x"}', '{"seal": "1"}', '{"seal": 0}'])
async def test_a_row_that_says_it_in_no_way_that_we_know_removes_nothing(database: str, store: Store, data: str) -> None:
    await three(store)
    pretend(database, *CUT, f"INSERT INTO audit (what, \"case\", data) VALUES ('retention', '', '{data}')")
    assert named(await verify(store, {})) == [("missing", 1, None)]


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
