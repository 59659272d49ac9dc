"""How the answers of the policy commands look to people, on stdout."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

Row = Mapping[str, Any]


def check(found: Row) -> None:
    """One line when it is right; else one for each problem, as compilers write them."""
    for one in found["problems"]:
        say(f"{_place(one)}: {one['message']}")
    if found["ok"]:
        where = f", {len(found['files'])} files" if len(found["files"]) > 1 else ""
        say(f"ok: {found['policies']} policies, {found['roles']} roles{where}, version {found['version']}")


def trial(found: Row) -> None:
    """The failures, then what no example asks about, then the sum."""
    if failures := found["failures"]:
        drawn = _table("Examples that fail", ("where", "policy", "asked", "expected", "got", "why"))
        for one in failures:
            asked = f"{one['as']}: {one['tool']} {_args(one['args'])}".rstrip()
            asked += f" ({one['channel']})" if one["channel"] != "direct" else ""
            why = "\n".join([*([one["message"]] if not one["why"] or "owe" in one["message"] else []), *one["why"]])
            drawn.add_row(*map(escape, (_place(one), one["id"], asked, one["expected"], one["got"], why)))
        _print(drawn)
    if found["unmatched"]:
        drawn = _table("Policies that no example shows", ("where", "policy", "effect"))
        for one in found["unmatched"]:
            drawn.add_row(*map(escape, (_place(one), one["id"], one["effect"])))
        _print(drawn)
    if found["unasked"]:
        say(f"Tools that no example asks about: {', '.join(found['unasked'])}")
    wrong = len(found["failures"])
    say(f"{found['examples']} examples, {f'{wrong} failed' if wrong else 'all as expected'}; version {found['version']}")


def _table(title: str, columns: Sequence[str]) -> Table:
    drawn = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        drawn.add_column(column, overflow="fold")
    return drawn


def _print(drawn: Table) -> None:
    Console(width=None if sys.stdout.isatty() else 160).print(drawn)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


def _place(one: Row) -> str:
    return f"{one['file']}:{one['line']}" if one["line"] else str(one["file"])


def _args(args: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in args.items())
