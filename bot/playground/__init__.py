"""A small Slack workspace on loopback with a page to look at: the same protocol, and no account needed.

It holds the bot to Slack's limits and error codes, so that what works here works there. Knows nothing of the bot's core.
"""

from bot.playground.server import Server, serve
from bot.playground.workspace import Member, Workspace

__all__ = ["Member", "Server", "Workspace", "serve"]
