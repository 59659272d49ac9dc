"""The demo company's tables of what keeps services going: certificates of servers, tokens, nodes. The rest is in `models`."""

from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from tools.systems.embedded.models import SCHEMA, Table, when


class ServerCertificateRow(Table, table=True):
    """`issued`: each {serial, expires}, the oldest first; `served` is the serial of the one that is shown."""

    __tablename__ = "server_certificates"
    id: str = Field(primary_key=True)
    aliases: list[str] = Field(sa_type=JSONB)
    namespace: str
    owner: str = Field(foreign_key=f"{SCHEMA}.people.handle")
    issued: list[dict[str, Any]] = Field(sa_type=JSONB)
    served: str


class TokenRow(Table, table=True):
    """`keys`: each {key, works}, the oldest first. What a key says stands nowhere here."""

    __tablename__ = "tokens"
    id: str = Field(primary_key=True)
    name: str
    aliases: list[str] = Field(sa_type=JSONB)
    namespace: str
    owner: str = Field(foreign_key=f"{SCHEMA}.people.handle")
    keys: list[dict[str, Any]] = Field(sa_type=JSONB)


class NodeRow(Table, table=True):
    """`running`: how much runs there while it serves; it is empty `drains` seconds after `drained`. `least` serve in its pool."""

    __tablename__ = "nodes"
    id: str = Field(primary_key=True)
    pool: str = Field(index=True)
    namespace: str
    owner: str = Field(foreign_key=f"{SCHEMA}.people.handle")
    running: int
    least: int
    drains: int = 0
    drained: datetime | None = Field(default=None, sa_type=when())
