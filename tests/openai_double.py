"""An OpenAI-compatible server on loopback that answers by a script, and fails in every way that is known.

    async with opened_double([Reply(calls=(("unlock_account", {"user": "ana"}),)), Reply("Done.")]) as double:
        ...                     # a client with base_url=double.url and api_key=double.key
        double.fail(Failure.CUT)
        assert double.refused == []

Protocol. `POST /v1/chat/completions`, plain or streamed (`data: {…}` lines, `data: [DONE]` at the end): the role first, then the text
word by word, then each call with its id and name, its arguments in small pieces, then `finish_reason`, and with
`stream_options.include_usage` a last chunk without choices that has the token counts. `GET /v1/models` names one model, `POST /v1/responses` answers by the same script (tests/openai_responses.py). A wrong key
gets 401, a request that breaks OpenAI's rules 400 (tests/openai_rules.py); both as OpenAI's JSON: `{"error": {message, type, param, code}}`.

Script. A list of replies, used one after the other, or a function of the request's body, plain or async. A request that is refused or
failed on purpose uses up none of the list. Where the script has nothing to say, the answer is 400 and stands in `refused`.

Needs no pytest: it can also be run beside a bot by hand.
"""

import asyncio
import contextlib
import inspect
import itertools
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from aiohttp import web

from tests.openai_responses import answer, as_chat
from tests.openai_rules import Problem, problem

PIECE = 9
"""Characters of arguments in one chunk."""


@dataclass(frozen=True)
class Reply:
    """One answer of the model. `delay` seconds pass before it, `pace` seconds before each piece of a stream."""

    text: str = ""
    calls: Sequence[tuple[str, Mapping[str, Any]]] = ()
    delay: float = 0.0
    pace: float = 0.0
    finish: str = ""
    refusal: str = ""
    raw_arguments: str | None = None
    """The arguments of each call as they are written, in place of JSON of what `calls` says."""
    usage: Mapping[str, Any] | None = None
    """OpenAI's own names (prompt_tokens, completion_tokens, …); None: counted by length."""
    ids: Sequence[str] | None = None
    """The ids of the calls; None: new ones."""

    def finished(self) -> str:
        return self.finish or ("tool_calls" if self.calls else "stop")


class Failure(StrEnum):
    """How a request can go wrong. The first group is failed by the server, the second by the model."""

    RATE_LIMITED = "429 with Retry-After"
    QUOTA = "429 insufficient_quota"
    ERROR = "500"
    OVERLOADED = "503"
    RESET = "connection dropped before the answer"
    CUT = "connection dropped half way through the body"
    SILENT_END = "stream that ends half way as if it were whole"
    HANG = "no answer at all"
    STALL = "a stream that stops coming"
    COMMENTS = "a stream that goes on with comments only"
    ENDLESS = "a stream without end"
    HTML = "an HTML page with status 200"
    ERROR_PAGE = "an HTML page with status 502"
    ERROR_INSIDE = "an error with status 200"
    NO_CHOICES = "an answer without choices"
    UNKNOWN_MODEL = "404"
    FORBIDDEN = "403"
    REJECTED = "400"
    TOO_LONG = "400 context_length_exceeded"
    PLAIN_JSON = "plain JSON to a streamed request"
    NO_STREAM_OPTIONS = "400 for stream_options"
    NO_STREAM = "400 for stream"

    BAD_JSON = "arguments that are no JSON"
    NO_OBJECT = "arguments that are JSON but no object"
    PARTLY_BAD_JSON = "one more call, with arguments that are no JSON"
    EMPTY = "neither text nor calls"
    REFUSAL = "a refusal"
    FILTERED = "finish_reason content_filter"
    LENGTH = "finish_reason length"
    UNKNOWN_TOOL = "a call of a tool that there is not"
    SAME_IDS = "call_0 each time"
    SAME_ID_TWICE = "one id for two calls"
    SAME_INDEX = "calls of a stream that all have the index 0"
    NO_INDEX = "calls of a stream without an index"
    NO_IDS = "calls without ids"


STREAM_ONLY = {
    Failure.PLAIN_JSON,
    Failure.NO_STREAM,
    Failure.SAME_INDEX,
    Failure.NO_INDEX,
    Failure.SILENT_END,
    Failure.STALL,
    Failure.ENDLESS,
}
KEEPS_SCRIPT_GOING = {
    Failure.SAME_IDS,
    Failure.SAME_ID_TWICE,
    Failure.SAME_INDEX,
    Failure.NO_INDEX,
    Failure.NO_IDS,
    Failure.PARTLY_BAD_JSON,
}
"""The answer is usable, so it is the script's next."""

PAGE = "<html><body><h1>Sign in to the network</h1></body></html>"
NO_SUCH_TOOL = "no_such_tool"

