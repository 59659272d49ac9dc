"""The JSON Schema (2020-12) of a runbook's front matter, for editors that complete and underline while somebody writes.

It says how a file is built; what a name or an expression means, `knowledge check` says. The keys are the reader's own: one of them
that has no words here is a KeyError at once.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from knowledge import parse, parts, steps
from knowledge.tongues import LANGUAGES

Schema = dict[str, Any]
TEXT: Schema = {"type": "string", "minLength": 1}
TEXTS: Schema = {"type": "array", "items": TEXT, "minItems": 1}
DAYS = r"^\d{1,3}[dwm]$"
WAIT = r"^\d{1,4}[smhd]$"


def runbook_schema(tools: Collection[str]) -> Schema:
    """The schema; `tools` are the names that a step may call."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A runbook of Deskhand",
        "description": "The front matter of a Markdown file; the text below it is for whoever asks, and below the heading "
        "“For the engineer on call” for whoever takes a case over.",
        **_object(parse.KEYS, _main(), parse.NEEDED),
        "if": {"properties": {"kind": {"const": "question"}}},
        "then": {"properties": dict.fromkeys(parse.NOT_FOR_A_QUESTION, False)},
        "else": {"required": ["steps"]},
        "$defs": {
            "expression": {
                "anyOf": [TEXT, {"type": "boolean"}, {"type": "number"}, {"type": "array"}],
                "description": "CEL over principal, needs, steps and case; text in it stands in its own quotes.",
            },
            "need": _object(parts.NEED_KEYS, _need(), ("from", "ask"), "Something that the plan must know before it begins."),
            "precondition": _object(
                parts.PRECONDITION_KEYS, _precondition(), parts.PRECONDITION_KEYS, "What must hold before the first call."
            ),
            "steps": {"type": "array", "items": {"$ref": "#/$defs/step"}, "minItems": 1},
            "step": {"anyOf": [{"$ref": f"#/$defs/{name}"} for name in ("call", "branch", "loop", "part")]},
            "call": _object(steps.CALL_KEYS, _step(tools), ("id", "tool"), "One call of a tool."),
            "undo": _object(steps.UNDO_KEYS, _step(tools), ("tool",), "The call that takes the change back when the plan fails."),
            "branch": _object(
                steps.BRANCH_KEYS,
                {"choose": {"type": "array", "items": {"$ref": "#/$defs/arm"}, "minItems": 1}},
                steps.BRANCH_KEYS,
                "The first arm whose condition holds is taken.",
            ),
            "arm": _object(steps.ARM_KEYS, _step(tools), ("steps",), "Without `when` it stands last."),
            "loop": _object(
                steps.LOOP_KEYS, _step(tools), ("id", "each", "steps"), "Its steps are done for each element of a list."
            ),
            "part": _object(steps.PART_KEYS, _step(tools), ("id", "runbook"), "Another runbook as a part of this one."),
            "example": _object(parts.EXAMPLE_KEYS, _example(), ("says", "then"), "Words, and what must be true in the end."),
        },
    }


