"""The company's applications and who may use them: by a grant, or through a group."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from tools.contract import Caller, NotFound, Refused
from tools.systems.embedded.directory import nobody
from tools.systems.embedded.faults import answers
from tools.systems.embedded.identity import CLOSED
from tools.systems.embedded.journal import UNDO, Books, Effect
from tools.systems.embedded.models import AccountRow, AppRow, GrantRow, GroupRow, MembershipRow
from tools.systems.protocols import App, Done, Held


class EmbeddedAccess:
    """`tools.systems.protocols.Access`."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def app(self, app: str) -> App | None:
        async with self._books.reading() as session:
            row = await session.get(AppRow, app)
            return _app(row) if row is not None else None

    async def apps(self) -> list[App]:
        async with self._books.reading() as session:
            await answers(session, "find_app")
            return [_app(row) for row in await session.scalars(select(AppRow).order_by(AppRow.id))]

    async def catalogue(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """(id, name, other names) of everything that can be asked for."""
        async with self._books.reading() as session:
            rows = await session.scalars(select(AppRow).order_by(AppRow.id))
            return [(row.id, row.name, tuple(row.aliases)) for row in rows]

    async def held(self, user: str) -> list[Held]:
        async with self._books.reading() as session:
            await answers(session, "list_access")
            if await session.get(AccountRow, user) is None:
                raise nobody(user)
            grants = await session.scalars(select(GrantRow).where(col(GrantRow.person) == user, col(GrantRow.state) == "active"))
            held = [_held(row) for row in grants] + await _through_groups(session, user)
            return sorted(held, key=lambda one: (one.app, one.through))

    async def grant(self, user: str, app: str, until: datetime | None, caller: Caller) -> Done[Held]:
        return await self._give("grant_access", user, app, until, caller, limited=True)

    async def put_back(self, user: str, app: str, until: datetime | None, caller: Caller) -> Done[Held]:
        return await self._give(f"grant_access{UNDO}", user, app, until, caller, limited=False)

    async def _give(self, tool: str, user: str, app: str, until: datetime | None, caller: Caller, *, limited: bool) -> Done[Held]:
        async def work(session: AsyncSession) -> Effect:
            account = await session.get(AccountRow, user, with_for_update=True)
            if account is None:
                raise nobody(user)
            found = await session.get(AppRow, app)
            if found is None:
                raise NotFound(f"there is no application {app!r}")
            if account.status in ("SUSPENDED", "DEPROVISIONED"):
                raise Refused(f"the account of {user} {CLOSED[account.status]}")
            _check_end(found, until, self._books.clock.now(), limited=limited)
            for through in await _through_groups(session, user):
                if through.app == app:
                    return Effect(_told(through), _told(through), changed=False)
            old = await _active(session, user, app)
            if old is not None and old.until in (None, until):
                return Effect(_told(_held(old)), _told(_held(old)), changed=False)
            before = _told(_held(old)) if old is not None else {}
            if old is not None:
                old.state = "ended"
                await session.flush()
            new = GrantRow(person=user, app=app, until=until, key=caller.key)
            session.add(new)
            await session.flush()
            return Effect(before, _told(_held(new)))

        return _done(user, app, await self._books.once(tool, f"{user}:{app}", caller, work))

    async def revoke(self, user: str, app: str, caller: Caller, grant: str | None = None) -> Done[Held]:
        async def work(session: AsyncSession) -> Effect:
            if await session.get(AccountRow, user, with_for_update=True) is None:
                raise nobody(user)
            old = await _active(session, user, app)
            if old is not None and grant in (None, _reference(old)):
                before = _told(_held(old))
                old.state = "ended"
                return Effect(before, {"grant": before["grant"]})
            if old is None and grant is None:
                for through in await _through_groups(session, user):
                    if through.app == app:
                        title = await session.scalar(select(GroupRow.title).where(col(GroupRow.name) == through.through))
                        raise Refused(f"{user} has {app} as one of “{title}”; it cannot be taken from one person alone")
            return Effect(changed=False)

        return _done(user, app, await self._books.once("revoke_access", f"{user}:{app}", caller, work))


def _check_end(app: AppRow, until: datetime | None, now: datetime, *, limited: bool) -> None:
    if until is not None and until <= now:
        raise Refused("the end of the access has already passed")
    end_of_day = timedelta(days=1)  # the last day is over somewhere in these hours: the tool knows where the person is
    if limited and (until is None or until > now + timedelta(days=app.max_days) + end_of_day):
        raise Refused(f"{app.name} is given for {app.max_days} days at most")


async def _active(session: AsyncSession, user: str, app: str) -> GrantRow | None:
    row: GrantRow | None = await session.scalar(
        select(GrantRow).where(col(GrantRow.person) == user, col(GrantRow.app) == app, col(GrantRow.state) == "active")
    )
    return row


async def _through_groups(session: AsyncSession, user: str) -> list[Held]:
    rows = await session.execute(
        select(AppRow.id, AppRow.group)
        .join(MembershipRow, col(MembershipRow.group) == col(AppRow.group))
        .where(col(MembershipRow.person) == user)
        .order_by(AppRow.id)
    )
    return [Held(user, app, through=group) for app, group in rows.all()]


def _app(row: AppRow) -> App:
    return App(row.id, row.name, tuple(row.aliases), row.owner, row.risk, row.max_days)


def _reference(row: GrantRow) -> str:
    return f"GR-{row.id}"


def _held(row: GrantRow) -> Held:
    until = row.until.astimezone(UTC) if row.until else None
    return Held(row.person, row.app, until, grant=_reference(row))


def _told(held: Held) -> dict[str, Any]:
    return {
        "grant": held.grant,
        "until": held.until.isoformat() if held.until else None,
        "through": held.through,
    }


def _done(user: str, app: str, effect: Effect) -> Done[Held]:
    def told(side: Any) -> Held:
        until = side.get("until")
        return Held(user, app, datetime.fromisoformat(until) if until else None, side.get("grant", ""), side.get("through", ""))

    return Done(told(effect.after), told(effect.before) if effect.before else None, effect.changed)
