"""A row of the audit: what it may hold, and the one way to write it down for a digest. Pure.

It holds ids, states and digests. What has the look of words is kept as its digest only, so that no text gets in by way of a name
that somebody chose.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

ID = re.compile(r"[\w.@:+/#~=-]{0,200}")
"""What an id looks like: no blank, no sentence. `sha256:…` is one, so twice is as once."""


@dataclass(frozen=True, slots=True)
class Record:
    """A row as it stands in the table."""

    position: int
    at: datetime
    what: str
    case: str
    data: Mapping[str, Any]


def ids_only(value: Any) -> Any:
    """The same JSON value with every string that is no id replaced by its digest."""
    if isinstance(value, Mapping):
        return {str(key): ids_only(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [ids_only(one) for one in value]
    if isinstance(value, str) and not ID.fullmatch(value):
        return hidden(value)
    return value


def hidden(text: str) -> str:
    """A text by its digest."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def moment(at: datetime) -> str:
    """A time as it is digested and exported: UTC, to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and without blanks, as UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest(record: Record) -> str:
    """SHA-256 of all that the row says, in hex. Its position is in the seal instead, so a moved row is told from a changed one."""
    said = {"at": moment(record.at), "what": record.what, "case": record.case, "data": record.data}
    return hashlib.sha256(canonical(said)).hexdigest()
