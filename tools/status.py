"""How the services are that everybody uses."""

from pydantic import Field

from tools.base import SystemsTool
from tools.contract import Arguments, Caller, Effect, Resource, Result
from tools.naming import one_named
from tools.systems.supplies import Service

TOLD = {"up": "working", "degraded": "working, but not well", "down": "down"}


class StatusArguments(Arguments):
    service: str = Field(
        default="", max_length=200, description="The service: its id, name, or another name of it; left out, all of them."
    )


class ServiceStatus(SystemsTool[StatusArguments]):
    name = "service_status"
    description = "Say whether a service that everybody uses is up, degraded or down, and what is known about it."
    effect = Effect.READ
    system = "status"
    arguments = StatusArguments

    async def canonical(self, args: StatusArguments) -> StatusArguments:
        if not args.service:
            return args
        every = [(one.id, one.name, one.aliases) for one in await self.systems.status.services()]
        return args.model_copy(update={"service": one_named(args.service, every, "service")})

    async def resource(self, args: StatusArguments) -> Resource:
        return Resource("service", args.service or "all", label=args.service or "all services")

    async def run(self, args: StatusArguments, caller: Caller) -> Result:
        found = [one for one in await self.systems.status.services() if args.service in ("", one.id)]
        data = {
            "services": [{"service": one.id, "name": one.name, "status": one.status, "note": one.note} for one in found],
            "troubled": [one.id for one in found if one.status != "up"],
        }
        told = found if args.service else [one for one in found if one.status != "up"]
        if not told:
            return Result(data, "As far as we know, everything is working.")
        rest = "" if args.service or len(told) == len(found) else " Everything else is working."
        return Result(data, " ".join(map(_sentence, told)) + rest)


def _sentence(one: Service) -> str:
    return f"{one.name}: {TOLD[one.status]}." + (f" {one.note}" if one.note else "")
