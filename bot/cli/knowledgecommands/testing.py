"""`knowledge test`: each runbook's examples, played on the embedded company by the whole bot."""

import importlib
from typing import Annotated, Any

import typer

from bot.cli.terminal import Json, attempted, fail, put_json


def command(
    runbooks: Annotated[list[str] | None, typer.Argument(metavar="[ID]…", help="Only these; without any, all.")] = None,
    first: Annotated[bool, typer.Option("--first", help="Only the first phrasing of each example.")] = False,
    as_json: Json = False,
) -> None:
    """Plays every phrasing of every example: the end state, the steps that were taken, the approvals that were owed."""
    try:
        plays = importlib.import_module("tests.runbookplays")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "tests":
            raise
        text = "examples are played by the repository's own tests: run `python -m bot knowledge test` at the root of a checkout"
        fail(text, 1)
    found: list[dict[str, Any]] = attempted(
        lambda: plays.played_all(tuple(runbooks or ()), first=first, told=None if as_json else _told)
    )
    if as_json:
        put_json(found)
    else:
        wrong = sum(not one["ok"] for one in found)
        typer.echo(f"{len(found)} phrasings, {f'{wrong} not as they should' if wrong else 'all as they should'}")
    if any(not one["ok"] for one in found):
        raise typer.Exit(1)


def _told(one: dict[str, Any]) -> None:
    mark = "ok  " if one["ok"] else "FAIL"
    asked = [f"{step} by {', '.join(policies)}" for step, policies in one["approvals"].items()]
    approvals = f"; asked for {'; '.join(asked)}" if asked else ""
    typer.echo(f"{mark} {one['runbook']}: “{one['says']}” → {', '.join(one['steps']) or 'an answer'}{approvals}")
    if not one["ok"]:
        typer.echo(f"     {one['why']}")
