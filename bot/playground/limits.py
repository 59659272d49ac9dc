"""Slack's limits on what an app may send, as a table and one walk over the blocks.

Sources: the Block Kit reference and `chat.postMessage`'s error list; the sum over a message's blocks is measured, not documented.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.playground import inputs

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
TEXT_CUT = 40_000
UPDATE_TEXT = 4_000
BLOCK_TEXT_SUM = 13_200
MARKDOWN_SUM = 12_000

TEXT_LIMITS = {
    ("section", "text"): 3000,
    ("section", "fields"): 2000,
    ("header", "text"): 150,
    ("context", "elements"): 3000,
    ("button", "text"): 75,
    ("alert", "text"): 200,
    ("input", "label"): 2000,
    ("confirm", "title"): 100,
    ("confirm", "text"): 300,
    ("option", "text"): 75,
    ("task_card", "title"): 300,
    ("plan", "title"): 300,
}
COUNTS = {("actions", "elements"): 25, ("context", "elements"): 10, ("section", "fields"): 10, ("plan", "tasks"): 50}
KNOWN = {
    "section", "divider", "header", "context", "actions", "context_actions", "markdown", "rich_text", "plan", "task_card",
    "alert", "input", "image", "file", "video", "table", "card", "carousel", "container",
}  # fmt: skip
REQUIRED = {
    "header": ("text",),
    "actions": ("elements",),
    "context": ("elements",),
    "markdown": ("text",),
    "plan": ("title",),
    "task_card": ("task_id", "title"),
    "input": ("label", "element"),
}


def wrong_blocks(blocks: Any, most: int = MESSAGE_BLOCKS) -> tuple[str, str] | None:
    """(error code, message) of the first thing that Slack would refuse; None when it would take them."""
    if not isinstance(blocks, list):
        return "invalid_blocks_format", "blocks must be a list"
    if len(blocks) > most:
        return "invalid_blocks", f"no more than {most} items allowed [json-pointer:/blocks]"
    ids = [block.get("block_id") for block in blocks if isinstance(block, Mapping) and block.get("block_id")]
    if len(set(ids)) < len(ids):
        return "invalid_blocks", "block_id is used twice"
    for position, block in enumerate(blocks):
        if problem := _wrong_block(block):
            return "invalid_blocks", f"{problem} [json-pointer:/blocks/{position}]"
    total = sum(len(text) for block in blocks for text in _texts(block))
    if total > BLOCK_TEXT_SUM:
        return "msg_blocks_too_long", f"the blocks hold {total} characters"
    if sum(len(block["text"]) for block in blocks if block["type"] == "markdown") > MARKDOWN_SUM:
        return "msg_too_long", "markdown blocks hold too much"
    return None


def _wrong_block(block: Any) -> str:
    if not isinstance(block, Mapping) or block.get("type") not in KNOWN:
        return f"unsupported type: {block.get('type') if isinstance(block, Mapping) else block!r}"
    kind = block["type"]
    for name in REQUIRED.get(kind, ()):
        if not block.get(name):
            return f"missing required field: {name}"
    if kind == "section" and not block.get("text") and not block.get("fields"):
        return "missing required field: text or fields"
    if len(str(block.get("block_id", ""))) > 255:  # noqa: PLR2004 - as the reference says
        return "block_id is longer than 255"
    for (owner, name), most in COUNTS.items():
        if owner == kind and len(block.get(name, ())) > most:
            return f"no more than {most} items allowed: {name}"
    seen = set()
    for element in _elements(block):
        if problem := _wrong_element(element):
            return problem
        if (action := element.get("action_id")) is not None:
            if action in seen:
                return f"action_id {action!r} is used twice"
            seen.add(action)
    for owner, name, text in _limited(block):
        longest = TEXT_LIMITS.get((owner, name))
        if longest and len(text) > longest:
            return f"must be less than {longest + 1} characters: {owner}.{name}"
        if not text and (owner, name) in TEXT_LIMITS:
            return f"must be more than 0 characters: {owner}.{name}"
    if kind == "input" and (problem := inputs.wrong(block["element"])):
        return problem
    return next((problem for task in block.get("tasks", ()) if (problem := _wrong_block({"type": "task_card", **task}))), "")


def _wrong_element(element: Mapping[str, Any]) -> str:
    if len(str(element.get("action_id", ""))) > 255 or len(str(element.get("value", ""))) > 2000:  # noqa: PLR2004
        return "action_id is longer than 255, or value longer than 2000"
    if element.get("type") == "static_select" and not 1 <= len(element.get("options", ())) <= 100:  # noqa: PLR2004
        return "a select has 1 to 100 options"
    if element.get("type") == "overflow" and not 1 <= len(element.get("options", ())) <= 5:  # noqa: PLR2004
        return "an overflow menu has 1 to 5 options"
    if element.get("type") == "button" and not element.get("text", {}).get("text"):
        return "a button needs text"
    return ""


def _elements(block: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if block["type"] in ("actions", "context_actions"):
        yield from block["elements"]
    for name in ("accessory", "element"):
        if name in block:
            yield block[name]


def _limited(block: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(owner, field, text) of everything that has a limit."""
    kind = block["type"]
    if kind in ("section", "header", "alert", "plan", "task_card"):
        name = "title" if kind in ("plan", "task_card") else "text"
        if name in block:
            yield kind, name, _text(block[name])
    for field in block.get("fields", ()) if kind == "section" else ():
        yield "section", "fields", _text(field)
    for element in block.get("elements", ()) if kind == "context" else ():
        if element.get("type") != "image":
            yield "context", "elements", _text(element)
    for element in _elements(block):
        if element.get("type") == "button":
            yield "button", "text", _text(element["text"])
            if confirm := element.get("confirm"):
                yield "confirm", "title", _text(confirm["title"])
                yield "confirm", "text", _text(confirm["text"])
        for option in element.get("options", ()):
            yield "option", "text", _text(option["text"])


def _texts(value: Any) -> Iterator[str]:
    """Every text of a block that people read."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key in ("text", "title") and isinstance(inner, str):
                yield inner
            else:
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value.get("text", ""))


def wrong_view(view: Any) -> str:
    """What Slack would refuse of a modal or home; empty when it would take it."""
    if not isinstance(view, Mapping) or view.get("type") not in ("modal", "home"):
        return "a view is a modal or a home"
    for name in ("title", "submit", "close"):
        if len(_text(view.get(name, ""))) > 24:  # noqa: PLR2004 - as the reference says
            return f"must be less than 25 characters: {name}"
    if len(view.get("private_metadata", "")) > 3000:  # noqa: PLR2004
        return "private_metadata is longer than 3000"
    problem = wrong_blocks(view.get("blocks"), VIEW_BLOCKS)
    return problem[1] if problem and problem[0] != "msg_blocks_too_long" else ""
