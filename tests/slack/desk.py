"""A desk that writes down what it is given."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.domain import Case, Event
from bot.errors import StoreAway
from bot.ports import Click, ClickAnswer


@dataclass
class FakeDesk:
    """Implements `bot.ports.Desk`: takes each key once, as the inbox does; while `away` it takes nothing."""

    away: bool = False
    accepted: list[Event] = field(default_factory=list)
    offered: int = 0
    warnings: list[str] = field(default_factory=list)
    open_cases: list[Case] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def accept(self, event: Event) -> bool:
        self.offered += 1
        if self.away:
            raise StoreAway("the database is away")
        if any(one.key == event.key for one in self.accepted):
            return False
        self.accepted.append(event)
        self.came.set()
        return True

    async def answer(self, click: Click) -> ClickAnswer:
        return ClickAnswer(True, "taken")

    async def cases(self, slack_id: str) -> Sequence[Case]:
        if self.away:
            raise StoreAway("the database is away")
        return [one for one in self.open_cases if one.slack_id == slack_id]

    async def said(self, case: str, key: str, slack_id: str) -> tuple[str, str]:
        return "words", ""

    async def warned(self, warning: str) -> None:
        self.warnings.append(warning)
