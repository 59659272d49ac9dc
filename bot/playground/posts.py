"""Events and interactions as signed HTTP requests to the bot's `/slack/events`, as Slack sends them where there is no socket."""

import asyncio
import json
import time
from urllib.parse import urlencode

import aiohttp
from slack_sdk.signature import SignatureVerifier

from bot.playground.delivery import ACK_SECONDS, RETRY_SECONDS, Away, Delivery
from bot.playground.workspace import Json, Workspace

AWAY_SECONDS = 0.2
AWAY = 503


class Posts(Delivery):
    """https://docs.slack.dev/apis/events-api/using-http-request-urls/ and https://docs.slack.dev/authentication/verifying-requests-from-slack/"""

    def __init__(
        self,
        workspace: Workspace,
        secret: str,
        *,
        ack_seconds: float = ACK_SECONDS,
        retries: tuple[float, ...] = RETRY_SECONDS,
    ) -> None:
        super().__init__(workspace, ack_seconds=ack_seconds, retries=retries)
        self._signer = SignatureVerifier(secret)
        self._session: aiohttp.ClientSession | None = None
        self.url = ""
        self.connected.set()

    async def deliver(self, kind: str, payload: Json, attempt: int, reason: str) -> Json | None:
        body, media = _body(kind, payload)
        stamp = str(int(time.time()))
        signature = self._signer.generate_signature(timestamp=stamp, body=body) or ""
        headers = {"Content-Type": media, "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}
        if attempt:
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": f"http_{reason or 'error'}"}
        session = self._session = self._session or aiohttp.ClientSession()
        try:
            async with session.post(
                self.url, data=body.encode(), headers=headers, timeout=aiohttp.ClientTimeout(total=self._ack_seconds)
            ) as response:
                if response.status == AWAY:
                    await asyncio.sleep(AWAY_SECONDS)
                    raise Away
                return _answer(await response.text()) if response.ok else None
        except aiohttp.ClientConnectorError:
            await asyncio.sleep(AWAY_SECONDS)
            raise Away from None
        except (TimeoutError, aiohttp.ClientError):
            return None

    async def close(self) -> None:
        await super().close()
        if self._session is not None:
            await self._session.close()


def _body(kind: str, payload: Json) -> tuple[str, str]:
    form = "application/x-www-form-urlencoded"
    match kind:
        case "events_api":
            return json.dumps(payload), "application/json"
        case "slash_commands":
            return urlencode({name: str(value) for name, value in payload.items()}), form
        case _:
            return urlencode({"payload": json.dumps(payload)}), form


def _answer(text: str) -> Json:
    try:
        found = json.loads(text)
    except ValueError:
        return {"text": text} if text else {}
    return found if isinstance(found, dict) else {"text": text}
