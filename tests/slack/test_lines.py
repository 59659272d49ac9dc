"""Several Socket Mode connections: dropped, silent, asked to come back. Nothing is lost and nothing is taken twice."""

import asyncio

import pytest
import structlog
from structlog.testing import capture_logs

from bot.errors import CommandError, SettingsError
from bot.playground import serve
from bot.playground.workspace import Workspace
from bot.slack.connect import SlackConnection
from bot.slack.lines import Envelope, Lines
from tests.slack.conftest import opened_edge
from tests.slack.desk import FakeDesk

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(0), cache_logger_on_first_use=False)


async def _nothing(envelope: Envelope) -> None:
    """Takes an envelope and acknowledges nothing."""


async def test_as_many_connections_as_were_asked_for_stand_and_each_takes_its_share() -> None:
    """Slack gives a payload to any one of them."""
    async with opened_edge(connections=3) as edge:
        for number in range(9):
            edge.say("ana", f"message {number}")
        await edge.until(lambda: len(edge.desk.accepted) == 9, "nine messages")

        assert edge.connection.lines is not None
        assert edge.connection.lines.standing == 3
        assert edge.server.sockets.dialled == 3
        assert edge.desk.offered == 9


async def test_one_connection_is_dropped_while_people_write_and_the_other_takes_what_comes() -> None:
    """Ready all the while; a fresh address is asked for; nothing is lost or doubled."""
    async with opened_edge() as edge:
        for number in range(20):
            edge.say("ana", f"message {number:02}")
            if number in (5, 12):
                edge.server.sockets.drop(edge.server.sockets.open[0])
                await asyncio.sleep(0.02)
                assert edge.connection.ready.is_set()
        await edge.until(lambda: len(edge.desk.accepted) == 20, "twenty messages")

        assert edge.texts() == [f"message {number:02}" for number in range(20)]
        await edge.until(lambda: len(edge.server.sockets.open) == 2, "both again")
        opened = [one for one in edge.workspace.calls if one[0] == "apps.connections.open"]
        assert len(opened) == edge.server.sockets.dialled == 4


async def test_all_connections_are_dropped_at_once() -> None:
    """Not ready any more, then ready again; what was said meanwhile comes."""
    async with opened_edge(connections=3) as edge:
        edge.workspace.fail("apps.connections.open", "status", 500, times=6)
        for socket in edge.server.sockets.open:
            edge.server.sockets.drop(socket)
        await edge.until(lambda: not edge.connection.ready.is_set(), "not ready")
        edge.say("ana", "said while nobody listened")
        await asyncio.wait_for(edge.connection.ready.wait(), 20)

        await edge.until(lambda: edge.desk.accepted, "the message")
        await edge.until(lambda: len(edge.server.sockets.open) == 3, "all again")
        assert edge.texts() == ["said while nobody listened"]


async def test_it_ends_while_it_dials_even_where_a_cancel_gets_lost() -> None:
    """A dial that makes a failure of the first cancel is followed by no other: once it has hung up, nothing dials."""
    async with opened_edge(connections=1) as edge:
        dials: list[str] = []

        async def address() -> str:
            dials.append("begun")
            if len(dials) == 1:
                return await edge.connection._address()
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                if len(dials) > 2:
                    raise
            raise ConnectionError("the answer was on its way")

        lines = Lines(address=address, dispatch=_nothing, count=1, ping_seconds=5.0, proxy=None, changed=lambda _: None)
        await lines.start()
        for socket in list(edge.server.sockets.open):
            edge.server.sockets.drop(socket)
        await edge.until(lambda: len(dials) == 2, "the second dial")

        async with asyncio.timeout(20):
            await lines.stop()

        assert lines.standing == 0
        begun = len(dials)
        await asyncio.sleep(0.1)
        assert len(dials) == begun


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_a_connection_that_is_asked_to_come_back_is_replaced_before_it_goes(reason: str) -> None:
    """Never fewer than one, and what comes in between is taken once."""
    async with opened_edge() as edge:
        before = set(edge.server.sockets.open)
        await edge.server.sockets.disconnect(reason)
        for number in range(20):
            edge.say("ana", f"message {number:02}")
            await asyncio.sleep(0.005)
            assert edge.connection.ready.is_set()
        await edge.until(lambda: len(edge.desk.accepted) == 20, "twenty messages")
        await edge.until(lambda: not before & set(edge.server.sockets.open), "other connections")

        assert len(edge.server.sockets.open) == 2
        assert edge.texts() == [f"message {number:02}" for number in range(20)]


async def test_a_half_open_connection_is_noticed_by_its_missing_pongs() -> None:
    """It looks open, says nothing and takes nothing: closed and dialled anew. What went into it is delivered again."""
    async with opened_edge(ping_seconds=0.1, ack_seconds=0.3) as edge:
        silent = edge.server.sockets.open[0]
        edge.server.sockets.deaf.add(silent)
        for number in range(6):
            edge.say("ana", f"message {number}")
        await edge.until(lambda: len(edge.desk.accepted) == 6, "six messages")
        await edge.until(lambda: silent not in edge.server.sockets.open and len(edge.server.sockets.open) == 2, "a new one")

        assert edge.texts() == [f"message {number}" for number in range(6)]


async def test_a_quiet_workspace_is_not_taken_for_a_lost_connection() -> None:
    """The watchdog looks at pongs, not at events: many intervals without any event, and nothing is dialled anew."""
    async with opened_edge(ping_seconds=0.05) as edge:
        await asyncio.sleep(0.05 * 4 * 4)
        assert edge.server.sockets.dialled == 2


