"""What is said where the port that people set cannot be opened."""

import errno
import re

import pytest

from bot import playground, web
from bot.errors import CommandError
from bot.listening import not_opened
from bot.playground.workspace import Workspace
from tests.programs import free_port


@pytest.mark.parametrize("server", ["the bot's own", "the playground's"])
@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
async def test_an_address_that_is_none_of_this_machine_is_no_port_in_use(server: str, host: str) -> None:
    """Neither one that others have, nor a name without any."""
    port = free_port()
    with pytest.raises(CommandError, match=f"port {port} cannot be opened on {host}, .* BOT_HOST"):
        if server == "the bot's own":
            await web.serve((), host=host, port=port)
        else:
            await playground.serve(Workspace([]), host=host, port=port)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        pytest.param(errno.EADDRINUSE, "port 80 is in use; .* BOT_PORT", id="in use"),
        pytest.param(errno.EACCES, "port 80 may not be opened by this user; .* BOT_PORT", id="too low for this user"),
        pytest.param(errno.ENOBUFS, "port 80 cannot be opened on h: no buffer space available; .* BOT_PORT", id="anything else"),
    ],
)
def test_why_a_port_is_not_opened(number: int, said: str) -> None:
    assert re.match(said, str(not_opened("h", 80, OSError(number, "x"))))
