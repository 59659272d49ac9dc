"""Streams and posts together: the playground over real HTTP, Slack's own client, the real outbox and the poster."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import Post, PostKind
from bot.playground import Member, Server, Workspace, serve
from bot.playground.streams import LIFE_SECONDS
from bot.playground.workspace import BOT_USER, TEAM, Channel, Json
from bot.slack.replies import Poster
from bot.slack.streams import SlackStreams
from bot.slack.words import Words
from bot.store.outbox import StoredOutbox
from bot.store.work import Store
from tests.office import words as words_of
from tests.slack.fakes import Turned

KEY = "answer:C-1:k"
FIRST, SECOND = "I looked at your account ", "and it works again. "


class Scene:
    """A desk with its poster, and one answer that is being written."""

    def __init__(self, server: Server, store: Store, client: AsyncWebClient) -> None:
        self.server, self.store, self.client = server, store, client
        self.outbox, self.ticks = StoredOutbox(store), Turned()
        server.streams.now = self.ticks.now
        self.channel: Channel = server.workspace.direct("UANA")
        self.thread = server.workspace.say(server.workspace.members["UANA"], self.channel, "locked out")["ts"]
        self.streams = SlackStreams(client, self.outbox, ticks=self.ticks)
        self.words = self.begin()
        self._poster: asyncio.Task[None] | None = None

    def begin(self) -> Words:
        return self.streams.begin(KEY, self.channel.id, self.thread, "UANA", TEAM, "C-1")

    async def says(self, text: str, seconds: float = 1.0) -> None:
        await self.words.write(text)
        await self.ticks.turn(seconds, self.words)

    async def put(self, text: str = FIRST + SECOND, **more: Any) -> None:
        content = {"text": text, "sections": [], "feedback": True, "person": True, "case": "C-1", "reference": "C-1", **more}
        async with self.store.work() as work:
            await work.put(Post(KEY, PostKind.ANSWER, content, channel=self.channel.id, thread=self.thread, case="C-1"))

    def post(self) -> None:
        """Let a poster work, as after a start."""
        self._poster = asyncio.create_task(Poster(self.outbox, self.client).run())

    async def end(self) -> None:
        for task in (self._poster, self.words.task):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    @property
    def said(self) -> list[Json]:
        return [one for one in self.channel.messages if one["user"] == BOT_USER]

    def calls(self, method: str) -> int:
        return sum(name == method for name, _ in self.server.workspace.calls)

    async def until(self, question: Callable[[], bool | Awaitable[bool]], what: str) -> None:
        for _ in range(1000):
            answer = question()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"waited in vain for {what}; there stands {self.said}")

    async def posted(self) -> None:
        """Nothing waits to be posted."""

        async def question() -> bool:
            import sqlalchemy as sa

            async with self.store.session() as session:
                return (await session.scalar(sa.text("SELECT count(*) FROM outbox WHERE state = 'pending'"))) == 0

        await self.until(question, "the answer")

    def one_answer(self) -> Json:
        """The only message of ours, which is the answer and no stream."""
        (message,) = self.said
        assert "Not yet" in words_of(message)
        assert message.get("streaming_state") != "in_progress"
        assert [block for block in message["blocks"] if block["type"] == "markdown"] == []
        return message


@pytest.fixture
async def scene(database: str) -> AsyncIterator[Scene]:
    people = [Member("UANA", "ana", "Ana"), Member("UBEN", "ben", "Ben")]
    server = await serve(Workspace(people))
    async with Store(database) as store, aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(5)) as session:
        client = AsyncWebClient("xoxb-playground", f"{server.url}/api/", session=session, retry_handlers=[])
        scene = Scene(server, store, client)
        yield scene
        await scene.end()
    await server.stop()


async def test_words_and_then_the_answer_in_their_place(scene: Scene) -> None:
    """Live while they come; then one message, changed in place, by as many calls as are needed and no more."""
    scene.post()
    await scene.says(FIRST)
    assert [(one["text"], one["streaming_state"]) for one in scene.said] == [(FIRST, "in_progress")]
    await scene.says(SECOND)
    ts = scene.said[0]["ts"]
    await scene.words.close()
    await scene.put()
    await scene.posted()
    assert scene.one_answer()["ts"] == ts
    made = [name for name, _ in scene.server.workspace.calls]
    assert made == ["chat.startStream", "chat.appendStream", "chat.stopStream", "chat.update"]


async def test_a_short_answer_is_one_post(scene: Scene) -> None:
    """Nothing but the post."""
    scene.post()
    await scene.says(FIRST, 0.5)
    await scene.words.close()
    await scene.put()
    await scene.posted()
    scene.one_answer()
    assert [name for name, _ in scene.server.workspace.calls] == ["chat.postMessage"]


@pytest.mark.parametrize("expired", [False, True], ids=["live still", "ended by Slack"])
async def test_after_a_crash_the_half_message_becomes_the_answer(scene: Scene, expired: bool) -> None:
    """The process is gone in the middle of a sentence; another one posts the answer into the same message."""
    await scene.says(FIRST)
    await scene.says("and it wor", 5.0)
    ts = scene.said[0]["ts"]
    assert scene.words.task is not None
    scene.words.task.cancel()
    await asyncio.gather(scene.words.task, return_exceptions=True)
    if expired:
        await scene.ticks.turn(LIFE_SECONDS)

    await scene.put()
    scene.post()
    await scene.posted()
    assert scene.one_answer()["ts"] == ts
    assert scene.calls("chat.postMessage") == 0


async def test_an_answer_that_is_put_before_the_words_stand_takes_them(scene: Scene) -> None:
    """Nobody has tried to post it yet: the message of the words is the answer's, once it is known."""
    scene.server.workspace.fail("chat.startStream", "delay", 0.3)
    await scene.words.write(FIRST * 20)
    await scene.until(lambda: scene.calls("chat.startStream") == 1, "the start")
    await scene.put()
    await scene.words.close()
    scene.post()
    await scene.posted()
    scene.one_answer()
    assert scene.calls("chat.postMessage") == 0


