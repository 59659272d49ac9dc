"""What approvals cost that wait for an answer: the running bot with none, then with many, in CPU time and memory.

The bot is a process of its own with its database, and nobody writes to it while it is looked at. The approvals are asked for
through the bot's own parts, on the same database; their cards are posted by the running bot first.
"""

import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

from bot import databases, toolbox
from bot.approvals.approvers import Request
from bot.approvals.consulting import Consulting
from bot.company.directory import CompanyDirectory, opened_company
from bot.domain import Call, CallState, Case, Membership, PersonKind, Principal
from bot.facts import Facts
from bot.gate import load
from bot.obligations import Owed
from bot.ports import Profile
from bot.settings import load as settings_of
from bot.store.work import Store
from tests.programs import ROOT, Program
from tools.catalog import catalog

WAITING = 500
SECONDS = 30.0
"""How long the bot is looked at, each time."""
POSTED = "SELECT count(*) FROM outbox WHERE state = 'pending'"
PATIENCE = 600
"""Seconds for all cards to be posted; the playground lets a channel have four a second."""


@dataclass(frozen=True)
class Look:
    """CPU seconds of the bot and of its database in `SECONDS`, and the bot's resident memory in MB."""

    bot: float
    database: float
    memory: float


class Everybody:
    """Implements `bot.ports.Workspace` as far as asking needs it."""

    async def profile(self, slack_id: str, team: str) -> Profile:
        return Profile(slack_id, PersonKind.MEMBER, team)

    async def has(self, slack_id: str) -> Membership:
        return Membership.YES


def measure(folder: Path) -> tuple[Look, Look]:
    """Without any, and with all."""
    bot = Program(folder)
    bot.start()
    try:
        time.sleep(SECONDS / 3)
        none = _look(bot)
        asyncio.run(_asked(folder))
        time.sleep(SECONDS / 3)
        return none, _look(bot)
    finally:
        bot.end()


def told(none: Look, many: Look) -> str:
    def row(name: str, one: Look) -> str:
        share = f"{100 * one.bot / SECONDS:.1f} % and {100 * one.database / SECONDS:.1f} % of a core"
        return f"  {name:>12}: bot and database {share}, {one.memory:.0f} MB"

    return "\n".join((row("none waiting", none), row(f"{WAITING} waiting", many)))


async def _asked(folder: Path) -> None:
    """So many calls of as many cases wait for whoever is on call, and their cards are posted."""
    with databases.borrow(settings_of({"BOT_DATA_DIR": str(folder)})) as data:
        async with opened_company(data.url) as (company, _), Store(data.url) as store:
            tools, directory, workspace = catalog(company.systems()), CompanyDirectory(company), Everybody()
            facts: Any = Facts(directory, workspace)  # type: ignore[arg-type]
            policies: Any = SimpleNamespace(current=load(ROOT / "policies.yaml", toolbox.tools()))
            people = Consulting.of(
                tools=tools,
                work=store.work,
                facts=facts,
                directory=directory,
                policies=policies,
                clock=company.clock,
                channel="oncall",
            )
            team, now = "TPLAYGROUND", company.clock.now()
            [owed] = [
                o for one in policies.current.policies if "grant_access" in one.tools for o in one.owes if isinstance(o, Owed)
            ][:1]
            for number in range(WAITING):
                await _ask(
                    store, people, Principal("ana", "UDESKHAND0001", team, kind=PersonKind.MEMBER, name="Ana"), owed, number, now
                )
            until = time.monotonic() + PATIENCE
            while time.monotonic() < until:
                async with store.session() as session:
                    if not await session.scalar(sa.text(POSTED)):
                        return
                await asyncio.sleep(0.5)
            raise TimeoutError("the cards are not all posted")


async def _ask(store: Store, people: Consulting, who: Principal, owed: Owed, number: int, now: Any) -> None:
    name = f"C-{90_000 + number}"
    case = Case(name, f"{who.team}:D:{number}", who.team, "D", f"{number}.1", who.id, who.slack_id, now, now)
    call = Call(
        id=f"K-{90_000 + number}",
        case=name,
        call=f"c{number}",
        tool="grant_access",
        arguments={"user": "ben", "app": "figma", "until": "2026-12-24T12:00:00+00:00"},
        state=CallState.WAITING,
        principal=who.id,
        created=now,
        effect="change",
        system="access",
        digest=f"digest {number}",
        beneficiary="ben",
        resource={"kind": "app", "id": "figma", "owner": ""},
        sentence="Give ben access to figma",
    )
    async with store.work() as work:
        await work.save_case(case)
        await work.save_call(call)
    request = Request(call, case, who, (owed,))
    audience = await people.approvers.audience(request)
    async with store.work() as work:
        await people.asking.request(work, request, audience)


def _look(bot: Program) -> Look:
    assert bot.process is not None
    pids = [bot.process.pid]
    database = _postgres(bot.folder)
    began = _seconds(pids), _seconds(database)
    time.sleep(SECONDS)
    memory = int(Path(f"/proc/{bot.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    return Look(_seconds(pids) - began[0], _seconds(database) - began[1], memory)


def _postgres(folder: Path) -> Sequence[int]:
    """The server of this folder and its processes."""
    [pid] = [int(file.read_text().split()[0]) for file in folder.rglob("postmaster.pid")]
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def _seconds(pids: Sequence[int]) -> float:
    """CPU time that these processes took so far."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
