"""What the model costs, as values."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Usage:
    """What one attempt to ask the model came to: `state` is ok, `partly malformed` or why there was no use in it.

    Tokens `read` include those `cached`. `cost` in US dollars is never too low: cached tokens are counted at the full price.
    """

    model: str
    state: str
    read: int = 0
    cached: int = 0
    written: int = 0
    cost: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ModelCall:
    """An attempt as a row: for which case, and when."""

    case: str
    at: datetime
    usage: Usage


@dataclass(frozen=True, slots=True)
class Spent:
    """What a case has cost so far."""

    calls: int = 0
    tokens: int = 0
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What one case may cost at most; past that the runbooks are followed without the model."""

    calls: int = 40
    tokens: int = 400_000
    cost: float = 2.0  # US dollars, where prices are known

    def passed(self, spent: Spent) -> str:
        """Which limit the case has come to, as the setting's name; empty while it may go on."""
        if spent.calls >= self.calls:
            return "MODEL_CALLS_PER_CASE"
        if spent.tokens >= self.tokens:
            return "MODEL_TOKENS_PER_CASE"
        return "MODEL_COST_PER_CASE" if spent.cost >= self.cost else ""
