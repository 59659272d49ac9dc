"""The one client of a real model: `ChatOpenAI`, made strict about what a stream may leave out.

Imported where a model is asked for the first time only: this import costs a second or two.
"""

import asyncio
import contextlib
import ipaddress
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import openai
from langchain_core.messages import AIMessageChunk
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk
from langchain_openai import ChatOpenAI

CONNECT = 5.0
"""Seconds to reach the server; each further wait is the setting's."""
HOME = "https://api.openai.com/v1"
UNREADABLE = "unreadable: "
"""Put before arguments that are no JSON object. LangChain would complete a half one (`{"user": "an`) to what nobody asked for."""


class Chat(ChatOpenAI):
    """Arguments of calls are passed on whole and as they were sent; a stream without an end is no answer; a refusal is kept."""

    patience: float = 60.0
    """Seconds that a piece of a stream may take, also where a server sends nothing but comments to keep the connection."""

    def _convert_chunk_to_generation_chunk(self, chunk: dict[str, Any], *others: Any) -> ChatGenerationChunk | None:
        delta = chunk["choices"][0].get("delta") or {} if chunk.get("choices") else {}
        made = super()._convert_chunk_to_generation_chunk(chunk, *others)
        if made is not None and delta.get("refusal"):
            made.message.additional_kwargs["refusal"] = delta["refusal"]
        return made

    async def _astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
        calls: list[dict[str, Any]] = []
        chunks = choices = ended = False
        async for chunk in _in_time(super()._astream(*args, **kwargs), self.patience):
            message = chunk.message
            chunks = True
            choices |= message.response_metadata.get("model_provider") == "openai"
            ended |= bool((chunk.generation_info or {}).get("finish_reason"))
            if isinstance(message, AIMessageChunk) and message.tool_call_chunks:
                for piece in message.tool_call_chunks:
                    _collect(calls, piece)
                bare = message.model_copy(update={"tool_call_chunks": [], "tool_calls": [], "invalid_tool_calls": []})
                yield ChatGenerationChunk(message=bare, generation_info=chunk.generation_info)
            else:
                yield chunk
        if chunks and not self.use_responses_api:
            if not choices:
                raise ValueError("no choices in the stream")
            if not ended:
                raise ConnectionError("the stream ended before the answer did")
        if calls:
            pieces = [
                tool_call_chunk(name=call["name"], id=call["id"], args=_strict(call["args"]), index=place)
                for place, call in enumerate(calls)
            ]
            yield ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=pieces))


async def _in_time(stream: AsyncIterator[ChatGenerationChunk], patience: float) -> AsyncIterator[ChatGenerationChunk]:
    """The pieces of a stream, each within this time. Raises TimeoutError.

    LangChain's own bound rests on `asyncio.wait_for`, which in Python 3.11 swallows a cancellation that comes together with a
    piece: neither an answer without end nor a turn that is called off could then be ended.
    """
    async with contextlib.aclosing(stream) as pieces:  # type: ignore[type-var]
        while True:
            try:
                async with asyncio.timeout(patience):
                    piece = await anext(pieces)
            except StopAsyncIteration:
                return
            yield piece


def _collect(calls: list[dict[str, Any]], piece: Any) -> None:
    """Add a piece to the call that it belongs to; some servers give every call the index 0, and only the id tells them apart."""
    for call in reversed(calls):
        if call["index"] == piece["index"] and (not piece["id"] or piece["id"] == call["id"] or not call["id"]):
            call["id"] = call["id"] or piece["id"]
            call["name"] += piece["name"] or ""
            call["args"] += piece["args"] or ""
            return
    calls.append({"index": piece["index"], "id": piece["id"], "name": piece["name"] or "", "args": piece["args"] or ""})


def _strict(arguments: str) -> str:
    try:
        whole = isinstance(json.loads(arguments or "{}", strict=False), dict)
    except (ValueError, RecursionError):
        whole = False
    return arguments if whole else UNREADABLE + arguments


def opened(
    *,
    api_key: str,
    base_url: str,
    model: str,
    responses_api: bool,
    temperature: float | None,
    timeout: float,
    answered: Callable[[Any], Awaitable[None]],
) -> tuple[Chat, openai.DefaultAsyncHttpxClient]:
    """A streaming chat model, and its connections, which whoever opens them closes. `answered` is told each response.

    A server on loopback is reached without a proxy. The key is given by a function, so that there is no second, blocking client.
    """
    base_url = base_url or HOME
    http = openai.DefaultAsyncHttpxClient(
        timeout=openai.Timeout(timeout, connect=CONNECT),
        trust_env=not _loopback(base_url),
        event_hooks={"response": [answered]},
    )

    async def key() -> str:
        return api_key or "none"

    chat = Chat(
        model=model,
        api_key=key,
        base_url=base_url,
        use_responses_api=responses_api,
        max_retries=0,
        timeout=openai.Timeout(timeout, connect=CONNECT),
        stream_chunk_timeout=None,  # ours, see `_in_time`
        patience=timeout + 1,  # a read waits for less, and closes better
        streaming=True,
        stream_usage=True,
        temperature=temperature,
        openai_proxy="",
        http_async_client=http,
        cache=False,
    )
    return chat, http


def unstreamed(chat: Chat) -> Chat:
    """The same, over the same connections, for a server that cannot stream."""
    return chat.model_copy(update={"streaming": False, "disable_streaming": True})


def uncounted(chat: Chat) -> Chat:
    """The same for a server that streams, but does not know `stream_options`."""
    return chat.model_copy(update={"stream_usage": False})


def _loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
