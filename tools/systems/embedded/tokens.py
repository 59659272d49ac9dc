"""The tokens with which the company's programs sign in."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select

from tools.contract import Caller, NotFound
from tools.systems.done import Done
from tools.systems.embedded.cast import DOMAIN
from tools.systems.embedded.faults import answers
from tools.systems.embedded.identity import one_time_code
from tools.systems.embedded.journal import UNDO, Books, Effect
from tools.systems.embedded.models import EnrolmentRow
from tools.systems.embedded.operation_models import TokenRow
from tools.systems.operations import IssuedKey, Token

LINK_LASTS = timedelta(hours=1)


class EmbeddedTokens:
    """`tools.systems.operations.Tokens`."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def token(self, token: str) -> Token | None:
        async with self._books.reading() as session:
            await answers(session, "find_token")
            row = await session.get(TokenRow, token)
            return as_it_is(row) if row is not None else None

    async def tokens(self) -> list[Token]:
        async with self._books.reading() as session:
            await answers(session, "find_token")
            return [as_it_is(row) for row in await session.scalars(select(TokenRow).order_by(TokenRow.id))]

    async def revoke_key(self, token: str, key: str, caller: Caller) -> Done[Token]:
        return await self._revoke("revoke_token", token, key, caller)

    async def withdraw_key(self, token: str, key: str, caller: Caller) -> Done[Token]:
        return await self._revoke(f"issue_token{UNDO}", token, key, caller)

    async def issue_key(self, token: str, caller: Caller) -> Done[IssuedKey]:
        """The code of the link stands in a table of its own, never in the journal, so that a repeated key finds it again."""

        async def work(session: AsyncSession) -> Effect:
            row = await _row(session, token)
            before = _told(as_it_is(row))
            key = f"{row.keys[0]['key']}-{len(row.keys) + 1}"
            row.keys = [*row.keys, {"key": key, "works": True}]
            expires = self._books.clock.now() + LINK_LASTS
            code = secrets.token_urlsafe(18)
            session.add(EnrolmentRow(code=code, person=row.owner, key=caller.key, expires=expires))
            made.append(code)
            return Effect(before, {**_told(as_it_is(row)), "key": key, "expires": expires.isoformat()})

        made: list[str] = []
        effect = await self._books.once("issue_token", token, caller, work)
        code = made[0] if made else await one_time_code(self._books, caller.key)
        return Done(_issued(effect, code), changed=effect.changed)

    async def key_issued_under(self, key: str) -> IssuedKey | None:
        effect = await self._books.under(key, "issue_token")
        return _issued(effect, await one_time_code(self._books, key)) if effect is not None else None

    async def _revoke(self, tool: str, token: str, key: str, caller: Caller) -> Done[Token]:
        async def work(session: AsyncSession) -> Effect:
            row = await _row(session, token)
            if key not in [one["key"] for one in row.keys]:
                raise NotFound(f"{token} has no key {key!r}")
            before = _told(as_it_is(row))
            row.keys = [{**one, "works": one["works"] and one["key"] != key} for one in row.keys]
            after = _told(as_it_is(row))
            return Effect(before, {**after, "key": key}, changed=before != after)

        effect = await self._books.once(tool, token, caller, work)
        return Done(_token(effect.after), _token(effect.before), effect.changed)


def as_it_is(row: TokenRow) -> Token:
    """A token and its keys."""
    works = tuple(one["key"] for one in row.keys if one["works"])
    dead = tuple(one["key"] for one in row.keys if not one["works"])
    return Token(row.id, row.name, tuple(row.aliases), row.namespace, row.owner, works, dead)


async def _row(session: AsyncSession, token: str) -> TokenRow:
    row = await session.get(TokenRow, token, with_for_update=True)
    if row is None:
        raise NotFound(f"there is no token {token!r}")
    return row


LISTS = ("aliases", "works", "dead")


def _told(one: Token) -> dict[str, Any]:
    return {name: list(value) if name in LISTS else value for name in Token.__dataclass_fields__ for value in [getattr(one, name)]}


def _token(told: Any) -> Token:
    whole: dict[str, Any] = {name: told[name] for name in Token.__dataclass_fields__}
    return Token(**whole | {name: tuple(told[name]) for name in LISTS})


def _issued(effect: Effect, code: str) -> IssuedKey:
    link = f"https://id.{DOMAIN}/token/{code}"
    return IssuedKey(_token(effect.after), effect.after["key"], link, datetime.fromisoformat(effect.after["expires"]))
