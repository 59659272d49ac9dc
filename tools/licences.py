"""Licences: the seats of applications that are paid for by the seat."""

from pydantic import Field

from tools.access import APP
from tools.base import SystemsTool, UserArguments, person_resource
from tools.contract import Caller, Check, Effect, NotFound, Refused, Resource, Result
from tools.naming import one_app, one_person
from tools.systems.supplies import Licences


class SeatArguments(UserArguments):
    app: str = Field(min_length=1, max_length=200, description=APP)


class ListLicences(SystemsTool[UserArguments]):
    name = "list_licences"
    description = "List the applications that somebody has a licence for, and how many seats of each application are free."
    effect = Effect.READ
    system = "licences"
    ids = frozenset({"user", "licences"})
    arguments = UserArguments

    async def resource(self, args: UserArguments) -> Resource:
        return person_resource(await one_person(self.systems.directory, args.user))

    async def run(self, args: UserArguments, caller: Caller) -> Result:
        mine = await self.systems.licensing.licences_of(args.user)
        every = await self.systems.licensing.licences()
        data = {
            "user": args.user,
            "licences": mine,
            "apps": [{"app": one.app, "seats": one.seats, "free": one.free} for one in every],
        }
        name = await self.full_name(args.user)
        names = ", ".join(one.name for one in every if one.app in mine)
        return Result(data, f"{name} has a licence for {names}." if mine else f"{name} has no licence.")


class _SeatTool(SystemsTool[SeatArguments]):
    """What giving and giving back have in common."""

    effect = Effect.CHANGE
    plain = True
    system = "licences"
    arguments = SeatArguments

    async def canonical(self, args: SeatArguments) -> SeatArguments:
        """Also says so, before anybody is asked to approve it, when the application is not paid for by the seat."""
        args = await super().canonical(args)
        app = await one_app(self.systems.access, args.app)
        await self._licences(app.id)
        return args.model_copy(update={"app": app.id})

    async def resource(self, args: SeatArguments) -> Resource:
        """The application's seats. How many are free alters from day to day, and is no fact that an approval rests on."""
        one = await self._licences(args.app)
        return Resource("licence", one.app, label=one.name, owner=one.owner, facts={"seats": one.seats})

    async def _licences(self, app: str) -> Licences:
        found = next((one for one in await self.systems.licensing.licences() if one.app == app), None)
        if found is None:
            raise NotFound(f"{app} is not paid for by the seat: nobody needs a licence for it, access alone will do")
        return found

    async def _check(self, args: SeatArguments, *, there: bool) -> Check:
        has = args.app in await self.systems.licensing.licences_of(args.user)
        observed = f"{args.user} has {'a' if has else 'no'} licence for {args.app}"
        return Check(has is there, observed, "listed the licences again")


class AssignLicence(_SeatTool):
    name = "assign_licence"
    description = "Give somebody one of the free licences (seats) of an application."
    back = "by giving the licence back"

    async def canonical(self, args: SeatArguments) -> SeatArguments:
        """Also refuses a licence that there is none of, before anybody is asked to approve it."""
        args = await super().canonical(args)
        licences = await self._licences(args.app)
        if not licences.free and args.app not in await self.systems.licensing.licences_of(args.user):
            raise Refused(
                f"all {licences.seats} licences of {licences.name} are taken. Somebody has to give one back, or more must be "
                f"bought: {await self.full_name(licences.owner)} decides on that"
            )
        return args

    async def beneficiary(self, args: SeatArguments) -> str:
        return args.user

    async def run(self, args: SeatArguments, caller: Caller) -> Result:
        done = await self.systems.licensing.assign_seat(args.user, args.app, caller)
        name, app = await self.full_name(args.user), (await self._licences(args.app)).name
        data = {"user": args.user, "app": args.app, "free": done.value.free}
        if not done.changed:
            return Result(data, f"{name} had a licence for {app} already.", changed=False)
        return Result(data, f"Gave {name} a licence for {app}.")

    async def check(self, args: SeatArguments, result: Result | None) -> Check:
        return await self._check(args, there=True)

    async def undo(self, args: SeatArguments, result: Result, caller: Caller) -> Result:
        data = {"user": args.user, "app": args.app}
        if not result.changed:
            return Result(data, "There was nothing to take back.", changed=False)
        done = await self.systems.licensing.undo_assign(args.user, args.app, caller)
        return Result(data, f"Took {args.user}'s licence for {args.app} back.", changed=done.changed)

    def sentence(self, args: SeatArguments) -> str:
        return f"Give {args.user} a licence for {args.app}"


class ReleaseLicence(_SeatTool):
    name = "release_licence"
    description = "Give somebody's licence (seat) of an application back, for others to use."
    back = "by giving the licence again"

    async def run(self, args: SeatArguments, caller: Caller) -> Result:
        done = await self.systems.licensing.release_seat(args.user, args.app, caller)
        name, app = await self.full_name(args.user), (await self._licences(args.app)).name
        data = {"user": args.user, "app": args.app, "free": done.value.free}
        if not done.changed:
            return Result(data, f"{name} had no licence for {app}.", changed=False)
        return Result(data, f"Gave the licence of {name} for {app} back.")

    async def check(self, args: SeatArguments, result: Result | None) -> Check:
        return await self._check(args, there=False)

    async def undo(self, args: SeatArguments, result: Result, caller: Caller) -> Result:
        data = {"user": args.user, "app": args.app}
        if not result.changed:
            return Result(data, "There was nothing to take back.", changed=False)
        done = await self.systems.licensing.undo_release(args.user, args.app, caller)
        return Result(data, f"Gave {args.user} the licence for {args.app} again.", changed=done.changed)

    def sentence(self, args: SeatArguments) -> str:
        return f"Give the licence of {args.user} for {args.app} back"
