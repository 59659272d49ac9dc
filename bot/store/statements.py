"""Statements that are run again and again, built once. A statement takes its values when it is run.

Building one costs more than running it: SQLAlchemy copies the table's columns for each upsert, and looks at all that it is given.
"""

import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlmodel import SQLModel

from bot.domain import Count
from bot.store.tables import (
    ApprovalRow,
    CallRow,
    CaseRow,
    CaseThreadRow,
    FreezeRow,
    InboxRow,
    ModelCallRow,
    NoticeRow,
    OutboxRow,
    PlanRow,
    TranscriptRow,
)

FREEZING = 7_238_116
"""Advisory lock: shared by every claim, and alone for whoever freezes."""
HELD = sa.text(f"SELECT pg_advisory_xact_lock_shared({FREEZING})")
HELD_ALONE = sa.text(f"SELECT pg_advisory_xact_lock({FREEZING})")
ALONE = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:case, 0))")
"""Advisory lock of whoever draws the cards of one case."""


def table(of: type[SQLModel]) -> sa.Table:
    """The table of a row: what is selected from it comes without the bookkeeping of an ORM."""
    found: sa.Table = of.__table__  # type: ignore[attr-defined]
    return found


@cache
def upsert(of: type[SQLModel], names: tuple[str, ...], key: str) -> Any:
    """Insert these columns, or update them in the row that has this key."""
    statement = _insert(of, names)
    return statement.on_conflict_do_update(
        index_elements=[key], set_={name: statement.excluded[name] for name in names if name != key}
    )


@cache
def inserted(of: type[SQLModel], names: tuple[str, ...], returning: str = "") -> Any:
    """Insert these columns; with `returning`, unless the row is there already, and then nothing is returned."""
    statement = _insert(of, names)
    return statement.on_conflict_do_nothing().returning(table(of).c[returning]) if returning else statement


@cache
def selected(of: type[SQLModel], by: tuple[str, ...], order: str = "", *, lock: bool = False) -> Any:
    """The rows with these values, in this order."""
    columns = table(of).c
    statement = sa.select(table(of)).where(*(columns[name] == sa.bindparam(name) for name in by))
    statement = statement.order_by(columns[order]) if order else statement
    return statement.with_for_update() if lock else statement


@cache
def held() -> Any:
    """The approvals of these calls, locked one after the other."""
    approvals = table(ApprovalRow)
    chosen = sa.select(approvals).where(approvals.c.call.in_(sa.bindparam("calls", expanding=True)))
    return chosen.order_by(approvals.c.position).with_for_update()


@cache
def unread() -> Any:
    """A conversation's events that nobody has handled, as they were said."""
    inbox = table(InboxRow).c
    chosen = sa.select(table(InboxRow)).where(inbox.conversation == sa.bindparam("conversation"), inbox.handled.is_(None))
    return chosen.order_by(inbox.ts, inbox.position)


@cache
def has_news(steers: tuple[str, ...]) -> Any:
    """Whether this sender has said something that steers, and that is not among `seen`."""
    inbox = table(InboxRow).c
    return sa.select(
        sa.exists().where(
            inbox.conversation == sa.bindparam("conversation"),
            inbox.handled.is_(None),
            inbox.sender == sa.bindparam("sender"),
            inbox.sender != "",
            inbox.kind.in_(steers),
            inbox.key.not_in(sa.bindparam("seen", expanding=True)),
        )
    )


@cache
def case_in_thread() -> Any:
    """The case that this thread belongs to."""
    cases, threads = table(CaseRow), table(CaseThreadRow)
    chosen = sa.select(cases).join(threads, threads.c.case == cases.c.id)
    return chosen.where(threads.c.channel == sa.bindparam("channel"), threads.c.thread == sa.bindparam("thread")).limit(1)


@cache
def cases_with_plans(state: str) -> Any:
    """The cases of this conversation that have a plan in this state."""
    cases, plans = table(CaseRow).c, table(PlanRow).c
    there = sa.exists().where(plans.case == cases.id, plans.state == state)
    chosen = sa.select(table(CaseRow)).where(cases.conversation == sa.bindparam("conversation"), there)
    return chosen.order_by(cases.position)


