"""A turn that is cut off after it took an answer is taken again: what answered one question answers no other."""

import pytest
import sqlalchemy as sa

from bot.turns.endings import Endings
from bot.turns.openings import Openings
from tests.e2e.test_edits_cut_off import cut_off
from tests.e2e.test_offers import ASKED, EMAILS, LIST
from tests.office import Office


async def test_an_answer_is_not_the_answer_to_the_next_question(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The team that is to be called is not what it has to know."""
    office.say("omar", "page another team")
    await office.hears("omar", "Which team")
    await _taken_again(office, monkeypatch, "omar", "network")

    [plan] = (await office.trail())["plans"]
    assert (plan["state"], plan["needs"]) == ("asking", {"schedule": "network"})
    assert await office.journal("page_on_call") == []
    office.say("omar", "the firewall blocks everything")
    await office.hears("omar", "They have read: the firewall blocks everything")


async def test_the_words_that_chose_a_runbook_answer_nothing_of_it(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.say("ana", EMAILS)
    await office.hears("ana", ASKED)
    await _taken_again(office, monkeypatch, "ana", LIST)

    [plan] = (await office.trail())["plans"]
    assert (plan["state"], plan["times_asked"]) == ("asking", 0)


async def _taken_again(office: Office, monkeypatch: pytest.MonkeyPatch, who: str, words: str) -> None:
    """They say this, and the turn that reads it is cut off at its end and taken again."""
    await office.until(lambda: _all_read(office), "the turn to be over")
    done = cut_off(monkeypatch, Endings, "finish")
    office.say(who, words)
    await office.until(lambda: done, "the turn to be cut off")
    await office.until(lambda: _all_read(office), "it to be taken again")


async def _all_read(office: Office) -> bool:
    async with office.engine.begin() as connection:  # nobody has to wait for the next attempt at a turn
        again = "UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo' AND scheduled_at > now()"
        await connection.execute(sa.text(again))
    async with office.store.session() as session:
        return not await session.scalar(sa.text("SELECT count(*) FROM inbox WHERE handled IS NULL"))


async def test_what_an_answer_asks_for_besides_is_there_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut off between the two."""
    office.say("ana", EMAILS)
    await office.hears("ana", ASKED)
    await office.until(lambda: _all_read(office), "the turn to be over")
    done = cut_off(monkeypatch, Openings, "requests")
    office.say("ana", f"{LIST}, and I need access to Figma until Friday")
    await office.until(lambda: done, "the turn to be cut off")
    await office.until(lambda: _all_read(office), "it to be taken again")
    await office.hears("ana", "needs a person's yes")

    runbooks = [plan["runbook"] for case in await office.cases() for plan in (await office.trail(case["id"]))["plans"]]
    assert sorted(runbooks) == ["app-access", "mailing-list-leave"]
