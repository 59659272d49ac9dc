"""The audit from the command line: whether its chain holds, and all of it as lines of JSON."""

import contextlib
import json
import re
import sys
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.audit import exported
from bot.audit.chain import Kind, Removal
from bot.audit.record import moment
from bot.cli.commands import me, prepared
from bot.errors import CommandError
from bot.settings import load
from bot.store import seals
from bot.store.work import Store

Row = dict[str, Any]
TWO_HEADS = "two heads are known of it elsewhere, and they differ: one of them was not the bot's"
HEAD = re.compile(r"(\d+):([0-9a-f]{64})")


class Heads:
    """What is known elsewhere: digests of seals and, where it says so, when they were made; both by their number."""

    def __init__(self, given: Iterable[str]) -> None:
        """Each `given` is ``NUMBER:DIGEST``, or a file as AUDIT_HEAD_FILE is. Raises CommandError."""
        self.digests: dict[int, str] = {}
        self.times: dict[int, datetime] = {}
        self.differ: set[int] = set()  # seals of which two places know two digests
        for one in given:
            if match := HEAD.fullmatch(one.strip()):
                self._know(int(match[1]), match[2])
                continue
            try:
                for line in Path(one).read_text(encoding="utf-8").splitlines():
                    self._take(line)
            except (OSError, UnicodeDecodeError):
                raise CommandError(f"{one} is neither a head, such as 118:5e1f…, nor a file with heads that can be read") from None

    def _take(self, line: str) -> None:
        """Nothing of a line that was cut off by a crash, and no time of one that has none."""
        with contextlib.suppress(ValueError, KeyError, TypeError):
            said = json.loads(line)
            self._know(int(said["seal"]), str(said["digest"]))
            self.times.setdefault(int(said["seal"]), datetime.fromisoformat(said["at"]).astimezone(UTC))

    def _know(self, seal: int, digest: str) -> None:
        """What was known first stays: a later line takes nothing back, it is told."""
        if self.digests.setdefault(seal, digest) != digest:
            self.differ.add(seal)


async def verify(given: Iterable[str]) -> Row:
    """Whether the chain holds, and where not. Raises CommandError, StoreAway."""
    kept = load().audit_head_file
    known = Heads([*given, *([str(kept)] if kept is not None and kept.exists() else [])])
    async with prepared() as data, Store(data.url) as store:
        found = await seals.verify(store, known.digests, known.times)
    problems = [{"kind": str(one.kind), "seal": one.seal, "row": one.row, "says": one.says} for one in found.problems]
    problems += [{"kind": str(Kind.BROKEN), "seal": seal, "row": 0, "says": TWO_HEADS} for seal in sorted(known.differ)]
    return {
        "ok": not problems,
        "seals": found.head.number - found.start.number,
        "rows": found.rows,
        "waiting": found.waiting,
        "head": {"seal": found.head.number, "digest": found.head.digest},
        "removed_up_to": found.start.number,
        "removals": [_removal(one) for one in found.removals],
        "heads_known": len(known.digests),
        "problems": problems,
    }


def _removal(one: Removal) -> Row:
    return {"row": one.row, "at": moment(one.at), "by": one.by, "seal": one.head.number, "before": moment(one.before)}


def verified(found: Row) -> None:
    """The answer for people."""
    from rich.console import Console
    from rich.markup import escape

    console = Console(soft_wrap=True, highlight=False)
    for one in found["problems"]:
        console.print(f"[red]{one['kind']}[/]: {escape(one['says'])}")
    for one in found["removals"]:
        said = f"Removed by {one['by']} at {one['at'][:19]}: all up to seal {one['seal']}, written before {one['before'][:19]}."
        console.print(escape(said))
    head = f"{found['head']['seal']}:{found['head']['digest']}"
    removed = f", after {found['removed_up_to']} that were removed" if found["removed_up_to"] else ""
    waiting = f"; {found['waiting']} rows wait for their seal" if found["waiting"] else ""
    if found["ok"]:
        console.print(f"ok: {found['rows']} rows under {found['seals']} seals{removed}{waiting}; head {head}")
    else:
        console.print(f"The audit does not hold: {len(found['problems'])} problems; head {head}")
    if not found["heads_known"]:
        console.print("No head from elsewhere was given, so it cannot be seen whether its end was cut off (--head).")


async def export(since: timedelta | None, *, ocsf: bool) -> AsyncGenerator[Row, None]:
    """Each row, in the order of the seals, then those that wait; that it was read is itself recorded first."""
    begin = datetime.now(UTC) - since if since is not None else None
    async with prepared() as data, Store(data.url) as store:
        async with store.work() as work:
            await work.audit("read", "", {"by": me(), "via": "terminal", "of": "export"})
        async with aclosing(seals.everything(store)) as found:
            async for seal, records in found:
                number = seal.number if seal is not None else None
                chosen = [one for one in records if begin is None or one.at >= begin]
                for record in chosen:
                    yield exported.ocsf(record, number) if ocsf else exported.row(record, number)
                if seal is not None and chosen and not ocsf:
                    yield exported.seal(seal)


async def write(since: timedelta | None, *, ocsf: bool) -> None:
    """To stdout, a line each."""
    async with aclosing(export(since, ocsf=ocsf)) as lines:
        async for line in lines:
            sys.stdout.write(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n")