async def test_an_answer_that_is_posted_while_the_words_begin_stands_alone(scene: Scene) -> None:
    """It was posted while Slack was still busy with the start: the words are taken away again."""
    scene.server.workspace.fail("chat.startStream", "delay", 0.5)
    await scene.words.write(FIRST * 20)
    await scene.until(lambda: scene.calls("chat.startStream") == 1, "the start")
    scene.post()
    await scene.put()
    await scene.until(lambda: scene.calls("chat.postMessage") == 1, "the post")
    assert scene.words.task is not None
    await scene.words.close()
    assert scene.words.task.done()
    await scene.posted()
    scene.one_answer()
    assert (scene.calls("chat.startStream"), scene.calls("chat.delete")) == (1, 1)


async def test_an_answer_whose_fate_is_in_doubt_is_not_mixed_up_with_words(scene: Scene) -> None:
    """Posted, the reply lost, and words beginning meanwhile: the post is found by its mark, and the words go."""
    scene.server.workspace.fail("chat.startStream", "delay", 0.5)
    scene.server.workspace.fail("chat.postMessage", "drop")
    await scene.words.write(FIRST * 20)
    await scene.until(lambda: scene.calls("chat.startStream") == 1, "the start")
    scene.post()
    await scene.put()
    await scene.words.close()
    await scene.posted()
    scene.one_answer()
    assert scene.calls("chat.postMessage") == 1


async def test_an_answer_that_is_put_without_closing_ends_the_stream(scene: Scene) -> None:
    """Nobody has closed it: the poster ends it first. Words that still come then find their place taken."""
    scene.post()
    await scene.says(FIRST)
    ts = scene.said[0]["ts"]
    await scene.put()
    await scene.posted()
    assert scene.one_answer()["ts"] == ts
    await scene.says("more and more ", 3.0)
    await scene.says("and more ", 3.0)
    await scene.words.close()
    assert scene.one_answer()["ts"] == ts


async def test_after_a_roll_over_the_answer_changes_the_newest_message(scene: Scene) -> None:
    """Five minutes of words, also past a crash."""
    for number in range(250):
        await scene.says(f"w{number} ")
    (message,) = scene.said
    assert message["text"].startswith("w0 w1 ")
    assert scene.words.task is not None
    scene.words.task.cancel()
    await scene.put()
    scene.post()
    await scene.posted()
    assert scene.one_answer()["ts"] == message["ts"]
    assert (scene.calls("chat.startStream"), scene.calls("chat.delete")) == (2, 1)


async def test_a_lost_start_is_found_and_not_said_twice(scene: Scene) -> None:
    """Slack has the message, the reply is lost: it is found in the thread and goes on."""
    scene.server.workspace.fail("chat.startStream", "drop")
    await scene.says(FIRST)
    await scene.says(SECOND, 3.0)
    assert [one["text"] for one in scene.said] == [FIRST + SECOND]
    await scene.words.close()
    await scene.put()
    scene.post()
    await scene.posted()
    scene.one_answer()


