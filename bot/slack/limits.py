"""What Slack accepts, as a table, and `fit`, which makes a message keep to it: with a visible mark wherever something is cut.

The SDK's models do not check most of these. What draws a message stays within them by itself; this is the net below it.
Sources: Slack's Block Kit reference; the total over all blocks is undocumented and was seen at about 13,000 characters.
"""

from collections.abc import Sequence
from typing import Any

from bot.slack.blocks import CUT, Block, context, cut

TOP_TEXT = 3_900  # chat.update refuses more than 4,000
ALL_TEXT = 12_000
BLOCKS = 50
VIEW_BLOCKS = 100
VIEW_TEXT = 30_000  # of a modal or Home; not documented, far below the 250 KB of a whole view
SECTION_TEXT = 3_000
HEADER_TEXT = 150
CONTEXT_ELEMENTS = 10
ACTIONS = 25
BUTTON_TEXT = 75
BUTTON_VALUE = 2_000
OPTIONS = 100
OPTION_TEXT = 75
OPTION_VALUE = 150
OVERFLOW = 5
PLACEHOLDER = 150
TITLE = 150
TASKS = 50
TASK_DETAIL = 500
ID = 255

_CUT_BLOCK = context(CUT)


def fit(blocks: Sequence[Block], *, most: int = BLOCKS, text: int = ALL_TEXT) -> list[Block]:
    """The same blocks within every limit. Buttons are kept when text has to give way."""
    fitted = [made for made in map(_fitted, blocks) if made is not None]
    interactive = sum(_kept_always(block) for block in fitted)
    room, budget = most - interactive - 1, text - len(CUT) - sum(weight(b) for b in fitted if _kept_always(b))
    kept: list[Block] = []
    full = False
    for block in fitted:
        if _kept_always(block):
            kept.append(block)
            continue
        if full:
            continue
        size = weight(block)
        if room <= 0 or size > budget:
            full = True
            if room > 0 and block["type"] == "section" and "text" in block:
                kept.append({**block, "text": _text(block["text"], max(budget, len(CUT)))})
            kept.append(_CUT_BLOCK)
            continue
        kept.append(block)
        room, budget = room - 1, budget - size
    return kept[:most]


def weight(thing: Any) -> int:
    """The characters that Slack counts as text."""
    if isinstance(thing, dict):
        return sum(len(v) if k in ("text", "title") and isinstance(v, str) else weight(v) for k, v in thing.items())
    return sum(map(weight, thing)) if isinstance(thing, list | tuple) else 0


def _kept_always(block: Block) -> bool:
    return bool(block["type"] == "actions")


def _fitted(block: Block) -> Block | None:
    """One block within its own limits; None for one with nothing in it."""
    match block["type"]:
        case "section":
            return {**block, "text": _text(block["text"], SECTION_TEXT)} if block["text"]["text"].strip() else None
        case "header":
            return {**block, "text": _text(block["text"], HEADER_TEXT)} if block["text"]["text"].strip() else None
        case "context":
            elements = [_text(one, SECTION_TEXT) for one in block["elements"] if one["text"].strip()]
            return {**block, "elements": elements[:CONTEXT_ELEMENTS]} if elements else None
        case "actions":
            usable = [made for made in map(_element, block["elements"]) if made is not None]
            return {**block, "elements": usable[:ACTIONS]} if usable else None
        case "plan":
            return {**block, "title": cut(block["title"], TITLE), "tasks": [_task(one) for one in block["tasks"][:TASKS]]}
        case _:
            return block


def _text(text: Block, most: int) -> Block:
    return {**text, "text": cut(text["text"], most)}


def _element(element: Block) -> Block | None:
    """A button or a list within its limits; a value cannot be cut, so an element whose value is too long is left out."""
    if len(element["action_id"]) > ID:
        return None
    if element["type"] == "static_select":
        options = [
            {**option, "text": _text(option["text"], OPTION_TEXT)}
            for option in element["options"]
            if 0 < len(option["value"]) <= OPTION_VALUE and option["text"]["text"].strip()
        ]
        if not options:
            return None
        return {**element, "placeholder": _text(element["placeholder"], PLACEHOLDER), "options": options[:OPTIONS]}
    if element["type"] == "overflow":
        options = [
            {**one, "text": _text(one["text"], OPTION_TEXT)} for one in element["options"] if len(one["value"]) <= OPTION_VALUE
        ]
        return {**element, "options": options[:OVERFLOW]} if options else None
    if len(element["value"]) > BUTTON_VALUE or not element["text"]["text"].strip():
        return None
    return {**element, "text": _text(element["text"], BUTTON_TEXT)}


def _task(task: Block) -> Block:
    return {**task, "title": cut(task["title"], TITLE)}
