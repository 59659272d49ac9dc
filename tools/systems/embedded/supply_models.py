"""The demo company's tables of what people are given at work: mailing lists, seats, equipment. The rest is in `models`."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from tools.systems.embedded.models import SCHEMA, Table, when


class MailingListRow(Table, table=True):
    __tablename__ = "mailing_lists"
    id: str = Field(primary_key=True)
    name: str
    aliases: list[str] = Field(sa_type=JSONB)
    owner: str = Field(foreign_key=f"{SCHEMA}.people.handle")
    open: bool = True


class SubscriptionRow(Table, table=True):
    __tablename__ = "subscriptions"
    list: str = Field(primary_key=True, foreign_key=f"{SCHEMA}.mailing_lists.id")
    person: str = Field(primary_key=True, foreign_key=f"{SCHEMA}.people.handle")


class LicenceRow(Table, table=True):
    """How many seats of an application are paid for."""

    __tablename__ = "licences"
    app: str = Field(primary_key=True, foreign_key=f"{SCHEMA}.apps.id")
    seats: int


class SeatRow(Table, table=True):
    __tablename__ = "seats"
    app: str = Field(primary_key=True, foreign_key=f"{SCHEMA}.licences.app")
    person: str = Field(primary_key=True, foreign_key=f"{SCHEMA}.people.handle")


class ItemRow(Table, table=True):
    """`price` in whole euros."""

    __tablename__ = "items"
    id: str = Field(primary_key=True)
    name: str
    aliases: list[str] = Field(sa_type=JSONB)
    price: int


class OrderRow(Table, table=True):
    __tablename__ = "orders"
    id: int | None = Field(default=None, primary_key=True)
    person: str = Field(foreign_key=f"{SCHEMA}.people.handle", index=True)
    item: str = Field(foreign_key=f"{SCHEMA}.items.id")
    reason: str = ""
    status: str = "ordered"  # ordered | shipped | delivered | cancelled
    ordered: datetime = Field(sa_type=when())
