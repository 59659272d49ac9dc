"""The inputs of forms: what each kind holds in a submission, and what Slack would refuse of one. Pure."""

import re
from collections.abc import Mapping
from typing import Any

KINDS = (
    "plain_text_input", "static_select", "external_select", "users_select", "radio_buttons", "datepicker", "checkboxes",
)  # fmt: skip
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
RADIOS = 10
OPTIONS = 100
PLACEHOLDER = 150

Json = dict[str, Any]


def state_of(element: Mapping[str, Any], given: str) -> Json:
    """An input's state as `view.state.values` has it. https://docs.slack.dev/reference/block-kit/block-elements/"""
    kind = element.get("type", "plain_text_input")
    match kind:
        case "static_select" | "radio_buttons":
            chosen = next((one for one in element["options"] if one["value"] == given), None)
            return {"type": kind, "selected_option": chosen}
        case "external_select":
            option = {"text": {"type": "plain_text", "text": given, "emoji": True}, "value": given}
            return {"type": kind, "selected_option": option if given else None}
        case "users_select":
            return {"type": kind, "selected_user": given or None}
        case "datepicker":
            return {"type": kind, "selected_date": given if DAY.fullmatch(given) else None}
        case _:
            return {"type": kind, "value": given or None}


def filled(actions: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether any input of a block holds something."""
    held = ("value", "selected_option", "selected_user", "selected_date")
    return any(str(one.get(name) or "").strip() for one in actions.values() for name in held)


def wrong(element: Any) -> str:
    """What Slack would refuse of an input's element; empty when it would take it."""
    if not isinstance(element, Mapping) or element.get("type") not in KINDS:
        return f"unsupported element: {element.get('type') if isinstance(element, Mapping) else element!r}"
    kind = element["type"]
    options = element.get("options", ())
    most = RADIOS if kind == "radio_buttons" else OPTIONS
    if kind in ("static_select", "radio_buttons") and not 1 <= len(options) <= most:
        return f"{kind} has 1 to {most} options"
    if "initial_option" in element and kind != "external_select" and element["initial_option"] not in options:
        return "initial_option is none of the options"
    if "initial_date" in element and not DAY.fullmatch(str(element["initial_date"])):
        return "initial_date is no day such as 2026-11-27"
    if len(element.get("placeholder", {}).get("text", "")) > PLACEHOLDER:
        return f"a placeholder has at most {PLACEHOLDER} characters"
    return ""
