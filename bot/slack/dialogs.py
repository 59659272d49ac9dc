"""The forms: why somebody denies, why somebody needs a thing, and what somebody asks for. Pure: views out, submissions in."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bot.consent import Act
from bot.ports import ClickAnswer
from bot.redaction import blank
from bot.slack import blocks
from bot.slack.blocks import Block, packed, plain
from bot.slack.clicks import ACT, Malformed, Place, Vote
from bot.slack.events import Identity, Json, team_of

DENY, CONFIRM = "deny_reason", "confirm_reason"
_BLOCK, _INPUT = "reason", "reason"
REASON_LENGTH = 500
ASK = "ask_deskhand"
WHY = "why_deskhand"
CONFIRMING = "confirming"
"""Of the link under which people confirm that it is them; a press of it needs no answer but the ack."""
_WORDS = "words"
WORDS_LENGTH = 3000
QUOTED_LENGTH = 1200


def deny(vote: Vote, at: Place) -> Block:
    """The view to open at once when somebody presses Deny. The place travels along, so that the clicker can be answered there."""
    return {
        "type": "modal",
        "callback_id": DENY,
        "title": plain("Deny"),
        "submit": plain("Deny"),
        "close": plain("Cancel"),
        "private_metadata": packed({**asdict(vote), "at": asdict(at)}),
        "blocks": [
            {"type": "section", "text": plain(f"Deny {vote.approval}? Nothing will be done, and the requester is told why.")},
            {
                "type": "input",
                "block_id": _BLOCK,
                "optional": True,
                "label": plain("Reason (the requester reads this)"),
                "element": {
                    "type": "plain_text_input",
                    "action_id": _INPUT,
                    "multiline": True,
                    "max_length": REASON_LENGTH,
                    "focus_on_load": True,
                },
            },
        ],
    }


def confirm(vote: Vote, at: Place, sentence: str) -> Block:
    """The view to open when the requester presses their yes to a call for which they owe a reason."""
    return {
        "type": "modal",
        "callback_id": CONFIRM,
        "title": plain("Do it"),
        "submit": plain("Do it"),
        "close": plain("Cancel"),
        "private_metadata": packed({**asdict(vote), "at": asdict(at)}),
        "blocks": [
            blocks.section(f"*{blocks.local(blocks.inline(blocks.cut(sentence, 1000)))}*"),
            {
                "type": "input",
                "block_id": _BLOCK,
                "label": plain("Why do you need this?"),
                "hint": plain("In your own words. Whoever approves or reviews it reads this, and it is kept with the case."),
                "element": {
                    "type": "plain_text_input",
                    "action_id": _INPUT,
                    "multiline": True,
                    "max_length": REASON_LENGTH,
                    "focus_on_load": True,
                },
            },
        ],
    }


FORMS = {
    Act.SHORTEN: ("Less time", "Approve", "For how long?", "Never longer than was asked for. The requester is told."),
    Act.ASK: ("Ask them first", "Ask", "Your question", "They read it where they asked, and their answer comes to the card."),
    Act.LATER: ("Remind me later", "Remind me", "When?", "You alone are reminded; others can answer meanwhile."),
    Act.REPLY: ("Your answer", "Send", "Your answer", "Whoever was asked to approve this reads it, and it is kept with the case."),
}
"""Of each thing that wants more than a click: title, button, label, hint."""


def act(what: Act, vote: Vote, at: Place, said: ClickAnswer) -> Block:
    """The view to open where words, or one of some choices, are wanted."""
    if what is Act.STEP_UP:
        return step_up(vote, at, said)
    title, submit, label, hint = FORMS[what]
    words = {
        "type": "plain_text_input",
        "action_id": _INPUT,
        "multiline": True,
        "max_length": REASON_LENGTH,
        "focus_on_load": True,
    }
    return {
        "type": "modal",
        "callback_id": f"{ACT}:{what}",
        "title": plain(title),
        "submit": plain(submit),
        "close": plain("Cancel"),
        "private_metadata": packed({**asdict(vote), "at": asdict(at)}),
        "blocks": [
            _about(said),
            {
                "type": "input",
                "block_id": _BLOCK,
                "label": plain(label),
                "hint": plain(hint),
                "element": blocks.select("Choose", _INPUT, said.choices) if said.choices else words,
            },
        ],
    }


def step_up(vote: Vote, at: Place, said: ClickAnswer, *, again: bool = False) -> Block:
    """The view in which a yes takes more than its button: the name that is typed, the link where they confirm that it is them.

    `again`: it was sent, and this is why it was not taken.
    """
    name: Block = {
        "type": "input",
        "block_id": _BLOCK,
        "label": plain("Type its name to approve"),
        "hint": plain("Read once more what it is about. It is not done by a click alone."),
        "element": {"type": "plain_text_input", "action_id": _INPUT, "max_length": REASON_LENGTH, "focus_on_load": True},
    }
    return {
        "type": "modal",
        "callback_id": f"{ACT}:{Act.STEP_UP}",
        "title": plain("Approve"),
        "submit": plain("Approve"),
        "close": plain("Cancel"),
        "private_metadata": packed({**asdict(vote), "at": asdict(at)}),
        "blocks": [
            *([blocks.section(f":warning: {blocks.escape(said.text)}")] if again else []),
            _about(said),
            *([blocks.section(f"Its name: {blocks.code(said.types)}"), name] if said.types else []),
            *(_confirming(said.link) if said.link else []),
        ],
    }


def wanted(vote: Vote, at: Place, said: ClickAnswer) -> Block:
    """The view to open where a yes takes more than a click: of the requester's own their reason."""
    return step_up(vote, at, said) if said.types or said.link else confirm(vote, at, said.asks)


