"""A window in which a call is read for which a card has no room, page by page, with the yes at the end of the last. Pure.

Whose yes would be taken the core says when a page is asked for, and once more when the yes is sent.
"""

import hashlib
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


ANEW = ":warning: Something was added or changed while you read. Please read it from the beginning."


def pages(made: Sequence[Block]) -> list[list[Block]]:
    """The blocks in their order, as many on a page as it holds; there is always a page."""
    found: list[list[Block]] = [[]]
    for block in made:
        if found[-1] and (len(found[-1]) >= PAGE_BLOCKS or weight([*found[-1], block]) > PAGE_TEXT):
            found.append([])
        found[-1].append(block)
    return found


def view(content: Mapping[str, Any], page: int, vote: Vote, at: Place, url: str = "", read: str = "") -> Block:
    """A page of the card (`bot.approvals.card.card`), counted from 0: the last has the yes, for whoever may give it.

    `read`: the stamp of the pages before it, as they were read. Where they are others by now, pieces may have gone over to a page that
    was left already, so that it is read from its beginning.
    """
    all_ = pages(cards.everything(content, url))
    anew = page > 0 and (page >= len(all_) or _stamp(all_[:page]) != read)
    page = 0 if anew else page
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
        "private_metadata": packed({**asdict(vote), "at": asdict(at), "page": page, "read": _stamp(all_[: page + 1])}),
        "blocks": [*([blocks.section(ANEW)] if anew else []), *all_[page]],
    }


def _stamp(read: Sequence[Sequence[Block]]) -> str:
    return hashlib.sha256(json.dumps(read, sort_keys=True).encode()).hexdigest()[:12]


def told(text: str) -> Block:
    """In its place, why there is nothing more to read."""
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "title": plain(cards.READ_ALL),
        "close": plain("Close"),
        "blocks": blocks.paragraphs(blocks.escape(text)),
    }


def sent(body: Json, me: Identity) -> tuple[Vote, Place, int, str]:
    """What was read, where to answer, the page that was left, and the stamp of all up to it; a vote that names a digest is the yes. Raises Malformed."""
    vote, at, _ = dialogs.submitted(body, me)
    try:
        kept = json.loads(str(body["view"]["private_metadata"]))
        return vote, at, int(kept["page"]), str(kept["read"])
    except (KeyError, TypeError, ValueError) as error:
        raise Malformed("a view that is not ours") from error
