"""``python -m bot policy …``: what the permission policy says, whether it is right, and what would change with another one."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.terminal import Json, carry_out, fail

policy = typer.Typer(help="Look at the permission policy, try it out, compare it.", no_args_is_help=True)

PolicyPath = Annotated[Path | None, typer.Argument(metavar="[PATH]", help="A file or folder; without one POLICY_FILE.")]


@policy.callback()
def group() -> None:
    """Look at the permission policy, try it out, compare it."""


@policy.command()
def replay(
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The file or folder with the other policy.")],
    since: Annotated[str, typer.Option(metavar="TIME", help="How far back: 12h, 30d, 8w.")] = "30d",
    as_json: Json = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="For a pull request.")] = False,
) -> None:
    """Every recorded call of that time decided again under another policy, with the facts as they were; what would change."""
    from bot import policycompare, policywords
    from bot.gate.owing import span

    back = span(since)
    if back is None:
        fail(f"--since must be a time such as 12h, 30d or 8w, not {since!r}", 2)
    if as_json and as_markdown:
        fail("--json and --markdown are two answers; ask for one", 2)
    found = carry_out(lambda: policycompare.replay(new, back))
    if as_json:
        sys.stdout.write(json.dumps(found.as_json(), indent=2, ensure_ascii=False) + "\n")
    elif as_markdown:
        sys.stdout.write(policywords.markdown(found))
    else:
        policywords.show_replay(found)
