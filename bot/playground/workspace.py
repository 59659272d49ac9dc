"""What the workspace knows: people, channels, messages, views, and the events that a bot is to get."""

import asyncio
import itertools
import json
import re
import time
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

TEAM = "T0PLAYGROUND"
APP = "A0PLAYGROUND"
BOT_USER = "UDESKHANDBOT"
BOT_ID = "BDESKHANDBOT"
BOT_NAME = "Deskhand"
BOT_TOKEN = "xoxb-playground"  # noqa: S105 - opens nothing but this page
APP_TOKEN = "xapp-playground"  # noqa: S105
QUEUED_EVENTS = 1000
KEPT_MESSAGES = 2000

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in the workspace. `kind`: member | guest | stranger | bot | deactivated. `note` is shown beside the name."""

    slack_id: str
    handle: str
    name: str
    title: str = ""
    kind: str = "member"
    zone: str = "Europe/Berlin"
    note: str = ""
    featured: bool = False


@dataclass(slots=True)
class Channel:
    """A channel or the direct messages between one person and the bot. Messages are Slack's own JSON, oldest first."""

    id: str
    name: str
    direct_with: str = ""
    private: bool = False
    shared: bool = False  # with another organisation
    messages: list[Json] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return "im" if self.direct_with else "group" if self.private else "channel"


@dataclass(slots=True)
class Failure:
    """A method that is to fail for a test: `times` more times, in one `how` (status | error | delay | drop)."""

    times: int
    how: str
    value: Any = None


class Workspace:
    """The state of one workspace; everything that changes it goes through here, and is told to the page."""

    def __init__(
        self, people: Iterable[Member], channels: Iterable[str] = ("general", "oncall"), *, keep: Path | None = None
    ) -> None:
        self.members: dict[str, Member] = {one.slack_id: one for one in people}
        self.members[BOT_USER] = Member(BOT_USER, "deskhand", BOT_NAME, "Finishes work", "bot")
        self.channels: dict[str, Channel] = {}
        for name in channels:
            identity = "C0" + re.sub(r"[^A-Z0-9]", "", name.upper()).ljust(8, "0")
            self.channels[identity] = Channel(identity, name)
        self.usergroups: dict[str, list[str]] = {}
        self.views: dict[str, Json] = {}  # open modals by id; `viewer` says whose
        self.homes: dict[str, Json] = {}
        self.statuses: dict[tuple[str, str], str] = {}
        self.unsupported: set[str] = set()  # kinds of blocks that this workspace is too old for
        self.failures: dict[str, Failure] = {}
        self.calls: list[tuple[str, Json]] = []
        self.triggers: dict[str, tuple[float, str]] = {}
        self.responses: dict[str, Json] = {}
        self.events: deque[Json] = deque(maxlen=QUEUED_EVENTS)
        self.scopes: set[str] | None = None  # what the bot token was granted; None: Slack does not say
        self.warnings: dict[str, list[str]] = {}  # by method, as Slack adds them to an answer that is ok
        self.version = 0
        self.changed = asyncio.Event()
        self._numbers = itertools.count(1)
        self._last_ts = 0.0
        self._keep = keep
        self._load()

    # ── people and places ────────────────────────────────────────────────────────────────────────────────────────

    def member(self, who: str) -> Member | None:
        """By handle or Slack id."""
        return self.members.get(who) or next((one for one in self.members.values() if one.handle == who), None)

    def direct(self, slack_id: str) -> Channel:
        """The direct messages between this person and the bot."""
        identity = "D" + slack_id[1:]
        if identity not in self.channels:
            self.channels[identity] = Channel(identity, "", slack_id)
        return self.channels[identity]

    def channel(self, name: str) -> Channel | None:
        """By id or name, with or without its #."""
        name = name.removeprefix("#")
        return self.channels.get(name) or next((one for one in self.channels.values() if name and one.name == name), None)

    def sees(self, slack_id: str, channel: Channel) -> bool:
        return channel.direct_with in ("", slack_id)

    def new_ts(self) -> str:
        """Slack's timestamps are the messages' names: unique, and rising."""
        self._last_ts = max(time.time(), self._last_ts + 0.000_001)
        return f"{self._last_ts:.6f}"

    def number(self, prefix: str) -> str:
        return f"{prefix}{next(self._numbers):08d}{int(time.time()) % 100000:05d}"

    def message(self, channel: Channel, ts: str) -> Json | None:
        return next((one for one in reversed(channel.messages) if one["ts"] == ts), None)

    def redraw(self, view: Json, as_: Json) -> None:
        """Another view in the same window: nothing of the former one stays. https://docs.slack.dev/surfaces/modals/#updating_views"""
        kept = {name: view[name] for name in ("id", "viewer", "team_id")}
        view.clear()
        view |= {**as_, **kept, "hash": self.number("h")}

    # ── what people do ───────────────────────────────────────────────────────────────────────────────────────────

    def say(self, who: Member, channel: Channel, text: str, thread_ts: str = "", files: Iterable[str] = ()) -> Json:
        """Somebody writes; the bot gets what Slack would send."""
        message: Json = {
            "type": "message",
            "user": who.slack_id,
            "text": self.marked_up(text),
            "ts": self.new_ts(),
            "team": TEAM,
        }
        message["client_msg_id"] = self.number("m-")
        if thread_ts:
            message["thread_ts"] = thread_ts
        if names := list(files):
            message["files"] = [{"id": self.number("F"), "name": name, "mimetype": "application/octet-stream"} for name in names]
            message["subtype"] = "file_share"
        if who.kind == "bot":
            message |= {"bot_id": "B" + who.slack_id[1:], "subtype": "bot_message"}
        self.add(channel, message)
        sent = {**message, "channel": channel.id, "event_ts": message["ts"], "channel_type": channel.kind}
        if who.kind == "stranger":
            sent |= {"user_team": "T0ELSEWHERE", "source_team": "T0ELSEWHERE"}
        self.emit(sent, shared=channel.shared or who.kind == "stranger")
        if f"<@{BOT_USER}>" in message["text"] and not channel.direct_with:
            mention = {key: value for key, value in sent.items() if key not in ("channel_type", "subtype")}
            self.emit({**mention, "type": "app_mention"}, shared=channel.shared or who.kind == "stranger")
        return message

    def edit(self, who: Member, channel: Channel, ts: str, text: str) -> bool:
        message = self.message(channel, ts)
        if message is None or message.get("user") != who.slack_id:
            return False
        before = dict(message)
        message["text"] = self.marked_up(text)
        message["edited"] = {"user": who.slack_id, "ts": self.new_ts()}
        self.touch()
        self.emit(
            {
                "type": "message",
                "subtype": "message_changed",
                "hidden": True,
                "channel": channel.id,
                "channel_type": channel.kind,
                "ts": message["edited"]["ts"],
                "event_ts": message["edited"]["ts"],
                "message": dict(message),
                "previous_message": before,
            }
        )
        return True

    def delete(self, who: Member, channel: Channel, ts: str) -> bool:
        message = self.message(channel, ts)
        if message is None or message.get("user") != who.slack_id:
            return False
        channel.messages.remove(message)
        self.touch()
        now = self.new_ts()
        self.emit(
            {
                "type": "message",
                "subtype": "message_deleted",
                "hidden": True,
                "channel": channel.id,
                "channel_type": channel.kind,
                "ts": now,
                "event_ts": now,
                "deleted_ts": ts,
                "previous_message": message,
            }
        )
        return True

    def home_opened(self, who: Member, tab: str) -> None:
        channel = self.direct(who.slack_id)
        event = {"type": "app_home_opened", "user": who.slack_id, "channel": channel.id, "tab": tab, "event_ts": self.new_ts()}
        self.emit(event)

    # ── what the bot does ────────────────────────────────────────────────────────────────────────────────────────

    def add(self, channel: Channel, message: Json) -> None:
        channel.messages.append(message)
        del channel.messages[:-KEPT_MESSAGES]
        self.touch()

    def touch(self) -> None:
        """Something is to be seen; whoever waits for that wakes up."""
        self.version += 1
        self.changed.set()
        self.changed = asyncio.Event()

    def emit(self, event: Json, *, shared: bool = False) -> Json:
        """An event for the bot, in the envelope that the Events API has."""
        self.events.append(
            {
                "token": "playground",
                "team_id": TEAM,
                "api_app_id": APP,
                "event": event,
                "type": "event_callback",
                "event_id": self.number("Ev"),
                "event_time": int(time.time()),
                "authorizations": [{"enterprise_id": None, "team_id": TEAM, "user_id": BOT_USER, "is_bot": True}],
                "is_ext_shared_channel": shared,
                "event_context": self.number("4-"),
            }
        )
        return self.events[-1]

    def fail(self, method: str, how: str, value: Any = None, times: int = 1) -> None:
        """Let a method fail: `status` (an HTTP code), `error` (a Slack error), `delay` (seconds), `drop` (done, no answer)."""
        self.failures[method] = Failure(times, how, value)

    def new_trigger(self, slack_id: str) -> str:
        trigger = self.number("trigger.")
        self.triggers[trigger] = (time.monotonic(), slack_id)
        return trigger

    def marked_up(self, text: str) -> str:
        """What people type, as Slack stores it: & < > escaped, @handle a mention."""
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

        def mention(match: re.Match[str]) -> str:
            found = self.member(match.group(1).lower())
            return f"<@{found.slack_id}>" if found else match.group(0)

        return re.sub(r"(?<![\w.])@([A-Za-z][\w-]*)", mention, text)

    # ── kept over a restart ──────────────────────────────────────────────────────────────────────────────────────

    def save(self) -> None:
        """Channels and their messages, whole or not at all."""
        if self._keep is None:
            return
        self._keep.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"channels": [asdict(one) for one in self.channels.values()], "events": list(self.events)})
        fresh = self._keep.with_suffix(".new")
        fresh.write_text(text)
        fresh.replace(self._keep)

    def _load(self) -> None:
        if self._keep is None:
            return
        with suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(self._keep.read_text())
            for one in kept["channels"]:
                self.channels[one["id"]] = Channel(**one)
            self.events.extend(kept["events"])


def user_json(member: Member) -> Mapping[str, Any]:
    """A person as `users.info` gives them."""
    guest = member.kind == "guest"
    return {
        "id": member.slack_id,
        "team_id": "T0ELSEWHERE" if member.kind == "stranger" else TEAM,
        "name": member.handle,
        "real_name": member.name,
        "deleted": member.kind == "deactivated",
        "tz": member.zone,
        "is_bot": member.kind == "bot",
        "is_app_user": False,
        "is_admin": False,
        "is_owner": False,
        "is_restricted": guest,
        "is_ultra_restricted": False,
        "is_stranger": member.kind == "stranger",
        "is_email_confirmed": True,
        "is_workflow_bot": False,
        "profile": {"real_name": member.name, "display_name": member.handle, "title": member.title, "team": TEAM},
    }
