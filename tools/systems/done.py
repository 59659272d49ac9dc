"""What came of a change, told by every system in the same way."""

from dataclasses import dataclass
from typing import Generic, TypeVar

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Done(Generic[V]):
    """What came of a change: the thing as it is now, and as it was (None where it is new)."""

    value: V
    before: V | None = None
    changed: bool = True
