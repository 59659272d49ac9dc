"""What an answer of the model must be before anybody acts on it: whole, not withheld, and with calls that can be read."""

import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from langchain_core.messages import AIMessage

from bot.agent.faults import ModelAway, Reason

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
"""What the API lets a tool be called; another name in the history would make every later request invalid."""
THOUGHTS = re.compile(r"^\s*<think>.*?(?:</think>\s*|$)", re.DOTALL)
"""What some local models write before their answer; it is not meant for people."""
NO_TEXT = re.compile("[\0\ud800-\udfff]")
"""What stands in no text of a database: NUL, and halves of letters."""
LONGEST_NUMBER = 1e15
DEEPEST = 20
"""Lists and objects inside of each other, at most: no tool has such arguments, and nobody could read them on a card."""
CUT = frozenset({"length", "max_tokens", "max_output_tokens"})


def checked(message: AIMessage) -> tuple[AIMessage, bool]:
    """The answer with only those calls that can be read, and whether some were dropped. Raises ModelAway where nothing is left.

    Each call gets an id of ours: servers leave it out, repeat it (`call_0` in each answer), or make it longer than the API takes.
    """
    metadata = message.response_metadata
    finish = metadata.get("finish_reason") or (metadata.get("incomplete_details") or {}).get("reason")
    if _refusal(message):
        raise ModelAway(Reason.REFUSED)
    if finish == "content_filter":
        raise ModelAway(Reason.FILTERED)
    if finish in CUT:
        raise ModelAway(Reason.CUT)
    text = NO_TEXT.sub("", THOUGHTS.sub("", str(message.text)))
    calls = [call for call in message.tool_calls if NAME.fullmatch(call["name"] or "") and _readable(call["args"])]
    dropped = len(message.tool_calls) - len(calls) + len(message.invalid_tool_calls)
    if dropped and not calls:
        raise ModelAway(Reason.MALFORMED)
    if not calls and not any(unicodedata.category(letter)[0] not in "CZ" for letter in text):
        raise ModelAway(Reason.EMPTY)
    for call in calls:
        call["args"] = _kept(call["args"])
        call["id"] = f"call_{uuid4().hex[:24]}"
    kept = AIMessage(
        content=text,
        tool_calls=calls,
        response_metadata=metadata,
        usage_metadata=message.usage_metadata,
        id=message.id,
    )
    return kept, bool(dropped)


def _readable(arguments: Any) -> bool:
    """An object, and not too deep."""
    level: list[Any] = [arguments]
    for _ in range(DEEPEST):
        level = [
            one
            for outer in level
            for one in (outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ())
        ]
    return isinstance(arguments, dict) and not level


def _kept(value: Any) -> Any:
    """The same as JSON that can be kept: no letter that is none, and numbers that are too large, or are none, as their text."""
    match value:
        case str():
            return NO_TEXT.sub("", value)
        case Mapping():
            return {NO_TEXT.sub("", str(name)): _kept(one) for name, one in value.items()}
        case list() | tuple():
            return [_kept(one) for one in value]
        case int() if abs(value) > LONGEST_NUMBER:
            return f"a number of {value.bit_length()} bits"
        case float() if not math.isfinite(value) or abs(value) > LONGEST_NUMBER:
            return str(value)
        case _:
            return value


def _refusal(message: AIMessage) -> bool:
    blocks: list[Any] = message.content if isinstance(message.content, list) else []
    return bool(message.additional_kwargs.get("refusal")) or any(
        isinstance(block, dict) and block.get("type") == "refusal" for block in blocks
    )
