"""What comparing policies says to people: tables on a terminal, Markdown for a pull request. Pure, but for the console."""

import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from bot.cli.policycommands.compare import Diff
from bot.policies.example import as_json, situation, words
from bot.policies.replay import Replay

KINDS = {
    "denied": "denied now",
    "permitted": "permitted now",
    "more": "asked for more",
    "less": "asked for less",
    "otherwise": "asked for otherwise",
}
SHOWN = 20
"""So many calls are shown; the JSON has more."""

EXAMPLES = 3
"""So many differences of one tool are shown; the JSON has all."""

Table = tuple[str, Sequence[str], Sequence[Sequence[str]]]
"""Title, heads, rows."""


def summary(found: Replay) -> list[str]:
    """What the replay came to, a sentence a line."""
    told = found.same + found.flipped
    when = f"from {found.since:%Y-%m-%d} to {found.until:%Y-%m-%d}"
    again = f"decided again under version {found.new.version} with the facts as they were"
    lines = [f"{_count(found.calls, 'recorded call')} {when}, {again}."]
    if found.flipped:
        parts = [f"{found.changes[kind]:,} {said}" for kind, said in KINDS.items() if found.changes[kind]]
        lines.append(f"{found.flipped:,} of the {told:,} that can be told get another answer: {', '.join(parts)}.")
    elif told:
        lines.append(f"None of the {told:,} that can be told gets another answer.")
    if found.untold_calls:
        roles = ", ".join(f"{role} ({count:,})" for role, count in found.untold.most_common(5))
        lines.append(f"{_count(found.untold_calls, 'call')} cannot be told, for this was not recorded at the time: {roles}.")
    if found.unkept:
        lines.append(f"{_count(found.unkept, 'call')} cannot be told, for no facts were kept of them.")
    if found.unasked:
        lines.append(f"{_count(found.unasked, 'call')} never came to the policy, for their arguments did not hold.")
    return lines


def tables_of(found: Replay) -> list[Table]:
    """Who is touched, what, by which policy, and the calls themselves."""
    whole = found.as_json()
    kinds = [kind for kind in KINDS if found.changes[kind]]
    counted: list[Table] = [
        (f"By {name}", (name, *(KINDS[kind] for kind in kinds)), [_counts(row, name, kinds) for row in whole[f"by_{name}"][:SHOWN]])
        for name in ("person", "tool", "policy")
    ]
    calls = [
        (
            flip.call.id,
            flip.call.principal,
            flip.call.tool,
            ", ".join(f"{name}={value}" for name, value in flip.call.arguments.items() if value is not None),
            flip.change.words,
            ", ".join(flip.policies),
        )
        for flip in found.flips[:SHOWN]
    ]
    listed: Table = (_of("Calls", SHOWN, found.flipped), ("call", "person", "tool", "arguments", "what changes", "by"), calls)
    return [*counted, listed] if found.flipped else []


def markdown(found: Replay) -> str:
    """For a pull request."""
    parts = ["### Policy replay", *summary(found)]
    for title, heads, rows in tables_of(found):
        table = [_line(heads), _line(["---"] * len(heads)), *(_line(row) for row in rows)]
        body = "\n".join(table)
        folded = title.startswith("Calls")
        parts.append(f"<details><summary>{title}</summary>\n\n{body}\n\n</details>" if folded else f"**{title}**\n\n{body}")
    return "\n\n".join(parts) + "\n"


def show_replay(found: Replay) -> None:
    show(summary(found), tables_of(found))


def show_diff(found: Diff) -> None:
    show(diff_summary(found), diff_tables(found))


def diff_summary(found: Diff) -> list[str]:
    asked, held = found.generated, found.recorded
    whole = "all that they can tell apart" if asked.whole else "a choice of those that they can tell apart"
    lines = [
        f"role {name} is {after} in the new one, and {before} in the old one." for name, before, after in found.generated.roles
    ]
    over = f"{asked.asked:,} generated questions about {asked.tools} tools ({whole})"
    if asked.differences:
        lines.append(f"{_count(len(asked.differences), 'difference')} over {over}.")
    else:
        lines.append(f"None of {over} gets another answer.")
    if found.unlooked:
        lines.append(f"Recorded calls were not looked at: {found.unlooked}.")
        return lines
    differ = f"{held.differ:,} get another answer" if held.differ else "none gets another answer"
    untold = f" ({held.untold:,} cannot be told: roles that were not looked up at the time)" if held.untold else ""
    lines.append(f"Of {_count(held.calls, 'recorded call')} {differ}{untold}.")
    return lines


def diff_tables(found: Diff) -> list[Table]:
    """The examples, tool by tool, and one recorded call of each kind of change."""
    rows, more = [], Counter[str]()
    for one in found.generated.differences:
        more[one.tool] += 1
        if more[one.tool] <= EXAMPLES:
            rows.append((one.tool, f"{situation(one, found.old, found.new)}.", one.change.words))
    rows += [(tool, f"and {count - EXAMPLES} more; --json has them", "") for tool, count in more.items() if count > EXAMPLES]
    tables: list[Table] = (
        [("Differences", ("tool", "example", "what changes"), sorted(rows, key=lambda row: row[0]))] if rows else []
    )
    calls = [(flip.call.id, flip.call.principal, flip.call.tool, flip.change.words) for flip in found.recorded.first.values()]
    if calls:
        tables.append(("Recorded calls, one of each kind", ("call", "person", "tool", "what changes"), calls))
    return tables


def diff_json(found: Diff) -> dict[str, Any]:
    asked, held = found.generated, found.recorded
    return {
        "differ": found.differ,
        "old": found.old.version,
        "new": found.new.version,
        "roles": [{"role": name, "old": before, "new": after} for name, before, after in asked.roles],
        "generated": {
            "asked": asked.asked,
            "tools": asked.tools,
            "whole": asked.whole,
            "differences": [
                {
                    "tool": one.tool,
                    "change": one.change.kind,
                    "words": words(one, found.old, found.new),
                    "asks_now": [owed.words for owed in one.change.gained],
                    "asks_no_more": [owed.words for owed in one.change.lost],
                    "question": as_json(one.varied),
                    "questions": one.count,
                }
                for one in asked.differences
            ],
        },
        "recorded": {
            "looked_at": not found.unlooked,
            "why_not": found.unlooked,
            "calls": held.calls,
            "cannot_be_told": held.untold,
            "differ": held.differ,
            "examples": [flip.row() for flip in held.first.values()],
        },
    }


def show(sentences: Sequence[str], tables: Sequence[Table]) -> None:
    """On stdout."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table as Drawn

    console = Console(width=None if sys.stdout.isatty() else 160)
    for sentence in sentences:
        console.print(escape(sentence), highlight=False)
    for title, heads, rows in tables:
        drawn = Drawn(title=title, title_justify="left", header_style="bold")
        for head in heads:
            drawn.add_column(head, overflow="fold")
        for row in rows:
            drawn.add_row(*map(escape, row))
        console.print(drawn)


def _counts(row: Mapping[str, Any], name: str, kinds: Sequence[str]) -> list[str]:
    return [str(row[name]) or "(nobody)", *(f"{row[kind]:,}" if row.get(kind) else "" for kind in kinds)]


def _of(what: str, shown: int, whole: int) -> str:
    return f"{what} (the first {shown} of {whole:,})" if whole > shown else what


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _cell(text: str) -> str:
    """Words of people in a table of Markdown: no cell, tag, link or mention of theirs begins."""
    plain = re.sub(r"([\\`*_\[\]|~!#])", r"\\\1", " ".join(text.split()))
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace("@", "&#64;")
