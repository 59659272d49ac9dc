"""`make bench`: Deskhand beside a bare Bolt echo, its parts by themselves, and the tokens of a solved case.

    python -m tests.bench [gate] [replay] [clicks] [waiting] [replies] [parts] [starts] [tokens]
    python -m tests.bench gate --json FILE
    python -m tests.bench replies --beside "COMMAND" --folder DIR --calls '[["a_tool", {"its": "argument"}]]'

With `--beside` any other bot is measured in the same run: the command is started with Slack's tokens, `SLACK_API_URL` and
`OPENAI_*` in its environment, and asked as soon as it connects by Socket Mode. `--beside ""` only prints that environment and
waits for a bot that is started by hand. `--calls` says what its model calls for the locked account, one call an answer.
"""

import argparse
import asyncio
import json
import logging
import os
import resource
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import structlog

from bot.gate import decide, load
from bot.store import postgres
from bot.store.schema import migrate
from knowledge.embeddings import MiniLM
from knowledge.index import Index
from knowledge.parse import load as load_runbooks
from tests.bench import clicks, gate, origins, replaying, tokens, waiting
from tests.bench.bots import Command
from tests.bench.crowd import ninety_five
from tests.bench.replies import ROUNDS, measure, table
from tests.gate.policy import TOOLS, ask
from tests.programs import ROOT, Program

WHAT = ("parts", "gate", "replay", "clicks", "waiting", "replies", "tokens", "starts")


def replies(folder: Path, beside: Sequence[Command], rounds: int) -> None:
    print("From a message to its answer, through Slack's protocol; each bot a process of its own", flush=True)
    with postgres.own(folder / "database") as server:
        rows = asyncio.run(measure(server.url, beside, rounds=rounds))
    print(table(rows))


def parts(folder: Path) -> None:
    print("Parts")
    policies = load(ROOT / "policies.yaml", TOOLS)
    question, times = ask(), 20_000
    start = time.perf_counter()
    for _ in range(times):
        decide(policies, question)
    each = (time.perf_counter() - start) / times
    print(f"  gate: {each * 1e6:.0f} µs a decision, {1 / each:,.0f} a second (aim: under 100 µs)")
    cost = origins.measure()
    size = f"{origins.SIZE // 1000} kB of history"
    print(f"  origins: {cost.warm:.2f} ms a call on {size}, {cost.cold:.1f} ms where none of it was seen before (aim: under 2 ms)")
    books, _ = load_runbooks(ROOT / "knowledge" / "runbooks")
    model = MiniLM()
    for label in ("cold", "warm"):
        start = time.perf_counter()
        index = Index(model, folder / "vectors")
        index.build(books)
        print(f"  index: {label} build {1000 * (time.perf_counter() - start):.0f} ms for {len(books)} runbooks")
    found = []
    for number in range(50):
        start = time.perf_counter()
        asyncio.run(index.search(f"my vpn says certificate expired {number}"))
        found.append(time.perf_counter() - start)
    print(f"  search: p50 {statistics.median(found) * 1000:.1f} ms, p95 {ninety_five(found):.1f} ms, with the query's embedding")
    print(
        f"  memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most in this process, with the benchmark itself"
    )


def beside_cedar(rounds: int, file: Path | None) -> None:
    print(
        "Deciding beside cedarpy, the same rules and questions (aim: p50 under 100 µs with 20, under 500 µs with 2,000)", flush=True
    )
    rows = [gate.measure() for _ in range(rounds)]
    print(gate.table(rows))
    if file is not None:
        file.write_text(gate.as_json(rows) + "\n")


def starts(folder: Path) -> None:
    print("Starts of `python -m bot run`, to ready")
    bot = Program(folder)
    for label in ("cold (new data folder)", "warm", "warm"):
        start = time.perf_counter()
        bot.start()
        seconds = time.perf_counter() - start
        assert bot.process is not None
        memory = int(subprocess.check_output(["ps", "-o", "rss=", "-p", str(bot.process.pid)])) / 1024
        bot.end()
        print(f"  {label}: {seconds:.1f} s, {memory:.0f} MB")


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m tests.bench", description="Measures; asserts nothing.")
    arguments.add_argument("what", nargs="*", choices=WHAT, default=list(WHAT), metavar="|".join(WHAT))
    arguments.add_argument("--beside", metavar="COMMAND", help="another bot, measured in the same run; empty: started by hand")
    arguments.add_argument("--folder", type=Path, default=Path(), help="where that command is run")
    arguments.add_argument("--calls", type=json.loads, default=[], help="what its model calls for the locked account, as JSON")
    arguments.add_argument("--rounds", type=int, default=ROUNDS)
    arguments.add_argument("--json", type=Path, metavar="FILE", help="where the figures of `gate` are written as well")
    given = arguments.parse_args()
    beside = []
    if given.beside is not None:
        calls = [(name, values) for name, values in given.calls]
        beside = [Command("beside", shlex.split(given.beside), given.folder, calls)]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    logging.disable(logging.CRITICAL)
    print(f"Deskhand benchmark on {os.cpu_count()} cores, Python {sys.version.split()[0]}")
    with tempfile.TemporaryDirectory(prefix="deskhand-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        if "parts" in given.what:
            parts(folder)
        if "replay" in given.what:
            print("Recorded calls, decided again by `policy replay`")
            print(replaying.told(asyncio.run(replaying.replaying(folder))))
        if "clicks" in given.what:
            print("Approvals", flush=True)
            print(clicks.told(clicks.measure(folder / "clicks")))
        if "waiting" in given.what:
            print("Approvals that wait, while nobody does anything", flush=True)
            print(waiting.told(*waiting.measure(folder / "waiting")))
        if "gate" in given.what:
            beside_cedar(given.rounds, given.json)
        if "replies" in given.what:
            replies(folder, beside, given.rounds)
        if "tokens" in given.what:
            (folder / "tokens").mkdir()
            with postgres.own(folder / "database of tokens") as server:
                asyncio.run(migrate(server.url))
                tokens.measure(server.url, folder / "tokens")
        if "starts" in given.what:
            starts(folder / "run")


if __name__ == "__main__":
    main()
