"""The unit of work on PostgreSQL: rows and jobs, committed together or not at all."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Self

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlmodel import SQLModel, col

from bot.domain import Approval, Call, CallState, Case, CaseState, Due, Event, EventKind, Line, Plan, PlanState, Post
from bot.errors import StoreAway
from bot.spending import ModelCall, Spent
from bot.store import rows
from bot.store.tables import (
    ApprovalRow,
    AuditRow,
    CallRow,
    CaseRow,
    CaseThreadRow,
    DueRow,
    FeedbackRow,
    InboxRow,
    ModelCallRow,
    NoticeRow,
    OutboxRow,
    PlanRow,
    TranscriptRow,
)

Defer = Callable[[str, psycopg.AsyncConnection[Any]], Any]
"""Put a turn of this conversation into the queue, inside of the transaction of this connection."""

STEERS = (EventKind.MESSAGE, EventKind.EDIT, EventKind.DELETE, EventKind.CHOICE, EventKind.WITHDRAW, EventKind.PERSON)
COUNTED = (CallState.STARTED, CallState.VERIFIED, CallState.UNVERIFIED, CallState.UNKNOWN)
CHANNEL = "deskhand_outbox"


class Store:
    """The database of one process. `url` is ``postgresql://…``."""

    def __init__(self, url: str, *, defer: Defer | None = None, pool: int = 20) -> None:
        self.url = url
        self.defer = defer
        self.changed = asyncio.Event()  # something may have been put into the outbox
        self._engine: AsyncEngine = create_async_engine(
            url.replace("postgresql://", "postgresql+psycopg://", 1),
            pool_size=pool,
            max_overflow=pool,
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
    async def work(self) -> AsyncIterator["StoredWork"]:
        """Implements `bot.ports.WorkFactory`."""
        async with self.session() as session:
            work = StoredWork(session, self.defer)
            yield work
            if work.put_something:
                await session.execute(sa.text(f"NOTIFY {CHANNEL}"))
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
        statement = insert(table).values(**values)
        update = {name: statement.excluded[name] for name in values if name != key}
        await self._session.execute(statement.on_conflict_do_update(index_elements=[key], set_=update))

    async def _all(self, statement: Any) -> list[Any]:
        return list(await self._session.scalars(statement.execution_options(populate_existing=True)))

    async def _one(self, statement: Any) -> Any:
        found = await self._all(statement.limit(1))
        return found[0] if found else None

    # ── inbox ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def accept(self, event: Event) -> bool:
        values = rows.columns(event)
        statement = insert(InboxRow).values(**values, case="").on_conflict_do_nothing().returning(col(InboxRow.key))
        if await self._session.scalar(statement) is None:
            return False
        if self._defer is not None:
            raw = await (await self._session.connection()).get_raw_connection()
            await self._defer(event.conversation, raw.driver_connection)  # type: ignore[arg-type]
        return True

    async def unread(self, conversation: str) -> list[Event]:
        statement = (
            sa.select(InboxRow)
            .where(col(InboxRow.conversation) == conversation, col(InboxRow.handled).is_(None))
            .order_by(col(InboxRow.ts), col(InboxRow.position))
        )
        return [rows.event(row) for row in await self._all(statement)]

    async def handled(self, keys: Sequence[str], case: str = "") -> None:
        await self._session.execute(
            sa.update(InboxRow).where(col(InboxRow.key).in_(keys)).values(handled=sa.func.clock_timestamp(), case=case)
        )

    async def has_news(self, conversation: str, sender: str, seen: Sequence[str]) -> bool:
        statement = sa.select(
            sa.exists().where(
                col(InboxRow.conversation) == conversation,
                col(InboxRow.handled).is_(None),
                col(InboxRow.sender) == sender,
                col(InboxRow.sender) != "",
                col(InboxRow.kind).in_([str(kind) for kind in STEERS]),
                col(InboxRow.key).not_in(list(seen)),
            )
        )
        return bool(await self._session.scalar(statement))

    # ── cases ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def new_id(self, kind: str) -> str:
        number = await self._session.scalar(sa.text(f"SELECT nextval('id_{kind.lower()}')"))
        return f"{kind}-{number}"

    async def case(self, case: str) -> Case | None:
        row = await self._one(sa.select(CaseRow).where(col(CaseRow.id) == case))
        return rows.case(row) if row else None

    async def case_in_thread(self, channel: str, thread: str) -> Case | None:
        row = await self._one(
            sa.select(CaseRow)
            .join(CaseThreadRow, col(CaseThreadRow.case) == col(CaseRow.id))
            .where(col(CaseThreadRow.channel) == channel, col(CaseThreadRow.thread) == thread)
        )
        return rows.case(row) if row else None

    async def latest_case(self, conversation: str, slack_id: str) -> Case | None:
        row = await self._one(
            sa.select(CaseRow)
            .where(col(CaseRow.conversation) == conversation, col(CaseRow.slack_id) == slack_id)
            .order_by(col(CaseRow.position).desc())
        )
        return rows.case(row) if row else None

    async def cases_of(self, slack_id: str) -> list[Case]:
        statement = sa.select(CaseRow).where(col(CaseRow.slack_id) == slack_id, col(CaseRow.state) != str(CaseState.CLOSED))
        return [rows.case(row) for row in await self._all(statement.order_by(col(CaseRow.position).desc()).limit(50))]

    async def open_cases(self, conversation: str) -> list[Case]:
        running = sa.exists().where(col(PlanRow.case) == col(CaseRow.id), col(PlanRow.state) == str(PlanState.RUNNING))
        statement = sa.select(CaseRow).where(col(CaseRow.conversation) == conversation, running)
        return [rows.case(row) for row in await self._all(statement.order_by(col(CaseRow.position)))]

    async def save_case(self, case: Case) -> None:
        await self._upsert(CaseRow, rows.columns(case))

    async def add_thread(self, case: str, channel: str, thread: str) -> None:
        statement = insert(CaseThreadRow).values(case=case, channel=channel, thread=thread)
        await self._session.execute(statement.on_conflict_do_update(index_elements=["channel", "thread"], set_={"case": case}))

    async def plans(self, case: str) -> list[Plan]:
        statement = sa.select(PlanRow).where(col(PlanRow.case) == case).order_by(col(PlanRow.position))
        return [rows.plan(row) for row in await self._all(statement)]

    async def save_plan(self, plan: Plan) -> None:
        await self._upsert(PlanRow, rows.columns(plan))

    async def say(self, case: str, role: str, text: str, data: Mapping[str, Any] | None = None) -> None:
        await self._session.execute(insert(TranscriptRow).values(case=case, role=role, text=text, data=rows.plain(data or {})))

    async def say_once(self, case: str, role: str, text: str, event: str, data: Mapping[str, Any] | None = None) -> None:
        there = sa.exists().where(col(TranscriptRow.case) == case, col(TranscriptRow.data)["event"].astext == event)
        line = sa.select(
            sa.literal(case), sa.literal(role), sa.literal(text), sa.cast(rows.plain({"event": event, **(data or {})}), JSONB)
        ).where(~there)
        await self._session.execute(insert(TranscriptRow).from_select(["case", "role", "text", "data"], line))

    async def transcript(self, case: str) -> list[Line]:
        statement = sa.select(TranscriptRow).where(col(TranscriptRow.case) == case).order_by(col(TranscriptRow.position))
        return [rows.line(row) for row in await self._all(statement)]

    # ── ledger ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def call(self, call: str) -> Call | None:
        row = await self._one(sa.select(CallRow).where(col(CallRow.id) == call))
        return rows.call(row) if row else None

    async def call_by_tool_call(self, case: str, tool_call: str) -> Call | None:
        row = await self._one(sa.select(CallRow).where(col(CallRow.case) == case, col(CallRow.call) == tool_call))
        return rows.call(row) if row else None

    async def calls(self, case: str) -> list[Call]:
        statement = sa.select(CallRow).where(col(CallRow.case) == case).order_by(col(CallRow.position))
        return [rows.call(row) for row in await self._all(statement)]

    async def save_call(self, call: Call) -> None:
        await self._upsert(CallRow, rows.columns(call))

    async def claim(self, call: Call) -> bool:
        inserted = await self._session.scalar(
            insert(CallRow).values(**rows.columns(call)).on_conflict_do_nothing().returning(col(CallRow.id))
        )
        if inserted is not None:
            return True
        taken = await self._session.scalar(
            sa.update(CallRow)
            .where(col(CallRow.id) == call.id, col(CallRow.state) == str(CallState.WAITING))
            .values(**{name: value for name, value in rows.columns(call).items() if name != "id"})
            .returning(col(CallRow.id))
        )
        return taken is not None

    async def count_changes(self, tool: str, per: str, value: str, since: datetime) -> int:
        name = hashlib.sha256(f"{tool}\0{per}\0{value}".encode()).digest()
        key = int.from_bytes(name[:8], "big", signed=True)
        await self._session.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
        conditions = [
            col(CallRow.tool) == tool,
            col(CallRow.effect) == "change",
            col(CallRow.started) >= since,
            col(CallRow.state).in_([str(state) for state in COUNTED]),
        ]
        match per:
            case "principal":
                conditions.append(col(CallRow.principal) == value)
            case "beneficiary":
                conditions.append(col(CallRow.beneficiary) == value)
            case "resource":
                kind, _, resource = value.partition(":")
                conditions.append(col(CallRow.resource).contains({"kind": kind, "id": resource}))
            case _:
                pass
        return int(await self._session.scalar(sa.select(sa.func.count()).select_from(CallRow).where(*conditions)) or 0)

    # ── approvals ────────────────────────────────────────────────────────────────────────────────────────────────

    async def approval(self, approval: str, *, lock: bool = False) -> Approval | None:
        statement = sa.select(ApprovalRow).where(col(ApprovalRow.id) == approval)
        row = await self._one(statement.with_for_update() if lock else statement)
        return rows.approval(row) if row else None

    async def approval_of(self, call: str) -> Approval | None:
        row = await self._one(sa.select(ApprovalRow).where(col(ApprovalRow.call) == call))
        return rows.approval(row) if row else None

    async def approvals(self, case: str) -> list[Approval]:
        statement = sa.select(ApprovalRow).where(col(ApprovalRow.case) == case).order_by(col(ApprovalRow.position))
        return [rows.approval(row) for row in await self._all(statement)]

    async def save_approval(self, approval: Approval) -> None:
        await self._upsert(ApprovalRow, rows.columns(approval))

    # ── out ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def put(self, post: Post) -> None:
        values = rows.columns(post)
        fresh = {
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
        statement = insert(OutboxRow).values(**values, **fresh)
        changed = await self._session.scalar(
            statement.on_conflict_do_update(
                index_elements=["key"],
                set_={
                    **{name: statement.excluded[name] for name in ("kind", "content", "channel", "thread", "person")},
                    "version": col(OutboxRow.version) + 1,
                    "state": sa.case((col(OutboxRow.state) == "dead", "dead"), else_="pending"),
                },
                where=sa.and_(
                    col(OutboxRow.content) != statement.excluded.content,
                    col(OutboxRow.kind) != "private",  # wiped once posted; never again
                    statement.excluded.kind != "private",  # what others may read never becomes private
                ),
            ).returning(col(OutboxRow.key))
        )
        self.put_something = self.put_something or changed is not None

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
        await self._session.execute(insert(AuditRow).values(what=what, case=case, data=rows.plain(data)))

    async def feedback(self, case: str, slack_id: str, answer: str) -> None:
        await self._session.execute(insert(FeedbackRow).values(case=case, slack_id=slack_id, answer=answer))

    # ── the model ────────────────────────────────────────────────────────────────────────────────────────────────

    async def model_called(self, call: ModelCall) -> None:
        await self._session.execute(insert(ModelCallRow).values(case=call.case, at=call.at, **rows.columns(call.usage)))

    async def spent(self, case: str) -> Spent:
        sums = sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(col(ModelCallRow.read) + col(ModelCallRow.written)), 0),
            sa.func.coalesce(sa.func.sum(col(ModelCallRow.cost)), 0.0),
        ).where(col(ModelCallRow.case) == case)
        calls, tokens, cost = (await self._session.execute(sums)).one()
        return Spent(int(calls), int(tokens), float(cost))

    async def told(self, slack_id: str) -> bool:
        statement = insert(NoticeRow).values(slack_id=slack_id).on_conflict_do_nothing().returning(col(NoticeRow.slack_id))
        return await self._session.scalar(statement) is not None
