"""The steps of a runbook's front matter: calls of tools, branches, loops and parts, from YAML to a flat list of steps.

A step that stands in a branch or a loop knows its conditions and its loop. Shapes only; nothing is evaluated.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from knowledge.problems import Node, Report, expression, key_line, named
from knowledge.runbook import Guard, Loop, Step, Undo

CALL_KEYS = ("id", "title", "tool", "args", "when", "expect", "until", "within", "every", "undo", "each", "most")
LOOP_KEYS = ("id", "each", "most", "steps")
BRANCH_KEYS = ("choose",)
ARM_KEYS = ("when", "steps")
PART_KEYS = ("id", "title", "runbook", "with", "when")
UNDO_KEYS = ("tool", "args")
STEP_KEYS = tuple(dict.fromkeys((*CALL_KEYS, *LOOP_KEYS, *BRANCH_KEYS, *PART_KEYS)))

MOST = 10
"""Elements of a loop, unless it says otherwise."""
AT_MOST = 25
EVERY, WITHIN = "1m", "30m"
LOOKS = 120
"""Looks that one wait may take: each is a call, and stands in the ledger."""
LONGEST = 14 * 86_400
_SPAN = re.compile(r"(\d{1,4})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


@dataclass(slots=True)
class _Around:
    """What surrounds the steps that are read: conditions, branches, the loop."""

    guards: tuple[Guard, ...] = ()
    arms: tuple[tuple[int, int], ...] = ()
    loop: Loop | None = None


@dataclass(slots=True)
class _Reader:
    report: Report
    found: list[Step] = field(default_factory=list)
    first: dict[str, int] = field(default_factory=dict)
    branches: int = 0


def steps(whole: Node, report: Report) -> tuple[Step, ...]:
    """All of them in the order of the file."""
    reader = _Reader(report)
    _read(whole.items("steps", "of steps, each with id, tool and args"), reader, _Around())
    return tuple(reader.found)


def _read(items: Sequence[tuple[Any, int]], reader: _Reader, around: _Around) -> None:
    for number, (body, line) in enumerate(items, 1):
        if not isinstance(body, Mapping):
            reader.report.add(line, f"step {number} must be a mapping such as {{id: look, tool: find_account, args: {{…}}}}")
            continue
        name = Node(body, f"step {number}", reader.report).text("id")
        node = Node(body, f'step "{name}"' if name else f"step {number}", reader.report)
        if "choose" in body:
            _branch(node, reader, around)
            continue
        if name:
            _once(name, node, reader)
        if "steps" in body:
            _loop(name, node, reader, around)
        elif "runbook" in body:
            node.keys(PART_KEYS, needed=("id", "runbook"))
            if around.loop is not None:
                node.problem("a part cannot stand in a loop")
            reader.found.append(_part(name, node, around))
        else:
            node.keys(CALL_KEYS, needed=("id", "tool"))
            reader.found.append(_call(name, node, around))


def _once(name: str, node: Node, reader: _Reader) -> None:
    named(name, "steps", node.what, node.line("id"), reader.report)
    if name in reader.first:
        reader.report.add(node.line("id"), f'two steps have the id "{name}"; the other one is in line {reader.first[name]}')
    reader.first.setdefault(name, node.line("id"))


def _branch(node: Node, reader: _Reader, around: _Around) -> None:
    """The arms of a `choose`: the first whose condition holds is taken; one without a condition stands last."""
    node.keys(BRANCH_KEYS)
    reader.branches += 1
    branch, before = reader.branches, list[Guard]()
    arms = node.items("choose", "of arms, each with when and steps")
    for number, (body, line) in enumerate(arms, 1):
        what = f"arm {number} of choose"
        if not isinstance(body, Mapping):
            reader.report.add(line, f"{what} must be a mapping such as {{when: steps.look.status == 'LOCKED_OUT', steps: […]}}")
            continue
        arm = Node(body, what, reader.report, line)
        arm.keys(ARM_KEYS, needed=("steps",))
        own: list[Guard] = []
        if "when" in body:
            own.append(Guard(expression(body["when"], arm, '"when"', arm.line("when")), line=arm.line("when")))
        elif number < len(arms):
            arm.problem('only the last one may have no "when": it is taken where no other was')
        inside = _Around((*around.guards, *before, *own), (*around.arms, (branch, number)), around.loop)
        _read(arm.items("steps", "of steps"), reader, inside)
        before += [Guard(guard.text, holds=False, line=guard.line) for guard in own]


def _loop(name: str, node: Node, reader: _Reader, around: _Around) -> None:
    node.keys(LOOP_KEYS, needed=("id", "each", "steps"))
    if around.loop is not None:
        node.problem("a loop cannot stand in a loop")
    inside = _Around(around.guards, around.arms, _over(name, node))
    _read(node.items("steps", "of steps"), reader, inside)


def _over(name: str, node: Node) -> Loop:
    over = expression(node.body["each"], node, '"each"', node.line("each")) if "each" in node.body else ""
    said = node.text("most")
    if said and not (said.isdigit() and 1 <= int(said) <= AT_MOST):
        node.problem(f'most "{said}" must be a number from 1 to {AT_MOST}', "most")
        said = ""
    return Loop(name, over, int(said or MOST), node.line("each"))


def _part(name: str, node: Node, around: _Around) -> Step:
    given = node.mapping("with", "{user: needs.user}")
    lines = {str(key): key_line(given, key) or node.line("with") for key in given}
    lines |= {"when": node.line("when")} if "when" in node.body else {}
    return Step(
        id=name,
        tool="",
        args={},
        when=_said(node, "when"),
        title=node.text("title"),
        line=node.line(),
        lines=lines,
        guards=around.guards,
        arms=around.arms,
        runbook=node.text("runbook"),
        given={str(key): expression(value, node, f'"{key}"', lines[str(key)]) for key, value in given.items()},
    )


def _call(name: str, node: Node, around: _Around) -> Step:
    args, lines = _args(node)
    lines |= {key: node.line(key) for key in ("when", "expect", "until") if key in node.body}
    loop = around.loop
    if "each" in node.body:
        if loop is not None:
            node.problem("a loop cannot stand in a loop")
        loop = _over(name, node)
    elif "most" in node.body:
        node.problem('"most" goes with "each"', "most")
    within, every = _wait(node)
    return Step(
        id=name,
        tool=node.text("tool"),
        args=args,
        when=_said(node, "when"),
        expect=_said(node, "expect"),
        title=node.text("title"),
        line=node.line(),
        lines=lines,
        guards=around.guards,
        arms=around.arms,
        loop=loop,
        until=_said(node, "until"),
        within=within,
        every=every,
        undo=_undo(node),
    )


def _wait(node: Node) -> tuple[int, int]:
    """For how long it is waited, and how long between two looks, in seconds."""
    if "until" not in node.body:
        for key in ("within", "every"):
            if key in node.body:
                node.problem(f'"{key}" goes with "until"', key)
        return 0, 0
    within, every = _span(node, "within", WITHIN), _span(node, "every", EVERY)
    if within > LONGEST:
        node.problem("a wait is 14d at most", "within")
    elif within and every and within > every * LOOKS:
        node.problem(f"that would be more than {LOOKS} looks; let more time pass between them", "every")
    elif every > within > 0:
        node.problem("the second look would come after the wait is over", "every")
    return within, every


def _span(node: Node, key: str, otherwise: str) -> int:
    said = node.text(key) or otherwise
    span = _SPAN.fullmatch(said)
    if span is None or not int(span[1]):
        node.problem(f'{key} "{said}" is no span of time; write one such as 30s, 5m, 2h or 1d', key)
        return 0
    return int(span[1]) * _SECONDS[span[2]]


def _undo(node: Node) -> Undo | None:
    if "undo" not in node.body:
        return None
    body = node.mapping("undo", "{tool: revoke_access, args: {…}}")
    inner = Node(body, f"{node.what}: undo", node.report, node.line("undo"))
    if not body:
        inner.problem("must be a mapping such as {tool: revoke_access, args: {…}}")
        return None
    inner.keys(UNDO_KEYS, needed=("tool",))
    args, lines = _args(inner)
    return Undo(inner.text("tool"), args, node.line("undo"), lines)


def _args(node: Node) -> tuple[dict[str, str], dict[str, int]]:
    args = node.mapping("args", "{user: principal.id}")
    lines = {str(key): key_line(args, key) or node.line("args") for key in args}
    return {str(key): expression(value, node, f'argument "{key}"', lines[str(key)]) for key, value in args.items()}, lines


def _said(node: Node, key: str) -> str:
    return expression(node.body[key], node, f'"{key}"', node.line(key)) if key in node.body else ""
