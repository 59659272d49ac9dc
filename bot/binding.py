"""Runbooks bound to the tools that they name: every name, argument and expression is checked before anything runs.

A runbook with a problem is left out and each problem is named with file, line and step, and what was meant perhaps.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Protocol

from bot.errors import ExpressionError
from bot.expressions import Environment, Expression, Kind, environment
from knowledge.parts import THINGS
from knowledge.runbook import Runbook, Step


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
class BoundStep:
    """A step whose expressions are compiled."""

    step: Step
    args: Mapping[str, Expression]
    when: Expression | None
    expect: Expression | None
    change: bool

    @property
    def title(self) -> str:
        """What people see of it."""
        return self.step.title or self.step.tool.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class Bound:
    """A runbook that fits its tools."""

    runbook: Runbook
    steps: tuple[BoundStep, ...]


NAMES: Mapping[str, Kind] = {
    "principal.id": Kind.STRING,
    "principal.name": Kind.STRING,
    "principal.email": Kind.STRING,
    "principal.zone": Kind.STRING,
    "principal.department": Kind.STRING,
    "principal.title": Kind.STRING,
    "principal.manager": Kind.STRING,
    "principal.slack_id": Kind.STRING,
    "needs": Kind.DYN,
    "steps": Kind.DYN,
    "case": Kind.DYN,
}
"""What a step's expressions may speak of."""
CASE = ("id", "plan", "words")
FIELDS: Mapping[str, tuple[str, ...]] = {**dict.fromkeys(THINGS, ("id", "label")), "person": ("id", "label", "email")}
"""What a need of this source consists of; the others are plain text."""


def bind(runbooks: Sequence[Runbook], tools: Mapping[str, ToolShape]) -> tuple[dict[str, Bound], list[str]]:
    """The runbooks that fit, by id, and every problem of the others."""
    names = environment(tuple(NAMES.items()))
    bound: dict[str, Bound] = {}
    problems: list[str] = []
    first: dict[str, str] = {}
    for runbook in runbooks:
        if runbook.id in first:
            problems.append(f"{runbook.path}: the id {runbook.id!r} is taken already, by {first[runbook.id]}")
            continue
        first[runbook.id] = runbook.path
        binder = _Binder(runbook, tools, names)
        steps = tuple(binder.step(number, step) for number, step in enumerate(runbook.steps))
        binder.whole()
        if binder.problems:
            problems += binder.problems
        else:
            bound[runbook.id] = Bound(runbook, tuple(step for step in steps if step is not None))
    return bound, problems


