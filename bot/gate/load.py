"""Read a policy file: shapes first, with humane messages, then types against the real tools. All problems are told at once."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from bot.domain import Limit, Owed
from bot.errors import ExpressionError, PolicyError
from bot.expressions import Expression, Kind, environment
from bot.gate.model import EFFECTS, ROLE_KINDS, Example, Policy, PolicySet, Role
from tools.contract import Effect, Tool

SPAN = re.compile(r"(\d+)\s*(s|m|h|d|w)")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
PER = ("principal", "beneficiary", "resource", "tool")
POLICY_KEYS = (
    "id",
    "because",
    "tools",
    "effect",
    "roles",
    "when",
    "approval",
    "limit",
    "unattended",
    "examples",
)
NAMES = (
    *((f"principal.{name}", Kind.STRING) for name in ("id", "name", "email", "department", "title", "manager", "kind")),
    ("beneficiary", Kind.STRING),
    *((f"resource.{name}", Kind.STRING) for name in ("kind", "id", "label", "owner")),
    ("resource.facts", Kind.MAP),
    *((f"tool.{name}", Kind.STRING) for name in ("name", "effect", "system")),
    ("tool.reversible", Kind.BOOL),
    ("case.kind", Kind.STRING),
    ("case.channel", Kind.STRING),
    ("now", Kind.TIMESTAMP),
)


def load(path: Path, tools: Mapping[str, Tool[Any]]) -> PolicySet:
    """The policy in this file. Raises PolicyError with every problem, one a line."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{path}: cannot be read: {error}") from None
    return parse(text, tools, path.name)


def parse(text: str, tools: Mapping[str, Tool[Any]], name: str = "policies.yaml") -> PolicySet:
    """The policy in this text. Raises PolicyError."""
    reader = _Reader(name, tools)
    found = reader.read(text)
    if reader.problems or found is None:
        raise PolicyError("\n".join(reader.problems))
    return found


def span(text: Any) -> timedelta | None:
    """``4h``, ``15m``, ``7d``; None when it is no span."""
    match = SPAN.fullmatch(str(text).strip())
    return timedelta(seconds=int(match.group(1)) * SECONDS[match.group(2)]) if match and int(match.group(1)) else None


