"""Test files of a policy: a company as somebody states it, and examples that are decided by the policy with it.

- ``now: 2026-11-24T12:00+00:00``
- ``people: {ana: {department: Marketing, title: Analyst, manager: mia}, gus: {kind: guest}}``
- ``on_call: {identity: [omar], payments: [[lars], [noor]]}``: handles, or tiers of handles
- ``groups: {it-admins: [tariq]}`` of the directory, ``usergroups: {security: [noor]}`` of Slack
- ``resources: [{tool: cancel_order, args: {user: ana}, kind: order, id: OR-1, owner: ana, facts: {}, beneficiary: ana}]``
- ``examples: [{tool: cancel_order, as: ana, args: {user: ana}, channel: direct, at: …, runbooks: [], owes: [], expect: permit}]``
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bot.domain import PersonKind
from bot.errors import PolicyError
from bot.gate.model import Example
from bot.gate.parse import Reader, time_of
from bot.gate.problems import Problem, Problems, item, line_of, near, start
from bot.gate.roles import Roles
from bot.gate.shapes import shape
from bot.gate.text import read_yaml
from tools.contract import Person, Tool

KEYS = ("now", "people", "on_call", "groups", "usergroups", "resources", "examples")
PERSON_KEYS = ("kind", "name", "email", "department", "title", "manager", "zone")
RESOURCE_KEYS = ("tool", "args", "kind", "id", "label", "owner", "facts", "beneficiary")
KINDS = (PersonKind.MEMBER, PersonKind.GUEST, PersonKind.STRANGER, PersonKind.BOT)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
"""When an example is asked that says nothing else: at noon of a working day, the same at every run."""


@dataclass(frozen=True, slots=True)
class Touched:
    """What a call touches, stated: of this tool, or any where it is empty, with at least these arguments."""

    tool: str
    args: Mapping[str, Any]
    resource: Mapping[str, Any]
    beneficiary: str = ""

    def fits(self, tool: str, args: Mapping[str, Any]) -> bool:
        return self.tool in ("", tool) and all(name in args and args[name] == value for name, value in self.args.items())


@dataclass(slots=True)
class Stated:
    """What the test files state, together: handles by the name of a schedule (in tiers), group or user group (in one)."""

    now: datetime = NOON
    people: dict[str, Person] = field(default_factory=dict)
    kinds: dict[str, PersonKind] = field(default_factory=dict)
    on_call: dict[str, list[list[str]]] = field(default_factory=dict)
    groups: dict[str, list[list[str]]] = field(default_factory=dict)
    usergroups: dict[str, list[list[str]]] = field(default_factory=dict)
    resources: list[Touched] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)


def read(files: Iterable[Path], tools: Mapping[str, Tool[Any]]) -> Stated:
    """What these files state, together. Raises PolicyError with every problem, one a line; so does what two state differently."""
    stated, problems = Stated(), list[Problem]()
    shapes = {tool.name: shape(tool) for tool in tools.values()}
    for file in files:
        found = Problems(str(file))
        try:
            whole = read_yaml(file.read_text(encoding="utf-8"), found)
        except (OSError, UnicodeDecodeError) as error:
            found.add(0, f"cannot be read: {error}")
        else:
            if not found.found:
                _Reader(found, shapes, stated).read(whole)
        problems += found.found
    if problems:
        raise PolicyError("\n".join(map(str, problems)), problems)
    return stated


def plain(value: Any) -> Any:
    """A value of a YAML file as JSON has it; times as RFC 3339."""
    match value:
        case Mapping():
            return {str(key): plain(one) for key, one in value.items()}
        case list() | tuple():
            return [plain(one) for one in value]
        case date():
            return value.isoformat()
        case bool() | None:
            return value
        case int():
            return int(value)
        case float():
            return float(value)
        case _:
            return str(value)


class _Reader:
    def __init__(self, problems: Problems, shapes: Mapping[str, Mapping[str, Any]], stated: Stated) -> None:
        self._problems = problems
        self._shapes = shapes
        self._stated = stated

    def read(self, whole: Any) -> None:
        if not isinstance(whole, Mapping):
            self._problems.add(1, "is empty, or no mapping; a test file has `examples:`, and whom and what they are about")
            return
        self._problems.known(whole, KEYS, "a test file")
        if "now" in whole:
            self._now(whole)
        for handle, body in self._mapping(whole, "people"):
            self._person(handle, body, line_of(whole["people"], handle))
        for name, duty in self._mapping(whole, "on_call"):
            tiers = duty if isinstance(duty, list) and all(isinstance(one, list) for one in duty) else [duty]
            self._names(self._stated.on_call, f"on_call {name}", name, tiers, line_of(whole["on_call"], name))
        for kind, kept in (("groups", self._stated.groups), ("usergroups", self._stated.usergroups)):
            for name, members in self._mapping(whole, kind):
                self._names(kept, f"{kind} {name}", name, [members], line_of(whole[kind], name))
        for position, one in enumerate(self._listed(whole, "resources")):
            self._resource(one, item(whole["resources"], position))
        reader = Reader(self._problems, self._shapes, self._shapes, Roles(self._problems, {}))
        self._stated.examples += reader.examples(whole.get("examples", []), "the test file", "")

    def _now(self, whole: Mapping[str, Any]) -> None:
        moment = time_of(whole["now"])
        if moment is None:
            said = f"now must be a time such as 2026-11-27T18:00+01:00, not {whole['now']!r}"
            self._problems.add(line_of(whole, "now"), said)
        elif self._stated.now not in (NOON, moment):
            self._problems.add(line_of(whole, "now"), f"now is {self._stated.now.isoformat()} in another test file")
        else:
            self._stated.now = moment

    def _person(self, handle: str, body: Any, line: int) -> None:
        what = f'person "{handle}"'
        if body is not None and not isinstance(body, Mapping):
            self._problems.add(line, f"{what} must be a mapping such as {{department: IT, title: Engineer, manager: noor}}", handle)
            return
        body = body or {}
        self._problems.known(body, PERSON_KEYS, what, handle)
        kind = str(body.get("kind", PersonKind.MEMBER))
        if kind not in KINDS:
            self._problems.add(line, f"{what}: kind must be one of {', '.join(KINDS)}, not {kind!r}{near(kind, KINDS)}", handle)
            return
        told = {name: str(body.get(name, "")) for name in PERSON_KEYS}
        person = Person(
            handle=handle,
            name=told["name"] or handle,
            email=told["email"],
            slack_id=f"U{handle.upper()}",
            kind="employee" if kind == PersonKind.MEMBER else "guest",
            title=told["title"],
            department=told["department"],
            manager=told["manager"],
            zone=told["zone"] or "UTC",
        )
        if self._stated.people.setdefault(handle, person) != person:
            self._problems.add(line, f"{what} is stated differently in another test file", handle)
        self._stated.kinds[handle] = PersonKind(kind)

    def _names(self, kept: dict[str, list[list[str]]], what: str, name: str, tiers: Sequence[Any], line: int) -> None:
        handles = all(isinstance(tier, list) and all(isinstance(one, str) for one in tier) for tier in tiers)
        if not handles:
            self._problems.add(line, f"{what} must be a list of handles", name)
        elif kept.setdefault(name, plain(tiers)) != plain(tiers):
            self._problems.add(line, f"{what} is stated differently in another test file", name)

    def _resource(self, body: Any, line: int) -> None:
        if not isinstance(body, Mapping) or not {"kind", "id"} <= set(body):
            said = (
                "a resource says what a call touches: {tool: deploy, args: {service: shop}, kind: service, id: shop, owner: lars}"
            )
            self._problems.add(line or start(body), said)
            return
        self._problems.known(body, RESOURCE_KEYS, "a resource")
        tool, args, facts = str(body.get("tool", "")), body.get("args", {}), body.get("facts", {})
        if tool and tool not in self._shapes:
            self._problems.add(line_of(body, "tool"), f"a resource: there is no tool {tool!r}{near(tool, self._shapes)}")
            return
        if not isinstance(args, Mapping) or not isinstance(facts, Mapping):
            self._problems.add(line, "a resource: `args` and `facts` must be mappings")
            return
        known = self._shapes[tool]["args"] if tool else {}
        if unknown := next((str(name) for name in args if tool and name not in known), ""):
            self._problems.add(line, f"a resource: {tool} has no argument {unknown!r}{near(unknown, known)}")
        resource = {name: str(body.get(name, "")) for name in ("kind", "id", "label", "owner")}
        self._stated.resources.append(
            Touched(tool, plain(args), {**resource, "facts": plain(facts)}, str(body.get("beneficiary", "")))
        )

    def _mapping(self, whole: Mapping[str, Any], key: str) -> Sequence[tuple[str, Any]]:
        found = whole.get(key, {})
        if not isinstance(found, Mapping):
            self._problems.add(line_of(whole, key), f"`{key}` must be a mapping, not {plain(found)!r}")
            return ()
        return [(str(name), one) for name, one in found.items()]

    def _listed(self, whole: Mapping[str, Any], key: str) -> Sequence[Any]:
        found = whole.get(key, [])
        if not isinstance(found, list):
            self._problems.add(line_of(whole, key), f"`{key}` must be a list, not {plain(found)!r}")
            return ()
        return found
