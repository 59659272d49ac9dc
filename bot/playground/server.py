"""Serve the workspace on loopback: Slack's Web API, Socket Mode (or requests to the bot), and the page with its own interface."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.listening import not_opened
from bot.playground.api import Api
from bot.playground.delivery import ACK_SECONDS, RETRY_SECONDS, Delivery
from bot.playground.interactions import Interactions
from bot.playground.posts import Posts
from bot.playground.sockets import Sockets
from bot.playground.state import state_json
from bot.playground.streams import Streams
from bot.playground.workspace import Channel, Json, Member, Workspace
from bot.tasks import ended

STATIC = Path(__file__).with_name("static")
HOSTS = ("127.0.0.1", "localhost", "[::1]")
SAVE_SECONDS = 1.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Server:
    """A running playground. `url` is the page's; the bot's base URL is ``{url}/api/``."""

    url: str
    workspace: Workspace
    sockets: Sockets
    delivery: Delivery  # how the bot is reached: those sockets, or requests
    interactions: Interactions
    streams: Streams
    _runner: web.AppRunner
    _tasks: list[asyncio.Task[None]]

    async def stop(self) -> None:
        """End the connections and the server, and keep the state."""
        await ended(self._tasks)
        await self.delivery.close()
        await self.sockets.close()
        await self._runner.cleanup()
        self.workspace.save()


async def serve(
    workspace: Workspace,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    ack_seconds: float = ACK_SECONDS,
    retries: tuple[float, ...] = RETRY_SECONDS,
    rate_limited: bool = False,
    routes: Sequence[web.AbstractRouteDef] = (),
    signing_secret: str = "",
    events_url: str = "",
) -> Server:
    """Start it, with further routes beside its own; `port` 0 takes a free one. Raises CommandError when nothing can listen there.

    With a `signing_secret` the bot is reached by requests to `events_url`, else to ``/slack/events`` of this very server.
    """
    api = Api(workspace, rate_limited=rate_limited)
    sockets = Sockets(workspace, ack_seconds=ack_seconds, retries=retries)
    posts = Posts(workspace, signing_secret, ack_seconds=ack_seconds, retries=retries) if signing_secret else None
    delivery: Delivery = posts or sockets
    interactions = Interactions(workspace, delivery, api)
    app = web.Application(middlewares=[_loopback_only], client_max_size=4 * 1024 * 1024)
    page = _Page(workspace, interactions, api.streams)
    app.add_routes(
        [
            web.route("*", "/api/{method}", api.handle),
            web.get("/socket", sockets.handle),
            web.post("/response/{token}", page.respond),
            web.get("/", page.index),
            web.get("/playground/state", page.state),
            web.get("/playground/stream", page.stream),
            web.post("/playground/{act}", page.act),
            web.static("/static", STATIC),
            *routes,
        ]
    )
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    try:
        await site.start()
    except OSError as error:
        await runner.cleanup()
        raise not_opened(host, port, error) from None
    chosen = runner.addresses[0][1]
    url = f"http://{host}:{chosen}"
    api.socket_url = f"ws://{host}:{chosen}/socket"
    api.url = f"{url}/"
    interactions.url = url
    if posts is not None:
        posts.url = events_url or f"{url}/slack/events"
    tasks = [
        asyncio.create_task(delivery.pump(), name="playground events"),
        asyncio.create_task(_keep(workspace, api.streams), name="playground state"),
    ]
    return Server(url, workspace, sockets, delivery, interactions, api.streams, runner, tasks)


async def _keep(workspace: Workspace, streams: Streams) -> None:
    saved = workspace.version
    while True:
        await asyncio.sleep(SAVE_SECONDS)
        streams.expire()
        if workspace.version != saved:
            saved = workspace.version
            workspace.save()


@web.middleware
async def _loopback_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A page of another site must not reach this one through the browser, nor under another name."""
    host = request.host.rsplit(":", 1)[0]
    origin = request.headers.get("Origin", "")
    if host not in HOSTS or (origin and origin.split("//", 1)[-1] != request.host):
        return web.json_response({"error": "only from this machine"}, status=403)
    response = await handler(request)
    if not response.prepared:
        response.headers.setdefault("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'")
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"
    return response


