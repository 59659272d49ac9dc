"""The most that an argument may be. Pure."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.gate.model import Maximum

DAY = timedelta(days=1)


def beyond(maximum: Maximum, args: Mapping[str, Any], now: datetime, zone: str) -> str:
    """Why the argument is more than it may be, for the requester; empty when it is not.

    A time that is not given has no end, and a value that cannot be read is not known to be small: both are beyond.
    """
    name, value = maximum.argument, args.get(maximum.argument)
    if isinstance(maximum.most, timedelta):
        return "" if _soon_enough(value, maximum.most, now, zone) else f"{_word(name)} may be at most {maximum.said} from now."
    small = isinstance(value, int | float) and not isinstance(value, bool) and value <= maximum.most
    return "" if small else f"{_word(name)} may be at most {maximum.said}."


def _soon_enough(value: Any, most: timedelta, now: datetime, zone: str) -> bool:
    """Days end, and times without an offset are meant, where the requester is.

    Whole days are counted by the calendar: the last of them counts until its end.
    """
    try:
        local = ZoneInfo(zone)
        today = now.astimezone(local).date()
        if len(value) == len("2026-11-27"):
            day = date.fromisoformat(value)
            until = datetime.combine(day + DAY, time(), local)
        else:
            until = datetime.fromisoformat(value)
            until = until if until.tzinfo is not None else until.replace(tzinfo=local)
            day = until.astimezone(local).date()
        return until <= now + most or (not most % DAY and day <= today + most)
    except (TypeError, ValueError, OverflowError, KeyError, OSError):
        return False


def _word(argument: str) -> str:
    return f"“{argument.replace('_', ' ')}”"
