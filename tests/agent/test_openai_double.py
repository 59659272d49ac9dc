"""The double itself: what goes over the wire, which key it takes, what a failure uses up."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.openai_double import Failure, OpenAIDouble, Reply, opened_double
from tests.openai_rules import problem

HELLO = {"model": "double", "messages": [{"role": "user", "content": "hello"}]}
STREAMED = HELLO | {"stream": True, "stream_options": {"include_usage": True}}
KEY = {"Authorization": "Bearer sk-double"}
CALLS = Reply("Let me look.", calls=[("unlock_account", {"user": "ana"}), ("read_status", {"service": "vpn"})])


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(trust_env=False) as session:
        yield session


async def post(http: aiohttp.ClientSession, double: OpenAIDouble, body: Any, **headers: str) -> tuple[int, Any]:
    async with http.post(f"{double.url}/chat/completions", json=body, headers=KEY | headers) as response:
        return response.status, await response.json()


async def stream(http: aiohttp.ClientSession, double: OpenAIDouble, body: Any) -> list[Any]:
    async with http.post(f"{double.url}/chat/completions", json=body, headers=KEY) as response:
        assert response.content_type == "text/event-stream"
        lines = [line.removeprefix("data: ") for line in (await response.text()).split("\n\n") if line]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


async def test_a_plain_answer(http: aiohttp.ClientSession) -> None:
    """Text, calls with their arguments as text, a finish reason and the tokens."""
    async with opened_double([CALLS]) as double:
        status, answer = await post(http, double, HELLO)
    message = answer["choices"][0]["message"]
    assert (status, message["content"], answer["choices"][0]["finish_reason"]) == (200, "Let me look.", "tool_calls")
    assert [(call["function"]["name"], json.loads(call["function"]["arguments"])) for call in message["tool_calls"]] == list(
        CALLS.calls
    )
    assert answer["usage"]["total_tokens"] == answer["usage"]["prompt_tokens"] + answer["usage"]["completion_tokens"] > 0
    assert problem(HELLO | {"messages": [*HELLO["messages"], message, *answers(message)]}) is None  # type: ignore[misc]


def answers(message: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"role": "tool", "tool_call_id": call["id"], "content": "done"} for call in message["tool_calls"]]


async def test_a_streamed_answer(http: aiohttp.ClientSession) -> None:
    """Word by word; calls by index, named once and with their arguments in pieces; the tokens in a last chunk without choices."""
    async with opened_double([CALLS]) as double:
        chunks = await stream(http, double, STREAMED)
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]]
    assert deltas[0]["role"] == "assistant"
    assert [delta["content"] for delta in deltas[1:] if delta.get("content")] == ["Let ", "me ", "look."]
    pieces = [piece for delta in deltas for piece in delta.get("tool_calls", ())]
    assert [piece["function"]["name"] for piece in pieces if "id" in piece] == ["unlock_account", "read_status"]
    for index, (_, arguments) in enumerate(CALLS.calls):
        own = [piece["function"]["arguments"] for piece in pieces if piece["index"] == index]
        assert len(own) > 2
        assert json.loads("".join(own)) == arguments
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks if chunk["choices"]][-1] == "tool_calls"
    assert (chunks[-1]["choices"], chunks[-1]["usage"]["completion_tokens"] > 0) == ([], True)


async def test_tokens_are_streamed_only_when_asked_for(http: aiohttp.ClientSession) -> None:
    async with opened_double([CALLS]) as double:
        chunks = await stream(http, double, HELLO | {"stream": True})
    assert not [chunk for chunk in chunks if chunk.get("usage") or not chunk["choices"]]


async def test_keys_and_models(http: aiohttp.ClientSession) -> None:
    """The right key sees the model; a wrong one and none see 401 and leave no request; a server without keys takes any."""
    async with opened_double([CALLS]) as double:
        async with http.get(f"{double.url}/models", headers=KEY) as response:
            assert [model["id"] for model in (await response.json())["data"]] == ["double"]
        async with http.get(f"{double.url}/models") as response:
            assert response.status == 401
        status, answer = await post(http, double, HELLO, Authorization="Bearer sk-another")
        assert (status, answer["error"]["code"], double.requests) == (401, "invalid_api_key", [])
    async with opened_double([CALLS], key=None) as double:
        assert (await post(http, double, HELLO, Authorization="Bearer none"))[0] == 200


async def test_a_request_against_the_rules(http: aiohttp.ClientSession) -> None:
    """400 with what and where, kept in `refused`; the script goes on as if nothing had been asked."""
    wrong = HELLO | {"messages": [{"role": "tool", "tool_call_id": "call_1", "content": "done"}]}
    async with opened_double([CALLS]) as double:
        status, answer = await post(http, double, wrong)
        assert (status, answer["error"]["param"], answer["error"]["type"]) == (400, "messages[0].role", "invalid_request_error")
        assert len(double.refused) == 1
        assert (await post(http, double, HELLO))[0] == 200
        assert double.requests == [wrong, HELLO]


async def test_a_failure_uses_up_nothing_of_the_script(http: aiohttp.ClientSession) -> None:
    """`after` requests are answered well, `times` fail, then the script goes on where it was; at its end it says so."""
    script = [Reply("one"), Reply("two"), Reply("three")]
    async with opened_double(script) as double:
        double.fail(Failure.ERROR, times=2, after=1)
        double.fail("neither text nor calls")
        said = []
        for _ in range(7):
            status, answer = await post(http, double, HELLO)
            said.append(answer["choices"][0]["message"]["content"] if status == 200 else status)
        assert said == ["one", 500, 500, None, "two", "three", 400]
        assert double.refused == ["the script has no further reply"]


async def test_a_script_may_be_a_function(http: aiohttp.ClientSession) -> None:
    """Plain or async, of the request's body; None is no answer."""

    async def later(body: dict[str, Any]) -> Reply | None:
        return Reply(body["messages"][-1]["content"].upper()) if len(body["messages"]) == 1 else None

    async with opened_double(later) as double:
        assert (await post(http, double, HELLO))[1]["choices"][0]["message"]["content"] == "HELLO"
        assert (await post(http, double, HELLO | {"messages": HELLO["messages"] * 2}))[0] == 400  # type: ignore[operator]
    async with opened_double(lambda body: Reply(body["model"])) as double:
        assert (await post(http, double, HELLO))[1]["choices"][0]["message"]["content"] == "double"
