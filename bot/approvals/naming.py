"""Names that people know in the place of ids, in the sentence that says what a call would do. Pure.

The exact ids stand with the call's arguments; here is what somebody reads first.
"""

import re
from collections.abc import Mapping

from bot.domain import Call

BY_NAME = frozenset({"account", "app", "item", "licence", "list", "person"})
"""Kinds of things that people call by their name; of the others (a ticket, a deployment, a device) they know the id."""
_QUOTED = re.compile(r"(“[^”]*”)")


def named(sentence: str, arguments: Mapping[str, object], names: Mapping[str, str]) -> str:
    """The sentence with a name wherever an argument's whole value stands; what is quoted stays as somebody wrote it."""
    known = {value: names[value] for value in arguments.values() if isinstance(value, str) and names.get(value)}
    if not known:
        return sentence
    any_ = "|".join(re.escape(one) for one in sorted(known, key=len, reverse=True))
    token = re.compile(rf"(?<![\w./-])(?:{any_})(?![\w/-]|\.\w)")
    parts = _QUOTED.split(sentence)
    return "".join(part if at % 2 else token.sub(lambda found: known[found[0]], part) for at, part in enumerate(parts))


def told(text: str, call: Call) -> str:
    """What was found of a call, with the names that were written down with it."""
    return named(text, call.arguments, {**of_thing(call.resource), **dict(call.resource.get("people") or {})})


def of_thing(resource: Mapping[str, object]) -> dict[str, str]:
    """{id: name} of what is touched, where people call it by its name."""
    id_, label = str(resource.get("id") or ""), str(resource.get("label") or "")
    return {id_: label} if id_ and label and resource.get("kind") in BY_NAME else {}
