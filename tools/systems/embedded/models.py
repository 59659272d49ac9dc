"""The demo company's tables, in the PostgreSQL schema `company`, apart from the bot's own tables and migrations.

Times are timezone-aware. A person is named by their handle everywhere.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Index, MetaData, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

SCHEMA = "company"
SHAPE = 4
"""Raised by one whenever these tables change: a company of another shape is set aside and seeded anew (`seed.ensure`)."""


class Table(SQLModel, registry=registry(metadata=MetaData(schema=SCHEMA))):
    """Base of the company's tables; its metadata is not the bot's."""


def when() -> Any:
    """A point in time, with its zone."""
    return DateTime(timezone=True)


LARGEST_ID = 2**31 - 1


def row_id(key: str, prefix: str = "") -> int | None:
    """The number in a key such as IT-1004; None when it is no key, or beyond every row."""
    digits = key.strip().upper().removeprefix(prefix)
    found = int(digits) if digits.isascii() and digits.isdigit() else 0
    return found if 0 < found <= LARGEST_ID else None


class PersonRow(Table, table=True):
    __tablename__ = "people"
    handle: str = Field(primary_key=True)
    name: str
    email: str = Field(unique=True)
    slack_id: str = Field(unique=True)
    kind: str = "employee"  # employee | guest
    title: str = ""
    department: str = ""
    manager: str = ""
    zone: str = "Europe/Berlin"
    active: bool = True


class AccountRow(Table, table=True):
    __tablename__ = "accounts"
    person: str = Field(primary_key=True, foreign_key=f"{SCHEMA}.people.handle")
    status: str = "ACTIVE"
    failed_logins: int = 0


class FactorRow(Table, table=True):
    __tablename__ = "factors"
    id: str = Field(primary_key=True)
    person: str = Field(foreign_key=f"{SCHEMA}.people.handle", index=True)
    kind: str
    status: str = "ACTIVE"


class SessionRow(Table, table=True):
    """A place where somebody is signed in."""

    __tablename__ = "sessions"
    id: int | None = Field(default=None, primary_key=True)
    person: str = Field(foreign_key=f"{SCHEMA}.people.handle", index=True)
    device: str
    place: str
    since: datetime = Field(sa_type=when())


class EnrolmentRow(Table, table=True):
    """One-time links: to a new factor, a new password, the key of a token. They are their owner's: `look` leaves them out."""

    __tablename__ = "enrolments"
    code: str = Field(primary_key=True)
    person: str = Field(foreign_key=f"{SCHEMA}.people.handle")
    key: str = Field(unique=True)
    expires: datetime = Field(sa_type=when())


class AuthenticatorRow(Table, table=True):
    """Somebody's authenticator app: its secret, the last step of 30 seconds whose code was taken, and wrong codes in a row."""

    __tablename__ = "authenticators"
    person: str = Field(primary_key=True, foreign_key=f"{SCHEMA}.people.handle")
    secret: str
    used: int = Field(default=0, sa_type=BigInteger)
    failed: int = 0
    failed_at: datetime | None = Field(default=None, sa_type=when())


class ChallengeRow(Table, table=True):
    """Somebody who is asked to confirm that it is them. The code of its link is theirs: `look` leaves it out."""

    __tablename__ = "challenges"
    code: str = Field(primary_key=True)
    key: str = Field(unique=True)
    person: str = Field(foreign_key=f"{SCHEMA}.people.handle")
    about: str
    expires: datetime = Field(sa_type=when())
    passed: datetime | None = Field(default=None, sa_type=when())


class GroupRow(Table, table=True):
    __tablename__ = "groups"
    name: str = Field(primary_key=True)
    title: str


class MembershipRow(Table, table=True):
    __tablename__ = "memberships"
    group: str = Field(primary_key=True, foreign_key=f"{SCHEMA}.groups.name")
    person: str = Field(primary_key=True, foreign_key=f"{SCHEMA}.people.handle")


class AppRow(Table, table=True):
    """`group`: whoever is in it may use the application without a grant; empty: only by a grant."""

    __tablename__ = "apps"
    id: str = Field(primary_key=True)
    name: str
    aliases: list[str] = Field(sa_type=JSONB)
    owner: str
    group: str = ""
    risk: str = "low"
    max_days: int = 90


class GrantRow(Table, table=True):
    __tablename__ = "grants"
    __table_args__ = (Index("one_active_grant", "person", "app", unique=True, postgresql_where=text("state = 'active'")),)
    id: int | None = Field(default=None, primary_key=True)
    person: str = Field(foreign_key=f"{SCHEMA}.people.handle", index=True)
    app: str = Field(foreign_key=f"{SCHEMA}.apps.id")
    until: datetime | None = Field(default=None, sa_type=when())
    state: str = "active"  # active | ended
    key: str = Field(unique=True)


