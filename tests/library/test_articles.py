"""Articles in the database and in the index of a process: who finds what, from which moment on."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from bot.domain import Membership, PersonKind, Principal
from bot.facts import Facts
from bot.gate import Policies
from bot.library.articles import ArticleShelf
from bot.library.embedding import Model
from bot.library.syncing import synced
from bot.ports import Clock
from bot.store.articles import Changed, StoredArticles
from bot.store.work import Store
from knowledge import markdown
from knowledge.article import Article
from knowledge.embeddings import Vectors
from knowledge.shelf import Size
from knowledge.sources import Folder, LeftOut, SourceError
from tests.knowledge.shelf import Topics

ANA, TARIQ = (Principal(who, f"U{who}", "T", "", PersonKind.MEMBER, who) for who in ("ana", "tariq"))


class Roles:
    """Stands in for `bot.facts.Facts` and all that it is asked with."""

    current = None

    def now(self) -> None: ...

    async def holds(self, role: str, policies: Any, *, person: Principal, **_: Any) -> Membership:
        if role == "it-admin":
            return Membership.YES if person.id == "tariq" else Membership.NO
        return Membership.UNKNOWN


class Slow(Topics):
    """Makes vectors of articles only when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.let = asyncio.Event()
        self.loop = asyncio.get_running_loop()
        self.slow = False

    def embed(self, texts: Sequence[str]) -> Vectors:
        if self.slow and any(text.startswith("New") for text in texts):
            asyncio.run_coroutine_threadsafe(self.let.wait(), self.loop).result()
        return super().embed(texts)


def article(name: str, title: str, text: str, *roles: str) -> Article:
    return Article(f"wiki:{name}", title, tuple(markdown.sections(text)), f"https://wiki.example/{name}", roles)


VPN = article("vpn", "The vpn", "How to use the vpn.")
PHONE = article("phone", "A phone", "How to use a phone.")
KEYS = article("keys", "The lock", "The lock opens with 4711.", "it-admin")


@pytest.fixture
async def stored(database: str) -> AsyncIterator[StoredArticles]:
    async with Store(database) as store:
        yield StoredArticles(store)


@pytest.fixture
async def model() -> Slow:
    return Slow()


@pytest.fixture
async def shelf(stored: StoredArticles, model: Slow, tmp_path: Path) -> AsyncIterator[ArticleShelf]:
    made = another(stored, model, tmp_path)
    yield made
    model.let.set()
    await made.stop()


def another(stored: StoredArticles, model: Topics, folder: Path) -> ArticleShelf:
    roles: Any = Roles()
    return ArticleShelf(
        stored,
        Model(model, 0.5),
        folder,
        Size(),
        facts=cast(Facts, roles),
        policies=cast(Policies, roles),
        clock=cast(Clock, roles),
    )


async def found(shelf: ArticleShelf, words: str, who: Principal = ANA, *, direct: bool = True) -> list[str]:
    """What fits, by id."""
    quotes = await shelf.search(words, who, direct=direct)
    return [one.article.removeprefix("wiki:") for one in quotes if one.cosine >= shelf.floor]


async def test_only_what_has_changed_is_written(stored: StoredArticles) -> None:
    """Counted by what the database had; the number grows with a change and not without one."""
    assert await stored.replace("wiki", [VPN, PHONE]) == Changed(2, 0, 0, 0)
    before = await stored.version()
    assert await stored.replace("wiki", [PHONE, VPN]) == Changed(0, 0, 0, 2)
    assert await stored.version() == before
    assert await stored.replace("wiki", [article("vpn", "The vpn", "Otherwise."), KEYS]) == Changed(1, 1, 1, 0)
    assert await stored.version() == before + 1
    assert [one.id for one in await stored.all()] == ["wiki:keys", "wiki:vpn"]
    assert (await stored.all())[0] == KEYS


async def test_of_a_source_that_is_not_named_nothing_is_left(stored: StoredArticles) -> None:
    await stored.replace("wiki", [VPN])
    await stored.replace("other", [Article("other:x", "X", ())])
    assert await stored.only(["other"]) == 1
    assert [one.id for one in await stored.all()] == ["other:x"]
    assert await stored.only(["other"]) == 0


