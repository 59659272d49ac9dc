"""When people are left in peace: nobody is reminded at night of what can wait until the morning. Pure."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.obligations import Owed

FROM, TO = time(22), time(7)
"""The night, where somebody is."""
URGENT = timedelta(hours=1)
"""What a policy wants answered within this does not wait for the morning."""


def urgent(owed: Sequence[Owed]) -> bool:
    """Whether any of it cannot wait."""
    return any(one.within <= URGENT for one in owed)


def wakes(now: datetime, zone: str) -> datetime | None:
    """When the night ends that it is in this zone (an IANA name that is known); None by day."""
    here = now.astimezone(ZoneInfo(zone))
    if TO <= here.time() < FROM:
        return None
    day = here.date() if here.time() < TO else here.date() + timedelta(days=1)
    return datetime.combine(day, TO, here.tzinfo)
