"""Words that appear while they are written, as somebody sees them in a browser."""

from collections.abc import AsyncIterator, Callable

import pytest
from playwright.async_api import Page, expect

from bot.domain import Post, PostKind
from bot.playground.workspace import BOT_USER, TEAM
from bot.slack.streams import SlackStreams
from bot.slack.words import Words
from bot.store.outbox import StoredOutbox
from tests.e2e.test_page import PATIENCE, Opens, opens, sees, shot
from tests.office import Office

__all__ = ["opens"]

Begins = Callable[[str, str], Words]


@pytest.fixture
async def begins(office: Office) -> AsyncIterator[Begins]:
    """A stream into a thread of #general, beside the bot at work."""
    assert office.running is not None
    streams = SlackStreams(office.running.connection.client, StoredOutbox(office.store))

    def begin(key: str, thread: str) -> Words:
        return streams.begin(key, office.place("ana", "general").id, thread, office.who("ana").slack_id, TEAM, "C-1")

    yield begin
    await streams.stop()


def replies(office: Office, thread: str) -> int:
    return sum(one["user"] == BOT_USER and one.get("thread_ts") == thread for one in office.place("ana", "general").messages)


async def in_thread(opens: Opens, office: Office) -> tuple[Page, str]:
    thread = office.say("ana", "who knows about the printers?", channel="general")
    return await opens(f"as=ana&channel=general&thread={thread}"), thread


async def test_words_appear_piece_by_piece_and_one_message_stands(opens: Opens, office: Office, begins: Begins) -> None:
    """First a part with the mark that more comes, then more in the same message, then the answer in its place."""
    page, thread = await in_thread(opens, office)
    words = begins("answer:C-1:k", thread)
    await words.write("**Printers** are in the network of the office, " * 10)
    await sees(page, "Printers")
    await expect(page.get_by_test_id("writing")).to_be_visible(timeout=PATIENCE)
    await expect(page.get_by_text("third floor")).to_have_count(0)
    await words.write("and the next one is on the third floor. ")
    await sees(page, "third floor")
    await shot(page, "7-writing")
    assert replies(office, thread) == 1

    await words.close()
    content = {"text": "The next printer is on the third floor.", "sections": [], "case": "C-1", "reference": "C-1"}
    channel = office.place("ana", "general").id
    async with office.store.work() as work:
        await work.put(Post("answer:C-1:k", PostKind.ANSWER, content, channel=channel, thread=thread, case="C-1"))
    await sees(page, "The next printer is on the third floor.")
    await expect(page.get_by_test_id("writing")).to_have_count(0, timeout=PATIENCE)
    await expect(page.get_by_text("network of the office")).to_have_count(0)
    await shot(page, "7-written")
    assert replies(office, thread) == 1


async def test_stop_ends_the_words(opens: Opens, office: Office, begins: Begins) -> None:
    """The button goes with the mark, no more words come, and the bot has taken note of it."""
    page, thread = await in_thread(opens, office)
    words = begins("answer:C-1:k", thread)
    await words.write("One two three " * 40)
    await page.get_by_test_id("stop").click()
    await expect(page.get_by_test_id("writing")).to_have_count(0, timeout=PATIENCE)
    await words.write("four five six " * 40)
    await words.close()
    await expect(page.get_by_text("four five six")).to_have_count(0)
    await office.until(lambda: not office.server.workspace.events, "the bot's ear")
    assert office.server.sockets.unacknowledged == 0
