"""The playground holds a bot to Slack's rules of streams: over real HTTP, with Slack's own client."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground import Member, Server, Workspace, serve
from bot.playground.streams import LIFE_SECONDS
from bot.playground.workspace import TEAM

ANA, BEN = Member("UANA", "ana", "Ana"), Member("UBEN", "ben", "Ben")


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = await serve(Workspace([ANA, BEN]))
    yield server
    await server.stop()


@pytest.fixture
async def client(server: Server) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient("xoxb-playground", f"{server.url}/api/", session=session, retry_handlers=[])


async def started(client: AsyncWebClient, server: Server, text: str = "Hello ") -> dict[str, str]:
    """Channel and ts of a live message in Ana's direct messages."""
    channel = server.workspace.direct("UANA")
    thread = server.workspace.say(ANA, channel, "help")["ts"]
    answer = await client.chat_startStream(channel=channel.id, thread_ts=thread, markdown_text=text)
    return {"channel": answer["channel"], "ts": answer["ts"]}


def shown(server: Server, at: dict[str, str]) -> Any:
    channel = server.workspace.channel(at["channel"])
    assert channel is not None
    return server.workspace.message(channel, at["ts"])


async def error_of(call: Any) -> str:
    with pytest.raises(SlackApiError) as raised:
        await call
    return str(raised.value.response["error"])


async def test_words_are_shown_as_they_come(client: AsyncWebClient, server: Server) -> None:
    """Live until it is stopped; what comes with the stop is shown too, and its metadata kept."""
    at = await started(client, server)
    await client.chat_appendStream(**at, markdown_text="**world** ")
    assert (shown(server, at)["text"], shown(server, at)["streaming_state"]) == ("Hello **world** ", "in_progress")
    await client.chat_stopStream(**at, markdown_text="!", metadata={"event_type": "e", "event_payload": {"key": "k"}})
    assert (shown(server, at)["text"], shown(server, at)["streaming_state"]) == ("Hello **world** !", "completed")
    assert shown(server, at)["metadata"]["event_payload"] == {"key": "k"}


async def test_a_live_message_is_neither_changed_nor_deleted(client: AsyncWebClient, server: Server) -> None:
    """Refused while it is live, done once it is stopped."""
    at = await started(client, server)
    assert await error_of(client.chat_update(**at, text="x")) == "streaming_state_conflict"
    assert await error_of(client.chat_delete(**at)) == "cant_delete_message"
    await client.chat_stopStream(**at)
    await client.chat_update(**at, text="x", blocks=[])
    assert (shown(server, at)["text"], shown(server, at)["blocks"]) == ("x", [])
    await client.chat_delete(**at)
    assert shown(server, at) is None


async def test_what_is_over_takes_no_more_words(client: AsyncWebClient, server: Server) -> None:
    """Stopped, or five minutes old, fed or not."""
    at = await started(client, server)
    await client.chat_stopStream(**at)
    assert await error_of(client.chat_appendStream(**at, markdown_text="x")) == "message_not_in_streaming_state"
    assert await error_of(client.chat_stopStream(**at)) == "message_not_in_streaming_state"

    time = [1000.0]
    server.streams.now = lambda: time[0]
    at = await started(client, server)
    time[0] += LIFE_SECONDS - 1
    await client.chat_appendStream(**at, markdown_text="x")
    time[0] += 1
    assert await error_of(client.chat_appendStream(**at, markdown_text="x")) == "message_not_in_streaming_state"
    await client.chat_update(**at, text="the whole answer")


async def test_time_ends_it_also_when_nobody_asks(client: AsyncWebClient, server: Server) -> None:
    """The page must not show for ever that something is being written."""
    time = [1000.0]
    server.streams.now = lambda: time[0]
    at = await started(client, server)
    server.streams.expire()
    assert shown(server, at)["streaming_state"] == "in_progress"
    time[0] += LIFE_SECONDS
    for _ in range(1000):
        if shown(server, at)["streaming_state"] == "completed":
            return
        await asyncio.sleep(0.01)
    raise AssertionError("still being written")


