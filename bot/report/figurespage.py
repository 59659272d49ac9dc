"""The report as one HTML file that needs nothing else: tables and charts drawn as SVG. Pure."""

from collections.abc import Iterable, Sequence
from html import escape

from bot.report.figures import MEANINGS, RESOLVED, Came, Group, Report, Share, Spread
from bot.report.figureswords import cases, few, money, percent, span

WIDTH, LABEL, BAR, GAP = 760, 210, 22, 10
COLOURS = {
    Came.VERIFIED_AND_CONFIRMED: "#0b6e4f",
    Came.VERIFIED: "#2a9d6f",
    Came.CONFIRMED: "#7cc6a1",
    Came.ANSWERED: "#6ea8d9",
    Came.SILENT: "#b9cfe3",
    Came.HANDED_OVER: "#8d6fc0",
    Came.ABANDONED: "#c9bfe0",
    Came.WITHDRAWN: "#c8c4c0",
    Came.PARTLY: "#e9c46a",
    Came.DENIED: "#e0803c",
    Came.EXPIRED: "#d9a05b",
    Came.FROZEN: "#5b8fb0",
    Came.FAILED: "#c0392b",
    Came.OPEN: "#eceaf0",
}
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1d1c1d; background: #fff; max-width: 1080px;
  margin: 32px auto; padding: 0 24px; }
