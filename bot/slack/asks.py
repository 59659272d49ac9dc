"""Requests that do not come as messages (typed after the command, or into the form): put into the person's direct messages.

What was asked is posted there first, so that there is a thread to answer in, and then taken like a message of that person. Somebody
else's words that it is about are shown beside it as theirs; they are never read as the request.
"""

from collections.abc import Mapping
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import Event, EventKind
from bot.ports import Desk
from bot.redaction import blank
from bot.slack import blocks
from bot.slack.events import Identity, conversation

log = structlog.get_logger(__name__)

LOST = "This did not reach me. Please write it to me here once more."
SHOWN = 6_000


class Asks:
    """Takes requests into direct messages."""

    def __init__(self, desk: Desk, client: AsyncWebClient, me: Identity) -> None:
        self._desk = desk
        self._client = client
        self._me = me

    async def ask(
        self,
        user: str,
        team: str,
        words: str,
        once: str,
        quoted: Mapping[str, str] | None = None,
        apart: Mapping[str, str] | None = None,
    ) -> None:
        """`once` names the deed that asks (Slack's trigger, a form's view): however often it is delivered, it is taken once.

        `apart`: the button by which a remark, whose plain words these are, is made a request (`bot.domain.Event`).

        Raises StoreAway and what the client raises; then nothing is taken, and the direct message says so.
        """
        said = blank(words.strip())
        text, shown = _shown(said, quoted)
        opened = await self._client.conversations_open(users=user)
        channel = str(opened["channel"]["id"])
        posted = await self._client.chat_postMessage(
            channel=channel, text=text, blocks=shown, unfurl_links=False, unfurl_media=False
        )
        ts = str(posted["ts"])
        data: dict[str, Any] = {
            "direct": True,
            "mention": False,
            "in_thread": False,
            "shared": False,
            "foreign": False,
            "files": [],
        }
        if said != words.strip():
            data["secret"] = True
        if quoted:
            data["quoted"] = dict(quoted)
        if apart:
            data["apart"] = dict(apart)
        event = Event(
            key=f"ask:{team}:{user}:{once}" if once else f"{team}:{channel}:{ts}",
            conversation=conversation(team, channel, ts, direct=True),
            kind=EventKind.MESSAGE,
            ts=ts,
            team=team,
            channel=channel,
            thread=ts,
            sender=user,
            text=blocks.escape(said) if apart else said,
            data=data,
        )
        try:
            taken = await self._desk.accept(event)
        except Exception:
            await self._lost(channel, ts)
            raise
        if not taken:  # delivered twice: the first one's message stands
            await removed(self._client, channel, ts)

    async def _lost(self, channel: str, ts: str) -> None:
        try:
            await self._client.chat_update(channel=channel, ts=ts, text=LOST, blocks=[blocks.section(LOST)])
        except Exception as error:  # noqa: BLE001 - whoever asked is told as well
            log.info("a request that was lost could not be marked", error=type(error).__name__)


async def removed(client: AsyncWebClient, channel: str, ts: str) -> None:
    """Take a message away that stands for nothing."""
    try:
        await client.chat_delete(channel=channel, ts=ts)
    except Exception as error:  # noqa: BLE001 - the person is told in any case
        log.info("a message that stands for nothing could not be removed", error=type(error).__name__)


def _shown(words: str, quoted: Mapping[str, str] | None) -> tuple[str, list[blocks.Block]]:
    """(text for the notification, blocks)."""
    made = [blocks.section("*You asked me*"), *blocks.paragraphs(blocks.cut(blocks.quote(words), SHOWN))]
    if quoted:
        by = blocks.mention(quoted.get("by", "")) or "an app"
        made.append(blocks.section(f"about this message of {by}, which is not yours:"))
        made += blocks.paragraphs(blocks.cut(blocks.quote(quoted.get("text", "")), SHOWN // 2))
    return f"You asked me: {blocks.cut(blocks.inline(words), 300)}", made
