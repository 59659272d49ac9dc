"""Whether a runbook fits the tools that it names: every name, argument and expression is checked before anything runs."""

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from bot.errors import ExpressionError
from bot.expressions import Expression, Kind, environment
from bot.runbooks.bound import BoundStep, BoundUndo, Guards, ToolShape
from knowledge.parts import THINGS
from knowledge.problems import Problem
from knowledge.runbook import Runbook, Step, Undo

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
IN_A_LOOP: Mapping[str, Kind] = {**NAMES, "item": Kind.DYN}
"""The same in a loop, where `item` is the element at hand."""
CASE = ("id", "plan", "words")
FIELDS: Mapping[str, tuple[str, ...]] = {**dict.fromkeys(THINGS, ("id", "label")), "person": ("id", "label", "email")}
"""What a need of this source consists of; the others are plain text."""


class Fitting:
    """Binds the steps of one runbook and collects what is wrong with it. `parts`: the runbooks that may be parts of it, by id."""

    def __init__(self, runbook: Runbook, tools: Mapping[str, ToolShape], parts: Mapping[str, Runbook]) -> None:
        self.problems: list[Problem] = []
        self.runbook = runbook
        self._tools = tools
        self._parts = parts

    def step(self, number: int, step: Step) -> BoundStep | None:
        """The step, its expressions compiled; None where its tool is not there."""
        tool = self._tool(step, step.tool, step.line)
        args = self._args(number, step, tool, step.tool, step.args, step.lines)
        when = self._expression(number, step, "when", step.when, Kind.BOOL) if step.when else None
        expect = self._expression(number, step, "expect", step.expect, Kind.BOOL) if step.expect else None
        until = self._expression(number, step, "until", step.until, Kind.BOOL) if step.until else None
        if step.expect and not any(root == "steps" for root, _, _ in references(step.expect)):
            text = "expect reads nothing: it must look at what a step has found, such as steps.again.status"
            self.problem(step, step.lines.get("expect", step.line), text)
        if step.until:
            self._until(step, tool)
        undo = self._undo(number, step, step.undo, tool) if step.undo else None
        if tool is None:
            return None
        guards, over, reads = self.guards(number, step), self._over(number, step), self.reads(number, step)
        return BoundStep(step, args, when, expect, tool.change, guards, over, until, undo, reads=reads)

    def reads(self, number: int, step: Step) -> frozenset[str]:
        """The steps and parts without which this one, or the part that it stands for, cannot be done."""
        over = step.loop.over if step.loop else ""
        told = (*step.args.values(), *step.given.values(), step.when, step.expect, step.until, over)
        texts = [*told, *(guard.text for guard in step.guards)]
        return steps_read(texts, [one.id for one in self.runbook.steps[:number]])

    def guards(self, number: int, step: Step) -> Guards:
        """The conditions of the branches that the step stands in."""
        made = []
        for guard in step.guards:
            compiled = self._expression(number, step, "when", guard.text, Kind.BOOL, line=guard.line, inside=False)
            if compiled is not None:
                made.append((compiled, guard.holds))
        return tuple(made)

    def condition(self, number: int, step: Step) -> Guards:
        """The part's own `when`."""
        compiled = self._expression(number, step, "when", step.when, Kind.BOOL) if step.when else None
        return ((compiled, True),) if compiled is not None else ()

    def given(self, number: int, step: Step, child: Runbook) -> dict[str, Expression]:
        """What a part is given for its needs; each of them must be given."""
        made = {}
        for name, text in step.given.items():
            if name not in child.needs:
                line = step.lines.get(name, step.line)
                self.problem(step, line, f"{child.id} has no need {name!r}{near(name, child.needs)}")
            elif (compiled := self._expression(number, step, name, text, Kind.DYN)) is not None:
                made[name] = compiled
        for name in child.needs:
            if name not in step.given:
                self.problem(step, step.line, f"{child.id} needs {name!r}, which is not given")
        return made

    def preconditions(self) -> Iterator[tuple[Expression, str]]:
        """Each with what is said where it does not hold. Nothing has been looked at yet, so none may speak of a step."""
        for number, one in enumerate(self.runbook.preconditions, 1):
            what = f"precondition {number}"
            for wrong in self._wrong_names(0, "", one.holds, ()):
                self.tell(one.line, f"{what}: {wrong}")
            try:
                yield environment(tuple(NAMES.items())).compile(one.holds, Kind.BOOL), one.otherwise
            except ExpressionError as error:
                self.tell(one.line, f"{what}: {error}{_column(error)}")

    def whole(self) -> None:
        """What concerns more than one step."""
        steps = self.runbook.steps
        seen: set[str] = set()
        for number, step in enumerate(steps):
            if step.id in seen:
                self.problem(step, step.line, "the id is taken by an earlier step")
            seen.add(step.id)
            tool = self._tools.get(step.tool)
            if tool is not None and tool.change and not any(later.expect for later in steps[number + 1 :]):
                self.problem(step, step.line, "it changes something, so a later step must look again, with `expect`")
        said = {step.id for step in steps if step.loop is None and not step.runbook}
        for where in ("done", "already"):
            self._said(where, getattr(self.runbook, where), said)

    # ── a step ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _tool(self, step: Step, name: str, line: int) -> ToolShape | None:
        tool = self._tools.get(name)
        if tool is None:
            self.problem(step, line, f"there is no tool {name!r}{near(name, self._tools)}")
        return tool

    def _args(
        self,
        number: int,
        step: Step,
        tool: ToolShape | None,
        name: str,
        args: Mapping[str, str],
        lines: Mapping[str, int],
        *,
        own: bool = False,
    ) -> dict[str, Expression]:
        """`own`: the arguments may speak of what the step itself gave."""
        known: Mapping[str, Any] = tool.parameters.get("properties", {}) if tool else {}
        made: dict[str, Expression] = {}
        for arg, text in args.items():
            line = lines.get(arg, step.line)
            if tool is not None and arg not in known:
                self.problem(step, line, f"{name} takes no {arg!r}{near(arg, known)}")
                continue
            wants = _kind(known.get(arg, {}))
            if (expression := self._expression(number, step, arg, text, wants, line=line, own=own)) is not None:
                made[arg] = expression
            if wants is not Kind.DYN and (bare := re.fullmatch(r"\s*needs\.(\w+)\s*", text)):
                self._whole_thing(step, line, arg, bare[1])
        for arg in tool.parameters.get("required", ()) if tool else ():
            if arg not in args:
                self.problem(step, step.line, f"{name} needs {arg!r}, which is not given")
        return made

    def _until(self, step: Step, tool: ToolShape | None) -> None:
        line = step.lines.get("until", step.line)
        if tool is not None and tool.change:
            self.problem(step, line, f"until: {step.tool} changes something; only a look can be taken again until something holds")
        if not any((root, name) == ("steps", step.id) for root, name, _ in references(step.until)):
            self.problem(step, line, f"until never changes: it must look at what this step finds, such as steps.{step.id}.status")

    def _undo(self, number: int, step: Step, undo: Undo, tool: ToolShape | None) -> BoundUndo | None:
        if tool is not None and not tool.change:
            self.problem(step, undo.line, f"undo: {step.tool} changes nothing, so there is nothing to take back")
        back = self._tool(step, undo.tool, undo.line)
        if back is not None and not back.change:
            self.problem(step, undo.line, f"undo: {undo.tool} changes nothing, so it takes nothing back")
        args = self._args(number, step, back, undo.tool, undo.args, undo.lines, own=True)
        return BoundUndo(undo.tool, args) if back is not None else None

    def _over(self, number: int, step: Step) -> Expression | None:
        if step.loop is None:
            return None
        return self._expression(number, step, "each", step.loop.over, Kind.LIST, line=step.loop.line, inside=False)

    # ── expressions ──────────────────────────────────────────────────────────────────────────────────────────────

    def _expression(
        self,
        number: int,
        step: Step,
        where: str,
        text: str,
        wants: Kind,
        *,
        line: int = 0,
        own: bool = False,
        inside: bool = True,
    ) -> Expression | None:
        """`own`: it may speak of what the step itself gave; `inside`: in a loop, of the element at hand."""
        line = line or step.lines.get(where, step.line)
        there = number + (own or where in ("expect", "until"))
        for wrong in self._wrong_names(there, where, text, step.arms):
            self.problem(step, line, f"{where}: {wrong}")
        looped = step.loop is not None and inside
        if not looped and re.search(r"(?<![\w.])item\b", _LITERAL.sub('""', text)):
            self.problem(step, line, f"{where}: there is no item here; it is the element at hand of a loop")
            return None
        try:
            return environment(tuple((IN_A_LOOP if looped else NAMES).items())).compile(text, wants)
        except ExpressionError as error:
            self.problem(step, line, f"{where}: {error}{_column(error)}")
            return None

    def _wrong_names(self, there: int, where: str, text: str, arms: tuple[tuple[int, int], ...]) -> Iterator[str]:
        """References that only a run would miss: to needs and steps that are not there, or not there yet, or in another arm."""
        steps = [step.id for step in self.runbook.steps]
        earlier = {step.id: step for step in self.runbook.steps[:there]}
        for root, name, field in references(text):
            if root == "needs" and (wrong := self.wrong_need(name, field)) is not None:
                yield wrong
            elif root == "case" and name not in CASE:
                yield f"case has no {name!r}{near(name, CASE)}"
            elif root == "steps" and name not in earlier:
                later = "comes later" if name in steps else f"does not exist{near(name, earlier)}"
                yield f"step {name!r} {later}, so steps.{name} is not there"
            elif root == "steps" and _in_another_arm(earlier[name].arms, arms):
                yield f"step {name!r} stands in another arm of the branch, so steps.{name} is not there"
            elif root == "steps" and (part := self._parts.get(earlier[name].runbook)) is not None:
                inner = [step.id for step in part.steps]
                if field and field not in inner:
                    yield f"{part.id} has no step {field!r}{near(field, inner)}"

    def wrong_need(self, name: str, field: str) -> str | None:
        """What is wrong with this reference to a need."""
        need = self.runbook.needs.get(name)
        if need is None:
            return f"there is no need {name!r}{near(name, self.runbook.needs)}"
        fields = FIELDS.get(need.source, ())
        if field and field not in fields:
            told = f"has {' and '.join(fields)}" if fields else "is plain text"
            return f"needs.{name} {told}, but no {field!r}{near(field, fields)}"
        return None

    def _whole_thing(self, step: Step, line: int, arg: str, name: str) -> None:
        need = self.runbook.needs.get(name)
        if need is not None and need.source in FIELDS:
            text = f"{arg}: needs.{name} is a thing with {', '.join(FIELDS[need.source])}; did you mean needs.{name}.id?"
            self.problem(step, line, text)

    def _said(self, where: str, text: str, steps: set[str]) -> None:
        """A sentence to the requester names only what can be said there."""
        line = self.runbook.lines.get(where, 0)
        for path in re.findall(r"\{([^{}]*)\}", text):
            parts = path.split(".")
            if parts[0] == "steps" and len(parts) == 2 and parts[1] in steps:  # noqa: PLR2004 - steps.ID
                continue
            if parts[0] != "needs" or len(parts) < 2:  # noqa: PLR2004
                self.tell(line, f"{where}: {{{path}}} is not known; only {{needs.…}} and {{steps.ID}} can be said there")
            elif (wrong := self.wrong_need(parts[1], parts[2] if len(parts) > 2 else "")) is not None:  # noqa: PLR2004
                self.tell(line, f"{where}: {wrong}")

    def problem(self, step: Step, line: int, text: str) -> None:
        self.tell(line, f"step {step.id!r}: {text}")

    def tell(self, line: int, text: str) -> None:
        self.problems.append(Problem(self.runbook.path, line, text))


