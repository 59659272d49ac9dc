"""The bot's own small HTTP server, where no playground brings one: what Slack posts, and what says how the bot is."""

from collections.abc import Sequence

from aiohttp import web

from bot.errors import CommandError

LARGEST = 4 * 1024 * 1024
"""Bytes of a request; Slack's own payloads are far smaller."""


async def serve(routes: Sequence[web.AbstractRouteDef], *, host: str, port: int) -> web.AppRunner:
    """Serve these routes; `cleanup()` of what is returned ends it. Raises CommandError when the port is in use."""
    application = web.Application(client_max_size=LARGEST)
    application.add_routes(routes)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=3)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError:
        await runner.cleanup()
        raise CommandError(f"port {port} is in use; end what uses it, or choose another with BOT_PORT") from None
    return runner