class _Page:
    """The page's own interface, also for scripts. People and channels go by handle and name, or by id.

    ``POST /playground/say``    {as, channel | dm, text, thread_ts?, files?}     → {ts, channel}
    ``POST /playground/edit``   {as, channel, ts, text};  ``delete`` {as, channel, ts}
    ``POST /playground/click``  {as, channel, ts, action_id, value?};  on a home: {as, home: true, action_id, value?}
    ``POST /playground/submit`` {as, view_id, values: {block: {action: text}}};  ``close`` {as, view_id}
    ``POST /playground/home``   {as, tab};  ``stop`` {as, channel, ts}: the Stop button of words that are being written
    ``POST /playground/suggest`` {as, view_id, block_id, typed}          → {options}
    ``POST /playground/command``  {as, channel | dm, command, text};  ``shortcut`` {as, callback_id, channel?, ts?}
    ``GET /playground/state``   everything; with ``?as=ana`` what that person sees
    """

    def __init__(self, workspace: Workspace, interactions: Interactions, streams: Streams) -> None:
        self._workspace = workspace
        self._interactions = interactions
        self._streams = streams

    async def index(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / "index.html")

    async def state(self, request: web.Request) -> web.StreamResponse:
        viewer = self._workspace.member(request.query.get("as", ""))
        return web.json_response(state_json(self._workspace, viewer))

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: the version, whenever something is to be seen."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            while True:
                changed = self._workspace.changed
                await response.write(f"data: {self._workspace.version}\n\n".encode())
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), 15)
        return response

    async def respond(self, request: web.Request) -> web.StreamResponse:
        status = self._interactions.respond(request.match_info["token"], await request.json())
        return web.Response(status=status, text="ok" if status == 200 else "expired_url")  # noqa: PLR2004

    async def act(self, request: web.Request) -> web.StreamResponse:
        """One thing that somebody does."""
        try:
            body = await request.json()
            who = self._workspace.member(str(body["as"]))
        except (ValueError, KeyError, TypeError):
            return web.json_response({"error": "expected JSON with `as`, a handle"}, status=400)
        if who is None:
            return web.json_response({"error": f"there is nobody called {body['as']!r}"}, status=404)
        try:
            answer = await self._does(request.match_info["act"], who, body)
        except (KeyError, LookupError) as error:
            return web.json_response({"error": f"missing or unknown: {error}"}, status=400)
        return web.json_response(answer, status=409 if answer.get("error") else 200)

    async def _does(self, act: str, who: Member, body: Json) -> Json:
        match act:
            case "say":
                channel = self._place(who, body)
                thread = str(body.get("thread_ts") or "")
                message = self._workspace.say(who, channel, str(body.get("text", "")), thread, body.get("files", ()))
                return {"ts": message["ts"], "channel": channel.id}
            case "edit":
                done = self._workspace.edit(who, self._place(who, body), body["ts"], str(body["text"]))
            case "delete":
                done = self._workspace.delete(who, self._place(who, body), body["ts"])
            case "click" if body.get("home"):
                return {"error": await self._interactions.click_home(who, body["action_id"], value=body.get("value"))}
            case "click":
                place, value, forged = self._place(who, body), body.get("value"), body.get("forged")
                problem = await self._interactions.click(who, place, body["ts"], body["action_id"], value=value, forged=forged)
                return {"error": problem}
            case "submit":
                return {"errors": dict(await self._interactions.submit(who, body["view_id"], body["values"]))}
            case "suggest":
                return {"options": await self._interactions.suggest(who, body["view_id"], body["block_id"], str(body["typed"]))}
            case "close":
                self._interactions.close(who, body["view_id"])
                done = True
            case "stop":
                done = self._streams.stop_pressed(who, self._place(who, body), str(body["ts"]))
                return {} if done else {"error": "nothing is being written there any more"}
            case "command":
                text = str(body.get("text", ""))
                return {"error": await self._interactions.command(who, self._place(who, body), str(body["command"]), text)}
            case "shortcut" if body.get("ts"):
                place, name = self._place(who, body), str(body["callback_id"])
                return {"error": await self._interactions.message_shortcut(who, place, str(body["ts"]), name)}
            case "shortcut":
                return {"error": await self._interactions.shortcut(who, str(body["callback_id"]))}
            case "home":
                self._workspace.home_opened(who, str(body.get("tab", "home")))
                done = True
            case _:
                raise LookupError(act)
        return {} if done else {"error": "that message is not there, or not yours"}

    def _place(self, who: Member, body: Any) -> Channel:
        if body.get("dm"):
            return self._workspace.direct(who.slack_id)
        channel = self._workspace.channel(str(body["channel"]))
        if channel is None or not self._workspace.sees(who.slack_id, channel):
            raise LookupError(f"channel {body['channel']!r}")
        return channel
