"""The vectors of the shipped runbooks, made once for a run: whatever looks at a new data folder need not make them again."""

import fcntl
import os
import shutil
from pathlib import Path

from knowledge.embeddings import MiniLM
from knowledge.index import Index
from knowledge.parse import load
from tests.postgres import VECTORS
from tests.programs import ROOT


def kept() -> Path:
    """The folder they lie in; of several processes that need them one makes them and the others wait."""
    folder = Path(os.environ[VECTORS])
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            Index(MiniLM(), cache_dir=folder).build(load(ROOT / "knowledge" / "runbooks")[0])
    return folder


def put_into(data_folder: Path) -> None:
    """As if Deskhand had been started there before."""
    shutil.copytree(kept(), data_folder / "index")
