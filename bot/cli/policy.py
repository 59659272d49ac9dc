"""``python -m bot policy …``: what the permission policy says, whether it is right, and what would change with another one."""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from bot.cli.terminal import Json, attempted, carry_out, fail, put_json, show, spanned
from bot.errors import PolicyError

policy = typer.Typer(help="Look at the permission policy, try it out, compare it.", no_args_is_help=True)

T = TypeVar("T")


class Channel(StrEnum):
    """Kinds of channels, as `bot.gate.model.CHANNELS` has them."""

    DIRECT = "direct"
    PRIVATE = "private"
    PUBLIC = "public"
    SHARED = "shared"


PolicyPath = Annotated[Path | None, typer.Argument(metavar="[PATH]", help="A file or folder; without one POLICY_FILE.")]


@policy.callback()
def group() -> None:
    """Look at the permission policy, try it out, compare it."""


@policy.command()
def check(path: PolicyPath = None, as_json: Json = False) -> None:
    """Whether the policy can be used; if not, every problem with its file and line. Needs no database and no Slack."""
    from bot.cli.policycommands import tables
    from bot.cli.policycommands.check import checked
    from bot.toolbox import tools

    found = attempted(lambda: checked(_path(path), tools()))
    _answer(found, as_json, tables.check)
    if not found["ok"]:
        raise typer.Exit(1)


