"""A runbook that fits its tools, as values: its steps in order, those of its parts among them, with compiled expressions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.expressions import Expression
from knowledge.runbook import Runbook, Step

_ELEMENT = re.compile(r"\.\d+$")


class ToolShape(Protocol):
    """What is looked at of a tool (`bot.ports.ToolSchema`)."""

    @property
    def name(self) -> str: ...
    @property
    def parameters(self) -> Mapping[str, Any]:
        """JSON Schema."""

    @property
    def change(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class BoundUndo:
    """The call that takes a step's change back."""

    tool: str
    args: Mapping[str, Expression]


Guards = tuple[tuple[Expression, bool], ...]
"""Conditions, and whether each must hold or must not."""


@dataclass(frozen=True, slots=True)
class Part:
    """Another runbook as a part of one. `given`: its needs, as expressions over the whole. `reads`: as of a step."""

    id: str
    title: str
    runbook: Runbook
    given: Mapping[str, Expression]
    guards: Guards = ()
    preconditions: tuple[tuple[Expression, str], ...] = ()
    reads: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class BoundStep:
    """A step whose expressions are compiled. `reads`: the steps and parts of its own runbook that its expressions speak of."""

    step: Step
    args: Mapping[str, Expression]
    when: Expression | None
    expect: Expression | None
    change: bool
    guards: Guards = ()
    over: Expression | None = None
    until: Expression | None = None
    undo: BoundUndo | None = None
    part: Part | None = None
    reads: frozenset[str] = frozenset()

    @property
    def title(self) -> str:
        """What people see of it."""
        return self.step.title or self.step.tool.replace("_", " ").capitalize()

    @property
    def key(self) -> str:
        """What its calls are known by in the plan: ``look``, ``accounts.look`` in a part; in a loop ``.0``, ``.1`` … follow."""
        return f"{self.part.id}.{self.step.id}" if self.part else self.step.id

    @property
    def name(self) -> str:
        """What the steps and parts of the whole call it by: the part that it stands in, or the step itself."""
        return self.part.id if self.part else self.step.id

    @property
    def hangs_on(self) -> frozenset[str]:
        """The names of what must have been done before it, or before the part that it stands in, can be."""
        return self.part.reads if self.part else self.reads

    @property
    def round(self) -> tuple[str, str]:
        """Steps next to each other with the same are done together for each element; empty where there is no loop."""
        return (self.part.id if self.part else "", self.step.loop.id) if self.step.loop else ("", "")


@dataclass(frozen=True, slots=True)
class Bound:
    """A runbook that fits its tools. `preconditions`: what must hold before the first call, and what is said where it does not."""

    runbook: Runbook
    steps: tuple[BoundStep, ...]
    preconditions: tuple[tuple[Expression, str], ...] = ()
    link: str = ""  # where people read it
    _by_key: Mapping[str, BoundStep] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_key", {one.key: one for one in self.steps})

    def at(self, key: str) -> BoundStep | None:
        """The step that a call with this step key belongs to; None also for the call that takes one back."""
        return self._by_key.get(key) or self._by_key.get(_ELEMENT.sub("", key))

    @property
    def parts(self) -> tuple[Part, ...]:
        """In their order."""
        return tuple({one.part.id: one.part for one in self.steps if one.part is not None}.values())
