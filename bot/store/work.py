"""The unit of work on PostgreSQL: rows and jobs, committed together or not at all."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Self
from uuid import uuid4

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlmodel import SQLModel, col

from bot.audit.record import ids_only
from bot.consent import Approval
from bot.domain import Call, CallState, Case, CaseState, Count, Due, Event, EventKind, Line, Plan, PlanState, Post
from bot.errors import StoreAway
from bot.obligations import Freeze
from bot.spending import ModelCall, Spent
from bot.store import rows, statements
from bot.store.tables import (
    ApprovalRow,
    AuditRow,
    CallRow,
    CaseRow,
    DueRow,
    FeedbackRow,
    FreezeRow,
    InboxRow,
    ModelCallRow,
    OutboxRow,
    PlanRow,
    TranscriptRow,
)

Defer = Callable[[str, psycopg.AsyncConnection[Any]], Any]
"""Put a turn of this conversation into the queue, inside of the transaction of this connection."""

STEERS = tuple(
    str(kind)
    for kind in (EventKind.MESSAGE, EventKind.EDIT, EventKind.DELETE, EventKind.CHOICE, EventKind.WITHDRAW, EventKind.PERSON)
)
COUNTED = [str(state) for state in (CallState.STARTED, CallState.VERIFIED, CallState.UNVERIFIED, CallState.UNKNOWN)]
CHANNEL = "deskhand_outbox"
NOTIFY = sa.text("SELECT pg_notify(:channel, :by)")


class Store:
    """The database of one process. `url` is ``postgresql://…``."""

    def __init__(self, url: str, *, defer: Defer | None = None, pool: int = 20) -> None:
        self.url = url
        self.defer = defer
        self.changed = asyncio.Event()  # something may have been put into the outbox
        self.name = uuid4().hex  # by which this process knows its own notices
        self._engine: AsyncEngine = create_async_engine(
            url.replace("postgresql://", "postgresql+psycopg://", 1),
            pool_size=pool,
            max_overflow=pool,
            pool_use_lifo=True,  # the connections that were used last know our statements
            pool_timeout=10,
            pool_pre_ping=False,
            hide_parameters=True,  # an error is logged, and they are what people wrote
            connect_args={"connect_timeout": 3, "options": "-c statement_timeout=15000 -c timezone=UTC"},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._engine.dispose()

    @contextlib.asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """One transaction. Raises StoreAway when the database cannot be reached, also at the commit."""
        with away():
            async with AsyncSession(self._engine, expire_on_commit=False) as session, session.begin():
                yield session

    @contextlib.asynccontextmanager
    async def long_session(self) -> AsyncIterator[AsyncSession]:
        """The same for what goes through whole tables: a statement may take its time, and all of them see the same moment."""
        async with self.session() as session:
            await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            await session.execute(sa.text("SET LOCAL statement_timeout = 0"))
            yield session

    @contextlib.asynccontextmanager
    async def work(self) -> AsyncIterator["StoredWork"]:
        """Implements `bot.ports.WorkFactory`."""
        async with self.session() as session:
            work = StoredWork(session, self.defer)
            yield work
            if work.put_something:
                await session.execute(NOTIFY, {"channel": CHANNEL, "by": self.name})
        if work.put_something:
            self.changed.set()


@contextlib.contextmanager
def away() -> Iterator[None]:
    """A database that does not answer is a StoreAway, whatever the driver calls it."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout, psycopg.OperationalError) as error:
        raise StoreAway(f"the database is away: {str(error).splitlines()[0]}") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise StoreAway("the database went away") from error
        raise


class StoredWork:
    """Implements `bot.ports.Work` in one session."""

    def __init__(self, session: AsyncSession, defer: Defer | None) -> None:
        self._session = session
        self._defer = defer
        self.put_something = False

    async def _upsert(self, table: type[SQLModel], values: Mapping[str, Any], key: str = "id") -> None:
        await self._session.execute(statements.upsert(table, tuple(values), key), values)

    async def _insert(self, table: type[SQLModel], values: Mapping[str, Any]) -> None:
        await self._session.execute(statements.inserted(table, tuple(values)), values)

    async def _rows(self, table: type[SQLModel], **by: Any) -> list[Any]:
        return await self._found(statements.selected(table, tuple(by), "position"), by)

    async def _row(self, table: type[SQLModel], *, lock: bool = False, **by: Any) -> Any:
        found = await self._found(statements.selected(table, tuple(by), lock=lock), by)
        return found[0] if found else None

    async def _found(self, statement: Any, values: Mapping[str, Any]) -> list[Any]:
        return list(await self._session.execute(statement, values))

    async def _all(self, statement: Any) -> list[Any]:
        return list(await self._session.scalars(statement.execution_options(populate_existing=True)))

    # ── inbox ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def accept(self, event: Event) -> bool:
        values = {**rows.columns(event), "case": ""}
        if await self._session.scalar(statements.inserted(InboxRow, tuple(values), "key"), values) is None:
            return False
        if self._defer is not None:
            raw = await (await self._session.connection()).get_raw_connection()
            await self._defer(event.conversation, raw.driver_connection)  # type: ignore[arg-type]
        return True

    async def unread(self, conversation: str) -> list[Event]:
        return [rows.event(row) for row in await self._found(statements.unread(), {"conversation": conversation})]

    async def handled(self, keys: Sequence[str], case: str = "") -> None:
        await self._session.execute(
            sa.update(InboxRow).where(col(InboxRow.key).in_(keys)).values(handled=sa.func.clock_timestamp(), case=case)
        )

    async def has_news(self, conversation: str, sender: str, seen: Sequence[str]) -> bool:
        values = {"conversation": conversation, "sender": sender, "seen": list(seen)}
        return bool(await self._session.scalar(statements.has_news(STEERS), values))

    # ── cases ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def new_id(self, kind: str) -> str:
        number = await self._session.scalar(sa.text(f"SELECT nextval('id_{kind.lower()}')"))
        return f"{kind}-{number}"

    async def case(self, case: str) -> Case | None:
        row = await self._row(CaseRow, id=case)
        return rows.case(row) if row else None

    async def case_in_thread(self, channel: str, thread: str) -> Case | None:
        found = await self._found(statements.case_in_thread(), {"channel": channel, "thread": thread})
        return rows.case(found[0]) if found else None

    async def case_of_post(self, channel: str, ts: str) -> str:
        stands = (col(OutboxRow.posted_channel) == channel, col(OutboxRow.posted_ts) == ts)
        return str(await self._session.scalar(sa.select(col(OutboxRow.case)).where(*stands).limit(1)) or "")

    async def cases_of(self, slack_id: str) -> list[Case]:
        statement = sa.select(CaseRow).where(col(CaseRow.slack_id) == slack_id, col(CaseRow.state) != str(CaseState.CLOSED))
        return [rows.case(row) for row in await self._all(statement.order_by(col(CaseRow.position).desc()).limit(50))]

    async def open_cases(self, conversation: str) -> list[Case]:
        statement = statements.cases_with_plans(str(PlanState.RUNNING))
        return [rows.case(row) for row in await self._found(statement, {"conversation": conversation})]

    async def save_case(self, case: Case) -> None:
        await self._upsert(CaseRow, rows.columns(case))

    async def add_thread(self, case: str, channel: str, thread: str) -> None:
        await self._session.execute(statements.thread_added(), {"case": case, "channel": channel, "thread": thread})

    async def plans(self, case: str) -> list[Plan]:
        return [rows.plan(row) for row in await self._rows(PlanRow, case=case)]

    async def save_plan(self, plan: Plan) -> None:
        await self._upsert(PlanRow, rows.columns(plan))

    async def say(self, case: str, role: str, text: str, data: Mapping[str, Any] | None = None) -> None:
        await self._insert(TranscriptRow, {"case": case, "role": role, "text": text, "data": rows.plain(data or {})})

    async def say_once(self, case: str, role: str, text: str, event: str, data: Mapping[str, Any] | None = None) -> None:
        values = {"case": case, "role": role, "text": text, "event": event, "data": rows.plain({"event": event, **(data or {})})}
        await self._session.execute(statements.said_once(), values)

    async def transcript(self, case: str) -> list[Line]:
        return [rows.line(row) for row in await self._rows(TranscriptRow, case=case)]

    # ── ledger ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def call(self, call: str) -> Call | None:
        row = await self._row(CallRow, id=call)
        return rows.call(row) if row else None

    async def call_by_tool_call(self, case: str, tool_call: str) -> Call | None:
        row = await self._row(CallRow, case=case, call=tool_call)
        return rows.call(row) if row else None

    async def calls(self, case: str) -> list[Call]:
        return [rows.call(row) for row in await self._rows(CallRow, case=case)]

    async def save_call(self, call: Call) -> None:
        await self._upsert(CallRow, rows.columns(call))

    async def claim(self, call: Call) -> bool:
        values = rows.columns(call)
        if await self._session.scalar(statements.inserted(CallRow, tuple(values), "id"), values) is not None:
            return True
        taken = await self._session.scalar(
            sa.update(CallRow)
            .where(col(CallRow.id) == call.id, col(CallRow.state) == str(CallState.WAITING))
            .values(**{name: value for name, value in values.items() if name != "id"})
            .returning(col(CallRow.id))
        )
        return taken is not None

    async def count_changes(self, counts: Sequence[Count], *, hold: bool = False) -> list[int]:
        if hold:
            await self._session.execute(statements.locked(), {"keys": sorted({statements.lock(one) for one in counts})})
        found = []
        for one in counts:
            values = {"tool": one.tool, "since": one.since, "states": COUNTED, **statements.counted_by(one)}
            found.append(int(await self._session.scalar(statements.changes(one.per, of_tool=bool(one.tool)), values) or 0))
        return found

    # ── the kill switch ──────────────────────────────────────────────────────────────────────────────────────────

    async def freezes(self, *, hold: bool = False) -> list[Freeze]:
        if hold:
            await self._session.execute(statements.HELD)
        return [rows.freeze(row) for row in await self._found(statements.freezes(), {})]

    async def freeze(self, freeze: Freeze) -> None:
        await self._session.execute(statements.HELD_ALONE)
        await self._insert(FreezeRow, {**rows.columns(freeze), "lifted_by": ""})

    async def lift(self, freeze: str, by: str, at: datetime) -> Freeze | None:
        found = sa.update(FreezeRow).where(col(FreezeRow.id) == freeze, col(FreezeRow.lifted_at).is_(None))
        ended = await self._all(found.values(lifted_at=at, lifted_by=by).returning(FreezeRow))
        return rows.freeze(ended[0]) if ended else None

    # ── approvals ────────────────────────────────────────────────────────────────────────────────────────────────

    async def approval(self, approval: str, *, lock: bool = False) -> Approval | None:
        row = await self._row(ApprovalRow, lock=lock, id=approval)
        return rows.approval(row) if row else None

    async def approvals(self, case: str, *, alone: bool = False) -> list[Approval]:
        if alone:
            await self._session.execute(statements.ALONE, {"case": f"approvals of {case}"})
        return [rows.approval(row) for row in await self._rows(ApprovalRow, case=case)]

    async def held(self, calls: Sequence[str]) -> list[Approval]:
        return [rows.approval(row) for row in await self._found(statements.held(), {"calls": list(calls)})]

    async def save_approval(self, approval: Approval) -> None:
        await self._upsert(ApprovalRow, rows.columns(approval))

    # ── out ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def put(self, post: Post) -> None:
        values = {
            **rows.columns(post),
            "version": 1,
            "posted_version": 0,
            "posted_channel": "",
            "posted_ts": "",
            "state": "pending",
            "attempts": 0,
            "in_doubt": False,
            "not_before": datetime.now(UTC),
            "last_error": "",
        }
        changed = await self._session.scalar(statements.put(tuple(values)), values)
        self.put_something = self.put_something or changed is not None

    async def was_put(self, key: str) -> bool:
        return await self._session.scalar(sa.select(col(OutboxRow.key)).where(col(OutboxRow.key) == key)) is not None

    # ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def at(self, due: Due) -> None:
        await self._upsert(DueRow, rows.columns(due), key="key")

    async def not_due(self, key: str) -> None:
        await self._session.execute(sa.delete(DueRow).where(col(DueRow.key) == key))

    async def take_due(self, now: datetime, most: int = 50) -> list[Due]:
        ripe = (
            sa.select(col(DueRow.key))
            .where(col(DueRow.at) <= now)
            .order_by(col(DueRow.at))
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        taken = await self._all(sa.delete(DueRow).where(col(DueRow.key).in_(ripe)).returning(DueRow))
        return [Due(row.key, row.at, row.what, row.conversation, row.data) for row in sorted(taken, key=lambda row: row.at)]

    # ── traces ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def audit(self, what: str, case: str, data: Mapping[str, Any]) -> None:
        await self._insert(AuditRow, {"what": what, "case": case, "data": ids_only(rows.plain(data))})

    async def feedback(self, case: str, slack_id: str, answer: str) -> None:
        await self._session.execute(insert(FeedbackRow).values(case=case, slack_id=slack_id, answer=answer))

    # ── the model ────────────────────────────────────────────────────────────────────────────────────────────────

    async def model_called(self, call: ModelCall) -> None:
        await self._insert(ModelCallRow, {"case": call.case, "at": call.at, **rows.columns(call.usage)})

    async def spent(self, case: str) -> Spent:
        calls, tokens, cost = (await self._session.execute(statements.spent(), {"case": case})).one()
        return Spent(int(calls), int(tokens), float(cost))

    async def told(self, slack_id: str, about: str) -> bool:
        return await self._session.scalar(statements.told(), {"slack_id": slack_id, "about": about}) is not None
