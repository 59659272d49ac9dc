"""The company's people, groups and catalogue, as read from its tables."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from tools.contract import NotFound, Person, SystemAway
from tools.naming import best_people
from tools.systems.embedded.cast import DOMAIN, EVERYBODY
from tools.systems.embedded.faults import answers
from tools.systems.embedded.journal import Books
from tools.systems.embedded.models import (
    AccountRow,
    DeviceRow,
    FactorRow,
    GroupRow,
    MembershipRow,
    PersonRow,
    SessionRow,
)
from tools.systems.embedded.seed import certificate_of_a_new_device

NAME_LENGTH = 80


class EmbeddedDirectory:
    """`tools.systems.protocols.Directory`, and what else the bot asks of a directory."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def person(self, handle: str) -> Person | None:
        return await self._one(col(PersonRow.handle) == handle)

    async def by_slack(self, slack_id: str) -> Person | None:
        return await self._one(col(PersonRow.slack_id) == slack_id)

    async def by_email(self, email: str) -> Person | None:
        return await self._one(func.lower(col(PersonRow.email)) == email.lower())

    async def people(self) -> Sequence[Person]:
        """Everybody, by handle."""
        async with self._books.reading() as session:
            return [_person(row) for row in await session.scalars(select(PersonRow).order_by(PersonRow.handle))]

    async def find(self, words: str, most: int = 10) -> list[Person]:
        async with self._books.reading() as session:
            await answers(session, "find_person")
            rows = await session.scalars(select(PersonRow).order_by(PersonRow.handle))
            return best_people(words, [_person(row) for row in rows])[:most]

    async def in_group(self, handle: str, group: str) -> bool | None:
        """None when there is no such group, or the directory does not answer."""
        members = await self.group(group)
        return None if members is None else handle in members

    async def group(self, group: str) -> Sequence[str] | None:
        """Handles of a group's active members; None as with `in_group`."""
        try:
            async with self._books.reading() as session:
                if await session.get(GroupRow, group) is None:
                    return None
                query = (
                    select(MembershipRow.person)
                    .join(PersonRow, col(PersonRow.handle) == col(MembershipRow.person))
                    .where(col(MembershipRow.group) == group, col(PersonRow.active))
                    .order_by(MembershipRow.person)
                )
                return list(await session.scalars(query))
        except SystemAway:
            return None

    async def adopt(self, slack_id: str, name: str, zone: str) -> Person | None:
        """Take a Slack account into the company as an employee, by its id alone; somebody who is there stays as they are."""
        handle = f"u-{slack_id.lower()}"
        person = PersonRow(
            handle=handle,
            name=" ".join(name.split())[:NAME_LENGTH] or handle,
            email=f"{handle}@{DOMAIN}",
            slack_id=slack_id,
            zone=zone if zone in available_timezones() else "UTC",
        )
        now = self._books.clock.now()
        device = DeviceRow(
            serial=f"NEW-{slack_id}",
            person=handle,
            model="Notebook 14",
            os="Linux",
            certificate_expires=certificate_of_a_new_device(now),
            last_seen=now,
            booted=now,
        )
        async with self._books.writing() as session:
            new = insert(PersonRow).values(**person.model_dump()).on_conflict_do_nothing().returning(col(PersonRow.handle))
            if await session.scalar(new) is not None:
                session.add_all(
                    [
                        AccountRow(person=handle),
                        FactorRow(id=f"{handle}-push", person=handle, kind="push"),
                        MembershipRow(group=EVERYBODY, person=handle),
                        SessionRow(person=handle, device=device.model, place="here", since=now),
                        device,
                    ]
                )
                await session.commit()
        return await self.by_slack(slack_id)

    async def _one(self, condition: Any) -> Person | None:
        async with self._books.reading() as session:
            row = await session.scalar(select(PersonRow).where(condition))
            return _person(row) if row is not None else None


def _person(row: PersonRow) -> Person:
    return Person(**row.model_dump())


def nobody(user: str) -> NotFound:
    """Somebody is asked for who is not there."""
    return NotFound(f"there is nobody called {user!r} in the company")
