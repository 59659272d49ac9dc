"""From an approver's click to its effect in the company's books.

Everything is in one process here: Slack's protocol over sockets, the bot, the people. The database is a process of its own.
"""

import asyncio
import itertools
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from tests import postgres
from tests.bench.crowd import ninety_five
from tests.office import Office, opened_office

CLICKS = 30
APP = "figma"
APPROVER = "omar"
LOOKS = 0.004
"""Seconds between two looks into the books: the effect may have been there so long already."""
LONGEST = 5_000
"""Looks for one effect."""


def measure(folder: Path) -> Sequence[float]:
    """Seconds of each click."""
    with postgres.started(), postgres.copied(postgres.WITH_COMPANY) as database:
        return asyncio.run(_measured(database, folder))


async def _measured(database: str, folder: Path) -> Sequence[float]:
    async with opened_office(database, folder) as office:
        people = [one.handle for one in await office.company.people() if one.kind == "employee" and one.handle != APPROVER]
        access = office.company.systems().access
        wanted = [one for one in people if APP not in {held.app for held in await access.held(one)}]
        return [await _click(office, who) for who in itertools.islice(wanted, CLICKS)]


async def _click(office: Office, who: str) -> float:
    office.say(who, f"could I get {APP} until friday?")
    await office.hears(who, "needs a person's yes")
    given = len(await office.journal("grant_access"))
    began = time.perf_counter()
    pressed = asyncio.create_task(office.press(APPROVER, "approve"))
    for _ in range(LONGEST):
        if len(await office.journal("grant_access")) > given:
            break
        await asyncio.sleep(LOOKS)
    took = time.perf_counter() - began
    await pressed
    return took


def told(clicks: Sequence[float]) -> str:
    return f"  click to effect: p50 {statistics.median(clicks) * 1000:.0f} ms, p95 {ninety_five(clicks):.0f} ms of {len(clicks)}"
