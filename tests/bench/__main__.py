"""`make bench`: Deskhand beside a bare Bolt echo on the same playground, and its parts by themselves."""

import asyncio
import logging
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.gate import decide, load
from bot.playground import Member, Server, Workspace, serve
from bot.playground.workspace import BOT_USER
from bot.store import postgres
from bot.store.schema import migrate
from knowledge.embeddings import MiniLM
from knowledge.index import Index
from knowledge.parse import load as load_runbooks
from tests.gate.policy import TOOLS, ask
from tests.office import opened_office
from tests.programs import ROOT, Program

QUESTION = "how do guests get on the wifi?"
ALONE, AT_ONCE, ROUNDS = 40, 20, 3


def percentiles(values: list[float]) -> tuple[float, float]:
    """p50 and p95, in milliseconds."""
    ordered = sorted(values)
    return statistics.median(ordered) * 1000, ordered[min(len(ordered) - 1, round(len(ordered) * 0.95))] * 1000


class Watch:
    """Times acks and first replies of a playground."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.acks: list[float] = []
        deliver = server.delivery.deliver

        async def timed(kind: str, payload: Any, attempt: int, reason: str) -> Any:
            start = time.perf_counter()
            answer = await deliver(kind, payload, attempt, reason)
            self.acks.append(time.perf_counter() - start)
            return answer

        server.delivery.deliver = timed  # type: ignore[method-assign]

    async def reply(self, member: Member) -> float:
        """Seconds from what somebody says to the first answer in its thread."""
        channel = self.server.workspace.direct(member.slack_id)
        start = time.perf_counter()
        ts = self.server.workspace.say(member, channel, QUESTION)["ts"]
        while not any(one["user"] == BOT_USER and one.get("thread_ts") == ts for one in channel.messages[-6:]):
            if time.perf_counter() - start > 30:
                raise TimeoutError
            await asyncio.sleep(0.0005)
        return time.perf_counter() - start

    async def measured(self, name: str) -> dict[str, float]:
        """Alone one after the other, then twenty people at once."""
        people = [one for one in self.server.workspace.members.values() if one.kind == "member"][:AT_ONCE]
        for _ in range(3):
            await self.reply(people[0])
        self.acks.clear()
        alone = [await self.reply(people[number % len(people)]) for number in range(ALONE)]
        ack_alone = list(self.acks)
        self.acks.clear()
        together = [value for _ in range(ROUNDS) for value in await asyncio.gather(*(self.reply(one) for one in people))]
        figures = {}
        for label, values in (
            ("ack", ack_alone),
            ("reply", alone),
            ("ack, 20 at once", self.acks),
            ("reply, 20 at once", together),
        ):
            p50, p95 = percentiles(values)
            figures[label] = p50
            figures[f"{label} p95"] = p95
            print(f"  {name:9} {label:18} p50 {p50:8.1f} ms   p95 {p95:8.1f} ms", flush=True)
        return figures


async def echo(server: Server) -> Callable[[], Awaitable[None]]:
    """The floor: Bolt with one pooled session that answers at once and keeps nothing."""
    session = aiohttp.ClientSession()
    client = AsyncWebClient("xoxb-playground", base_url=f"{server.url}/api/", session=session)
    app = AsyncApp(client=client, process_before_response=False)

    @app.event("message")
    async def answer(event: dict[str, Any], say: Any) -> None:
        await say(event["text"], thread_ts=event["ts"])

    handler = AsyncSocketModeHandler(app, "xapp-playground")
    await handler.connect_async()

    async def stop() -> None:
        await handler.close_async()
        await session.close()

    return stop


async def protocol(url: str, folder: Path) -> None:
    print("Through Slack's protocol (a question with an answer only: no tool, everything else on)")
    async with opened_office(url, folder) as office:
        server = await serve(Workspace(office.server.workspace.members.values()))
        stop = await echo(server)
        floor = await Watch(server).measured("echo")
        await stop()
        await server.stop()
        ours = await Watch(office.server).measured("deskhand")
    print(f"  ack p95 above the echo's: {ours['ack p95'] - floor['ack p95']:.1f} ms alone, ", end="")
    print(f"{ours['ack, 20 at once p95'] - floor['ack, 20 at once p95']:.1f} ms with 20 at once (aim: under 20)")
    print(f"  reply p50: {ours['reply']:.1f} ms (aim: under 40), {ours['reply'] / floor['reply']:.1f} times the echo's")


def parts(folder: Path) -> None:
    print("Parts")
    policies = load(ROOT / "policies.yaml", TOOLS)
    question, times = ask(), 20_000
    start = time.perf_counter()
    for _ in range(times):
        decide(policies, question)
    each = (time.perf_counter() - start) / times
    print(f"  gate: {each * 1e6:.0f} µs a decision, {1 / each:,.0f} a second (aim: under 100 µs)")
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
    print("  search: p50 {:.1f} ms, p95 {:.1f} ms, with the query's embedding".format(*percentiles(found)))
    print(
        f"  memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most in this process, with the benchmark itself"
    )


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
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    logging.disable(logging.CRITICAL)
    print(f"Deskhand benchmark on {os.cpu_count()} cores, Python {sys.version.split()[0]}")
    with tempfile.TemporaryDirectory(prefix="deskhand-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        parts(folder)
        (folder / "bench").mkdir()
        with postgres.own(folder / "database") as server:
            asyncio.run(migrate(server.url))
            asyncio.run(protocol(server.url, folder / "bench"))
        starts(folder / "run")


if __name__ == "__main__":
    main()
