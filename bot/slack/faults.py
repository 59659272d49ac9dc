"""What a failed call to Slack's Web API means for a post: may it have arrived, and can trying again help? Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

TOO_MANY_REQUESTS, SERVER_ERROR = 429, 500


class Meaning(StrEnum):
    BUSY = "busy"  # it did not arrive; Slack says when to try again
    REFUSED = "refused"  # it did not arrive; the same may go through later (a token, a scope)
    UNREACHED = "unreached"  # it did not arrive: no connection
    DOUBT = "doubt"  # it may have arrived
    UNFIT = "unfit"  # it did not arrive; a plainer form may
    GONE = "gone"  # the message that was to be changed is no longer there
    NO_THREAD = "no_thread"  # the thread is no longer there
    HOPELESS = "hopeless"  # it can never arrive


@dataclass(frozen=True, slots=True)
class Fault:
    meaning: Meaning
    why: str
    retry_after: float = 0.0  # seconds, where Slack says


# https://docs.slack.dev/reference/methods/chat.postMessage/#errors and chat.update
_MEANINGS = {
    **dict.fromkeys(("ratelimited", "rate_limited", "message_limit_exceeded"), Meaning.BUSY),
    **dict.fromkeys(
        ("internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"), Meaning.DOUBT
    ),
    **dict.fromkeys(
        (
            "not_authed",
            "invalid_auth",
            "account_inactive",
            "token_revoked",
            "token_expired",
            "missing_scope",
            "not_allowed_token_type",
            "ekm_access_denied",
            "org_login_required",
            "update_failed",
            "streaming_state_conflict",
        ),
        Meaning.REFUSED,
    ),
    **dict.fromkeys(("message_not_found", "cant_update_message", "edit_window_closed"), Meaning.GONE),
    **dict.fromkeys(("thread_not_found", "cannot_reply_to_message", "invalid_thread_ts"), Meaning.NO_THREAD),
    **dict.fromkeys(
        (
            "channel_not_found",
            "not_in_channel",
            "is_archived",
            "is_inactive",
            "user_not_found",
            "users_not_found",
            "user_disabled",
            "user_not_visible",
            "cannot_dm_bot",
            "messages_tab_disabled",
            "restricted_action",
            "restricted_action_read_only_channel",
            "restricted_action_thread_locked",
            "restricted_action_thread_only_channel",
            "restricted_action_non_threadable_channel",
        ),
        Meaning.HOPELESS,
    ),
}


def fault(error: BaseException) -> Fault:
    """What the failure of one call means. An error code that is not known counts as a form that Slack does not take."""
    if isinstance(error, SlackApiError):
        return _api_fault(error)
    if isinstance(error, aiohttp.ClientConnectorError):
        return Fault(Meaning.UNREACHED, f"Slack cannot be reached: {type(error).__name__}")
    if isinstance(error, TimeoutError):
        return Fault(Meaning.DOUBT, "Slack did not answer in time")
    return Fault(Meaning.DOUBT, f"the call broke off: {type(error).__name__}")


def code(error: BaseException) -> str:
    """Slack's error code; empty where the answer had none."""
    data = error.response.data if isinstance(error, SlackApiError) and isinstance(error.response, AsyncSlackResponse) else None
    return str(data.get("error") or "") if isinstance(data, Mapping) else ""


def _api_fault(error: SlackApiError) -> Fault:
    response: Any = error.response
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    why = code(error) or f"HTTP {status}"
    meaning = _MEANINGS.get(code(error))
    if status == TOO_MANY_REQUESTS or meaning is Meaning.BUSY:
        return Fault(Meaning.BUSY, why, _retry_after(response))
    if status >= SERVER_ERROR or not code(error):
        return Fault(Meaning.DOUBT, why)
    return Fault(meaning or Meaning.UNFIT, why)


def _retry_after(response: Any) -> float:
    headers = getattr(response, "headers", None) or {}
    said = next((value for name, value in headers.items() if str(name).lower() == "retry-after"), "")
    try:
        return max(0.0, float(said))
    except (TypeError, ValueError):
        return 0.0