async def test_a_person_stops_it(client: AsyncWebClient, server: Server) -> None:
    """The bot is told which messages, and no more words are taken; nobody stops what is over, or what they don't see."""
    at = await started(client, server)
    async with aiohttp.ClientSession() as page:

        async def stop(who: str) -> int:
            async with page.post(f"{server.url}/playground/stop", json={"as": who, **at}) as answer:
                return answer.status

        assert await stop("ben") == 400
        assert await stop("ana") == 200
        assert await stop("ana") == 409
    event = server.workspace.events[-1]["event"]
    assert {name: event[name] for name in ("type", "channel", "user", "streaming_message_ts")} == {
        "type": "agent_session_stopped",
        "channel": at["channel"],
        "user": "UANA",
        "streaming_message_ts": [at["ts"]],
    }
    assert event["thread_ts"] == shown(server, at)["thread_ts"]
    assert await error_of(client.chat_appendStream(**at, markdown_text="x")) == "stopped_by_user"
    assert await error_of(client.chat_stopStream(**at)) == "message_not_in_streaming_state"
    await client.chat_update(**at, text="Stopped.")


async def test_what_slack_refuses(client: AsyncWebClient, server: Server) -> None:
    """Each with Slack's own word for it."""
    at = await started(client, server)
    general = server.workspace.channel("general")
    assert general is not None
    to = {"channel": general.id, "thread_ts": "1.1", "markdown_text": "x"}
    who = {"recipient_user_id": "UANA", "recipient_team_id": TEAM}
    mine = server.workspace.say(ANA, general, "hi")["ts"]
    long = "x" * 12_001
    assert await error_of(client.chat_startStream(**to)) == "missing_recipient_user_id"
    assert await error_of(client.chat_startStream(**to, recipient_user_id="UANA")) == "missing_recipient_team_id"
    assert await error_of(client.chat_startStream(**to, recipient_user_id="UNOBODY", recipient_team_id=TEAM)) == "user_not_found"
    assert await error_of(client.chat_startStream(**to | {"markdown_text": long}, **who)) == "msg_too_long"
    assert await error_of(client.chat_startStream(**to | {"channel": "CNONE"}, **who)) == "channel_not_found"
    assert await error_of(client.chat_startStream(**to | {"thread_ts": ""}, **who)) == "invalid_arguments"
    assert await error_of(client.chat_appendStream(**at)) == "markdown_text_required"
    assert await error_of(client.chat_appendStream(**at, markdown_text=long)) == "msg_too_long"
    assert await error_of(client.chat_appendStream(channel=general.id, ts="9.9", markdown_text="x")) == "message_not_found"
    assert await error_of(client.chat_appendStream(channel=general.id, ts=mine, markdown_text="x")) == "message_not_owned_by_app"
    assert (await client.chat_startStream(**to, **who))["ok"]


async def test_markdown_may_be_posted_too(client: AsyncWebClient, server: Server) -> None:
    """Alone, and up to its limit."""
    to = {"channel": "UANA"}
    posted = await client.chat_postMessage(**to, markdown_text="**hi**")
    assert posted["message"]["blocks"][0]["text"] == "**hi**"
    assert await error_of(client.chat_postMessage(**to, markdown_text="x", text="y")) == "markdown_text_conflict"
    assert await error_of(client.chat_postMessage(**to, markdown_text="x" * 12_001)) == "msg_too_long"


async def test_the_rates_of_streams_are_slacks(server: Server) -> None:
    """Where rates are held: twenty starts, and then a 429 that says when to come back."""
    strict = await serve(Workspace([ANA]), rate_limited=True)
    try:
        async with aiohttp.ClientSession() as session:
            client = AsyncWebClient("xoxb-playground", f"{strict.url}/api/", session=session, retry_handlers=[])
            for _ in range(20):
                await started(client, strict)
            with pytest.raises(SlackApiError) as raised:
                await started(client, strict)
        assert (raised.value.response.status_code, raised.value.response["error"]) == (429, "ratelimited")
        assert int(raised.value.response.headers["Retry-After"]) >= 1
    finally:
        await strict.stop()
