"""The vectors of the shipped runbooks, made once for a run: whatever looks at a new data folder need not make them again."""

import os
import shutil
from pathlib import Path

from knowledge.embeddings import MiniLM
from knowledge.index import Index
from knowledge.parse import load
from tests.postgres import VECTORS
from tests.programs import ROOT


def put_into(data_folder: Path) -> None:
    """As if Deskhand had been started there before."""
    kept = Path(os.environ[VECTORS])
    if not kept.is_dir():
        Index(MiniLM(), cache_dir=kept).build(load(ROOT / "knowledge" / "runbooks")[0])
    shutil.copytree(kept, data_folder / "index")
