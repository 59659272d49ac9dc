"""Policy files as values: roles, policies, and the examples that go with them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from bot.domain import Membership
from bot.expressions import Expression
from bot.obligations import Limit, Obligation, Owed

MADE_OF = ("any", "all", "not")
"""Kinds of roles that are made of other roles."""
ROLE_KINDS = (
    "members",
    "usergroup",
    "group",
    "oncall",
    "manager_of",
    "owner_of",
    "department",
    "title",
    "people",
    "system",
    *MADE_OF,
)
CALL_BOUND = ("manager_of", "owner_of")
"""Roles that hang on the call at hand, so that nobody can say beforehand who holds them."""
EFFECTS = ("permit", "forbid", "require")
CHANNELS = ("direct", "private", "public", "shared")
"""Where a case is spoken about. `shared` reaches people of another company, whatever else it is."""


@dataclass(frozen=True, slots=True)
class Role:
    """Who holds it: `kind` is one of ROLE_KINDS, `value` what it names (a group, a schedule, handles).

    `tier` of a schedule: 1 is asked first. `parts` are the roles that an any, all or not is made of.
    """

    name: str
    kind: str
    value: Any = None
    line: int = 0
    tier: int = 1
    parts: tuple["Role", ...] = ()
    key: str = field(init=False, compare=False, repr=False)
    """What it means, whatever it is called: ``oncall:payments:2``. Equal keys are held by the same people."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", self._key())

    def _key(self) -> str:
        if self.kind in MADE_OF:
            return f"{self.kind}({', '.join(part.key for part in self.parts)})"
        value = ",".join(sorted(map(str, self.value))) if isinstance(self.value, list | tuple) else str(self.value)
        tiered = self.tier > 1 or (self.kind == "oncall" and ":" in value)  # a schedule "a:2" is not the second tier of "a"
        return f"{self.kind}:{value}" + (f":{self.tier}" if tiered else "")

    def leaves(self) -> Iterator["Role"]:
        """The roles that can be looked up, of which it is made; itself when it is one."""
        if self.kind not in MADE_OF:
            yield self
        for part in self.parts:
            yield from part.leaves()


def membership(role: Role, known: Mapping[str, Membership]) -> Membership:
    """Whether a role is held, from what is `known` of its leaves by key. What is not known is UNKNOWN, and a `not` keeps it so."""
    if role.kind not in MADE_OF:
        return known.get(role.key, Membership.UNKNOWN)
    held = [membership(part, known) for part in role.parts]
    match role.kind:
        case "any":
            return _first(held, Membership.YES, Membership.UNKNOWN, Membership.NO)
        case "all":
            return _first(held, Membership.NO, Membership.UNKNOWN, Membership.YES)
        case _:
            return {Membership.YES: Membership.NO, Membership.NO: Membership.YES}.get(held[0], Membership.UNKNOWN)


def _first(held: list[Membership], *order: Membership) -> Membership:
    return next(one for one in order if one in held)


@dataclass(frozen=True, slots=True)
class Example:
    """A question and the answer that it must get: permit, approval, confirm (permitted, owing one) or deny.

    `tool` is empty where every tool of the policy is asked about. `owes` names the kinds of all that must be owed, where given.
    """

    as_: str
    args: Mapping[str, Any]
    expect: str
    line: int = 0
    tool: str = ""
    channel: str = "direct"
    at: str = ""
    owes: tuple[str, ...] | None = None
    file: str = ""
    untrusted: tuple[str, ...] = ()
    """The arguments whose values do not come from the requester."""
    runbooks: tuple[str, ...] = ()
    """The ids of those that the case has followed."""


@dataclass(frozen=True, slots=True)
class Maximum:
    """The most that an argument may be: a number, or for a time that much from now. Nothing where a value is owed is too much."""

    argument: str
    most: float | timedelta
    said: str


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy. It matches a question when its tool, its channel, one of its roles and its condition do.

    `when` holds the condition compiled for each tool, since the arguments differ; no condition is an empty mapping. An `observe`
    one is decided beside the others, and changes nothing.
    """

    id: str
    because: str
    tools: tuple[str, ...]
    effect: str
    roles: tuple[Role, ...] = ()
    channels: tuple[str, ...] = ()
    condition: str = ""
    when: Mapping[str, Expression] = field(default_factory=dict)
    owes: tuple[Obligation, ...] = ()
    most: tuple[Maximum, ...] = ()
    unattended: bool = False
    observe: bool = False
    since: date | None = None
    examples: tuple[Example, ...] = ()
    line: int = 0
    file: str = ""
    selected: str = ""
    """How the tools were chosen, where not by name: `effect: change, system: identity`."""

    @property
    def approval(self) -> Owed | None:
        """The approval that it owes always; None where it owes none, or only beyond a limit."""
        return next((one for one in self.owes if isinstance(one, Owed)), None)


@dataclass(frozen=True, slots=True)
class PolicySet:
    """What one version of the policy says. `version` is the first 12 hex digits of the sha256 of its files."""

    version: str
    roles: Mapping[str, Role]
    policies: tuple[Policy, ...]
    tools: Mapping[str, Mapping[str, Any]]
    """Of each tool: effect, reversible, system, server, and the kinds of its arguments."""
    path: str = ""
    ceilings: tuple[Limit, ...] = ()
    admins: tuple[str, ...] = ()
    """The roles of those who may freeze from Slack; nobody where there are none."""
    untrusted: Owed | None = None
    """What is owed for a target that the requester did not name, where no policy asks for a person's yes; None: that is denied."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Of each file, by the name that the main one calls it: the sha256 of its text."""
    by_tool: Mapping[str, tuple[Policy, ...]] = field(init=False, default_factory=dict, repr=False)
    looked_at: Mapping[str, frozenset[str]] = field(init=False, default_factory=dict, repr=False)
    """The names that the conditions of a tool's policies may look at."""

    def __post_init__(self) -> None:
        index: dict[str, list[Policy]] = {tool: [] for tool in self.tools}
        for policy in self.policies:
            for tool in dict.fromkeys(policy.tools):
                index[tool].append(policy)
        object.__setattr__(self, "by_tool", {tool: tuple(found) for tool, found in index.items()})
        names = {tool: [one.when[tool].names for one in found if tool in one.when] for tool, found in index.items()}
        object.__setattr__(self, "looked_at", {tool: frozenset().union(*found) for tool, found in names.items()})

    def of(self, tool: str) -> tuple[Policy, ...]:
        """The policies that name a tool."""
        return self.by_tool.get(tool, ())

    def leaves(self, tool: str) -> dict[str, Role]:
        """What has to be looked up to decide about a tool, by key."""
        return {leaf.key: leaf for policy in self.of(tool) for role in policy.roles for leaf in role.leaves()}
