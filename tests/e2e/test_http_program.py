"""`BOT_TRANSPORT=http` as people start it, without any account."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.programs import Program, program


@pytest.fixture
def bot(started_folder: Path) -> Iterator[Program]:
    with program(started_folder, BOT_TRANSPORT="http") as made:
        made.start()
        yield made


def asked(bot: Program, path: str, body: Any = None) -> Any:
    url = f"http://127.0.0.1:{bot.port}{path}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read())


def test_the_playground_posts_to_the_bot_and_no_socket_is_dialled(bot: Program) -> None:
    """A message and a command over HTTP, with a signing secret that nobody had to set."""
    asked(bot, "/playground/say", {"as": "ana", "dm": True, "text": "I'm locked out of my account"})
    bot.until(lambda: "Did that fix it?" in json.dumps(asked(bot, "/playground/state?as=ana")), "the answer")
    asked(bot, "/playground/command", {"as": "ana", "channel": "general", "command": "/deskhand", "text": "status"})
    shown = json.dumps(asked(bot, "/playground/state?as=ana"))
    assert "Your open requests" in shown
    assert "Your open requests" not in json.dumps(asked(bot, "/playground/state?as=ben"))
    assert {one["check"]: one["state"] for one in bot.asked("doctor")}["slack: requests"] == "skipped"

    with pytest.raises(urllib.error.HTTPError) as refused:
        asked(bot, "/slack/events", {"type": "event_callback"})
    assert refused.value.code == 401
    refused.value.close()
    assert bot.end() == 0
