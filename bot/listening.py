"""What is said where a server of ours cannot listen."""

import errno
import os
import socket

from bot.errors import CommandError


def not_opened(host: str, port: int, error: OSError) -> CommandError:
    """Why nothing can listen there, and by which settings it is changed."""
    if error.errno == errno.EADDRINUSE:
        return CommandError(f"port {port} is in use; end what uses it, or choose another with BOT_PORT")
    if error.errno == errno.EACCES:
        return CommandError(f"port {port} may not be opened by this user; choose one from 1024 on with BOT_PORT")
    if isinstance(error, socket.gaierror) or error.errno in (None, errno.EADDRNOTAVAIL):  # none: where several were tried
        return CommandError(
            f"port {port} cannot be opened on {host}, which is no address of this machine; choose one with BOT_HOST"
        )
    why = os.strerror(error.errno).lower()
    return CommandError(f"port {port} cannot be opened on {host}: {why}; choose others with BOT_PORT and BOT_HOST")