async def test_when_nothing_pongs_it_is_not_ready_in_between_and_comes_back() -> None:
    """Slack's whole front is half open for a while."""
    async with opened_edge(ping_seconds=0.05) as edge:
        edge.server.sockets.pongs = False
        await edge.until(lambda: edge.server.sockets.dialled >= 4, "dialling")
        edge.server.sockets.pongs = True
        edge.say("ana", "still there?")
        await edge.until(lambda: edge.desk.accepted, "the message")
        assert edge.texts() == ["still there?"]


async def test_a_storm_of_redeliveries_is_one_message_each() -> None:
    """Every event many times over, in any order, on all connections: each is taken once, and each delivery is acked."""
    async with opened_edge(connections=3) as edge:
        who = edge.workspace.member("ana")
        assert who is not None
        events = [
            edge.workspace.emit(
                {"type": "message", "channel": "D1ANA", "channel_type": "im", "user": "U1ANA", "ts": f"{n}.0", "text": f"m{n}"}
            )
            for n in range(10)
        ]
        await asyncio.gather(*(edge.server.delivery.again(event) for _ in range(10) for event in events))
        await edge.until(lambda: len(edge.desk.accepted) == 10 and edge.desk.offered == 110, "all deliveries")

        assert edge.texts() == [f"m{n}" for n in range(10)]
        assert edge.server.delivery.unacknowledged == 0


async def test_while_the_database_is_away_nothing_is_acked_and_nothing_is_lost() -> None:
    """Slack delivers again until it is taken."""
    async with opened_edge(ack_seconds=0.2) as edge:
        edge.desk.away = True
        edge.say("ana", "hello")
        await edge.until(lambda: edge.desk.offered >= 3, "further deliveries")
        assert edge.desk.accepted == []
        edge.desk.away = False
        await edge.until(lambda: edge.desk.accepted, "the message")
        assert edge.texts() == ["hello"]


async def test_socket_mode_that_is_switched_off_is_said_loudly_and_not_dialled_in_a_hurry() -> None:
    """`link_disabled`: the operator has to act, and Slack is left alone meanwhile."""
    with capture_logs() as logs:
        async with opened_edge(connections=1) as edge:
            await edge.server.sockets.disconnect("link_disabled")
            await edge.until(lambda: not edge.connection.ready.is_set(), "not ready")
            await asyncio.sleep(0.2)
            assert edge.server.sockets.dialled == 1
    assert any(one["log_level"] == "error" and "Socket Mode is switched off" in one["event"] for one in logs)


async def test_more_connections_than_slack_allows_are_refused_and_the_others_work() -> None:
    """`too_many_websockets`: that one gives way first, and the bot stays ready."""
    async with opened_edge(connections=10) as edge:
        assert edge.connection.lines is not None
        other = SlackConnection(
            bot_token="xoxb-playground",
            app_token="xapp-playground",
            api_url=f"{edge.server.url}/api/",
            desk=edge.desk,
            connections=1,
        )
        await other.start()
        await edge.until(lambda: not other.ready.is_set(), "the eleventh to give way")
        await other.stop()
        edge.say("ana", "hello")
        await edge.until(lambda: edge.desk.accepted, "the message")
        assert edge.connection.lines.standing == 10


@pytest.mark.parametrize("kind", ["tokens_revoked", "app_uninstalled"])
async def test_an_installation_that_slack_has_ended_is_not_ready_any_more(kind: str) -> None:
    """Said loudly; a reconnection does not make it ready again. Somebody else's revoked token changes nothing."""
    with capture_logs() as logs:
        async with opened_edge() as edge:
            edge.workspace.emit({"type": "tokens_revoked", "tokens": {"oauth": ["U1ANA"], "bot": ["UELSE"]}})
            await edge.until(lambda: not edge.workspace.events, "the event")
            await asyncio.sleep(0.1)
            assert edge.connection.ready.is_set()

            edge.workspace.emit({"type": kind, "tokens": {"oauth": [], "bot": [edge.connection.bot_id]}})
            await edge.until(lambda: not edge.connection.ready.is_set(), "not ready")
            edge.server.sockets.drop(edge.server.sockets.open[0])
            await edge.until(lambda: edge.server.sockets.dialled == 3, "another connection")
            assert not edge.connection.ready.is_set()
            assert edge.connection.refused
    assert any(one["log_level"] == "error" and "ended this installation" in one["event"] for one in logs)


@pytest.mark.parametrize(
    ("bot_token", "app_token", "path", "error", "said"),
    [
        pytest.param("xoxb-wrong", "xapp-playground", "/api/", SettingsError, "SLACK_BOT_TOKEN.*invalid_auth", id="a bot token"),
        pytest.param("xoxb-playground", "xapp-wrong", "/api/", SettingsError, "SLACK_APP_TOKEN.*invalid_auth", id="an app token"),
        pytest.param("xoxb-playground", "xapp-playground", "/nowhere/", CommandError, "cannot be reached", id="an address"),
    ],
)
async def test_what_slack_refuses_at_the_start_is_named(
    bot_token: str, app_token: str, path: str, error: type[Exception], said: str
) -> None:
    """The setting, and never its value."""
    server = await serve(Workspace(()))
    connection = SlackConnection(bot_token=bot_token, app_token=app_token, api_url=server.url + path, desk=FakeDesk())
    try:
        with pytest.raises(error, match=said) as raised:
            await connection.start()
        assert "wrong" not in str(raised.value)
    finally:
        await connection.stop()
        await server.stop()
