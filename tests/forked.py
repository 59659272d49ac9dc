"""`python -m …` without what it costs to import: a process that has imported it all forks another for each start.

What a start reads (settings, files, arguments) it reads as any other; tests that are about the start itself start a Python of their own.
"""

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

HELD = (
    "bot.app",
    "bot.cli.audit",
    "bot.cli.commands",
    "bot.cli.forgetting",
    "bot.cli.knowledge",
    "bot.cli.policy",
    "bot.doctor",
    "bot.playground",
    "knowledge.index",
    "knowledge.embeddings",
)
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload([*HELD])


class Forked:
    """A process as `subprocess.Popen` has it."""

    def __init__(self, words: Sequence[str], folder: Path, environment: Mapping[str, str], out: Path, err: Path) -> None:
        """`python -m` these words, in this folder, with this environment alone; what it says is added to the files."""
        made = (tuple(words), str(folder), dict(environment), str(out), str(err))
        self._process: ForkServerProcess = _context.Process(target=_begin, args=made)
        self._process.start()
        self.pid = self._process.pid or 0

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        """Raises subprocess.TimeoutExpired."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def ran(words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Likewise, to its end. Raises subprocess.TimeoutExpired after a minute and a half."""
    with tempfile.TemporaryDirectory() as place:
        out, err = Path(place) / "out", Path(place) / "err"
        process = Forked(words, folder, environment, out, err)
        try:
            code = process.wait(90)
        finally:
            process.kill()
        return subprocess.CompletedProcess(words, code, *(one.read_text() if one.exists() else "" for one in (out, err)))


def _begin(words: tuple[str, ...], folder: str, environment: dict[str, str], out: str, err: str) -> None:
    for descriptor, path in ((1, out), (2, err)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(file, descriptor)
        os.close(file)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - the process has it until its end
    sys.stderr = open(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [*words]
    try:
        runpy.run_module(words[0], run_name="__main__", alter_sys=True)
    except KeyboardInterrupt:  # as a Python that ends by it
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
