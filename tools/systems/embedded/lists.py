"""The company's mailing lists."""

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from tools.contract import Caller, NotFound
from tools.systems.done import Done
from tools.systems.embedded.directory import nobody
from tools.systems.embedded.faults import answers
from tools.systems.embedded.journal import UNDO, Books, Effect
from tools.systems.embedded.models import PersonRow
from tools.systems.embedded.supply_models import MailingListRow, SubscriptionRow
from tools.systems.supplies import MailingList, Subscription


class EmbeddedLists:
    """`tools.systems.supplies.Lists`."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def mailing_list(self, list_id: str) -> MailingList | None:
        async with self._books.reading() as session:
            row = await session.get(MailingListRow, list_id)
            return _list(row) if row is not None else None

    async def mailing_lists(self) -> list[MailingList]:
        async with self._books.reading() as session:
            return [_list(row) for row in await session.scalars(select(MailingListRow).order_by(MailingListRow.id))]

    async def lists_of(self, user: str) -> list[str]:
        async with self._books.reading() as session:
            await answers(session, "list_mailing_lists")
            if await session.get(PersonRow, user) is None:
                raise nobody(user)
            query = select(SubscriptionRow.list).where(col(SubscriptionRow.person) == user).order_by(SubscriptionRow.list)
            return list(await session.scalars(query))

    async def join_list(self, user: str, list_id: str, caller: Caller) -> Done[Subscription]:
        return await self._subscribe("join_mailing_list", user, list_id, caller, there=True)

    async def leave_list(self, user: str, list_id: str, caller: Caller) -> Done[Subscription]:
        return await self._subscribe("leave_mailing_list", user, list_id, caller, there=False)

    async def undo_join(self, user: str, list_id: str, caller: Caller) -> Done[Subscription]:
        return await self._subscribe(f"join_mailing_list{UNDO}", user, list_id, caller, there=False)

    async def undo_leave(self, user: str, list_id: str, caller: Caller) -> Done[Subscription]:
        return await self._subscribe(f"leave_mailing_list{UNDO}", user, list_id, caller, there=True)

    async def _subscribe(self, tool: str, user: str, list_id: str, caller: Caller, *, there: bool) -> Done[Subscription]:
        async def work(session: AsyncSession) -> Effect:
            if await session.get(PersonRow, user) is None:
                raise nobody(user)
            if await session.get(MailingListRow, list_id) is None:
                raise NotFound(f"there is no mailing list {list_id!r}")
            new = insert(SubscriptionRow).values(list=list_id, person=user).on_conflict_do_nothing()
            gone = delete(SubscriptionRow).where(col(SubscriptionRow.list) == list_id, col(SubscriptionRow.person) == user)
            altered = (await session.execute((new if there else gone).returning(col(SubscriptionRow.person)))).first()
            changed = altered is not None
            return Effect({"there": there is not changed}, {"there": there}, changed)

        effect = await self._books.once(tool, f"{user}:{list_id}", caller, work)
        return Done(
            Subscription(list_id, user, effect.after["there"]),
            Subscription(list_id, user, effect.before["there"]),
            effect.changed,
        )


def _list(row: MailingListRow) -> MailingList:
    return MailingList(row.id, row.name, tuple(row.aliases), row.owner, row.open)
