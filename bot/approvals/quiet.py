"""When people are left in peace: nobody is reminded at night of what can wait until the morning. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.obligations import Owed

URGENT = timedelta(hours=1)
"""What a policy wants answered within this does not wait for the morning."""
NONE = "none"
_HOURS = re.compile(r"(\d{2}:\d{2})-(\d{2}:\d{2})")


@dataclass(frozen=True, slots=True)
class Night:
    """The hours in which nobody is reminded, by the clock where somebody is: often over midnight, and never both alike."""

    begins: time
    ends: time

    def holds(self, at: time) -> bool:
        if self.begins < self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends


def night(text: str) -> Night | None:
    """``22:00-07:00``; None for ``none``, where people are reminded at every hour. Raises ValueError."""
    if text.strip().lower() == NONE:
        return None
    match = _HOURS.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"no hours: {text!r}")
    begins, ends = (time.fromisoformat(one) for one in match.groups())
    if begins == ends:
        raise ValueError(f"no hours: {text!r}")
    return Night(begins, ends)


def urgent(owed: Sequence[Owed]) -> bool:
    """Whether any of it cannot wait."""
    return any(one.within <= URGENT for one in owed)


def wakes(now: datetime, zone: str, hours: Night | None) -> datetime | None:
    """When the night ends that it is in this zone (an IANA name that is known); None by day."""
    here = now.astimezone(ZoneInfo(zone))
    if hours is None or not hours.holds(here.time()):
        return None
    day = here.date() if here.time() < hours.ends else here.date() + timedelta(days=1)
    return datetime.combine(day, hours.ends, here.tzinfo)
