"""Slack's payloads as the house's events. Pure: a body in, an `Event` out, or None for what does not concern us.

A mention comes as `app_mention` *and* as `message`; both make the same event under the same key, so the second one is taken
for what it is. Texts are passed on as Slack escaped them, without the secrets that people paste: those go no further than here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain import Event, EventKind
from bot.redaction import blank

SPOKEN = ("", "file_share", "thread_broadcast", "me_message")
"""Subtypes of messages that somebody wrote; all others tell of things that happened in a channel."""

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are in this Slack, as `auth.test` says."""

    user: str  # our user id, as in <@U…>
    bot: str  # our bot id, as on our messages
    team: str
    enterprise: str = ""
    name: str = ""
    url: str = ""


def from_event(body: Json, me: Identity) -> Event | None:
    """What an Events API body of type message or app_mention means; None when it is nobody's words to us."""
    event = _dict(body.get("event"))
    match event.get("type"), event.get("subtype") or "":
        case "app_mention", _:
            return _message(body, event, me)
        case "message", "message_changed":
            return _changed(body, event, me)
        case "message", "message_deleted":
            return _deleted(body, event, me)
        case "message", subtype if subtype in SPOKEN:
            return _message(body, event, me)
        case _:
            return None


def stopped(body: Json, me: Identity) -> Event | None:
    """Somebody pressed Slack's stop button of an agent's session: as if they had said so."""
    event = _dict(body.get("event"))
    channel, thread, sender = (str(event.get(name) or "") for name in ("channel", "thread_ts", "user"))
    if not (channel and thread and sender):
        return None
    team, direct = team_of(body, me), is_direct(channel, "")
    return Event(
        key=f"{team}:{body.get('event_id') or f'{channel}:{thread}:stopped'}",
        conversation=conversation(team, channel, thread, direct=direct),
        kind=EventKind.MESSAGE,
        ts=str(event.get("event_ts") or thread),
        team=team,
        channel=channel,
        thread=thread,
        sender=sender,
        text="never mind",
        data={"direct": direct, "mention": True, "in_thread": True, "shared": _shared(body), "foreign": False, "files": []},
    )


def ended(body: Json, me: Identity) -> str:
    """Why Slack has taken our rights away, told by tokens_revoked or app_uninstalled; empty when it was somebody else's token."""
    event = _dict(body.get("event"))
    if event.get("type") == "app_uninstalled":
        return "the app was uninstalled"
    revoked = _dict(event.get("tokens")).get("bot")
    return "the bot token was revoked" if isinstance(revoked, list) and me.user in revoked else ""


def team_of(body: Json, me: Identity) -> str:
    """The workspace through which this came to us. In a shared channel `team_id` may be somebody else's."""
    for authorization in body.get("authorizations") or ():
        if team := _dict(authorization).get("team_id"):
            return str(team)
    team = body.get("team")
    nested = team.get("id") if isinstance(team, Mapping) else ""
    return str(body.get("context_team_id") or body.get("team_id") or nested or me.team)


def conversation(team: str, channel: str, thread: str, *, direct: bool) -> str:
    """The lane: a whole direct-message channel, or one thread elsewhere."""
    return f"{team}:{channel}" if direct else f"{team}:{channel}:{thread}"


def is_direct(channel: str, channel_type: str) -> bool:
    return channel_type == "im" if channel_type else channel.startswith("D")


def place(body: Json, channel: str, channel_type: str) -> str:
    """What kind of channel something was said in: direct, private, public or shared; empty when the event does not say.

    https://docs.slack.dev/reference/events/message (`channel_type`); an app_mention has none.
    """
    if is_direct(channel, channel_type):
        return "direct"
    if _shared(body):
        return "shared"
    return {"channel": "public", "group": "private", "mpim": "private"}.get(channel_type, "")


# ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _message(body: Json, event: Json, me: Identity) -> Event | None:
    ts, sender = str(event.get("ts") or ""), str(event.get("user") or "")
    if not (ts and sender) or event.get("hidden") or _by_a_bot(event, me):
        return None
    team, channel, text = team_of(body, me), str(event.get("channel") or ""), str(event.get("text") or "")
    direct = is_direct(channel, str(event.get("channel_type") or ""))
    thread = str(event.get("thread_ts") or "")
    mention = mentions(text, me)
    if not (direct or mention or thread):
        return None
    return Event(
        key=f"{team}:{channel}:{ts}",
        conversation=conversation(team, channel, thread or ts, direct=direct),
        kind=EventKind.MESSAGE,
        ts=ts,
        team=team,
        channel=channel,
        thread=thread or ts,
        sender=sender,
        text=blank(text),
        data={
            **_data(body, event, me, direct=direct, mention=mention),
            "place": place(body, channel, str(event.get("channel_type") or "")),
        },
    )


