"""The policy language again, naively: slow, plain, and sharing no code with bot/gate.

Straight from the four lines of docs/policy.md. It reads the YAML by itself, evaluates conditions with a parser of its own for the
few forms that `tests/gate/written.py` writes, and combines roles in three-valued logic. What it cannot tell is None.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML

Trit = bool | None
CHANNELS = ("direct", "private", "public", "shared")


@dataclass(frozen=True)
class Asked:
    """One question. `held`: whether each role that can be looked up is held, by (kind, what it names, tier)."""

    tool: str
    properties: Mapping[str, Any]  # effect, reversible, system
    args: Mapping[str, Any]
    names: Mapping[str, Any]  # what conditions may look at, by dotted name; `resource.facts` is a mapping
    held: Mapping[tuple[str, str, int], Trit]
    channel: str
    now: datetime
    zone: str
    freezes: tuple[tuple[str, str], ...] = ()  # (tool, system)
    kind: str = "member"
    untrusted: bool = False  # a value came from nobody who may be trusted
    aside: bool = False


@dataclass(frozen=True)
class Said:
    """The answer: whether it is permitted, what is owed, and whether a freeze is why not."""

    permitted: bool
    owes: frozenset[tuple[Any, ...]] = frozenset()
    frozen: bool = False


def read(text: str) -> dict[str, Any]:
    """The policy file, as plain values."""
    return dict(YAML(typ="safe", pure=True).load(text))


def answer(whole: Mapping[str, Any], tools: Mapping[str, Mapping[str, Any]], asked: Asked) -> Said:
    """What this file says. `tools`: of each its effect, whether it is reversible, and its system."""
    if asked.tool not in tools:
        return Said(False)
    for tool, system in asked.freezes:
        if tool == asked.tool or (
            not tool and asked.properties["effect"] == "change" and system in ("", asked.properties["system"])
        ):
            return Said(False, frozen=True)
    counted = []
    for policy in [*whole["policies"], *map(window, whole.get("freezes", []))]:
        if policy.get("mode") == "observe" or not names(policy["tools"], asked):
            continue
        if policy["effect"] == "permit" and not (
            asked.kind == "system" or (asked.kind == "member" and asked.names["principal.id"])
        ):
            continue
        matched = matches(policy, whole["roles"], asked)
        if matched is None:
            return Said(False)
        if matched:
            counted.append(policy)
    if any(policy["effect"] == "forbid" for policy in counted):
        return Said(False)
    if not any(policy["effect"] == "permit" for policy in counted):
        return Said(False)
    if any(exceeds(name, most, asked) for policy in counted for name, most in policy.get("max", {}).items()):
        return Said(False)
    owes = {one for policy in counted for one in owed(policy)}
    if asked.properties["effect"] == "change":
        owes |= {
            ("limit", one["id"], one["times"], seconds(one["within"]), one["per"], True, None) for one in whole.get("ceilings", [])
        }
    if owes and asked.properties["effect"] == "read":
        return Said(False)
    if asked.properties["effect"] == "change" and asked.untrusted:
        if "untrusted" not in whole:
            return Said(False)
        if not any(one[0] == "approval" for one in owes):
            owes |= set(owed({"id": "untrusted", "because": "", **whole["untrusted"]}))
    if asked.properties["effect"] == "change" and asked.aside:
        owes.add(("confirm", "untrusted"))
    return Said(True, frozenset(owes))


def window(freeze: Mapping[str, Any]) -> dict[str, Any]:
    """A freeze is a forbid between two times, for everybody but the exceptions."""
    forbid = {"id": freeze["id"], "effect": "forbid", "tools": freeze["tools"], "between": (freeze["from"], freeze["until"])}
    if "except" in freeze:
        forbid["roles"] = {"not": {"any": freeze["except"]}}
    return forbid


def names(tools: Any, asked: Asked) -> bool:
    if isinstance(tools, dict):
        return all(asked.properties[key] == value for key, value in tools.items())
    return "*" in tools or asked.tool in tools


def matches(policy: Mapping[str, Any], roles: Mapping[str, Any], asked: Asked) -> Trit:
    parts: list[Trit] = []
    if "channels" in policy:
        parts.append(asked.channel in policy["channels"] if asked.channel in CHANNELS else None)
    if "roles" in policy:
        written = policy["roles"]
        parts.append(holds(written if isinstance(written, dict) else {"any": written}, roles, asked.held))
    if "when" in policy:
        parts.append(condition(policy["when"], asked))
    if "between" in policy:
        begin, end = (datetime.fromisoformat(one) for one in policy["between"])
        parts.append(begin <= asked.now < end)
    return both(parts)


# ── three values ─────────────────────────────────────────────────────────────────────────────────────────────────────


def both(parts: list[Trit]) -> Trit:
    return False if False in parts else None if None in parts else True


def either(parts: list[Trit]) -> Trit:
    return True if True in parts else None if None in parts else False


def inverse(part: Trit) -> Trit:
    return None if part is None else not part


def holds(role: Any, roles: Mapping[str, Any], held: Mapping[tuple[str, str, int], Trit]) -> Trit:
    if not isinstance(role, dict):
        return holds(roles[role], roles, held)
    if "any" in role:
        return either([holds(one, roles, held) for one in role["any"]])
    if "all" in role:
        return both([holds(one, roles, held) for one in role["all"]])
    if "not" in role:
        return inverse(holds(role["not"], roles, held))
    return held.get(leaf(role))


def leaf(role: Mapping[str, Any]) -> tuple[str, str, int]:
    [(kind, value)] = [(key, value) for key, value in role.items() if key != "tier"]
    return kind, str(sorted(value) if isinstance(value, list) else value), role.get("tier", 1)


# ── conditions ───────────────────────────────────────────────────────────────────────────────────────────────────────

TOKEN = re.compile(r"\s*(&&|\|\||==|!=|>=|\(|\)|!|'[^']*'|[A-Za-z_][A-Za-z_.]*)")


def condition(text: str, asked: Asked) -> Trit:
    """`or` of `and` of possibly negated comparisons. What cannot be looked up is None, and false && None is false."""
    tokens = [match.group(1) for match in TOKEN.finditer(text)]
    assert "".join(tokens).replace(" ", "") == text.replace(" ", "")
    answered = disjunction(tokens, asked)
    assert not tokens
    return answered


def disjunction(tokens: list[str], asked: Asked) -> Trit:
    parts = [conjunction(tokens, asked)]
    while tokens and tokens[0] == "||":
        tokens.pop(0)
        parts.append(conjunction(tokens, asked))
    return either(parts)


def conjunction(tokens: list[str], asked: Asked) -> Trit:
    parts = [negation(tokens, asked)]
    while tokens and tokens[0] == "&&":
        tokens.pop(0)
        parts.append(negation(tokens, asked))
    return both(parts)


def negation(tokens: list[str], asked: Asked) -> Trit:
    if tokens[0] == "!":
        tokens.pop(0)
        return inverse(negation(tokens, asked))
    if tokens[0] == "(":
        tokens.pop(0)
        inner = disjunction(tokens, asked)
        assert tokens.pop(0) == ")"
        return inner
    return comparison(tokens, asked)


def comparison(tokens: list[str], asked: Asked) -> Trit:
    left = operand(tokens, asked)
    operator = tokens[0] if tokens else ""
    if operator not in ("==", "!=", ">=", "in"):
        return left if left is None or isinstance(left, bool) else None
    tokens.pop(0)
    right = operand(tokens, asked)
    if left is None or right is None:
        return None
    compared = {"==": lambda: left == right, "!=": lambda: left != right, ">=": lambda: left >= right, "in": lambda: left in right}
    return bool(compared[operator]())


def operand(tokens: list[str], asked: Asked) -> Any:
    token = tokens.pop(0)
    if token.startswith("'"):
        return token[1:-1]
    if token == "timestamp":
        assert tokens.pop(0) == "("
        moment = datetime.fromisoformat(tokens.pop(0)[1:-1])
        assert tokens.pop(0) == ")"
        return moment
    if token in ("true", "false"):
        return token == "true"
    if token.startswith("args."):
        return asked.args.get(token.removeprefix("args."))
    if token.startswith("resource.facts."):
        return asked.names["resource.facts"].get(token.removeprefix("resource.facts."))
    return asked.now if token == "now" else asked.names[token]


# ── what is owed, and how much is too much ───────────────────────────────────────────────────────────────────────────


def seconds(span: str) -> float:
    return int(span[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}[span[-1]]


def owed(policy: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """(kind, policy, what it says …). An approval beyond a limit is part of the limit."""
    identity = policy["id"]
    approval = None
    if found := policy.get("approval"):
        remind = seconds(found["remind"]) if "remind" in found else None
        within = seconds(found.get("within", "4h"))
        shorten = "shorten" in found
        approval = ("approval", identity, tuple(found["by"]), found.get("count", 1), within, remind, found.get("then", ""), shorten)
    limits = policy.get("limit", [])
    limits = limits if isinstance(limits, list) else [limits]
    if approval and not any(one.get("beyond") == "approval" for one in limits):
        yield approval
    for one in limits:
        beyond = approval if one.get("beyond") == "approval" else None
        yield ("limit", identity, one["times"], seconds(one["within"]), one.get("per", "principal"), False, beyond)
    for kind in ("reason", "confirm"):
        if kind in policy:
            yield (kind, identity)
    if found := policy.get("notify"):
        yield ("notify", identity, tuple(found.get("roles", ())), found.get("channel", ""))
    if found := policy.get("review"):
        yield ("review", identity, tuple(found["by"]), seconds(found.get("within", "3d")))


def exceeds(name: str, most: Any, asked: Asked) -> bool:
    """More than so much, or no value that can be compared with it. A day lasts until its end, where the requester is."""
    value = asked.args.get(name)
    if isinstance(most, int):
        return isinstance(value, bool) or not isinstance(value, int) or value > most
    try:
        zone, span = ZoneInfo(asked.zone), timedelta(seconds=seconds(most))
        if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            day = date.fromisoformat(value)
            end = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(days=1)
        else:
            end = datetime.fromisoformat(value)
            end = end if end.tzinfo else end.replace(tzinfo=zone)
            day = end.astimezone(zone).date()
    except (KeyError, TypeError, ValueError, OverflowError):
        return True
    whole = not span % timedelta(days=1)
    return not (end <= asked.now + span or (whole and day <= asked.now.astimezone(zone).date() + span))
