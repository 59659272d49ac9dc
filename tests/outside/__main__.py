"""`python -m tests.outside`: replay the public benchmarks and print what came of them.

python -m tests.outside [--json] [--one-of-each]
"""

import argparse
import asyncio
import json
import sys
from typing import Any

import structlog

from tests.outside.packages import Absent
from tests.outside.report import POLICIES, report


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.outside", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print the report as JSON; its shape stands in tests/outside/report.py")
    parser.add_argument("--one-of-each", action="store_true", help="each attacker's goal once, instead of with every user's task")
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    try:
        found = asyncio.run(report(whole=not chosen.one_of_each))
    except Absent as absent:
        print(absent, file=sys.stderr)
        return 1
    print(json.dumps(found, indent=1) if chosen.json else table(found))
    return 0


def table(found: dict[str, Any]) -> str:
    """The report for people."""
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

if __name__ == "__main__":
    sys.exit(main())
