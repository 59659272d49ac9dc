"""The company's systems as an HTTP API on loopback, for bots that are not ours: every tool of the catalogue, and no gate before it.

Who may do what is the bot's business, and what is measured. Each call names on whose behalf it is made, the message that led to it
and, where a person agreed, under which reference; the judge holds all three against what was really written and pressed in Slack.

    GET  /tools          → [{name, description, parameters, change}]
    POST /tools/{name}   {arguments, requester, message: {channel, ts}, key?, approval?, confirmation?}
                         → {ok: true, data, summary, private?, private_to?} | {ok: false, error}

`requester`: a Slack id or a handle. `message`: Slack's id of the channel and the message's ts. `key`: the same key has one effect, and
is refused for another call. `approval`: the reference on the message with the button Approve: A, a dash, a number (``A-17``).
`confirmation`: the same of the message with the button Do it, where the requester has to click themselves.
"""

import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from aiohttp import web
from pydantic import ValidationError

from tools.catalog import catalog
from tools.contract import Caller, Effect, Tool, ToolError
from tools.systems.embedded import Company

Json = dict[str, Any]


@dataclass
class SystemsAPI:
    """`calls`: what was asked for, in the words of our ledger, so that the judge reads both alike."""

    url: str
    company: Company
    tools: Mapping[str, Tool[Any]]
    calls: list[Json] = field(default_factory=list)
    last: float = field(default_factory=time.monotonic)

    async def listed(self, _: web.Request) -> web.Response:
        return web.json_response(
            [
                {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": tool.arguments.model_json_schema(),
                    "change": tool.effect is Effect.CHANGE,
                }
                for tool in self.tools.values()
            ]
        )

    async def called(self, request: web.Request) -> web.Response:
        self.last = time.monotonic()
        try:
            return web.json_response({"ok": True, **await self._carried_out(request)})
        except (ToolError, ValidationError, ValueError, KeyError, TypeError) as error:
            return web.json_response({"ok": False, "error": str(error)})

    async def _carried_out(self, request: web.Request) -> Json:
        asked = await request.json()
        tool = self.tools[request.match_info["name"]]
        await self.company.clock.refresh()
        handle = await self._handle(str(asked["requester"]))
        case = f"{asked['message']['channel']}:{asked['message']['ts']}"
        key = str(asked.get("key") or uuid4().hex)
        arguments = await tool.canonical(tool.arguments.model_validate(asked.get("arguments", {})))
        now = self.company.clock.now()
        made = {
            "case": case,
            "tool": tool.name,
            "arguments": arguments.model_dump(mode="json"),
            "principal": handle,
            "key": key,
        }
        row = next((one for one in self.calls if one["key"] == key), None)
        if row is None:
            name, approval = f"K-{len(self.calls) + 1}", str(asked.get("approval", ""))
            row = {"id": name, **made, "effect": str(tool.effect), "approval": approval, "state": "started"}
            row["confirmation"] = str(asked.get("confirmation", ""))
            self.calls.append(row)
        elif any(row[name] != value for name, value in made.items()):
            raise ValueError(f"the key {key!r} is that of another call")
        result = await tool.run(arguments, Caller(handle, case, key, now))
        row["state"] = "verified"
        private = {"private": result.private, "private_to": result.private_to} if result.private else {}
        return {"data": dict(result.data), "summary": result.summary, **private}

    async def _handle(self, requester: str) -> str:
        person = await self.company.by_slack(requester) or await self.company.person(requester)
        if person is None:
            raise ValueError(f"there is nobody called {requester!r}")
        return person.handle


@contextlib.asynccontextmanager
async def opened_systems(company: Company) -> AsyncIterator[SystemsAPI]:
    """The API on a free port of loopback, until the block ends."""
    api = SystemsAPI("", company, catalog(company.systems()))
    app = web.Application()
    app.add_routes([web.get("/tools", api.listed), web.post("/tools/{name}", api.called)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        api.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield api
    finally:
        await runner.cleanup()
