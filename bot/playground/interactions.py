"""What people press: buttons, choices, forms, shortcuts and commands, as Slack sends them, and what comes of the bot's answer."""

import time
from collections.abc import Mapping
from typing import Any

from bot.playground import inputs, limits
from bot.playground.api import Api
from bot.playground.delivery import Delivery
from bot.playground.workspace import APP, BOT_TOKEN, TEAM, Channel, Json, Member, Workspace

NOT_IN_TIME = "Deskhand did not answer in time"
GONE = "that button is gone"
RESPONSE_USES = 5
RESPONSE_SECONDS = 30 * 60


class Interactions:
    """Sends what people press, and takes what is posted to a `response_url`."""

    def __init__(self, workspace: Workspace, delivery: Delivery, api: Api) -> None:
        self._workspace = workspace
        self._delivery = delivery
        self._api = api
        self.url = ""

    async def click(
        self,
        who: Member,
        channel: Channel,
        ts: str,
        action_id: str,
        *,
        value: str | None = None,
        forged: Mapping[str, Any] | None = None,
    ) -> str:
        """Press a button or pick an option of a message; what went wrong, or empty. `forged` overwrites fields, for tests."""
        message = self._workspace.message(channel, ts)
        if message is None:
            return "that message is gone"
        found = _action(message.get("blocks", []), action_id, value)
        if found is None:
            return GONE
        block, element = found
        payload = self._payload(who, "block_actions") | {
            "container": {
                "type": "message",
                "message_ts": ts,
                "channel_id": channel.id,
                "is_ephemeral": "ephemeral_to" in message,
                **({"thread_ts": message["thread_ts"]} if "thread_ts" in message else {}),
            },
            "channel": {"id": channel.id, "name": channel.name or "directmessage"},
            "message": {key: one for key, one in message.items() if key != "ephemeral_to"},
            "state": {"values": {}},
            "response_url": self._response_url(who, channel, message),
            "actions": [_pressed(block, element, value) | dict(forged or {})],
        }
        return "" if await self._delivery.send("interactive", payload) is not None else NOT_IN_TIME

    async def click_home(
        self, who: Member, action_id: str, *, value: str | None = None, forged: Mapping[str, Any] | None = None
    ) -> str:
        """Press a button of somebody's App Home; of several with this action id the one that holds this value."""
        view = self._workspace.homes.get(who.slack_id)
        found = _action(view["blocks"], action_id, value) if view else None
        if view is None or found is None:
            return GONE
        payload = self._payload(who, "block_actions") | {
            "container": {"type": "view", "view_id": view["id"]},
            "view": view,
            "actions": [_pressed(*found, value) | dict(forged or {})],
        }
        return "" if await self._delivery.send("interactive", payload) is not None else NOT_IN_TIME

    async def suggest(self, who: Member, view_id: str, block_id: str, typed: str) -> list[Json]:
        """The options of a list that is looked up while somebody types into it."""
        view = self._workspace.views.get(view_id)
        block = next((one for one in view["blocks"] if one.get("block_id") == block_id), None) if view else None
        if view is None or block is None or view.get("viewer") != who.slack_id:
            return []
        shown = {key: one for key, one in view.items() if key != "viewer"}
        asked = {"view": shown, "block_id": block_id, "action_id": block["element"]["action_id"], "value": typed}
        answer = await self._delivery.send("interactive", self._payload(who, "block_suggestion") | asked)
        return list((answer or {}).get("options") or ())

    async def submit(
        self,
        who: Member,
        view_id: str,
        values: Mapping[str, Mapping[str, str]],
        *,
        forged: Mapping[str, Any] | None = None,
    ) -> Mapping[str, str]:
        """Send a form; errors by block, or nothing when it was taken and closed. `forged` overwrites fields, for tests.

        A value is what was written, an option's value, a Slack id, or a day, by the kind of the block's element.
        """
        view = self._workspace.views.get(view_id)
        if view is None or view.get("viewer") != who.slack_id:
            return {"": "that form is gone"}
        elements = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
        state = {
            block: {action: inputs.state_of(elements.get(block, {}), given) for action, given in actions.items()}
            for block, actions in values.items()
        }
        missing = {
            block["block_id"]: "This is needed."
            for block in view["blocks"]
            if block["type"] == "input" and not block.get("optional") and not inputs.filled(state.get(block["block_id"], {}))
        }
        if missing:
            return missing
        shown = {key: one for key, one in view.items() if key != "viewer"} | {"state": {"values": state}}
        shown |= dict(forged or {})
        answer = await self._delivery.send("interactive", self._payload(who, "view_submission") | {"view": shown})
        if answer is None:
            return {"": "We had some trouble connecting. Try again?"}
        if answer.get("response_action") == "errors":
            return dict(answer["errors"])
        if answer.get("response_action") == "update" and not limits.wrong_view(answer.get("view")):
            self._workspace.redraw(view, answer["view"])
        else:
            self._workspace.views.pop(view_id, None)
        self._workspace.touch()
        return {}

    async def command(self, who: Member, channel: Channel, command: str, text: str) -> str:
        """Type a slash command; what went wrong, or empty. https://docs.slack.dev/interactivity/implementing-slash-commands/"""
        payload = {
            "token": BOT_TOKEN,
            "team_id": TEAM,
            "team_domain": "playground",
            "channel_id": channel.id,
            "channel_name": channel.name or "directmessage",
            "user_id": who.slack_id,
            "user_name": who.handle,
            "command": command,
            "text": self._workspace.marked_up(text),
            "api_app_id": APP,
            "is_enterprise_install": "false",
            "response_url": self._response_url(who, channel, {"ts": ""}),
            "trigger_id": self._workspace.new_trigger(who.slack_id),
        }
        answer = await self._delivery.send("slash_commands", payload)
        if answer is None:
            return f"{command} failed because the app did not respond"
        if answer.get("text") or answer.get("blocks"):
            content = {"text": str(answer.get("text") or ""), "blocks": answer.get("blocks") or []}
            self._api.add_ephemeral(channel, who.slack_id, content, "")
        return ""

    async def shortcut(self, who: Member, callback_id: str) -> str:
        """Choose a global shortcut."""
        stamp = {"callback_id": callback_id, "action_ts": f"{time.time():.6f}"}
        payload = self._payload(who, "shortcut") | stamp
        return "" if await self._delivery.send("interactive", payload) is not None else NOT_IN_TIME

    async def message_shortcut(self, who: Member, channel: Channel, ts: str, callback_id: str) -> str:
        """Choose a shortcut in the menu of a message."""
        message = self._workspace.message(channel, ts)
        if message is None:
            return "that message is gone"
        payload = self._payload(who, "message_action") | {
            "callback_id": callback_id,
            "action_ts": f"{time.time():.6f}",
            "message_ts": ts,
            "channel": {"id": channel.id, "name": channel.name or "directmessage"},
            "message": {key: one for key, one in message.items() if key != "ephemeral_to"},
            "response_url": self._response_url(who, channel, message),
        }
        return "" if await self._delivery.send("interactive", payload) is not None else NOT_IN_TIME

    def close(self, who: Member, view_id: str) -> None:
        view = self._workspace.views.get(view_id)
        if view is not None and view.get("viewer") == who.slack_id:
            del self._workspace.views[view_id]
            self._workspace.touch()

    def respond(self, token: str, body: Json) -> int:
        """Something was posted to a `response_url`; an HTTP status."""
        response = self._workspace.responses.get(token)
        if response is None or response["uses"] >= RESPONSE_USES or time.monotonic() - response["since"] > RESPONSE_SECONDS:
            return 404
        response["uses"] += 1
        channel = self._workspace.channels[response["channel"]]
        blocks = body.get("blocks") or []
        if blocks and limits.wrong_blocks(blocks):
            return 400
        content = {"text": str(body.get("text") or ""), "blocks": blocks}
        original = self._workspace.message(channel, response["ts"])
        if body.get("delete_original") and original is not None:
            channel.messages.remove(original)
            self._workspace.touch()
        elif body.get("replace_original") and original is not None:
            original |= content
            self._workspace.touch()
        elif body.get("response_type") == "in_channel":
            self._workspace.add(channel, {"type": "message", "user": "UDESKHANDBOT", "ts": self._workspace.new_ts(), **content})
        else:
            thread = str(body.get("thread_ts") or response["thread"])
            self._api.add_ephemeral(channel, response["user"], content, thread)
        return 200

    def _payload(self, who: Member, kind: str) -> Json:
        team = "T0ELSEWHERE" if who.kind == "stranger" else TEAM
        return {
            "type": kind,
            "team": {"id": TEAM, "domain": "playground"},
            "enterprise": None,
            "is_enterprise_install": False,
            "user": {"id": who.slack_id, "username": who.handle, "name": who.handle, "team_id": team},
            "api_app_id": APP,
            "token": BOT_TOKEN,
            "trigger_id": self._workspace.new_trigger(who.slack_id),
        }

    def _response_url(self, who: Member, channel: Channel, message: Json) -> str:
        token = self._workspace.number("r")
        self._workspace.responses[token] = {
            "channel": channel.id,
            "user": who.slack_id,
            "ts": message["ts"],
            "thread": message.get("thread_ts", ""),
            "uses": 0,
            "since": time.monotonic(),
        }
        return f"{self.url}/response/{token}"


def _action(blocks: list[Json], action_id: str, value: str | None) -> tuple[Json, Json] | None:
    """The block and element with this action id; of several, the one that holds this value."""
    found = [
        (block, element)
        for block in blocks
        for element in [*block.get("elements", ()), *([block["accessory"]] if "accessory" in block else [])]
        if isinstance(element, dict) and element.get("action_id") == action_id
    ]
    exact = [one for one in found if value is not None and one[1].get("value") == value]
    return next(iter(exact or found), None)


def _pressed(block: Json, element: Json, value: str | None) -> Json:
    action = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": f"{time.time():.6f}",
    }
    if element["type"] in ("static_select", "overflow"):
        option = next((one for one in element["options"] if one["value"] == value), element["options"][0])
        return action | {"selected_option": option}
    return action | {"value": element.get("value", ""), "text": element.get("text", {})}
