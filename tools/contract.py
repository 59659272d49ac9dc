"""The contract between the bot and a tool.

A tool is a typed function with a promise: it says what it touches before it touches it (`resource`, `beneficiary`),
does one thing (`run`), and shows by reading back that the thing is so (`check`). It never decides who may: that is the
gate's. It raises nothing but `ToolError`.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict


class Effect(StrEnum):
    """Whether a call can alter anything outside of Deskhand."""

    READ = "read"
    CHANGE = "change"


class Arguments(BaseModel):
    """Base of every tool's arguments: no unknown names, no silent conversions of what is not meant."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


@dataclass(frozen=True, slots=True)
class Detail:
    """Marks an argument that says why, how long or in which words, and not who or what (`Annotated[str, DETAIL]`).

    Another value of it makes no other request of one that a person has denied.
    """


DETAIL = Detail()


@dataclass(frozen=True, slots=True)
class Words:
    """Marks an argument that is free text and part of what is asked for (`Annotated[str, WORDS]`): a comment on a ticket.

    It names nobody and nothing by itself, so only links, addresses and numbers in it are asked where they come from.
    """


WORDS = Words()


@dataclass(frozen=True, slots=True)
class End:
    """Marks the one argument that says when what is given ends (`Annotated[AwareDatetime, END]`).

    Whoever approves may set it earlier, where the policy lets them.
    """


END = End()


_SCHEMAS: dict[type[Arguments], Mapping[str, Any]] = {}


def schema(kind: type[Arguments]) -> Mapping[str, Any]:
    """The JSON Schema of a tool's arguments, made once; nobody changes it."""
    if kind not in _SCHEMAS:
        _SCHEMAS[kind] = kind.model_json_schema()
    return _SCHEMAS[kind]


def end_of(kind: type[Arguments]) -> str:
    """The name of the argument that is marked as the end; empty where none is."""
    return next((name for name, field in kind.model_fields.items() if END in field.metadata), "")


