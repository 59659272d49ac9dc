"""The unit of work, on a real PostgreSQL with real parallel connections."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
import sqlalchemy as sa

from bot.domain import Call, CallState, Case, Count, Due, Event, EventKind, Post, PostKind
from bot.errors import StoreAway
from bot.store.jobs import Jobs
from bot.store.outbox import StoredOutbox
from bot.store.schema import HEAD, migrate
from bot.store.tables import METADATA
from bot.store.work import Store

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
async def store(database: str) -> AsyncIterator[Store]:
    async with Store(database) as store:
        async with store.work() as work:
            await work.save_case(Case("C-1", "T:D", "T", "D", "1.1", "ana", "UANA", NOW, NOW))
        yield store


def call(number: int, state: CallState = CallState.STARTED) -> Call:
    return Call(f"K-{number}", "C-1", f"c{number}", "unlock_account", {}, state, "ana", NOW, effect="change", started=NOW)


def event(key: str, ts: str = "1.0", **more: str) -> Event:
    return Event(key, "T:D", EventKind.MESSAGE, ts, sender="UANA", **more)


async def test_twenty_claims_of_one_call_and_one_wins(store: Store) -> None:
    async def claim() -> bool:
        async with store.work() as work:
            return await work.claim(call(1))

    assert sum(await asyncio.gather(*(claim() for _ in range(20)))) == 1


async def test_a_waiting_call_is_claimed_once_and_a_finished_one_never(store: Store) -> None:
    async with store.work() as work:
        await work.save_call(call(1, CallState.WAITING))
        await work.save_call(call(2, CallState.DENIED))

    async def claim(number: int) -> bool:
        async with store.work() as work:
            return await work.claim(call(number))

    assert sum(await asyncio.gather(*(claim(1) for _ in range(10)))) == 1
    assert not await claim(2)


DAY = NOW - timedelta(days=1)


async def test_what_waits_or_failed_does_not_count_and_what_may_have_happened_does(store: Store) -> None:
    async with store.work() as work:
        for number, state in enumerate(CallState):
            await work.save_call(call(number, state))
        counted = await work.count_changes([Count("unlock_account", "principal", "ana", DAY)])
    assert counted == [len({CallState.STARTED, CallState.VERIFIED, CallState.UNVERIFIED, CallState.UNKNOWN})]


async def test_each_count_counts_what_it_says(store: Store) -> None:
    """Per person, per who gains, per thing, per tool, per case and per system; of one tool or of all, since a time; no reads."""
    account = {"kind": "account", "id": "ana", "label": "Ana", "owner": "ana"}
    one = dataclasses.replace(call(1), resource=account, beneficiary="ana", system="identity")
    others = [
        one,
        dataclasses.replace(one, id="K-2", call="c2", tool="reset_mfa"),
        dataclasses.replace(one, id="K-3", call="c3", case="C-2", principal="ben", beneficiary="ben"),
        dataclasses.replace(one, id="K-4", call="c4", resource={**account, "id": "ben"}, system="access"),
        dataclasses.replace(one, id="K-5", call="c5", started=DAY - timedelta(seconds=1)),
        dataclasses.replace(one, id="K-6", call="c6", effect="read"),
    ]
    tool = "unlock_account"
    async with store.work() as work:
        await work.save_case(Case("C-2", "T:D", "T", "D", "1.1", "ben", "UBEN", NOW, NOW))
        for other in others:
            await work.save_call(other)
        wanted = {
            Count(tool, "tool", tool, DAY): 3,
            Count(tool, "principal", "ana", DAY): 2,
            Count(tool, "beneficiary", "ben", DAY): 1,
            Count(tool, "resource", "account:ana", DAY): 2,
            Count("", "principal", "ana", DAY): 3,
            Count("", "case", "C-1", DAY): 3,
            Count("", "case", "C-2", DAY): 1,
            Count("", "system", "identity", DAY): 3,
            Count("", "system", "identity", DAY - timedelta(days=1)): 4,
        }
        assert await work.count_changes(list(wanted)) == list(wanted.values())
        assert await work.count_changes(list(wanted), hold=True) == list(wanted.values())


async def test_an_event_is_taken_once_and_nothing_half(database: str) -> None:
    """Row and job together: a second delivery makes neither, a rollback leaves neither."""

    async def never(_: str) -> None:
        raise AssertionError

    jobs = Jobs(database, never, on_poison=lambda *_: never(""))
    await jobs._app.open_async()
    async with Store(database, defer=jobs.defer) as store:

        async def accept() -> bool:
            async with store.work() as work:
                return await work.accept(event("k"))

        taken = await asyncio.gather(*(accept() for _ in range(10)))
        with pytest.raises(ZeroDivisionError):
            async with store.work() as work:
                await work.accept(event("lost"))
                raise ZeroDivisionError
        async with store.session() as session:
            assert sum(taken) == 1
            assert await session.scalar(sa.text("SELECT count(*) FROM inbox")) == 1
            assert await session.scalar(sa.text("SELECT count(*) FROM procrastinate_jobs")) == 1
    await jobs._app.close_async()


async def test_unread_is_in_the_order_of_ts(store: Store) -> None:
    async with store.work() as work:
        for key, ts in (("b", "2.0"), ("a", "1.0"), ("c", "3.0")):
            await work.accept(event(key, ts))
    async with store.work() as work:
        assert [one.key for one in await work.unread("T:D")] == ["a", "b", "c"]
        assert await work.has_news("T:D", "UANA", ["a", "b"])
        assert not await work.has_news("T:D", "UANA", ["a", "b", "c"])
        assert not await work.has_news("T:D", "UBEN", [])
        await work.handled(["a"])
        assert [one.key for one in await work.unread("T:D")] == ["b", "c"]


async def test_what_is_due_is_taken_by_one(store: Store) -> None:
    async with store.work() as work:
        for number in range(10):
            await work.at(Due(f"d{number}", NOW, "x", "T:D"))
        await work.at(Due("later", NOW + timedelta(hours=1), "x", "T:D"))

    async def take() -> list[str]:
        async with store.work() as work:
            return [one.key for one in await work.take_due(NOW)]

    taken = [key for part in await asyncio.gather(*(take() for _ in range(4))) for key in part]
    assert sorted(taken) == sorted(f"d{number}" for number in range(10))


async def test_the_outbox_keeps_the_order_of_a_destination_and_leases_what_it_hands_out(store: Store) -> None:
    outbox = StoredOutbox(store)
    async with store.work() as work:
        for name, channel in (("a1", "A"), ("a2", "A"), ("b1", "B")):
            await work.put(Post(name, PostKind.NOTE, {"text": name}, channel=channel))
    now = datetime.now(UTC)
    first = await outbox.take(now)
    assert [one.post.key for one in first] == ["a1", "b1"]
    assert await outbox.take(now) == [], "leased"
    await outbox.posted("a1", 1, "A", "9.9")
    assert [one.post.key for one in await outbox.take(now)] == ["a2"]


async def test_putting_the_same_again_does_nothing_and_other_content_is_an_update(store: Store) -> None:
    outbox = StoredOutbox(store)
    post = Post("p", PostKind.NOTE, {"text": "a"}, channel="A")
    async with store.work() as work:
        await work.put(post)
    (sending,) = await outbox.take(datetime.now(UTC))
    await outbox.posted("p", sending.version, "A", "9.9")
    async with store.work() as work:
        await work.put(post)
    assert await outbox.take(datetime.now(UTC)) == []
    async with store.work() as work:
        await work.put(Post("p", PostKind.NOTE, {"text": "b"}, channel="A"))
    (again,) = await outbox.take(datetime.now(UTC))
    assert (again.version, again.ts, again.in_doubt) == (2, "9.9", False)


async def test_a_secret_is_wiped_once_it_is_posted(store: Store) -> None:
    outbox = StoredOutbox(store)
    async with store.work() as work:
        await work.put(Post("p", PostKind.PRIVATE, {"text": "t", "secret": "geheim"}, person="UANA"))
    (sending,) = await outbox.take(datetime.now(UTC))
    assert sending.post.content["secret"] == "geheim"
    await outbox.posted("p", 1, "D", "9.9")
    async with store.session() as session:
        assert "geheim" not in str(await session.scalar(sa.text("SELECT content::text FROM outbox")))


async def test_the_audit_is_insert_only(store: Store) -> None:
    async with store.work() as work:
        await work.audit("call", "C-1", {"call": "K-1"})
    for statement in ("UPDATE audit SET what = 'x'", "DELETE FROM audit", "TRUNCATE audit"):
        with pytest.raises(sa.exc.DBAPIError, match="insert only"):
            async with store.session() as session:
                await session.execute(sa.text(statement))


async def test_a_database_that_is_away_is_store_away() -> None:
    async with Store("postgresql://u:p@127.0.0.1:9/x") as store:
        with pytest.raises(StoreAway):
            async with store.work() as work:
                await work.case("C-1")


async def test_models_and_migrations_agree(database: str) -> None:
    """Nothing is left to migrate, and the newest revision is the one that the code expects."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    engine = sa.create_engine(database.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, kind, _: kind != "table" or name in METADATA.tables}
        )
        assert compare_metadata(context, METADATA) == []
        assert context.get_current_revision() == HEAD
    engine.dispose()


