"""The parts of a runbook's front matter: needs, preconditions and examples, from YAML to values. Nothing is evaluated."""

import re
from collections.abc import Mapping
from typing import Any

from knowledge.problems import Node, Report, expression, key_line, meant, named
from knowledge.runbook import Example, Need, Precondition

THINGS = (
    "catalogue",
    "deployment",
    "repository",
    "branch",
    "list",
    "item",
    "service",
    "device",
    "ticket",
    "order",
    "server",
    "token",
    "node",
)
"""Needs for a thing with an id and a label."""
SOURCES = (*THINGS, "person", "date", "duration", "number", "choice", "text")
NEED_KEYS = ("from", "ask", "default", "choices", "unit", "least", "most", "matches")
ONLY_FOR = {
    "choices": ("choice",),
    "unit": ("number",),
    "least": ("number", "duration"),
    "most": ("number", "duration"),
    "matches": ("text",),
}
SECONDS = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
PRECONDITION_KEYS = ("holds", "else")
EXAMPLE_KEYS = ("says", "as", "given", "reason", "approves", "answers", "then", "steps", "approvals")

_SPAN = re.compile(r"\d{1,3}[hdwm]")


def needs(whole: Node, report: Report) -> dict[str, Need]:
    found = {}
    mapping = whole.mapping("needs", "app: {from: catalogue, ask: Which application?}")
    for name, body in mapping.items():
        line, what = key_line(mapping, name) or whole.line("needs"), f'need "{name}"'
        if not isinstance(body, Mapping):
            report.add(line, f"{what} must be a mapping such as {{from: catalogue, ask: Which application?}}")
            continue
        named(str(name), "needs", what, line, report)
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
    for key, sources in ONLY_FOR.items():
        if source in SOURCES and source not in sources and key in node.body:
            node.problem(f"only a need from {' or '.join(sources)} has {key}, not one from {source}", key)
    if source == "date" and default and not _SPAN.fullmatch(default):
        node.problem(f'default "{default}" is no span of time; write one such as 12h, 7d, 2w or 1m', "default")
    if source == "choice" and default and choices and default not in dict(choices):
        values = ", ".join(value for value, _ in choices)
        node.problem(f'default "{default}" is not among the choices {values}', "default")
    least, most = _amount(node, "least", source), _amount(node, "most", source)
    if least is not None and most is not None and least > most:
        node.problem("least is more than most", "least")
    if source in ("number", "duration") and "default" in node.body:
        _amount(node, "default", source)
    return Need(name, source, node.text("ask"), default, choices, node.line(), node.text("unit"), least, most, _pattern(node))


def _amount(node: Node, key: str, source: str) -> float | None:
    """A number, or of a duration its seconds."""
    said = node.text(key)
    if not said:
        return None
    if source == "duration":
        span = re.fullmatch(r"(\d{1,4})([mhdw])", said)
        if span is None:
            node.problem(f'{key} "{said}" is no span of time; write one such as 30m, 2h, 3d or 1w', key)
        return int(span[1]) * SECONDS[span[2]] if span else None
    try:
        return float(said)
    except ValueError:
        node.problem(f'{key} "{said}" is no number', key)
        return None


def _pattern(node: Node) -> str:
    said = node.text("matches")
    try:
        re.compile(said)
    except re.error as error:
        node.problem(f'matches "{said}" is no pattern: {error}', "matches")
    return said


def _choices(node: Node) -> tuple[tuple[str, str], ...]:
    """A mapping of value to label, or a list of values that are their own labels."""
    if isinstance(node.body.get("choices"), list):
        return tuple((text, text) for text in node.texts("choices"))
    mapping = node.mapping("choices", "{eu: Europe, us: United States}, or a list")
    labels = Node(mapping, f"{node.what}: choices", node.report, node.line("choices"))
    return tuple((str(value), labels.text(value) or str(value)) for value in mapping)


def preconditions(whole: Node, report: Report) -> tuple[Precondition, ...]:
    found = []
    for number, (body, line) in enumerate(whole.items("preconditions", "of conditions, each with holds and else"), 1):
        what = f"precondition {number}"
        if not isinstance(body, Mapping):
            report.add(line, f"{what} must be a mapping such as {{holds: needs.user.id != principal.id, else: …}}")
            continue
        node = Node(body, what, report)
        node.keys(PRECONDITION_KEYS, needed=PRECONDITION_KEYS)
        holds = expression(body["holds"], node, '"holds"', node.line("holds")) if "holds" in body else ""
        found.append(Precondition(holds, node.text("else"), node.line("holds")))
    return tuple(found)


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
        answers = plain(node.mapping("answers", "{app: figma}"))
        for need in answers:
            if isinstance(needs_there, Mapping) and need not in needs_there:
                node.problem(f'answers the need "{need}", which is not there{meant(need, needs_there)}', "answers")
        found.append(
            Example(
                says=node.texts("says") if isinstance(body.get("says"), list) else tuple(filter(None, (node.text("says"),))),
                as_=node.text("as") or "ana",
                given=plain(node.mapping("given", "{account: {user: ana, status: LOCKED_OUT}}")),
                reason=node.text("reason"),
                approves=node.text("approves"),
                answers={need: str(answer) for need, answer in answers.items()},
                then=plain(node.mapping("then", "{account: {user: ana, status: ACTIVE}}")),
                steps=node.texts("steps") if "steps" in body else None,
                approvals=_approvals(node) if "approvals" in body else None,
                line=node.line(),
            )
        )
    return tuple(found)


def _approvals(node: Node) -> dict[str, tuple[str, ...]]:
    """By step, the policies for which somebody is asked there; one alone is a list of one."""
    mapping = node.mapping("approvals", "{lock: lost-device}")
    asked = Node(mapping, f"{node.what}: approvals", node.report, node.line("approvals"))
    return {
        str(step): asked.texts(step) if isinstance(mapping[step], list) else tuple(filter(None, (asked.text(step),)))
        for step in mapping
    }


def plain(value: Any) -> Any:
    """Ordinary dicts, lists and scalars, without the reader's own classes."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, bool) or value is None:
        return value
    for kind in (int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return str(value)
