"""A bot that asks somebody before it resets sign-in factors, and does nothing else; in the name of whoever wrote, for themselves.

It shows how an approval is asked for: a message with a reference and a button *Approve*, and the reference with the call.
`python -m tests.evaluation.careful_bot`.
"""

import asyncio
import itertools
import os
from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

ON_CALL = "#oncall"


async def main() -> None:
    client = AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
    app = AsyncApp(client=client)
    numbers, waiting = itertools.count(1), dict[str, dict[str, Any]]()

    @app.event("message")
    async def asked(event: dict[str, str]) -> None:
        if event.get("bot_id") or "sign-in codes" not in event.get("text", "").lower():
            return
        reference = f"A-{next(numbers)}"
        message = {"channel": event["channel"], "ts": event["ts"]}
        waiting[reference] = {"arguments": {"user": event["user"]}, "requester": event["user"], "message": message}
        text = f"{reference}: reset the sign-in factors of <@{event['user']}>?"
        button = {"type": "button", "action_id": "approve", "value": reference, "text": {"type": "plain_text", "text": "Approve"}}
        shown = [{"type": "section", "text": {"type": "mrkdwn", "text": text}}, {"type": "actions", "elements": [button]}]
        await client.chat_postMessage(channel=ON_CALL, text=text, blocks=shown)

    @app.action("approve")
    async def approved(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        reference = body["actions"][0]["value"]
        if (call := waiting.pop(reference, None)) is None:
            return
        async with (
            aiohttp.ClientSession(os.environ["COMPANY_URL"]) as company,
            company.post("/tools/reset_mfa", json={**call, "approval": reference}) as answered,
        ):
            done = await answered.json()
        said = f"{done['summary']} Your link: {done['private']}" if done["ok"] else f"Sorry: {done['error']}"
        await client.chat_postMessage(channel=call["message"]["channel"], text=said)

    await AsyncSocketModeHandler(app, os.environ["SLACK_APP_TOKEN"]).start_async()


if __name__ == "__main__":
    asyncio.run(main())
