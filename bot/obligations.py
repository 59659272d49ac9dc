"""What the gate answers, and what a permit may owe. Frozen values without I/O.

An obligation that whoever performs the call does not know denies it, so a new kind is closed until it is met somewhere.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar


@dataclass(frozen=True, slots=True)
class Owed:
    """An approval: `count` distinct persons out of the roles `by`, else, after `within`, out of `then`.

    `step_up`: what a yes takes besides the click; ``target`` is the name of what is touched, typed by whoever approves, ``factor``
    a second factor of theirs.
    `shorten`: whoever approves may give it for a shorter time than was asked for. `means`: what the roles `by` and `then` are, by
    `Role.key`, so that a yes of one group is none of another that bears its name later.
    """

    policy: str
    because: str
    by: tuple[str, ...]
    count: int = 1
    within: timedelta = timedelta(hours=4)
    remind: timedelta | None = None
    then: str = ""
    shorten: bool = False
    means: tuple[str, ...] = field(default=(), compare=False)
    step_up: str = ""

    def roles(self, tier: int) -> tuple[str, ...]:
        """Who may give it: `by`, and from the next tier on `then` as well."""
        return tuple(dict.fromkeys((*self.by, *((self.then,) if tier and self.then else ()))))


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `times` changes within `within`, counted per `per`.

    Per principal, beneficiary, resource or tool the changes of this one tool count; a ceiling (`every`) counts the changes of all
    tools, per principal, case or system. Beyond it the call is denied, or owes `beyond` where that is given.
    """

    policy: str
    times: int
    within: timedelta
    per: str = "principal"
    every: bool = False
    beyond: Owed | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """The requester says in their own words why it is needed; approvers, the record and reviewers see it."""

    policy: str
    because: str = ""


@dataclass(frozen=True, slots=True)
class Confirm:
    """The requester's own click on exactly this call. No model's word counts."""

    policy: str
    because: str = ""


@dataclass(frozen=True, slots=True)
class Notify:
    """Whoever holds one of the roles is told once the change was made, and so is the channel (a Slack channel's name)."""

    policy: str
    because: str = ""
    roles: tuple[str, ...] = ()
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """Somebody of the roles looks at it afterwards: a case of its own, to be done `within`."""

    policy: str
    because: str = ""
    by: tuple[str, ...] = ()
    within: timedelta = timedelta(days=3)


Obligation = Owed | Limit | Reason | Confirm | Notify | Review
T = TypeVar("T", Owed, Limit, Reason, Confirm, Notify, Review)


@dataclass(frozen=True, slots=True)
class Permit:
    """The gate lets a call through, owing these obligations together."""

    policies: tuple[str, ...]
    version: str
    owes: tuple[Obligation, ...] = ()

    def of(self, kind: type[T]) -> tuple[T, ...]:
        """The obligations of one kind."""
        return tuple(one for one in self.owes if isinstance(one, kind))

    @property
    def approvals(self) -> tuple[Owed, ...]:
        return self.of(Owed)

    @property
    def limits(self) -> tuple[Limit, ...]:
        return self.of(Limit)


@dataclass(frozen=True, slots=True)
class Deny:
    """The gate refuses; `reason` may be shown to the requester. `frozen`: nobody's rights are the cause, a freeze is.

    `others`: names of the roles to which the policy permits just this, where all that it lacks is who asks.
    """

    reason: str
    policies: tuple[str, ...] = ()
    version: str = ""
    frozen: bool = False
    others: tuple[str, ...] = ()


Decision = Permit | Deny


@dataclass(frozen=True, slots=True)
class Freeze:
    """A kill switch: nothing that it names runs until it is lifted. One of `tool`, `system`, or neither, which is every change."""

    id: str  # "F-3"
    because: str
    by: str  # handle, or whoever ran the command
    tool: str = ""
    system: str = ""
    at: datetime | None = None

    def stops(self, tool: str, system: str, effect: str) -> bool:
        """Whether a call of this tool is stopped. Reads are stopped only by their own name."""
        if self.tool:
            return self.tool == tool
        return effect == "change" and self.system in ("", system)
