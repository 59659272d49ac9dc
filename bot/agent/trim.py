"""A conversation too long for the model made shorter. Pure.

INVARIANT: no word of the requester is lost, no call loses its answer, and what waits for a person stays whole.
Tokens are reckoned from bytes, generously: no tokenizer is loaded, and every server counts in its own way.
"""

import json
from collections.abc import Callable, Sequence

from langchain_core.messages import AIMessage, AnyMessage, ToolMessage

BYTES_PER_TOKEN = 3.5
PER_MESSAGE = 6
LATEST = 6
"""Messages at the end that are left as they are."""
SHORT = 160
"""Characters that stay of an old answer of ours."""


def tokens(messages: Sequence[AnyMessage]) -> int:
    """About how many tokens these messages are."""
    return round(sum(PER_MESSAGE + len(_text(message).encode()) / BYTES_PER_TOKEN for message in messages))


def trimmed(messages: Sequence[AnyMessage], most: int) -> list[AnyMessage]:
    """At most about so many tokens, as far as the invariant allows: old results first, then old calls, then old answers."""
    kept = list(messages)
    for shorten in (_results, _calls, _answers):
        if tokens(kept) <= most:
            break
        kept = shorten(kept, lambda rest: tokens(rest) <= most)
    return kept


def _results(messages: list[AnyMessage], enough: Callable[[list[AnyMessage]], bool]) -> list[AnyMessage]:
    """Results of old calls as their state alone."""
    kept = list(messages)
    for number, message in enumerate(kept[:-LATEST]):
        if isinstance(message, ToolMessage) and not _waits(message):
            kept[number] = message.model_copy(update={"content": _stub(message)})
            if enough(kept):
                break
    return kept


def _calls(messages: list[AnyMessage], enough: Callable[[list[AnyMessage]], bool]) -> list[AnyMessage]:
    """Whole old calls, each with its answers; those with an answer that waits stay."""
    kept = list(messages)
    at = 0
    while at < len(kept) - LATEST and not enough(kept):
        message = kept[at]
        if not (isinstance(message, AIMessage) and message.tool_calls):
            at += 1
            continue
        end = at + 1
        while end < len(kept) and isinstance(kept[end], ToolMessage):
            end += 1
        answers = kept[at + 1 : end]
        if end > len(kept) - LATEST or any(_waits(answer) for answer in answers):
            at = end
            continue
        del kept[at:end]
    return kept


def _answers(messages: list[AnyMessage], enough: Callable[[list[AnyMessage]], bool]) -> list[AnyMessage]:
    """The beginning of what we said long ago."""
    kept = list(messages)
    for number, message in enumerate(kept[:-LATEST]):
        if isinstance(message, AIMessage) and not message.tool_calls and len(message.text) > SHORT:
            kept[number] = message.model_copy(update={"content": f"{message.text[:SHORT]} […]"})
            if enough(kept):
                break
    return kept


def _waits(message: AnyMessage) -> bool:
    try:
        return bool(json.loads(_text(message)).get("state") == "waiting")
    except (ValueError, AttributeError):
        return False


def _stub(message: ToolMessage) -> str:
    try:
        state = json.loads(_text(message)).get("state", "")
    except (ValueError, AttributeError):
        state = ""
    return json.dumps({"state": state, "left out": "long ago"}) if state else json.dumps({"left out": "long ago"})


def _text(message: AnyMessage) -> str:
    calls = json.dumps(message.tool_calls, default=str) if isinstance(message, AIMessage) and message.tool_calls else ""
    content = message.content if isinstance(message.content, str) else json.dumps(message.content, default=str)
    return content + calls
