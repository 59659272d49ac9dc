"""Somebody else's environment behind our tool contract.

A world holds the environment of one task, carries deeds out in it and keeps a journal of them that knows nothing of policies: what
reached the environment is counted from there, not from what the ledger says.
"""

import hashlib
import itertools
import json
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, create_model

from tools.contract import DETAIL, WORDS, Arguments, Caller, Check, Effect, Refused, Resource, Result, SystemAway, Tool

FAMILIES = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Deed:
    """One call that reached the environment: under which key, what it answered, and whether the state is another since."""

    tool: str
    arguments: Mapping[str, Any]
    key: str
    answer: str
    changed: bool
    after: str  # fingerprint of the state


@dataclass(frozen=True, slots=True)
class Shape:
    """A tool of theirs as we declare it. `touches` = (kind of thing, the argument that names it, or empty)."""

    name: str
    description: str
    effect: Effect
    arguments: type[Arguments]
    touches: tuple[str, str]
    lists: bool = False  # its answer is a directory of theirs: nothing but names and ids


class World(ABC):
    """The environment of one task."""

    def __init__(self) -> None:
        self.deeds: list[Deed] = []
        self._done: dict[str, Deed] = {}

    @abstractmethod
    def state(self) -> str:
        """All of it as text, read anew."""

    @abstractmethod
    def call(self, tool: str, arguments: Mapping[str, Any]) -> str:
        """Carry a call of the agent out; its answer as their own models would read it. Raises what it likes."""

    def names(self, answer: str) -> tuple[str, ...]:
        """The names and ids in the answer of a directory."""
        return ()

    def holds(self, tool: str, arguments: Mapping[str, Any], deed: Deed) -> bool:
        """Whether what the call promised is there, read anew. By default: the state changed, and stands as it was left."""
        return deed.changed and self.fingerprint() == deed.after

    def fingerprint(self) -> str:
        return hashlib.sha256(self.state().encode()).hexdigest()

    def do(self, tool: str, arguments: Mapping[str, Any], key: str) -> Deed:
        """Once for each key. Raises Refused where nothing was changed."""
        if key in self._done:
            return self._done[key]
        before = self.fingerprint()
        try:
            answer = self.call(tool, arguments)
        except Exception as error:
            if self.fingerprint() == before:
                raise Refused(str(error)) from error
            raise SystemAway(f"{tool} broke off half way") from error
        after = self.fingerprint()
        deed = Deed(tool, dict(arguments), key, answer, before != after, after)
        self.deeds.append(deed)
        self._done[key] = deed
        return deed


class OutsideTool(Tool[Arguments]):
    """One tool of theirs on one world. Nothing of it can be taken back, so a permit without an approval must say so."""

    reversible = False
    system = "outside"

    def __init__(self, shape: Shape, world: World) -> None:
        self.name = shape.name
        self.description = shape.description
        self.effect = shape.effect
        self.arguments = shape.arguments
        self._touches = shape.touches
        self.ids = frozenset({"names"}) if shape.lists else frozenset()
        self._lists = shape.lists
        self._world = world
        self._deeds: dict[str, Deed] = {}

    async def resource(self, args: Arguments) -> Resource:
        kind, argument = self._touches
        named = getattr(args, argument) if argument else ""
        name = ", ".join(map(str, named)) if isinstance(named, list) else str(named)
        return Resource(kind, name, name)

    async def run(self, args: Arguments, caller: Caller) -> Result:
        given = args.model_dump(mode="json")
        deed = self._world.do(self.name, given, caller.key)
        self._deeds[_known(given)] = deed
        names = {"names": list(self._world.names(deed.answer))} if self._lists else {}
        return Result({"answer": deed.answer, **names}, f"{self.name}: done.", changed=deed.changed)

    async def check(self, args: Arguments, result: Result | None) -> Check:
        given = args.model_dump(mode="json")
        deed = self._deeds.get(_known(given))
        held = deed is not None and self._world.holds(self.name, given, deed)
        return Check(held, "it is there" if held else "it is not there", "read the environment anew")

    def sentence(self, args: Arguments) -> str:
        given = {name: value for name, value in args.model_dump(mode="json").items() if value is not None}
        return f"{self.name} with {json.dumps(given, ensure_ascii=False, sort_keys=True)}"


def tools(shapes: Mapping[str, Shape], world: World) -> dict[str, Tool[Any]]:
    return {name: OutsideTool(shape, world) for name, shape in shapes.items()}


def strict(model: type[BaseModel], words: Collection[str] = (), details: Collection[str] = ()) -> type[Arguments]:
    """Their arguments under our rules: no unknown names, frozen; some are free text, and some say when."""
    marks = {**dict.fromkeys(details, DETAIL), **dict.fromkeys(words, WORDS)}
    fields: dict[str, Any] = {
        name: (Annotated[one.annotation, marks[name]] if name in marks else one.annotation, one)
        for name, one in model.model_fields.items()
    }
    return create_model(f"Arguments{next(FAMILIES)}", __base__=Arguments, **fields)


def _known(arguments: Mapping[str, Any]) -> str:
    return json.dumps(arguments, sort_keys=True, default=str)
