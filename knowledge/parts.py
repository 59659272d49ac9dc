"""The parts of a runbook's front matter: needs, steps and examples, from YAML to values. Shapes only; nothing is evaluated."""

import re
from collections.abc import Mapping
from typing import Any

from knowledge.problems import Node, Report, key_line, meant
from knowledge.runbook import Example, Need, Step

THINGS = ("catalogue", "deployment", "repository", "branch", "list", "item", "service", "device", "ticket", "order")
"""Needs for a thing with an id and a label."""
SOURCES = (*THINGS, "person", "date", "choice", "text")
NEED_KEYS = ("from", "ask", "default", "choices")
STEP_KEYS = ("id", "tool", "args", "when", "expect", "title")
EXAMPLE_KEYS = ("says", "as", "given", "approves", "answers", "then")

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SPAN = re.compile(r"\d{1,3}[hdwm]")


def needs(whole: Node, report: Report) -> dict[str, Need]:
    found = {}
    mapping = whole.mapping("needs", "app: {from: catalogue, ask: Which application?}")
    for name, body in mapping.items():
        line, what = key_line(mapping, name) or whole.line("needs"), f'need "{name}"'
        if not isinstance(body, Mapping):
            report.add(line, f"{what} must be a mapping such as {{from: catalogue, ask: Which application?}}")
            continue
        _named(str(name), "needs", what, line, report)
        found[str(name)] = _need(str(name), Node(body, what, report, line))
    return found


def _need(name: str, node: Node) -> Need:
    node.keys(NEED_KEYS, needed=("from", "ask"))
    source, default = node.text("from"), node.text("default")
    if source and source not in SOURCES:
        node.problem(f'from "{source}" is unknown{meant(source, SOURCES)}; it is one of {", ".join(SOURCES)}', "from")
    choices = _choices(node)
    if source == "choice" and not choices and "choices" not in node.body:
        node.problem('a choice needs "choices"')
    if source in SOURCES and source != "choice" and "choices" in node.body:
        node.problem(f"only a need from choice has choices, not one from {source}", "choices")
    if source == "date" and default and not _SPAN.fullmatch(default):
        node.problem(f'default "{default}" is no span of time; write one such as 12h, 7d, 2w or 1m', "default")
    if source == "choice" and default and choices and default not in dict(choices):
        values = ", ".join(value for value, _ in choices)
        node.problem(f'default "{default}" is not among the choices {values}', "default")
    return Need(name, source, node.text("ask"), default, choices, node.line())


def _choices(node: Node) -> tuple[tuple[str, str], ...]:
    """A mapping of value to label, or a list of values that are their own labels."""
    if isinstance(node.body.get("choices"), list):
        return tuple((text, text) for text in node.texts("choices"))
    mapping = node.mapping("choices", "{eu: Europe, us: United States}, or a list")
    labels = Node(mapping, f"{node.what}: choices", node.report, node.line("choices"))
    return tuple((str(value), labels.text(value) or str(value)) for value in mapping)


def steps(whole: Node, report: Report) -> tuple[Step, ...]:
    found: list[Step] = []
    first: dict[str, int] = {}
    for number, (body, line) in enumerate(whole.items("steps", "of steps, each with id, tool and args"), 1):
        if not isinstance(body, Mapping):
            report.add(line, f"step {number} must be a mapping such as {{id: look, tool: find_account, args: {{…}}}}")
            continue
        name = Node(body, f"step {number}", report).text("id")
        what = f'step "{name}"' if name else f"step {number}"
        node = Node(body, what, report)
        node.keys(STEP_KEYS, needed=("id", "tool"))
        if name:
            _named(name, "steps", what, node.line("id"), report)
        if name in first:
            report.add(node.line("id"), f'two steps have the id "{name}"; the other one is in line {first[name]}')
        first.setdefault(name, node.line("id"))
        found.append(_step(name, node))
    return tuple(found)


def _step(name: str, node: Node) -> Step:
    args = node.mapping("args", "{user: principal.id}")
    lines = {str(key): key_line(args, key) or node.line("args") for key in args}
    lines |= {key: node.line(key) for key in ("when", "expect") if key in node.body}
    return Step(
        id=name,
        tool=node.text("tool"),
        args={str(key): _expression(value, node, f'argument "{key}"', lines[str(key)]) for key, value in args.items()},
        when=_expression(node.body["when"], node, '"when"', lines["when"]) if "when" in node.body else "",
        expect=_expression(node.body["expect"], node, '"expect"', lines["expect"]) if "expect" in node.body else "",
        title=node.text("title"),
        line=node.line(),
        lines=lines,
    )


def _expression(value: Any, node: Node, what: str, line: int) -> str:
    """The source of an expression. What YAML reads as a number, a truth or a list becomes the literal that means it."""
    if isinstance(value, str) and value.strip():
        return value.strip()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(_expression(one, node, what, line) for one in value)}]"
    if isinstance(value, Mapping):
        node.report.add(line, f"{node.what}: {what} is read as a mapping; put an expression with braces in quotes")
    else:
        node.report.add(line, f"{node.what}: {what} is empty; write an expression, or leave it out")
    return ""


def examples(whole: Node, report: Report) -> tuple[Example, ...]:
    found = []
    needs_there = whole.body.get("needs") or {}
    for number, (body, line) in enumerate(whole.items("examples", "of examples, each with says and then"), 1):
        what = f"example {number}"
        if not isinstance(body, Mapping):
            report.add(line, f"{what} must be a mapping such as {{says: unlock my account, then: {{…}}}}")
            continue
        node = Node(body, what, report)
        node.keys(EXAMPLE_KEYS, needed=("says", "then"))
        answers = _plain(node.mapping("answers", "{app: figma}"))
        for need in answers:
            if isinstance(needs_there, Mapping) and need not in needs_there:
                node.problem(f'answers the need "{need}", which is not there{meant(need, needs_there)}', "answers")
        found.append(
            Example(
                says=node.texts("says") if isinstance(body.get("says"), list) else tuple(filter(None, (node.text("says"),))),
                as_=node.text("as") or "ana",
                given=_plain(node.mapping("given", "{account: {user: ana, status: LOCKED_OUT}}")),
                approves=node.text("approves"),
                answers={need: str(answer) for need, answer in answers.items()},
                then=_plain(node.mapping("then", "{account: {user: ana, status: ACTIVE}}")),
                line=node.line(),
            )
        )
    return tuple(found)


def _named(name: str, where: str, what: str, line: int, report: Report) -> None:
    """Expressions speak of it by its name, so that must be one word to them."""
    if not _NAME.fullmatch(name):
        report.add(line, f"{what} cannot be called so: expressions say {where}.NAME, with letters, digits and _ in the name")


def _plain(value: Any) -> Any:
    """Ordinary dicts, lists and scalars, without the reader's own classes."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, bool) or value is None:
        return value
    for kind in (int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return str(value)