async def test_who_may_read_it_finds_it_where_nobody_reads_along(stored: StoredArticles, shelf: ArticleShelf) -> None:
    """A role that is held for certain, and a direct message; else it is as if there were no such article."""
    await stored.replace("wiki", [VPN, KEYS, article("rota", "app", "Whose app it is.", "away")])

    assert await found(shelf, "the lock", TARIQ) == ["keys"]
    assert await found(shelf, "the lock", TARIQ, direct=False) == []
    assert await found(shelf, "the lock", ANA) == []
    assert await found(shelf, "the app", ANA) == []
    assert await found(shelf, "the vpn", ANA, direct=False) == ["vpn"]


async def test_what_is_removed_limited_or_changed_is_gone_at_once(stored: StoredArticles, shelf: ArticleShelf, model: Slow) -> None:
    """While the index still has it: it cannot be built anew before the model answers."""
    await stored.replace("wiki", [VPN, PHONE, article("lock", "The lock", "Old words about a lock.")])
    assert await found(shelf, "vpn") == ["vpn"]
    assert await found(shelf, "lock") == ["lock"]
    model.slow = True

    await stored.replace(
        "wiki",
        [
            article("phone", "A phone", "How to use a phone.", "it-admin"),
            article("lock", "New lock", "New words about a lock."),
        ],
    )

    assert [await found(shelf, words) for words in ("vpn", "phone", "lock")] == [[], [], []]
    model.let.set()
    await shelf.build()
    assert [await found(shelf, words) for words in ("vpn", "phone", "lock")] == [[], [], ["lock"]]
    assert await found(shelf, "phone", TARIQ) == ["phone"]


async def test_the_last_article_may_go(stored: StoredArticles, shelf: ArticleShelf) -> None:
    """Then there are none, and the next one is found."""
    await stored.replace("wiki", [VPN])
    await shelf.build()
    await stored.replace("wiki", [])
    await shelf.build()
    assert await found(shelf, "vpn") == []
    await stored.replace("wiki", [PHONE])
    await shelf.build()
    assert await found(shelf, "phone") == ["phone"]


async def test_the_index_is_made_anew_from_the_database(
    stored: StoredArticles, shelf: ArticleShelf, model: Slow, tmp_path: Path
) -> None:
    """By another process, with or without kept vectors; with them nothing is embedded twice."""
    await stored.replace("wiki", [VPN, PHONE])
    await shelf.build()
    fresh = Topics()
    again = another(stored, fresh, tmp_path)
    assert await found(again, "phone") == ["phone"]
    assert fresh.seen == ["phone"]
    await again.stop()

    await asyncio.to_thread(shutil.rmtree, tmp_path)
    anew = another(stored, Topics(), tmp_path)
    assert await found(anew, "phone") == ["phone"]
    await anew.stop()


async def test_a_source_that_cannot_be_read_keeps_what_it_had(stored: StoredArticles, tmp_path: Path) -> None:
    """And the others go on; what is wrong is told."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.md").write_text("One.")
    one, other = Folder("a", tmp_path / "a"), Folder("b", tmp_path / "b")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "y.md").write_text("Two.")
    await synced(stored, [one, other])
    (tmp_path / "a" / "x.md").rename(tmp_path / "kept.md")
    (tmp_path / "a").rmdir()
    (tmp_path / "b" / "z.md").write_text("---\nroles: 7\n---\nThree.")

    rows = await synced(stored, [one, other])

    assert [one.id for one in await stored.all()] == ["a:x.md", "b:y.md"]
    assert [(row["source"], row["articles"], len(row["problems"])) for row in rows] == [("a", None, 1), ("b", 1, 1)]
    with pytest.raises(SourceError):
        list(one.articles())
    assert [type(one) for one in other.articles()] == [Article, LeftOut]


async def test_two_that_sync_do_so_one_after_the_other(stored: StoredArticles) -> None:
    """Else what was read before a removal could be written after it."""
    order: list[str] = []

    async def one(name: str) -> None:
        async with stored.alone():
            order.append(f"{name} begins")
            await asyncio.sleep(0.05)
            order.append(f"{name} ends")

    await asyncio.gather(one("a"), one("b"))
    assert [line.split()[1] for line in order] == ["begins", "ends"] * 2
