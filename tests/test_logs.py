"""What is logged: secrets never, for people on a terminal as for machines."""

import io
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot.logs import set_up

TOKEN = "xoxb-1234567890-abcdefghij"


class Screen(io.StringIO):
    """A terminal, or a file, that can be read."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


@pytest.fixture(params=[True, False], ids=["a terminal", "a file"])
def screen(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Screen]:
    screen, root = Screen(terminal=request.param), logging.getLogger()
    handlers, level = list(root.handlers), root.level
    monkeypatch.setattr("sys.stderr", screen)
    set_up()
    yield screen
    root.handlers[:] = handlers
    root.setLevel(level)


def broken() -> None:
    try:
        int(TOKEN)
    except ValueError as error:
        raise RuntimeError("cannot connect") from error


def test_no_secret_of_an_exception_is_drawn(screen: Screen) -> None:
    """Neither of its message, nor of one that it came from; what happened and where stays."""
    try:
        broken()
    except RuntimeError:
        structlog.get_logger("of a test").exception("it broke", with_what=TOKEN)

    drawn = screen.getvalue()
    assert TOKEN not in drawn
    assert "[secret]" in drawn
    assert all(word in drawn for word in ("it broke", "cannot connect", "ValueError", "in broken"))


def test_nor_of_what_libraries_log(screen: Screen) -> None:
    try:
        broken()
    except RuntimeError:
        logging.getLogger("a.library").exception("it broke with %s", TOKEN)

    drawn = screen.getvalue()
    assert TOKEN not in drawn
    assert all(word in drawn for word in ("it broke with [secret]", "cannot connect", "in broken"))
