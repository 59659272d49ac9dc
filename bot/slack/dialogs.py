"""The modal that asks for the reason of a denial. Pure: views out, submissions in."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bot.slack.blocks import Block, packed, plain
from bot.slack.clicks import Malformed, Place, Vote
from bot.slack.events import Identity, Json, team_of

DENY = "deny_reason"
_BLOCK, _INPUT = "reason", "reason"
REASON_LENGTH = 500


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


def submitted(body: Json, me: Identity) -> tuple[Vote, Place, str]:
    """The vote, where to answer, and the reason. Who submitted it Slack says, not the view. Raises Malformed."""
    view = body.get("view")
    try:
        kept = json.loads(str(view["private_metadata"]))  # type: ignore[index]
        vote = Vote(str(kept["approval"]), str(kept["nonce"]))
        came_from = Place(**{name: str(value) for name, value in kept["at"].items()})
        state: Mapping[str, Any] = view["state"]["values"]  # type: ignore[index]
        reason = str(state.get(_BLOCK, {}).get(_INPUT, {}).get("value") or "")
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


def not_recorded(text: str) -> dict[str, Any]:
    """An answer that keeps the modal open, with what was written, and says why."""
    return {"response_action": "errors", "errors": {_BLOCK: text}}
