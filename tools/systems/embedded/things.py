"""What there is in the company that a request can name, as (id, name, other names)."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from tools.systems.embedded.calling import called
from tools.systems.embedded.equipment import PREFIX as ORDER
from tools.systems.embedded.journal import Books
from tools.systems.embedded.models import CiRunRow, DeploymentRow, RepositoryRow, ServiceRow, TicketRow
from tools.systems.embedded.operation_models import NodeRow, ServerCertificateRow, TokenRow
from tools.systems.embedded.supply_models import ItemRow, MailingListRow, OrderRow
from tools.systems.embedded.tickets import PREFIX as TICKET

Thing = tuple[str, str, Sequence[str]]

DEVICES: tuple[Thing, ...] = (
    ("computer", "Computer", ("laptop", "notebook", "macbook", "mac", "thinkpad", "pc", "desktop", "latitude", "machine")),
    ("phone", "Phone", ("iphone", "mobile", "mobile phone", "cell phone", "cellphone", "smartphone", "handy")),
)


class EmbeddedThings:
    """Lists of things, for whoever wants to know what a requester's words may name."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def things(self, kind: str, of: str = "") -> Sequence[Thing]:
        """Of a kind: list, item, service, device, deployment, repository, branch, server, token, node;
        of the person `of`: ticket, order.
        """
        async with self._books.reading() as session:
            match kind:
                case "list":
                    lists = await session.scalars(select(MailingListRow).order_by(MailingListRow.id))
                    return [(row.id, row.name, row.aliases) for row in lists]
                case "item":
                    return [(row.id, row.name, row.aliases) for row in await session.scalars(select(ItemRow).order_by(ItemRow.id))]
                case "service":
                    services = await session.scalars(select(ServiceRow).order_by(ServiceRow.name))
                    return [(row.name, row.title, row.aliases) for row in services]
                case "device":
                    return DEVICES
                case "ticket":
                    return await _tickets(session, of)
                case "order":
                    return await _orders(session, of)
                case "deployment":
                    rows = await session.scalars(select(DeploymentRow).order_by(DeploymentRow.id))
                    return [(row.id, f"{row.name} in {row.namespace}", called(row.namespace, row.name)) for row in rows]
                case "repository":
                    repositories = await session.scalars(select(RepositoryRow).order_by(RepositoryRow.id))
                    return [(row.id, row.name, tuple(row.aliases)) for row in repositories]
                case "branch":
                    branches = await session.scalars(select(CiRunRow.branch).distinct().order_by(CiRunRow.branch))
                    return [(branch, branch, ()) for branch in branches]
                case "server":
                    servers = await session.scalars(select(ServerCertificateRow).order_by(ServerCertificateRow.id))
                    return [(row.id, row.id, row.aliases) for row in servers]
                case "token":
                    tokens = await session.scalars(select(TokenRow).order_by(TokenRow.id))
                    return [(row.id, row.name, row.aliases) for row in tokens]
                case "node":
                    return [(row.id, row.id, ()) for row in await session.scalars(select(NodeRow).order_by(NodeRow.id))]
                case _:
                    return []


async def _tickets(session: AsyncSession, of: str) -> list[Thing]:
    query = select(TicketRow).where(col(TicketRow.reporter) == of, col(TicketRow.status).in_(("open", "in_progress")))
    rows = await session.scalars(query.order_by(col(TicketRow.id).desc()))
    return [(f"{TICKET}{row.id}", row.title, ()) for row in rows]


async def _orders(session: AsyncSession, of: str) -> list[Thing]:
    query = select(OrderRow, ItemRow).join(ItemRow, col(ItemRow.id) == col(OrderRow.item)).where(col(OrderRow.person) == of)
    rows = await session.execute(query.order_by(col(OrderRow.id).desc()))
    return [(f"{ORDER}{order.id}", item.name, item.aliases) for order, item in rows.all()]
