"""Between the values of `bot.domain` and their rows. Pure."""

import dataclasses
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from bot.consent import Approval, ApprovalKind, ApprovalState, Question, Term, Vote
from bot.domain import (
    Call,
    CallState,
    Case,
    CaseKind,
    CaseState,
    Event,
    EventKind,
    Line,
    Plan,
    PlanState,
    Post,
    PostKind,
    Resolution,
)
from bot.obligations import Confirm, Freeze, Notify, Owed, Reason, Review
from bot.provenance import Kind, Origin
from bot.store.tables import ApprovalRow, CallRow, CaseRow, FreezeRow, InboxRow, OutboxRow, PlanRow, TranscriptRow

NAMED: dict[str, Any] = {one.__name__.lower(): one for one in (Confirm, Reason, Notify, Review)}
"""Obligations that are kept beside others, and so say what they are."""


def columns(value: Any) -> dict[str, Any]:
    """A value's fields as columns: enums as their text, tuples as lists, everything inside of them as JSON."""
    return {field.name: _column(getattr(value, field.name)) for field in dataclasses.fields(value)}


def _column(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    if isinstance(value, Mapping):
        return plain(value)
    return value


def plain(value: Any) -> Any:
    """As JSON: times as ISO text, spans as seconds."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        name = type(value).__name__.lower()
        return ({"what": name} if name in NAMED else {}) | {
            field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value


def event(row: InboxRow) -> Event:
    return Event(
        key=row.key,
        conversation=row.conversation,
        kind=EventKind(row.kind),
        ts=row.ts,
        team=row.team,
        channel=row.channel,
        thread=row.thread,
        sender=row.sender,
        text=row.text,
        data=row.data,
    )


def case(row: CaseRow) -> Case:
    return Case(
        id=row.id,
        conversation=row.conversation,
        team=row.team,
        channel=row.channel,
        thread=row.thread,
        requester=row.requester,
        slack_id=row.slack_id,
        created=row.created,
        updated=row.updated,
        kind=CaseKind(row.kind),
        state=CaseState(row.state),
        outcome=Resolution(row.outcome) if row.outcome else None,
        direct=row.direct,
        place=row.place,
        title=row.title,
        ticket=row.ticket,
        data=row.data,
    )


def plan(row: PlanRow) -> Plan:
    return Plan(
        id=row.id,
        case=row.case,
        runbook=row.runbook,
        version=row.version,
        title=row.title,
        words=row.words,
        opened_by=row.opened_by,
        state=PlanState(row.state),
        needs=row.needs,
        asked=row.asked,
        choices=tuple((str(value), str(label)) for value, label in row.choices),
        times_asked=row.times_asked,
        reason=row.reason,
        score=row.score,
        anew=tuple(str(call) for call in row.anew),
        learnt=row.learnt,
    )


def call(row: CallRow) -> Call:
    fields = {field.name: getattr(row, field.name) for field in dataclasses.fields(Call)}
    after = tuple(_obligation(one) for one in row.after)
    origins = tuple(Origin(**{**one, "kind": Kind(one["kind"])}) for one in row.origins)
    return Call(**{**fields, "state": CallState(row.state), "policies": tuple(row.policies), "after": after, "origins": origins})


def approval(row: ApprovalRow) -> Approval:
    return Approval(
        id=row.id,
        case=row.case,
        call=row.call,
        digest=row.digest,
        nonce=row.nonce,
        owed=tuple(_owed(one) for one in row.owed),
        created=row.created,
        expires=row.expires,
        state=ApprovalState(row.state),
        terms=tuple(Term(one["tier"], datetime.fromisoformat(one["expires"]), tuple(one.get("asked", ()))) for one in row.terms),
        votes=tuple(
            Vote(
                **{
                    **one,
                    "at": datetime.fromisoformat(one["at"]),
                    "step_up": tuple(one.get("step_up", ())),
                    "roles": tuple(one.get("roles", ())),
                }
            )
            for one in row.votes
        ),
        cards=tuple(row.cards),
        answered=row.answered,
        kind=ApprovalKind(row.kind),
        asks=tuple(_obligation(one) for one in row.asks),
        questions=tuple(Question(**{**one, "at": datetime.fromisoformat(one["at"])}) for one in row.questions),
        taker=row.taker,
        successor=row.successor,
    )


def _obligation(one: Mapping[str, Any]) -> Any:
    """A Confirm, Reason, Notify or Review."""
    fields: dict[str, Any] = {n: tuple(value) if isinstance(value, list) else value for n, value in one.items() if n != "what"}
    if "within" in fields:
        fields["within"] = timedelta(seconds=fields["within"])
    return NAMED[one["what"]](**fields)


def _owed(one: Mapping[str, Any]) -> Owed:
    return Owed(
        policy=one["policy"],
        because=one["because"],
        by=tuple(one["by"]),
        count=one["count"],
        within=timedelta(seconds=one["within"]),
        remind=timedelta(seconds=one["remind"]) if one["remind"] is not None else None,
        then=one["then"],
        shorten=one.get("shorten", False),
        means=tuple(one.get("means", ())),
        step_up=one.get("step_up", ""),
    )


def freeze(row: FreezeRow) -> Freeze:
    return Freeze(id=row.id, because=row.because, by=row.by, tool=row.tool, system=row.system, at=row.at)


def line(row: TranscriptRow) -> Line:
    return Line(case=row.case, position=row.position, role=row.role, text=row.text, at=row.at, data=row.data)


def post(row: OutboxRow) -> Post:
    return Post(
        key=row.key,
        kind=PostKind(row.kind),
        content=row.content,
        channel=row.channel,
        thread=row.thread,
        person=row.person,
        case=row.case,
    )
