"""What the policy language knows of the tools and of the names in conditions."""

from collections.abc import Mapping
from typing import Any

from bot.expressions import Kind
from tools.contract import Effect, Tool, schema

NAMES = (
    *((f"principal.{name}", Kind.STRING) for name in ("id", "name", "email", "department", "title", "manager", "kind", "zone")),
    ("beneficiary", Kind.STRING),
    *((f"resource.{name}", Kind.STRING) for name in ("kind", "id", "label", "owner")),
    ("resource.facts", Kind.MAP),
    *((f"tool.{name}", Kind.STRING) for name in ("name", "effect", "system")),
    ("tool.reversible", Kind.BOOL),
    *((f"case.{name}", Kind.STRING) for name in ("kind", "channel")),
    ("case.runbooks", Kind.LIST),
    ("now", Kind.TIMESTAMP),
)
PROPERTIES = ("effect", "reversible", "system", "server")
"""By which a policy may choose tools."""


def shape(tool: Tool[Any]) -> dict[str, Any]:
    return {
        "effect": str(tool.effect),
        "reversible": tool.reversible,
        "system": tool.system,
        "server": getattr(tool, "server", ""),
        "args": kinds(tool),
    }


def kinds(tool: Tool[Any]) -> dict[str, Kind]:
    """Argument → kind, from the tool's own schema."""
    named = {"string": Kind.STRING, "integer": Kind.INT, "number": Kind.DOUBLE, "boolean": Kind.BOOL, "array": Kind.LIST}
    properties = schema(tool.arguments).get("properties", {})
    return {name: named.get(body.get("type"), Kind.DYN) for name, body in properties.items()}


def irreversible(shaped: Mapping[str, Any]) -> bool:
    return shaped["effect"] == Effect.CHANGE and not shaped["reversible"]


def values(name: str, tools: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What the tools have for a property."""
    return sorted({str(tool[name]) for tool in tools.values() if tool[name] != ""})
