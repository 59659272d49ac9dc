"""Whether a post whose fate is unknown stands in Slack already: by its metadata, its blocks' ids, or its very text."""

import html
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.outbox import Sending
from bot.slack.looks import Look, block_prefix

EVENT_TYPE = "deskhand_post"
PAGES, PAGE = 10, 200
TOLD_BY = 60
"""So many letters and digits of its beginning tell streamed words from others; Slack gives them back in a form of its own."""
SLACK_SECONDS = 120.0
"""How far Slack's clock and ours may be apart when we look for what was posted since."""


@dataclass(frozen=True, slots=True)
class Trace:
    """A message of ours that is this post. `version` is 0 where it cannot be told."""

    ts: str
    version: int


class LookIncomplete(Exception):
    """There is more to look through than we do at once."""


def metadata(key: str, version: int) -> dict[str, Any]:
    """What goes along with a message, unseen. https://docs.slack.dev/messaging/message-metadata/"""
    return {"event_type": EVENT_TYPE, "event_payload": {"key": key, "version": version}}


async def find(client: AsyncWebClient, sending: Sending, channel: str, looks: list[Look]) -> Trace | None:
    """Look through the thread, or the channel, for the post. Raises what the client raises, and LookIncomplete."""
    since = sending.created.timestamp() - SLACK_SECONDS
    texts = {look.text for look in looks}
    by_text: Trace | None = None
    async for message in _of_ours(client, sending.post.thread, channel, since):
        known = _known(message, sending.post.key)
        if known is not None:
            return known
        if _bare(message) and message.get("text") in texts and float(message["ts"]) >= since:
            by_text = Trace(str(message["ts"]), 0)
    return by_text


async def words(client: AsyncWebClient, thread: str, channel: str, since: float, text: str, other_than: str = "") -> str:
    """The ts of a message of ours that began with this text and bears no mark; empty when there is none. Raises like `find`."""
    found = ""
    async for message in _of_ours(client, thread, channel, since - SLACK_SECONDS):
        ts = str(message["ts"])
        if ts != other_than and _bare(message) and _letters(str(message.get("text") or "")) == _letters(text):
            found = max(found, ts)
    return found


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", html.unescape(text))[:TOLD_BY]


def _bare(message: Mapping[str, Any]) -> bool:
    return not message.get("metadata") and not _ours_by_blocks(message)


async def _of_ours(client: AsyncWebClient, thread: str, channel: str, since: float) -> AsyncIterator[Mapping[str, Any]]:
    us = await client.auth_test()
    mine = {str(us.get("user_id") or ""), str(us.get("bot_id") or "")} - {""}
    async for message in _messages(client, thread, channel, since):
        if mine & {str(message.get("user") or ""), str(message.get("bot_id") or "")}:
            yield message


def _known(message: Mapping[str, Any], key: str) -> Trace | None:
    ts, told = str(message.get("ts") or ""), message.get("metadata") or {}
    payload = told.get("event_payload") or {}
    if told.get("event_type") == EVENT_TYPE and payload.get("key") == key:
        return Trace(ts, int(payload.get("version") or 0))
    for block in message.get("blocks") or ():
        block_id = str(block.get("block_id") or "")
        if block_id.startswith(block_prefix(key)):
            version = block_id.removeprefix(block_prefix(key)).split(".")[0]
            return Trace(ts, int(version) if version.isdigit() else 0)
    return None


def _ours_by_blocks(message: Mapping[str, Any]) -> bool:
    """Whether the message carries the mark of some post of ours; if it is another one's, an equal text proves nothing."""
    return any(str(block.get("block_id") or "").startswith("dh.") for block in message.get("blocks") or ())


async def _messages(client: AsyncWebClient, thread: str, channel: str, since: float) -> AsyncIterator[Mapping[str, Any]]:
    cursor: str | None = None
    for _ in range(PAGES):
        if thread:
            answer = await client.conversations_replies(
                channel=channel, ts=thread, oldest=f"{since:.6f}", limit=PAGE, cursor=cursor, include_all_metadata=True
            )
        else:
            answer = await client.conversations_history(
                channel=channel, oldest=f"{since:.6f}", limit=PAGE, cursor=cursor, include_all_metadata=True
            )
        for message in answer.get("messages") or ():
            yield message
        cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            return
    raise LookIncomplete(f"more than {PAGES * PAGE} messages since")
