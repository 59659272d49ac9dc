"""Erase what the demo company knows of somebody beside their id: profile, and the words that they wrote or that are about them."""

from sqlalchemy import exists, func, or_, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.sql import cast
from sqlmodel import col, select

from tools.systems.embedded.models import CommentRow, JournalRow, PageRow, PersonRow, TicketRow
from tools.systems.embedded.supply_models import OrderRow
from tools.systems.embedded.tickets import PREFIX

ERASED = "[erased]"


async def forget(engine: AsyncEngine, handle: str) -> None:
    """Rights, devices and grants stay as they are: they are the company's, not words about somebody."""
    mine = select(col(TicketRow.id)).where(col(TicketRow.reporter) == handle)
    profile = {"name": ERASED, "email": f"{handle}@erased.invalid", "title": "", "department": "", "zone": "UTC"}
    nothing = cast({}, JSONB)
    key = func.concat(PREFIX, col(TicketRow.id), ":")
    about_their_tickets = (col(TicketRow.reporter) == handle, func.starts_with(col(PageRow.text), key))
    async with engine.begin() as connection:
        name = await connection.scalar(select(col(PersonRow.name)).where(col(PersonRow.handle) == handle))
        for statement in (
            update(PersonRow).where(col(PersonRow.handle) == handle).values(**profile),
            update(CommentRow).where(or_(col(CommentRow.author) == handle, col(CommentRow.ticket).in_(mine))).values(text=ERASED),
            update(TicketRow).where(col(TicketRow.reporter) == handle).values(title=ERASED, text=ERASED),
            update(OrderRow).where(col(OrderRow.person) == handle).values(reason=""),
            update(JournalRow)
            .where(
                col(JournalRow.actor) == handle, col(JournalRow.tool).in_(("create_ticket", "comment_ticket", "order_equipment"))
            )
            .values(before=nothing, after=nothing),
            update(PageRow).where(exists().where(*about_their_tickets)).values(text=ERASED),
            update(PageRow).values(text=func.replace(col(PageRow.text), name or ERASED, ERASED)),
        ):
            await connection.execute(statement)
