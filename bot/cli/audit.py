"""``python -m bot audit …``: whether what it says is what it said, and all of it for others."""

from typing import Annotated

import typer

from bot.cli.terminal import Json, carry_out, show, spanned

audit = typer.Typer(help="Look at the audit: verify its chain, export it.", no_args_is_help=True)


@audit.callback()
def group() -> None:
    """Look at the audit: verify its chain, export it."""


@audit.command()
def verify(
    head: Annotated[
        list[str] | None,
        typer.Option(metavar="HEAD", help="NUMBER:DIGEST, or a file of heads; can be repeated. AUDIT_HEAD_FILE is taken as well."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Whether the audit is whole and unchanged: every row, every seal, and its end. Exit code 1 when it is not."""
    from bot import logs
    from bot.cli import auditcommands

    logs.set_up("CRITICAL")
    found = show(auditcommands.verify(head or ()), as_json, auditcommands.verified)
    if not found["ok"]:
        raise typer.Exit(1)


@audit.command()
def export(
    since: Annotated[str, typer.Option(metavar="TIME", help="Only rows of the last 12h, 30d, 8w; without it all.")] = "",
    ocsf: Annotated[bool, typer.Option("--ocsf", help="As events of the Open Cybersecurity Schema Framework.")] = False,
) -> None:
    """All rows as lines of JSON on stdout, each with its seal. That it was exported, and by whom, is recorded."""
    from bot import logs
    from bot.cli import auditcommands

    logs.set_up("CRITICAL")
    back = spanned(since) if since else None
    carry_out(lambda: auditcommands.write(back, ocsf=ocsf))
