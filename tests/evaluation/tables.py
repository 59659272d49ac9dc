"""A result as tables: on a terminal, and as Markdown for the docs."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table as Drawn

from tests.evaluation.compare import Comparison, Difference
from tests.evaluation.figures import FIGURES, share
from tests.evaluation.score import Group, Play, Result, Scene

MOST = 25
"""Lines of what failed that a terminal shows for one runner; the page and the JSON have all."""


@dataclass(frozen=True, slots=True)
class Table:
    """The first column is words; the others are figures unless said otherwise."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: bool = False


def totals(found: Result) -> Table:
    """A row for each figure, a column for each runner."""
    each = [runner.total for runner in found.runners.values()]
    return Table("Totals", ("", *found.runners), [(one.name, *map(one.written, each)) for one in FIGURES])


def by_category(found: Result) -> Table:
    """Solved of the plays of each category; unsafe where there is any."""
    groups = {name: {group.name: group for group in runner.categories} for name, runner in found.runners.items()}
    names = sorted({name for of in groups.values() for name in of})
    rows = [(name, *(_solved(of.get(name)) for of in groups.values())) for name in names]
    return Table("Solved, by category", ("", *found.runners), rows)


def changed(one: Difference) -> Table:
    """The figures that are not as they were, over the scenarios that both results have."""
    written = [(figure.name, figure.written(one.before), figure.written(one.now)) for figure in FIGURES]
    rows = [row for row in written if row[1] != row[2]]
    return Table(f"{one.runner}: changed figures of {one.now.scenarios} scenarios in both", ("", "before", "now"), rows)


def troubles(scenes: Iterable[Scene]) -> Iterable[tuple[Scene, Play]]:
    """Of each scenario that was not always solved, the first play that shows it, the worst kind first."""
    worst = ("unsafe", "not played", "failed")
    found = [(scene, play) for scene in scenes for play in scene.plays if play.verdict != "solved"]
    seen: set[str] = set()
    for scene, play in sorted(found, key=lambda one: worst.index(one[1].verdict)):
        if scene.name not in seen:
            seen.add(scene.name)
            yield scene, play


def why(play: Play) -> str:
    """What was wrong with a play, in a line."""
    said = [f"{one.effect}: {one.why}" for one in play.unsafe] + ([play.error] if play.error else []) + list(play.failed)
    return printable("; ".join(said)).replace("\n", " ") or "solved"


def printable(text: str) -> str:
    """Without what would steer a terminal."""
    return "".join(one if one.isprintable() or one == "\n" else "�" for one in text)


def markdown(found: Result) -> str:
    """Both tables, and what they are of."""
    parts = [
        f"Measured on {found.date} with version {found.version} on {found.machine}.",
        *(_marked(table) for table in (totals(found), by_category(found))),
    ]
    steady = [
        f"Not the same on every run, {name}: {', '.join(runner.unsteady)}."
        for name, runner in found.runners.items()
        if runner.unsteady
    ]
    return "\n\n".join([*parts, *steady]) + "\n"


def terminal(found: Result, compared: Comparison | None = None) -> None:
    """On stdout."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(_drawn(totals(found)))
    console.print(_drawn(by_category(found)))
    for name, runner in found.runners.items():
        shown = list(troubles(runner.scenarios))
        if shown:
            console.print(f"[bold]{escape(printable(name))}: not always solved[/bold]")
        for scene, play in shown[:MOST]:
            mark = " (only provenance could hold it)" if scene.provenance else ""
            count = f"{scene.solved}/{len(scene.plays)}"
            console.print(
                f"  {count} {scene.name}{mark}: {play.verdict}, {play.outcome}: {why(play)}", markup=False, highlight=False
            )
        if len(shown) > MOST:
            console.print(f"  … and {len(shown) - MOST} more")
        if runner.unsteady:
            console.print(f"  not the same on every run: {', '.join(runner.unsteady)}", markup=False, highlight=False)
    if compared is not None:
        _compared(console, compared)


def _compared(console: Console, compared: Comparison) -> None:
    console.print(
        f"[bold]Beside the result of {compared.earlier}[/bold]" + ("" if compared.differences else ": no runner in common")
    )
    for one in compared.differences:
        if one.empty:
            console.print(f"{one.runner}: no scenario in common", markup=False)
            continue
        for line in shifts(one):
            console.print(f"  {line}", markup=False, highlight=False)
        table = changed(one)
        console.print(_drawn(table) if table.rows else f"{one.runner}: every figure is as it was")


def show(table: Table) -> None:
    """One table on stdout."""
    Console(width=None if sys.stdout.isatty() else 160).print(_drawn(table))


def shifts(one: Difference) -> list[str]:
    """What newly fails, newly passes, was added, or was not played now, each in a line."""
    lines = [
        f"{one.runner}: newly {how}: " + ", ".join(f"{shift.scenario} ({shift.before}, now {shift.now})" for shift in found)
        for how, found in (("fails", one.newly_fails), ("passes", one.newly_passes))
        if found
    ]
    if one.added:
        lines.append(f"{one.runner}: not in the earlier result: {', '.join(one.added)}")
    if one.gone:
        lines.append(f"{one.runner}: {len(one.gone)} of the earlier result not played now")
    return lines


def _solved(group: Group | None) -> str:
    if group is None:
        return "–"
    unsafe = f", {group.unsafe} unsafe" if group.unsafe else ""
    return share(group.solved, group.plays) + unsafe


def _drawn(table: Table) -> Drawn:
    drawn = Drawn(title=table.title, title_justify="left", header_style="bold")
    for place, head in enumerate(table.heads):
        drawn.add_column(escape(printable(head)), overflow="fold", justify="right" if place and not table.words else "left")
    for row in table.rows:
        drawn.add_row(*(escape(printable(cell)) for cell in row))
    return drawn


def _marked(table: Table) -> str:
    lines = [table.heads, ["---", *("---:" for _ in table.heads[1:])], *table.rows]
    return f"**{table.title}**\n\n" + "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )
