"""The Web API methods that a bot uses here, with Slack's error codes."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.playground import limits
from bot.playground.refusals import SlackError
from bot.playground.streams import Streams
from bot.playground.workspace import (
    APP,
    APP_TOKEN,
    BOT_ID,
    BOT_NAME,
    BOT_TOKEN,
    BOT_USER,
    TEAM,
    Channel,
    Json,
    Workspace,
    user_json,
)

TRIGGER_SECONDS = 3.0
IN_A_CHANNEL = (20, 4.0)
PACES = {"chat.startStream": (20, 20 / 60), "chat.stopStream": (20, 20 / 60), "chat.appendStream": (100, 100 / 60)}
"""A burst and what is allowed a second after it; Slack's tiers are counted over the workspace."""


class Api:
    """Answers ``/api/<method>``."""

    def __init__(self, workspace: Workspace, *, rate_limited: bool = False) -> None:
        self._workspace = workspace
        self.streams = Streams(workspace)
        self._rate_limited = rate_limited
        self._allowance: dict[str, tuple[float, float]] = {}
        self.socket_url = ""
        self.url = "http://127.0.0.1/"
        self._methods: dict[str, Callable[[Json], Json | Awaitable[Json]]] = {
            "auth.test": self._auth_test,
            "apps.connections.open": lambda _: {"url": self.socket_url},
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "chat.delete": self._delete,
            "chat.startStream": lambda args: self.streams.start(self._channel(args), args),
            "chat.appendStream": lambda args: self.streams.append(self._channel(args), args),
            "chat.stopStream": lambda args: self.streams.stop(self._channel(args), args, _json(args.get("metadata"))),
            "chat.postEphemeral": self._ephemeral,
            "conversations.open": self._open,
            "conversations.info": lambda args: {"channel": self._channel_json(self._channel(args))},
            "conversations.list": self._list,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
            "conversations.members": self._members,
            "users.info": self._user,
            "users.list": lambda _: {"members": [user_json(one) for one in workspace.members.values()]},
            "usergroups.list": self._usergroups,
            "usergroups.users.list": self._usergroup,
            "views.open": self._views_open,
            "views.update": self._views_update,
            "views.publish": self._views_publish,
            "reactions.add": lambda args: self._react(args, add=True),
            "reactions.remove": lambda args: self._react(args, add=False),
            "agents.sessions.setStatus": self._session_status,
            "assistant.threads.setStatus": self._status,
            "assistant.threads.setTitle": lambda _: {},
            "assistant.threads.setSuggestedPrompts": lambda _: {},
        }

    async def handle(self, request: web.Request) -> web.Response:
        """One call: token, faults, rate, method."""
        method = request.match_info["method"]
        token, args = await _arguments(request)
        self._workspace.calls.append((method, args))
        if method not in self._methods:
            return _answer({"ok": False, "error": "unknown_method", "req_method": method})
        expected = APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN
        if token != expected:
            return _answer({"ok": False, "error": "invalid_auth" if token else "not_authed"})
        dropped = False
        if (failure := self._workspace.failures.get(method)) and failure.times > 0:
            failure.times -= 1
            if failure.how == "status":
                headers = {"Retry-After": "1"} if failure.value == 429 else {}  # noqa: PLR2004 - Too Many Requests
                return web.json_response({"ok": False, "error": "ratelimited"}, status=failure.value, headers=headers)
            if failure.how == "error":
                return _answer({"ok": False, "error": failure.value})
            if failure.how == "delay":
                await asyncio.sleep(failure.value)
            dropped = failure.how == "drop"
        if wait := self._must_wait(method, str(args.get("channel", ""))):
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": str(wait)})
        try:
            result = self._methods[method](args)
            answer = result if isinstance(result, dict) else await result
        except SlackError as error:
            metadata = {"response_metadata": {"messages": [f"[ERROR] {error.message}"]}} if error.message else {}
            return _answer({"ok": False, "error": str(error), **metadata})
        if dropped and request.transport is not None:
            request.transport.close()
        if warned := self._workspace.warnings.get(method):
            answer = {**answer, "warning": ",".join(warned), "response_metadata": {"warnings": warned}}
        return _answer({"ok": True, **answer}, self._workspace.scopes)

    def _must_wait(self, method: str, channel: str) -> int:
        """Seconds to wait before the next post into this channel, or the next call: a burst, then Slack's slow pace."""
        if not self._rate_limited or method not in ("chat.postMessage", "chat.update", *PACES):
            return 0
        key, (burst, per_second) = method if method in PACES else f"{method}:{channel}", PACES.get(method, IN_A_CHANNEL)
        now = time.monotonic()
        allowance, since = self._allowance.get(key, (float(burst), now))
        allowance = min(float(burst), allowance + (now - since) * per_second)
        self._allowance[key] = (max(allowance - 1, 0.0), now)
        return 1 if allowance < 1 else 0

    # ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _auth_test(self, _: Json) -> Json:
        names = {"url": self.url, "team": "Playground", "user": BOT_NAME.lower()}
        return {**names, "team_id": TEAM, "user_id": BOT_USER, "bot_id": BOT_ID, "is_enterprise_install": False}

    def _channel(self, args: Json) -> Channel:
        named = str(args.get("channel", ""))
        if named in self._workspace.members:
            return self._workspace.direct(named)
        found = self._workspace.channel(named)
        if found is None:
            raise SlackError("channel_not_found")
        return found

    def _content(self, args: Json) -> Json:
        """Text and blocks, or Markdown, held to the limits."""
        blocks = _json(args.get("blocks"))
        if markdown := str(args.get("markdown_text") or ""):
            if blocks or args.get("text"):
                raise SlackError("markdown_text_conflict")
            if len(markdown) > limits.MARKDOWN_SUM:
                raise SlackError("msg_too_long")
            return {"text": markdown, "blocks": self._with_ids([{"type": "markdown", "text": markdown}])}
        text = str(args.get("text") or "")
        if not text and not blocks and not args.get("attachments"):
            raise SlackError("no_text")
        if blocks:
            wrong = limits.wrong_blocks(blocks)
            if wrong:
                raise SlackError(*wrong)
            if old := self._workspace.unsupported & {block["type"] for block in blocks}:
                raise SlackError("invalid_blocks", f"unsupported type: {', '.join(old)}")
        return {"text": text[: limits.TEXT_CUT], "blocks": self._with_ids(blocks or [])}

    def _with_ids(self, blocks: list[Json]) -> list[Json]:
        return [{"block_id": self._workspace.number("b"), **block} for block in blocks]

    def _post(self, args: Json) -> Json:
        channel = self._channel(args)
        thread = str(args.get("thread_ts") or "")
        message: Json = {
            "type": "message",
            "user": BOT_USER,
            "bot_id": BOT_ID,
            "app_id": APP,
            "team": TEAM,
            "ts": self._workspace.new_ts(),
            **self._content(args),
        }
        if thread:
            message["thread_ts"] = thread
        if metadata := _json(args.get("metadata")):
            message["metadata"] = metadata
        self._workspace.add(channel, message)
        self._workspace.statuses.pop((channel.id, thread), None)
        return {"channel": channel.id, "ts": message["ts"], "message": message}

    def _mine(self, args: Json) -> tuple[Channel, Json]:
        channel = self._channel(args)
        message = self._workspace.message(channel, str(args.get("ts", "")))
        if message is None:
            raise SlackError("message_not_found")
        if message.get("user") != BOT_USER:
            raise SlackError("cant_update_message")
        return channel, message

    def _update(self, args: Json) -> Json:
        channel, message = self._mine(args)
        if self.streams.live(channel, message):
            raise SlackError("streaming_state_conflict")
        if len(str(args.get("text") or "")) > limits.UPDATE_TEXT:
            raise SlackError("msg_too_long")
        message |= self._content(args)
        message["edited"] = {"user": BOT_USER, "ts": self._workspace.new_ts()}
        if metadata := _json(args.get("metadata")):
            message["metadata"] = metadata
        self._workspace.touch()
        return {"channel": channel.id, "ts": message["ts"], "text": message["text"], "message": message}

    def _delete(self, args: Json) -> Json:
        channel, message = self._mine(args)
        if self.streams.live(channel, message):
            raise SlackError("cant_delete_message")
        channel.messages.remove(message)
        self._workspace.touch()
        return {"channel": channel.id, "ts": message["ts"]}

    def _ephemeral(self, args: Json) -> Json:
        channel = self._channel(args)
        user = str(args.get("user", ""))
        if user not in self._workspace.members:
            raise SlackError("user_not_in_channel")
        self.add_ephemeral(channel, user, self._content(args), str(args.get("thread_ts") or ""))
        return {"message_ts": channel.messages[-1]["ts"]}

    def add_ephemeral(self, channel: Channel, user: str, content: Json, thread: str) -> None:
        """A message that only one person sees."""
        message = {"type": "message", "user": BOT_USER, "bot_id": BOT_ID, "ts": self._workspace.new_ts(), **content}
        message |= {"ephemeral_to": user, **({"thread_ts": thread} if thread else {})}
        self._workspace.add(channel, message)

    def _shown(self, message: Json, args: Json) -> Json:
        keep_metadata = str(args.get("include_all_metadata", "")).lower() in ("true", "1")
        return {key: value for key, value in message.items() if key != "metadata" or keep_metadata}

    def _history(self, args: Json) -> Json:
        channel = self._channel(args)
        most = min(int(args.get("limit") or 100), 999)
        oldest, latest = float(args.get("oldest") or 0), float(args.get("latest") or "inf")
        found = [
            self._shown(one, args)
            for one in reversed(channel.messages)
            if oldest <= float(one["ts"]) <= latest and "ephemeral_to" not in one and one.get("thread_ts", one["ts"]) == one["ts"]
        ]
        return {"messages": found[:most], "has_more": len(found) > most, "response_metadata": {"next_cursor": ""}}

    def _replies(self, args: Json) -> Json:
        channel = self._channel(args)
        thread = str(args.get("ts", ""))
        found = [one for one in channel.messages if thread in (one["ts"], one.get("thread_ts")) and "ephemeral_to" not in one]
        if not found:
            raise SlackError("thread_not_found")
        most = min(int(args.get("limit") or 1000), 1000)
        oldest = float(args.get("oldest") or 0)
        shown = [self._shown(one, args) for one in found if float(one["ts"]) >= oldest]
        return {"messages": shown[:most], "has_more": len(shown) > most, "response_metadata": {"next_cursor": ""}}

    # ── people and places ────────────────────────────────────────────────────────────────────────────────────────

    def _open(self, args: Json) -> Json:
        users = str(args.get("users", "")).split(",")
        if len(users) != 1 or users[0] not in self._workspace.members:
            raise SlackError("user_not_found")
        channel = self._workspace.direct(users[0])
        return {"channel": self._channel_json(channel)}

    def _channel_json(self, channel: Channel) -> Json:
        direct = bool(channel.direct_with)
        names = {"user": channel.direct_with} if direct else {"name": channel.name, "is_member": True}
        flags = {
            "is_im": direct,
            "is_channel": not direct and not channel.private,
            "is_private": direct or channel.private,
            "is_archived": False,
        }
        shared = {"is_ext_shared": channel.shared, "is_pending_ext_shared": False, "is_org_shared": False}
        return {"id": channel.id, **names, **flags, **shared}

    def _list(self, args: Json) -> Json:
        kinds = str(args.get("types") or "public_channel")
        found = [one for one in self._workspace.channels.values() if ("im" in kinds if one.direct_with else "channel" in kinds)]
        return {"channels": [self._channel_json(one) for one in found], "response_metadata": {"next_cursor": ""}}

    def _members(self, args: Json) -> Json:
        channel = self._channel(args)
        members = [channel.direct_with, BOT_USER] if channel.direct_with else list(self._workspace.members)
        return {"members": members, "response_metadata": {"next_cursor": ""}}

    def _user(self, args: Json) -> Json:
        member = self._workspace.members.get(str(args.get("user", "")))
        if member is None:
            raise SlackError("user_not_found")
        return {"user": user_json(member)}

    def _usergroups(self, _: Json) -> Json:
        return {"usergroups": [{"id": f"S{name.upper()}", "handle": name} for name in self._workspace.usergroups]}

    def _usergroup(self, args: Json) -> Json:
        for name, users in self._workspace.usergroups.items():
            if args.get("usergroup") == f"S{name.upper()}":
                return {"users": users}
        raise SlackError("no_such_subteam")

    # ── views, reactions, statuses ───────────────────────────────────────────────────────────────────────────────

    def _views_open(self, args: Json) -> Json:
        opened = self._workspace.triggers.pop(str(args.get("trigger_id", "")), None)
        if opened is None:
            raise SlackError("invalid_trigger_id")
        since, viewer = opened
        if time.monotonic() - since > TRIGGER_SECONDS:
            raise SlackError("expired_trigger_id")
        view = self._view(args) | {"id": self._workspace.number("V"), "viewer": viewer}
        self._workspace.views[view["id"]] = view
        self._workspace.touch()
        return {"view": view}

    def _view(self, args: Json) -> Json:
        view = _json(args.get("view"))
        if problem := limits.wrong_view(view):
            raise SlackError("invalid_arguments", problem)
        return {**view, "blocks": self._with_ids(view["blocks"]), "hash": self._workspace.number("h"), "team_id": TEAM}

    def _views_update(self, args: Json) -> Json:
        view = self._workspace.views.get(str(args.get("view_id", "")))
        if view is None:
            raise SlackError("not_found")
        self._workspace.redraw(view, self._view(args))
        self._workspace.touch()
        return {"view": view}

    def _views_publish(self, args: Json) -> Json:
        user = str(args.get("user_id", ""))
        if user not in self._workspace.members:
            raise SlackError("user_not_found")
        known = self._workspace.homes.get(user, {}).get("hash")
        if args.get("hash") and known and args["hash"] != known:
            raise SlackError("hash_conflict")
        self._workspace.homes[user] = self._view(args) | {"id": f"VH{user}"}
        self._workspace.touch()
        return {"view": self._workspace.homes[user]}

    def _react(self, args: Json, *, add: bool) -> Json:
        channel = self._channel(args)
        message = self._workspace.message(channel, str(args.get("timestamp", "")))
        if message is None:
            raise SlackError("message_not_found")
        reactions: list[str] = message.setdefault("reactions", [])
        name = str(args.get("name", ""))
        if add and name in reactions:
            raise SlackError("already_reacted")
        if not add and name not in reactions:
            raise SlackError("no_reaction")
        (reactions.append if add else reactions.remove)(name)
        self._workspace.touch()
        return {}

    def _status(self, args: Json) -> Json:
        channel = self._workspace.channel(str(args.get("channel_id", "")))
        if channel is None:
            raise SlackError("channel_not_found")
        key, text = (channel.id, str(args.get("thread_ts", ""))), str(args.get("status") or "")
        if text:
            self._workspace.statuses[key] = text
        else:
            self._workspace.statuses.pop(key, None)
        self._workspace.touch()
        return {}

    def _session_status(self, args: Json) -> Json:
        named = args.get("channel_id") or args.get("channel") or ""
        status = "is working on it…" if args.get("status") == "processing" else ""
        return self._status({"channel_id": named, "thread_ts": args.get("thread_ts", ""), "status": status})


async def _arguments(request: web.Request) -> tuple[str, Json]:
    """Token and arguments, sent as a form or as JSON."""
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        found = await request.json() if request.can_read_body else {}  # Slack's own client sends the type without a body too
        args |= found if isinstance(found, dict) else {}
    elif request.can_read_body:
        args |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    header = request.headers.get("Authorization", "")
    token = header.removeprefix("Bearer ") if header else str(args.pop("token", ""))
    return token, args


def _json(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise SlackError("invalid_arguments", "not readable as JSON") from None


def _answer(body: Json, scopes: set[str] | None = None) -> web.Response:
    return web.json_response(body, headers={"X-OAuth-Scopes": ",".join(sorted(scopes))} if scopes is not None else {})
