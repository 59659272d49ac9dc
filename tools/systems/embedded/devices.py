"""The company's managed devices and their VPN certificates."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from tools.contract import Caller, NotFound, Refused
from tools.systems.embedded.faults import answers
from tools.systems.embedded.journal import UNDO, Books, Effect
from tools.systems.embedded.models import DeviceRow
from tools.systems.protocols import Device, Done

CERTIFICATE_LASTS = timedelta(days=365)
GOOD_FOR = timedelta(days=30)
"""A certificate that lasts longer than this is not renewed."""


class EmbeddedDevices:
    """`tools.systems.protocols.Devices`."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def devices(self, user: str) -> list[Device]:
        async with self._books.reading() as session:
            await answers(session, "get_device")
            rows = await session.scalars(
                select(DeviceRow).where(col(DeviceRow.person) == user).order_by(col(DeviceRow.main).desc(), DeviceRow.serial)
            )
            return [device(row, self._books.clock.now()) for row in rows]

    async def renew_certificate(self, serial: str, caller: Caller) -> Done[Device]:
        def renewed(row: DeviceRow, now: datetime) -> None:
            if row.certificate_expires <= now + GOOD_FOR:
                row.certificate_expires = now.replace(microsecond=0) + CERTIFICATE_LASTS

        return await self._change("renew_certificate", serial, caller, renewed)

    async def withdraw_certificate(self, serial: str, expires: datetime, caller: Caller) -> Done[Device]:
        def withdrawn(row: DeviceRow, _: datetime) -> None:
            row.certificate_expires = expires

        return await self._change(f"renew_certificate{UNDO}", serial, caller, withdrawn)

    async def restart(self, serial: str, caller: Caller) -> Done[Device]:
        def restarted(row: DeviceRow, now: datetime) -> None:
            if row.locked:
                raise Refused(f"the {row.model} is locked, and does not start before people have unlocked it")
            row.booted = row.last_seen = now

        return await self._change("restart_device", serial, caller, restarted)

    async def device_restarted_under(self, key: str) -> Device | None:
        effect = await self._books.under(key, "restart_device")
        return _device(effect.after) if effect is not None else None

    async def lock(self, serial: str, caller: Caller) -> Done[Device]:
        def locked(row: DeviceRow, _: datetime) -> None:
            row.locked = True

        return await self._change("lock_device", serial, caller, locked)

    async def _change(self, tool: str, serial: str, caller: Caller, alter: Callable[[DeviceRow, datetime], None]) -> Done[Device]:
        async def work(session: AsyncSession) -> Effect:
            row = await session.get(DeviceRow, serial, with_for_update=True)
            if row is None:
                raise NotFound(f"there is no device {serial!r}")
            now = self._books.clock.now()
            before = told(device(row, now))
            alter(row, now)
            after = told(device(row, now))
            return Effect(before, after, changed=before != after)

        effect = await self._books.once(tool, serial, caller, work)
        return Done(_device(effect.after), _device(effect.before), effect.changed)


def device(row: DeviceRow, now: datetime) -> Device:
    """A device as it is at that time: whether its certificate is still good is a matter of the clock."""
    expires = row.certificate_expires.astimezone(UTC)
    status = "valid" if expires > now else "expired"
    return Device(
        serial=row.serial,
        person=row.person,
        model=row.model,
        os=row.os,
        main=row.main,
        certificate_status=status,
        certificate_expires=expires,
        kind=row.kind,
        compliant=row.compliant,
        locked=row.locked,
        last_seen=row.last_seen.astimezone(UTC),
        booted=row.booted.astimezone(UTC),
    )


TIMES = ("certificate_expires", "last_seen", "booted")


def told(one: Device) -> dict[str, Any]:
    """A device as JSON."""
    return {name: value.isoformat() if name in TIMES else value for name, value in dataclasses.asdict(one).items()}


def _device(side: Any) -> Device:
    whole: dict[str, Any] = {name: datetime.fromisoformat(value) if name in TIMES else value for name, value in side.items()}
    return Device(**whole)
