"""`policy schema`: the JSON Schema (2020-12) of a policy file, for editors that complete and underline while somebody writes.

It says how a file is built; what a name or a condition means `policy check` says. The keys are the reader's own: one of them that
has no words here is a KeyError at once.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.gate import owing
from bot.gate.load import INCLUDE_KEYS, MAIN_KEYS, TEAM_KEYS
from bot.gate.model import CHANNELS, EFFECTS, ROLE_KINDS
from bot.gate.parse import EXAMPLE_KEYS, EXPECTS, FREEZE_KEYS, OWES, POLICY_KEYS
from bot.gate.shapes import PROPERTIES
from bot.gate.shapes import values as values_of

Schema = dict[str, Any]
TRUE: Schema = {"const": True}
TEXT: Schema = {"type": "string", "minLength": 1}
SPAN = owing.SPAN.pattern.replace(r"\s*", " *")
ROLE_NAME: Schema = {"$ref": "#/$defs/roleName"}


def policy_schema(tools: Mapping[str, Mapping[str, Any]]) -> Schema:
    """The schema; `tools` by name are {effect, reversible, system, server, args}, as `PolicySet.tools`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Deskhand's permission policy",
        "description": "Every policy whose tools, roles, channels and `when` match counts: a forbid denies, no permit denies, "
        "else the call is permitted and owes all that they ask for. What cannot be evaluated denies.",
        "type": "object",
        "properties": _keys(MAIN_KEYS, _main()),
        "additionalProperties": False,
        "anyOf": [
            {
                "title": "the main file",
                "required": ["version", "roles"],
                "anyOf": [{"required": ["policies"]}, {"required": ["include"]}],
            },
            {
                "title": "a team's file",
                "required": ["policies"],
                "properties": dict.fromkeys(set(MAIN_KEYS) - set(TEAM_KEYS), False),
            },
        ],
        "$defs": _definitions(tools),
    }


def _main() -> Schema:
    return {
        "version": {"const": 1, "description": "Of this language."},
        "include": _list("#/$defs/include", "Files of teams, each with the tools and roles that it may name."),
        "roles": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"$ref": "#/$defs/role"},
            "description": "Roles by name. Whether somebody holds one is yes, no or unknown, and unknown denies.",
        },
        "admins": {
            "type": "array",
            "items": {"type": "string"},
            "minItems": 1,
            "description": "Roles that may freeze, lift and ask about others in Slack; else nobody. None may hang on a call.",
        },
        "ceilings": _list("#/$defs/ceiling", "Limits over the changes of all tools together."),
        "untrusted": {"$ref": "#/$defs/untrusted"},
        "freezes": _list("#/$defs/freeze", "Windows in which nothing that they name is done."),
        "policies": _list("#/$defs/policy", "The policies, in any order.") | {"minItems": 1},
    }


def _definitions(tools: Mapping[str, Mapping[str, Any]]) -> dict[str, Schema]:
    return {
        "span": {"type": "string", "pattern": f"^{SPAN}$", "description": "A time such as 15m, 4h, 7d or 2w."},
        "moment": {
            "type": "string",
            "pattern": r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$",
            "description": "A time with its offset, such as 2026-12-24T18:00+01:00.",
        },
        "roleName": TEXT | {"description": "A role by its name under `roles`."},
        "role": {
            "oneOf": [_role(kind) for kind in ROLE_KINDS],
            "description": "What somebody is, or made of roles with any, all, not.",
        },
        "tool": {"enum": sorted(tools), "description": "A tool by its exact name."},
        "selector": {
            **_object(PROPERTIES, _properties(tools), (), "Every tool that has all of these."),
            "minProperties": 1,
        },
        "policy": _policy(),
        "approval": _object(
            owing.APPROVAL_KEYS, _approval(), ("by",), "People who agree: never the requester, nor who gains by it."
        ),
        "notify": _object(owing.NOTIFY_KEYS, _notify(), (), "Who is told once the change was made.") | {"minProperties": 1},
        "review": _object(owing.REVIEW_KEYS, _review(), ("by",), "Somebody looks at it afterwards: a case of its own."),
        "limit": _object(owing.LIMIT_KEYS, _limit(), ("times", "within"), "How many changes of this tool within a time."),
        "ceiling": _object(owing.CEILING_KEYS, _ceiling(), owing.CEILING_KEYS, "How many changes of all tools within a time."),
        "untrusted": _object(
            owing.UNTRUSTED_KEYS, _untrusted(), ("approval",), "Who agrees to what the requester did not name; else it is denied."
        ),
        "freeze": _object(FREEZE_KEYS, _freeze(), ("id", "tools", "from", "until"), "A forbid with two times."),
        "include": _object(INCLUDE_KEYS, _include(), INCLUDE_KEYS, "A team's file, in this folder or below it."),
        "example": _object(EXAMPLE_KEYS, _example(), ("as", "expect"), "A question and the answer that it must get."),
    }


