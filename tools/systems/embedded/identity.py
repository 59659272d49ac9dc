"""The company's accounts and sign-in factors."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from tools.contract import Caller, Refused
from tools.systems.embedded.cast import DOMAIN
from tools.systems.embedded.directory import nobody
from tools.systems.embedded.faults import answers
from tools.systems.embedded.journal import UNDO, Books, Effect
from tools.systems.embedded.models import AccountRow, AuthenticatorRow, EnrolmentRow, FactorRow
from tools.systems.protocols import Account, Done, Enrolment, Factor

ENROLMENT_LASTS = timedelta(hours=24)

CLOSED = {
    "SUSPENDED": "was suspended by an administrator, who has to decide",
    "DEPROVISIONED": "was closed for good",
    "PASSWORD_EXPIRED": "is not locked: its password has expired and has to be set anew",
    "RECOVERY": "is not locked: a password reset was begun and has to be finished",
}
"""Why an account that is not ACTIVE cannot be unlocked."""


class EmbeddedIdentity:
    """`tools.systems.protocols.Identity`."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def account(self, user: str) -> Account:
        async with self._books.reading() as session:
            await answers(session, "find_account")
            return _account(await account_row(session, user))

    async def factors(self, user: str) -> list[Factor]:
        async with self._books.reading() as session:
            await answers(session, "find_account")
            await account_row(session, user)
            rows = await session.scalars(
                select(FactorRow).where(col(FactorRow.person) == user).order_by(FactorRow.kind, FactorRow.id)
            )
            return [Factor(row.id, row.kind, row.status) for row in rows]

    async def unlock(self, user: str, caller: Caller) -> Done[Account]:
        async def work(session: AsyncSession) -> Effect:
            row = await account_row(session, user, lock=True)
            before = account_told(row)
            if row.status == "ACTIVE":
                return Effect(before, before, changed=False)
            if row.status != "LOCKED_OUT":
                raise Refused(f"the account of {user} {CLOSED[row.status]}")
            row.status, row.failed_logins = "ACTIVE", 0
            return Effect(before, account_told(row))

        return done_account(user, await self._books.once("unlock_account", user, caller, work))

    async def lock_again(self, user: str, caller: Caller) -> Done[Account]:
        async def work(session: AsyncSession) -> Effect:
            row = await account_row(session, user, lock=True)
            before = account_told(row)
            if row.status == "LOCKED_OUT":
                return Effect(before, before, changed=False)
            if row.status != "ACTIVE":
                raise Refused(f"the account of {user} {CLOSED[row.status]}")
            row.status = "LOCKED_OUT"
            return Effect(before, account_told(row))

        return done_account(user, await self._books.once(f"unlock_account{UNDO}", user, caller, work))

    async def reset_factors(self, user: str, caller: Caller) -> Done[Enrolment]:
        """The code of the link stands in a table of its own, never in the journal, so that a repeated key finds it again."""

        async def work(session: AsyncSession) -> Effect:
            row = await account_row(session, user, lock=True)
            if row.status in ("SUSPENDED", "DEPROVISIONED"):
                raise Refused(f"the account of {user} {CLOSED[row.status]}")
            kinds = list(
                await session.scalars(select(FactorRow.kind).where(col(FactorRow.person) == user).order_by(FactorRow.kind))
            )
            await session.execute(delete(FactorRow).where(col(FactorRow.person) == user))
            await session.execute(delete(AuthenticatorRow).where(col(AuthenticatorRow.person) == user))
            expires = self._books.clock.now() + ENROLMENT_LASTS
            code = secrets.token_urlsafe(18)
            session.add(EnrolmentRow(code=code, person=user, key=caller.key, expires=expires))
            made.append(code)
            return Effect({"factors": kinds}, {"removed": len(kinds), "expires": expires.isoformat()})

        made: list[str] = []
        effect = await self._books.once("reset_mfa", user, caller, work)
        code = made[0] if made else await one_time_code(self._books, caller.key)
        return Done(_enrolment(effect, code))

    async def factors_reset_under(self, key: str) -> Enrolment | None:
        effect = await self._books.under(key, "reset_mfa")
        return _enrolment(effect, await one_time_code(self._books, key)) if effect is not None else None


def _enrolment(effect: Effect, code: str) -> Enrolment:
    expires = datetime.fromisoformat(effect.after["expires"])
    return Enrolment(effect.after["removed"], f"https://id.{DOMAIN}/enrol/{code}", expires)


async def one_time_code(books: Books, key: str) -> str:
    """The code of the link that was made under this key."""
    async with books.reading() as session:
        code = await session.scalar(select(EnrolmentRow.code).where(col(EnrolmentRow.key) == key))
        return code or ""


async def account_row(session: AsyncSession, user: str, *, lock: bool = False) -> AccountRow:
    """Somebody's account, with `lock` held until the end of the transaction. Raises NotFound."""
    row = await session.get(AccountRow, user, with_for_update=lock)
    if row is None:
        raise nobody(user)
    return row


def account_told(row: AccountRow) -> dict[str, str | int]:
    """An account as the journal tells it."""
    return {"status": row.status, "failed_logins": row.failed_logins}


def _account(row: AccountRow) -> Account:
    return Account(row.person, row.status, row.failed_logins)


def done_account(user: str, effect: Effect) -> Done[Account]:
    """What came of a change of an account."""
    return Done(Account(user, **effect.after), Account(user, **effect.before), effect.changed)