class DeviceRow(Table, table=True):
    __tablename__ = "devices"
    serial: str = Field(primary_key=True)
    person: str = Field(foreign_key=f"{SCHEMA}.people.handle", index=True)
    model: str
    os: str
    main: bool = True
    certificate_expires: datetime = Field(sa_type=when())
    kind: str = "computer"  # computer | phone
    compliant: bool = True
    locked: bool = False
    last_seen: datetime = Field(sa_type=when())
    booted: datetime = Field(sa_type=when())


class TicketRow(Table, table=True):
    __tablename__ = "tickets"
    id: int | None = Field(default=None, primary_key=True)
    reporter: str = Field(foreign_key=f"{SCHEMA}.people.handle")
    title: str
    text: str = ""
    status: str = "open"  # open | in_progress | closed | cancelled
    assignee: str = ""
    created: datetime = Field(sa_type=when())


class CommentRow(Table, table=True):
    __tablename__ = "comments"
    id: int | None = Field(default=None, primary_key=True)
    ticket: int = Field(foreign_key=f"{SCHEMA}.tickets.id", index=True)
    author: str
    text: str
    at: datetime = Field(sa_type=when())


class ShiftRow(Table, table=True):
    """On duty from `start` up to, not including, `end`."""

    __tablename__ = "shifts"
    id: int | None = Field(default=None, primary_key=True)
    schedule: str = Field(index=True)
    tier: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    person: str = Field(foreign_key=f"{SCHEMA}.people.handle")
    start: datetime = Field(sa_type=when())
    end: datetime = Field(sa_type=when())


class PageRow(Table, table=True):
    __tablename__ = "pages"
    id: int | None = Field(default=None, primary_key=True)
    schedule: str
    text: str
    people: list[str] = Field(sa_type=JSONB)
    at: datetime = Field(sa_type=when())


class ServiceRow(Table, table=True):
    __tablename__ = "services"
    name: str = Field(primary_key=True)
    title: str
    aliases: list[str] = Field(sa_type=JSONB)
    status: str = "up"  # up | degraded | down
    note: str = ""


class DeploymentRow(Table, table=True):
    """`history`: what it ran, oldest first, each {revision, image, health, log}; the last one runs.

    Health: healthy | degraded (until it is restarted) | crash_loop (whatever is done). A rollout begins at `rolled_at`.
    """

    __tablename__ = "deployments"
    id: str = Field(primary_key=True)
    namespace: str
    name: str
    owner: str
    replicas: int = 2
    generation: int = 1
    history: list[dict[str, Any]] = Field(sa_type=JSONB)
    rolled_at: datetime = Field(sa_type=when())
    restarted_at: datetime | None = Field(default=None, sa_type=when())


class RepositoryRow(Table, table=True):
    __tablename__ = "repositories"
    id: str = Field(primary_key=True)
    name: str
    aliases: list[str] = Field(sa_type=JSONB)
    team: str
    owner: str
    branch: str = "main"


class CiRunRow(Table, table=True):
    """`flaky`: goes through when it is run again; else it fails as before."""

    __tablename__ = "ci_runs"
    id: int | None = Field(default=None, primary_key=True)
    repo: str = Field(foreign_key=f"{SCHEMA}.repositories.id", index=True)
    branch: str
    commit: str
    attempt: int = 1
    conclusion: str = "success"  # success | failure
    failed: str = ""
    flaky: bool = False
    started: datetime = Field(sa_type=when())


class JournalRow(Table, table=True):
    """One row for every change that was carried out, under the caller's key."""

    __tablename__ = "journal"
    __table_args__ = (UniqueConstraint("key", name="one_effect_per_key"),)
    id: int | None = Field(default=None, primary_key=True)
    key: str
    tool: str
    target: str
    actor: str
    case: str = ""
    before: dict[str, Any] = Field(sa_type=JSONB)
    after: dict[str, Any] = Field(sa_type=JSONB)
    at: datetime = Field(sa_type=when())


class ClockRow(Table, table=True):
    """How far the company's clock is turned against the real one. One row."""

    __tablename__ = "clock"
    id: int = Field(default=1, primary_key=True)
    offset: int = Field(default=0, sa_type=BigInteger)  # seconds


class FaultRow(Table, table=True):
    __tablename__ = "faults"
    tool: str = Field(primary_key=True)
    mode: str  # silent | timeout | refused | away


class SeededRow(Table, table=True):
    """Which company stands here."""

    __tablename__ = "seeded"
    shape: int = Field(primary_key=True)
    seed: int
    at: datetime = Field(sa_type=when())
