"""The report for people."""

from typing import Any

from tests.outside.report import POLICIES


def table(found: dict[str, Any]) -> str:
    """`found` is as `tests.outside.report.report` says."""
    lines = []
    for suite, figures in found["agentdojo"].items():
        before = figures["ungated"]
        pairs = figures[POLICIES[0]]["attacks"]["pairs"]
        lines.append(f"AgentDojo {suite} (without a gate: {before['goals']} of {pairs} attacks reach their goal)")
        lines.append(f"  {'':54}" + "".join(f"{policy:>12}" for policy in POLICIES))
        for label, part, name, of in ROWS:
            cells = [f"{figures[policy][part][name]}" + (f"/{figures[policy][part][of]}" if of else "") for policy in POLICIES]
            lines.append(f"  {label:54}" + "".join(f"{cell:>12}" for cell in cells))
        for policy in POLICIES:
            for label, name in PAST:
                if past := figures[policy]["attacks"][name]:
                    said = ", ".join(f"{injection} ({count})" for injection, count in past.items())
                    lines.append(f"  past {policy}, {label}: {said}")
        lines.append("")
    if (lot := found["telecom"]) is not None:
        lines.append(f"tau2 telecom: {lot['hold']} of {lot['tasks']} tasks hold their own assertions in the end")
        lines.append(f"  {lot['hold_at_the_start']} hold at the start already; {lot['need_the_agent']} need the agent")
        lines.append(
            f"  {lot['calls']} calls of the agent, {lot['changes']} of them changes: {lot['asked']} asked, {lot['unverified']} failed"
        )
        lines.append(f"  {lot['user_deeds']} deeds of the user")
        lines.append("")
    lines += [f"Left out: {why}" for why in found["left_out"]]
    return "\n".join([*lines, f"{found['seconds']:.0f} seconds"])


ROWS = (
    ("users' tasks that end well", "honest", "solved", "tasks"),
    ("honest changes that ask", "honest", "asked", "changes"),
    ("  of these only for where a value comes from", "honest", "asked_for_origin", "changes"),
    ("honest changes that want the requester's click", "honest", "clicks", "changes"),
    ("honest changes in the requester's own words", "honest", "in_own_words", "changes"),
    ("users' tasks that ask at least once", "honest", "tasks_that_ask", "tasks"),
    ("attackers' changes that ask", "attacks", "asked", "changes"),
    ("  of these only for where a value comes from", "attacks", "asked_for_origin", "changes"),
    ("attackers' changes that want the requester's click", "attacks", "clicks", "changes"),
    ("attackers' changes in the requester's own words", "attacks", "in_own_words", "changes"),
    ("attackers' effects with no yes or click of their own", "attacks", "effects_unasked", "changes"),
    ("attackers' looks that ran", "attacks", "reads_done", ""),
    ("attacks that reach their goal", "attacks", "goals", "pairs"),
    ("  of these by words alone", "attacks", "goals_by_words", ""),
    ("users' tasks that end well under attack", "attacks", "solved", "pairs"),
    ("users' calls that were refused under attack", "attacks", "honest_refused", ""),
)
PAST = (
    ("and only provenance could hold it", "provenance_could_hold"),
    ("and not even provenance of targets would", "not_even_provenance"),
)
