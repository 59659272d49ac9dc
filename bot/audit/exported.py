"""Rows and seals of the audit as JSON for others: in our own words, or as OCSF events. Pure. The fields stand in docs/audit.md."""

from collections.abc import Mapping
from typing import Any

import bot
from bot.audit.chain import Seal
from bot.audit.record import Record, digest, moment

Line = dict[str, Any]

OCSF_VERSION = "1.3.0"
API_ACTIVITY = 6003
"""OCSF's class API Activity, of the category Application Activity."""
CREATE, READ, UPDATE, DELETE, OTHER = 1, 2, 3, 4, 99
SUCCESS, FAILURE, NEITHER = 1, 2, 99
WORKED = ("done", "verified", "approved", "used")
UNDECIDED = ("waiting", "started", "unknown", "taken_over")
ACTED = ("refused", "taken", "done", "given_back", "later", "principal", "lifted_by", "by")
"""Where it stands who acted, the first that there is."""


def row(record: Record, seal: int | None) -> Line:
    """A row; `seal` is null while it waits for one."""
    return {
        "position": record.position,
        "at": moment(record.at),
        "what": record.what,
        "case": record.case,
        "data": dict(record.data),
        "seal": seal,
        "digest": digest(record),
    }


def seal(one: Seal) -> Line:
    """A seal, behind the rows that it seals."""
    return {
        "what": "seal",
        "seal": one.number,
        "at": moment(one.at),
        "previous": one.previous,
        "rows": [[position, had] for position, had in one.rows],
        "digest": one.digest,
    }


def ocsf(record: Record, number: int | None) -> Line:
    """A row as an API Activity: who did what to which thing, and whether it came about; all of the row stands in `unmapped`."""
    data = record.data
    activity, operation = _activity(record.what, data)
    kind, _, name = str(data.get("resource", "")).partition(":")
    touched = [(kind, name), ("case", record.case), ("policy", str(data.get("version", "")))]
    return {
        "category_uid": API_ACTIVITY // 1000,
        "class_uid": API_ACTIVITY,
        "activity_id": activity,
        "type_uid": API_ACTIVITY * 100 + activity,
        "severity_id": 1,
        "time": int(record.at.timestamp() * 1000),
        "status_id": _status(data),
        "actor": {"user": {"uid": _who(data)}},
        "api": {"operation": operation, "service": {"name": str(data.get("system") or "deskhand")}},
        "src_endpoint": {"name": str(data.get("via") or data.get("replica") or "slack")},
        "resources": [{"type": what, "uid": uid} for what, uid in touched if what and uid],
        "metadata": {
            "version": OCSF_VERSION,
            "uid": str(record.position),
            "product": {"name": "Deskhand", "vendor_name": "Deskhand", "version": bot.__version__},
        },
        "unmapped": row(record, number),
    }


def _activity(what: str, data: Mapping[str, Any]) -> tuple[int, str]:
    match what:
        case "call":
            return (READ if data.get("effect") == "read" else UPDATE), str(data.get("tool", ""))
        case "approval" | "confirmation":
            return UPDATE, f"{what}.{data.get('state', '')}"
        case "policy":
            return UPDATE, "policy"
        case "freeze":
            return (DELETE, "unfreeze") if "lifted_by" in data else (CREATE, "freeze")
        case "read":
            return READ, f"audit.{data.get('of', '')}"
        case "forget" | "retention":
            return DELETE, what
        case _:
            return OTHER, what


def _status(data: Mapping[str, Any]) -> int:
    state = str(data.get("state", ""))
    if "refused" in data:
        return FAILURE
    if not state or state in WORKED:
        return SUCCESS
    return NEITHER if state in UNDECIDED else FAILURE


def _who(data: Mapping[str, Any]) -> str:
    """Who acted: the principal, whoever answered last, or whoever gave the command."""
    votes = data.get("votes") or [{}]
    found = (data.get(name) for name in ACTED)
    return next((str(one) for one in found if one and one is not True), str(votes[-1].get("by", ""))) or "deskhand"
