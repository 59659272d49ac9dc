"""What kind of channel something is said in, by the event and by what Slack says of the channel."""

from typing import Any

import pytest

from bot.slack.events import Identity, from_event, place
from bot.slack.workspace import PLACE_SECONDS, SlackWorkspace, place_of
from tests.slack.fakes import refusal

ME = Identity("UBOT", "BBOT", "T1")
PUBLIC = {"id": "C1", "is_im": False, "is_private": False, "is_ext_shared": False}


@pytest.mark.parametrize(
    ("channel", "kind", "shared", "said"),
    [
        ("D1", "im", False, "direct"),
        ("C1", "channel", False, "public"),
        ("C1", "group", False, "private"),
        ("C1", "mpim", False, "private"),
        ("C1", "channel", True, "shared"),
        ("C1", "group", True, "shared"),
        ("C1", "", False, ""),
        ("C1", "", True, "shared"),
    ],
)
def test_what_an_event_says(channel: str, kind: str, said: str, *, shared: bool) -> None:
    body: dict[str, Any] = {"is_ext_shared_channel": shared}
    assert place(body, channel, kind) == said

    event = {"type": "message", "ts": "1.0", "user": "UANA", "text": "<@UBOT> hello", "channel": channel, "channel_type": kind}
    taken = from_event({**body, "team_id": "T1", "event": event}, ME)
    assert taken is not None
    assert taken.data["place"] == said


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        (PUBLIC, "public"),
        (PUBLIC | {"is_private": True}, "private"),
        (PUBLIC | {"is_private": True, "is_ext_shared": True}, "shared"),
        (PUBLIC | {"is_ext_shared": True}, "shared"),
        ({"id": "D1", "is_im": True}, "direct"),
        ({"id": "C1"}, ""),
        ({"id": "C1", "is_private": False}, ""),
    ],
)
def test_what_slack_says_of_a_channel(channel: dict[str, Any], said: str) -> None:
    """A field that is missing is unknown."""
    assert place_of(channel) == said


class Channels:
    """A Slack with one channel."""

    def __init__(self) -> None:
        self.channel: dict[str, Any] | None = dict(PUBLIC)
        self.asked = 0

    async def conversations_info(self, *, channel: str) -> dict[str, Any]:
        self.asked += 1
        if self.channel is None:
            raise refusal("missing_scope")
        return {"channel": self.channel}


async def test_slack_is_asked_once_a_while_and_never_about_direct_messages() -> None:
    """A channel that became shared counts as shared soon; what Slack does not say is unknown."""
    slack, now = Channels(), [0.0]
    workspace = SlackWorkspace(slack, ME, monotonic=lambda: now[0])  # type: ignore[arg-type]

    assert await workspace.place("D1") == "direct"
    assert slack.asked == 0
    assert [await workspace.place("C1") for _ in range(3)] == ["public"] * 3
    assert slack.asked == 1

    slack.channel = PUBLIC | {"is_ext_shared": True}
    now[0] += PLACE_SECONDS
    assert await workspace.place("C1") == "shared"
    slack.channel = None
    now[0] += PLACE_SECONDS
    assert await workspace.place("C1") == ""