def _changed(body: Json, event: Json, me: Identity) -> Event | None:
    """An edit by a person. Slack also reports its own unfurls and thread counts this way: those change no words."""
    now, before = _dict(event.get("message")), _dict(event.get("previous_message"))
    if now.get("subtype") == "tombstone":  # a message with answers under it was deleted
        return _deleted(body, {**event, "deleted_ts": now.get("ts")}, me)
    edited = str(_dict(now.get("edited")).get("ts") or "")
    ts, sender = str(now.get("ts") or ""), str(now.get("user") or "")
    if not (edited and ts and sender) or _by_a_bot(now, me) or str(now.get("subtype") or "") not in SPOKEN:
        return None
    if before and before.get("text") == now.get("text"):
        return None
    return _about(body, event, now, before, me, key=f"{ts}:{edited}", kind=EventKind.EDIT, times=(edited, ts))


def _deleted(body: Json, event: Json, me: Identity) -> Event | None:
    before = _dict(event.get("previous_message"))
    ts = str(event.get("deleted_ts") or before.get("ts") or "")
    if not ts or _by_a_bot(before, me):
        return None
    gone = {**before, "ts": ts, "text": ""}
    return _about(body, event, gone, before, me, key=f"{ts}:deleted", kind=EventKind.DELETE, times=(ts,))


def _about(
    body: Json, event: Json, now: Json, before: Json, me: Identity, *, key: str, kind: EventKind, times: tuple[str, ...]
) -> Event | None:
    """Something that happened to an earlier message."""
    team, channel, ts, text = team_of(body, me), str(event.get("channel") or ""), str(now["ts"]), str(now.get("text") or "")
    direct = is_direct(channel, str(event.get("channel_type") or ""))
    thread = str(now.get("thread_ts") or before.get("thread_ts") or "")
    mention = mentions(text, me)
    if not (direct or thread or mention or mentions(str(before.get("text") or ""), me)):
        return None
    return Event(
        key=f"{team}:{channel}:{key}",
        conversation=conversation(team, channel, thread or ts, direct=direct),
        kind=kind,
        ts=max((*times, str(event.get("event_ts") or event.get("ts") or ts)), key=_seconds),
        team=team,
        channel=channel,
        thread=thread or ts,
        sender=str(now.get("user") or ""),
        text=blank(text),
        data={**_data(body, {**now, "thread_ts": thread}, me, direct=direct, mention=mention), "edited_of": ts},
    )


def mentions(text: str, me: Identity) -> bool:
    """Whether the text names us, told from the text: whichever of the two events of a mention comes first must say so."""
    return bool(me.user) and (f"<@{me.user}>" in text or f"<@{me.user}|" in text)


def _data(body: Json, event: Json, me: Identity, *, direct: bool, mention: bool) -> dict[str, Any]:
    thread = str(event.get("thread_ts") or "")
    files = [blank(str(_dict(file).get("name") or _dict(file).get("title") or "a file")) for file in event.get("files") or ()]
    secret = {"secret": True} if blank(words := str(event.get("text") or "")) != words else {}
    return {
        "direct": direct,
        "mention": mention,
        "in_thread": bool(thread) and thread != str(event.get("ts") or ""),
        "shared": _shared(body),
        "foreign": _foreign(body, event, me),
        "files": files,
        **secret,
    }


def _shared(body: Json) -> bool:
    return bool(body.get("is_ext_shared_channel"))


def _foreign(body: Json, event: Json, me: Identity) -> bool:
    """Whether the words come from another organisation's workspace (Slack Connect)."""
    ours = {team_of(body, me), me.team, me.enterprise}
    theirs = {str(event.get(name) or "") for name in ("user_team", "source_team")} - {""}
    if not theirs and _shared(body):
        theirs = {str(event.get("team") or "")} - {""}
    return bool(theirs - ours)


def _by_a_bot(message: Json, me: Identity) -> bool:
    """Two bots must not talk for ever: what any bot wrote is no message to us."""
    return bool(message.get("bot_id") or message.get("bot_profile")) or message.get("user") in (me.user, "USLACKBOT")


def _dict(value: Any) -> Json:
    return value if isinstance(value, Mapping) else {}


def _seconds(ts: str) -> float:
    try:
        return float(ts)
    except ValueError:
        return 0.0
