"""How long replaying recorded calls takes: generated rows in a real PostgreSQL, through the code of `policy replay`."""

import contextlib
import dataclasses
import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from bot.domain import Call, CallState, Case
from bot.gate import PolicySet, decide, parse, recorded_facts
from bot.obligations import Permit
from bot.policies.diff import question
from bot.policies.replay import Replay
from bot.policies.values import space
from bot.store import postgres
from bot.store.recorded import recorded
from bot.store.schema import migrate
from bot.store.work import Store
from tests.gate.policy import TOOLS
from tests.programs import ROOT

KINDS = 400
"""So many different calls; each is recorded many times, under ids of its own."""
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Replayed:
    """`seconds` is all that the command does once its policies are loaded: reading, deciding, counting; `busy` of them here."""

    calls: int
    seconds: float
    busy: float
    flipped: int
    untold: int


async def replaying(folder: Path, calls: int = 100_000) -> Replayed:
    """Replay so many calls under the shipped policy with another approval and a role that nobody had looked up."""
    text = (ROOT / "policies.yaml").read_text(encoding="utf-8")
    old = parse(text, TOOLS)
    new = parse(text.replace("by: [identity-oncall], count: 1, within: 4h", "by: [identity-oncall], count: 2, within: 4h"), TOOLS)
    with postgres.own(folder / "replaying", durable=False) as server:
        await migrate(server.url)
        async with Store(server.url) as store:
            await _fill(store, _made(old), calls)
            found = Replay(new, old, NOW - timedelta(days=30), NOW)
            begun, busy = time.perf_counter(), time.process_time()
            async with contextlib.aclosing(recorded(store, found.since)) as batches:
                async for batch in batches:
                    found.take(batch)
            return Replayed(found.calls, time.perf_counter() - begun, time.process_time() - busy, found.flipped, found.untold_calls)


def _made(old: PolicySet) -> list[Call]:
    """Different calls of all tools, as the door records them."""
    chance, made = random.Random(0), []
    tools = sorted(old.tools)
    for number in range(KINDS):
        of = space(tools[number % len(tools)], (old, old))
        varied = {name: chance.choice(values) for name, values in of.values.items() if chance.random() < 0.3}
        asked = question(of, old.leaves(of.tool), varied)
        decision = decide(old, asked)
        made.append(
            Call(
                id=f"K-{number}",
                case="C-1",
                call=f"c{number}",
                tool=asked.tool,
                arguments=dict(asked.args),
                state=CallState.VERIFIED,
                principal=f"{asked.principal.id}-{number % 37}",
                created=NOW - timedelta(minutes=number),
                resource=dict(asked.resource),
                beneficiary=asked.beneficiary,
                decision="permit" if isinstance(decision, Permit) else "deny",
                policies=decision.policies,
                policy_version=old.version,
                facts=recorded_facts(dataclasses.replace(asked, now=NOW), None, decision),
            )
        )
    return made


async def _fill(store: Store, made: list[Call], calls: int) -> None:
    """The ledger with so many rows, copied inside of the database."""
    async with store.work() as work:
        await work.save_case(Case("C-1", "T:D", "T", "D", "1.1", "ana", "UANA", NOW, NOW))
        for call in made:
            await work.save_call(call)
    async with await psycopg.AsyncConnection.connect(store.url) as connection:
        columns = await connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'tool_call' AND column_name <> 'position'"
        )
        names = [row[0] for row in await columns.fetchall()]
        copied = ", ".join({"id": "id || '-' || n", "call": "call || '-' || n"}.get(name, f'"{name}"') for name in names)
        quoted = ", ".join(f'"{name}"' for name in names)
        statement = f"INSERT INTO tool_call ({quoted}) SELECT {copied} FROM tool_call, generate_series(2, %s) n LIMIT %s"
        await connection.execute(statement.encode(), (calls // len(made) + 2, calls - len(made)))


def told(found: Replayed) -> str:
    """A line for `make bench`."""
    return (
        f"  replay: {found.calls:,} recorded calls in {found.seconds:.1f} s, {found.busy:.1f} s of them busy "
        f"(aim: under 60 s for 100,000); {found.flipped:,} flipped, {found.untold:,} cannot be told"
    )