class _Reader:
    """Collects problems with their places while it reads."""

    def __init__(self, name: str, tools: Mapping[str, Tool[Any]]) -> None:
        self._name = name
        self._tools = tools
        self.problems: list[str] = []

    def _problem(self, line: int, message: str) -> None:
        self.problems.append(f"{self._name}:{line}: {message}" if line else f"{self._name}: {message}")

    def read(self, text: str) -> PolicySet | None:
        try:
            whole = YAML(typ="rt").load(text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            said = (error.problem or "is not YAML").splitlines()[0]
            self._problem(mark.line + 1 if mark else 0, f"is not readable YAML: {said}")
            return None
        except Exception as error:  # noqa: BLE001 - the reader raises what it likes; the file is unusable
            self._problem(0, f"is not readable YAML: {str(error).splitlines()[0]}")
            return None
        if not isinstance(whole, Mapping):
            self._problem(1, "is empty, or no mapping; it begins with `version: 1`, then `roles:` and `policies:`")
            return None
        self._known(whole, ("version", "roles", "policies"), "the file")
        if whole.get("version") != 1:
            self._problem(_line(whole, "version"), f"version must be 1, not {whole.get('version')!r}")
        roles = self._roles(whole.get("roles"), _line(whole, "roles"))
        policies = self._policies(whole.get("policies"), _line(whole, "policies"), roles)
        self._unapproved(policies)
        version = hashlib.sha256(text.encode()).hexdigest()[:12]
        shapes = {tool.name: _shape(tool) for tool in self._tools.values()}
        return PolicySet(version, roles, tuple(policies), shapes, self._name)

    def _known(self, mapping: Mapping[str, Any], keys: Sequence[str], what: str) -> None:
        for key in mapping:
            if key not in keys:
                self._problem(_line(mapping, key), f"{what} has unknown key {str(key)!r}{_near(str(key), keys)}")

    # ── roles ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _roles(self, found: Any, line: int) -> dict[str, Role]:
        if not isinstance(found, Mapping) or not found:
            self._problem(line, "`roles` must name at least one role, such as `employee: {members: workspace}`")
            return {}
        roles = {}
        for name, body in found.items():
            at = _line(found, name)
            if not isinstance(body, Mapping) or len(body) != 1:
                self._problem(at, f'role "{name}" must say one thing: {", ".join(ROLE_KINDS)}')
                continue
            kind, value = next(iter(body.items()))
            if kind not in ROLE_KINDS:
                self._problem(at, f'role "{name}" has unknown key {kind!r}{_near(kind, ROLE_KINDS)}')
                continue
            wrong = _wrong_role(kind, value)
            if wrong:
                self._problem(at, f'role "{name}": {wrong}')
            roles[str(name)] = Role(str(name), kind, list(value) if isinstance(value, list) else value, at)
        return roles

    # ── policies ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _policies(self, found: Any, line: int, roles: Mapping[str, Role]) -> list[Policy]:
        if not isinstance(found, list) or not found:
            self._problem(line, "`policies` must be a list with at least one policy")
            return []
        policies: list[Policy] = []
        ids: dict[str, int] = {}
        for position, body in enumerate(found):
            at = found.lc.item(position)[0] + 1 if hasattr(found, "lc") else line
            if not isinstance(body, Mapping):
                self._problem(at, "a policy must be a mapping that begins with `- id:`")
                continue
            policy = self._policy(body, at, roles)
            if policy is None:
                continue
            if policy.id in ids:
                self._problem(at, f'policy "{policy.id}" has the id of the policy in line {ids[policy.id]}')
            ids[policy.id] = at
            policies.append(policy)
        return policies

    def _policy(self, body: Mapping[str, Any], at: int, roles: Mapping[str, Role]) -> Policy | None:
        identity = body.get("id")
        if not isinstance(identity, str) or not identity:
            self._problem(at, "a policy needs an `id`")
            return None
        what = f'policy "{identity}"'
        self._known(body, POLICY_KEYS, what)
        effect = body.get("effect")
        if effect not in EFFECTS:
            said = f"{effect!r}{_near(str(effect), EFFECTS)}" if "effect" in body else "nothing"
            self._problem(_line(body, "effect") or at, f"{what}: effect must be permit, forbid or require, not {said}")
        named = self._tool_names(body, at, what, str(effect))
        held = self._role_names(body, at, what, roles)
        condition = body.get("when", "")
        when = self._condition(str(condition), named, _line(body, "when"), what) if condition else {}
        because = str(body.get("because", ""))
        approval = self._approval(body["approval"], what, roles, identity, because) if "approval" in body else None
        limit = self._limit(body["limit"], _line(body, "limit"), what, identity) if "limit" in body else None
        if effect == "forbid" and (approval or limit):
            self._problem(at, f"{what}: a forbid denies; it cannot ask for an approval or a limit")
        if effect == "require" and not (approval or limit):
            self._problem(at, f"{what}: a require must ask for something, an `approval` or a `limit`")
        return Policy(
            id=identity,
            because=because,
            tools=named,
            effect=str(effect),
            roles=held,
            condition=str(condition),
            when=when,
            approval=approval,
            limit=limit,
            unattended=body.get("unattended") is True,
            examples=self._examples(body.get("examples", ()), what, named),
            line=at,
        )

    def _tool_names(self, body: Mapping[str, Any], at: int, what: str, effect: str) -> tuple[str, ...]:
        found = body.get("tools")
        line = _line(body, "tools") or at
        if not isinstance(found, list) or not found:
            self._problem(line, f"{what}: `tools` must be a list of tool names")
            return ()
        for tool in found:
            if tool == "*" and effect != "forbid":
                self._problem(line, f"{what}: `*` (every tool) is for a forbid only; name the tools")
            elif tool != "*" and tool not in self._tools:
                self._problem(line, f"{what}: there is no tool {tool!r}{_near(str(tool), self._tools)}")
        return tuple(str(tool) for tool in found)

    def _role_names(self, body: Mapping[str, Any], at: int, what: str, roles: Mapping[str, Role]) -> tuple[str, ...]:
        found = body.get("roles", [])
        line = _line(body, "roles") or at
        if not isinstance(found, list) or ("roles" in body and not found):
            self._problem(line, f"{what}: `roles` must be a list of roles")
            return ()
        if "roles" not in body and body.get("effect") == "permit":
            self._problem(at, f"{what}: a permit must say for which `roles`")
        for role in found:
            if role not in roles:
                self._problem(line, f"{what}: nobody has the role {role!r}{_near(str(role), roles)}")
        return tuple(str(role) for role in found)

    def _condition(self, text: str, named: Sequence[str], line: int, what: str) -> dict[str, Expression]:
        """Compiled once for each tool, so that an argument which one of them lacks is found now."""
        compiled = {}
        for name in self._tools if "*" in named else named:
            if name not in self._tools:
                continue
            arguments = [] if "*" in named else [(f"args.{n}", k) for n, k in _kinds(self._tools[name]).items()]
            try:
                compiled[name] = environment((*NAMES, *arguments)).compile(text, Kind.BOOL)
            except ExpressionError as error:
                column = f", column {error.column}" if error.column else ""
                self._problem(line, f"{what}: when{column}: {error} (for the tool {name})")
                break
        return compiled

    def _approval(self, found: Any, what: str, roles: Mapping[str, Role], identity: str, because: str) -> Owed | None:
        if not isinstance(found, Mapping):
            self._problem(0, f"{what}: `approval` must be a mapping such as {{by: [identity-oncall], within: 4h}}")
            return None
        keys = ("by", "count", "within", "remind", "then")
        self._known(found, keys, f"{what}: approval")
        line = _line(found, "by") or _start(found)
        by = found.get("by")
        if not isinstance(by, list) or not by:
            self._problem(line, f"{what}: approval must say `by` whom: a list of roles")
            by = []
        for role in [*by, *([found["then"]] if "then" in found else [])]:
            if role not in roles:
                self._problem(line, f"{what}: approval by {role!r}, a role nobody has{_near(str(role), roles)}")
        count = found.get("count", 1)
        if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= 5:  # noqa: PLR2004 - a quorum of people
            self._problem(line, f"{what}: approval count must be a number from 1 to 5, not {count!r}")
            count = 1
        within = self._span(found, "within", "4h", what)
        remind = self._span(found, "remind", "", what) if "remind" in found else None
        return Owed(identity, because, tuple(map(str, by)), count, within or timedelta(hours=4), remind, str(found.get("then", "")))

    def _span(self, found: Mapping[str, Any], key: str, default: str, what: str) -> timedelta | None:
        said = found.get(key, default)
        read = span(said)
        if read is None:
            self._problem(_line(found, key), f"{what}: {key} must be a time such as 15m, 4h or 7d, not {said!r}")
        return read

    def _limit(self, found: Any, line: int, what: str, identity: str) -> Limit | None:
        if not isinstance(found, Mapping):
            self._problem(line, f"{what}: `limit` must be a mapping such as {{times: 3, within: 1d, per: principal}}")
            return None
        self._known(found, ("times", "within", "per"), f"{what}: limit")
        times, per = found.get("times"), found.get("per", "principal")
        if not isinstance(times, int) or isinstance(times, bool) or times < 1:
            self._problem(line, f"{what}: limit must say how many `times`, a number from 1, not {times!r}")
            return None
        if per not in PER:
            self._problem(line, f"{what}: limit per {per!r}{_near(str(per), PER)}; it must be one of {', '.join(PER)}")
        within = self._span(found, "within", "", what)
        return Limit(identity, times, within, str(per)) if within else None

    def _examples(self, found: Any, what: str, named: Sequence[str]) -> tuple[Example, ...]:
        examples = []
        for one in found if isinstance(found, list) else ():
            line = _start(one) if isinstance(one, Mapping) else 0
            if not isinstance(one, Mapping) or not {"as", "expect"} <= set(one):
                self._problem(line, f"{what}: an example says `as` whom, with which `args`, and what to `expect`")
                continue
            self._known(one, ("as", "args", "expect"), f"{what}: example")
            if one["expect"] not in ("permit", "approval", "deny"):
                self._problem(line, f"{what}: an example expects permit, approval or deny, not {one['expect']!r}")
            args = dict(one.get("args", {}))
            for tool in named:
                if tool in self._tools and (unknown := set(args) - set(_kinds(self._tools[tool]))):
                    name = min(unknown)
                    self._problem(line, f"{what}: example: {tool} has no argument {name!r}{_near(name, _kinds(self._tools[tool]))}")
            examples.append(Example(str(one["as"]), args, str(one["expect"]), line))
        return tuple(examples)

    def _unapproved(self, policies: Sequence[Policy]) -> None:
        """What cannot be undone needs a person, unless the policy says in so many words that it does not."""
        for policy in policies:
            if policy.effect != "permit" or policy.approval is not None or policy.unattended:
                continue
            for name in policy.tools:
                tool = self._tools.get(name)
                asked = any(
                    p.effect == "require" and p.names(name) and p.approval and not p.condition and not p.roles for p in policies
                )
                if tool is not None and tool.effect is Effect.CHANGE and not tool.reversible and not asked:
                    self._problem(
                        policy.line,
                        f'policy "{policy.id}" permits {name}, which cannot be undone, without an approval; '
                        "add one, or say `unattended: true`",
                    )


def _shape(tool: Tool[Any]) -> dict[str, Any]:
    return {"effect": str(tool.effect), "reversible": tool.reversible, "system": tool.system, "args": _kinds(tool)}


def _kinds(tool: Tool[Any]) -> dict[str, Kind]:
    """Argument → kind, from the tool's own schema."""
    kinds = {"string": Kind.STRING, "integer": Kind.INT, "number": Kind.DOUBLE, "boolean": Kind.BOOL, "array": Kind.LIST}
    properties = tool.arguments.model_json_schema().get("properties", {})
    return {name: kinds.get(body.get("type", ""), Kind.DYN) for name, body in properties.items()}


def _wrong_role(kind: str, value: Any) -> str:
    match kind:
        case "members":
            return "" if value == "workspace" else f"members must be `workspace`, not {value!r}"
        case "manager_of":
            who = ("requester", "beneficiary", "owner")
            return "" if value in who else f"manager_of must be one of {', '.join(who)}, not {value!r}{_near(str(value), who)}"
        case "owner_of":
            return "" if value == "resource" else f"owner_of must be `resource`, not {value!r}"
        case "people":
            good = isinstance(value, list) and value and all(isinstance(one, str) for one in value)
            return "" if good else "people must be a list of handles, with somebody in it"
        case "system":
            return "" if value is True else "system must be true"
        case _:
            return "" if isinstance(value, str) and value else f"{kind} must name one, not {value!r}"


def _near(name: str, known: Any) -> str:
    near = get_close_matches(name, [str(one) for one in known], 1, 0.5)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _line(mapping: Any, key: Any) -> int:
    try:
        return int(mapping.lc.key(key)[0]) + 1
    except (AttributeError, KeyError, TypeError):
        return 0


def _start(mapping: Any) -> int:
    return int(mapping.lc.line) + 1 if hasattr(mapping, "lc") else 0
