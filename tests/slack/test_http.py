"""The way in over HTTP: signed, fresh and small enough, or it goes no further."""

import asyncio
import io
import json
import time
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from slack_sdk.signature import SignatureVerifier
from structlog.testing import capture_logs

from bot import web
from bot.errors import CommandError
from bot.slack import dialogs
from bot.slack.http import LARGEST, Door
from bot.slack.listeners import ABOUT_SHORTCUT
from tests.programs import free_port
from tests.slack.conftest import Edge

SECRET = "s3cret-of-the-app"
MESSAGE = {
    "type": "event_callback",
    "team_id": "T0PLAYGROUND",
    "event_id": "Ev1",
    "event": {"type": "message", "channel": "D1ANA", "channel_type": "im", "user": "U1ANA", "ts": "1.5", "text": "héllo"},
}


async def sent(
    edge: Edge, body: str | bytes, *, secret: str = SECRET, skew: int = 0, media: str = "application/json", **headers: str | None
) -> tuple[int, str]:
    """(status, text) of a request that is signed like Slack's, unless something is changed."""
    raw = body if isinstance(body, bytes) else body.encode()
    stamp = str(int(time.time()) + skew)
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=raw.decode(errors="replace")) or ""
    all_headers = {"Content-Type": media, "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}
    all_headers |= {name.replace("_", "-"): value for name, value in headers.items()}  # type: ignore[misc]
    kept = {name: value for name, value in all_headers.items() if value is not None}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{edge.server.url}/slack/events", data=io.BytesIO(raw), headers=kept) as answer,
    ):
        return answer.status, await answer.text()


async def test_a_signed_event_is_taken_and_acked(posted: Edge) -> None:
    assert await sent(posted, json.dumps(MESSAGE)) == (200, "")
    assert posted.texts() == ["héllo"]


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"secret": "another"}, id="another secret"),
        pytest.param({"skew": -301}, id="five minutes ago"),
        pytest.param({"skew": 301}, id="in five minutes"),
        pytest.param({"X_Slack_Signature": None}, id="no signature"),
        pytest.param({"X_Slack_Request_Timestamp": None}, id="no time"),
        pytest.param({"X_Slack_Request_Timestamp": "soon"}, id="a time that is none"),
        pytest.param({"X_Slack_Request_Timestamp": "-1"}, id="a negative time"),
        pytest.param({"X_Slack_Signature": "v0=ÿ"}, id="a signature beyond ASCII"),
        pytest.param({"X_Slack_Signature": "v0="}, id="an empty signature"),
        pytest.param({"X_Slack_Signature": "v1=00"}, id="another version"),
    ],
)
async def test_what_slack_did_not_sign_just_now_goes_no_further(posted: Edge, changed: dict[str, Any]) -> None:
    """401, nothing is offered to the desk, and neither words nor secrets are logged."""
    with capture_logs() as logs:
        status, text = await sent(posted, json.dumps(MESSAGE), **changed)

    assert (status, posted.desk.offered) == (401, 0)
    assert SECRET not in text + str(logs)
    assert "llo" not in str(logs)


async def test_a_body_that_was_changed_on_the_way_is_refused(posted: Edge) -> None:
    """The signature is over the very bytes."""
    stamp = str(int(time.time()))
    signature = SignatureVerifier(SECRET).generate_signature(timestamp=stamp, body=json.dumps(MESSAGE)) or ""
    changed = json.dumps(MESSAGE).replace("U1ANA", "U2BEN")
    status, _ = await sent(posted, changed, X_Slack_Request_Timestamp=stamp, X_Slack_Signature=signature)
    assert (status, posted.desk.offered) == (401, 0)


async def test_bytes_that_are_no_text_are_refused(posted: Edge) -> None:
    assert (await sent(posted, b"\xff\xfe"))[0] == 401


