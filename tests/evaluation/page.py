"""An evaluation as one HTML file that needs nothing else: figures, comparison, and every play with its transcript and trail. Pure.

The page's own script is the only one that its browser runs: a policy inside of it names that script by its digest and forbids every
request.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.evaluation.compare import Comparison, Difference
from tests.evaluation.figures import FIGURES, chance, percent
from tests.evaluation.pageplays import anchor, plays, shown
from tests.evaluation.pagestyle import SCRIPT, STYLE
from tests.evaluation.result import Played
from tests.evaluation.score import Result, Runner
from tests.evaluation.tables import Table, by_category, changed, shifts, totals, troubles, why

VERDICTS = {
    "": "all",
    "solved": "solved",
    "unsolved": "not solved",
    "unsafe": "unsafe",
    "not-played": "not played",
    "unsteady": "not the same on every run",
}
ALARMING = ("unsafe", "not played")
NAMES = {"agentdojo": "AgentDojo", "tau2": "τ²-bench", "telecom": "τ²-bench, telecom"}


def page(found: Result, played: Sequence[Played], compared: Comparison | None = None) -> str:
    """The whole document."""
    unsteady = {name: runner.unsteady for name, runner in found.runners.items()}
    parts = [
        "<h1>Deskhand: does the work get done?</h1>",
        f"<p>{shown(found.date)}, version {shown(found.version)}, {shown(found.machine)}: {len(played)} plays.</p>",
        f'<div class="cards">{"".join(_card(name, runner) for name, runner in found.runners.items())}</div>',
        "<h2>Totals</h2>",
        _totals(found),
        "<h2>Solved, by category</h2>",
        _table(by_category(found)),
        *_trouble(found),
        *_comparison(compared),
        *_outside(found.outside),
        "<h2>Every play</h2>",
        _form(found),
        plays(played, unsteady),
    ]
    body = "\n".join(part for part in parts if part)
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Deskhand evaluation</title>'
        f"<style>{STYLE}</style></head>\n<body>\n<main>\n{body}\n</main>\n<script>{SCRIPT}</script>\n</body></html>\n"
    )


def _card(name: str, runner: Runner) -> str:
    total = runner.total
    colour = "bad" if total.unsafe else "good"
    lines = [
        f"{total.solved} of {total.plays} plays of {total.scenarios} scenarios",
        f"pass^1 {chance(total.pass_1)}, pass^4 {chance(total.pass_4)}",
    ]
    told = "".join(f'<small class="soft">{shown(line)}</small>' for line in lines)
    apart = f" and {total.unsafe_provenance} that only provenance could hold" if total.unsafe_provenance else ""
    return (
        f'<div class="card"><b>{percent(total.solved, total.plays)}</b>solved: {shown(name)}{told}'
        f'<small class="{colour}">{total.unsafe} unsafe{apart}</small></div>'
    )


def _totals(found: Result) -> str:
    """As on the terminal; each figure explains itself."""
    table = totals(found)
    meanings = {one.name: one.meaning for one in FIGURES}
    head = "".join(f'<th scope="col">{shown(one)}</th>' for one in table.heads)
    lines = []
    for name, *cells in table.rows:
        what = f'<abbr title="{shown(meanings[name])}" tabindex="0">{shown(name)}</abbr>'
        bad = [name in ALARMING and cell != "0" for cell in cells]
        figures = "".join(
            f'<td class="{"bad" if one else "fine"}">{shown(cell)}</td>' for one, cell in zip(bad, cells, strict=True)
        )
        lines.append(f"<tr><td>{what}</td>{figures}</tr>")
    return f'<div class="wide"><table><tr>{head}</tr>{"".join(lines)}</table></div>'


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{shown(one)}</th>' for one in table.heads)
    lines = ["<tr>" + "".join(f"<td>{shown(cell)}</td>" for cell in row) + "</tr>" for row in table.rows]
    kind = "words" if table.words else "figures"
    return f'<div class="wide"><table class="{kind}"><tr>{head}</tr>{"".join(lines)}</table></div>'


def _trouble(found: Result) -> list[str]:
    """Of each runner, the scenarios that were not always solved, each with a way to the play that shows it."""
    rows = [
        f'<tr><td>{shown(name)}</td><td><a href="#{anchor(name, scene.name, play.attempt)}">{shown(scene.name)}</a></td>'
        f"<td>{scene.solved}/{len(scene.plays)}</td><td>{shown(play.verdict)}</td><td>{shown(why(play), 400)}</td></tr>"
        for name, runner in found.runners.items()
        for scene, play in troubles(runner.scenarios)
    ]
    if not rows:
        return ["<h2>Not always solved</h2>", "<p>None.</p>"]
    head = "".join(f'<th scope="col">{one}</th>' for one in ("runner", "scenario", "solved", "it was", "why"))
    return ["<h2>Not always solved</h2>", f'<div class="wide"><table class="words"><tr>{head}</tr>{"".join(rows)}</table></div>']


def _comparison(compared: Comparison | None) -> list[str]:
    if compared is None:
        return ["<h2>Beside the last result</h2>", "<p>There is none yet.</p>"]
    parts = ["<h2>Beside the last result</h2>", f"<p>Of {shown(compared.earlier)}.</p>"]
    for one in compared.differences:
        parts += _difference(one)
    return parts if compared.differences else [*parts, "<p>No runner in common.</p>"]


def _difference(one: Difference) -> Iterable[str]:
    if one.empty:
        return [f"<p>{shown(one.runner)}: no scenario in common.</p>"]
    lines = "".join(f"<li>{shown(line)}</li>" for line in shifts(one))
    table = changed(one)
    return [
        f"<h3>{shown(table.title)}</h3>" + (f"<ul>{lines}</ul>" if lines else ""),
        _table(table) if table.rows else "<p>Every figure is as it was.</p>",
    ]


def _outside(outside: Mapping[str, Any] | None) -> list[str]:
    """Figures with their labels, whatever they are: a table for each mapping that has some."""
    parts = list(_groups((), outside or {}))
    return ["<h2>Outside material</h2>", *parts] if parts else []


def _groups(path: Sequence[str], of: Mapping[str, Any]) -> Iterable[str]:
    plain = [
        (_label(name), _plain(value))
        for name, value in of.items()
        if not isinstance(value, Mapping) and value not in (None, [], "")
    ]
    if plain:
        yield (f"<h3>{shown(' › '.join(path))}</h3>" if path else "") + _table(Table("", ("", "figure"), plain))
    for name, value in of.items():
        if isinstance(value, Mapping):
            yield from _groups((*path, NAMES.get(name, _label(name))), value)


def _label(name: object) -> str:
    return str(name).replace("_", " ")


def _plain(value: object) -> str:
    if isinstance(value, list | tuple):
        return "; ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _form(found: Result) -> str:
    categories = sorted({group.name for runner in found.runners.values() for group in runner.categories})
    choices = {
        "runner": {"": "all", **{name: name for name in found.runners}},
        "category": {"": "all", **{name: name for name in categories}},
        "verdict": VERDICTS,
    }
    selects = [
        f'<label>{name}<select name="{name}">'
        + "".join(f'<option value="{shown(value)}">{shown(label)}</option>' for value, label in options.items())
        + "</select></label>"
        for name, options in choices.items()
    ]
    word = '<label>with the word<input name="word" type="search" autocomplete="off"></label>'
    return f'<form aria-label="Filter">{"".join(selects)}{word}<output aria-live="polite"></output></form>'
