"""The company as JSON, for the command line: everything that may be seen, nothing that is somebody's secret."""

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlmodel import SQLModel

from tools.systems.embedded import certificates, ci, deployments, nodes, tokens
from tools.systems.embedded.clock import CompanyClock
from tools.systems.embedded.devices import device, told
from tools.systems.embedded.equipment import PREFIX as ORDER
from tools.systems.embedded.models import (
    AccountRow,
    AppRow,
    CiRunRow,
    CommentRow,
    DeploymentRow,
    DeviceRow,
    FactorRow,
    GrantRow,
    GroupRow,
    JournalRow,
    MembershipRow,
    PersonRow,
    RepositoryRow,
    ServiceRow,
    SessionRow,
    ShiftRow,
    TicketRow,
)
from tools.systems.embedded.operation_models import NodeRow, ServerCertificateRow, TokenRow
from tools.systems.embedded.supply_models import ItemRow, LicenceRow, MailingListRow, OrderRow, SeatRow, SubscriptionRow
from tools.systems.embedded.tickets import PREFIX

Json = dict[str, Any]


async def company_json(engine: AsyncEngine) -> dict[str, list[Json]]:
    """Everything, each list in the order of its ids. Times are ISO 8601 in UTC."""
    clock = CompanyClock(engine)
    await clock.refresh()
    now = clock.now()
    async with AsyncSession(engine) as session:
        members = await _all(session, MembershipRow)
        comments = await _all(session, CommentRow)
        machines = await _all(session, NodeRow)
        return {
            "people": [_row(row) for row in await _all(session, PersonRow)],
            "accounts": [_row(row) for row in await _all(session, AccountRow)],
            "factors": [_row(row) for row in await _all(session, FactorRow)],
            "groups": [
                {
                    "name": group.name,
                    "title": group.title,
                    "members": [member.person for member in members if member.group == group.name],
                }
                for group in await _all(session, GroupRow)
            ],
            "grants": [_grant(row) for row in await _all(session, GrantRow)],
            "devices": [_device(row, now) for row in await _all(session, DeviceRow)],
            "tickets": [_ticket(row, comments) for row in await _all(session, TicketRow)],
            "shifts": [
                {
                    "schedule": row.schedule,
                    "tier": row.tier,
                    "person": row.person,
                    "start": _iso(row.start),
                    "end": _iso(row.end),
                }
                for row in await _all(session, ShiftRow)
            ],
            "deployments": [_deployment(row, now) for row in await _all(session, DeploymentRow)],
            "repositories": [_row(row) for row in await _all(session, RepositoryRow)],
            "ci_runs": [dataclasses.asdict(ci.as_it_is(row, now)) for row in await _all(session, CiRunRow)],
            "journal": [_entry(row) for row in await _all(session, JournalRow)],
            "services": [_row(row) for row in await _all(session, ServiceRow)],
            "apps": [_row(row) for row in await _all(session, AppRow)],
            "sessions": [_times(row) for row in await _all(session, SessionRow)],
            "mailing_lists": [_row(row) for row in await _all(session, MailingListRow)],
            "subscriptions": [_row(row) for row in await _all(session, SubscriptionRow)],
            "licences": [_row(row) for row in await _all(session, LicenceRow)],
            "seats": [_row(row) for row in await _all(session, SeatRow)],
            "items": [_row(row) for row in await _all(session, ItemRow)],
            "orders": [_order(row) for row in await _all(session, OrderRow)],
            "server_certificates": [_certificate(row, now) for row in await _all(session, ServerCertificateRow)],
            "tokens": [_token(row) for row in await _all(session, TokenRow)],
            "nodes": [dataclasses.asdict(nodes.as_it_is(row, machines, now)) for row in machines],
        }


async def journal_json(engine: AsyncEngine) -> list[Json]:
    """What was done, the oldest first."""
    async with AsyncSession(engine) as session:
        return [_entry(row) for row in await _all(session, JournalRow)]


async def _all(session: AsyncSession, table: type[SQLModel]) -> Sequence[Any]:
    """Its rows as plain values that are named as those of the table's class: nothing is changed through them."""
    whole = table.__table__  # type: ignore[attr-defined]
    return (await session.execute(select(whole).order_by(*whole.primary_key.columns))).all()


def _row(row: Any) -> Json:
    """A row without times, in the order of its columns."""
    return dict(row._asdict())


def _iso(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at else None


def _grant(row: GrantRow) -> Json:
    return {
        "grant": f"GR-{row.id}",
        "person": row.person,
        "app": row.app,
        "until": _iso(row.until),
        "state": row.state,
        "key": row.key,
    }


def _token(row: Any) -> Json:
    one = tokens.as_it_is(row)
    return {**dataclasses.asdict(one), "works": list(one.works), "dead": list(one.dead)}


def _device(row: DeviceRow, now: datetime) -> Json:
    return told(device(row, now))


def _times(row: Any) -> Json:
    """A row with its times."""
    return {name: _iso(value) if isinstance(value, datetime) else value for name, value in _row(row).items()}


def _order(row: OrderRow) -> Json:
    return {"order": f"{ORDER}{row.id}", **{name: value for name, value in _times(row).items() if name != "id"}}


def _deployment(row: DeploymentRow, now: datetime) -> Json:
    told = dataclasses.asdict(deployments.as_it_is(row, now))
    return {**told, "restarted_at": _iso(row.restarted_at), "revisions": [dict(one) for one in row.history]}


def _certificate(row: ServerCertificateRow, now: datetime) -> Json:
    one = certificates.as_it_is(row, now)
    return {**dataclasses.asdict(one), "expires": _iso(one.expires)}


def _ticket(row: TicketRow, comments: Sequence[CommentRow]) -> Json:
    return {
        "ticket": f"{PREFIX}{row.id}",
        "reporter": row.reporter,
        "title": row.title,
        "text": row.text,
        "status": row.status,
        "assignee": row.assignee,
        "created": _iso(row.created),
        "comments": [
            {"author": comment.author, "text": comment.text, "at": _iso(comment.at)}
            for comment in comments
            if comment.ticket == row.id
        ],
    }


def _entry(row: JournalRow) -> Json:
    return {
        "key": row.key,
        "tool": row.tool,
        "target": row.target,
        "actor": row.actor,
        "case": row.case,
        "before": row.before,
        "after": row.after,
        "at": _iso(row.at),
    }
