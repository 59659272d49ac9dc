"""Times as a model writes them: without a zone they are meant where the requester is, and a bare day lasts until its end. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

BARE_DAY = len("2026-11-27")


def placed(arguments: Mapping[str, Any], schema: Mapping[str, Any], zone: str) -> dict[str, Any]:
    """The arguments with every time that has no offset put into this zone; `schema` is the tool's JSON Schema."""
    known = schema.get("properties", {})
    return {name: _placed(value, zone) if _is_time(known.get(name, {})) else value for name, value in arguments.items()}


def aware(text: str) -> datetime | None:
    """A time with its offset, in UTC; None for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo is not None else None


def _is_time(schema: Mapping[str, Any]) -> bool:
    return any(one.get("format") == "date-time" for one in (schema, *schema.get("anyOf", ())))


def _placed(value: Any, zone: str) -> Any:
    """What cannot be read as a time is left to the tool to refuse."""
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return value
    if moment.tzinfo is not None:
        return value
    if len(value.strip()) == BARE_DAY:
        moment = datetime.combine(moment, time(23, 59, 59))
    return moment.replace(tzinfo=ZoneInfo(zone)).isoformat()