def essence(kind: type[Arguments], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that say who and what: all but the details. Where none is marked, that is all of them."""
    details = {name for name, field in kind.model_fields.items() if any(isinstance(one, Detail) for one in field.metadata)}
    return {name: value for name, value in arguments.items() if name not in details}


@cache
def targets(kind: type[Arguments]) -> frozenset[str]:
    """The arguments that say who, where or which: all but details, words, switches, and choices among what a tool lists."""
    whole = schema(kind)
    return frozenset(
        name
        for name, field in kind.model_fields.items()
        if not any(isinstance(one, Detail | Words) for one in field.metadata) and not _closed(whole["properties"][name], whole)
    )


@cache
def words(kind: type[Arguments]) -> frozenset[str]:
    """The arguments that are free text, in which something may be hidden."""
    properties = schema(kind)["properties"]
    return frozenset(name for name in kind.model_fields if name not in targets(kind) and _text(properties[name]))


def _closed(body: Mapping[str, Any], whole: Mapping[str, Any]) -> bool:
    """Whether nothing but what is listed, or yes and no, can be given."""
    if "$ref" in body:
        return _closed(whole["$defs"][body["$ref"].rpartition("/")[2]], whole)
    if "anyOf" in body:
        return all(_closed(one, whole) for one in body["anyOf"])
    if body.get("type") == "array":
        return _closed(body.get("items", {}), whole)
    return "enum" in body or "const" in body or body.get("type") in ("boolean", "null")


def _text(body: Mapping[str, Any]) -> bool:
    return any(_text(one) for one in body.get("anyOf", ())) or (body.get("type", "string") == "string" and "format" not in body)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the directory. `handle` is their one name; `kind`: employee | guest; `manager` is a handle or empty."""

    handle: str
    name: str
    email: str
    slack_id: str
    kind: str = "employee"
    title: str = ""
    department: str = ""
    manager: str = ""
    zone: str = "Europe/Berlin"
    active: bool = True


@dataclass(frozen=True, slots=True)
class Resource:
    """What a call touches, derived by the tool from validated arguments, never from what a model says of it.

    `owner` is a person's handle, or empty. `facts` are further typed attributes that a policy may look at
    (`resource.facts.risk`).
    """

    kind: str
    id: str
    label: str = ""
    owner: str = ""
    facts: Mapping[str, bool | int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf a call runs, and the key under which a system must carry it out only once."""

    principal: str
    case: str
    key: str
    now: datetime
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Result:
    """What a run gave: `data` for the plan and the model, `summary` one sentence for people in the past tense.

    `private` goes to `private_to`'s direct messages (a handle) and nowhere else: no model, transcript or log sees it.
    `changed` is False when there was nothing to do (already so).
    """

    data: Mapping[str, Any] = field(default_factory=dict)
    summary: str = ""
    private: str | None = None
    private_to: str = ""
    changed: bool = True


@dataclass(frozen=True, slots=True)
class Check:
    """What reading back showed: `held` whether the promised state is there, `observed` in words, `how` it was read; `data` what
    `Result.data` has of it where the run's own answer is not there: it was lost, or somebody did it by hand.
    """

    held: bool
    observed: str
    how: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ending:
    """When what a call gave must be taken back, and the call that does so."""

    at: datetime
    tool: str
    arguments: Mapping[str, Any]


class ToolError(Exception):
    """A call did not do its work; the text may be shown to the requester."""


class NotFound(ToolError):
    """The arguments name something that does not exist."""


class Ambiguous(ToolError):
    """The arguments fit several things; `candidates` are (id, label) pairs to choose from."""

    def __init__(self, message: str, candidates: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.candidates = candidates


class Refused(ToolError):
    """The system said no: nothing was changed."""


class OutOfReach(Refused):
    """A value lies beyond what the system allows: nothing was changed, and a nearer one would do.

    `argument` is the one that is meant, `nearest` the value that would still be taken.
    """

    def __init__(self, message: str, argument: str, nearest: str) -> None:
        super().__init__(message)
        self.argument, self.nearest = argument, nearest


class SystemAway(ToolError):
    """The system did not answer: whether the change happened is unknown until it is read back."""


A = TypeVar("A", bound=Arguments)


class Tool(ABC, Generic[A]):
    """One thing that Deskhand can do."""

    name: ClassVar[str]
    description: ClassVar[str]
    effect: ClassVar[Effect]
    system: ClassVar[str]
    """Which kind of system it talks to: identity, access, devices, tickets, lists, licences, equipment, status, oncall,
    deployments, ci, certificates, tokens, nodes.
    """
    reversible: ClassVar[bool] = True
    back: ClassVar[str] = ""
    """How a reversible change is taken back, as the end of a sentence: ``by ending the access``."""
    idempotent: ClassVar[bool] = True
    """Whether the system carries out a repeated `Caller.key` only once."""
    unseen: ClassVar[frozenset[str]] = frozenset()
    """Keys of a result's data, at any depth, that no language model is shown. Runbooks, the ledger and people see them."""
    ids: ClassVar[frozenset[str]] = frozenset()
    """Where a result's data holds ids that may be taken for what they are: ``user``, ``factors.id`` (a list adds nothing).
    Ids of what belongs to whom the call is about, or of what was looked for by name; not a catalogue of all there is.
    Every other text in a result may have been written by anybody.
    """
    plain: ClassVar[bool] = False
    """Whether what `check` observes is made of ids, states and times alone, with nothing in it that somebody has written."""
    arguments: type[A]

    @property
    def deed(self) -> bool:
        """Whether it does a deed, of which there may be several alike; else it brings about a state, whoever made it so."""
        return type(self).recall is not Tool.recall

    async def canonical(self, args: A) -> A:
        """The same arguments with every name resolved to its id (a person to their handle, an application to its id).

        Raises NotFound or Ambiguous.
        """
        return args

    @abstractmethod
    async def resource(self, args: A) -> Resource:
        """What the call touches; `args` are canonical."""

    async def beneficiary(self, args: A) -> str:
        """The handle of who gains by the call, or empty; `args` are canonical."""
        return ""

    async def called(self, args: A, argument: str) -> tuple[str, ...]:
        """By which other names the directory or a catalogue has what this argument names, each of them its alone. Raises ToolError.

        `args` are canonical. A requester who wrote "Figma" has asked for ``figma-users`` where that is its name.
        """
        return ()

    @abstractmethod
    async def run(self, args: A, caller: Caller) -> Result:
        """Do it. Raises ToolError."""

    async def recall(self, args: A, key: str) -> Result | None:
        """What a run under this key gave, asked of the system after its answer was lost; None: nothing was done under it.

        For deeds, of which there may be several alike (a ticket, a restart). A tool that brings about a state has none: its
        state is there or not, whoever made it so. Raises ToolError.
        """
        return None

    async def check(self, args: A, result: Result | None) -> Check:
        """Read back in a new session whether what was promised is there. `result` is None when the run's answer is lost, and
        cannot be recalled: a deed was not done then.
        """
        raise NotImplementedError

    async def undo(self, args: A, result: Result, caller: Caller) -> Result:
        """Take the change back, where the tool is reversible."""
        raise Refused(f"{self.name} cannot be taken back")

    def ending(self, args: A, result: Result) -> Ending | None:
        """What must happen later because this was done (access that ends); None for most tools. `result` may be what only a check
        found (`Check.data`).
        """
        return None

    def sentence(self, args: A) -> str:
        """What the call would do, for an approver: one line in the imperative."""
        return self.description
