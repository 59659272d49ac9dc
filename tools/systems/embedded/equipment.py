"""The company's catalogue of equipment, and what was ordered from it."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from tools.contract import Caller, NotFound, Refused
from tools.systems.done import Done
from tools.systems.embedded.directory import nobody
from tools.systems.embedded.faults import answers
from tools.systems.embedded.journal import UNDO, Books, Effect
from tools.systems.embedded.models import PersonRow, row_id
from tools.systems.embedded.supply_models import ItemRow, OrderRow
from tools.systems.supplies import Item, Order

PREFIX = "OR-"


class EmbeddedEquipment:
    """`tools.systems.supplies.Equipment`."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def items(self) -> list[Item]:
        async with self._books.reading() as session:
            rows = await session.scalars(select(ItemRow).order_by(ItemRow.id))
            return [Item(row.id, row.name, tuple(row.aliases), row.price) for row in rows]

    async def order(self, number: str) -> Order | None:
        found = row_id(number, PREFIX)
        if found is None:
            return None
        async with self._books.reading() as session:
            row = await session.get(OrderRow, found)
            return await _order(session, row) if row is not None else None

    async def orders_of(self, user: str) -> list[Order]:
        async with self._books.reading() as session:
            await answers(session, "find_order")
            if await session.get(PersonRow, user) is None:
                raise nobody(user)
            rows = await session.scalars(select(OrderRow).where(col(OrderRow.person) == user).order_by(col(OrderRow.id).desc()))
            return [await _order(session, row) for row in rows.all()]

    async def place_order(self, user: str, item: str, reason: str, caller: Caller) -> Done[Order]:
        async def work(session: AsyncSession) -> Effect:
            if await session.get(PersonRow, user) is None:
                raise nobody(user)
            if await session.get(ItemRow, item) is None:
                raise NotFound(f"there is no {item!r} in the catalogue")
            row = OrderRow(person=user, item=item, reason=reason, ordered=self._books.clock.now())
            session.add(row)
            await session.flush()
            told = await _order(session, row)
            return Effect({}, {"number": told.number, "name": told.name, "ordered": told.ordered.isoformat()})

        effect = await self._books.once("order_equipment", f"{user}:{item}", caller, work)
        ordered = datetime.fromisoformat(effect.after["ordered"])
        return Done(Order(effect.after["number"], user, item, effect.after["name"], reason, "ordered", ordered))

    async def ordered_under(self, key: str) -> Order | None:
        effect = await self._books.under(key, "order_equipment")
        return await self.order(effect.after["number"]) if effect is not None else None

    async def cancel_order(self, number: str, caller: Caller) -> Done[Order]:
        return await self._cancel("cancel_order", number, caller)

    async def undo_order(self, number: str, caller: Caller) -> Done[Order]:
        return await self._cancel(f"order_equipment{UNDO}", number, caller)

    async def _cancel(self, tool: str, number: str, caller: Caller) -> Done[Order]:
        async def work(session: AsyncSession) -> Effect:
            row = await session.get(OrderRow, row_id(number, PREFIX) or 0, with_for_update=True)
            if row is None:
                raise _no_order(number)
            before = {"status": row.status}
            if row.status == "cancelled":
                return Effect(before, before, changed=False)
            if row.status != "ordered":
                raise Refused(f"order {number} was {row.status}; what is on its way cannot be cancelled, only sent back")
            row.status = "cancelled"
            return Effect(before, {"status": row.status})

        effect = await self._books.once(tool, number, caller, work)
        now = await self.order(number)
        if now is None:
            raise _no_order(number)
        return Done(now, changed=effect.changed)


def _no_order(number: str) -> NotFound:
    return NotFound(f"there is no order {number!r}")


async def _order(session: AsyncSession, row: OrderRow) -> Order:
    name = await session.scalar(select(ItemRow.name).where(col(ItemRow.id) == row.item))
    ordered = row.ordered.astimezone(UTC)
    return Order(f"{PREFIX}{row.id}", row.person, row.item, name or row.item, row.reason, row.status, ordered)