def _confirming(link: str) -> list[Block]:
    """The way to the page, and what to do after it."""
    there = {"type": "button", "text": plain("Confirm that it's you"), "action_id": CONFIRMING, "url": link, "style": "primary"}
    return [
        blocks.section(
            "This takes your second factor as well. The page opens in your browser; come back here then and press Approve."
        ),
        blocks.actions([there]),
    ]


def _about(said: ClickAnswer) -> Block:
    return blocks.section(f"*{blocks.local(blocks.inline(blocks.cut(said.asks, 1000)))}*")


def acted(body: Json, me: Identity) -> tuple[Act, Vote, Place, str]:
    """What was wanted of which approval, where to answer, and the words or the choice. Raises Malformed."""
    vote, at, words = submitted(body, me)
    name = str(body["view"].get("callback_id") or "").partition(":")[2]
    if name not in set(Act):
        raise Malformed(f"nothing is done by {name!r}")
    chosen = body["view"]["state"]["values"].get(_BLOCK, {}).get(_INPUT, {}).get("selected_option")
    return Act(name), vote, at, str(chosen.get("value") or "") if isinstance(chosen, Mapping) else words


def agrees(body: Json) -> bool:
    """Whether the form that was sent is a yes with its reason, and no denial."""
    view = body.get("view")
    return isinstance(view, Mapping) and view.get("callback_id") == CONFIRM


def submitted(body: Json, me: Identity) -> tuple[Vote, Place, str]:
    """The vote, where to answer, and the reason. Who submitted it Slack says, not the view. Raises Malformed."""
    view = body.get("view")
    try:
        kept = json.loads(str(view["private_metadata"]))  # type: ignore[index]
        vote = Vote(str(kept["approval"]), str(kept["nonce"]), str(kept["digest"]))
        came_from = Place(**{name: str(value) for name, value in kept["at"].items()})
        state: Mapping[str, Any] = view["state"]["values"]  # type: ignore[index]
        reason = blank(str(state.get(_BLOCK, {}).get(_INPUT, {}).get("value") or ""))
        user = str(body["user"]["id"])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Malformed("a view that is not ours") from error
    at = Place(
        user=user,
        team=team_of(body, me),
        channel=came_from.channel,
        message=came_from.message,
        thread=came_from.thread,
        response_url=came_from.response_url if came_from.user == user else "",
        surface=came_from.surface,
    )
    return vote, at, reason


def ask(quoted: Mapping[str, str] | None = None) -> Block:
    """The form for a request, with the message of somebody else that it is about."""
    about = []
    if quoted:
        by = blocks.mention(quoted["by"]) or "An app"
        about = [
            blocks.section(f"{by} wrote, and these are not your words:"),
            *blocks.paragraphs(blocks.quote(quoted["text"])),
        ]
    return {
        "type": "modal",
        "callback_id": ASK,
        "title": plain("Ask Deskhand"),
        "submit": plain("Ask"),
        "close": plain("Cancel"),
        "private_metadata": packed({"quoted": dict(quoted)} if quoted else {}),
        "blocks": [
            *about,
            {
                "type": "input",
                "block_id": _WORDS,
                "label": plain("What doesn't work, or what do you need?"),
                "hint": plain("In your own words. I answer in our direct messages."),
                "element": {
                    "type": "plain_text_input",
                    "action_id": _WORDS,
                    "multiline": True,
                    "max_length": WORDS_LENGTH,
                    "focus_on_load": True,
                },
            },
        ],
    }


def why(text: str) -> Block:
    """The answer to why something was decided so."""
    return {
        "type": "modal",
        "callback_id": WHY,
        "title": plain("Why?"),
        "close": plain("Close"),
        "blocks": blocks.paragraphs(blocks.local(blocks.escape(text))),
    }


def asked(body: Json) -> tuple[str, Mapping[str, str] | None]:
    """What was written, and the message that it is about. Raises Malformed."""
    view = body.get("view")
    try:
        kept = json.loads(str(view["private_metadata"]) or "{}").get("quoted")  # type: ignore[index]
        quoted = {"by": str(kept["by"]), "text": str(kept["text"])} if kept else None
        state: Mapping[str, Any] = view["state"]["values"]  # type: ignore[index]
        words = str(state[_WORDS][_WORDS].get("value") or "")
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Malformed("a view that is not ours") from error
    return words, quoted


def quotation(message: Json) -> dict[str, str]:
    """Somebody's message as it is kept in a form: who wrote it (empty for an app), and its words, which may be cut."""
    by = "" if message.get("bot_id") else str(message.get("user") or "")
    return {"by": by, "text": blocks.cut(blank(str(message.get("text") or "")).strip() or "(no words)", QUOTED_LENGTH)}


def not_recorded(text: str) -> dict[str, Any]:
    """An answer that keeps the modal open, with what was written, and says why."""
    return {"response_action": "errors", "errors": {_BLOCK: text}}


def still_missing(view: Block) -> dict[str, Any]:
    """An answer that shows the modal anew, with what is missing."""
    return {"response_action": "update", "view": view}


def not_asked(text: str) -> dict[str, Any]:
    """The same for a request."""
    return {"response_action": "errors", "errors": {_WORDS: text}}
