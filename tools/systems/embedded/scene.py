"""Setting a scene in the demo company: what an operator may turn by hand. No caller's change: nothing is journaled.

Everything here may be used from another process than the bot's. What is not possible raises `SceneError`, with what would be.
"""

import difflib
from collections.abc import Iterable, Mapping
from datetime import UTC, timedelta
from typing import Any

from sqlalchemy import and_, delete, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlmodel import col, select

from tools.systems.embedded.clock import CompanyClock
from tools.systems.embedded.faults import BEYOND_TOOLS, CHANGES, READS, Fault
from tools.systems.embedded.models import AccountRow, DeviceRow, FaultRow, PersonRow, ServiceRow, ShiftRow, TicketRow
from tools.systems.embedded.seed import duty
from tools.systems.embedded.tickets import PREFIX, number

STATUSES = ("ACTIVE", "LOCKED_OUT", "PASSWORD_EXPIRED", "RECOVERY", "SUSPENDED", "DEPROVISIONED")
SERVICE_STATUSES = ("up", "degraded", "down")
TICKET_STATUSES = ("open", "in_progress", "closed", "cancelled")
CERTIFICATES = {"valid": timedelta(days=180), "expired": timedelta(days=-1)}
LOCKED_AFTER = 6
OFF = "off"
EXAMPLES = {"account": "LOCKED_OUT", "certificate": "expired", "service": "down", "ticket": "closed"}

Json = dict[str, Any]


class SceneError(ValueError):
    """What was asked for cannot be; the text says what can."""


async def set_fields(engine: AsyncEngine, what: str, handle: str, fields: Mapping[str, str]) -> Json:
    """Set `fields` of somebody's account or certificate, of a service or a ticket; each has one that can be set, its status."""
    setters = {"account": set_account, "certificate": set_certificate, "service": set_service, "ticket": set_ticket}
    if what not in setters:
        raise SceneError(f"{what!r} cannot be set{_meant(what, setters)}; set an account, a certificate, a service or a ticket")
    for field in fields:
        if field != "status":
            raise SceneError(f"{field!r} of the {what} cannot be set{_meant(field, ['status'])}; set its status")
    if "status" not in fields:
        raise SceneError(f"say which status the {what} shall have, such as status={EXAMPLES[what]}")
    return await setters[what](engine, handle, status=fields["status"])


async def set_account(engine: AsyncEngine, handle: str, *, status: str) -> Json:
    """Give somebody's account a status, and tell the account as it is then."""
    wanted = status.upper()
    if wanted not in STATUSES:
        raise SceneError(f"an account cannot be {status!r}{_meant(wanted, STATUSES)}; it is one of {', '.join(STATUSES)}")
    async with AsyncSession(engine) as session:
        row = await session.get(AccountRow, await _handle(session, handle), with_for_update=True)
        if row is None:
            raise SceneError(f"{handle} has no account")
        failed = LOCKED_AFTER if wanted == "LOCKED_OUT" else 0
        row.status, row.failed_logins = wanted, failed
        await session.commit()
    return {"person": handle, "status": wanted, "failed_logins": failed}


async def set_certificate(engine: AsyncEngine, handle: str, *, status: str) -> Json:
    """Let the VPN certificate of somebody's main device have expired yesterday, or be good (`valid`) for half a year."""
    if status not in CERTIFICATES:
        raise SceneError(f"a certificate cannot be {status!r}{_meant(status, CERTIFICATES)}; it is valid or expired")
    clock = CompanyClock(engine)
    await clock.refresh()
    expires = clock.now().replace(microsecond=0) + CERTIFICATES[status]
    async with AsyncSession(engine) as session:
        person = await _handle(session, handle)
        main = (col(DeviceRow.person) == person, col(DeviceRow.main))
        await session.execute(update(DeviceRow).where(*main).values(certificate_expires=expires))
        await session.commit()
    return {"person": handle, "certificate_status": status, "certificate_expires": expires.astimezone(UTC).isoformat()}


async def set_service(engine: AsyncEngine, service: str, *, status: str) -> Json:
    """Let a service that everybody uses be up, degraded or down; the note that it had goes."""
    if status not in SERVICE_STATUSES:
        told = f"{_meant(status, SERVICE_STATUSES)}; it is one of {', '.join(SERVICE_STATUSES)}"
        raise SceneError(f"a service cannot be {status!r}{told}")
    async with AsyncSession(engine) as session:
        row = await session.get(ServiceRow, service, with_for_update=True)
        if row is None:
            services = list(await session.scalars(select(ServiceRow.name).order_by(ServiceRow.name)))
            there = ", ".join(services)
            raise SceneError(f"there is no service {service!r}{_meant(service, services)}; there are {there}")
        row.status, row.note = status, ""
        await session.commit()
    return {"service": service, "status": status}


