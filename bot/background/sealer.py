"""Seals what is new in the audit, at most once a second, and keeps the head elsewhere: in the log, in a file, in a channel."""

import asyncio
import json
import os
from pathlib import Path

import structlog

from bot.audit.chain import Seal
from bot.audit.record import moment
from bot.domain import Post, PostKind
from bot.errors import StoreAway
from bot.ports import Seals, WorkFactory

log = structlog.get_logger(__name__)

EVERY_SECONDS = 1.0


class Sealer:
    """Several processes may seal; of two that try at once one does. `file` and `channel` may be empty."""

    def __init__(self, seals: Seals, work: WorkFactory, *, file: Path | None = None, channel: str = "") -> None:
        self._seals = seals
        self._work = work
        self._file = file
        self._channel = channel
        self._hour = ""  # of the head that the channel was told

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.seal()
            except StoreAway as error:
                log.warning("the database is away; the audit is sealed later", error=str(error))
            except Exception:
                log.exception("sealing failed")
            await asyncio.sleep(EVERY_SECONDS)

    async def seal(self) -> Seal | None:
        """One seal, if there is anything new."""
        seal = await self._seals.seal()
        if seal is None:
            return None
        log.info("the audit is sealed", seal=seal.number, rows=len(seal.rows), digest=seal.digest)
        if self._file is not None:
            try:
                await asyncio.to_thread(append, self._file, seal)
            except OSError as error:
                log.error("the head of the audit could not be kept in its file", file=str(self._file), error=str(error))  # noqa: TRY400
        if self._channel:
            await self._tell(seal)
        return seal

    async def _tell(self, seal: Seal) -> None:
        hour = moment(seal.at)[:13]
        if hour == self._hour:
            return
        text = f"Head of the audit at {moment(seal.at)[:19]} UTC: `{seal.number}:{seal.digest}`"
        async with self._work() as work:
            await work.put(Post(f"audit:{seal.number}", PostKind.NOTE, {"text": text}, channel=self._channel))
        self._hour = hour


def append(file: Path, seal: Seal) -> None:
    """A line of JSON with `seal`, `digest` and `at`, on the disk when this returns. Raises OSError."""
    line = json.dumps({"seal": seal.number, "digest": seal.digest, "at": moment(seal.at)}) + "\n"
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
