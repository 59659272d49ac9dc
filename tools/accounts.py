"""People and their accounts: finding them, unlocking, new sign-in factors."""

from typing import Any

from pydantic import Field

from tools.base import Query, SystemsTool, UserArguments, person_resource
from tools.contract import Caller, Check, Effect, Resource, Result
from tools.naming import exact_person
from tools.systems.protocols import Account, Enrolment

STATUS = {
    "ACTIVE": "active",
    "LOCKED_OUT": "locked",
    "PASSWORD_EXPIRED": "waiting for a new password",
    "RECOVERY": "in the middle of a password reset",
    "SUSPENDED": "suspended",
    "DEPROVISIONED": "closed",
}


class FindPersonArguments(Query):
    query: str = Field(
        min_length=1,
        max_length=200,
        description="Whom to look for: a name or part of one, a handle, an e-mail address, or a Slack id or mention.",
    )


class FindPerson(SystemsTool[FindPersonArguments]):
    name = "find_person"
    description = "Look somebody up in the directory."
    effect = Effect.READ
    system = "directory"
    unseen = frozenset({"email"})
    ids = frozenset({"user"})
    arguments = FindPersonArguments

    async def resource(self, args: FindPersonArguments) -> Resource:
        person = await exact_person(self.systems.directory, args.query)
        return person_resource(person) if person else Resource("person", "", label=args.query)

    async def run(self, args: FindPersonArguments, caller: Caller) -> Result:
        exact = await exact_person(self.systems.directory, args.query)
        found = await self.systems.directory.find(args.query)
        people = [exact] if exact else found
        data: dict[str, Any] = {
            "people": [
                {
                    "user": person.handle,
                    "name": person.name,
                    "email": person.email,
                    "title": person.title,
                    "department": person.department,
                }
                for person in people
            ]
        }
        if len(people) == 1:
            data["user"] = people[0].handle
        names = ", ".join(f"{person.name} ({person.handle})" for person in people)
        return Result(data, f"Found {names}." if people else f"Found nobody for “{args.query}”.")


class FindAccount(SystemsTool[UserArguments]):
    name = "find_account"
    description = "Look at somebody's account: its status, failed sign-ins, sign-in factors and sessions."
    effect = Effect.READ
    system = "identity"
    ids = frozenset({"user", "factors.id"})
    arguments = UserArguments

    async def resource(self, args: UserArguments) -> Resource:
        return await self.owned("account", args.user)

    async def run(self, args: UserArguments, caller: Caller) -> Result:
        account = await self.systems.identity.account(args.user)
        factors = await self.systems.identity.factors(args.user)
        sessions = await self.systems.identity.sessions(args.user)
        name = await self.full_name(args.user)
        data = {
            "user": args.user,
            "name": name,
            "status": account.status,
            "failed_logins": account.failed_logins,
            "factors": [{"id": factor.id, "kind": factor.kind, "status": factor.status} for factor in factors],
            "sessions": len(sessions),
        }
        kinds = ", ".join(factor.kind for factor in factors) or "none"
        return Result(data, f"The account of {name} is {STATUS[account.status]}; sign-in factors: {kinds}.")


class UnlockAccount(SystemsTool[UserArguments]):
    name = "unlock_account"
    description = "Unlock an account that was locked after failed sign-ins."
    effect = Effect.CHANGE
    back = "by locking the account again"
    plain = True
    system = "identity"
    arguments = UserArguments

    async def resource(self, args: UserArguments) -> Resource:
        return await self.owned("account", args.user)

    async def beneficiary(self, args: UserArguments) -> str:
        return args.user

    async def run(self, args: UserArguments, caller: Caller) -> Result:
        done = await self.systems.identity.unlock(args.user, caller)
        name = await self.full_name(args.user)
        summary = f"Unlocked the account of {name}." if done.changed else f"The account of {name} was not locked."
        return self._result(done.value, summary, changed=done.changed)

    async def check(self, args: UserArguments, result: Result | None) -> Check:
        account = await self.systems.identity.account(args.user)
        return Check(
            account.status == "ACTIVE", f"the account of {args.user} is {STATUS[account.status]}", "read the account again"
        )

    async def undo(self, args: UserArguments, result: Result, caller: Caller) -> Result:
        if not result.changed:
            return Result({"user": args.user}, "There was nothing to take back.", changed=False)
        done = await self.systems.identity.lock_again(args.user, caller)
        return self._result(done.value, f"Locked the account of {args.user} again.", changed=done.changed)

    def sentence(self, args: UserArguments) -> str:
        return f"Unlock the account of {args.user}"

    @staticmethod
    def _result(account: Account, summary: str, *, changed: bool) -> Result:
        return Result({"user": account.person, "status": account.status}, summary, changed=changed)


class ResetMfa(SystemsTool[UserArguments]):
    """The link to enrol anew is for the account's owner alone, whoever asked."""

    name = "reset_mfa"
    description = "Remove all sign-in factors of an account; its owner gets a one-time link to set up a new one."
    effect = Effect.CHANGE
    plain = True
    system = "identity"
    reversible = False
    arguments = UserArguments

    async def resource(self, args: UserArguments) -> Resource:
        return await self.owned("account", args.user)

    async def beneficiary(self, args: UserArguments) -> str:
        return args.user

    async def run(self, args: UserArguments, caller: Caller) -> Result:
        return await self._reset(args, (await self.systems.identity.reset_factors(args.user, caller)).value)

    async def recall(self, args: UserArguments, key: str) -> Result | None:
        enrolment = await self.systems.identity.factors_reset_under(key)
        return await self._reset(args, enrolment) if enrolment else None

    async def _reset(self, args: UserArguments, enrolment: Enrolment) -> Result:
        name = await self.full_name(args.user)
        factors = {0: "There was no sign-in factor to remove", 1: "Removed the one sign-in factor"}
        what = factors.get(enrolment.removed, f"Removed all {enrolment.removed} sign-in factors")
        return Result(
            {"user": args.user, "removed": enrolment.removed},
            f"{what} of {name}; a link to set up a new one went to them alone.",
            private=f"{enrolment.link} (works once, until {enrolment.expires:%d %b %Y, %H:%M} UTC)",
            private_to=args.user,
        )

    async def check(self, args: UserArguments, result: Result | None) -> Check:
        factors = await self.systems.identity.factors(args.user)
        left = ", ".join(factor.kind for factor in factors)
        observed = f"{args.user} still has {left}" if left else f"{args.user} has no sign-in factor left"
        return Check(result is not None and not factors, observed, "listed the sign-in factors again")

    def sentence(self, args: UserArguments) -> str:
        return f"Remove all sign-in factors of {args.user} and send them a link to set up a new one"
