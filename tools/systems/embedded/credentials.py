"""The company's passwords and sessions, and the suspension of accounts."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from tools.contract import Caller, Refused
from tools.systems.embedded.cast import DOMAIN
from tools.systems.embedded.faults import answers
from tools.systems.embedded.identity import CLOSED, account_row, account_told, done_account, one_time_code
from tools.systems.embedded.journal import UNDO, Books, Effect
from tools.systems.embedded.models import EnrolmentRow, SessionRow
from tools.systems.protocols import Account, Done, OneTimeLink, Session

LINK_LASTS = timedelta(hours=1)
OPEN = ("ACTIVE", "LOCKED_OUT", "PASSWORD_EXPIRED", "RECOVERY")
REASONS = {
    "ACTIVE": "is not suspended",
    "LOCKED_OUT": "is not suspended: it is locked after failed sign-ins",
    "PASSWORD_EXPIRED": "is not suspended: its password has expired",
    "RECOVERY": "is not suspended: a password reset was begun",
    "SUSPENDED": "is suspended already",
    "DEPROVISIONED": "was closed for good",
}
"""Why an account cannot be suspended or unsuspended."""


class EmbeddedCredentials:
    """The part of `tools.systems.protocols.Identity` that is about passwords, sessions and suspension."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def reset_password(self, user: str, caller: Caller) -> Done[OneTimeLink]:
        """The code of the link stands in a table of its own, never in the journal, so that a repeated key finds it again."""

        async def work(session: AsyncSession) -> Effect:
            row = await account_row(session, user, lock=True)
            if row.status not in OPEN:
                raise Refused(f"the account of {user} {CLOSED[row.status]}")
            before = account_told(row)
            row.status, row.failed_logins = "RECOVERY", 0
            expires = self._books.clock.now() + LINK_LASTS
            code = secrets.token_urlsafe(18)
            session.add(EnrolmentRow(code=code, person=user, key=caller.key, expires=expires))
            made.append(code)
            return Effect(before, {**account_told(row), "expires": expires.isoformat()})

        made: list[str] = []
        effect = await self._books.once("reset_password", user, caller, work)
        code = made[0] if made else await one_time_code(self._books, caller.key)
        return Done(_link(user, effect, code), changed=effect.changed)

    async def password_reset_under(self, user: str, key: str) -> OneTimeLink | None:
        effect = await self._books.under(key, "reset_password")
        return _link(user, effect, await one_time_code(self._books, key)) if effect is not None else None

    async def sessions(self, user: str) -> list[Session]:
        async with self._books.reading() as session:
            await answers(session, "find_account")
            await account_row(session, user)
            return [Session(row.device, row.place, row.since.astimezone(UTC)) for row in await _sessions(session, user)]

    async def end_sessions(self, user: str, caller: Caller) -> Done[int]:
        async def work(session: AsyncSession) -> Effect:
            await account_row(session, user, lock=True)
            there = await session.scalar(select(func.count()).select_from(SessionRow).where(col(SessionRow.person) == user)) or 0
            await session.execute(delete(SessionRow).where(col(SessionRow.person) == user))
            return Effect({"sessions": there}, {"sessions": 0}, changed=there > 0)

        effect = await self._books.once("end_sessions", user, caller, work)
        return Done(effect.after["sessions"], effect.before["sessions"], effect.changed)

    async def suspend(self, user: str, caller: Caller) -> Done[Account]:
        return await self._set("suspend_account", user, caller, OPEN, "SUSPENDED")

    async def unsuspend(self, user: str, caller: Caller) -> Done[Account]:
        return await self._set("unsuspend_account", user, caller, ("SUSPENDED",), "ACTIVE")

    async def undo_suspend(self, user: str, status: str, caller: Caller) -> Done[Account]:
        return await self._set(f"suspend_account{UNDO}", user, caller, ("SUSPENDED",), status)

    async def undo_unsuspend(self, user: str, caller: Caller) -> Done[Account]:
        return await self._set(f"unsuspend_account{UNDO}", user, caller, ("ACTIVE",), "SUSPENDED")

    async def _set(self, tool: str, user: str, caller: Caller, allowed: Sequence[str], status: str) -> Done[Account]:
        """From one of the allowed statuses to this one; whoever is suspended is signed out everywhere."""

        async def work(session: AsyncSession) -> Effect:
            row = await account_row(session, user, lock=True)
            before = account_told(row)
            if row.status == status:
                return Effect(before, before, changed=False)
            if row.status not in allowed:
                raise Refused(f"the account of {user} {REASONS[row.status]}")
            row.status = status
            if status == "SUSPENDED":
                await session.execute(delete(SessionRow).where(col(SessionRow.person) == user))
            return Effect(before, account_told(row))

        return done_account(user, await self._books.once(tool, user, caller, work))


def _link(user: str, effect: Effect, code: str) -> OneTimeLink:
    account = Account(user, effect.after["status"], effect.after["failed_logins"])
    return OneTimeLink(account, f"https://id.{DOMAIN}/password/{code}", datetime.fromisoformat(effect.after["expires"]))


async def _sessions(session: AsyncSession, user: str) -> Sequence[SessionRow]:
    query = select(SessionRow).where(col(SessionRow.person) == user).order_by(col(SessionRow.since).desc(), col(SessionRow.id))
    return (await session.scalars(query)).all()
