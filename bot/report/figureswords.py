"""Figures in words and as tables on a terminal. Pure, but for the table's console."""

import sys

from bot.report.figures import Came, Group, Report, Share


def percent(share: Share) -> str:
    """A share, or a dash where there is nothing to divide by; the denominator is told beside it."""
    return "–" if share.share is None else f"{share.share:.0%}"


def counted(share: Share) -> str:
    return f"{share.count}/{share.of} ({percent(share)})"


def span(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {name}"
    return f"{seconds:.0f} s" if seconds >= 1 else "< 1 s"


def money(dollars: float | None) -> str:
    return "–" if dollars is None else f"${dollars:,.4f}"


def cases(group: Group) -> str:
    return f"{group.cases} case{'' if group.cases == 1 else 's'}"


def few(group: Group) -> str:
    return f"Only {group.cases}: too few to say much." if group.few else ""


def tables(found: Report) -> None:
    """The report on stdout."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 200)
    whole = found.whole
    console.print(
        f"[bold]{cases(whole)} opened from {found.since:%Y-%m-%d} to {found.until:%Y-%m-%d}[/bold]. {few(whole)}".rstrip()
    )
    console.print(
        f"resolved {counted(whole.resolved)} of the closed, lasting {counted(whole.lasting)}, "
        f"reopened {counted(whole.reopened)} of those that were resolved once"
    )
    for title, groups in (("By category", found.by_category), ("By runbook", found.by_runbook)):
        drawn = Table(title=title, title_justify="left", header_style="bold")
        heads = ("", "cases", "resolved", "lasting", "reopened", "median", "p90", "yes/not yet/none", "came to")
        for head in heads:
            drawn.add_column(head, overflow="fold")
        for group in groups:
            drawn.add_row(*map(escape, _row(group)))
        console.print(drawn if groups else f"{title}: none")
    asked, model = found.approvals, found.model
    by = ", ".join(f"{role} {counted(share)}" for role, share in asked.answered_by.items())
    console.print(
        f"[bold]Approvals[/bold] {asked.asked} asked; answered by {escape(by) or 'nobody'}; "
        f"after {span(asked.seconds.median)} (median), "
        f"{span(asked.seconds.p90)} (p90), of {asked.seconds.count}; expired {counted(asked.expired)}"
    )
    console.print(
        f"[bold]Model[/bold] {model.calls} calls, {model.tokens:,} tokens, {money(model.cost)}, "
        f"{money(model.cost_per_case)} a case; in runbook mode {counted(model.without)}"
    )
    if found.observed:
        drawn = Table(title="Policies that are only observed", title_justify="left", header_style="bold")
        for head in ("", "would have denied", "would have opened", "would have asked for more"):
            drawn.add_column(head, overflow="fold")
        for one in found.observed:
            drawn.add_row(escape(one.policy), str(one.denied), str(one.opened), str(one.asked))
        console.print(drawn)


def _row(group: Group) -> tuple[str, ...]:
    came = ", ".join(f"{str(one).replace('_', ' ')} {counted(share)}" for one in Came if (share := group.outcomes[str(one)]).count)
    said = "/".join(str(group.feedback[one].count) for one in ("yes", "not_yet", "none"))
    name = f"{group.name} (few)" if group.few else group.name
    return (
        name,
        str(group.cases),
        counted(group.resolved),
        counted(group.lasting),
        counted(group.reopened),
        span(group.seconds.median),
        span(group.seconds.p90),
        said,
        came,
    )
