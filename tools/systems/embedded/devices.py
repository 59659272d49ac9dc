"""The company's managed devices and their VPN certificates."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from tools.contract import Caller, NotFound
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
        def renewed(row: DeviceRow, now: datetime) -> datetime:
            fresh = now.replace(microsecond=0) + CERTIFICATE_LASTS
            return row.certificate_expires if row.certificate_expires > now + GOOD_FOR else fresh

        return await self._change("renew_certificate", serial, caller, renewed)

    async def withdraw_certificate(self, serial: str, expires: datetime, caller: Caller) -> Done[Device]:
        return await self._change(f"renew_certificate{UNDO}", serial, caller, lambda _row, _now: expires)

    async def _change(self, tool: str, serial: str, caller: Caller, end: Callable[[DeviceRow, datetime], datetime]) -> Done[Device]:
        async def work(session: AsyncSession) -> Effect:
            row = await session.get(DeviceRow, serial, with_for_update=True)
            if row is None:
                raise NotFound(f"there is no device {serial!r}")
            now = self._books.clock.now()
            before = _told(device(row, now))
            row.certificate_expires = end(row, now)
            after = _told(device(row, now))
            return Effect(before, after, changed=before != after)

        effect = await self._books.once(tool, serial, caller, work)
        return Done(_device(effect.after), _device(effect.before), effect.changed)


def device(row: DeviceRow, now: datetime) -> Device:
    """A device as it is at that time: whether its certificate is still good is a matter of the clock."""
    expires = row.certificate_expires.astimezone(UTC)
    status = "valid" if expires > now else "expired"
    return Device(row.serial, row.person, row.model, row.os, row.main, status, expires)


def _told(one: Device) -> dict[str, Any]:
    return {
        "serial": one.serial,
        "person": one.person,
        "model": one.model,
        "os": one.os,
        "main": one.main,
        "certificate_status": one.certificate_status,
        "certificate_expires": one.certificate_expires.isoformat(),
    }


def _device(told: Any) -> Device:
    return Device(**{**told, "certificate_expires": datetime.fromisoformat(told["certificate_expires"])})
