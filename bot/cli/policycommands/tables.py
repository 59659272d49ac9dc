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
        counted = f"{_many(found['policies'], 'policy', 'policies')}, {_many(found['roles'], 'role')}"
        say(f"ok: {counted}{where}, version {found['version']}")


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
    if not found["tests"]:
        say("No test file lies beside this policy: of a copy, name those of the original with --tests FILE.")
    wrong = len(found["failures"])
    say(f"{_many(found['examples'], 'example')}, {f'{wrong} failed' if wrong else 'all as expected'}; version {found['version']}")


def lint(found: Row) -> None:
    """The remarks, and what was not looked at."""
    if found["warnings"]:
        drawn = _table("What is allowed and hardly meant", ("where", "kind", "what"))
        for one in found["warnings"]:
            drawn.add_row(*map(escape, (_place(one), one["kind"], one["message"])))
        _print(drawn)
    for what in found["not_looked_at"]:
        say(f"Not looked at: {what}.")
    say(f"{_many(len(found['warnings']), 'warning')}; version {found['version']}")


MARKS = {"yes": "[green]yes[/]", "no": "[dim]no[/]", "unknown": "[red]unknown[/]"}


def explain(found: Row) -> None:
    """The answer, what is owed and by whom it would be given, and every policy that names the tool."""
    asked = found["question"]
    resource = asked["resource"]
    touched = f"{resource['kind']} {resource['id']}".strip() + (f" of {resource['owner']}" if resource["owner"] else "")
    say(
        f"{asked['as']}: {asked['tool']} {_args(asked['args'])} ({asked['channel']}, {asked['at']}; touches {touched or 'nothing'})"
    )
    frozen = f" (frozen by {found['frozen']})" if found["frozen"] else ""
    say(f"{found['decision']}{frozen}: {found['reason']}" if found["reason"] else found["decision"])
    for one in found["owes"]:
        rest = {name: value for name, value in one.items() if name not in ("kind", "policy", "because", "every")}
        what = "ceiling" if one.get("every") else one["kind"]
        said = ", ".join(f"{name} {_words(value)}" for name, value in rest.items() if value not in ("", False, None))
        say(f"  owes {what} ({one['policy']}) {said}".rstrip())
    for one in found["would_ask"]:
        say(f"  {'beyond the limit ' if one['beyond_limit'] else ''}asks {one['count']} of {_people(one['people'])}")
        if one["then"]:
            say(f"    then {_people(one['then_people'])}")
        if one["unknown"]:
            say(f"    nobody can tell who holds {', '.join(one['unknown'])}")
    drawn = _table(f"Policies that name {asked['tool']}", ("policy", "effect", "matched", "why", "values"))
    for one in found["policies"]:
        mark = MARKS[one["matched"]] + (" (nearly)" if one["nearly"] else "")
        values = "\n".join(f"{name} = {value}" for name, value in one["values"].items())
        drawn.add_row(escape(one["id"]), one["effect"], mark, *map(escape, ("\n".join(one["parts"]) or "always", values)))
    if found["policies"]:
        _print(drawn)
    else:
        say(f"No policy names {asked['tool']}.")
    if other := found["observed"]:
        say(f"If the policies that are only observed counted: {other['decision']} {other['reason']}".rstrip())


def _many(count: int, one: str, more: str = "") -> str:
    return f"{count or 'no'} {one if count == 1 else more or f'{one}s'}"


def _words(value: Any) -> str:
    return " or ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _people(people: Sequence[Mapping[str, str]]) -> str:
    return ", ".join(one["name"] for one in people) or "nobody"


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
