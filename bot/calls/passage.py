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
    order: dict[str, tuple[asyncio.Event, ...]] = field(default_factory=dict)  # change → each of those before it has ended
    ended: dict[str, asyncio.Event] = field(default_factory=dict)

    def in_order(self, calls: list[str]) -> None:
        """Changes among these calls run one at a time, in this order: one that is denied at once lets nobody pass who waits."""
        earlier: list[asyncio.Event] = []
        for call in calls:
            self.order[call] = tuple(earlier)
            self.ended[call] = asyncio.Event()
            earlier.append(self.ended[call])
