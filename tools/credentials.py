"""Passwords, sessions, and accounts that are closed for a while."""

from tools.accounts import STATUS
from tools.base import SystemsTool, UserArguments
from tools.contract import Caller, Check, Effect, Resource, Result
from tools.systems.protocols import Account, OneTimeLink


class ResetPassword(SystemsTool[UserArguments]):
    """The link to set a new password is for the account's owner alone, whoever asked."""

    name = "reset_password"
    description = "Void the password of an account; its owner gets a one-time link to set a new one."
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
        return await self._reset(args, (await self.systems.identity.reset_password(args.user, caller)).value)

    async def recall(self, args: UserArguments, key: str) -> Result | None:
        link = await self.systems.identity.password_reset_under(args.user, key)
        return await self._reset(args, link) if link else None

    async def check(self, args: UserArguments, result: Result | None) -> Check:
        account = await self.systems.identity.account(args.user)
        return _observed(account, result is not None and account.status == "RECOVERY")

    async def _reset(self, args: UserArguments, link: OneTimeLink) -> Result:
        return Result(
            {"user": args.user, "status": link.account.status},
            f"Reset the password of {await self.full_name(args.user)}; a link to set a new one went to them alone.",
            private=f"{link.link} (works once, until {link.expires:%d %b %Y, %H:%M} UTC)",
            private_to=args.user,
        )

    def sentence(self, args: UserArguments) -> str:
        return f"Reset the password of {args.user} and send them a link to set a new one"


class EndSessions(SystemsTool[UserArguments]):
    """Not reversible: whoever was signed out signs in again."""

    name = "end_sessions"
    description = "Sign somebody out everywhere, on all devices and in all browsers."
    effect = Effect.CHANGE
    plain = True
    system = "identity"
    reversible = False
    arguments = UserArguments

    async def resource(self, args: UserArguments) -> Resource:
        return await self.owned("account", args.user)

    async def run(self, args: UserArguments, caller: Caller) -> Result:
        done = await self.systems.identity.end_sessions(args.user, caller)
        name = await self.full_name(args.user)
        if not done.changed:
            return Result({"user": args.user, "ended": 0}, f"{name} was signed in nowhere.", changed=False)
        ended = done.before or 0
        return Result({"user": args.user, "ended": ended}, f"Signed {name} out everywhere ({_sessions(ended)}).")

    async def check(self, args: UserArguments, result: Result | None) -> Check:
        left = len(await self.systems.identity.sessions(args.user))
        observed = f"{args.user} is signed in nowhere" if not left else f"{args.user} still has {_sessions(left)}"
        return Check(not left, observed, "listed the sessions again")

    def sentence(self, args: UserArguments) -> str:
        return f"Sign {args.user} out everywhere"


class SuspendAccount(SystemsTool[UserArguments]):
    name = "suspend_account"
    description = "Close an account for a while: it is signed out everywhere, and nobody can sign in until it is unsuspended."
    effect = Effect.CHANGE
    back = "by lifting the suspension"
    plain = True
    system = "identity"
    arguments = UserArguments

    async def resource(self, args: UserArguments) -> Resource:
        return await self.owned("account", args.user)

    async def run(self, args: UserArguments, caller: Caller) -> Result:
        done = await self.systems.identity.suspend(args.user, caller)
        name = await self.full_name(args.user)
        data = {"user": args.user, "status": done.value.status}
        if not done.changed:
            return Result(data, f"The account of {name} was suspended already.", changed=False)
        if done.before is not None:
            data["before"] = done.before.status
        return Result(data, f"Suspended the account of {name}.")

    async def check(self, args: UserArguments, result: Result | None) -> Check:
        account = await self.systems.identity.account(args.user)
        return _observed(account, account.status == "SUSPENDED")

    async def undo(self, args: UserArguments, result: Result, caller: Caller) -> Result:
        """The account has the status again that it had before."""
        if not result.changed:
            return Result({"user": args.user}, "There was nothing to take back.", changed=False)
        done = await self.systems.identity.undo_suspend(args.user, str(result.data["before"]), caller)
        data = {"user": args.user, "status": done.value.status}
        return Result(data, f"Took the suspension of {args.user}'s account back.", changed=done.changed)

    def sentence(self, args: UserArguments) -> str:
        return f"Suspend the account of {args.user}: nobody can sign in with it"


class UnsuspendAccount(SystemsTool[UserArguments]):
    name = "unsuspend_account"
    description = "Open an account that was suspended."
    effect = Effect.CHANGE
    back = "by suspending the account again"
    plain = True
    system = "identity"
    arguments = UserArguments

    async def resource(self, args: UserArguments) -> Resource:
        return await self.owned("account", args.user)

    async def beneficiary(self, args: UserArguments) -> str:
        return args.user

    async def run(self, args: UserArguments, caller: Caller) -> Result:
        done = await self.systems.identity.unsuspend(args.user, caller)
        name = await self.full_name(args.user)
        summary = f"Unsuspended the account of {name}." if done.changed else f"The account of {name} was not suspended."
        return Result({"user": args.user, "status": done.value.status}, summary, changed=done.changed)

    async def check(self, args: UserArguments, result: Result | None) -> Check:
        account = await self.systems.identity.account(args.user)
        return _observed(account, account.status == "ACTIVE")

    async def undo(self, args: UserArguments, result: Result, caller: Caller) -> Result:
        if not result.changed:
            return Result({"user": args.user}, "There was nothing to take back.", changed=False)
        done = await self.systems.identity.undo_unsuspend(args.user, caller)
        data = {"user": args.user, "status": done.value.status}
        return Result(data, f"Suspended the account of {args.user} again.", changed=done.changed)

    def sentence(self, args: UserArguments) -> str:
        return f"Unsuspend the account of {args.user}"


def _observed(account: Account, held: bool) -> Check:  # noqa: FBT001 - it is what was observed
    return Check(held, f"the account of {account.person} is {STATUS[account.status]}", "read the account again")


def _sessions(number: int) -> str:
    return "one session" if number == 1 else f"{number} sessions"
