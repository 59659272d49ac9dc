"""Slack's interactive payloads as the house's events and votes. Pure.

What comes back with a button is not believed: it is parsed, and everything it claims is checked by the core against the ids that
Slack signed (who clicked, where).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.consent import Act
from bot.domain import Event, EventKind
from bot.slack.events import Identity, Json, conversation, is_direct, team_of

ACT, MORE, ALL = "act", "more", "approve_all"
"""Action ids of what people do with a card besides yes and no: ``act:take_over``, the menu, or one yes to all on it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a click happened or a command was typed, and how whoever did it is reached."""

    user: str
    team: str
    channel: str = ""
    message: str = ""  # ts of the message with the button
    thread: str = ""  # ts of its thread, empty at the top level
    response_url: str = ""
    surface: str = ""  # home, where it was clicked there

    @property
    def home(self) -> bool:
        return self.surface == "home"


@dataclass(frozen=True, slots=True)
class Vote:
    """Which approval a button answers, as the button claims."""

    approval: str
    nonce: str
    digest: str = ""  # where it stands below a call that is shown whole


class Malformed(ValueError):
    """The payload is not of a button that we made."""


def place(body: Json, me: Identity) -> Place:
    container, message = _dict(body.get("container")), _dict(body.get("message"))
    ts = str(container.get("message_ts") or message.get("ts") or "")
    thread = str(message.get("thread_ts") or container.get("thread_ts") or "")
    return Place(
        user=str(_dict(body.get("user")).get("id") or body.get("user_id") or ""),
        team=team_of(body, me),
        channel=str(_dict(body.get("channel")).get("id") or container.get("channel_id") or body.get("channel_id") or ""),
        message=ts,
        thread="" if thread == ts else thread,
        response_url=str(body.get("response_url") or ""),
        surface="home" if _dict(body.get("view")).get("type") == "home" else "",
    )


def once(body: Json) -> str:
    """What names a command, a shortcut or a form that was sent, however often Slack's request for it comes; empty when nothing does.

    A form keeps its view's id when it is sent again; a command and a shortcut have a trigger of their own.
    """
    return str(_dict(body.get("view")).get("id") or body.get("trigger_id") or "")


def vote(action: Json) -> Vote:
    """Raises Malformed."""
    return _vote(_unpacked(str(action.get("value") or "")))


def act(action: Json) -> tuple[Act, Vote]:
    """What is wanted, by the button or the menu's option, and of which approval. Raises Malformed."""
    option = _dict(action.get("selected_option"))
    value = _unpacked(str((option or action).get("value") or ""))
    name = _id(value, "act") if option else str(action.get("action_id") or "").partition(":")[2]
    if name not in set(Act):
        raise Malformed(f"nothing is done by {name!r}")
    return Act(name), _vote(value)


def everything(action: Json) -> list[Vote]:
    """The approvals that one button answers together. Raises Malformed."""
    found = _unpacked(str(action.get("value") or "")).get("all")
    if not isinstance(found, list) or not found:
        raise Malformed("nothing is answered")
    return [_vote(_dict(one)) for one in found]


def apart(body: Json, action: Json, me: Identity) -> dict[str, str]:
    """{case, said, channel, thread} of the button that makes a remark a request of its own. Raises Malformed."""
    at, value = place(body, me), _unpacked(str(action.get("value") or ""))
    if not (at.user and at.channel and at.message):
        raise Malformed("a click without a place")
    return {"case": _id(value, "case"), "said": _id(value, "said"), "channel": at.channel, "thread": at.thread or at.message}


def event(body: Json, action: Json, me: Identity) -> Event:
    """What a button under a question, an answer or a waiting plan means. Raises Malformed."""
    at, action_id = place(body, me), str(action.get("action_id") or "")
    if not (at.user and at.channel and at.message):
        raise Malformed("a click without a place")
    kind, data = _meaning(action, action_id)
    if kind is EventKind.FEEDBACK:
        data["message"] = at.message
    stamp = str(action.get("action_ts") or "")
    thread = at.thread or at.message
    return Event(
        key=f"click:{at.team}:{at.channel}:{at.message}:{stamp}:{at.user}:{action_id}",
        conversation=conversation(at.team, at.channel, thread, direct=is_direct(at.channel, "")),
        kind=kind,
        ts=stamp or at.message,
        team=at.team,
        channel=at.channel,
        thread=thread,
        sender=at.user,
        data=data,
    )


def on_home(body: Json, action: Json, me: Identity) -> tuple[EventKind, str, str]:
    """(what is meant, of which case, a key of its own) of a button on Home about a case. Raises Malformed."""
    at, action_id = place(body, me), str(action.get("action_id") or "")
    kind, data = _meaning(action, action_id)
    if kind not in (EventKind.WITHDRAW, EventKind.PERSON) or not at.user:
        raise Malformed(f"no button of Home: {action_id!r}")
    case = str(data["case"])
    return kind, case, f"home:{at.team}:{at.user}:{case}:{action_id}:{action.get('action_ts') or ''}"


def _meaning(action: Json, action_id: str) -> tuple[EventKind, dict[str, Any]]:
    match action_id.split(":", 1)[0]:
        case "choice":
            return EventKind.CHOICE, _choice(action, action_id)
        case "belongs":
            value = _unpacked(str(action.get("value") or ""))
            return EventKind.CHOICE, {"case": _id(value, "case"), "need": f"belongs:{_id(value, 'said')}"}
        case "feedback_yes" | "feedback_not_yet":
            answer = "yes" if action_id == "feedback_yes" else "not_yet"
            return EventKind.FEEDBACK, {"case": _case(action), "answer": answer}
        case "withdraw":
            return EventKind.WITHDRAW, _withdrawn(action)
        case "person":
            return EventKind.PERSON, {"case": _case(action)}
        case _:
            raise Malformed(f"no button of ours: {action_id!r}")


def _choice(action: Json, action_id: str) -> dict[str, Any]:
    """From a list the ids stand in the action's id, because Slack keeps an option's value short."""
    if option := _dict(action.get("selected_option")):
        parts = action_id.split(":", 3)
        if len(parts) != 4 or not option.get("value"):  # noqa: PLR2004 - choice, case, plan, need
            raise Malformed("a list that is not ours")
        return {"case": parts[1], "plan": parts[2], "need": parts[3], "value": str(option["value"])}
    value = _unpacked(str(action.get("value") or ""))
    return {name: _id(value, name) for name in ("case", "plan", "need", "value")}


def _withdrawn(action: Json) -> dict[str, Any]:
    """{case}, and below a question {plan}: with that alone it is over."""
    value = _unpacked(str(action.get("value") or ""))
    return {name: _id(value, name) for name in ("case", "plan") if name == "case" or name in value}


def _vote(value: Json) -> Vote:
    return Vote(_id(value, "approval"), _id(value, "nonce"), _id(value, "digest") if "digest" in value else "")


def _case(action: Json) -> str:
    return _id(_unpacked(str(action.get("value") or "")), "case")


def _unpacked(text: str) -> Json:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise Malformed("the button's value is no JSON") from error
    if not isinstance(value, dict):
        raise Malformed("the button's value is no object")
    return value


def _id(value: Json, name: str) -> str:
    found = value.get(name)
    if not isinstance(found, str) or not found or "\x00" in found:
        raise Malformed(f"the button's value has no {name}")
    return found


def _dict(value: Any) -> Json:
    return value if isinstance(value, Mapping) else {}
