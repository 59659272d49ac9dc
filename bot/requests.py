"""A message as the requests in it, found by retrieval. Retrieved text decides nothing but which runbook is looked at."""

import re
from dataclasses import dataclass

from bot.ports import Found, Knowledge

PIECES = re.compile(r"(?:[.;!?\n]+|,?\s+(?:and also|also|plus)\s+|,\s*and\s+|,\s+)", re.IGNORECASE)
MOST = 5


@dataclass(frozen=True, slots=True)
class Request:
    """One thing asked: its words, and the runbooks found for them, best first (at least one, above the floor)."""

    words: str
    found: list[Found]


@dataclass(frozen=True, slots=True)
class Understanding:
    requests: list[Request]
    unknown: list[str]


async def understand(text: str, search: Knowledge) -> Understanding:
    """The requests of a message, at most five."""
    whole = await search.search(text)
    pieces = [piece.strip() for piece in PIECES.split(text) if len(piece.split()) > 1][:MOST]
    by_book: dict[str, Request] = {}
    if len(pieces) > 1:
        for piece in pieces:
            found = await search.search(piece)
            if found and found[0].cosine >= search.floor:
                before = by_book.get(found[0].runbook)
                words = f"{before.words}, {piece}" if before else piece
                by_book[found[0].runbook] = Request(words, found)
    if len(by_book) > 1:
        return Understanding(list(by_book.values()), [])
    if whole and whole[0].cosine >= search.floor:
        return Understanding([Request(text, whole)], [])
    if by_book:
        return Understanding([Request(text, next(iter(by_book.values())).found)], [])
    return Understanding([], [])