@cache
def thread_added() -> Any:
    """A thread belongs to this case from now on."""
    statement = _insert(CaseThreadRow, ("case", "channel", "thread"))
    return statement.on_conflict_do_update(index_elements=["channel", "thread"], set_={"case": statement.excluded["case"]})


@cache
def put(names: tuple[str, ...]) -> Any:
    """A post, or another content of one that is there; the key of what is new. What is private stays as it is."""
    statement = _insert(OutboxRow, names)
    new, there = statement.excluded, table(OutboxRow).c
    return statement.on_conflict_do_update(
        index_elements=["key"],
        set_={
            **{name: new[name] for name in ("kind", "content", "channel", "thread", "person")},
            "version": there.version + 1,
            "state": sa.case((there.state == "dead", "dead"), else_="pending"),
        },
        where=sa.and_(
            there.content != new.content,
            there.kind != "private",  # wiped once posted; never again
            new.kind != "private",  # what others may read never becomes private
        ),
    ).returning(there.key)


@cache
def said_once() -> Any:
    """A line of a case's transcript, unless there is one of this event."""
    lines = table(TranscriptRow)
    there = sa.exists().where(lines.c.case == sa.bindparam("case"), lines.c.data["event"].astext == sa.bindparam("event"))
    line = sa.select(
        sa.bindparam("case", type_=sa.String),
        sa.bindparam("role", type_=sa.String),
        sa.bindparam("text", type_=sa.String),
        sa.bindparam("data", type_=JSONB),
    ).where(~there)
    return insert(lines).from_select(["case", "role", "text", "data"], line)


def lock(count: Count) -> int:
    """The key under which a count is locked, whatever its time."""
    name = hashlib.sha256(f"{count.tool}\0{count.per}\0{count.value}".encode()).digest()
    return int.from_bytes(name[:8], "big", signed=True)


@cache
def locked() -> Any:
    """Advisory locks until the transaction ends, taken in the order of their keys: two who need the same never wait in a circle."""
    keys = sa.select(sa.func.unnest(sa.bindparam("keys", type_=postgresql.ARRAY(sa.BigInteger))).label("key"))
    ordered = keys.order_by(sa.text("1")).subquery()
    return sa.select(sa.func.pg_advisory_xact_lock(ordered.c.key))


@cache
def changes(per: str, *, of_tool: bool) -> Any:
    """How many changes of the ledger are counted together (`bot.domain.Count`)."""
    calls = table(CallRow).c
    conditions = [
        calls.effect == "change",
        calls.started >= sa.bindparam("since"),
        calls.state.in_(sa.bindparam("states", expanding=True)),
    ]
    if of_tool:
        conditions.append(calls.tool == sa.bindparam("tool"))
    match per:
        case "tool":
            pass
        case "resource":
            conditions.append(calls.resource.contains(sa.bindparam("value", type_=JSONB)))
        case _:
            conditions.append(calls[per] == sa.bindparam("value"))
    return sa.select(sa.func.count()).select_from(table(CallRow)).where(*conditions)


def counted_by(count: Count) -> Mapping[str, Any]:
    """What `changes` compares with."""
    if count.per == "resource":
        kind, _, resource = count.value.partition(":")
        return {"value": {"kind": kind, "id": resource}}
    return {} if count.per == "tool" else {"value": count.value}


@cache
def freezes() -> Any:
    """What is in force."""
    frozen = table(FreezeRow)
    return sa.select(frozen).where(frozen.c.lifted_at.is_(None)).order_by(frozen.c.position)


@cache
def spent() -> Any:
    """Requests, tokens and cost of a case."""
    calls = table(ModelCallRow).c
    return sa.select(
        sa.func.count(),
        sa.func.coalesce(sa.func.sum(calls.read + calls.written), 0),
        sa.func.coalesce(sa.func.sum(calls.cost), 0.0),
    ).where(calls.case == sa.bindparam("case"))


@cache
def told() -> Any:
    """Somebody was told about something; nothing is returned when they were told before."""
    return inserted(NoticeRow, ("slack_id", "about"), "slack_id")


def _insert(of: type[SQLModel], names: tuple[str, ...]) -> Any:
    return insert(table(of)).values({name: sa.bindparam(name) for name in names})
