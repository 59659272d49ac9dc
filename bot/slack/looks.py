"""How a post looks in Slack, from the best to the plainest. Pure, and it never raises: words get through whatever else fails.

Each rung is tried when Slack refuses the one above: newer blocks, then sections, then text alone.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from bot.domain import Post, PostKind
from bot.slack import answers, blocks, cards, confirms
from bot.slack.blocks import Block
from bot.slack.limits import ALL_TEXT, TOP_TEXT, fit

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """One way to show a post. `text` is always there: for notifications, screen readers, and Slacks that know no blocks."""

    text: str
    blocks: tuple[Block, ...] = ()


def looks(post: Post, version: int, url: str = "") -> list[Look]:
    """All the ways to show the post, best first. `url` is the workspace's, for links to messages."""
    try:
        text, rungs, words = _drawn(post.kind, post.content, url)
        made = [Look(blocks.cut(text, TOP_TEXT), _stamped(fit(rung), post.key, version)) for rung in rungs if rung]
        return [*made, Look(blocks.cut(words or text or "…", TOP_TEXT))]
    except Exception:
        log.exception("a post could not be drawn", key=post.key)
        reference = f" Reference: {blocks.escape(post.case)}." if post.case else ""
        return [Look(f"I have news for you, but I could not show it here.{reference}")]


def block_prefix(key: str) -> str:
    """How the ids of all blocks of a post begin, whatever its version: by it a message is known again as that post."""
    return f"dh.{hashlib.sha256(key.encode()).hexdigest()[:24]}."


def _stamped(made: list[Block], key: str, version: int) -> tuple[Block, ...]:
    """Slack wants ids that are unique in a message and new with every update."""
    return tuple({**block, "block_id": f"{block_prefix(key)}{version}.{number}"} for number, block in enumerate(made))


def _drawn(kind: PostKind, content: Mapping[str, Any], url: str) -> tuple[str, list[list[Block]], str]:
    """(top-level text, rungs of blocks, words for when no block goes through)."""
    match kind:
        case PostKind.PLAN:
            plain = answers.plan_in_words(content)
            return answers.plan_text(content), [answers.plan(content), plain], _words(plain)
        case PostKind.ANSWER:
            made = answers.answer(content)
            return answers.answer_text(content), [made], _words(made)
        case PostKind.QUESTION:
            made = answers.question(content)
            return answers.mrkdwn(str(content.get("text", ""))), [made], _words(made)
        case PostKind.CARD:
            made, plain = cards.card(content, url), cards.in_words(content, url)
            return cards.text(content), [made, plain], _words(plain)
        case PostKind.CONFIRM:
            made = confirms.confirm(content)
            return confirms.text(content), [made], _words(made)
        case PostKind.PRIVATE:
            text = answers.mrkdwn(str(content.get("text", "")))
            return text, [answers.private(content)], answers.private_in_words(content)
        case PostKind.NOTE:
            made = answers.note(content)
            return answers.mrkdwn(str(content.get("text", ""))), [made], _words(made)


def _words(made: list[Block]) -> str:
    """What blocks say, without them; choices that were buttons are named."""
    lines = []
    for block in made:
        if block["type"] == "section":
            lines.append(block["text"]["text"])
        elif block["type"] == "context":
            lines += [one["text"] for one in block["elements"]]
    return blocks.cut("\n".join(lines), ALL_TEXT)
