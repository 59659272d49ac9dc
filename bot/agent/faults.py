"""What can be wrong with an answer of the model, or with there being none: one word for each, and what it means for asking again.

Reads the exceptions that come out of `ChatOpenAI`, which are of several families: the SDK's own, LangChain's, and plain ones where
a body was read as something that it is not. No text of a server and no key gets any further than here.
"""

import datetime as dt
import re
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

from langchain_core.exceptions import ContextOverflowError, ModelRefusalError
from pydantic import ValidationError

from bot.errors import DeskhandError


class Reason(StrEnum):
    """Why there was no use in asking the model."""

    RATE_LIMITED = "rate_limited"
    QUOTA = "quota"
    UNAUTHORISED = "unauthorised"
    NOT_FOUND = "not_found"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    SERVER_ERROR = "server_error"
    REJECTED = "rejected"
    CONTEXT = "context"
    REFUSED = "refused"
    FILTERED = "filtered"
    EMPTY = "empty"
    MALFORMED = "malformed"
    CUT = "cut"
    ENDLESS = "endless"
    NONSENSE = "nonsense"
    CANNOT_STREAM = "cannot_stream"
    OPEN = "open"


MEANING = {
    Reason.RATE_LIMITED: "The model's server takes no more requests just now (429).",
    Reason.QUOTA: "The account at the model's server has no credit left.",
    Reason.UNAUTHORISED: "The model's server does not accept OPENAI_API_KEY, or the key may not use this model.",
    Reason.NOT_FOUND: "The model's server does not know OPENAI_MODEL, or OPENAI_BASE_URL leads nowhere (404).",
    Reason.UNREACHABLE: "The model's server cannot be reached, or the connection to it broke.",
    Reason.TIMEOUT: "The model's server did not answer within OPENAI_TIMEOUT.",
    Reason.SERVER_ERROR: "The model's server has an error of its own (5xx).",
    Reason.REJECTED: "The model's server does not accept the request (400).",
    Reason.CONTEXT: "The conversation is too long for the model.",
    Reason.REFUSED: "The model declined to answer.",
    Reason.FILTERED: "The model's server withheld the answer by its content filter.",
    Reason.EMPTY: "The model answered with nothing.",
    Reason.MALFORMED: "The model asked for tool calls that cannot be read.",
    Reason.CUT: "The model's answer was cut at its length limit.",
    Reason.ENDLESS: "The model's answer did not come to an end.",
    Reason.NONSENSE: "What came from the model's server is no answer; is OPENAI_BASE_URL right?",
    Reason.CANNOT_STREAM: "The model's server cannot stream; OPENAI_STREAM=false saves the attempt.",
    Reason.OPEN: "The model's server has failed several times in a row and is given a rest.",
}

ILL = frozenset(
    {
        Reason.RATE_LIMITED,
        Reason.QUOTA,
        Reason.UNAUTHORISED,
        Reason.NOT_FOUND,
        Reason.UNREACHABLE,
        Reason.TIMEOUT,
        Reason.SERVER_ERROR,
    }
)
"""The server is ill, or its settings are wrong: other requests would meet the same."""

PASSING = frozenset({Reason.RATE_LIMITED, Reason.UNREACHABLE, Reason.TIMEOUT, Reason.SERVER_ERROR, Reason.CANNOT_STREAM})
"""May be over in a moment."""

CHANCE = frozenset({Reason.EMPTY, Reason.MALFORMED, Reason.NONSENSE, Reason.CUT})
"""The model, asked once more, may do better."""

UNCLEAR = frozenset({Reason.NONSENSE, Reason.CANNOT_STREAM, Reason.OPEN})
"""Says neither that the server is ill nor that it is well."""


class ModelAway(DeskhandError):
    """The model gave no answer that can be used. `reason` says why; the text is for operators, without a server's words."""

    def __init__(self, reason: Reason, *, after: float | None = None) -> None:
        super().__init__(MEANING[reason])
        self.reason = reason
        self.after = after
        """Seconds that the server asked to be left alone for, where it said so."""


