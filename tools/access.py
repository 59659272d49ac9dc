"""Applications: finding them, who has them, giving and taking access."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from tools.base import Query, SystemsTool, UserArguments, person_resource
from tools.contract import DETAIL, END, Caller, Check, Effect, Ending, NotFound, OutOfReach, Person, Refused, Resource, Result
from tools.naming import best_apps, one_app, one_person
from tools.systems.protocols import App, Systems

APP = "The application: its id, name, or another name of it."


def _written(value: Any) -> Any:
    """A bare number is no time, though it could be read as seconds since 1970."""
    if isinstance(value, datetime) or (isinstance(value, str) and "-" in value[1:]):
        return value
    raise ValueError("must be a date and time such as 2026-11-27T18:00:00+01:00")


def _whole_seconds(value: datetime) -> datetime:
    return value.astimezone(UTC).replace(microsecond=0)


Until = Annotated[
    AwareDatetime,
    BeforeValidator(_written),
    AfterValidator(_whole_seconds),
    DETAIL,
    END,
    Field(
        description="When the access ends: an RFC 3339 date and time with its offset, such as 2026-11-27T18:00:00+01:00; "
        "in the future, and within the longest time that the application allows."
    ),
]


class FindAppArguments(Query):
    query: str = Field(min_length=1, max_length=200, description="What to look for: the application's name, or words of it.")


class FindApp(SystemsTool[FindAppArguments]):
    name = "find_app"
    description = "Look an application up in the catalogue: its id, how risky it is, and for how long it may be given."
    effect = Effect.READ
    system = "access"
    ids = frozenset({"app"})
    arguments = FindAppArguments

    async def resource(self, args: FindAppArguments) -> Resource:
        app = await self.systems.access.app(args.query.lower())
        return app_resource(app) if app else Resource("app", "", label=args.query)

    async def run(self, args: FindAppArguments, caller: Caller) -> Result:
        exact, similar = best_apps(args.query, await self.systems.access.apps())
        found = exact or similar
        data: dict[str, Any] = {"candidates": [{"app": app.id, "name": app.name} for app in found]}
        if len(found) != 1:
            names = ", ".join(app.name for app in found)
            return Result(data, f"Found {names}." if found else f"No application is called “{args.query}”.")
        app = found[0]
        data |= {"app": app.id, "name": app.name, "risk": app.risk, "max_days": app.max_days}
        return Result(data, f"Found {app.name} (risk {app.risk}, {app.max_days} days at most).")


class ListAccess(SystemsTool[UserArguments]):
    name = "list_access"
    description = "List the applications that somebody can use, and until when."
    effect = Effect.READ
    system = "access"
    ids = frozenset({"user", "apps", "grants.app"})
    arguments = UserArguments

    async def resource(self, args: UserArguments) -> Resource:
        return person_resource(await one_person(self.systems.directory, args.user))

    async def run(self, args: UserArguments, caller: Caller) -> Result:
        held = await self.systems.access.held(args.user)
        apps = sorted({one.app for one in held})
        data = {
            "user": args.user,
            "apps": apps,
            "grants": [{"app": one.app, "until": _iso(one.until)} for one in held if one.grant],
        }
        name = await self.full_name(args.user)
        return Result(data, f"{name} can use {', '.join(apps)}." if apps else f"{name} can use no application.")


def latest(now: datetime, days: int, person: Person) -> datetime:
    """The last moment of the day that lies so many days off, where the person is: whoever gets three days has all of the third."""
    try:
        zone = ZoneInfo(person.zone)
    except (OSError, ValueError, KeyError):
        zone = ZoneInfo("UTC")
    return (now.astimezone(zone) + timedelta(days=days)).replace(hour=23, minute=59, second=59, microsecond=0)


class GrantArguments(UserArguments):
    app: str = Field(min_length=1, max_length=200, description=APP)
    until: Until


class GrantAccess(SystemsTool[GrantArguments]):
    name = "grant_access"
    description = "Give somebody access to an application until a time; it ends by itself then."
    effect = Effect.CHANGE
    back = "by ending the access; it also ends by itself"
    plain = True
    system = "access"
    ids = frozenset({"user", "app", "grant"})
    arguments = GrantArguments

    async def canonical(self, args: GrantArguments) -> GrantArguments:
        """Also refuses an end that the application does not allow, before anybody is asked to approve it."""
        args = await super().canonical(args)
        app = await one_app(self.systems.access, args.app)
        now = self.systems.now()
        if args.until <= now:
            raise Refused(f"the end of the access, {_told(args.until)}, has already passed")
        if args.until > (nearest := latest(now, app.max_days, await one_person(self.systems.directory, args.user))):
            days = "one day" if app.max_days == 1 else f"{app.max_days} days"
            raise OutOfReach(
                f"{app.name} is given for {days} at most; {_told(args.until)} is further off", "until", nearest.isoformat()
            )
        return args.model_copy(update={"app": app.id})

    async def resource(self, args: GrantArguments) -> Resource:
        return app_resource(await _app(self.systems, args.app))

    async def beneficiary(self, args: GrantArguments) -> str:
        return args.user

    async def run(self, args: GrantArguments, caller: Caller) -> Result:
        done = await self.systems.access.grant(args.user, args.app, args.until, caller)
        held = done.value
        name = await self.full_name(args.user)
        app = (await _app(self.systems, args.app)).name
        data = {"user": args.user, "app": args.app, "until": _iso(held.until), "grant": held.grant}
        if not done.changed:
            end = f"until {_told(held.until)}" if held.until else "without an end"
            return Result(data, f"{name} already had access to {app}, {end}.", changed=False)
        if done.before is not None:
            data["before"] = _iso(done.before.until)
        return Result(data, f"Gave {name} access to {app} until {_told(args.until)}.")

    async def check(self, args: GrantArguments, result: Result | None) -> Check:
        held = [one for one in await self.systems.access.held(args.user) if one.app == args.app]
        how = "listed the access again"
        if not held:
            return Check(held=False, observed=f"{args.user} has no access to {args.app}", how=how)
        lasting = any(one.until is None for one in held)
        exact = next((one for one in held if one.until == args.until), None)
        ends = "without an end" if lasting else f"until {_told(max(one.until for one in held if one.until))}"
        data = {"user": args.user, "app": args.app, "until": _iso(exact.until), "grant": exact.grant} if exact else {}
        return Check(lasting or exact is not None, f"{args.user} has access to {args.app} {ends}", how, data)

    async def undo(self, args: GrantArguments, result: Result, caller: Caller) -> Result:
        """An earlier grant that this one replaced comes back with its own end, unless that has passed."""
        data = {"user": args.user, "app": args.app}
        if not result.changed:
            return Result(data, "There was nothing to take back.", changed=False)
        earlier = result.data.get("before")
        if earlier and datetime.fromisoformat(earlier) > self.systems.now():
            until = datetime.fromisoformat(earlier)
            done = await self.systems.access.put_back(args.user, args.app, until, caller)
            return Result(data, f"Set the end of {args.user}'s access to {args.app} back to {_told(until)}.", changed=done.changed)
        done = await self.systems.access.revoke(args.user, args.app, caller, str(result.data["grant"]))
        return Result(data, f"Took {args.user}'s access to {args.app} back.", changed=done.changed)

    def ending(self, args: GrantArguments, result: Result) -> Ending | None:
        """The end names the grant, so that it does not touch one that has replaced it meanwhile."""
        until, grant = result.data.get("until"), result.data.get("grant")
        if not until or not grant:
            return None
        return Ending(datetime.fromisoformat(until), RevokeAccess.name, {"user": args.user, "app": args.app, "grant": grant})

    def sentence(self, args: GrantArguments) -> str:
        return f"Give {args.user} access to {args.app} until {_told(args.until)}"


class RevokeArguments(UserArguments):
    app: str = Field(min_length=1, max_length=200, description=APP)
    grant: str | None = Field(
        default=None,
        max_length=40,
        description="Only if the access rests on this grant; leave it out to end whatever access there is.",
    )


class RevokeAccess(SystemsTool[RevokeArguments]):
    name = "revoke_access"
    description = "End somebody's access to an application."
    effect = Effect.CHANGE
    back = "by giving the access again"
    plain = True
    system = "access"
    arguments = RevokeArguments

    async def canonical(self, args: RevokeArguments) -> RevokeArguments:
        args = await super().canonical(args)
        return args.model_copy(update={"app": (await one_app(self.systems.access, args.app)).id})

    async def resource(self, args: RevokeArguments) -> Resource:
        return app_resource(await _app(self.systems, args.app))

    async def run(self, args: RevokeArguments, caller: Caller) -> Result:
        done = await self.systems.access.revoke(args.user, args.app, caller, args.grant)
        name = await self.full_name(args.user)
        app = (await _app(self.systems, args.app)).name
        data: dict[str, Any] = {"user": args.user, "app": args.app}
        if not done.changed:
            what = "no longer rests on that grant" if args.grant else "was not there"
            return Result(data, f"The access of {name} to {app} {what}; nothing was changed.", changed=False)
        data["before"] = _iso(done.before.until if done.before else None)
        return Result(data, f"Ended the access of {name} to {app}.")

    async def check(self, args: RevokeArguments, result: Result | None) -> Check:
        held = [one for one in await self.systems.access.held(args.user) if one.app == args.app]
        left = [one for one in held if args.grant in (None, one.grant)]
        observed = f"{args.user} {'still has' if left else 'no longer has'} {'that' if args.grant else ''} access to {args.app}"
        return Check(not left, " ".join(observed.split()), "listed the access again")

    async def undo(self, args: RevokeArguments, result: Result, caller: Caller) -> Result:
        data = {"user": args.user, "app": args.app}
        if not result.changed:
            return Result(data, "There was nothing to take back.", changed=False)
        earlier = result.data.get("before")
        until = datetime.fromisoformat(earlier) if earlier else None
        done = await self.systems.access.put_back(args.user, args.app, until, caller)
        return Result(data, f"Gave {args.user} the access to {args.app} back.", changed=done.changed)

    def sentence(self, args: RevokeArguments) -> str:
        return f"End the access of {args.user} to {args.app}"


def app_resource(app: App) -> Resource:
    """An application as what a call touches: its owner answers for it."""
    return Resource("app", app.id, label=app.name, owner=app.owner, facts={"risk": app.risk, "max_days": app.max_days})


async def _app(systems: Systems, app: str) -> App:
    found = await systems.access.app(app)
    if found is None:
        raise NotFound(f"there is no application {app!r}")
    return found


def _iso(until: datetime | None) -> str | None:
    return until.isoformat() if until else None


def _told(at: datetime) -> str:
    return f"{at.astimezone(UTC):%d %b %Y, %H:%M} UTC"
