"""The company's paid seats of applications."""

from collections import Counter

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from tools.contract import Caller, NotFound, Refused
from tools.systems.done import Done
from tools.systems.embedded.directory import nobody
from tools.systems.embedded.faults import answers
from tools.systems.embedded.journal import UNDO, Books, Effect
from tools.systems.embedded.models import AppRow, PersonRow
from tools.systems.embedded.supply_models import LicenceRow, SeatRow
from tools.systems.supplies import Licences, Seat


class EmbeddedLicensing:
    """`tools.systems.supplies.Licensing`."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def licences(self) -> list[Licences]:
        async with self._books.reading() as session:
            seats = Counter(await session.scalars(select(SeatRow.app)))
            rows = await session.execute(
                select(LicenceRow, AppRow).join(AppRow, col(AppRow.id) == col(LicenceRow.app)).order_by(LicenceRow.app)
            )
            return [Licences(one.app, app.name, app.owner, one.seats, seats[one.app]) for one, app in rows.all()]

    async def licences_of(self, user: str) -> list[str]:
        async with self._books.reading() as session:
            await answers(session, "list_licences")
            if await session.get(PersonRow, user) is None:
                raise nobody(user)
            return list(await session.scalars(select(SeatRow.app).where(col(SeatRow.person) == user).order_by(SeatRow.app)))

    async def assign_seat(self, user: str, app: str, caller: Caller) -> Done[Seat]:
        return await self._seat("assign_licence", user, app, caller, there=True)

    async def release_seat(self, user: str, app: str, caller: Caller) -> Done[Seat]:
        return await self._seat("release_licence", user, app, caller, there=False)

    async def undo_assign(self, user: str, app: str, caller: Caller) -> Done[Seat]:
        return await self._seat(f"assign_licence{UNDO}", user, app, caller, there=False)

    async def undo_release(self, user: str, app: str, caller: Caller) -> Done[Seat]:
        return await self._seat(f"release_licence{UNDO}", user, app, caller, there=True)

    async def _seat(self, tool: str, user: str, app: str, caller: Caller, *, there: bool) -> Done[Seat]:
        """INVARIANT: the application's row is held meanwhile, so that two who ask at once do not get one seat."""

        async def work(session: AsyncSession) -> Effect:
            if await session.get(PersonRow, user) is None:
                raise nobody(user)
            licence = await session.get(LicenceRow, app, with_for_update=True)
            if licence is None:
                raise NotFound(f"{app} is not paid for by the seat: nobody needs a licence for it")
            taken = await session.scalar(select(func.count()).select_from(SeatRow).where(col(SeatRow.app) == app)) or 0
            held = await session.get(SeatRow, (app, user))
            free = licence.seats - taken
            now = {"there": held is not None, "free": free}
            if (held is not None) is there:
                return Effect(now, now, changed=False)
            if there and free < 1:
                name = await session.scalar(select(AppRow.name).where(col(AppRow.id) == app))
                raise Refused(
                    f"all {licence.seats} seats of {name} are taken; somebody has to give one back, or more must be bought"
                )
            if held is None:
                session.add(SeatRow(app=app, person=user))
            else:
                await session.delete(held)
            await session.flush()
            return Effect(now, {"there": there, "free": free + (-1 if there else 1)})

        effect = await self._books.once(tool, f"{user}:{app}", caller, work)
        return Done(_told(app, user, effect.after), _told(app, user, effect.before), effect.changed)


def _told(app: str, user: str, side: object) -> Seat:
    return Seat(app, user, **side)  # type: ignore[arg-type]
