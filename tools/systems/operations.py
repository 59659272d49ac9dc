"""What tools may ask of the systems that keep services going: certificates of servers, tokens of programs, and nodes of pools.

The rules are those of `tools.systems.protocols`: asked by ids only, `NotFound`, `Refused` and `SystemAway`, one effect per key.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tools.contract import Caller
from tools.systems.done import Done

# ── certificates of servers ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """What a server shows to those who connect; `id` is the host name. Status: valid | expiring (within 30 days) | expired.

    `serial` and `expires` are of the certificate that is served; `issued` are the serials of all that there were, the oldest first.
    """

    id: str
    aliases: tuple[str, ...]
    namespace: str
    owner: str
    status: str
    serial: str
    expires: datetime
    issued: tuple[str, ...]


class Certificates(Protocol):
    """The company's certificate authority, and what its servers serve."""

    async def server_certificate(self, host: str) -> ServerCertificate | None:
        """By host name. Raises SystemAway."""

    async def server_certificates(self) -> list[ServerCertificate]:
        """By host name. Raises SystemAway."""

    async def roll_server_certificate(self, host: str, caller: Caller) -> Done[ServerCertificate]:
        """Issue a new certificate and serve it. Raises NotFound, Refused, SystemAway."""

    async def server_certificate_rolled_under(self, key: str) -> Done[ServerCertificate] | None:
        """What was installed under this key, as it was then. Raises SystemAway."""

    async def serve_again(self, host: str, serial: str, caller: Caller) -> Done[ServerCertificate]:
        """Take an installation back: one from before is served again. Raises NotFound, Refused (never issued), SystemAway."""


# ── tokens of programs ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Token:
    """What a program signs in with. It has keys, of which those in `works` are taken and those in `dead` are not, the oldest first.

    A key is named by its id; what it says is known to its owner alone.
    """

    id: str
    name: str
    aliases: tuple[str, ...]
    namespace: str
    owner: str
    works: tuple[str, ...]
    dead: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key of a token, and the link by which its owner, and nobody else, reads it once."""

    token: Token
    key: str
    link: str
    expires: datetime


class Tokens(Protocol):
    """Tokens that programs use."""

    async def token(self, token: str) -> Token | None:
        """By id. Raises SystemAway."""

    async def tokens(self) -> list[Token]:
        """By id. Raises SystemAway."""

    async def revoke_key(self, token: str, key: str, caller: Caller) -> Done[Token]:
        """Let nobody in with a key any more; not changed where nobody is. Raises NotFound, Refused, SystemAway."""

    async def issue_key(self, token: str, caller: Caller) -> Done[IssuedKey]:
        """Make a new key beside those that work. Raises NotFound, Refused, SystemAway."""

    async def key_issued_under(self, key: str) -> IssuedKey | None:
        """The key of a token that was issued under this key of a call. Raises SystemAway."""

    async def withdraw_key(self, token: str, key: str, caller: Caller) -> Done[Token]:
        """Take an issuing back; not changed where the key does not work. Raises NotFound, Refused, SystemAway."""


# ── nodes ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Node:
    """A machine of a pool. Status: serving | draining (takes nothing new, `running` is what is left) | drained.

    `others`: how many more of its pool serve; `least`: how many have to.
    """

    id: str
    pool: str
    namespace: str
    owner: str
    status: str
    running: int
    others: int
    least: int


class Nodes(Protocol):
    """The machines on which services run."""

    async def node(self, node: str) -> Node | None:
        """By id. Raises SystemAway."""

    async def nodes(self) -> list[Node]:
        """By id. Raises SystemAway."""

    async def drain(self, node: str, caller: Caller) -> Done[Node]:
        """Give a node nothing new; what runs there ends or moves. Not changed where it takes nothing anyhow.

        Raises NotFound, Refused (too few others of its pool serve), SystemAway.
        """

    async def restore(self, node: str, caller: Caller) -> Done[Node]:
        """Let a node serve again; not changed where it does. Raises NotFound, Refused, SystemAway."""

    async def undo_drain(self, node: str, caller: Caller) -> Done[Node]:
        """Take a draining back. Raises NotFound, Refused, SystemAway."""

    async def undo_restore(self, node: str, caller: Caller) -> Done[Node]:
        """Take a restoring back: it takes nothing new again. Raises NotFound, Refused, SystemAway."""