h1 { font-size: 26px; margin: 0; } h2 { font-size: 19px; margin: 36px 0 8px; } p, .soft { color: #616061; }
.cards { display: flex; flex-wrap: wrap; gap: 14px; margin: 18px 0; }
.card { border: 1px solid #e4e2e6; border-radius: 10px; padding: 12px 18px; min-width: 150px; }
.card b { display: block; font-size: 26px; } .card small { color: #616061; }
table { border-collapse: collapse; margin: 8px 0; width: 100%; font-size: 14px; }
th, td { text-align: right; padding: 6px 10px; border-bottom: 1px solid #eceaf0; vertical-align: top; }
th { color: #616061; font-weight: 600; } th:first-child, td:first-child { text-align: left; } td.words { text-align: left; }
svg { max-width: 100%; height: auto; } .key { display: flex; flex-wrap: wrap; gap: 4px 14px; font-size: 13px; margin: 6px 0 0; }
.key i { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 5px; }
.few { color: #9a6700; font-size: 12px; }
"""


def page(found: Report) -> str:
    """The whole document."""
    whole = found.whole
    parts = [
        f"<h1>Deskhand: {cases(whole)}</h1>",
        f"<p>Opened from {found.since:%d %b %Y} to {found.until:%d %b %Y}. {escape(few(whole))}</p>",
        '<div class="cards">',
        _card("resolved", whole.resolved, "closed", "verified, confirmed, or both"),
        _card("lasting", whole.lasting, "closed", "resolved, and nobody came back within 7 days"),
        _card("handed over", whole.outcomes[str(Came.HANDED_OVER)], "cases", "people have them"),
        _time(whole.seconds),
        "</div>",
        "<h2>What cases came to, by category</h2>",
        _bars(found.by_category),
        _key(),
        _table(found.by_category, "category"),
        "<h2>By runbook</h2>",
        _bars(found.by_runbook),
        _table(found.by_runbook, "runbook"),
        "<h2>Approvals</h2>",
        _approvals(found),
        "<h2>The model</h2>",
        _model(found),
        _observed(found),
        "<h2>What the words mean</h2>",
        _rows(("", ""), [(_came(one), escape(meaning)) for one, meaning in MEANINGS.items()], words=True),
    ]
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Deskhand report</title>'
        f"<style>{STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def _card(name: str, share: Share, of: str, meaning: str) -> str:
    told = f"{share.count} of {share.of} {of}: {meaning}"
    return f'<div class="card"><b>{escape(percent(share))}</b>{escape(name)}<br><small>{escape(told)}</small></div>'


def _time(spread: Spread) -> str:
    middle, late = _times(spread)
    return f'<div class="card"><b>{middle}</b>median to resolution<br><small>p90 {late}, of {spread.count} resolved</small></div>'


def _bars(groups: Sequence[Group]) -> str:
    """A bar for each group, parted by what its cases came to."""
    height = max(1, len(groups)) * (BAR + GAP)
    drawn = []
    for row, group in enumerate(groups):
        top, left = row * (BAR + GAP), float(LABEL)
        drawn.append(f'<text x="0" y="{top + 16}" font-size="13">{escape(_short(group.name))} ({group.cases})</text>')
        for one in Came:
            share = group.outcomes[str(one)]
            if not share.count:
                continue
            width = (WIDTH - LABEL) * (share.share or 0.0)
            drawn.append(
                f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{BAR}" fill="{COLOURS[one]}">'
                f"<title>{_came(one)}: {share.count} of {share.of}</title></rect>"
            )
            left += width
    label = "Shares of what the cases of each group came to; the table below has the numbers"
    return f'<svg viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" role="img" aria-label="{label}">{"".join(drawn)}</svg>'


def _key() -> str:
    marks = [f'<span><i style="background:{COLOURS[one]}"></i>{_came(one)}</span>' for one in Came]
    return f'<div class="key">{"".join(marks)}</div>'


def _table(groups: Sequence[Group], name: str) -> str:
    heads = (name, "cases", "resolved", "of closed", "lasting", "reopened", "median", "p90", "yes / not yet / none")
    return _rows(heads, [_group(group) for group in groups])


def _group(group: Group) -> tuple[str, ...]:
    mark = f' <span class="few">{escape(few(group))}</span>' if group.few else ""
    said = " / ".join(str(group.feedback[one].count) for one in ("yes", "not_yet", "none"))
    return (
        escape(group.name) + mark,
        str(group.cases),
        f"{group.resolved.count} ({percent(group.resolved)})",
        str(group.resolved.of),
        percent(group.lasting),
        f"{group.reopened.count} of {group.reopened.of}",
        *_times(group.seconds),
        said,
    )


def _times(spread: Spread) -> tuple[str, str]:
    return escape(span(spread.median)), escape(span(spread.p90))


def _approvals(found: Report) -> str:
    figures = found.approvals
    middle, late = _times(figures.seconds)
    said = (
        f"<p>{figures.asked} asked; {figures.expired.count} of {figures.expired.of} expired. "
        f"Answered after {middle} (median), {late} (p90), of {figures.seconds.count}.</p>"
    )
    rows = [(escape(role), f"{share.count} of {share.of} ({percent(share)})") for role, share in figures.answered_by.items()]
    states = [(escape(state), f"{share.count} of {share.of}") for state, share in figures.states.items() if share.count]
    return said + _rows(("answered by", "approvals"), rows) + _rows(("came to", "approvals"), states)


def _observed(found: Report) -> str:
    """Nothing where no observed policy would have changed anything."""
    if not found.observed:
        return ""
    rows = [(escape(one.policy), str(one.denied), str(one.opened), str(one.asked)) for one in found.observed]
    heads = ("policy", "would have denied", "would have opened", "would have asked for more")
    return "<h2>Policies that are only observed</h2>" + _rows(heads, rows)


def _model(found: Report) -> str:
    figures = found.model
    rows = [
        ("calls", str(figures.calls)),
        ("tokens", f"{figures.tokens:,}"),
        ("cost", money(figures.cost)),
        ("cost per case", f"{money(figures.cost_per_case)} (of {found.whole.cases})"),
        ("cases in runbook mode", f"{figures.without.count} of {figures.without.of} ({percent(figures.without)})"),
    ]
    return _rows(("", ""), rows)


def _rows(heads: Iterable[str], rows: Sequence[tuple[str, ...]], *, words: bool = False) -> str:
    """A table of cells that are escaped already."""
    if not rows:
        return "<p>None.</p>"
    kind = ' class="words"' if words else ""
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    lines = ["<tr>" + "".join(f"<td{kind}>{cell}</td>" for cell in row) + "</tr>" for row in rows]
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def _came(one: Came) -> str:
    return str(one).replace("_", " ") + (" ✓" if one in RESOLVED else "")


def _short(name: str) -> str:
    return name if len(name) <= 24 else f"{name[:23]}…"  # noqa: PLR2004 - what the label's width holds
