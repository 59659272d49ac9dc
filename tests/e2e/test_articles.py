"""Questions that no runbook is for, answered by articles: with their link, to those who may read them, and never by what is gone."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.library.syncing import Syncing
from bot.store.articles import StoredArticles
from tests.e2e.conftest import model_at
from tests.e2e.test_model import Scripted
from tests.office import Office, opened_office
from tests.openai_double import Reply, opened_double

COFFEE = """# The coffee machine

## Strange noises

Descale the coffee machine with the blue tablets when it makes strange noises.

## Beans

New beans stand in the kitchen cupboard.
"""
VAULT = """---
title: The spare keys of the server room
roles: [it-admin]
---
The spare keys of the server room lie in the grey safe behind reception.
"""
CANTEEN = """# Opening hours of the canteen

The canteen is open from eleven to two on weekdays.

# On bank holidays

On bank holidays the canteen stays closed all day.
"""
NOISES = "The coffee machine is making strange noises"
KEYS = "where are the spare keys of the server room?"
LINK = "https://wiki.example/coffee.md#strange-noises"


def written(folder: Path) -> Path:
    wiki = folder / "wiki"
    wiki.mkdir()
    for name, text in {"coffee.md": COFFEE, "vault.md": VAULT, "canteen.md": CANTEEN}.items():
        (wiki / name).write_text(text)
    (folder / "sources.yaml").write_text("sources:\n  - {id: wiki, path: wiki, link: 'https://wiki.example/'}\n")
    return folder / "sources.yaml"


async def sync(office: Office) -> list[dict[str, Any]]:
    """As `knowledge sync` does it, from another process than the bot's."""
    return await Syncing(StoredArticles(office.store), office.settings.knowledge_sources, Path("none")).once()


@contextlib.asynccontextmanager
async def with_articles(database: str, folder: Path, **settings: str) -> AsyncIterator[Office]:
    """An office whose articles are there before the bot is."""
    sources = str(written(folder))
    async with opened_office(database, folder, start=False, KNOWLEDGE_SOURCES=sources, **settings) as office:
        assert [row["added"] for row in await sync(office)] == [3]
        await office.open()
        yield office


@pytest.fixture
async def wiki(database: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with with_articles(database, tmp_path) as office:
        yield office


async def test_a_question_is_answered_in_the_articles_words_with_its_link(wiki: Office) -> None:
    """The section that fits and no other, its link, whether it helped; nobody is called, and the case says what was found."""
    wiki.say("ana", NOISES)
    heard = await wiki.hears("ana", "Did this help?")

    assert "blue tablets" in heard
    assert LINK in heard
    assert "New beans" not in heard
    trail = await wiki.case_is(state="resolved", outcome="answered")
    assert [(plan["runbook"], plan["state"]) for plan in trail["plans"]] == [("", "done")]
    assert (trail["ticket"], trail["calls"]) == ("", [])

    await wiki.press("ana", "feedback_not_yet")
    await wiki.case_is(state="handed_over")


async def test_what_goes_on_is_about_what_was_asked_before(wiki: Office) -> None:
    """ "and on bank holidays?" finds the canteen and not whatever else has holidays."""
    wiki.say("ana", "when is the canteen open on weekdays?")
    await wiki.hears("ana", "eleven to two")
    wiki.say("ana", "and on bank holidays?")
    heard = await wiki.hears("ana", "stays closed all day")
    assert "canteen.md#on-bank-holidays" in heard


async def test_what_no_article_says_goes_to_people(wiki: Office) -> None:
    """No guess from what is merely near."""
    wiki.say("ana", "the plants in the lobby are dying")
    await wiki.case_is(state="handed_over")
    assert "wiki.example" not in wiki.heard("ana")


async def test_a_removed_article_is_gone_at_once(wiki: Office) -> None:
    """The very next question does not find it, though the index of the bot has it still; nor a changed one's old words."""
    folder = wiki.settings.knowledge_sources.parent / "wiki"  # type: ignore[union-attr]
    (folder / "coffee.md").unlink()
    (folder / "canteen.md").write_text(CANTEEN.replace("from eleven to two", "from noon to one"))
    await sync(wiki)  # unless the bot's own first look came before it

    wiki.say("ana", NOISES)
    await wiki.case_is(state="handed_over")
    assert "blue tablets" not in wiki.heard("ana")
    assert "eleven" not in wiki.heard("ana")


async def test_only_who_may_read_it_is_told(wiki: Office) -> None:
    """An administrator in direct messages; neither a colleague there, nor anybody where others read along."""
    wiki.say("tariq", KEYS)
    assert "grey safe" in await wiki.hears("tariq", "Did this help?")

    wiki.say("ana", KEYS)
    await wiki.hears("ana", "I'm not sure what you need")
    assert "grey safe" not in wiki.heard("ana")
    assert "safe" not in str(await wiki.trail())


# ── a model ──────────────────────────────────────────────────────────────────────────────────────────────────────────

SEARCH = ("search_articles", {"query": "coffee machine strange noises"})


async def answer(database: str, folder: Path, *replies: Any, who: str = "ana", says: str = NOISES) -> str:
    async with (
        opened_double(Scripted(*replies)) as double,
        with_articles(database, folder, **model_at(double)) as office,
    ):
        office.say(who, says)
        heard: str = await office.hears(who, "Reference")
        return heard


async def test_a_model_that_forgets_the_link_gets_it_put_behind_the_statement(database: str, tmp_path: Path) -> None:
    """Behind the sentence that comes from the article, and behind no other."""
    text = "Happy to help with that today. Descale the coffee machine with blue tablets when it makes strange noises."
    heard = await answer(database, tmp_path, Reply(calls=(SEARCH,)), Reply(text))

    assert f"strange noises. (The coffee machine (<{LINK}>))" in heard
    assert "today. (" not in heard
    assert "no source" not in heard


async def test_an_answer_out_of_nowhere_says_that_it_has_no_source(database: str, tmp_path: Path) -> None:
    """The model never looked, and says something all the same."""
    heard = await answer(database, tmp_path, Reply("Kick it twice on the left side, that always helps."))
    assert "has no source" in heard


async def test_a_model_is_shown_nothing_that_the_requester_may_not_read(database: str, tmp_path: Path) -> None:
    """Its search is the requester's: what it cannot find it cannot tell."""
    query = ("search_articles", {"query": "spare keys of the server room"})
    async with (
        opened_double(Scripted(Reply(calls=(query,)), Reply("I do not know."))) as double,
        with_articles(database, tmp_path, **model_at(double)) as office,
    ):
        office.say("ana", KEYS)
        await office.hears("ana", "I do not know")
        assert "grey safe" not in str(double.requests)
        assert "grey safe" not in str(await office.trail())
