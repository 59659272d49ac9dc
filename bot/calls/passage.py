"""What one turn of one case carries through the door."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.domain import Case, Principal


@dataclass(slots=True)
class Pass:
    """What one turn of one case carries through the door."""

    case: Case
    principal: Principal
    seen: tuple[str, ...] = ()  # keys of the events that this turn has read
    superseded: bool = False
    changed: Callable[[], Awaitable[None]] | None = None  # the live view wants to know
    order: dict[str, asyncio.Event] = field(default_factory=dict)  # change → its predecessor has ended
    ended: dict[str, asyncio.Event] = field(default_factory=dict)

    def in_order(self, calls: list[str]) -> None:
        """Changes among these calls run one at a time, in this order."""
        before: asyncio.Event | None = None
        for call in calls:
            self.ended[call] = asyncio.Event()
            if before is not None:
                self.order[call] = before
            before = self.ended[call]
