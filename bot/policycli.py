"""``python -m bot policy …``: what the permission policy says, whether it is right, and what would change with another one."""

from pathlib import Path
from typing import Annotated

import typer

policy = typer.Typer(help="Look at the permission policy, try it out, compare it.", no_args_is_help=True)

PolicyPath = Annotated[Path | None, typer.Argument(metavar="[PATH]", help="A file or folder; without one POLICY_FILE.")]


@policy.callback()
def group() -> None:
    """Look at the permission policy, try it out, compare it."""