async def test_a_lost_append_is_replayed_and_not_said_twice(scene: Scene) -> None:
    """Whether the words arrived is not known, so a new message has them all, and the old one goes."""
    await scene.says(FIRST)
    scene.server.workspace.fail("chat.appendStream", "drop")
    await scene.says(SECOND, 5.0)
    assert [one["text"] for one in scene.said] == [FIRST + SECOND]
    await scene.words.close()
    await scene.put()
    scene.post()
    await scene.posted()
    scene.one_answer()


async def test_a_person_presses_stop(scene: Scene) -> None:
    """No more words; what the core then answers takes their place."""
    await scene.says(FIRST)
    ts = scene.said[0]["ts"]
    assert scene.server.streams.stop_pressed(scene.server.workspace.members["UANA"], scene.channel, ts)
    await scene.says(SECOND, 10.0)
    assert scene.said[0]["text"] == FIRST
    await scene.words.close()
    await scene.put("Stopped; nothing more will happen.")
    scene.post()
    await scene.posted()
    assert scene.one_answer()["ts"] == ts


async def test_a_message_that_somebody_deleted_is_posted_anew(scene: Scene) -> None:
    """The words are gone before the answer comes."""
    await scene.says(FIRST)
    await scene.words.close()
    scene.channel.messages.remove(scene.said[0])
    await scene.put()
    scene.post()
    await scene.posted()
    scene.one_answer()


async def test_words_that_were_of_no_use_leave_nothing(scene: Scene) -> None:
    """Taken away with their row; an answer under the same key is then a post of its own."""
    await scene.says(FIRST)
    await scene.words.restart()
    await scene.words.close()
    assert scene.said == []
    assert await scene.outbox.take(datetime.now(UTC)) == []
    scene.post()
    await scene.put()
    await scene.posted()
    scene.one_answer()
    assert scene.calls("chat.postMessage") == 1


async def test_words_that_nobody_ever_answers_go(scene: Scene) -> None:
    """Their process has died and the answer got another key. Young ones stay, and so does what was put."""
    await scene.says(FIRST)
    assert scene.words.task is not None
    scene.words.task.cancel()
    await scene.streams.tidy(older_than=60)
    assert len(scene.said) == 1
    await scene.put()
    await scene.streams.tidy(older_than=0)
    scene.post()
    await scene.posted()
    await scene.streams.tidy(older_than=0)
    scene.one_answer()

    scene.words = scene.streams.begin("answer:C-1:other", scene.channel.id, scene.thread, "UANA", TEAM, "C-1")
    await scene.says(SECOND)
    scene.words.task.cancel()  # type: ignore[union-attr]
    assert len(scene.said) == 2
    await scene.streams.tidy(older_than=0)
    scene.one_answer()


async def test_a_look_for_forgotten_words_fails_quietly(scene: Scene) -> None:
    """The database is away."""
    async with Store("postgresql://u:p@127.0.0.1:9/x") as away:
        await SlackStreams(scene.client, StoredOutbox(away)).tidy()


async def test_a_long_answer_is_a_post_like_any_other(scene: Scene) -> None:
    """More than a stream and more than a message may hold: cut with a mark in both, and one message."""
    await scene.says("many words " * 2000, 5.0)
    assert scene.said[0]["text"].endswith("(cut)")
    await scene.words.close()
    await scene.put("many words " * 2000)
    scene.post()
    await scene.posted()
    scene.one_answer()


async def test_words_cannot_mention_or_hide_a_link(scene: Scene) -> None:
    """As they are shown, and as the answer shows them."""
    evil = "<!channel> <@UBEN> [your bank](https://evil.example/x) "
    await scene.says(evil)
    assert scene.said[0]["text"] == "&lt;!channel&gt; &lt;@UBEN&gt; your bank (https://evil.example/x) "
    await scene.words.close()
    await scene.put(evil)
    scene.post()
    await scene.posted()
    text = words_of(scene.one_answer())
    assert "<!channel>" not in text
    assert "<@UBEN>" not in text


async def test_the_poster_comes_back_when_the_stream_cannot_be_ended_yet(scene: Scene) -> None:
    """Slack has no room for the stop: later, and still in the same message."""
    await scene.says(FIRST)
    ts = scene.said[0]["ts"]
    scene.server.workspace.fail("chat.stopStream", "status", 429)
    await scene.put()
    scene.post()
    await scene.posted()
    assert scene.one_answer()["ts"] == ts
    assert (scene.calls("chat.stopStream"), scene.calls("chat.postMessage")) == (2, 0)
