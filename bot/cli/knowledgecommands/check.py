"""`knowledge check`: whether every runbook can be used, by the real tools and the policy, and what is hardly meant."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.terminal import Json, attempted, put_json

Folder = Annotated[Path | None, typer.Argument(metavar="[FOLDER]", help="A folder of runbooks; without one RUNBOOK_DIR.")]


def command(
    folder: Folder = None,
    policy: Annotated[Path | None, typer.Option(metavar="PATH", help="A file or folder; without it POLICY_FILE.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 1 when there is anything to say.")] = False,
    as_json: Json = False,
) -> None:
    """Every problem with its file and line, then what is allowed and hardly meant. Needs no database."""
    found = attempted(lambda: checked(folder, policy))
    if as_json:
        put_json(found)
    else:
        _say(found)
    if found["problems"] or (strict and found["remarks"]):
        raise typer.Exit(1)


def checked(folder: Path | None, policy: Path | None) -> dict[str, Any]:
    """{runbooks, problems: [{file, line, message}], remarks: [{file, line, message, kind}]}. Raises PolicyError, SettingsError."""
    from bot.cli.knowledgecommands.lint import against_policy, remarks
    from bot.gate.load import load as load_policy
    from bot.runbooks import binding
    from bot.settings import load as settings_of
    from bot.toolbox import schemas, tools
    from knowledge.parse import load

    settings = settings_of() if folder is None or policy is None else None
    where = folder or settings.runbook_dir if settings else folder
    policies = load_policy(policy or settings.policy_file if settings else policy, tools())  # type: ignore[arg-type]
    parsed, unreadable = load(where)  # type: ignore[arg-type]
    bound, misfits = binding.bind(parsed, schemas())
    problems = [one for error in unreadable for one in error.problems]
    problems += [*misfits, *against_policy(bound.values(), policies)]
    today = datetime.now(UTC).date()
    return {
        "runbooks": len(parsed) + len(unreadable),
        "problems": [{"file": Path(one.file).name, "line": one.line, "message": one.message} for one in problems],
        "remarks": [one.as_json() for one in remarks(bound.values(), policies, tools(), today)],
    }


def _say(found: dict[str, Any]) -> None:
    for one in (*found["problems"], *found["remarks"]):
        place = f"{one['file']}:{one['line']}" if one["line"] else one["file"]
        kind = f" [{one['kind']}]" if "kind" in one else ""
        typer.echo(f"{place}: {one['message']}{kind}")
    wrong, hardly = len(found["problems"]), len(found["remarks"])
    said = f"{wrong} problem{'s' * (wrong != 1)}" if wrong else "ok"
    typer.echo(f"{said}: {found['runbooks']} runbooks, {hardly} remark{'s' * (hardly != 1)}")
