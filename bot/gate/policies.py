"""The policy in force. A broken file never replaces a good one."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog

from bot.errors import PolicyError
from bot.gate.load import files, load, main_of
from bot.gate.model import PolicySet
from tools.contract import Tool

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
Stamp = tuple[int, int, int]
"""Of a file: where it lies, when it was written and how large it is; zeros for what is not there."""


class Policies:
    """Holds the current policy set. Raises PolicyError when there is none to begin with."""

    def __init__(self, path: Path, tools: Mapping[str, Tool[Any]]) -> None:
        self._path = path
        self._tools = tools
        self._look()
        self.current: PolicySet = load(path, tools)
        self.problem = ""

    def reload(self) -> str:
        """Read the file again; what is wrong with it, or empty. The old policy stays in force when it is broken."""
        self._look()
        try:
            fresh = load(self._path, self._tools)
        except PolicyError as error:
            self.problem = str(error)
            log.error(  # noqa: TRY400 - the message is the operator's, a traceback is noise
                "the changed policy is broken; the old one stays in force", version=self.current.version, problem=str(error)
            )
            return self.problem
        self.problem = ""
        if fresh.version != self.current.version:
            log.info("policy reloaded", version=fresh.version, before=self.current.version)
            self.current = fresh
        return ""

    async def watch(self) -> None:
        """Reload when a file changes, in a thread, since reading a large policy takes seconds; until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if self._stamp() != self._seen:
                await asyncio.to_thread(self.reload)

    def _look(self) -> None:
        """Which files there are and how they stand now, before any is read: what changes after that is seen by the next look."""
        main = _stamp(main_of(self._path))
        self._files = files(self._path)
        self._seen = (main, *map(_stamp, self._files[1:]))

    def _stamp(self) -> tuple[Stamp, ...]:
        return tuple(map(_stamp, self._files))


def _stamp(file: Path) -> Stamp:
    try:
        found = file.stat()
    except (OSError, ValueError):
        return (0, 0, 0)
    return (found.st_ino, found.st_mtime_ns, found.st_size)
