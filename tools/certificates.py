"""Certificates that servers show to those who connect: looking at them, and rolling them."""

from typing import Any

from pydantic import Field

from tools.base import Query, SystemsTool
from tools.contract import Arguments, Caller, Check, Effect, Resource, Result
from tools.naming import one_named
from tools.systems.done import Done
from tools.systems.operations import ServerCertificate
from tools.systems.protocols import Systems

SERVER = "The server: its host name, or the program behind it, such as storefront in production."


class FindServerCertificateArguments(Query):
    server: str = Field(min_length=1, max_length=200, description=SERVER)


class ServerArguments(Arguments):
    server: str = Field(min_length=1, max_length=200, description=SERVER)


class FindServerCertificate(SystemsTool[FindServerCertificateArguments]):
    name = "find_server_certificate"
    description = "Look at the certificate that a server serves: which one it is, and until when it is good."
    effect = Effect.READ
    system = "certificates"
    ids = frozenset({"server", "serial"})
    arguments = FindServerCertificateArguments

    async def resource(self, args: FindServerCertificateArguments) -> Resource:
        return _resource(await one_server(self.systems, args.server))

    async def run(self, args: FindServerCertificateArguments, caller: Caller) -> Result:
        one = await one_server(self.systems, args.server)
        days = (one.expires - self.systems.now()).days
        data = {**_data(one), "status": one.status, "days_left": days}
        return Result(data, f"{_serves(one)}.")


class RollServerCertificate(SystemsTool[ServerArguments]):
    name = "roll_server_certificate"
    description = "Issue a new certificate for a server and install it, so that the server serves the new one."
    effect = Effect.CHANGE
    plain = True
    back = "by serving the certificate from before again"
    system = "certificates"
    arguments = ServerArguments

    async def canonical(self, args: ServerArguments) -> ServerArguments:
        return args.model_copy(update={"server": (await one_server(self.systems, args.server)).id})

    async def resource(self, args: ServerArguments) -> Resource:
        return _resource(await one_server(self.systems, args.server))

    async def run(self, args: ServerArguments, caller: Caller) -> Result:
        return _rolled(await self.systems.certificates.roll_server_certificate(args.server, caller))

    async def recall(self, args: ServerArguments, key: str) -> Result | None:
        done = await self.systems.certificates.server_certificate_rolled_under(key)
        return _rolled(done) if done else None

    async def check(self, args: ServerArguments, result: Result | None) -> Check:
        """What is served is the one that this call installed, or one after it, and it is good."""
        one = await one_server(self.systems, args.server)
        ours = str(result.data["serial"]) if result else ""
        later = one.issued[one.issued.index(ours) :] if ours in one.issued else ()
        return Check(one.serial in later and one.status == "valid", _serves(one), "looked at what the server serves")

    async def undo(self, args: ServerArguments, result: Result, caller: Caller) -> Result:
        before = str(result.data["before"])
        done = await self.systems.certificates.serve_again(args.server, before, caller)
        told = f"{args.server} serves {before} again." if done.changed else "There was nothing to take back."
        return Result({"server": args.server}, told, changed=done.changed)

    def sentence(self, args: ServerArguments) -> str:
        return f"Issue a new certificate for {args.server} and install it"


async def one_server(systems: Systems, words: str) -> ServerCertificate:
    """Raises NotFound, Ambiguous, SystemAway."""
    if (exact := await systems.certificates.server_certificate(words.lower())) is not None:
        return exact
    every = await systems.certificates.server_certificates()
    found = one_named(words, [(one.id, one.id, one.aliases) for one in every], "server")
    return next(one for one in every if one.id == found)


def _resource(one: ServerCertificate) -> Resource:
    return Resource("certificate", one.id, label=one.id, owner=one.owner, facts={"namespace": one.namespace})


def _data(one: ServerCertificate) -> dict[str, Any]:
    return {"server": one.id, "serial": one.serial, "expires": one.expires.isoformat()}


def _rolled(done: Done[ServerCertificate]) -> Result:
    one = done.value
    data = {**_data(one), "before": done.before.serial if done.before is not None else ""}
    return Result(data, f"{one.id} has a new certificate, {one.serial}, which is good until {one.expires:%d %b %Y}.")


def _serves(one: ServerCertificate) -> str:
    ends = "ended" if one.status == "expired" else "is good until"
    return f"{one.id} serves the certificate {one.serial}, which {ends} {'on ' if ends == 'ended' else ''}{one.expires:%d %b %Y}"
