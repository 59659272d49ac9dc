"""Tables on the command line: people read times by this machine's clock, with its zone."""

import time
from collections.abc import Callable, Iterator

import pytest

from bot.cli import commands
from bot.cli.policycommands import freezing


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


CASES = [
    {
        "id": "C-1",
        "requester": "ana",
        "title": "x",
        "state": "waiting",
        "outcome": None,
        "updated": "2026-11-27T20:18:49.501502+00:00",
    }
]
FREEZES = [
    {
        "id": "F-1",
        "tool": "reset_mfa",
        "system": "",
        "because": "x",
        "by": "me",
        "at": "2026-11-27T20:18:00Z",
        "lifted_at": None,
        "lifted_by": None,
    }
]
CASE = {
    "id": "C-1",
    "requester": "ana",
    "conversation": "c",
    "state": "waiting",
    "outcome": None,
    "ticket": "",
    "messages": [],
    "plans": [],
    "calls": [],
    "approvals": [
        {"id": "A-1", "kind": "approval", "call": "K-1", "state": "waiting", "votes": [], "expires": "2026-11-28T00:18:00+00:00"}
    ],
    "posts": [],
}


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        pytest.param(lambda: commands.cases_table(CASES), "Fri 27 Nov 2026 21:18 CET", id="cases"),
        pytest.param(lambda: freezing.listed(FREEZES), "Fri 27 Nov 2026 21:18 CET", id="freezes"),
        pytest.param(lambda: commands.case_table(CASE), "Sat 28 Nov 2026 01:18 CET", id="case"),
    ],
)
def test_times_have_a_day_and_a_zone(shown: Callable[[], None], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No raw time is left."""
    shown()
    said = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert expected in said
    assert "2026-11-" not in said