Script = Callable[[dict[str, Any]], Reply | Awaitable[Reply | None] | None] | Sequence[Reply]


@dataclass
class OpenAIDouble:
    """What it was asked (`requests`, `headers`), which requests broke the rules (`refused`), and how it fails."""

    script: Script
    key: str | None = "sk-double"
    """The key that is accepted; None: any, as local servers do."""
    retry_after: str = "0"
    url: str = ""
    model: str = "double"
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    peers: list[Any] = field(default_factory=list)
    """Where each request came from: equal for requests over one connection."""
    failed: list[Failure] = field(default_factory=list)
    """How requests have failed on purpose."""

    def __post_init__(self) -> None:
        self._queue: Iterator[Reply] = iter(() if callable(self.script) else self.script)
        self._next: Reply | None = None
        self._failures: list[list[Any]] = []
        self._serial = itertools.count(1)
        self._ending = asyncio.Event()

    def fail(self, how: Failure | str, times: int = 1, after: int = 0) -> None:
        """Fail the next `times` requests, after `after` more that are answered well. Several calls add up, in their order."""
        self._failures.append([Failure(how), times, after])

    # -- what is asked

    async def models(self, request: web.Request) -> web.StreamResponse:
        if refusal := self._unauthorised(request):
            return refusal
        return web.json_response(
            {"object": "list", "data": [{"id": self.model, "object": "model", "owned_by": "double", "created": 0}]}
        )

    async def completions(self, request: web.Request) -> web.StreamResponse:
        self.headers.append(dict(request.headers))
        self.peers.append(request.transport.get_extra_info("peername") if request.transport else None)
        if refusal := self._unauthorised(request):
            return refusal
        try:
            body = json.loads(await request.text())
        except ConnectionError:  # whoever asked has gone
            return web.Response()
        except ValueError:
            return self._refuse(Problem("the body is no JSON"))
        self.requests.append(body)
        if found := problem(body):
            return self._refuse(found)
        how = self._failing(bool(body.get("stream")), "stream_options" in body)
        if how and (failed := await self._failed(request, how)):
            return failed
        reply = await self._reply(body, keep=how is not None and how not in KEEPS_SCRIPT_GOING)
        if reply is None:
            return self._refuse(Problem("the script has no further reply"))
        if reply.delay:
            await asyncio.sleep(reply.delay)
        reply = self._spoiled(reply, how, body)
        if how is Failure.NO_CHOICES:
            return await self._none(request, body)
        if body.get("stream") and how is not Failure.PLAIN_JSON:
            return await self._streamed(request, body, reply, how)
        return await self._plain(request, body, reply, how)

    async def responses(self, request: web.Request) -> web.StreamResponse:
        """The Responses API, plain; nothing fails here on purpose."""
        if refusal := self._unauthorised(request):
            return refusal
        asked = json.loads(await request.text())
        body = as_chat(asked)
        self.requests.append(body)
        reply = await self._reply(body, keep=False)
        if reply is None:
            return self._refuse(Problem("the script has no further reply"))
        if reply.delay:
            await asyncio.sleep(reply.delay)
        read, written = len(json.dumps(body)) // 4, len(reply.text) // 4 + 1
        return web.json_response(answer(asked, reply.text, reply.calls, (read, written)))

    # -- the script and the failures

    async def _reply(self, body: dict[str, Any], *, keep: bool) -> Reply | None:
        if callable(self.script):
            made = self.script(body)
            return await made if inspect.isawaitable(made) else made
        reply = self._next if self._next is not None else next(self._queue, None)
        self._next = reply if keep else None
        return reply or (Reply("The double's own words.") if keep else None)

    def _failing(self, stream: bool, options: bool) -> Failure | None:
        for entry in self._failures:
            how, times, after = entry
            if times <= 0 or (how in STREAM_ONLY and not stream) or (how is Failure.NO_STREAM_OPTIONS and not options):
                continue
            if after > 0:
                entry[2] -= 1
                return None
            entry[1] -= 1
            self.failed.append(Failure(how))
            return self.failed[-1]
        return None

    async def _failed(self, request: web.Request, how: Failure) -> web.StreamResponse | None:
        match how:
            case Failure.RATE_LIMITED:
                return _error(
                    429, "too many requests", code="rate_limit_exceeded", kind="requests", headers={"Retry-After": self.retry_after}
                )
            case Failure.QUOTA:
                return _error(429, "no credit left", code="insufficient_quota", kind="insufficient_quota")
            case Failure.ERROR:
                return _error(500, "an error of ours", kind="server_error")
            case Failure.OVERLOADED:
                return _error(503, "too busy", kind="server_error")
            case Failure.ERROR_PAGE:
                return web.Response(status=502, text=PAGE, content_type="text/html")
            case Failure.ERROR_INSIDE:
                return web.json_response({"error": {"message": "the one behind us is away", "code": 502}})
            case Failure.HTML:
                return web.Response(text=PAGE, content_type="text/html")
            case Failure.UNKNOWN_MODEL:
                return _error(404, "no such model", code="model_not_found")
            case Failure.FORBIDDEN:
                return _error(403, "not for you", code="model_not_allowed")
            case Failure.REJECTED:
                return _error(400, "something about this is wrong")
            case Failure.TOO_LONG:
                return _error(400, "more tokens than the model takes", code="context_length_exceeded", param="messages")
            case Failure.NO_STREAM_OPTIONS:
                return _error(400, "unknown argument: stream_options", param="stream_options")
            case Failure.NO_STREAM:
                return _error(400, "streaming is not supported here", param="stream")
            case Failure.RESET:
                _drop(request)
                return web.Response()
            case Failure.HANG:
                await self._ending.wait()
                return web.Response()
        return None

    def _spoiled(self, reply: Reply, how: Failure | None, body: dict[str, Any]) -> Reply:
        calls = reply.calls or ((_any_tool(body), {"user": "ana"}),)
        names = [f"call_{place}" for place in range(len(reply.calls))]
        match how:
            case Failure.BAD_JSON:
                return replace(reply, calls=calls, raw_arguments='{"user": "an')
            case Failure.NO_OBJECT:
                return replace(reply, calls=calls, raw_arguments='["ana"]')
            case Failure.EMPTY:
                return Reply(usage=reply.usage)
            case Failure.REFUSAL:
                return Reply(refusal="I would rather not do that.")
            case Failure.FILTERED:
                return replace(reply, calls=(), finish="content_filter", text=reply.text[: len(reply.text) // 2])
            case Failure.LENGTH:
                return replace(reply, finish="length", text=reply.text[: len(reply.text) // 2])
            case Failure.UNKNOWN_TOOL:
                return Reply(calls=((NO_SUCH_TOOL, {}),))
            case Failure.SAME_IDS:
                return replace(reply, ids=names)
            case Failure.SAME_ID_TWICE:
                return replace(reply, ids=["call_0"] * len(names))
            case Failure.NO_IDS:
                return replace(reply, ids=[""] * len(names))
        return reply

    def _unauthorised(self, request: web.Request) -> web.StreamResponse | None:
        if self.key is None or request.headers.get("Authorization") == f"Bearer {self.key}":
            return None
        return _error(401, "this key is not known", code="invalid_api_key")

    def _refuse(self, found: Problem) -> web.Response:
        self.refused.append(f"{found.param}: {found.message}" if found.param else found.message)
        return _error(400, found.message, param=found.param, code=found.code)

    # -- answers

    async def _plain(self, request: web.Request, body: dict[str, Any], reply: Reply, how: Failure | None) -> web.StreamResponse:
        message: dict[str, Any] = {"role": "assistant", "content": reply.text or None, "refusal": reply.refusal or None}
        if reply.calls:
            message["tool_calls"] = self._calls(reply, how)
        choice = {"index": 0, "message": message, "finish_reason": reply.finished(), "logprobs": None}
        whole = self._head("chat.completion", body) | {"choices": [choice], "usage": _usage(body, reply)}
        if how is Failure.CUT:
            text = json.dumps(whole).encode()
            response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(text))})
            await response.prepare(request)
            await response.write(text[: len(text) // 2])
            _drop(request)
            return response
        return web.json_response(whole)

    async def _none(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        if not body.get("stream"):
            return web.json_response(self._head("chat.completion", body) | {"choices": [], "usage": _usage(body, Reply())})
        response = await _stream(request)
        await _send(response, self._head("chat.completion.chunk", body) | {"choices": []})
        await response.write(b"data: [DONE]\n\n")
        return response

    async def _streamed(self, request: web.Request, body: dict[str, Any], reply: Reply, how: Failure | None) -> web.StreamResponse:
        response = await _stream(request)
        head = self._head("chat.completion.chunk", body)
        counted = bool((body.get("stream_options") or {}).get("include_usage"))
        deltas = list(self._deltas(reply, how))
        half = len(deltas) // 2 + 1
        with contextlib.suppress(ConnectionError):
            for place, delta in enumerate(deltas):
                if reply.pace:
                    await asyncio.sleep(reply.pace)
                if how is Failure.ENDLESS and place >= half:
                    while not self._ending.is_set():
                        await self._chunk(response, head, {"content": "and "}, None, counted)
                        await asyncio.sleep(0.01)
                if place >= half and how in {Failure.CUT, Failure.SILENT_END, Failure.STALL, Failure.COMMENTS}:
                    while how is Failure.COMMENTS and not self._ending.is_set():
                        await response.write(b": still here\n\n")
                        await asyncio.sleep(0.05)
                    if how is Failure.STALL:
                        await self._ending.wait()
                    if how is Failure.CUT:
                        _drop(request)
                    return response
                await self._chunk(response, head, delta, None, counted)
            await self._chunk(response, head, {}, reply.finished(), counted)
            if counted:
                await _send(response, head | {"choices": [], "usage": _usage(body, reply)})
            await response.write(b"data: [DONE]\n\n")
        return response

    async def _chunk(
        self, response: web.StreamResponse, head: dict[str, Any], delta: dict[str, Any], finish: str | None, counted: bool
    ) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        await _send(response, head | {"choices": [choice]} | ({"usage": None} if counted else {}))

    def _deltas(self, reply: Reply, how: Failure | None) -> Iterator[dict[str, Any]]:
        yield {"role": "assistant", "content": "" if not reply.calls else None, "refusal": None}
        for piece in _words(reply.text):
            yield {"content": piece}
        for piece in _words(reply.refusal):
            yield {"refusal": piece}
        for place, call in enumerate(self._calls(reply, how) if reply.calls else ()):
            index = {} if how is Failure.NO_INDEX else {"index": 0 if how is Failure.SAME_INDEX else place}
            arguments = call["function"]["arguments"]
            yield {"tool_calls": [{**index, **call, "function": {"name": call["function"]["name"], "arguments": ""}}]}
            for start in range(0, len(arguments), PIECE):
                yield {"tool_calls": [{**index, "function": {"arguments": arguments[start : start + PIECE]}}]}

    def _calls(self, reply: Reply, how: Failure | None) -> list[dict[str, Any]]:
        ids = list(reply.ids) if reply.ids is not None else [f"call_{next(self._serial):024d}" for _ in reply.calls]
        calls = [
            {"id": one, "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
            for one, (name, arguments) in zip(ids, reply.calls, strict=True)
        ]
        if reply.raw_arguments is not None:
            for call in calls:
                call["function"]["arguments"] = reply.raw_arguments  # type: ignore[index]
        if how is Failure.PARTLY_BAD_JSON:
            bad = {"name": reply.calls[0][0], "arguments": '{"user": "be'}
            calls.append({"id": f"call_{next(self._serial):024d}", "type": "function", "function": bad})
        return calls

    def _head(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        return {"id": f"chatcmpl-{next(self._serial)}", "object": kind, "created": int(time.time()), "model": body["model"]}


@contextlib.asynccontextmanager
async def opened_double(script: Script, *, key: str | None = "sk-double") -> AsyncIterator[OpenAIDouble]:
    """The double at a free port of loopback, until the block ends."""
    double = OpenAIDouble(script, key=key)
    application = web.Application(client_max_size=64 * 1024 * 1024)
    application.add_routes(
        [
            web.post("/v1/chat/completions", double.completions),
            web.post("/v1/responses", double.responses),
            web.get("/v1/models", double.models),
        ]
    )
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        double.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        yield double
    finally:
        double._ending.set()
        await runner.cleanup()


def _usage(body: dict[str, Any], reply: Reply) -> dict[str, Any]:
    if reply.usage is not None:
        return dict(reply.usage)
    read = len(json.dumps(body)) // 4
    written = 1 + len(reply.text.split()) + sum(8 + len(json.dumps(dict(arguments))) // 4 for _, arguments in reply.calls)
    return {
        "prompt_tokens": read,
        "completion_tokens": written,
        "total_tokens": read + written,
        "prompt_tokens_details": {"cached_tokens": 0},
    }


def _words(text: str) -> Iterator[str]:
    """The text in pieces of one word each, with the space that follows it."""
    start = 0
    for place, letter in enumerate(text):
        if letter.isspace() and not text[place + 1 : place + 2].isspace():
            yield text[start : place + 1]
            start = place + 1
    if text[start:]:
        yield text[start:]


def _any_tool(body: dict[str, Any]) -> str:
    tools = body.get("tools") or []
    return str(tools[0]["function"]["name"]) if tools else "some_tool"


def _error(
    status: int,
    message: str,
    *,
    code: str | None = None,
    param: str | None = None,
    kind: str = "invalid_request_error",
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    told = {"error": {"message": message, "type": kind, "param": param, "code": code}}
    return web.json_response(told, status=status, headers=headers)


async def _stream(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
    await response.prepare(request)
    return response


async def _send(response: web.StreamResponse, data: Any) -> None:
    await response.write(f"data: {json.dumps(data)}\n\n".encode())


def _drop(request: web.Request) -> None:
    """End the connection as a crash would: without a word."""
    if request.transport is not None:
        request.transport.abort()
