"""Read the roles of a policy file: what somebody is, from one word or made of others with any, all and not."""

from collections.abc import Mapping
from typing import Any

from bot.gate.model import MADE_OF, ROLE_KINDS, Role
from bot.gate.problems import Problems, known, line_of, near, start, told

DEEP, MOST = 20, 500
"""Roles within one another, and in one altogether; who needs more has made a mistake."""


class Roles:
    """The named roles of a policy. A role may be made of roles that stand further down."""

    def __init__(self, problems: Problems, found: Mapping[Any, Any]) -> None:
        self._problems = problems
        self._found = found
        self._reading: list[str | None] = []
        self.read: dict[str, Role] = {}
        for name in found:
            self._named(name)

    def _named(self, name: str) -> Role | None:
        """One that could not be read is nobody's from then on: it is told of once, and no file with it is used."""
        if name in self.read:
            return self.read[name]
        at = line_of(self._found, name)
        if name in self._reading:
            circle = [one for one in [*self._reading[self._reading.index(name) :], name] if one is not None]
            self._problems.add(at, f'role "{name}" is made of itself: {" → ".join(circle)}', name)
            return None
        self._reading.append(name)
        role = self._role(name, self._found[name], at)
        self._reading.pop()
        self.read[name] = role or Role(name, "people", (), at)
        return self.read[name]

    def _role(self, name: str, body: Any, at: int) -> Role | None:
        what = f'role "{name}"'
        keys = [key for key in body if key != "tier"] if isinstance(body, Mapping) else []
        if len(keys) != 1:
            said = f"{what} must be a mapping that says one thing, such as {{group: it-admins}}; one of {', '.join(ROLE_KINDS)}"
            self._problems.add(at, said, name)
            return None
        kind, value = keys[0], body[keys[0]]
        if kind not in ROLE_KINDS:
            said = f"{what} has unknown key {told(kind)}{near(kind, ROLE_KINDS)}; there are {', '.join(ROLE_KINDS)}"
            self._problems.add(at, said, name)
            return None
        tier = body.get("tier", 1)
        if "tier" in body and (kind != "oncall" or not isinstance(tier, int) or isinstance(tier, bool) or tier < 1):
            self._problems.add(at, f"{what}: a `tier` is a number from 1, and goes with `oncall` only", name)
            return None
        if kind in MADE_OF:
            return self._made(name, kind, value, at)
        if wrong := _wrong(kind, value):
            self._problems.add(at, f"{what}: {wrong}", name)
        return Role(name, kind, tuple(value) if isinstance(value, list) else value, at, tier)

    def _made(self, name: str, kind: str, value: Any, at: int) -> Role | None:
        several = kind != "not"
        if several and (not isinstance(value, list) or not value):
            self._problems.add(at, f'role "{name}": `{kind}` must be a list of roles', name)
            return None
        if not several and isinstance(value, list):
            self._problems.add(at, f'role "{name}": `not` takes one role; several are `not: {{any: […]}}`', name)
            return None
        parts = [part for one in (value if several else [value]) if (part := self.part(one, name, at)) is not None]
        if sum(map(_size, parts)) >= MOST:
            self._problems.add(at, f'role "{name}" is made of more than {MOST} roles, those within them counted', name)
            return None
        if max(map(_depth, parts), default=0) > DEEP:
            self._problems.add(at, f'role "{name}" is made of more than {DEEP} roles within roles', name)
            return None
        return Role(name, kind, None, at, 1, tuple(parts))

    def part(self, found: Any, of: str, at: int) -> Role | None:
        """A role by its name, or written out where it is used."""
        if len(self._reading) > DEEP:
            self._problems.add(at, f'role "{of}" is made of more than {DEEP} roles within roles', of)
            return None
        if isinstance(found, Mapping):
            self._reading.append(None)
            role = self._role(_words(found), found, start(found) or at)
            self._reading.pop()
            return role
        if known(found, self._found):
            return self._named(found)
        self._problems.add(at, f'role "{of}" is made of {told(found)}, but there is no such role{near(found, self._found)}', of)
        return None


def _size(role: Role) -> int:
    """Itself and all that it is made of."""
    return 1 + sum(map(_size, role.parts))


def _depth(role: Role) -> int:
    return 1 + max(map(_depth, role.parts), default=0)


def _words(body: Mapping[Any, Any]) -> str:
    """A name for what has none: how it reads in the file."""

    def word(value: Any) -> str:
        if isinstance(value, Mapping):
            return _words(value)
        return ", ".join(word(one) for one in value) if isinstance(value, list) else str(value)

    return " ".join(f"{key}({word(value)})" for key, value in body.items())[:200]


def _wrong(kind: str, value: Any) -> str:
    match kind:
        case "members":
            return "" if value == "workspace" else f"`members` can only be `workspace`, not {told(value)}"
        case "manager_of":
            who = ("requester", "beneficiary", "owner")
            return "" if value in who else f"`manager_of` must be one of {', '.join(who)}, not {told(value)}{near(value, who)}"
        case "owner_of":
            return "" if value == "resource" else f"`owner_of` can only be `resource`, not {told(value)}"
        case "people":
            good = isinstance(value, list) and value and all(isinstance(one, str) and one and "," not in one for one in value)
            return "" if good else "`people` must be a list of handles such as [ana, ben], with somebody in it"
        case "system":
            return "" if value is True else f"`system` can only be true, not {told(value)}"
        case _:
            return "" if isinstance(value, str) and value else f"`{kind}` must be the name of one, not {told(value)}"
