"""A policy file as values: roles, policies, and the examples that go with them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.domain import Limit, Owed
from bot.expressions import Expression

ROLE_KINDS = ("members", "usergroup", "group", "oncall", "manager_of", "owner_of", "people", "system")
EFFECTS = ("permit", "forbid", "require")


@dataclass(frozen=True, slots=True)
class Role:
    """Who holds it: `kind` is one of ROLE_KINDS, `value` what it names (a group, a schedule, handles)."""

    name: str
    kind: str
    value: Any
    line: int = 0


@dataclass(frozen=True, slots=True)
class Example:
    """A question and the answer that it must get: permit, approval (permitted, owing one) or deny."""

    as_: str
    args: Mapping[str, Any]
    expect: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy. It matches a question when its tool, one of its roles and its condition do.

    `when` holds the condition compiled for each tool, since the arguments differ; no condition is an empty mapping.
    """

    id: str
    because: str
    tools: tuple[str, ...]
    effect: str
    roles: tuple[str, ...] = ()
    condition: str = ""
    when: Mapping[str, Expression] = field(default_factory=dict)
    approval: Owed | None = None
    limit: Limit | None = None
    unattended: bool = False
    examples: tuple[Example, ...] = ()
    line: int = 0

    def names(self, tool: str) -> bool:
        return tool in self.tools or "*" in self.tools


@dataclass(frozen=True, slots=True)
class PolicySet:
    """What one version of the policy says. `version` is the first 12 hex digits of the file's sha256."""

    version: str
    roles: Mapping[str, Role]
    policies: tuple[Policy, ...]
    tools: Mapping[str, Mapping[str, Any]]
    """Of each tool: effect, reversible, system, and the kinds of its arguments."""
    path: str = ""

    def of(self, tool: str) -> tuple[Policy, ...]:
        """The policies that name a tool."""
        return tuple(policy for policy in self.policies if policy.names(tool))
