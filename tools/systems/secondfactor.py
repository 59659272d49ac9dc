"""What the bot asks of whoever knows how people prove who they are: that somebody confirms, with a second factor, that it is them.

It is no tool: no model and no runbook can ask for it, and it changes nothing but the challenge itself.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Challenge:
    """Asked of one person for one purpose. `code` is in the link that leads there; `passed`: they confirmed, and lately enough."""

    code: str
    expires: datetime
    passed: bool = False


class SecondFactor(Protocol):
    """Asks for a second factor and says whether it was given."""

    async def challenge(self, person: str, about: str, key: str) -> Challenge:
        """The challenge of this person (a handle) under this key: as it stands, or begun anew where there is none or it ran out.

        `about` is what they read where they confirm. Raises Refused where they have no such factor or may not try now,
        NotFound for nobody, SystemAway.
        """
