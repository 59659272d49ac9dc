"""What a solved case costs in tokens: as Deskhand asks a model, and as one that is shown every tool and no runbook would be asked.

Both are the same requests of the same scripted model, reckoned alike (bytes of the JSON by four, no tokenizer). The other way is given the
same calls for nothing: that a model without a runbook would look around first is not counted against it.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

from bot.toolbox import shown
from tests.gate.policy import TOOLS
from tests.good_model import GoodModel
from tests.office import opened_office
from tests.openai_double import opened_double

STORIES = {
    "locked account": ("ana", "I'm locked out of my account", "Did that fix it?"),
    "access and certificate": (
        "ben",
        "could I get figma until friday, and my vpn says certificate expired",
        "needs a person's yes",
    ),
    "question": ("mia", "how do guests get on the wifi?", "Guests use"),
    "no runbook": ("omar", "The coffee machine is making strange noises", "ticket"),
}


def measure(database: str, folder: Path) -> None:
    print("Tokens read for one case (bytes / 4 of every request)")
    asyncio.run(_measured(database, folder))


async def _measured(database: str, folder: Path) -> None:
    async with opened_double(GoodModel()) as double:
        settings = {"OPENAI_API_KEY": "sk-double", "OPENAI_BASE_URL": double.url, "OPENAI_MODEL": double.model}
        async with opened_office(database, folder, **settings) as office:
            every = [_schema(tool) for tool in shown(TOOLS)]
            for name, (who, says, heard) in STORIES.items():
                before = len(double.requests)
                thread = office.say(who, says)
                await office.hears(who, heard, thread=thread)
                await asyncio.sleep(0.5)
                bodies = double.requests[before:]
                ours = sum(map(_tokens, bodies))
                other = sum(_tokens(_without_guides(body) | {"tools": every}) for body in bodies)
                print(
                    f"  {name:24} {len(bodies)} requests  ours {ours:7,}  every tool, no runbook {other:7,}  ({ours / other:.2f})"
                )


def _schema(tool: Any) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
    return {"type": "function", "function": function}


def _tokens(body: dict[str, Any]) -> int:
    return len(json.dumps([body["messages"], body.get("tools", [])], ensure_ascii=False).encode()) // 4


def _without_guides(body: dict[str, Any]) -> dict[str, Any]:
    guides = {
        call["id"]
        for message in body["messages"]
        for call in message.get("tool_calls") or ()
        if call["function"]["name"] == "search_runbooks"
    }
    kept = [
        message
        for message in body["messages"]
        if message.get("tool_call_id") not in guides and not guides & {call["id"] for call in message.get("tool_calls") or ()}
    ]
    return body | {"messages": kept}
