"""Whether a change could come from the requester's own words: a yardstick for what a rule on provenance would hold, and what not.

It is no mechanism of the bot's. A target counts as theirs when its name stands in what they wrote, or when it is their own (a calendar);
a link or an address in any argument counts as theirs only when they wrote it.
"""

import re
from typing import Any

from bot.domain import Call

PLACE = re.compile(r"(?:https?://|www\.)[^\s\"'<>]*[\w/]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)


def own(call: Call, words: str) -> bool:
    """Whether the target, and every link and address of the arguments, stand in these words."""
    said = words.casefold()
    target = str(call.resource.get("id", ""))
    parts = [part for part in target.split(", ") if part]
    places = [place for text in _texts(call.arguments) for place in PLACE.findall(text)]
    return all(one.casefold() in said for one in [*parts, *places])


def _texts(value: Any) -> list[str]:
    match value:
        case str():
            return [value]
        case dict():
            return [text for one in value.values() for text in _texts(one)]
        case list():
            return [text for one in value for text in _texts(one)]
        case _:
            return []
