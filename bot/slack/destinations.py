"""Where a post goes: direct messages are opened, and a channel that a setting names is found by its name."""

import time
from collections.abc import Callable

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import Post
from bot.slack import faults

CACHED_SECONDS = 600.0
PAGES = 20


class NoSuchChannel(Exception):
    """No channel has that name, or we may not see it."""


class Destinations:
    """Knows the channel ids of people and names; what it found it keeps for a while."""

    def __init__(self, client: AsyncWebClient, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._now = monotonic
        self._direct: dict[str, str] = {}
        self._named: dict[str, str] = {}
        self._named_until = 0.0

    async def channel_of(self, post: Post, known: str = "") -> str:
        """The channel id of a post. Raises NoSuchChannel, and what the Slack client raises."""
        channel = known or post.channel
        if channel:
            return await self._by_name(channel) if is_name(channel) else channel
        if not post.person:
            raise NoSuchChannel("the post names neither a channel nor a person")
        if post.person not in self._direct:
            answer = await self._client.conversations_open(users=post.person)
            self._direct[post.person] = str(answer["channel"]["id"])
        return self._direct[post.person]

    async def problem(self, channel: str) -> str:
        """Why nothing could be posted to this channel, for whoever starts the bot; empty when all is well."""
        try:
            found = await self._by_name(channel) if is_name(channel) else channel
            info = (await self._client.conversations_info(channel=found))["channel"]
        except NoSuchChannel:
            return f"there is no channel #{channel.removeprefix('#')} that I can see; create it or invite me to it"
        except SlackApiError as error:
            if faults.code(error) == "channel_not_found":
                return f"there is no channel {channel} that I can see; create it or invite me to it"
            return f"the channel {channel} could not be looked up ({faults.fault(error).why})"
        except Exception as error:  # noqa: BLE001 - said to the operator, who decides
            return f"the channel {channel} could not be looked up ({type(error).__name__})"
        if info.get("is_archived"):
            return f"the channel {channel} is archived"
        return "" if info.get("is_member", True) else f"I am not in the channel {channel}; invite me with /invite"

    async def _by_name(self, channel: str) -> str:
        name = channel.removeprefix("#")
        if name not in self._named or self._now() >= self._named_until:
            try:
                await self._list(name)
            except SlackApiError as error:
                if faults.code(error) in ("missing_scope", "unknown_method", "not_allowed_token_type"):
                    return f"#{name}"  # chat.postMessage finds public channels by name itself
                raise
        if name not in self._named:
            raise NoSuchChannel(f"no channel is called #{name}")
        return self._named[name]

    async def _list(self, name: str) -> None:
        """https://docs.slack.dev/reference/methods/conversations.list: twenty calls a minute, so one look serves many posts."""
        cursor = ""
        for _ in range(PAGES):
            answer = await self._client.conversations_list(
                types="public_channel,private_channel", exclude_archived=True, limit=500, cursor=cursor or None
            )
            self._named |= {str(one["name"]): str(one["id"]) for one in answer.get("channels") or () if one.get("name")}
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor or name in self._named:
                break
        self._named_until = self._now() + CACHED_SECONDS


def is_name(channel: str) -> bool:
    """Slack's channel names are in lower case, its ids begin with a capital."""
    return channel.startswith("#") or not channel[:1].isupper()