_LITERAL = re.compile(
    r"'{3}(?:[^\\]|\\.)*?'{3}|\"{3}(?:[^\\]|\\.)*?\"{3}|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|(?P<remark>//[^\n]*)", re.DOTALL
)
_INDEXED = re.compile(r"\b(needs|steps|case)\s*\[\s*(?:\"(\w+)\"|'(\w+)')\s*\]")
_ROOT = r"(?<!\w)(?<![\w)\]}\"]\.)"
"""Before a name that is no field of anything; in CEL a dot may stand before a name."""
_REFERENCE = re.compile(_ROOT + r"(needs|steps|case)\s*\.\s*(\w+)\b(?!\s*\()(?:\s*\.\s*(\w+)\b(?!\s*\())?")

_STEPS = re.compile(_ROOT + r"steps\b")


def references(text: str) -> Iterator[tuple[str, str, str]]:
    """(needs | steps | case, name, field) wherever an expression reaches into one of them."""
    for match in _REFERENCE.finditer(_plain(text)):
        yield match[1], match[2], match[3] or ""


def steps_read(texts: Iterable[str], earlier: Iterable[str]) -> frozenset[str]:
    """The steps that these expressions speak of; all the earlier ones where one looks at `steps` otherwise than by their names."""
    found = set[str]()
    for text in texts:
        found.update(name for root, name, _ in references(text) if root == "steps")
        if _STEPS.search(_REFERENCE.sub("", _plain(text))):
            found.update(earlier)
    return frozenset(found)


