"""The command line. Every command works while the bot runs and while it does not; with ``--json`` the JSON stands alone on stdout.

Exit codes: 0 done; 1 it could not be done (said on stderr); 2 the command was not understood or a setting is wrong; 3 nothing has
that name; 130 ended by Ctrl-C.
"""

import importlib
import json
import shlex
import sys
from collections.abc import Awaitable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

try:
    import typer
except ModuleNotFoundError:
    sys.exit("This Python has not what Deskhand needs. `make install` builds one that has: .venv/bin/python -m bot …")

import bot
from bot.cli.audit import audit
from bot.cli.knowledge import knowledge
from bot.cli.policy import policy
from bot.cli.terminal import Json, attempted, carry_out, fail, show

app = typer.Typer(
    name="deskhand",
    help="Deskhand: a support bot that lives in Slack and finishes work.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
company = typer.Typer(help="Look into the embedded company and set a scene.", invoke_without_command=True)
app.add_typer(company, name="company")
app.add_typer(policy, name="policy")
app.add_typer(audit, name="audit")
app.add_typer(knowledge, name="knowledge")


def _version(asked: bool) -> None:  # noqa: FBT001 - a flag of the command line
    if asked:
        typer.echo(f"deskhand {bot.__version__}")
        raise typer.Exit


@app.callback()
def deskhand(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """Deskhand: a support bot that lives in Slack and finishes work."""


@app.command()
def run() -> None:
    """Start the bot (and, without Slack tokens, the playground). Ends on Ctrl-C or SIGTERM."""
    from bot.settings import load

    def start() -> Awaitable[None]:
        from bot import logs

        settings = load()
        logs.set_up(settings.bot_log_level)
        from bot.app import serve
        from bot.cli.announcement import announce

        return serve(settings, partial(announce, settings))

    carry_out(start)


@app.command()
def cases(as_json: Json = False) -> None:
    """All cases: id, requester, conversation, state, outcome."""
    from bot.cli import commands

    show(commands.cases(), as_json, commands.cases_table)


@app.command()
def case(case_id: Annotated[str, typer.Argument(metavar="ID")], as_json: Json = False) -> None:
    """One case with its whole trail: messages, runbooks found, plans, calls, approvals, posts. Who read it is recorded."""
    from bot.cli import commands

    show(commands.case(case_id), as_json, commands.case_table)


@app.command()
def doctor(as_json: Json = False) -> None:
    """What works, what is missing and how to mend it: Slack, database, policy, runbooks, model, systems. Only reads."""
    from bot import logs
    from bot.cli import commands

    logs.set_up("CRITICAL")
    found = show(commands.doctor(), as_json, commands.doctor_table)
    if any(row["state"] == "fail" for row in found):
        raise typer.Exit(1)


@app.command()
def migrate(as_json: Json = False) -> None:
    """Bring the database to this version's shape, as its owner, and let the bot's role work on it. A start does so, too."""
    from bot.cli import commands

    show(commands.migrate(), as_json, commands.line)


@app.command()
def forget(
    person: Annotated[str, typer.Option(metavar="PERSON", help="Handle, e-mail or Slack id.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be erased, and what is in the way.")] = False,
    as_json: Json = False,
) -> None:
    """Erase what somebody wrote and what is told of them. Ids stay in the audit, which goes on to verify. There is no way back."""
    from bot import logs
    from bot.cli import forgetting

    logs.set_up("CRITICAL")
    show(forgetting.forget(person, dry_run=dry_run), as_json, forgetting.forgotten)


@app.command()
def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False, as_json: Json = False
) -> None:
    """Erase texts and remove audit rows that are older than RETENTION_TEXT_DAYS and RETENTION_AUDIT_DAYS say. For cron."""
    from bot import logs
    from bot.cli import forgetting

    logs.set_up("CRITICAL")
    show(forgetting.retention(dry_run=dry_run), as_json, forgetting.removed)


@app.command()
def report(
    days: Annotated[int, typer.Option(min=1, max=3650, help="Cases that were opened in the last so many days.")] = 30,
    as_json: Json = False,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it as one HTML page with charts.")] = None,
) -> None:
    """Figures: what cases came to, by category and runbook, time to resolution, approvals, what the model cost."""
    from bot.cli import commands
    from bot.report import figures, figurespage, figureswords

    found = carry_out(lambda: commands.report(days))
    if html is not None:
        try:
            html.write_text(figurespage.page(found), encoding="utf-8")
        except OSError as error:
            fail(f"{html} cannot be written: {error.strerror}", 1)
        typer.echo(f"written to {html}", err=True)
    if as_json:
        sys.stdout.write(json.dumps(figures.as_json(found), indent=2, ensure_ascii=False) + "\n")
    elif html is None:
        figureswords.tables(found)


@app.command("eval")
def evaluate(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[WORDS]…", help="Only scenarios with one of these in name or category.")
    ] = None,
    runner: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="runbook, good, weak, hostile, model; can be repeated.")
    ] = None,
    attempts: Annotated[int, typer.Option(min=1, max=100, help="At each scenario.")] = 4,
    parallel: Annotated[int, typer.Option(min=0, max=1000, help="So many at the same time; 0 is twice the processors.")] = 0,
    model: Annotated[str, typer.Option(metavar="NAME", help="Play with this model.")] = "",
    base_url: Annotated[str, typer.Option(metavar="URL", help="Its OpenAI-compatible server.")] = "",
    api_key_env: Annotated[str, typer.Option(metavar="NAME", help="The variable that has its key.")] = "",
    machine: Annotated[str, typer.Option(metavar="WORDS", help='What it runs on, such as "2 shared cores".')] = "",
    bot_: Annotated[str, typer.Option("--bot", metavar="COMMAND", help="Hold this bot against them, a process of its own.")] = "",
    json_: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the result as JSON; - is stdout.")] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write one page with every transcript and trail.")] = None,
    save: Annotated[bool, typer.Option("--save", help="Keep the result in docs/results/.")] = False,
    against: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Compare with this result, not with the newest kept.")
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="Only list the scenarios.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only read the scenario files.")] = False,
) -> None:
    """Play the scenarios of tests/scenarios and say how many are solved, and whether anything unsafe happened."""
    try:
        evaluation = importlib.import_module("tests.evaluation.command")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "tests":
            raise
        fail(
            "the scenarios are part of the repository, not of the program: run `python -m bot eval` at the root of a checkout",
            1,
        )
    asked = evaluation.Asked(
        tuple(words or ()),
        tuple(runner or ()),
        attempts,
        parallel,
        model,
        base_url,
        api_key_env,
        machine,
        shlex.split(bot_),
        json_,
        html,
        save,
        against,
        list_,
        check,
    )
    if code := attempted(lambda: evaluation.evaluate(asked)):
        raise typer.Exit(code)


