"""A word to whoever clicked, which only they see: by the click's own address, else as an ephemeral message."""

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.blocks import escape
from bot.slack.clicks import Place

log = structlog.get_logger(__name__)


class Voice:
    """Says things to one person. Never raises: it is the last thing that is tried."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def tell(self, at: Place, text: str) -> bool:
        """Whether Slack took it. Text is plain words of ours."""
        return await self._by_response_url(at, text) or await self._ephemeral(at, text) or await self._directly(at, text)

    async def _by_response_url(self, at: Place, text: str) -> bool:
        """https://docs.slack.dev/interactivity/handling-user-interaction/#message_responses: five uses within 30 minutes."""
        session = self._client.session
        if not at.response_url.startswith(("https://", "http://")) or session is None:
            return False
        answer = {"response_type": "ephemeral", "replace_original": False, "delete_original": False, "text": escape(text)}
        if at.thread:
            answer["thread_ts"] = at.thread
        try:
            async with session.post(at.response_url, json=answer, proxy=self._client.proxy) as response:
                return response.ok
        except Exception as error:  # noqa: BLE001 - there are other ways
            log.info("the click's own address did not answer", error=type(error).__name__)
            return False

    async def _ephemeral(self, at: Place, text: str) -> bool:
        if not (at.channel and at.user):
            return False
        try:
            await self._client.chat_postEphemeral(channel=at.channel, user=at.user, text=escape(text), thread_ts=at.thread or None)
        except Exception as error:  # noqa: BLE001 - there is one more way
            log.info("an ephemeral message did not go through", error=type(error).__name__)
            return False
        return True

    async def _directly(self, at: Place, text: str) -> bool:
        if not at.user:
            return False
        try:
            await self._client.chat_postMessage(channel=at.user, text=escape(text))
        except Exception as error:  # noqa: BLE001 - nothing more can be done
            log.warning("somebody who clicked could not be answered", user=at.user, error=type(error).__name__)
            return False
        return True
