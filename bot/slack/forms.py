"""A request as a modal: inputs of the right kind out, ids in. Pure.

What comes back is parsed and not believed: Slack signs who sent it, the core looks up everything else anew. Secrets that were
pasted into it go no further than here. The view's metadata holds the form's name only.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain import Event, EventKind
from bot.homeview import ANYTHING_ELSE, Field, Form
from bot.redaction import blank
from bot.slack import blocks
from bot.slack.blocks import Block, packed, plain
from bot.slack.clicks import Malformed
from bot.slack.events import Identity, Json, conversation, team_of
from bot.slack.limits import OPTION_TEXT, OPTION_VALUE, OPTIONS, PLACEHOLDER

CALLBACK = "form"
VALUE = "value"
TITLE = 24  # https://docs.slack.dev/reference/views/modal-views
LABEL = 2_000
RADIOS = 6
MOST_FIELDS = 40
TEXT_LENGTH = 1_500


@dataclass(frozen=True, slots=True)
class Sent:
    """A form as it was sent: `first` is the block at which something can be said about the whole of it.

    `values` are without the secrets that people paste; `secret` says that there were some.
    """

    name: str
    values: Mapping[str, str]
    user: str
    team: str
    view: str
    first: str
    secret: bool = False


def modal(form: Form) -> Block:
    """The view to open at once when somebody presses a request's button."""
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "title": plain(blocks.short(form.title, TITLE)),
        "submit": plain("Send"),
        "close": plain("Cancel"),
        "private_metadata": packed({"form": form.name}),
        "blocks": [_input(field) for field in form.fields],
    }


def _input(field: Field) -> Block:
    return {
        "type": "input",
        "block_id": block_of(field.name),
        "optional": field.optional,
        "label": plain(blocks.cut(field.label, LABEL)),
        "element": {"action_id": VALUE, **_element(field)},
    }


def block_of(field: str) -> str:
    return f"field:{field}"


def _element(field: Field) -> Block:
    match field.source:
        case "catalogue" | "choice":
            return _choice(field)
        case "person":
            return {"type": "users_select", "placeholder": plain("Choose somebody"), **_set("initial_user", field.initial)}
        case "date":
            return {"type": "datepicker", **_set("initial_date", field.initial)}
        case _:
            long = {"multiline": True} if field.name == ANYTHING_ELSE else {}
            return {"type": "plain_text_input", "max_length": TEXT_LENGTH, **long, **_set("initial_value", field.initial)}


def _choice(field: Field) -> Block:
    """Few choices are all seen at once, more are a list, and what no list holds is looked up as one types."""
    options = [option(value, label) for value, label in field.options if 0 < len(value) <= OPTION_VALUE and label.strip()]
    if not options:
        return {"type": "plain_text_input", "max_length": TEXT_LENGTH}
    first = next((one for one in options if one["value"] == field.initial), None)
    initial = {"initial_option": first} if first is not None else {}
    if field.source == "choice" and len(options) <= RADIOS:
        return {"type": "radio_buttons", "options": options, **initial}
    placeholder = plain(blocks.cut(field.label, PLACEHOLDER))
    if len(options) > OPTIONS:
        return {"type": "external_select", "min_query_length": 1, "placeholder": placeholder, **initial}
    return {"type": "static_select", "options": options, "placeholder": placeholder, **initial}


def option(value: str, label: str) -> Block:
    return {"text": plain(blocks.cut(label, OPTION_TEXT)), "value": value}


def _set(name: str, value: str) -> Block:
    return {name: value} if value else {}


# ── what comes back ──────────────────────────────────────────────────────────────────────────────────────────────────


def submitted(body: Json, me: Identity) -> Sent:
    """Raises Malformed."""
    view = body.get("view")
    try:
        name = str(json.loads(str(view["private_metadata"]))["form"])  # type: ignore[index]
        state = view["state"]["values"]  # type: ignore[index]
        first = next(str(block["block_id"]) for block in view["blocks"] if block["type"] == "input")  # type: ignore[index]
        values = {
            block.removeprefix("field:"): _value(actions.get(VALUE) or {})
            for block, actions in list(state.items())[:MOST_FIELDS]
            if block.startswith("field:")
        }
        user, view_id = str(body["user"]["id"]), str(view["id"])  # type: ignore[index]
    except (AttributeError, KeyError, TypeError, ValueError, StopIteration) as error:
        raise Malformed("a form that is not ours") from error
    kept = {name: blank(value) for name, value in values.items()}
    return Sent(name, kept, user, team_of(body, me), view_id, first, secret=kept != values)


def suggestion(body: Json) -> tuple[str, str, str]:
    """(form, field, letters) of somebody who types into a long list. Raises Malformed."""
    try:
        name = str(json.loads(str(body["view"]["private_metadata"]))["form"])
        return name, str(body["block_id"]).removeprefix("field:"), str(body.get("value") or "")
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Malformed("a list that is not ours") from error


def _value(element: Mapping[str, Any]) -> str:
    """What was chosen or written, whatever kind of input it was."""
    chosen = element.get("selected_option")
    found = chosen.get("value") if isinstance(chosen, Mapping) else None
    found = found or element.get("selected_user") or element.get("selected_date") or element.get("value")
    return str(found or "").replace("\x00", "")


def event(sent: Sent, words: str, channel: str, ts: str) -> Event:
    """The submission as a message of the requester, in the direct message `ts` that stands for it. Once, however often it is sent."""
    return Event(
        key=f"form:{sent.team}:{sent.view}",
        conversation=conversation(sent.team, channel, ts, direct=True),
        kind=EventKind.MESSAGE,
        ts=ts,
        team=sent.team,
        channel=channel,
        thread=ts,
        sender=sent.user,
        text=blocks.escape(words),
        data={
            "direct": True,
            "mention": False,
            "in_thread": False,
            "shared": False,
            "foreign": False,
            "files": [],
            "form": {"name": sent.name, "values": dict(sent.values)},
            **({"secret": True} if sent.secret else {}),
        },
    )


def asked(words: str) -> tuple[str, list[Block]]:
    """(text, blocks) of the direct message that stands for a submission, and under which its case goes on."""
    title = words.splitlines()[0] if words else ""
    return f"You asked: {blocks.inline(title)}", [
        blocks.section("*You asked on my Home:*"),
        blocks.section(blocks.cut(blocks.quote(words), 2_900)),
    ]
