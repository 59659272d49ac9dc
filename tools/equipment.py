"""Equipment: ordering from the catalogue, and what became of an order."""

from typing import Annotated, Any

from pydantic import Field

from tools.base import SystemsTool, UserArguments
from tools.contract import DETAIL, Caller, Check, Effect, NotFound, Refused, Resource, Result
from tools.naming import one_named
from tools.systems.supplies import Item, Order

TOLD = {
    "ordered": "is ordered and not yet sent",
    "shipped": "is on its way",
    "delivered": "was delivered",
    "cancelled": "was cancelled",
}
MOST = 5


class OrderArguments(UserArguments):
    item: str = Field(min_length=1, max_length=200, description="What to order: its id, name, or another name of it.")
    reason: Annotated[str, DETAIL] = Field(
        default="", max_length=1_000, description="Why it is needed, in the requester's words, for the manager."
    )


class OrderEquipment(SystemsTool[OrderArguments]):
    name = "order_equipment"
    description = "Order something from the catalogue of equipment for somebody."
    effect = Effect.CHANGE
    back = "by cancelling the order"
    plain = True
    system = "equipment"
    ids = frozenset({"user", "order"})
    arguments = OrderArguments

    async def canonical(self, args: OrderArguments) -> OrderArguments:
        args = await super().canonical(args)
        every = [(item.id, item.name, item.aliases) for item in await self.systems.equipment.items()]
        return args.model_copy(update={"item": one_named(args.item, every, "thing to order")})

    async def resource(self, args: OrderArguments) -> Resource:
        item = await self._item(args.item)
        return Resource("item", item.id, label=f"{item.name} (€{item.price})", facts={"price": item.price})

    async def beneficiary(self, args: OrderArguments) -> str:
        return args.user

    async def run(self, args: OrderArguments, caller: Caller) -> Result:
        return await self._ordered((await self.systems.equipment.place_order(args.user, args.item, args.reason, caller)).value)

    async def recall(self, args: OrderArguments, key: str) -> Result | None:
        order = await self.systems.equipment.ordered_under(key)
        return await self._ordered(order) if order else None

    async def check(self, args: OrderArguments, result: Result | None) -> Check:
        how = "looked for the order"
        order = await self.systems.equipment.order(str(result.data["order"])) if result else None
        if order is None or (order.person, order.item) != (args.user, args.item) or order.status == "cancelled":
            return Check(held=False, observed="there is no such order", how=how)
        return Check(held=True, observed=f"order {order.number} {TOLD[order.status]}", how=how)

    async def undo(self, args: OrderArguments, result: Result, caller: Caller) -> Result:
        """As long as it is not sent."""
        number = str(result.data["order"])
        done = await self.systems.equipment.undo_order(number, caller)
        return Result({"user": args.user, "order": number}, f"Cancelled order {number}.", changed=done.changed)

    def sentence(self, args: OrderArguments) -> str:
        return f"Order for {args.user} from the catalogue: {args.item}"

    async def _ordered(self, order: Order) -> Result:
        price, name = (await self._item(order.item)).price, await self.full_name(order.person)
        data = {"user": order.person, "order": order.number, "item": order.item, "price": price, "status": order.status}
        return Result(data, f"Ordered a {_small(order.name)} for {name} (€{price}, order {order.number}).")

    async def _item(self, item_id: str) -> Item:
        found = next((item for item in await self.systems.equipment.items() if item.id == item_id), None)
        if found is None:
            raise NotFound(f"there is no {item_id!r} in the catalogue")
        return found


class FindOrder(SystemsTool[UserArguments]):
    name = "find_order"
    description = "Look at what was ordered for somebody, and what became of it."
    effect = Effect.READ
    system = "equipment"
    ids = frozenset({"user", "orders.order", "orders.item"})
    arguments = UserArguments

    async def resource(self, args: UserArguments) -> Resource:
        return await self.owned("order", args.user)

    async def run(self, args: UserArguments, caller: Caller) -> Result:
        orders = await self.systems.equipment.orders_of(args.user)
        data = {"user": args.user, "orders": [_told(order) for order in orders]}
        if not orders:
            return Result(data, f"Nothing was ordered for {await self.full_name(args.user)}.")
        lines = [f"{order.number}, {order.name}, of {order.ordered:%d %b}, {TOLD[order.status]}" for order in orders[:MOST]]
        return Result(data, f"{'; '.join(lines)}.")


class CancelArguments(UserArguments):
    order: str = Field(min_length=1, max_length=40, description="The number of the order, such as OR-501.")


class CancelOrder(SystemsTool[CancelArguments]):
    """Not reversible: it would be a new order."""

    name = "cancel_order"
    description = "Cancel an order that was not sent yet."
    effect = Effect.CHANGE
    plain = True
    system = "equipment"
    reversible = False
    arguments = CancelArguments

    async def canonical(self, args: CancelArguments) -> CancelArguments:
        """Also refuses what is on its way, before anybody is asked to approve it."""
        args = await super().canonical(args)
        order = await self.systems.equipment.order(args.order)
        if order is None or order.person != args.user:
            raise NotFound(f"there is no order {args.order!r} for {args.user}")
        if order.status in ("shipped", "delivered"):
            raise Refused(f"order {order.number} {TOLD[order.status]}; it cannot be cancelled any more, only sent back")
        return args.model_copy(update={"order": order.number})

    async def resource(self, args: CancelArguments) -> Resource:
        order = await self.systems.equipment.order(args.order)
        if order is None:
            raise NotFound(f"there is no order {args.order!r}")
        return Resource("order", order.number, label=order.name, owner=order.person)

    async def run(self, args: CancelArguments, caller: Caller) -> Result:
        done = await self.systems.equipment.cancel_order(args.order, caller)
        data = {"user": args.user, "order": args.order, "status": done.value.status}
        what = f"order {args.order} ({_small(done.value.name)})"
        if not done.changed:
            return Result(data, f"Nothing to cancel: {what} was cancelled already.", changed=False)
        return Result(data, f"Cancelled {what}.")

    async def check(self, args: CancelArguments, result: Result | None) -> Check:
        order = await self.systems.equipment.order(args.order)
        observed = f"order {args.order} {TOLD[order.status]}" if order else "there is no such order"
        return Check(order is not None and order.status == "cancelled", observed, "looked for the order")

    def sentence(self, args: CancelArguments) -> str:
        return f"Cancel order {args.order} of {args.user}"


def _told(order: Order) -> dict[str, Any]:
    return {
        "order": order.number,
        "item": order.item,
        "name": order.name,
        "status": order.status,
        "ordered": order.ordered.isoformat(),
    }


def _small(name: str) -> str:
    """A name of the catalogue within a sentence; abbreviations stay as they are."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]