def _main() -> Schema:
    return {
        "id": TEXT | {"pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "description": "The same in no other file."},
        "title": TEXT | {"description": "What people see."},
        "kind": {"enum": list(parse.KINDS)},
        "owner": TEXT | {"description": "Who keeps it right."},
        "reviewed": TEXT | {"pattern": r"^\d{4}-\d\d-\d\d$", "description": "The day somebody last looked at it."},
        "review_every": {"type": "string", "pattern": DAYS, "description": "After which time somebody looks again, such as 90d."},
        "audience": TEXTS | {"description": "Roles of the policy that it is for; without it everybody."},
        "symptoms": TEXTS | {"description": "What people say when they need this, in their words."},
        "symptoms_in": _object(LANGUAGES, dict.fromkeys(LANGUAGES, TEXTS), (), "The same in other languages, each by its code."),
        "unlike": {"type": "array", "items": TEXT} | {"description": "What sounds alike and is something else."},
        "needs": {"type": "object", "additionalProperties": {"$ref": "#/$defs/need"}},
        "preconditions": {"type": "array", "items": {"$ref": "#/$defs/precondition"}},
        "steps": {"$ref": "#/$defs/steps"},
        "done": TEXT | {"description": "What is said when it is done."},
        "already": TEXT | {"description": "What is said instead where nothing had to be changed."},
        "hand_over": TEXT | {"description": "The on-call schedule that gets what cannot be finished."},
        "home": {
            "type": "string",
            "pattern": f"^.{{1,{parse.HOME_LENGTH}}}$",
            "description": "The label of a button on the App Home.",
        },
        "examples": {"type": "array", "items": {"$ref": "#/$defs/example"}, "minItems": 1},
    }


def _need() -> Schema:
    amount: Schema = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^\d{1,4}[mhdw]$"}]}
    labels = {"type": "object", "additionalProperties": TEXT, "minProperties": 1}
    return {
        "from": {"enum": list(parts.SOURCES)},
        "ask": TEXT | {"description": "The question, as people would ask it."},
        "default": {"anyOf": [TEXT, {"type": "number"}], "description": "What is assumed where the words say nothing."},
        "choices": {"anyOf": [TEXTS, labels]},
        "unit": TEXT | {"description": "Of a number: GB."},
        "least": amount | {"description": "A number, or a span such as 30m."},
        "most": amount,
        "matches": TEXT | {"description": "A pattern that the whole of a text must have."},
    }


def _precondition() -> Schema:
    return {"holds": {"$ref": "#/$defs/expression"}, "else": TEXT | {"description": "What is said where it does not hold."}}


def _step(tools: Collection[str]) -> Schema:
    expression = {"$ref": "#/$defs/expression"}
    return {
        "id": TEXT | {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
        "title": TEXT | {"description": "What people see while it runs."},
        "tool": {"enum": sorted(tools)},
        "args": {"type": "object", "additionalProperties": expression},
        "when": expression | {"description": "The step is left out unless this holds."},
        "expect": expression | {"description": "Must hold for what the step found."},
        "until": expression | {"description": "Holds sooner or later: until then the look is taken again."},
        "within": {"type": "string", "pattern": WAIT, "description": "How long it is waited at most."},
        "every": {"type": "string", "pattern": WAIT, "description": "How long it is waited between two looks."},
        "undo": {"$ref": "#/$defs/undo"},
        "each": expression | {"description": "A list; in the loop `item` is its element at hand."},
        "most": {"type": "integer", "minimum": 1, "maximum": steps.AT_MOST, "description": "A longer list is refused whole."},
        "steps": {"$ref": "#/$defs/steps"},
        "runbook": TEXT | {"description": "Its id."},
        "with": {"type": "object", "additionalProperties": expression, "description": "Its needs."},
    }


def _example() -> Schema:
    anything: Schema = {"type": "object"}
    return {
        "says": {"anyOf": [TEXT, TEXTS], "description": "One phrasing or several, each run on its own."},
        "as": TEXT | {"description": "Who asks; ana when left out."},
        "given": anything | {"description": "How things stand at first."},
        "reason": TEXT | {"description": "What the requester writes where the policy wants to know why."},
        "approves": TEXT | {"description": "Who presses Approve."},
        "answers": anything | {"description": "What is replied when a need is asked for."},
        "then": anything | {"description": "What must be true in the end."},
        "steps": {"type": "array", "items": TEXT, "description": "The steps that are taken, in their order."},
        "approvals": {
            "type": "object",
            "additionalProperties": {"anyOf": [TEXT, TEXTS]},
            "description": "By step, the policies for which somebody is asked there, the requester too.",
        },
    }


def _object(keys: Iterable[str], words: Mapping[str, Schema], needed: Collection[str], what: str = "") -> Schema:
    """An object of exactly these keys. Raises KeyError for one without words."""
    told = {"description": what} if what else {}
    return {
        **told,
        "type": "object",
        "properties": {key: words[key] for key in keys},
        "required": list(needed),
        "additionalProperties": False,
    }
