"""Our rows. Times are timezone-aware; JSON is JSONB. What a column means stands at the value of the same name in `bot.domain`.

The embedded company keeps its books in a schema of its own (`tools.systems.embedded`), and the engine in tables of its own.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, MetaData, SQLModel

METADATA = MetaData()


class Row(SQLModel):
    """Base of our tables; a metadata of our own, so that migrations see nothing else."""

    metadata = METADATA


def _json() -> Any:
    return Field(sa_column=Column(JSONB, nullable=False))


def _time(*, optional: bool = False) -> Any:
    column = Column(DateTime(timezone=True), nullable=optional)
    return Field(default=None, sa_column=column) if optional else Field(sa_column=column)


def _created() -> Any:
    column = Column(DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()"))
    return Field(default=None, sa_column=column)


def _position(*, primary: bool = False) -> Any:
    column = Column(BigInteger, Identity(always=True), nullable=False, primary_key=primary, unique=not primary or None)
    return Field(default=None, sa_column=column)


class InboxRow(Row, table=True):
    __tablename__ = "inbox"
    __table_args__ = (Index("inbox_unread", "conversation", "ts", postgresql_where=text("handled IS NULL")),)
    key: str = Field(primary_key=True)
    position: int = _position()
    conversation: str
    kind: str
    ts: str
    team: str
    channel: str
    thread: str
    sender: str
    text: str
    data: dict[str, Any] = _json()
    case: str = ""
    accepted: datetime = _created()
    handled: datetime | None = _time(optional=True)


class CaseRow(Row, table=True):
    __tablename__ = "case"
    __table_args__ = (Index("case_of", "conversation", "slack_id"), Index("case_of_person", "slack_id", "position"))
    id: str = Field(primary_key=True)
    position: int = _position()
    conversation: str
    team: str
    channel: str
    thread: str
    requester: str
    slack_id: str
    created: datetime = _time()
    updated: datetime = _time()
    kind: str
    state: str
    outcome: str | None
    direct: bool
    place: str
    title: str
    ticket: str
    data: dict[str, Any] = _json()


class CaseThreadRow(Row, table=True):
    __tablename__ = "case_thread"
    channel: str = Field(primary_key=True)
    thread: str = Field(primary_key=True)
    case: str = Field(foreign_key="case.id")


class TranscriptRow(Row, table=True):
    __tablename__ = "transcript"
    case: str = Field(primary_key=True, foreign_key="case.id")
    position: int = _position(primary=True)
    role: str
    text: str
    at: datetime = _created()
    data: dict[str, Any] = _json()


class PlanRow(Row, table=True):
    __tablename__ = "plan"
    __table_args__ = (UniqueConstraint("case", "opened_by", "runbook"), Index("plan_running", "case", "state"))
    id: str = Field(primary_key=True)
    position: int = _position()
    case: str = Field(foreign_key="case.id")
    runbook: str
    version: str
    title: str
    words: str
    opened_by: str
    state: str
    needs: dict[str, Any] = _json()
    asked: str
    choices: list[Any] = _json()
    times_asked: int
    reason: str
    score: float
    anew: list[Any] = _json()
    learnt: dict[str, Any] = _json()


class CallRow(Row, table=True):
    """The ledger."""

    __tablename__ = "tool_call"
    __table_args__ = (
        UniqueConstraint("case", "call"),
        Index("tool_call_changes", "tool", "started"),
        Index("tool_call_changes_of_case", "case", "started"),
        Index("tool_call_changes_of_person", "principal", "started"),
        Index("tool_call_changes_in_system", "system", "started"),
    )
    id: str = Field(primary_key=True)
    position: int = _position()
    case: str = Field(foreign_key="case.id")
    call: str
    tool: str
    arguments: dict[str, Any] = _json()
    state: str
    principal: str
    created: datetime = _time()
    plan: str
    step: str
    effect: str
    system: str
    digest: str
    resource: dict[str, Any] = _json()
    beneficiary: str
    decision: str
    reason: str
    policies: list[Any] = _json()
    policy_version: str
    confirmation: str = ""
    purpose: str = ""
    approval: str
    after: list[Any] = _json()
    sentence: str
    summary: str
    result: dict[str, Any] | None = Field(sa_column=Column(JSONB(none_as_null=True), nullable=True))
    check: dict[str, Any] | None = Field(sa_column=Column(JSONB(none_as_null=True), nullable=True))
    facts: dict[str, Any] = _json()
    origins: list[Any] = _json()
    key: str
    started: datetime | None = _time(optional=True)
    finished: datetime | None = _time(optional=True)


class ApprovalRow(Row, table=True):
    __tablename__ = "approval"
    __table_args__ = (
        Index("approval_own_click", "call", unique=True, postgresql_where=text("kind = 'confirmation'")),
        Index("approval_waiting", "position", postgresql_where=text("state = 'waiting'")),
    )
    id: str = Field(primary_key=True)
    position: int = _position()
    case: str = Field(foreign_key="case.id", index=True)
    call: str = Field(foreign_key="tool_call.id", index=True)
    kind: str
    digest: str
    nonce: str
    owed: list[Any] = _json()
    created: datetime = _time()
    expires: datetime = _time()
    state: str
    terms: list[Any] = _json()
    asks: list[Any] = _json()
    votes: list[Any] = _json()
    cards: list[Any] = _json()
    questions: list[Any] = _json()
    taker: str
    successor: str
    answered: datetime | None = _time(optional=True)


class FreezeRow(Row, table=True):
    """The kill switch: what it names does not run until it is lifted."""

    __tablename__ = "freeze"
    __table_args__ = (Index("freeze_in_force", "position", postgresql_where=text("lifted_at IS NULL")),)
    id: str = Field(primary_key=True)
    position: int = _position()
    tool: str
    system: str
    because: str
    by: str
    at: datetime = _time()
    lifted_at: datetime | None = _time(optional=True)
    lifted_by: str


class OutboxRow(Row, table=True):
    """A message that should stand in Slack. It does when `posted_version` = `version`."""

    __tablename__ = "outbox"
    __table_args__ = (Index("outbox_pending", "position", postgresql_where=text("state = 'pending'")),)
    key: str = Field(primary_key=True)
    position: int = _position()
    case: str
    kind: str
    content: dict[str, Any] = _json()
    channel: str
    thread: str
    person: str
    version: int
    posted_version: int
    posted_channel: str
    posted_ts: str
    state: str  # pending | posted | dead
    attempts: int
    in_doubt: bool
    not_before: datetime = _time()
    leased_until: datetime | None = _time(optional=True)
    last_error: str
    created: datetime = _created()


class DueRow(Row, table=True):
    __tablename__ = "due"
    key: str = Field(primary_key=True)
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, index=True))
    what: str
    conversation: str
    data: dict[str, Any] = _json()


class FeedbackRow(Row, table=True):
    __tablename__ = "feedback"
    position: int = _position(primary=True)
    case: str
    slack_id: str
    answer: str
    at: datetime = _created()


class AuditRow(Row, table=True):
    """Ids and digests, never texts. Insert only: a trigger refuses everything else."""

    __tablename__ = "audit"
    __table_args__ = (Index("audit_of_itself", "what", "position", postgresql_where=text("what IN ('policy', 'retention')")),)
    position: int = _position(primary=True)
    at: datetime = _created()
    what: str
    case: str
    data: dict[str, Any] = _json()


class SealRow(Row, table=True):
    """A seal over rows of the audit (`bot.audit.chain`). Insert only, like them."""

    __tablename__ = "audit_seal"
    number: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    at: datetime = _time()
    previous: str
    rows: list[Any] = _json()
    digest: str


class UnsealedRow(Row, table=True):
    """A row of the audit that waits for its seal. A trigger on `audit` writes it, so that one that is committed late waits, too."""

    __tablename__ = "audit_unsealed"
    position: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))


class CaseStateRow(Row, table=True):
    """What states a case came to, one after the other, on the company's clock. A trigger on `case` writes it."""

    __tablename__ = "case_state"
    __table_args__ = (Index("case_state_of", "case"),)
    position: int = _position(primary=True)
    case: str = Field(foreign_key="case.id")
    state: str
    outcome: str | None
    at: datetime = _time()


class ModelCallRow(Row, table=True):
    """Each time the model was asked: what it cost, and what came of it."""

    __tablename__ = "model_call"
    __table_args__ = (Index("model_call_of", "case"),)
    position: int = _position(primary=True)
    case: str = Field(foreign_key="case.id")
    model: str
    state: str
    read: int
    cached: int
    written: int
    cost: float
    seconds: float
    at: datetime = _time()


class NoticeRow(Row, table=True):
    """Who was told about what (`bot.cases.notice.About`), once."""

    __tablename__ = "notice"
    slack_id: str = Field(primary_key=True)
    about: str = Field(primary_key=True)
    at: datetime = _created()


class ArticleRow(Row, table=True):
    __tablename__ = "article"
    id: str = Field(primary_key=True)
    source: str = Field(index=True)
    digest: str
    title: str
    link: str
    roles: list[str] = _json()
    sections: list[list[Any]] = _json()


class ArticleVersionRow(Row, table=True):
    __tablename__ = "article_version"
    version: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
