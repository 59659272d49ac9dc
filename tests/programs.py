"""Deskhand as people start it: a process of its own, asked from outside only."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.forked import Forked, ran

ROOT = Path(__file__).parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Program:
    """`python -m bot` on a data folder and a port of its own."""

    def __init__(self, folder: Path, *, forked: bool = False, **settings: str) -> None:
        """`forked`: from a process that has imported it all (`tests.forked`)."""
        self.port = free_port()
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "OPENAI_", "BOT_", "DATABASE"))}
        self.environment = kept | {"BOT_DATA_DIR": str(folder), "BOT_PORT": str(self.port), **settings}
        self.process: subprocess.Popen[bytes] | Forked | None = None
        self._forked = forked
        self.said = folder.parent / f"{folder.name}.log"

    def start(self, *, module: str = "", ready: bool = True) -> None:
        words = [module] if module else ["bot", "run"]
        self.said.write_bytes(b"")
        if self._forked:
            self.process = Forked(words, ROOT, self.environment, self.said, self.said)
        else:
            with self.said.open("wb") as log:
                whole = [sys.executable, "-m", *words]
                self.process = subprocess.Popen(whole, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        if ready:
            self.until(lambda: "Deskhand is ready" in self.said.read_text(), "the bot to be ready", 60)

    def end(self, number: int = signal.SIGTERM) -> int:
        """End it so; its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(30)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        return ran(["bot", *words], ROOT, self.environment)

    def asked(self, *words: str) -> Any:
        """What a command gives with ``--json``."""
        done = self.command(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def until(self, question: Callable[[], Any], what: str, seconds: float = 30) -> Any:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if answer := question():
                return answer
            if self.process is not None and self.process.poll() not in (None, 0, -9):
                break
            time.sleep(0.05)
        raise AssertionError(f"waited in vain for {what}; it said:\n{self.said.read_text()[-3000:]}")


@contextlib.contextmanager
def program(folder: Path, *, forked: bool = True, **settings: str) -> Iterator[Program]:
    """Ended with the block, however it ends."""
    made = Program(folder, forked=forked, **settings)
    try:
        yield made
    finally:
        if made.process is not None and made.process.poll() is None:
            made.process.terminate()
            try:
                made.process.wait(20)
            except subprocess.TimeoutExpired:
                made.process.kill()
                made.process.wait(10)


def postgres_on(folder: Path) -> list[int]:
    """Servers that run on this data folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                words = (entry / "cmdline").read_bytes().split(b"\0")
                if words[0].endswith(b"/postgres") and any(str(folder).encode() in word for word in words):
                    found.append(int(entry.name))
    return found
