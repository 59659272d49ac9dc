"""Tokens with which programs sign in: looking at their keys, revoking one, issuing another to the token's owner alone."""

from pydantic import Field

from tools.base import Query, SystemsTool
from tools.contract import Arguments, Caller, Check, Effect, NotFound, Resource, Result
from tools.naming import one_named
from tools.systems.operations import IssuedKey, Token
from tools.systems.protocols import Systems

TOKEN = "The token: its id, name, or another name of it; never what it says."  # noqa: S105 - what a token is called


class FindTokenArguments(Query):
    token: str = Field(min_length=1, max_length=200, description=TOKEN)


class TokenArguments(Arguments):
    token: str = Field(min_length=1, max_length=200, description=TOKEN)


class RevokeTokenArguments(TokenArguments):
    key: str | None = Field(
        default=None, max_length=40, description="The id of the key, such as TK-411; leave it out for the newest one."
    )


class FindToken(SystemsTool[FindTokenArguments]):
    name = "find_token"
    description = "Look at a token that a program uses: which of its keys work, and which do not any more."
    effect = Effect.READ
    system = "tokens"
    ids = frozenset({"token", "key", "works", "dead"})
    arguments = FindTokenArguments

    async def resource(self, args: FindTokenArguments) -> Resource:
        return _resource(await one_token(self.systems, args.token))

    async def run(self, args: FindTokenArguments, caller: Caller) -> Result:
        one = await one_token(self.systems, args.token)
        data = {"token": one.id, "key": _newest(one), "works": list(one.works), "dead": list(one.dead)}
        return Result(data, f"{_keys(one)}.")


class RevokeToken(SystemsTool[RevokeTokenArguments]):
    """Not reversible: what was revoked is dead."""

    name = "revoke_token"
    description = "Revoke a key of a token: whatever uses that key is let in no more."
    effect = Effect.CHANGE
    plain = True
    system = "tokens"
    reversible = False
    arguments = RevokeTokenArguments

    async def canonical(self, args: RevokeTokenArguments) -> RevokeTokenArguments:
        """The key is settled here, so that a repetition does not revoke what was issued meanwhile."""
        one = await one_token(self.systems, args.token)
        key = args.key or _newest(one)
        if key not in (*one.works, *one.dead):
            raise NotFound(f"{one.name} has no key {key!r}")
        return args.model_copy(update={"token": one.id, "key": key})

    async def resource(self, args: RevokeTokenArguments) -> Resource:
        return _resource(await one_token(self.systems, args.token))

    async def run(self, args: RevokeTokenArguments, caller: Caller) -> Result:
        done = await self.systems.tokens.revoke_key(args.token, str(args.key), caller)
        told = f"Revoked the key {args.key} of {done.value.name}." if done.changed else f"{args.key} was dead already."
        return Result({"token": args.token, "key": args.key}, told, changed=done.changed)

    async def check(self, args: RevokeTokenArguments, result: Result | None) -> Check:
        one = await one_token(self.systems, args.token)
        works = args.key in one.works
        return Check(not works, f"{args.key} {'still works' if works else 'is refused'}", "tried the key again")

    def sentence(self, args: RevokeTokenArguments) -> str:
        return f"Revoke the key {args.key} of the token {args.token}: what uses it is let in no more"


class IssueToken(SystemsTool[TokenArguments]):
    """The link to the new key is for the token's owner alone, whoever asked."""

    name = "issue_token"
    description = "Issue a new key of a token; the token's owner gets a one-time link to read it."
    effect = Effect.CHANGE
    plain = True
    back = "by revoking the new key"
    system = "tokens"
    arguments = TokenArguments

    async def canonical(self, args: TokenArguments) -> TokenArguments:
        return args.model_copy(update={"token": (await one_token(self.systems, args.token)).id})

    async def resource(self, args: TokenArguments) -> Resource:
        return _resource(await one_token(self.systems, args.token))

    async def beneficiary(self, args: TokenArguments) -> str:
        return (await one_token(self.systems, args.token)).owner

    async def run(self, args: TokenArguments, caller: Caller) -> Result:
        return await self._issued((await self.systems.tokens.issue_key(args.token, caller)).value)

    async def recall(self, args: TokenArguments, key: str) -> Result | None:
        issued = await self.systems.tokens.key_issued_under(key)
        return await self._issued(issued) if issued else None

    async def check(self, args: TokenArguments, result: Result | None) -> Check:
        one = await one_token(self.systems, args.token)
        works = result is not None and result.data["key"] in one.works
        return Check(works, _keys(one), "tried the keys again")

    async def undo(self, args: TokenArguments, result: Result, caller: Caller) -> Result:
        done = await self.systems.tokens.withdraw_key(args.token, str(result.data["key"]), caller)
        told = f"Revoked the new key {result.data['key']}." if done.changed else "There was nothing to take back."
        return Result({"token": args.token}, told, changed=done.changed)

    def sentence(self, args: TokenArguments) -> str:
        return f"Issue a new key of the token {args.token} and send its owner a link to it"

    async def _issued(self, one: IssuedKey) -> Result:
        owner = one.token.owner
        return Result(
            {"token": one.token.id, "key": one.key},
            f"Issued {one.key} of {one.token.name}; a link to read it went to {await self.full_name(owner)} alone.",
            private=f"{one.link} (works once, until {one.expires:%d %b %Y, %H:%M} UTC)",
            private_to=owner,
        )


async def one_token(systems: Systems, words: str) -> Token:
    """Raises NotFound, Ambiguous, SystemAway."""
    if (exact := await systems.tokens.token(words)) is not None:
        return exact
    every = await systems.tokens.tokens()
    found = one_named(words, [(one.id, one.name, one.aliases) for one in every], "token")
    return next(one for one in every if one.id == found)


def _resource(one: Token) -> Resource:
    return Resource("token", one.id, label=one.name, owner=one.owner, facts={"namespace": one.namespace})


def _newest(one: Token) -> str:
    return (one.works or one.dead)[-1]


def _keys(one: Token) -> str:
    works = f"{', '.join(one.works)} {'works' if len(one.works) == 1 else 'work'}" if one.works else "no key works"
    dead = f"; {', '.join(one.dead)} {'is' if len(one.dead) == 1 else 'are'} refused" if one.dead else ""
    return f"{one.id}: {works}{dead}"