# ── roles and tools ──────────────────────────────────────────────────────────────────────────────────────────────────


def _role(kind: str) -> Schema:
    one = {"anyOf": [ROLE_NAME, {"$ref": "#/$defs/role"}]}
    several = {"type": "array", "items": one, "minItems": 1}
    what: dict[str, Schema] = {
        "members": {
            "const": "workspace",
            "description": "Full members of this Slack; never guests, bots or people of another company.",
        },
        "usergroup": TEXT | {"description": "A user group of Slack, by its handle."},
        "group": TEXT | {"description": "A group of the directory."},
        "oncall": TEXT | {"description": "Who is on call now in this schedule; `tier: 2` is asked second."},
        "manager_of": {"enum": ["requester", "beneficiary", "owner"], "description": "Their manager in the directory."},
        "owner_of": {"const": "resource", "description": "Who answers for what the call touches."},
        "department": TEXT | {"description": "Everybody of a department, as the directory spells it."},
        "title": TEXT | {"description": "Everybody with a title, as the directory spells it."},
        "people": {"type": "array", "items": TEXT, "minItems": 1, "description": "Handles in the directory."},
        "system": TRUE | {"description": "Deskhand itself."},
        "any": several | {"description": "Who holds one of these."},
        "all": several | {"description": "Who holds all of these."},
        "not": one | {"description": "Who does not hold this; where that is unknown, unknown."},
    }
    tier = {"tier": {"type": "integer", "minimum": 1, "description": "1 is asked first."}} if kind == "oncall" else {}
    return {"type": "object", "properties": {kind: what[kind], **tier}, "required": [kind], "additionalProperties": False}


def _properties(tools: Mapping[str, Mapping[str, Any]]) -> dict[str, Schema]:
    return {
        "effect": {"enum": values_of("effect", tools), "description": "Whether it can change anything."},
        "reversible": {"type": "boolean", "description": "Whether what it does can be taken back."},
        "system": {"enum": values_of("system", tools), "description": "Which kind of system it talks to."},
        "server": TEXT | {"description": "The server that it comes from."},
    }


def _tools(*others: str) -> Schema:
    names = [{"$ref": "#/$defs/tool"}, *({"const": one} for one in others)]
    listed = {"type": "array", "items": {"anyOf": names} if others else names[0], "minItems": 1}
    return {"anyOf": [listed, {"$ref": "#/$defs/selector"}], "description": "Tools by exact name, or by their properties."}


def _roles(description: str) -> Schema:
    return {"type": "array", "items": ROLE_NAME, "minItems": 1, "description": description}


# ── policies ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _policy() -> Schema:
    asks = [{"required": [key]} for key in owing.KEYS]
    rules = [
        _when("effect", "permit", {"required": ["roles"]}),
        _when("effect", "forbid", {"not": {"anyOf": asks}}),
        _when("effect", "require", {"anyOf": asks}),
        {**_when("mode", "observe", {"required": ["since"]}), "else": {"not": {"required": ["since"]}}},
    ]
    whole = _object(POLICY_KEYS, _policy_keys(), ("id", "tools", "effect"), "One policy.")
    return whole | {"allOf": rules}


def _policy_keys() -> dict[str, Schema]:
    limit = {"$ref": "#/$defs/limit"}
    most: Schema = {"anyOf": [{"type": "number"}, {"$ref": "#/$defs/span"}]}
    return {
        "id": TEXT | {"description": "Its own; every decision names it."},
        "because": {"type": "string", "description": "Why, in a sentence to whoever is denied or asked."},
        "tools": _tools("*"),
        "effect": {"enum": list(EFFECTS), "description": "permit opens, forbid denies, require asks for more without opening."},
        "roles": {
            "anyOf": [_roles(""), {"$ref": "#/$defs/role"}],
            "description": "Any of these roles, or one that is written out. A permit must say whom it is for.",
        },
        "channels": {"type": "array", "items": {"enum": list(CHANNELS)}, "minItems": 1, "description": "Where it is asked."},
        "when": TEXT | {"description": "A condition in CEL over principal, beneficiary, resource, args, tool, case and now."},
        "approval": {"$ref": "#/$defs/approval"},
        "reason": TRUE | {"description": "The requester says in their own words why."},
        "confirm": TRUE | {"description": "The requester's own click on exactly this call."},
        "notify": {"$ref": "#/$defs/notify"},
        "review": {"$ref": "#/$defs/review"},
        "limit": {"anyOf": [limit, {"type": "array", "items": limit, "minItems": 1}]},
        "max": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": most,
            "description": "The most that an argument may be: a number, or for a time that much from now.",
        },
        "unattended": TRUE | {"description": "What cannot be undone needs no approval here."},
        "mode": {"enum": ["enforce", "observe"], "description": "observe: decided beside the others, recorded, nothing changed."},
        "since": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$", "description": "The day since when it is observed."},
        "examples": _list("#/$defs/example", "Questions to the whole policy, and their answers; `policy test` asks them."),
    }


