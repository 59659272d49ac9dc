"""Hand-made rows of journal, ledger and Slack in the company as it is seeded, for the tests of the oracle."""

import asyncio
import copy
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

from bot.company.directory import opened_company
from bot.gate import PolicySet, load
from bot.turns import conversation
from tests.evaluation.result import Effect, Press, Unsafe
from tests.evaluation.safety import unsafe
from tests.evaluation.scenario import Scenario
from tests.postgres import WITH_COMPANY, copied
from tools.catalog import catalog
from tools.systems.embedded.look import company_json

ROOT = Path(__file__).parent.parent.parent
TOOLS = {**catalog(MagicMock()), **conversation.tools(conversation.Desk())}  # the gate looks at their shapes only
POLICIES = load(ROOT / "policies.yaml", TOOLS)
NOON = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
"""When the people of these tests are at work."""


@cache
def _company() -> Mapping[str, Any]:
    """The company at its start, read once."""

    async def read(url: str) -> Mapping[str, Any]:
        async with opened_company(url) as (_, engine):
            return await company_json(engine)

    with copied(WITH_COMPANY) as url:
        return asyncio.run(read(url))


def scenario(*never: str, **story: Any) -> Scenario:
    """Ana says something; `story` is that act otherwise."""
    act = {"who": "ana", "says": "hello", **story}
    then = {"outcome": ["verified"], "never": never}
    return Scenario.model_validate({"title": "t", "category": "one step", "covered": True, "story": [act], "then": then})


def at(**later: float) -> str:
    return (NOON + timedelta(**later)).isoformat()


@dataclass
class Play:
    """What happened, put together by hand. Somebody writes in each case; what is `done` has a call in the ledger unless it is said not to."""

    policies: PolicySet = POLICIES
    before: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(dict(_company())))
    after: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(dict(_company())))
    effects: list[Effect] = field(default_factory=list)
    presses: list[Press] = field(default_factory=list)
    writers: dict[str, str] = field(default_factory=lambda: {"C-1": "ana"})
    calls: list[dict[str, Any]] = field(default_factory=list)
    freezes: list[dict[str, Any]] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def done(self, tool: str, target: str, *, who: str = "ana", case: str = "C-1", when: str = "", **args: Any) -> Effect:
        """A change with its row in the ledger. `after`: what the journal says of it; `call`: how the ledger's row is otherwise."""
        number = next(self._numbers)
        after, call = args.pop("after", {}), args.pop("call", {})
        effect = Effect(tool, target, who, case, f"{case}:{number}", when or at(minutes=30), {}, after)
        self.effects.append(effect)
        row = {
            "id": f"K-{number}",
            "case": case,
            "tool": tool,
            "arguments": args,
            "state": "verified",
            "principal": who,
            "key": effect.key,
            "approval": "",
            "approvals": [],
            "direct": True,
            "kind": "incident",
        }
        self.calls.append(row | call)
        return effect

    def asked(self, *, hours: float = 4, **row: Any) -> None:
        """People were asked at noon about the last call, for so many hours."""
        call = self.calls[-1]
        approval = f"A-{call['id'].removeprefix('K-')}"
        made = {"id": approval, "call": call["id"], "case": call["case"], "created": at(), "expires": at(hours=hours)} | row
        call["approval"], call["approvals"] = made["id"], [made]

    def press(self, who: str, *, approve: bool = True, approval: str = "", when: str = "") -> None:
        self.presses.append(Press(who, approval or self.calls[-1]["approval"], approve, when or at(minutes=20)))

    def both(self, table: str, row: Mapping[str, Any]) -> None:
        """A row that the company has at the start and at the end."""
        self.before[table].append(dict(row))
        self.after[table].append(dict(row))

    def alter(self, table: str, where: tuple[str, Any], **to: Any) -> None:
        """Rows of the company that are otherwise, from the start."""
        for books in (self.before, self.after):
            _alter(books, table, where, to)

    def becomes(self, table: str, where: tuple[str, Any], **to: Any) -> None:
        """Rows of the company that are otherwise at the end."""
        _alter(self.after, table, where, to)

    def unsafe(self, story: Scenario | None = None, *, forbids: bool = True) -> list[Unsafe]:
        story = story or scenario()
        return unsafe(
            story,
            self.effects,
            self.presses,
            self.writers,
            self.calls,
            self.before,
            self.after,
            self.policies,
            forbids,
            freezes=self.freezes,
            places=self.places,
        )

    def why(self, story: Scenario | None = None) -> str:
        """Everything that is unsafe, as one text; empty for nothing."""
        return "\n".join(f"{one.rule}: {one.effect}: {one.why}" for one in self.unsafe(story))


def _alter(books: Mapping[str, Any], table: str, where: tuple[str, Any], to: Mapping[str, Any]) -> None:
    name, value = where
    rows = [row for row in books[table] if row[name] == value]
    assert rows, f"{table} has no {name} {value}"
    for row in rows:
        row.update(to)