def _plain(text: str) -> str:
    """The expression with dots for brackets around a name, and without remarks and what stands in quotes."""
    dotted = _INDEXED.sub(lambda match: f"{match[1]}.{match[2] or match[3]}", text)
    return _LITERAL.sub(lambda match: " " if match["remark"] else '""', dotted)


def _in_another_arm(theirs: tuple[tuple[int, int], ...], mine: tuple[tuple[int, int], ...]) -> bool:
    """Whether both can never be done in one plan."""
    arms = dict(mine)
    return any(branch in arms and arms[branch] != arm for branch, arm in theirs)


def _kind(schema: Mapping[str, Any]) -> Kind:
    """What an argument of this JSON Schema must be; anything where it may be several things."""
    kinds = {"string": Kind.STRING, "integer": Kind.INT, "number": Kind.DOUBLE, "boolean": Kind.BOOL, "array": Kind.LIST}
    of = schema.get("type")
    return kinds.get(of, Kind.DYN) if isinstance(of, str) else Kind.DYN


def _column(error: ExpressionError) -> str:
    return f" (column {error.column})" if error.column else ""


def near(name: str, names: Any) -> str:
    found = get_close_matches(name, list(names), 1, 0.5)
    return f"; did you mean {found[0]!r}?" if found else ""
