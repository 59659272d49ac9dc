"""From an approver's click to its effect in the company's books, and what hundreds of approvals cost that only wait.

Everything is in one process here: Slack's protocol over sockets, the bot, the people. The database is a process of its own.
"""

import asyncio
import itertools
import resource
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from tests import postgres
from tests.bench.crowd import ninety_five
from tests.office import Office, opened_office

CLICKS = 30
WAITING = 500
IDLE = 20.0
"""Seconds in which nothing happens."""
LOOKS = 0.004
"""Seconds between two looks into the books: the effect may have been there so long already."""
LONGEST = 5_000
"""Looks for one effect."""
TOGETHER = 10
APPS = ("figma", "salesforce", "looker", "zendesk", "mailchimp")


@dataclass(frozen=True, slots=True)
class Idle:
    """Of one process in which nothing happens: processor seconds a minute, and memory in MB."""

    waiting: int
    busy: float
    memory: float


@dataclass(frozen=True, slots=True)
class Cost:
    """`clicks`: seconds each."""

    clicks: Sequence[float]
    before: Idle
    after: Idle


def measure(folder: Path) -> Cost:
    with postgres.started(), postgres.copied(postgres.WITH_COMPANY) as database:
        return asyncio.run(_measured(database, folder))


async def _measured(database: str, folder: Path) -> Cost:
    async with opened_office(database, folder) as office:
        people = [one.handle for one in await office.company.people() if one.kind == "employee" and one.handle != "omar"]
        have = {(one["app"], one["person"]) for one in (await office.books())["grants"] if one["state"] == "active"}
        wanted = (one for one in itertools.product(APPS, people) if one not in have)
        clicks = [await _click(office, who, app) for app, who in itertools.islice(wanted, CLICKS)]
        before, left = await _idle(office), WAITING
        while left > 0:
            some = list(itertools.islice(wanted, min(TOGETHER, left)))
            await _ask(office, some)
            left -= len(some)
        return Cost(clicks, before, await _idle(office))


async def _click(office: Office, who: str, app: str) -> float:
    await _ask(office, [(app, who)])
    given = len(await office.journal("grant_access"))
    began = time.perf_counter()
    pressed = asyncio.create_task(office.press("omar", "approve"))
    for _ in range(LONGEST):
        if len(await office.journal("grant_access")) > given:
            break
        await asyncio.sleep(LOOKS)
    took = time.perf_counter() - began
    await pressed
    return took


async def _ask(office: Office, wanted: Sequence[tuple[str, str]]) -> None:
    before = await _waiting(office)
    for app, who in wanted:
        office.say(who, f"could I get {app} until friday?")

    async def wait() -> bool:
        return await _waiting(office) >= before + len(wanted)

    await office.until(wait, "the approvals", 120)


async def _waiting(office: Office) -> int:
    async with office.store.session() as session:
        return int(await session.scalar(sa.text("SELECT count(*) FROM approval WHERE state = 'waiting'")) or 0)


async def _idle(office: Office) -> Idle:
    await asyncio.sleep(IDLE / 4)  # what was said last is brought to its end
    before = resource.getrusage(resource.RUSAGE_SELF)
    await asyncio.sleep(IDLE)
    after = resource.getrusage(resource.RUSAGE_SELF)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Idle(await _waiting(office), busy * 60 / IDLE, _memory())


def _memory() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


def told(cost: Cost) -> str:
    lines = [
        f"  click to effect: p50 {statistics.median(cost.clicks) * 1000:.0f} ms, p95 {ninety_five(cost.clicks):.0f} ms of {len(cost.clicks)}"
    ]
    lines += [
        f"  {one.waiting} approvals waiting: {one.busy:.1f} s of a processor a minute, {one.memory:.0f} MB (people and Slack's double included)"
        for one in (cost.before, cost.after)
    ]
    return "\n".join(lines)
