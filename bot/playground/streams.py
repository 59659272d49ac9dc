"""Streamed messages: started, fed, stopped; ended by Slack after five minutes, or by a person's Stop.

While one is live it can be neither changed nor deleted, and once it is not, it takes no more words.
"""

import json
import time
from collections.abc import Callable
from typing import Any

from bot.playground import limits
from bot.playground.refusals import SlackError
from bot.playground.workspace import APP, BOT_ID, BOT_USER, TEAM, Channel, Json, Member, Workspace

LIFE_SECONDS = 306.0
"""Measured, not documented; feeding a stream does not prolong it."""

LIVE, OVER = "in_progress", "completed"


class Streams:
    """The streaming methods of one workspace. `now` is a monotonic time that tests may turn."""

    def __init__(self, workspace: Workspace, *, now: Callable[[], float] = time.monotonic) -> None:
        self._workspace = workspace
        self.now = now
        self._began: dict[tuple[str, str], float] = {}
        self._stopped: set[tuple[str, str]] = set()

    def start(self, channel: Channel, args: Json) -> Json:
        """chat.startStream"""
        thread = str(args.get("thread_ts") or "")
        if not thread:
            raise SlackError("invalid_arguments", "missing required field: thread_ts")
        if not channel.direct_with:
            for name in ("recipient_user_id", "recipient_team_id"):
                if not args.get(name):
                    raise SlackError(f"missing_{name}")
        if (recipient := args.get("recipient_user_id")) and recipient not in self._workspace.members:
            raise SlackError("user_not_found")
        message: Json = {"type": "message", "user": BOT_USER, "bot_id": BOT_ID, "app_id": APP, "team": TEAM}
        message |= {"ts": self._workspace.new_ts(), "thread_ts": thread, "text": "", "blocks": [], "streaming_state": LIVE}
        self._feed(message, args)
        self._began[channel.id, message["ts"]] = self.now()
        self._workspace.statuses.pop((channel.id, thread), None)
        self._workspace.add(channel, message)
        return {"channel": channel.id, "ts": message["ts"]}

    def append(self, channel: Channel, args: Json) -> Json:
        """chat.appendStream"""
        message = self._open(channel, args)
        if not _words(args):
            raise SlackError("markdown_text_required")
        self._feed(message, args)
        self._workspace.touch()
        return {"channel": channel.id, "ts": message["ts"]}

    def stop(self, channel: Channel, args: Json, metadata: Any) -> Json:
        """chat.stopStream"""
        message = self._open(channel, args, OVER)
        self._feed(message, args)
        if metadata:
            message["metadata"] = metadata
        message["streaming_state"] = OVER
        self._workspace.touch()
        return {"channel": channel.id, "ts": message["ts"], "message": message}

    def live(self, channel: Channel, message: Json) -> bool:
        """Whether it takes words now."""
        if message.get("streaming_state") != LIVE:
            return False
        began = self._began.get((channel.id, message["ts"]), float("-inf"))
        if self.now() - began < LIFE_SECONDS:
            return True
        message["streaming_state"] = OVER
        self._workspace.touch()
        return False

    def expire(self) -> None:
        """End what has lived too long."""
        for channel in self._workspace.channels.values():
            for message in channel.messages:
                self.live(channel, message)

    def stop_pressed(self, who: Member, channel: Channel, ts: str) -> bool:
        """Somebody presses Stop on a live message: all that is live in its thread ends, and the app is told. False when none is."""
        message = self._workspace.message(channel, ts)
        if message is None or not self.live(channel, message):
            return False
        thread = message["thread_ts"]
        ended = [one for one in channel.messages if one.get("thread_ts") == thread and self.live(channel, one)]
        for one in ended:
            one["streaming_state"] = OVER
            self._stopped.add((channel.id, one["ts"]))
        self._workspace.touch()
        self._workspace.emit(
            {
                "type": "agent_session_stopped",
                "channel": channel.id,
                "thread_ts": thread,
                "user": who.slack_id,
                "streaming_message_ts": [one["ts"] for one in ended],
                "event_ts": self._workspace.new_ts(),
            }
        )
        return True

    def _open(self, channel: Channel, args: Json, how: str = LIVE) -> Json:
        message = self._workspace.message(channel, str(args.get("ts", "")))
        if message is None:
            raise SlackError("message_not_found")
        if message.get("user") != BOT_USER:
            raise SlackError("message_not_owned_by_app")
        if how == LIVE and (channel.id, message["ts"]) in self._stopped:
            raise SlackError("stopped_by_user")
        if not self.live(channel, message):
            raise SlackError("message_not_in_streaming_state")
        return message

    def _feed(self, message: Json, args: Json) -> None:
        more = _words(args)
        if len(more) > limits.MARKDOWN_SUM:
            raise SlackError("msg_too_long")
        message["text"] += more
        if message["text"]:
            message["blocks"] = [{"type": "markdown", "block_id": f"s{message['ts']}", "text": message["text"]}]


def _words(args: Json) -> str:
    """What is to be added: as one text, or as the chunks that newer clients send; of those only the words are shown here."""
    chunks = args.get("chunks") or []
    if isinstance(chunks, str):
        chunks = json.loads(chunks)
    words = [str(one.get("text", "")) for one in chunks if one.get("type") == "markdown_text"]
    return str(args.get("markdown_text") or "") + "".join(words)