NO_CREDIT = frozenset({"insufficient_quota", "billing_not_active", "billing_hard_limit_reached", "insufficient_balance"})
TOO_LONG = re.compile(
    r"context.{0,3}(length|window|size)|maximum context|prompt is too long|input is too long|request too large|too many tokens",
    re.IGNORECASE,
)
NO_STREAM = re.compile(
    r"stream\w*\W[^.]{0,40}(not|n't|un)\W?(supported|available|allowed|enabled)|(not|n't)\W+support\w*\W+stream", re.IGNORECASE
)
BY_STATUS = {
    401: Reason.UNAUTHORISED,
    402: Reason.QUOTA,
    403: Reason.UNAUTHORISED,
    404: Reason.NOT_FOUND,
    408: Reason.TIMEOUT,
    413: Reason.CONTEXT,
    429: Reason.RATE_LIMITED,
}


def fault(error: Exception) -> ModelAway | None:
    """What this exception of a request means; None when it is not about the model at all."""
    import openai

    match error:
        case ModelAway():
            return error
        case ContextOverflowError():
            return ModelAway(Reason.CONTEXT)
        case ModelRefusalError():
            return ModelAway(Reason.REFUSED)
        case openai.APITimeoutError() | TimeoutError():
            return ModelAway(Reason.TIMEOUT)
        case openai.APIConnectionError() | ConnectionError():
            return ModelAway(Reason.UNREACHABLE)
        case openai.APIStatusError():
            return _by_status(error.status_code, error, _after(error.response.headers))
        case openai.APIError():  # an error in the midst of a stream has no status
            return _by_status(500, error, None)
        case ValidationError() | RecursionError():  # arguments that are JSON but no object, or too deep to be read, end here
            return ModelAway(Reason.MALFORMED)
        case ValueError() if error.args and isinstance(error.args[0], dict):  # {"error": …} with status 200
            return _by_status(_number(error.args[0].get("code")), error, None)
        case ValueError() | TypeError() | KeyError() | IndexError() | AttributeError():
            return ModelAway(Reason.NONSENSE)
        case _:
            return None


def _by_status(status: int, error: Any, after: float | None) -> ModelAway:
    said = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    words = {str(getattr(error, name, None) or said.get(name)) for name in ("code", "type")}
    message = str(getattr(error, "message", "") or said.get("message", ""))
    parameter = str(getattr(error, "param", None) or said.get("param"))
    if words & NO_CREDIT:
        return ModelAway(Reason.QUOTA)
    if words & {"context_length_exceeded", "exceed_context_size_error"} or (status < 500 and TOO_LONG.search(message)):  # noqa: PLR2004
        return ModelAway(Reason.CONTEXT)
    if "content_filter" in words or "content_policy_violation" in words:
        return ModelAway(Reason.FILTERED)
    if "rate_limit_exceeded" in words:
        return ModelAway(Reason.RATE_LIMITED, after=after)
    if status in {400, 422} and (parameter.startswith("stream") or "stream_options" in message or NO_STREAM.search(message)):
        return ModelAway(Reason.CANNOT_STREAM)
    if status >= 500:  # noqa: PLR2004
        return ModelAway(Reason.SERVER_ERROR, after=after)
    if status < 400:  # noqa: PLR2004
        return ModelAway(Reason.NONSENSE)
    return ModelAway(BY_STATUS.get(status, Reason.REJECTED), after=after)


def _number(code: Any) -> int:
    return int(code) if str(code).isdigit() else 500


def _after(headers: Any) -> float | None:
    """Seconds of Retry-After: a number, or a date (RFC 9110, 10.2.3); milliseconds where OpenAI sends them."""
    if (exact := headers.get("retry-after-ms", "")).isdigit():
        return int(exact) / 1000
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", value):
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=dt.UTC)
    return max(0.0, (until - dt.datetime.now(dt.UTC)).total_seconds())
