"""Where words stand before anything was put, and what happens when it is; on a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain import Post, PostKind
from bot.store.outbox import StoredOutbox
from bot.store.work import Store

KEY, SOON = "answer:C-1:k", timedelta(seconds=1)
ANSWER = Post(KEY, PostKind.ANSWER, {"text": "It works again."}, channel="D1", thread="1.1", case="C-1")


@pytest.fixture
async def store(database: str) -> AsyncIterator[Store]:
    async with Store(database) as store:
        yield store


@pytest.fixture
def outbox(store: Store) -> StoredOutbox:
    return StoredOutbox(store)


async def put(store: Store, post: Post = ANSWER) -> None:
    async with store.work() as work:
        await work.put(post)


async def stands(outbox: StoredOutbox, ts: str, instead_of: str = "", channel: str = "D1") -> bool:
    return await outbox.standing(KEY, "C-1", channel, "1.1", ts, instead_of=instead_of)


async def row(store: Store) -> Any:
    async with store.session() as session:
        return (await session.execute(sa.text("SELECT * FROM outbox WHERE key = :key"), {"key": KEY})).mappings().one_or_none()


async def now() -> datetime:
    return datetime.now(UTC) + SOON


async def test_what_is_put_changes_the_words_that_stand(store: Store, outbox: StoredOutbox) -> None:
    """Words alone are nothing to post; the answer, of another kind, is to be changed into their message, and once."""
    assert await stands(outbox, "5.5")
    assert await outbox.take(await now()) == []

    await put(store)
    (sending,) = await outbox.take(await now())
    assert (sending.post, sending.channel, sending.ts, sending.version) == (ANSWER, "D1", "5.5", 2)
    assert not sending.in_doubt
    await outbox.posted(KEY, 2, "D1", "5.5")
    await put(store)
    assert await outbox.take(await now()) == [], "the same again"


async def test_an_empty_answer_is_put_as_well(store: Store, outbox: StoredOutbox) -> None:
    """The row of words alone equals nothing that somebody can put."""
    assert await stands(outbox, "5.5")
    await put(store, Post(KEY, PostKind.NOTE, {"text": ""}, channel="D1", thread="1.1"))
    assert [one.ts for one in await outbox.take(await now())] == ["5.5"]


async def test_an_answer_that_nobody_has_tried_takes_the_message(store: Store, outbox: StoredOutbox) -> None:
    """Put a moment before the words were known: they are its message."""
    await put(store)
    assert await stands(outbox, "5.5")
    (sending,) = await outbox.take(await now())
    assert (sending.post, sending.ts, sending.version) == (ANSWER, "5.5", 1)


async def test_an_answer_that_is_tried_keeps_its_own(store: Store, outbox: StoredOutbox) -> None:
    """Being posted, waiting after a failure, or posted: the words are refused each time, and the row is as it was."""
    await put(store)
    (sending,) = await outbox.take(await now())
    assert not await stands(outbox, "5.5"), "being posted"
    await outbox.later(KEY, datetime.now(UTC), "busy", in_doubt=False)
    assert not await stands(outbox, "5.5"), "it may have been seen"
    await outbox.posted(KEY, sending.version, "D1", "9.9")
    assert not await stands(outbox, "5.5"), "it stands"
    assert not await stands(outbox, "5.5", instead_of="9.9"), "and is no words"
    assert (await row(store))["posted_ts"] == "9.9"


async def test_words_are_refused_where_the_answer_goes_elsewhere(store: Store, outbox: StoredOutbox) -> None:
    """An answer for direct messages does not end up in the channel where words were streamed."""
    await put(store)
    assert not await stands(outbox, "5.5", channel="C9")
    assert await stands(outbox, "5.5")


async def test_a_roll_over_changes_where_the_words_stand(store: Store, outbox: StoredOutbox) -> None:
    """Only from the message that is known; saying it twice is saying it once; after a put it is too late."""
    assert await stands(outbox, "5.5")
    assert not await stands(outbox, "6.6"), "another stream under the same key"
    assert not await stands(outbox, "6.6", instead_of="4.4")
    assert await stands(outbox, "6.6", instead_of="5.5")
    assert await stands(outbox, "6.6", instead_of="5.5")
    await put(store)
    assert not await stands(outbox, "7.7", instead_of="6.6")
    assert await stands(outbox, "6.6"), "that one is the answer's still"
    assert [one.ts for one in await outbox.take(await now())] == ["6.6"]


async def test_words_may_go_until_something_is_put(store: Store, outbox: StoredOutbox) -> None:
    """The row goes with them; what was put keeps its message."""
    assert await stands(outbox, "5.5")
    assert not await outbox.fallen(KEY, "4.4"), "another message"
    assert await outbox.fallen(KEY, "5.5")
    assert await row(store) is None
    assert not await outbox.fallen(KEY, "5.5")

    assert await stands(outbox, "6.6")
    await put(store)
    assert not await outbox.fallen(KEY, "6.6")
    assert [one.ts for one in await outbox.take(await now())] == ["6.6"]


async def test_a_secret_never_takes_the_place_of_words(store: Store, outbox: StoredOutbox) -> None:
    """What others may read does not become private; and what is private takes no message of others, nor changes."""
    secret = Post(KEY, PostKind.PRIVATE, {"text": "t", "secret": "geheim"}, person="UANA")
    assert await stands(outbox, "5.5")
    await put(store, secret)
    assert await outbox.take(await now()) == []
    assert "geheim" not in str(await row(store))

    assert await outbox.fallen(KEY, "5.5")
    await put(store, secret)
    assert not await stands(outbox, "6.6", channel="")
    await put(store)
    (sending,) = await outbox.take(await now())
    assert (sending.post.kind, sending.ts) == (PostKind.PRIVATE, "")


async def test_kind_and_place_follow_the_newest_put(store: Store, outbox: StoredOutbox) -> None:
    """A note becomes an answer, where it stands."""
    await put(store, Post(KEY, PostKind.NOTE, {"text": "One moment."}, channel="D1", thread="1.0", case="C-1"))
    (first,) = await outbox.take(await now())
    await outbox.posted(KEY, first.version, "D1", "9.9")
    await put(store)
    (again,) = await outbox.take(await now())
    assert (again.post, again.ts) == (ANSWER, "9.9")


async def test_words_and_an_answer_in_the_same_moment_have_one_message(store: Store, outbox: StoredOutbox) -> None:
    """Put, taken and told of at once, twenty times over: whoever is told yes is the message that the poster gets."""
    for number in range(20):
        key = f"k{number}"

        async def told(key: str = key) -> bool:
            return await outbox.standing(key, "C-1", "D1", f"{key}.1", "5.5")

        async def answered(key: str = key) -> list[str]:
            await put(store, Post(key, PostKind.ANSWER, {"text": "x"}, channel="D1", thread=f"{key}.1"))
            return [one.ts for one in await outbox.take(await now())]

        yes, sent = await asyncio.gather(told(), answered())
        sent = sent or [one.ts for one in await outbox.take(await now())]  # skipped while its row was being changed
        assert sent == (["5.5"] if yes else [""])
