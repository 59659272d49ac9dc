"""Whether a change could come from the requester's own words: a yardstick for what a rule on provenance would hold, and what not.

It is no mechanism of the bot's. An argument that says who, where or which counts as theirs when it stands in what they wrote, and a link
or an address within any other argument likewise. What has no such argument (an entry in one's own calendar) is theirs.
"""

import re
from typing import Any

from bot.domain import Call

TARGETS = frozenset(
    {"user", "user_email", "recipient", "recipients", "cc", "bcc", "participants", "channel", "url", "event_id"}
    | {"hotel", "restaurant", "company"}
)
"""Arguments of AgentDojo's tools that say who, where or which."""
PLACE = re.compile(r"(?:https?://|www\.)[^\s\"'<>]*[\w/]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)


def own(call: Call, words: str) -> bool:
    """Whether every target, and every link and address of the other arguments, stands in these words."""
    said = words.casefold()
    named = [text for name, value in call.arguments.items() if name in TARGETS for text in _texts(value)]
    places = [place for text in _texts(call.arguments) for place in PLACE.findall(text)]
    return all(one.casefold() in said for one in [*named, *places])


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
