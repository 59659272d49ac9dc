"""What tools may ask of the systems behind what people are given at work: mailing lists, licences, equipment, and news of services.

The rules are those of `tools.systems.protocols`: asked by ids only, `NotFound`, `Refused` and `SystemAway`, one effect per key.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tools.contract import Caller
from tools.systems.done import Done

# ── mailing lists ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class MailingList:
    """A mailing list. Everybody may join an open one; whoever joins another is let in by its owner."""

    id: str
    name: str
    aliases: tuple[str, ...]
    owner: str
    open: bool


@dataclass(frozen=True, slots=True)
class Subscription:
    """Whether somebody gets what is written to a list."""

    list: str
    person: str
    there: bool


class Lists(Protocol):
    """Mailing lists, and who is on them."""

    async def mailing_list(self, list_id: str) -> MailingList | None:
        """By id. Raises SystemAway."""

    async def mailing_lists(self) -> list[MailingList]:
        """All, by id. Raises SystemAway."""

    async def lists_of(self, user: str) -> list[str]:
        """The ids of the lists that somebody is on. Raises NotFound, SystemAway."""

    async def join_list(self, user: str, list_id: str, caller: Caller) -> Done[Subscription]:
        """Not changed: on it already. Raises NotFound, SystemAway."""

    async def leave_list(self, user: str, list_id: str, caller: Caller) -> Done[Subscription]:
        """Not changed: not on it. Raises NotFound, SystemAway."""

    async def undo_join(self, user: str, list_id: str, caller: Caller) -> Done[Subscription]:
        """Take a joining back. Raises NotFound, SystemAway."""

    async def undo_leave(self, user: str, list_id: str, caller: Caller) -> Done[Subscription]:
        """Take a leaving back. Raises NotFound, SystemAway."""


# ── licences ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Licences:
    """The seats of an application that is paid for by the seat."""

    app: str
    name: str
    owner: str
    seats: int
    taken: int

    @property
    def free(self) -> int:
        return max(self.seats - self.taken, 0)


@dataclass(frozen=True, slots=True)
class Seat:
    """Whether somebody has a seat of an application, and how many are free beside it."""

    app: str
    person: str
    there: bool
    free: int


class Licensing(Protocol):
    """Seats of the applications that are paid for by the seat."""

    async def licences(self) -> list[Licences]:
        """Every application that has seats, by id. Raises SystemAway."""

    async def licences_of(self, user: str) -> list[str]:
        """The ids of the applications that somebody has a seat of. Raises NotFound, SystemAway."""

    async def assign_seat(self, user: str, app: str, caller: Caller) -> Done[Seat]:
        """Not changed: has one already. Raises NotFound (also where there are no seats), Refused (none is free), SystemAway."""

    async def release_seat(self, user: str, app: str, caller: Caller) -> Done[Seat]:
        """Not changed: has none. Raises NotFound, SystemAway."""

    async def undo_assign(self, user: str, app: str, caller: Caller) -> Done[Seat]:
        """Take an assignment back. Raises NotFound, SystemAway."""

    async def undo_release(self, user: str, app: str, caller: Caller) -> Done[Seat]:
        """Take a release back. Raises NotFound, Refused (somebody else has the seat now), SystemAway."""


# ── equipment ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Item:
    """A thing of the catalogue, and what it costs, in whole euros."""

    id: str
    name: str
    aliases: tuple[str, ...]
    price: int


@dataclass(frozen=True, slots=True)
class Order:
    """An order. Status: ordered | shipped | delivered | cancelled."""

    number: str
    person: str
    item: str
    name: str
    reason: str
    status: str
    ordered: datetime


class Equipment(Protocol):
    """Ordering from the catalogue."""

    async def items(self) -> list[Item]:
        """What can be ordered, by id. Raises SystemAway."""

    async def order(self, number: str) -> Order | None:
        """By number. Raises SystemAway."""

    async def orders_of(self, user: str) -> list[Order]:
        """The newest first. Raises NotFound, SystemAway."""

    async def place_order(self, user: str, item: str, reason: str, caller: Caller) -> Done[Order]:
        """Raises NotFound, SystemAway."""

    async def ordered_under(self, key: str) -> Order | None:
        """The order that was placed under this key, as it is. Raises SystemAway."""

    async def cancel_order(self, number: str, caller: Caller) -> Done[Order]:
        """Not changed: cancelled already. Raises NotFound, Refused (it is on its way), SystemAway."""

    async def undo_order(self, number: str, caller: Caller) -> Done[Order]:
        """Take an ordering back; as `cancel_order`."""


# ── services ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Service:
    """Something that everybody uses, and how it is. Status: up | degraded | down."""

    id: str
    name: str
    aliases: tuple[str, ...]
    status: str
    note: str


class Status(Protocol):
    """How the services are."""

    async def services(self) -> list[Service]:
        """All, by id. Raises SystemAway."""