@pytest.mark.parametrize("size", [LARGEST + 1, 3 * LARGEST])
async def test_a_body_that_is_too_large_is_refused_unread(posted: Edge, size: int) -> None:
    """With its length said before, and in chunks without one."""
    assert (await sent(posted, "x" * size))[0] == 413

    async def chunks() -> Any:
        for _ in range(size // 1024):
            yield b"x" * 1024
        yield b"x" * 2048

    async with aiohttp.ClientSession() as session, session.post(f"{posted.server.url}/slack/events", data=chunks()) as answer:
        assert answer.status == 413
    assert posted.desk.offered == 0


@pytest.mark.parametrize(
    ("length", "chunked"), [(100, False), (0, True)], ids=["a length that is not kept", "a chunk that does not come"]
)
async def test_a_body_that_does_not_come_to_its_end_is_given_up(length: int, chunked: bool) -> None:
    """Before its signature could be looked at, nobody may hold a connection for as long as they like: 408, and it is closed."""
    door, port = Door(SECRET, read_seconds=0.2), free_port()
    runner = await web.serve(door.routes(), host="127.0.0.1", port=port)
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        body = "5\r\nhello\r\n" if chunked else "half"
        said = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {length}"
        writer.write(f"POST /slack/events HTTP/1.1\r\nHost: here\r\n{said}\r\n\r\n{body}".encode())
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)

        assert b" 408 " in answer
        assert b"connection: close" in answer.lower()
        writer.close()
    finally:
        await runner.cleanup()


async def test_the_address_is_verified_with_slacks_challenge(posted: Edge) -> None:
    """Signed it is answered, unsigned it is not."""
    challenge = json.dumps({"type": "url_verification", "challenge": "3eZbrw1aB", "token": "x"})
    status, text = await sent(posted, challenge)
    assert (status, json.loads(text)) == (200, {"challenge": "3eZbrw1aB"})
    assert (await sent(posted, challenge, secret="another"))[0] == 401


async def test_a_retry_is_acked_and_taken_once(posted: Edge) -> None:
    """Slack's own retries, and the second event of a mention."""
    for number in range(4):
        status, _ = await sent(posted, json.dumps(MESSAGE), X_Slack_Retry_Num=str(number), X_Slack_Retry_Reason="http_timeout")
        assert status == 200
    assert (posted.desk.offered, len(posted.desk.accepted)) == (4, 1)


async def test_there_is_no_ack_while_the_database_is_away(posted: Edge) -> None:
    """500, so that Slack delivers again; then it is taken."""
    posted.desk.away = True
    assert (await sent(posted, json.dumps(MESSAGE)))[0] == 500
    posted.desk.away = False
    assert (await sent(posted, json.dumps(MESSAGE)))[0] == 200
    assert len(posted.desk.accepted) == 1


async def test_there_is_no_ack_while_the_bot_cannot_take_anything(posted: Edge) -> None:
    """503 before it is ready and once it ends, for signed requests; the others still get their 401."""
    await posted.connection.stop()
    assert (await sent(posted, json.dumps(MESSAGE)))[0] == 503
    assert (await sent(posted, json.dumps(MESSAGE), secret="another"))[0] == 401
    assert not posted.connection.ready.is_set()


@pytest.mark.parametrize(
    ("payload", "listener"),
    [
        pytest.param({"type": "block_actions", "actions": [{"action_id": "link", "block_id": "b"}]}, "a click", id="a click"),
        pytest.param({"type": "view_submission", "view": {"callback_id": "unknown", "type": "modal"}}, "a form", id="a form"),
        pytest.param({"type": "shortcut", "callback_id": "unknown"}, "a shortcut", id="a shortcut"),
    ],
)
async def test_interactions_come_as_forms_with_a_payload(posted: Edge, payload: dict[str, Any], listener: str) -> None:
    """https://docs.slack.dev/interactivity/handling-user-interaction/: url-encoded, on the same address."""
    whole = {"team": {"id": "T0PLAYGROUND"}, "user": {"id": "U1ANA"}, "api_app_id": "A1", **payload}
    status, _ = await sent(posted, urlencode({"payload": json.dumps(whole)}), media="application/x-www-form-urlencoded")
    assert status == 200, listener


async def test_a_command_comes_as_a_form_of_fields(posted: Edge) -> None:
    """And its answer goes back with the ack."""
    fields = {"command": "/deskhand", "text": "help", "team_id": "T0PLAYGROUND", "user_id": "U1ANA", "channel_id": "C1"}
    status, text = await sent(posted, urlencode(fields), media="application/x-www-form-urlencoded")
    assert status == 200
    assert "/deskhand status" in text


