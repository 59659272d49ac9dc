"""The certificates of the company's servers."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select

from tools.contract import Caller, NotFound, Refused
from tools.systems.done import Done
from tools.systems.embedded.faults import answers
from tools.systems.embedded.journal import UNDO, Books, Effect
from tools.systems.embedded.operation_models import ServerCertificateRow
from tools.systems.operations import ServerCertificate

LASTS = timedelta(days=90)
EXPIRING = timedelta(days=30)
"""Before its end a certificate counts as expiring."""


class EmbeddedCertificates:
    """`tools.systems.operations.Certificates`."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def server_certificate(self, host: str) -> ServerCertificate | None:
        async with self._books.reading() as session:
            await answers(session, "find_server_certificate")
            row = await session.get(ServerCertificateRow, host)
            return as_it_is(row, self._books.clock.now()) if row is not None else None

    async def server_certificates(self) -> list[ServerCertificate]:
        async with self._books.reading() as session:
            await answers(session, "find_server_certificate")
            rows = await session.scalars(select(ServerCertificateRow).order_by(ServerCertificateRow.id))
            return [as_it_is(row, self._books.clock.now()) for row in rows]

    async def roll_server_certificate(self, host: str, caller: Caller) -> Done[ServerCertificate]:
        async def work(session: AsyncSession) -> Effect:
            row = await _row(session, host)
            now = self._books.clock.now()
            before = _told(as_it_is(row, now))
            row.served = f"{row.issued[0]['serial']}-{len(row.issued) + 1}"
            row.issued = [*row.issued, {"serial": row.served, "expires": (now.replace(microsecond=0) + LASTS).isoformat()}]
            return Effect(before, _told(as_it_is(row, now)))

        return _done(await self._books.once("roll_server_certificate", host, caller, work))

    async def server_certificate_rolled_under(self, key: str) -> Done[ServerCertificate] | None:
        effect = await self._books.under(key, "roll_server_certificate")
        return _done(effect) if effect is not None else None

    async def serve_again(self, host: str, serial: str, caller: Caller) -> Done[ServerCertificate]:
        async def work(session: AsyncSession) -> Effect:
            row = await _row(session, host)
            now = self._books.clock.now()
            before = _told(as_it_is(row, now))
            if serial not in [one["serial"] for one in row.issued]:
                raise Refused(f"no certificate {serial} was ever issued for {host}")
            row.served = serial
            after = _told(as_it_is(row, now))
            return Effect(before, after, changed=before != after)

        return _done(await self._books.once(f"roll_server_certificate{UNDO}", host, caller, work))


def as_it_is(row: ServerCertificateRow, now: datetime) -> ServerCertificate:
    """A server's certificate as it is at that time: whether it is still good is a matter of the clock."""
    expires = next(datetime.fromisoformat(one["expires"]) for one in row.issued if one["serial"] == row.served).astimezone(UTC)
    status = "expired" if expires <= now else "expiring" if expires <= now + EXPIRING else "valid"
    issued = tuple(one["serial"] for one in row.issued)
    return ServerCertificate(row.id, tuple(row.aliases), row.namespace, row.owner, status, row.served, expires, issued)


async def _row(session: AsyncSession, host: str) -> ServerCertificateRow:
    row = await session.get(ServerCertificateRow, host, with_for_update=True)
    if row is None:
        raise NotFound(f"there is no server {host!r}")
    return row


def _told(one: ServerCertificate) -> dict[str, Any]:
    told = {name: getattr(one, name) for name in ServerCertificate.__dataclass_fields__}
    return {**told, "aliases": list(one.aliases), "issued": list(one.issued), "expires": one.expires.isoformat()}


def _certificate(told: Any) -> ServerCertificate:
    lists = {"aliases": tuple(told["aliases"]), "issued": tuple(told["issued"])}
    return ServerCertificate(**{**told, **lists, "expires": datetime.fromisoformat(told["expires"])})


def _done(effect: Effect) -> Done[ServerCertificate]:
    return Done(_certificate(effect.after), _certificate(effect.before), effect.changed)