def _approval() -> dict[str, Schema]:
    return {
        "by": _roles("Whoever holds one of these when they click."),
        "count": {
            "type": "integer",
            "minimum": 1,
            "maximum": owing.QUORUM,
            "default": 1,
            "description": "So many distinct persons.",
        },
        "within": _span("After this the role `then` is asked, and after that it expires; 4h where nothing is said."),
        "remind": _span("When those who were asked are reminded."),
        "then": ROLE_NAME | {"description": "Who is asked when nobody has answered."},
        "shorten": {"const": "allowed", "description": "Whoever approves may give it for a shorter time."},
        "step_up": {
            "enum": list(owing.STEP_UP),
            "description": "Whoever approves types the name of what is touched, or confirms with a second factor that it is them.",
        },
    }


def _notify() -> dict[str, Schema]:
    return {"roles": _roles("Whoever holds one of these."), "channel": TEXT | {"description": "A channel of Slack, by its name."}}


def _review() -> dict[str, Schema]:
    return {"by": _roles("Whoever holds one of these."), "within": _span("By when; 3d where nothing is said.")}


def _limit() -> dict[str, Schema]:
    return {
        "times": {"type": "integer", "minimum": 1},
        "within": _span("In this time, which slides."),
        "per": {"enum": list(owing.PER), "default": "principal", "description": "Counted for each of these."},
        "beyond": {"enum": list(owing.BEYOND), "default": "deny", "description": "Beyond it: denied, or the `approval` is owed."},
    }


def _ceiling() -> dict[str, Schema]:
    per = {"enum": list(owing.CEILING_PER), "description": "Counted for each of these."}
    return {key: found for key, found in _limit().items() if key != "beyond"} | {
        "id": TEXT | {"description": "Its own."},
        "per": per,
    }


def _untrusted() -> dict[str, Schema]:
    return {
        "because": {"type": "string", "description": "Why, in a sentence to whoever is asked."},
        "approval": {"$ref": "#/$defs/approval"},
    }


def _freeze() -> dict[str, Schema]:
    return {
        "id": TEXT | {"description": "Its own."},
        "because": {"type": "string", "description": "Why, in a sentence to whoever is denied."},
        "tools": _tools("*"),
        "from": {"$ref": "#/$defs/moment"},
        "until": {"$ref": "#/$defs/moment"},
        "except": {
            "type": "array",
            "items": {"anyOf": [ROLE_NAME, {"$ref": "#/$defs/role"}]},
            "description": "Whom it does not stop.",
        },
    }


def _include() -> dict[str, Schema]:
    return {"file": TEXT, "tools": _tools(), "roles": _roles("The roles that it may name.")}


def _example() -> dict[str, Schema]:
    return {
        "as": TEXT | {"description": "Who asks: a handle."},
        "tool": {"$ref": "#/$defs/tool", "description": "Which of the policy's tools; without it each of them."},
        "args": {"type": "object", "description": "What the tool is called with."},
        "channel": {"enum": list(CHANNELS), "default": "direct", "description": "Where."},
        "at": {"$ref": "#/$defs/moment", "description": "When; without it at noon of a working day."},
        "runbooks": {"type": "array", "items": TEXT, "description": "What the case has followed: ids of runbooks."},
        "untrusted": {"type": "array", "items": TEXT, "description": "Arguments that did not come from whoever asks."},
        "expect": {"enum": list(EXPECTS), "description": "approval and confirm are permits that owe one."},
        "owes": {"type": "array", "items": {"enum": list(OWES)}, "description": "All that must be owed, and nothing else."},
    }


# ── how it is written ────────────────────────────────────────────────────────────────────────────────────────────────


def _keys(names: Iterable[str], found: Mapping[str, Schema]) -> dict[str, Schema]:
    """Those and no others. Raises KeyError for a key of the reader's that has no words here."""
    return {name: found[name] for name in names}


def _object(names: Iterable[str], found: Mapping[str, Schema], required: Iterable[str], description: str) -> Schema:
    return {
        "type": "object",
        "description": description,
        "properties": _keys(names, found),
        "required": list(required),
        "additionalProperties": False,
    }


def _list(ref: str, description: str) -> Schema:
    return {"type": "array", "items": {"$ref": ref}, "description": description}


def _span(description: str) -> Schema:
    return {"$ref": "#/$defs/span", "description": description}


def _when(key: str, value: str, then: Schema) -> Schema:
    return {"if": {"properties": {key: {"const": value}}, "required": [key]}, "then": then}