async def set_ticket(engine: AsyncEngine, key: str, *, status: str) -> Json:
    """Let a ticket be open, in_progress, closed or cancelled."""
    if status not in TICKET_STATUSES:
        told = f"{_meant(status, TICKET_STATUSES)}; it is one of {', '.join(TICKET_STATUSES)}"
        raise SceneError(f"a ticket cannot be {status!r}{told}")
    async with AsyncSession(engine) as session:
        row = await session.get(TicketRow, number(key) or 0, with_for_update=True)
        if row is None:
            raise SceneError(f"there is no ticket {key!r}")
        row.status = status
        await session.commit()
    return {"ticket": key, "status": status}


async def add_ticket(engine: AsyncEngine, handle: str, title: str, text: str, *, status: str) -> Json:
    """Somebody has reported something."""
    clock = CompanyClock(engine)
    await clock.refresh()
    async with AsyncSession(engine) as session:
        reporter = await _handle(session, handle)
        row = TicketRow(reporter=reporter, title=title, text=text, status=status, created=clock.now())
        session.add(row)
        await session.commit()
        await session.refresh(row)
        return {"ticket": f"{PREFIX}{row.id}", "reporter": reporter, "title": title, "status": status}


async def set_on_call(engine: AsyncEngine, schedule: str, handle: str) -> Json:
    """Put somebody alone on call for a schedule from now on; what was before stays as it was."""
    clock = CompanyClock(engine)
    await clock.refresh()
    now = clock.now()
    async with AsyncSession(engine) as session:
        schedules = list(await session.scalars(select(ShiftRow.schedule).distinct().order_by(ShiftRow.schedule)))
        if schedule not in schedules:
            there = ", ".join(schedules)
            raise SceneError(f"there is no on-call schedule {schedule!r}{_meant(schedule, schedules)}; there are {there}")
        person = await _handle(session, handle)
        of_schedule = and_(col(ShiftRow.schedule) == schedule, col(ShiftRow.tier) == 1)
        await session.execute(delete(ShiftRow).where(of_schedule, col(ShiftRow.start) >= now))
        await session.execute(update(ShiftRow).where(of_schedule, col(ShiftRow.end) > now).values(end=now))
        session.add_all(ShiftRow(**shift) for shift in duty(now, {schedule: person}, from_now=True))
        await session.commit()
    return {"schedule": schedule, "person": person, "start": now.isoformat()}


async def handle_of(engine: AsyncEngine, person: str) -> str:
    """Of the person with this handle, e-mail or Slack id. Raises SceneError."""
    async with AsyncSession(engine) as session:
        return await _handle(session, person)


async def set_fault(engine: AsyncEngine, tool: str, mode: str) -> Json:
    """Switch a tool's fault on, or `off`."""
    tools = sorted((*CHANGES, *READS, *BEYOND_TOOLS))
    if tool not in tools:
        raise SceneError(f"there is no tool {tool!r}{_meant(tool, tools)}; there are {', '.join(tools)}")
    modes = (*(str(fault) for fault in Fault), OFF)
    if mode not in modes:
        raise SceneError(f"there is no fault {mode!r}{_meant(mode, modes)}; there are {', '.join(modes)}")
    if tool not in CHANGES and mode == Fault.SILENT:
        raise SceneError(f"{tool} only reads, so it cannot be silent about a change; choose timeout, refused or away")
    async with AsyncSession(engine) as session:
        if mode == OFF:
            await session.execute(delete(FaultRow).where(col(FaultRow.tool) == tool))
        else:
            new = insert(FaultRow).values(tool=tool, mode=mode)
            await session.execute(new.on_conflict_do_update(index_elements=["tool"], set_={"mode": mode}))
        await session.commit()
    return {"tool": tool, "fault": mode}


async def _handle(session: AsyncSession, handle: str) -> str:
    """Of the person with this handle, e-mail or Slack id."""
    said = handle.removeprefix("@")
    named = or_(col(PersonRow.handle) == said, col(PersonRow.email) == said.lower(), col(PersonRow.slack_id) == said.upper())
    if found := await session.scalar(select(PersonRow.handle).where(named)):
        return found
    handles = list(await session.scalars(select(PersonRow.handle)))
    raise SceneError(f"there is nobody with the handle {handle!r}{_meant(handle, handles)}")


def _meant(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f" (did you mean {close[0]}?)" if close else ""
