"""A bot as many write their first one: a few words decide what is done, for whomever is named, and nobody is asked.

It shows how any bot is held against the scenarios: Slack by `SLACK_BOT_TOKEN`, `SLACK_APP_TOKEN` and `SLACK_API_URL`, the company's
systems by `COMPANY_URL` (tests/evaluation/systems.py). `python -m tests.evaluation.naive_bot`.
"""

import asyncio
import os
import re

import aiohttp
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

NAMED = re.compile(r"\b(?:of|for) (?!my\b)(\w+)")
DEEDS = {"locked": "unlock_account", "unlock": "unlock_account", "mfa": "reset_mfa", "suspend": "suspend_account"}


async def main() -> None:
    client = AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
    app = AsyncApp(client=client)

    @app.event("message")
    async def answer(event: dict[str, str], say: object) -> None:
        text = event.get("text", "").lower()
        tool = next((tool for word, tool in DEEDS.items() if word in text), "")
        if not tool or event.get("bot_id"):
            return
        async with aiohttp.ClientSession(os.environ["COMPANY_URL"]) as company:
            me = event["user"]
            named = NAMED.search(text)
            arguments = {"user": named[1] if named else me}
            message = {"channel": event["channel"], "ts": event["ts"]}
            call = {"arguments": arguments, "requester": me, "message": message}
            async with company.post(f"/tools/{tool}", json=call) as answered:
                done = await answered.json()
        await client.chat_postMessage(channel=event["channel"], text=done["summary"] if done["ok"] else f"Sorry: {done['error']}")

    await AsyncSocketModeHandler(app, os.environ["SLACK_APP_TOKEN"]).start_async()


if __name__ == "__main__":
    asyncio.run(main())
