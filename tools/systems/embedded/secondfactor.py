"""The company's second factor: one-time codes of an authenticator app (RFC 6238), asked for by challenges that run out.

A challenge takes few codes, and so does a person, whatever challenges they begin: who has somebody's Slack only must not try
all codes. A code is good once.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import pyotp
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from tools.contract import Refused
from tools.systems.embedded.cast import DOMAIN
from tools.systems.embedded.credentials import OPEN
from tools.systems.embedded.faults import answers
from tools.systems.embedded.identity import account_row
from tools.systems.embedded.journal import Books
from tools.systems.embedded.models import AuthenticatorRow, ChallengeRow, FactorRow, PersonRow
from tools.systems.secondfactor import Challenge

LASTS = timedelta(minutes=5)
"""A challenge from when it was begun, and what was confirmed from when that was."""
TRIES = 5
LOCKED = timedelta(minutes=15)
STEP = 30
"""Seconds for which an authenticator shows a code; the one before and the one after are taken too, since clocks differ."""


class Taken(StrEnum):
    """What becomes of a code."""

    YES = "yes"
    WRONG = "wrong"
    LAST = "last"  # wrong, and the last that may be tried for a while
    LOCKED = "locked"  # not looked at, since there were too many wrong ones
    OVER = "over"  # the challenge ran out, or was never there


@dataclass(frozen=True, slots=True)
class Asked:
    """A challenge as whoever opens its link sees it, with their `name`, and the key under which it was begun."""

    key: str
    person: str
    name: str
    about: str
    expires: datetime
    passed: bool


class EmbeddedSecondFactor:
    """`tools.systems.secondfactor.SecondFactor`, and the provider's own side: the page where codes are typed, and the app."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def challenge(self, person: str, about: str, key: str) -> Challenge:
        async with self._books.writing() as session:
            await answers(session, "confirm_identity")
            now = self._books.clock.now()
            account, name = await account_row(session, person), await _name(session, person)
            if account.status not in OPEN:
                raise Refused(f"{name}'s account is closed")
            if not await _has_an_authenticator(session, person):
                raise Refused(f"{name} has no authenticator app")
            if _locked(await _authenticator(session, person), now):
                raise Refused(
                    f"there were too many wrong codes for {name}; it can be tried again in {LOCKED.seconds // 60} minutes"
                )
            fresh = {"code": secrets.token_urlsafe(24), "person": person, "about": about, "expires": now + LASTS, "passed": None}
            first = insert(ChallengeRow).values(fresh | {"key": key}).on_conflict_do_nothing(index_elements=["key"])
            await session.execute(first)  # of those who ask at the same moment one begins it, and the others find it
            row = (await session.scalars(select(ChallengeRow).where(col(ChallengeRow.key) == key).with_for_update())).one()
            if row.person != person or not _current(row, now):
                row.sqlmodel_update(fresh)
            await session.commit()
            return Challenge(row.code, row.expires, row.passed is not None)

    async def asked(self, code: str) -> Asked | None:
        """What somebody is asked to confirm under this link; None where it ran out or never was."""
        async with self._books.reading() as session:
            row = await session.get(ChallengeRow, code)
            if row is None or not _current(row, self._books.clock.now()):
                return None
            return Asked(row.key, row.person, await _name(session, row.person), row.about, row.expires, row.passed is not None)

    async def confirm(self, code: str, digits: str) -> Taken:
        """Take the digits that an authenticator shows."""
        async with self._books.writing() as session:
            now = self._books.clock.now()
            row = await session.get(ChallengeRow, code, with_for_update=True)
            if row is None or not _current(row, now):
                return Taken.OVER
            if row.passed is not None:
                return Taken.YES
            app = await _authenticator(session, row.person, lock=True)
            if _locked(app, now):
                return Taken.LOCKED
            step = _step_of(app, digits.replace(" ", ""), now)
            if step is None:
                recent = app.failed_at is not None and now - app.failed_at < LOCKED
                app.failed, app.failed_at = (app.failed + 1 if recent else 1), now
            else:
                app.failed, app.failed_at, app.used = 0, None, step
                row.passed, row.expires = now, now + LASTS
            await session.commit()
            return Taken.YES if step is not None else Taken.LAST if _locked(app, now) else Taken.WRONG

    async def authenticator(self, person: str) -> str:
        """The ``otpauth://`` address by which an app is set up. Raises NotFound, Refused where they have none, SystemAway."""
        app = pyotp.TOTP(await self._secret(person), interval=STEP)
        return app.provisioning_uri(name=f"{person}@{DOMAIN}", issuer_name="Deskhand's demo company")

    async def shown(self, person: str) -> tuple[str, int]:
        """(the six digits that the person's app shows now, for how many seconds). Raises as `authenticator`."""
        app, now = pyotp.TOTP(await self._secret(person), interval=STEP), self._books.clock.now()
        return app.at(now), STEP - int(now.timestamp()) % STEP

    async def _secret(self, person: str) -> str:
        async with self._books.writing() as session:
            await account_row(session, person)
            if not await _has_an_authenticator(session, person):
                raise Refused(f"{await _name(session, person)} has no authenticator app")
            app = await _authenticator(session, person)
            await session.commit()
            return app.secret


async def _name(session: AsyncSession, person: str) -> str:
    return (await session.get_one(PersonRow, person)).name


async def _has_an_authenticator(session: AsyncSession, person: str) -> bool:
    mine = (col(FactorRow.person) == person, col(FactorRow.kind) == "totp", col(FactorRow.status) == "ACTIVE")
    return await session.scalar(select(FactorRow.id).where(*mine)) is not None


async def _authenticator(session: AsyncSession, person: str, *, lock: bool = False) -> AuthenticatorRow:
    """Their app, set up the first time that it is asked for."""
    fresh = {"person": person, "secret": pyotp.random_base32(), "used": 0, "failed": 0}
    await session.execute(insert(AuthenticatorRow).values(fresh).on_conflict_do_nothing())
    return await session.get_one(AuthenticatorRow, person, with_for_update=lock)


def _current(row: ChallengeRow, now: datetime) -> bool:
    return now < row.expires


def _locked(app: AuthenticatorRow, now: datetime) -> bool:
    return app.failed >= TRIES and app.failed_at is not None and now - app.failed_at < LOCKED


def _step_of(app: AuthenticatorRow, digits: str, now: datetime) -> int | None:
    """The step of 30 seconds whose code this is, if it is near and after the last one that was used."""
    totp, at = pyotp.TOTP(app.secret, interval=STEP), int(now.timestamp()) // STEP
    for step in (at - 1, at, at + 1):
        if step > app.used and hmac.compare_digest(totp.at(step * STEP).encode(), digits.encode()):
            return step
    return None
