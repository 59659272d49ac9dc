"""The public development data, where it lies beside the repository."""

import os
from pathlib import Path


def shared() -> Path | None:
    """Its folder; None where it is not there. `DESKHAND_SHARED` names another place."""
    named = os.environ.get("DESKHAND_SHARED")
    folder = (Path(named) if named else Path(__file__).parents[2] / "shared") / "data"
    return folder if folder.is_dir() else None
