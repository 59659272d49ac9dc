"""What the unmodified `ChatOpenAI` makes of each way to fail, against the double: what `bot.agent.faults` must know.

These tests hold facts about a library. Where a new version changes one, they say so before the guards fail silently.
"""

from typing import Any

import openai
import pytest
from langchain_core import exceptions as core
from langchain_core.messages import AIMessage, HumanMessage
from langchain_openai import ChatOpenAI
from pydantic import ValidationError

from bot.agent.faults import Reason, fault
from tests.openai_double import Failure, OpenAIDouble, Reply, opened_double

UNLOCK = {
    "type": "function",
    "function": {
        "name": "unlock_account",
        "description": "Unlock an account.",
        "parameters": {"type": "object", "properties": {"user": {"type": "string"}}},
    },
}
SCRIPT = [Reply("Let me look at that for you.", calls=[("unlock_account", {"user": "ana"})])]


async def ask(double: OpenAIDouble, *, stream: bool, timeout: float = 5, key: str = "") -> AIMessage:
    http = openai.DefaultAsyncHttpxClient(timeout=timeout)
    async with http:
        chat = ChatOpenAI(
            model="double",
            api_key=key or double.key,  # type: ignore[arg-type]
            base_url=double.url,
            max_retries=0,
            streaming=stream,
            timeout=timeout,
            use_responses_api=False,
            http_async_client=http,
        )
        return await chat.bind_tools([UNLOCK]).ainvoke([HumanMessage("I am locked out")])


BOTH = (True, False)
RAISES: list[tuple[Failure, tuple[bool, ...], type[Exception], Reason]] = [
    (Failure.RATE_LIMITED, BOTH, core.ModelRateLimitError, Reason.RATE_LIMITED),
    (Failure.QUOTA, BOTH, core.ModelRateLimitError, Reason.QUOTA),
    (Failure.ERROR, BOTH, core.ModelAPIError, Reason.SERVER_ERROR),
    (Failure.OVERLOADED, BOTH, core.ModelAPIError, Reason.SERVER_ERROR),
    (Failure.ERROR_PAGE, BOTH, core.ModelAPIError, Reason.SERVER_ERROR),
    (Failure.RESET, BOTH, core.ModelConnectionError, Reason.UNREACHABLE),
    (Failure.CUT, BOTH, core.ModelConnectionError, Reason.UNREACHABLE),
    (Failure.HANG, BOTH, core.ModelTimeoutError, Reason.TIMEOUT),
    (Failure.STALL, (True,), core.ModelTimeoutError, Reason.TIMEOUT),
    (Failure.FORBIDDEN, BOTH, core.ModelPermissionDeniedError, Reason.UNAUTHORISED),
    (Failure.UNKNOWN_MODEL, BOTH, core.ModelNotFoundError, Reason.NOT_FOUND),
    (Failure.REJECTED, BOTH, core.ModelInvalidRequestError, Reason.REJECTED),
    (Failure.TOO_LONG, BOTH, core.ModelInvalidRequestError, Reason.CONTEXT),
    (Failure.NO_STREAM, (True,), core.ModelInvalidRequestError, Reason.CANNOT_STREAM),
    (Failure.HTML, BOTH, ValueError, Reason.NONSENSE),
    (Failure.PLAIN_JSON, (True,), ValueError, Reason.NONSENSE),
    (Failure.NO_CHOICES, (False,), IndexError, Reason.NONSENSE),
    (Failure.ERROR_INSIDE, (False,), ValueError, Reason.SERVER_ERROR),
    (Failure.ERROR_INSIDE, (True,), ValueError, Reason.NONSENSE),
    (Failure.NO_OBJECT, (False,), ValidationError, Reason.MALFORMED),
]


@pytest.mark.parametrize(
    ("how", "stream", "error", "reason"),
    [
        pytest.param(how, stream, error, reason, id=f"{how.name}-{'streamed' if stream else 'plain'}")
        for how, ways, error, reason in RAISES
        for stream in ways
    ],
)
async def test_each_exception_has_its_reason(how: Failure, stream: bool, error: type[Exception], reason: Reason) -> None:
    """It comes out of one request, with no retry of the client's own, and is read as what it is."""
    async with opened_double(SCRIPT) as double:
        double.fail(how)
        with pytest.raises(error) as raised:
            await ask(double, stream=stream, timeout=0.3 if reason is Reason.TIMEOUT else 10)
        away = fault(raised.value)
        assert away is not None
        assert away.reason is reason
        assert len(double.requests) == 1


async def test_a_wrong_key() -> None:
    """401 is a matter of settings; the right key beside it is let in."""
    async with opened_double(SCRIPT) as double:
        assert (await ask(double, stream=False)).tool_calls
        with pytest.raises(core.ModelAuthenticationError) as raised:
            await ask(double, stream=False, key="sk-another")
        away = fault(raised.value)
        assert away is not None
        assert away.reason is Reason.UNAUTHORISED


SILENT: list[tuple[Failure, tuple[bool, ...], dict[str, Any]]] = [
    (Failure.EMPTY, BOTH, {"text": "", "calls": []}),
    (Failure.BAD_JSON, (False,), {"calls": [], "invalid": 1}),
    (Failure.BAD_JSON, (True,), {"calls": [{"user": "an"}], "invalid": 0}),
    (Failure.NO_OBJECT, (True,), {"calls": [], "invalid": 1}),
    (Failure.PARTLY_BAD_JSON, (True,), {"calls": [{"user": "ana"}, {"user": "be"}], "invalid": 0}),
    (Failure.SAME_INDEX, (True,), {"calls": [{"user": "ana"}]}),
    (Failure.REFUSAL, (False,), {"text": "", "calls": [], "refusal": "I would rather not do that."}),
    (Failure.REFUSAL, (True,), {"text": "", "calls": [], "refusal": None}),
    (Failure.FILTERED, BOTH, {"calls": [], "finish": "content_filter"}),
    (Failure.LENGTH, BOTH, {"finish": "length"}),
    (Failure.SILENT_END, (True,), {"text": "Let me look at that ", "calls": [], "finish": None}),
    (Failure.NO_CHOICES, (True,), {"text": "", "calls": []}),
]


@pytest.mark.parametrize(
    ("how", "stream", "expected"),
    [
        pytest.param(how, stream, expected, id=f"{how.name}-{'streamed' if stream else 'plain'}")
        for how, ways, expected in SILENT
        for stream in ways
    ],
)
async def test_what_passes_for_an_ordinary_answer(how: Failure, stream: bool, expected: dict[str, Any]) -> None:
    """No exception at all: a half argument is even completed (`{"user": "an`), and a streamed refusal is lost. Hence our own client."""
    async with opened_double(SCRIPT) as double:
        double.fail(how)
        answer = await ask(double, stream=stream)
    found = {
        "text": answer.text,
        "calls": [call["args"] for call in answer.tool_calls],
        "invalid": len(answer.invalid_tool_calls),
        "refusal": answer.additional_kwargs.get("refusal"),
        "finish": answer.response_metadata.get("finish_reason"),
    }
    assert {name: found[name] for name in expected} == expected
