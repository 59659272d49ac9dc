"""The bot's own small HTTP server, where no playground brings one: what Slack posts, and what says how the bot is."""

import contextlib
import errno
import socket
from collections.abc import Sequence

from aiohttp import web

from bot.listening import not_opened

LARGEST = 4 * 1024 * 1024
"""Bytes of a request; Slack's own payloads are far smaller."""


def free(host: str, port: int) -> None:
    """Raises CommandError when the port is in use now. What else may be wrong with the two is the server's to say."""
    with contextlib.suppress(OSError):
        for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            with socket.socket(family, kind, protocol) as one:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    one.bind(address)
                except OSError as error:
                    if error.errno == errno.EADDRINUSE:
                        raise not_opened(host, port, error) from None


async def serve(routes: Sequence[web.AbstractRouteDef], *, host: str, port: int) -> web.AppRunner:
    """Serve these routes; `cleanup()` of what is returned ends it. Raises CommandError when nothing can listen there."""
    application = web.Application(client_max_size=LARGEST)
    application.add_routes(routes)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=3)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        raise not_opened(host, port, error) from None
    return runner