async def test_migrating_twice_at_once_and_from_the_future(database: str) -> None:
    """Several processes may start together; a newer database is refused with a sentence."""
    await asyncio.gather(*(migrate(database) for _ in range(3)))
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreAway, match="newer than this Deskhand"):
        await migrate(database)


async def test_turns_of_a_conversation_run_one_at_a_time_and_others_beside_it(database: str) -> None:
    """Order within, parallel across; a turn that fails is tried again and then given up, once."""
    running: set[str] = set()
    done: list[str] = []
    poisoned: list[str] = []

    async def handler(conversation: str) -> None:
        assert conversation not in running
        running.add(conversation)
        await asyncio.sleep(0.05)
        running.remove(conversation)
        done.append(conversation)

    async def poison(conversation: str, _: BaseException) -> None:
        poisoned.append(conversation)

    jobs = Jobs(database, handler, on_poison=poison)
    async with Store(database, defer=jobs.defer) as store:
        await jobs.start(alone=True)
        async with store.work() as work:
            for number in range(12):
                await work.accept(Event(f"k{number}", f"T:{number % 3}", EventKind.MESSAGE, f"{number}"))
        for _ in range(200):
            if len(done) == 12:
                break
            await asyncio.sleep(0.05)
        await jobs.stop()
    assert sorted(done) == sorted(f"T:{number % 3}" for number in range(12))
    assert poisoned == []
