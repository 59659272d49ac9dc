"""A window in which a call is read for which a card has no room, page by page, with the yes at the end of the last. Pure.

Whose yes would be taken the core says when a page is asked for, and once more when the yes is sent.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from bot.slack import blocks, cards, dialogs
from bot.slack.blocks import Block, packed, plain
from bot.slack.clicks import Malformed, Place, Vote
from bot.slack.events import Identity, Json
from bot.slack.limits import weight

CALLBACK = "whole"
PAGE_TEXT, PAGE_BLOCKS = 15_000, 80
"""Of a page: far below the 100 blocks and 250 KB that Slack takes of a view, in whatever script it is written.
https://docs.slack.dev/reference/views/modal-views
"""


def pages(made: Sequence[Block]) -> list[list[Block]]:
    """The blocks in their order, as many on a page as it holds; there is always a page."""
    found: list[list[Block]] = [[]]
    for block in made:
        if found[-1] and (len(found[-1]) >= PAGE_BLOCKS or weight([*found[-1], block]) > PAGE_TEXT):
            found.append([])
        found[-1].append(block)
    return found


def view(content: Mapping[str, Any], page: int, vote: Vote, at: Place, url: str = "") -> Block:
    """A page of the card (`bot.approvals.card.card`), counted from 0: the last has the yes, for whoever may give it."""
    all_ = pages(cards.everything(content, url))
    page = min(page, len(all_) - 1)
    last = page + 1 == len(all_)
    yes = last and bool(content.get("may"))
    vote = replace(vote, digest=str(content.get("digest", "")) if yes else "")
    label = ("Do it" if content.get("own") else "Approve") if yes else "" if last else f"Next ({page + 2} of {len(all_)})"
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "title": plain(cards.READ_ALL),
        **({"submit": plain(label)} if label else {}),
        "close": plain("Close"),
        "private_metadata": packed({**asdict(vote), "at": asdict(at), "page": page}),
        "blocks": all_[page],
    }


def told(text: str) -> Block:
    """In its place, why there is nothing more to read."""
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "title": plain(cards.READ_ALL),
        "close": plain("Close"),
        "blocks": blocks.paragraphs(blocks.escape(text)),
    }


def sent(body: Json, me: Identity) -> tuple[Vote, Place, int]:
    """What was read, where to answer, and the page that was left; a vote that names a digest is the yes. Raises Malformed."""
    vote, at, _ = dialogs.submitted(body, me)
    try:
        return vote, at, int(json.loads(str(body["view"]["private_metadata"]))["page"])
    except (KeyError, TypeError, ValueError) as error:
        raise Malformed("a view that is not ours") from error
