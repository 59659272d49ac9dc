"""What the model costs, as values."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ModelCall:
    """The model was asked once. `state`: ok, or why there was no use in it; tokens `read` include those `cached`; `cost` in USD."""

    case: str
    model: str
    state: str
    at: datetime
    read: int = 0
    cached: int = 0
    written: int = 0
    cost: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Spent:
    """What a case has cost so far."""

    calls: int = 0
    tokens: int = 0
    cost: float = 0.0
