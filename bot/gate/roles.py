"""Read the roles of a policy file: what somebody is, from one word or made of others with any, all and not."""

from collections.abc import Mapping
from typing import Any

from bot.gate.model import MADE_OF, ROLE_KINDS, Role
from bot.gate.problems import Problems, line_of, near, start

DEEP = 20
"""Roles within roles; who needs more has made a mistake."""


class Roles:
    """The named roles of a policy. A role may be made of roles that stand further down."""

    def __init__(self, problems: Problems, found: Mapping[Any, Any]) -> None:
        self._problems = problems
        self._found = found
        self._reading: list[str] = []
        self.read: dict[str, Role] = {}
        for name in found:
            self._named(str(name), name)

    def _named(self, name: str, key: Any) -> Role | None:
        if name in self.read:
            return self.read[name]
        at = line_of(self._found, key)
        if name in self._reading:
            self._problems.add(at, f'role "{name}" is made of itself: {" → ".join([*self._reading, name])}', name)
            return None
        self._reading.append(name)
        role = self._role(name, self._found[key], at)
        self._reading.pop()
        if role is not None:
            self.read[name] = role
        return role

    def _role(self, name: str, body: Any, at: int) -> Role | None:
        what = f'role "{name}"'
        keys = [key for key in body if key != "tier"] if isinstance(body, Mapping) else []
        if len(keys) != 1:
            self._problems.add(at, f"{what} must say one thing: {', '.join(ROLE_KINDS)}", name)
            return None
        kind, value = keys[0], body[keys[0]]
        if kind not in ROLE_KINDS:
            self._problems.add(at, f"{what} has unknown key {kind!r}{near(str(kind), ROLE_KINDS)}", name)
            return None
        tier = body.get("tier", 1)
        if "tier" in body and (kind != "oncall" or not isinstance(tier, int) or isinstance(tier, bool) or tier < 1):
            self._problems.add(at, f"{what}: a `tier` is a number from 1, and goes with `oncall` only", name)
            return None
        if kind in MADE_OF:
            return self._made(name, kind, value, at)
        if wrong := _wrong(kind, value):
            self._problems.add(at, f"{what}: {wrong}", name)
        return Role(name, kind, list(value) if isinstance(value, list) else value, at, tier)

    def _made(self, name: str, kind: str, value: Any, at: int) -> Role | None:
        several = kind != "not"
        if several and (not isinstance(value, list) or not value):
            self._problems.add(at, f'role "{name}": `{kind}` must be a list of roles', name)
            return None
        if not several and isinstance(value, list):
            self._problems.add(at, f'role "{name}": `not` takes one role; several are `not: {{any: […]}}`', name)
            return None
        parts = [self.part(one, name, at) for one in (value if several else [value])]
        if any(part is None for part in parts):
            return None
        return Role(name, kind, None, at, 1, tuple(part for part in parts if part is not None))

    def part(self, found: Any, of: str, at: int) -> Role | None:
        """A role by its name, or written out where it is used."""
        if len(self._reading) > DEEP:
            self._problems.add(at, f'role "{of}" is made of more than {DEEP} roles within roles', of)
            return None
        if isinstance(found, Mapping):
            self._reading.append(str(len(self._reading)))
            role = self._role(_words(found), found, start(found) or at)
            self._reading.pop()
            return role
        for key in self._found:
            if str(key) == str(found):
                return self._named(str(found), key)
        self._problems.add(at, f'role "{of}" is made of {str(found)!r}, a role nobody has{near(str(found), self._found)}', of)
        return None


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
            return "" if value == "workspace" else f"members must be `workspace`, not {value!r}"
        case "manager_of":
            who = ("requester", "beneficiary", "owner")
            return "" if value in who else f"manager_of must be one of {', '.join(who)}, not {value!r}{near(str(value), who)}"
        case "owner_of":
            return "" if value == "resource" else f"owner_of must be `resource`, not {value!r}"
        case "people":
            good = isinstance(value, list) and value and all(isinstance(one, str) for one in value)
            return "" if good else "people must be a list of handles, with somebody in it"
        case "system":
            return "" if value is True else "system must be true"
        case _:
            return "" if isinstance(value, str) and value else f"{kind} must name one, not {value!r}"