class _Binder:
    """Binds one runbook and collects what is wrong with it."""

    def __init__(self, runbook: Runbook, tools: Mapping[str, ToolShape], names: Environment) -> None:
        self.problems: list[str] = []
        self._runbook = runbook
        self._tools = tools
        self._names = names

    def step(self, number: int, step: Step) -> BoundStep | None:
        tool = self._tools.get(step.tool)
        if tool is None:
            self._problem(step, step.line, f"there is no tool {step.tool!r}{_near(step.tool, self._tools)}")
        known: Mapping[str, Any] = tool.parameters.get("properties", {}) if tool else {}
        args: dict[str, Expression] = {}
        for name, text in step.args.items():
            line = step.lines.get(name, step.line)
            if tool is not None and name not in known:
                self._problem(step, line, f"{step.tool} takes no {name!r}{_near(name, known)}")
                continue
            wants = _kind(known.get(name, {}))
            if (expression := self._expression(number, step, name, text, wants)) is not None:
                args[name] = expression
            if wants is not Kind.DYN and (bare := re.fullmatch(r"\s*needs\.(\w+)\s*", text)):
                self._whole_thing(step, line, name, bare[1])
        for name in tool.parameters.get("required", ()) if tool else ():
            if name not in step.args:
                self._problem(step, step.line, f"{step.tool} needs {name!r}, which is not given")
        when = self._expression(number, step, "when", step.when, Kind.BOOL) if step.when else None
        expect = self._expression(number, step, "expect", step.expect, Kind.BOOL) if step.expect else None
        return BoundStep(step, args, when, expect, tool.change) if tool is not None else None

    def whole(self) -> None:
        """What concerns more than one step."""
        steps = self._runbook.steps
        seen: set[str] = set()
        for number, step in enumerate(steps):
            if step.id in seen:
                self._problem(step, step.line, "the id is taken by an earlier step")
            seen.add(step.id)
            tool = self._tools.get(step.tool)
            if tool is not None and tool.change and not any(later.expect for later in steps[number + 1 :]):
                text = "it changes something, so a later step must look again, with `expect`"
                self._problem(step, step.line, text)
        for where in ("done", "already"):
            self._said(where, getattr(self._runbook, where), seen)

    def _said(self, where: str, text: str, seen: set[str]) -> None:
        """A sentence to the requester names only what can be said there."""
        for path in re.findall(r"\{([^{}]*)\}", text):
            parts = path.split(".")
            if parts[0] == "steps" and len(parts) == 2 and parts[1] in seen:  # noqa: PLR2004 - steps.ID
                continue
            if parts[0] != "needs" or len(parts) < 2:  # noqa: PLR2004
                self.problems.append(
                    f"{self._runbook.path}: {where}: {{{path}}} is not known; only {{needs.…}} and {{steps.ID}} can be said there"
                )
            elif (wrong := self._wrong_need(parts[1], parts[2] if len(parts) > 2 else "")) is not None:  # noqa: PLR2004
                self.problems.append(f"{self._runbook.path}: {where}: {wrong}")

    def _expression(self, number: int, step: Step, where: str, text: str, wants: Kind) -> Expression | None:
        line = step.lines.get(where, step.line)
        for wrong in self._wrong_names(number, where, text):
            self._problem(step, line, f"{where}: {wrong}")
        try:
            return self._names.compile(text, wants)
        except ExpressionError as error:
            column = f" (column {error.column})" if error.column else ""
            self._problem(step, line, f"{where}: {error}{column}")
            return None

    def _wrong_names(self, number: int, where: str, text: str) -> Iterator[str]:
        """References that only a run would miss: to needs and steps that are not there, or not there yet."""
        steps = [step.id for step in self._runbook.steps]
        there = steps[: number + (where == "expect")]
        for root, name, field in _references(text):
            if root == "needs" and (wrong := self._wrong_need(name, field)) is not None:
                yield wrong
            elif root == "case" and name not in CASE:
                yield f"case has no {name!r}{_near(name, CASE)}"
            elif root == "steps" and name not in there:
                later = "comes later" if name in steps else f"does not exist{_near(name, there)}"
                yield f"step {name!r} {later}, so steps.{name} is not there"

    def _wrong_need(self, name: str, field: str) -> str | None:
        need = self._runbook.needs.get(name)
        if need is None:
            return f"there is no need {name!r}{_near(name, self._runbook.needs)}"
        fields = FIELDS.get(need.source, ())
        if field and field not in fields:
            told = f"has {' and '.join(fields)}" if fields else "is plain text"
            return f"needs.{name} {told}, but no {field!r}{_near(field, fields)}"
        return None

    def _whole_thing(self, step: Step, line: int, arg: str, name: str) -> None:
        need = self._runbook.needs.get(name)
        if need is not None and need.source in FIELDS:
            text = f"{arg}: needs.{name} is a thing with {', '.join(FIELDS[need.source])}; did you mean needs.{name}.id?"
            self._problem(step, line, text)

    def _problem(self, step: Step, line: int, text: str) -> None:
        self.problems.append(f"{self._runbook.path}:{line}: step {step.id!r}: {text}")


_LITERAL = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")
_INDEXED = re.compile(r"\b(needs|steps|case)\s*\[\s*(?:\"(\w+)\"|'(\w+)')\s*\]")
_REFERENCE = re.compile(r"(?<![\w.])(needs|steps|case)\s*\.\s*(\w+)\b(?!\s*\()(?:\s*\.\s*(\w+)\b(?!\s*\())?")


def _references(text: str) -> Iterator[tuple[str, str, str]]:
    """(needs | steps | case, name, field) wherever an expression reaches into one of them."""
    dotted = _INDEXED.sub(lambda match: f"{match[1]}.{match[2] or match[3]}", text)
    for match in _REFERENCE.finditer(_LITERAL.sub('""', dotted)):
        yield match[1], match[2], match[3] or ""


def _kind(schema: Mapping[str, Any]) -> Kind:
    """What an argument of this JSON Schema must be; anything where it may be several things."""
    kinds = {"string": Kind.STRING, "integer": Kind.INT, "number": Kind.DOUBLE, "boolean": Kind.BOOL, "array": Kind.LIST}
    of = schema.get("type")
    return kinds.get(of, Kind.DYN) if isinstance(of, str) else Kind.DYN


def _near(name: str, names: Any) -> str:
    near = get_close_matches(name, list(names), 1, 0.5)
    return f"; did you mean {near[0]!r}?" if near else ""