@company.callback()
def look(context: typer.Context, as_json: Json = False) -> None:
    """People with Slack ids, accounts, factors, groups, grants, devices, tickets, shifts and the change journal."""
    if context.invoked_subcommand is None:
        from bot.cli import commands

        show(commands.company(), as_json, commands.company_table)


@company.command("set")
def set_(
    what: Annotated[str, typer.Argument(help="account, or certificate")],
    person: Annotated[str, typer.Argument(help="handle, e-mail or Slack id")],
    changes: Annotated[list[str], typer.Argument(metavar="FIELD=VALUE…")],
    as_json: Json = False,
) -> None:
    """Set a scene: ``company set account ana status=LOCKED_OUT``, ``company set certificate ana status=expired``."""
    from bot.cli import commands

    show(commands.set_scene(what, person, changes), as_json, commands.line)


@company.command("on-call")
def on_call(
    schedule: str, person: Annotated[str, typer.Argument(help="handle, e-mail or Slack id")], as_json: Json = False
) -> None:
    """Put somebody on call from now on: ``company on-call identity omar``; in a real Slack ``company on-call identity U07ANA``."""
    from bot.cli import commands

    show(commands.set_on_call(schedule, person), as_json, commands.line)


@company.command()
def authenticator(
    person: Annotated[str, typer.Argument(help="handle, e-mail or Slack id")],
    as_json: Json = False,
) -> None:
    """The secret address that sets up somebody's authenticator app, for policies with ``step_up: factor``."""
    from bot.cli import commands

    show(commands.authenticator(person), as_json, commands.line)


@company.command(context_settings={"ignore_unknown_options": True})
def clock(turn: Annotated[str, typer.Argument(help="+3d, -2h, now, or 2026-11-27T18:00+01:00")], as_json: Json = False) -> None:
    """Turn the company's clock; whatever waits on it reacts within seconds."""
    from bot.cli import commands

    show(commands.turn_clock(turn), as_json, commands.line)


@company.command()
def fault(
    tool: str,
    mode: Annotated[str, typer.Argument(help="silent, timeout, refused, away, or off")],
    as_json: Json = False,
) -> None:
    """Let a tool fail: ``company fault unlock_account silent`` (says ok, does nothing); ``off`` clears it."""
    from bot.cli import commands

    show(commands.set_fault(tool, mode), as_json, commands.line)


def main(arguments: Any = None) -> None:
    app(args=arguments, prog_name="deskhand")


if __name__ == "__main__":
    main()
