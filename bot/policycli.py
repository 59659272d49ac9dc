"""``python -m bot policy …``: what the permission policy says, whether it is right, and what would change with another one."""

import json
import sys
from datetime import timedelta
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

    back = _time(since)
    if as_json and as_markdown:
        fail("--json and --markdown are two answers; ask for one", 2)
    found = carry_out(lambda: policycompare.replay(new, back))
    if as_json:
        sys.stdout.write(json.dumps(found.as_json(), indent=2, ensure_ascii=False) + "\n")
    elif as_markdown:
        sys.stdout.write(policywords.markdown(found))
    else:
        policywords.show_replay(found)


@policy.command()
def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A file or folder.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="Another.")],
    since: Annotated[str, typer.Option(metavar="TIME", help="How far back recorded calls are asked again: 12h, 30d, 8w.")] = "30d",
    questions: Annotated[int, typer.Option(min=1, max=1_000_000, help="At most so many generated ones about each tool.")] = 2_000,
    seed: Annotated[int, typer.Option(help="Another one chooses other questions where there are more.")] = 0,
    as_json: Json = False,
) -> None:
    """In what two policies differ, over generated and recorded calls, each with one example. Exit code 1 when they do."""
    from bot import policycompare, policywords

    back = _time(since)
    found = carry_out(lambda: policycompare.diff(old, new, back, questions, seed))
    if as_json:
        sys.stdout.write(json.dumps(policywords.diff_json(found), indent=2, ensure_ascii=False, default=str) + "\n")
    else:
        policywords.show_diff(found)
    if found.differ:
        raise typer.Exit(1)


def _time(text: str) -> timedelta:
    from bot.gate.owing import span

    found = span(text)
    if found is None:
        fail(f"--since must be a time such as 12h, 30d or 8w, not {text!r}", 2)
    return found
