"""`python -m tests.outside`: replay the public benchmarks and print what came of them.

python -m tests.outside [--json] [--one-of-each]
"""

import argparse
import asyncio
import json
import sys

import structlog

from tests.outside.packages import Absent
from tests.outside.report import report
from tests.outside.table import table


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


if __name__ == "__main__":
    sys.exit(main())