COMMAND = {"command": "/deskhand", "text": "I'm locked out", "team_id": "T0PLAYGROUND", "user_id": "U1ANA", "channel_id": "C1"}
BY = {"team": {"id": "T0PLAYGROUND"}, "user": {"id": "U1ANA"}, "api_app_id": "A1"}
ABOUT = {
    "type": "message_action",
    "callback_id": ABOUT_SHORTCUT,
    "message": {"user": "U1ANA", "text": "I'm locked out", "ts": "1.5"},
}
FORM = {
    "type": "view_submission",
    "trigger_id": "of.the.form",
    "view": {
        "id": "V1",
        "type": "modal",
        "callback_id": dialogs.ASK,
        "private_metadata": "{}",
        "state": {"values": {"words": {"words": {"value": "I'm locked out"}}}},
    },
}


@pytest.mark.parametrize(
    ("fields", "another"),
    [
        pytest.param(COMMAND | {"trigger_id": "1.a"}, COMMAND | {"trigger_id": "2.b"}, id="a command"),
        pytest.param(
            {"payload": json.dumps(BY | ABOUT | {"trigger_id": "1.a"})},
            {"payload": json.dumps(BY | ABOUT | {"trigger_id": "2.b"})},
            id="a shortcut",
        ),
        pytest.param(
            {"payload": json.dumps(BY | FORM)},
            {"payload": json.dumps(BY | FORM | {"view": {**FORM["view"], "id": "V2"}})},  # type: ignore[dict-item]
            id="a form",
        ),
    ],
)
async def test_a_signed_request_that_comes_again_is_taken_once(
    posted: Edge, fields: dict[str, str], another: dict[str, str]
) -> None:
    """Replayed within its five minutes it opens nothing more and leaves no message behind; the same words asked anew are taken."""
    for _ in range(3):
        status, _text = await sent(posted, urlencode(fields), media="application/x-www-form-urlencoded")
        assert status == 200
    await posted.until(lambda: posted.desk.offered == 3, "the repetitions")
    ana = posted.workspace.direct("U1ANA")

    def standing() -> list[str]:
        return [one["ts"] for one in ana.messages if "You asked me" in one["text"]]

    assert posted.texts() == ["I'm locked out"]
    await posted.until(lambda: standing() == [posted.desk.accepted[0].ts], "nothing else of ours")
    assert (await sent(posted, urlencode(another), media="application/x-www-form-urlencoded"))[0] == 200
    await posted.until(lambda: len(posted.desk.accepted) == 2, "what was asked anew")


async def test_garbage_that_is_signed_is_answered_and_harms_nothing(posted: Edge) -> None:
    for body in ("", "{", "[]", "null", '"x"', "payload=%7B"):
        for media in ("application/json", "application/x-www-form-urlencoded"):
            status, _ = await sent(posted, body, media=media)
            assert status in (200, 400, 404, 500), (body, media)
    assert await sent(posted, json.dumps(MESSAGE)) == (200, "")


async def test_it_is_served_where_there_is_no_playground(posted: Edge) -> None:
    """`bot.web` serves the same routes; a port in use is named."""
    door = Door(SECRET)
    port = free_port()
    runner = await web.serve(door.routes(), host="127.0.0.1", port=port)
    try:
        async with aiohttp.ClientSession() as session:
            async with session.post(f"http://127.0.0.1:{port}/slack/events", data="x") as answer:
                assert answer.status == 401
            async with session.get(f"http://127.0.0.1:{port}/slack/events") as answer:
                assert answer.status == 405
        with pytest.raises(CommandError, match=f"port {port} is in use"):
            await web.serve(door.routes(), host="127.0.0.1", port=port)
        with pytest.raises(CommandError, match=f"port {port} is in use"):
            web.free("127.0.0.1", port)
    finally:
        await runner.cleanup()
    web.free("127.0.0.1", port)
    web.free("no such host", port)  # the server says what is wrong with it


async def test_a_playground_waits_for_a_bot_that_is_not_there_yet(posted: Edge) -> None:
    """Events are delivered once the door is open, in full."""
    posted.connection._door.shut()  # type: ignore[union-attr]
    posted.say("ana", "early")
    await asyncio.sleep(0.3)
    assert posted.desk.accepted == []
    posted.connection._door.open(posted.connection.app)  # type: ignore[union-attr]
    await posted.until(lambda: posted.desk.accepted, "the message")
    assert posted.texts() == ["early"]