@policy.command("test")
def try_out(
    path: PolicyPath = None,
    tests: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Only this test file; can be repeated. Else those beside the policy.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Decide every example by the whole policy, and say which policies and tools no example asks about. Needs no database."""
    from bot.cli.policycommands import tables
    from bot.cli.policycommands.trial import tried
    from bot.toolbox import tools

    found = _read(lambda: asyncio.run(tried(_path(path), tests or (), tools())), as_json).as_json()
    _answer(found, as_json, tables.trial)
    if found["failures"]:
        raise typer.Exit(1)


@policy.command()
def lint(
    path: PolicyPath = None,
    live: Annotated[
        bool, typer.Option("--live", help="Ask the systems as well, also when that needs a database to be started.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 1 when there is anything to say.")] = False,
    as_json: Json = False,
) -> None:
    """What is allowed in a policy and hardly meant: it can never match, makes no difference, or counts on nobody."""
    from bot import logs
    from bot.cli.policycommands import tables
    from bot.cli.policycommands.looked import linted

    logs.set_up("CRITICAL")
    found = _read(lambda: asyncio.run(linted(_path(path), live=live)), as_json)
    _answer(found, as_json, tables.lint)
    if strict and found["warnings"]:
        raise typer.Exit(1)


@policy.command()
def replay(
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The file or folder with the other policy.")],
    since: Annotated[str, typer.Option(metavar="TIME", help="How far back: 12h, 30d, 8w.")] = "30d",
    as_json: Json = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="For a pull request.")] = False,
) -> None:
    """Every recorded call of that time decided again under another policy, with the facts as they were; what would change."""
    from bot.cli.policycommands import compare, comparewords

    back = spanned(since)
    if as_json and as_markdown:
        fail("--json and --markdown are two answers; ask for one", 2)
    found = carry_out(lambda: compare.replay(new, back))
    if as_json:
        put_json(found.as_json())
    elif as_markdown:
        typer.echo(comparewords.markdown(found), nl=False)
    else:
        comparewords.show_replay(found)


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
    from bot.cli.policycommands import compare, comparewords

    back = spanned(since)
    found = carry_out(lambda: compare.diff(old, new, back, questions, seed))
    if as_json:
        put_json(comparewords.diff_json(found))
    else:
        comparewords.show_diff(found)
    if found.differ:
        raise typer.Exit(1)


@policy.command()
def explain(
    tool: Annotated[str, typer.Argument(help="The tool that would be called.")],
    arguments: Annotated[list[str] | None, typer.Argument(metavar="[NAME=VALUE]…", help="What it would be called with.")] = None,
    as_: Annotated[str, typer.Option("--as", metavar="PERSON", help="Who would ask: handle, e-mail, Slack id or name.")] = ...,  # type: ignore[assignment]
    channel: Annotated[Channel, typer.Option(help="Where it would be asked.")] = Channel.DIRECT,
    at: Annotated[str, typer.Option(metavar="TIME", help="When, such as 2026-11-27T18:00+01:00; without it now.")] = "",
    runbook: Annotated[list[str] | None, typer.Option(metavar="NAME", help="A runbook that the case has followed.")] = None,
    untrusted: Annotated[list[str] | None, typer.Option(metavar="NAME", help="An argument that did not come from them.")] = None,
    path: Annotated[Path | None, typer.Option("--policy", metavar="PATH", help="A file or folder; without it POLICY_FILE.")] = None,
    as_json: Json = False,
) -> None:
    """What the policy says to one call, why, and who would be asked right now. Nothing is done."""
    from bot import logs
    from bot.cli.policycommands import tables
    from bot.cli.policycommands.explained import Asked
    from bot.cli.policycommands.looked import explained_now

    logs.set_up("CRITICAL")
    asked = Asked(tool, tuple(arguments or ()), as_, channel.value, at, tuple(runbook or ()), tuple(untrusted or ()))
    _answer(_read(lambda: asyncio.run(explained_now(_path(path), asked)), as_json), as_json, tables.explain)


@policy.command()
def schema() -> None:
    """The JSON Schema of a policy file, for editors."""
    from bot.cli.policycommands.schema import policy_schema
    from bot.gate.shapes import shape
    from bot.toolbox import tools

    put_json(policy_schema({tool.name: shape(tool) for tool in tools().values()}))


@policy.command()
def freeze(
    tool: Annotated[str, typer.Option(metavar="TOOL", help="Nothing runs this tool.")] = "",
    system: Annotated[str, typer.Option(metavar="SYSTEM", help="Nothing changes anything in this system.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Nothing changes anything.")] = False,
    reason: Annotated[str, typer.Option(metavar="WORDS", help="Why; people who ask for it read this.")] = "",
    as_json: Json = False,
) -> None:
    """The kill switch: from now on it does not run, on every replica, also what was approved or waits."""
    from bot.cli.policycommands import freezing
    from bot.execution.freezing import Target

    if (bool(tool), bool(system), everything).count(True) != 1:
        fail("say what to freeze: one of --tool TOOL, --system SYSTEM and --all", 2)
    if not reason.strip():
        fail("say why: --reason WORDS; people who ask for it read the reason", 2)
    show(freezing.freeze(Target(tool, system), reason), as_json, freezing.line)


@policy.command()
def unfreeze(
    freeze_id: Annotated[str, typer.Argument(metavar="FREEZE", help="F-3, or the tool or system that it alone is on.")],
    as_json: Json = False,
) -> None:
    """Lift a freeze. What it stopped is not done by itself."""
    from bot.cli.policycommands import freezing

    show(freezing.unfreeze(freeze_id), as_json, freezing.line)


@policy.command()
def freezes(
    lifted: Annotated[bool, typer.Option("--lifted", help="Those that were lifted as well.")] = False, as_json: Json = False
) -> None:
    """What is frozen now."""
    from bot.cli.policycommands import freezing

    show(freezing.freezes(lifted=lifted), as_json, freezing.listed)


def _path(path: Path | None) -> Path:
    """Raises SettingsError."""
    if path is not None:
        return path
    from bot.settings import load

    return load().policy_file


def _read(act: Callable[[], T], as_json: bool) -> T:
    """What it gives. A policy that cannot be used ends the command; with --json its problems are the answer."""

    def whole() -> T:
        try:
            return act()
        except PolicyError as error:
            if not as_json:
                raise
            put_json({"problems": [one.as_json() for one in error.problems]})
            raise typer.Exit(1) from None

    return attempted(whole)


def _answer(found: T, as_json: bool, table: Callable[[T], None]) -> None:
    if as_json:
        put_json(found)
    else:
        table(found)
