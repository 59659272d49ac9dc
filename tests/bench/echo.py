"""`python -m tests.bench.echo`: the floor. Bolt with one pooled session that answers at once and keeps nothing."""

import asyncio
import os
from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient


async def main() -> None:
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"], session=session)
        app = AsyncApp(client=client)

        @app.event("message")
        async def answer(event: dict[str, Any], say: Any) -> None:
            if not event.get("bot_id"):
                await say(event["text"], thread_ts=event["ts"])

        await AsyncSocketModeHandler(app, os.environ["SLACK_APP_TOKEN"]).start_async()


if __name__ == "__main__":
    asyncio.run(main())
