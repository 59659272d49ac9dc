"""The Slack edge alone: the real connection to a playground, with a desk that only writes down."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import pytest

from bot.playground import Member, Server, Workspace, serve
from bot.slack.connect import SlackConnection
from bot.slack.http import Door
from tests.slack.desk import FakeDesk

PEOPLE = (Member("U1ANA", "ana", "Ana Almeida"), Member("U2BEN", "ben", "Ben Berger"), Member("U3GUS", "gus", "Gus", kind="guest"))


@dataclass
class Edge:
    """A running connection and the Slack around it."""

    server: Server
    desk: FakeDesk
    connection: SlackConnection

    @property
    def workspace(self) -> Workspace:
        return self.server.workspace

    def say(self, handle: str, text: str) -> str:
        who = self.workspace.member(handle)
        assert who is not None
        ts: str = self.workspace.say(who, self.workspace.direct(who.slack_id), text)["ts"]
        return ts

    def texts(self) -> list[str]:
        return sorted(event.text for event in self.desk.accepted)

    async def until(self, question: Callable[[], Any], what: str, seconds: float = 20.0) -> Any:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if answer := question():
                return answer
            await asyncio.sleep(0.01)
        raise AssertionError(f"waited in vain for {what}")


@contextlib.asynccontextmanager
async def opened_edge(*, connections: int = 2, ping_seconds: float = 5.0, ack_seconds: float = 1.0) -> AsyncIterator[Edge]:
    server = await serve(Workspace(PEOPLE), ack_seconds=ack_seconds, retries=(0.1,) * 50)
    desk = FakeDesk()
    connection = SlackConnection(
        bot_token="xoxb-playground",
        app_token="xapp-playground",
        api_url=f"{server.url}/api/",
        desk=desk,
        connections=connections,
        ping_seconds=ping_seconds,
    )
    edge = Edge(server, desk, connection)
    try:
        await connection.start()
        await edge.until(lambda: len(server.sockets.open) == connections, "all connections")
        yield edge
    finally:
        await connection.stop()
        await server.stop()


@pytest.fixture
def edge() -> Callable[..., AbstractAsyncContextManager[Edge]]:
    return opened_edge


@pytest.fixture
async def posted() -> AsyncIterator[Edge]:
    """The same, with Slack posting to the bot."""
    secret = "s3cret-of-the-app"
    door = Door(secret)
    server = await serve(Workspace(PEOPLE), ack_seconds=2.0, retries=(0.1,) * 50, routes=door.routes(), signing_secret=secret)
    desk = FakeDesk()
    connection = SlackConnection(bot_token="xoxb-playground", app_token="", api_url=f"{server.url}/api/", desk=desk, door=door)
    await connection.start()
    try:
        yield Edge(server, desk, connection)
    finally:
        await connection.stop()
        await server.stop()
