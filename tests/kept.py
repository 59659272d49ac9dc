"""What is made once for a run and kept for all of its processes: vectors of the shipped runbooks, and a data folder after a first start."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from knowledge.embeddings import MiniLM
from knowledge.index import Index
from knowledge.parse import load
from tests.postgres import KEPT
from tests.programs import ROOT, program


def vectors() -> Path:
    """The folder they lie in: whatever looks at a new data folder need not make them again."""
    return _once("vectors", lambda folder: Index(MiniLM(), cache_dir=folder).build(load(ROOT / "knowledge" / "runbooks")[0]))


def put_into(data_folder: Path) -> None:
    """The vectors, as if Deskhand had been started there before."""
    shutil.copytree(vectors(), data_folder / "index")


def first_start() -> Path:
    """A data folder after a first start, whose server trades safety against a power cut for speed. For copies only."""
    return _once("first-start", _started) / "data"


def _once(name: str, make: Callable[[Path], None]) -> Path:
    """Of several processes that need it one makes it, and the others wait. What could not be made is not there."""
    folder = Path(os.environ[KEPT]) / name
    folder.parent.mkdir(exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            try:
                make(folder)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
    return folder


def _started(folder: Path) -> None:
    data = folder / "data"
    data.mkdir(mode=0o755, parents=True)
    put_into(data)
    with program(data, forked=False) as bot:
        bot.start()
        bot.end()
    with (data / "postgres" / "data" / "postgresql.conf").open("a") as file:
        file.writelines(f"{name} = off\n" for name in ("fsync", "synchronous_commit", "full_page_writes"))
    if (data / "postgres" / "bin").exists():  # as root alone
        (data / "postgres" / "bin").rename(folder / "bin")
