"""A real model asked through the real client over real HTTP, against a double that fails in every way that is known."""

import asyncio
import contextlib
import subprocess
import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import structlog
from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from bot.agent.breaker import REST
from bot.agent.faults import ModelAway, Reason
from bot.agent.guards import checked
from bot.agent.models import ATTEMPTS, PARTLY, Models, ModelSettings, Usage
from tests.openai_double import Failure, OpenAIDouble, Reply, Script, opened_double

ROOT = Path(__file__).parent.parent.parent
UNLOCK = {
    "type": "function",
    "function": {
        "name": "unlock_account",
        "description": "Unlock an account.",
        "parameters": {"type": "object", "properties": {"user": {"type": "string"}}},
    },
}
ANA = Reply("Let me look at that for you.", calls=[("unlock_account", {"user": "ana"})])
BEN = Reply("And another one.", calls=[("unlock_account", {"user": "ben"})])


class Caller:
    """Who asks: what it was told of each attempt, and how long it was made to wait, on a clock of its own."""

    def __init__(self, double: OpenAIDouble, **settings: Any) -> None:
        known = {"model": "double", "api_key": double.key or "", "base_url": double.url, "timeout": 10.0}
        self.now = 1000.0
        self.models = Models(ModelSettings(**known | settings), monotonic=lambda: self.now, sleep=self.sleep)
        self.attempts: list[Usage] = []
        self.taken_back = 0
        self.slept: list[float] = []

    @property
    def states(self) -> list[str]:
        return [usage.state for usage in self.attempts]

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    async def used(self, usage: Usage) -> None:
        self.attempts.append(usage)

    async def again(self) -> None:
        self.taken_back += 1

    async def ask(self, *messages: Any, send: Callable[[BaseChatModel], Awaitable[AIMessage]] | None = None) -> AIMessage:
        async def request(chat: BaseChatModel) -> AIMessage:
            return await chat.bind_tools([UNLOCK]).ainvoke([*messages] or [HumanMessage("I am locked out")])

        return await self.models.ask(send or request, used=self.used, again=self.again)

    async def fails(self) -> Reason:
        with pytest.raises(ModelAway) as raised:
            await self.ask()
        return raised.value.reason


@contextlib.asynccontextmanager
async def asking(script: Script, *, key: str | None = "sk-double", **settings: Any) -> AsyncIterator[tuple[Caller, OpenAIDouble]]:
    async with opened_double(script, key=key) as double:
        caller = Caller(double, **settings)
        try:
            yield caller, double
        finally:
            await caller.models.aclose()


def arguments(answer: AIMessage) -> list[Any]:
    return [call["args"] for call in answer.tool_calls]


@pytest.mark.parametrize("stream", [True, False])
async def test_an_answer_with_text_and_calls(stream: bool) -> None:
    """It comes whole, and what it cost is told: tokens with those cached, and dollars at the prices of the settings."""
    usage = {"prompt_tokens": 1000, "completion_tokens": 50, "total_tokens": 1050, "prompt_tokens_details": {"cached_tokens": 640}}
    reply = Reply("Both.", calls=[("unlock_account", {"user": "ana"}), ("unlock_account", {"user": "ben"})], usage=usage)
    async with asking([reply], stream=stream, price_input=2.0, price_output=8.0) as (caller, double):
        answer = await caller.ask()
    assert answer.text == "Both."
    assert arguments(answer) == [{"user": "ana"}, {"user": "ben"}]
    assert caller.attempts == [Usage("double", "ok", read=1000, cached=640, written=50, cost=0.0024)]
    assert (caller.taken_back, caller.slept, double.refused) == (0, [], [])
    assert double.requests[0].get("stream", False) is stream
    assert double.requests[0].get("stream_options") == ({"include_usage": True} if stream else None)


PASSING = [
    (Failure.RATE_LIMITED, Reason.RATE_LIMITED),
    (Failure.ERROR, Reason.SERVER_ERROR),
    (Failure.OVERLOADED, Reason.SERVER_ERROR),
    (Failure.ERROR_PAGE, Reason.SERVER_ERROR),
    (Failure.ERROR_INSIDE, Reason.SERVER_ERROR),
    (Failure.RESET, Reason.UNREACHABLE),
    (Failure.CUT, Reason.UNREACHABLE),
    (Failure.HANG, Reason.TIMEOUT),
]
PASSING_STREAMS = [*PASSING, (Failure.STALL, Reason.TIMEOUT), (Failure.SILENT_END, Reason.UNREACHABLE)]
EACH_PASSING = [
    pytest.param(how, reason, stream, id=f"{how.name}-{'streamed' if stream else 'plain'}")
    for stream, rows in ((True, PASSING_STREAMS), (False, PASSING))
    for how, reason in rows
]


@pytest.mark.parametrize(("how", "reason", "stream"), EACH_PASSING)
async def test_what_passes_is_waited_for(how: Failure, reason: Reason, stream: bool) -> None:
    """Once: the second request is answered, and what was shown of the first is taken back before. Always: three requests, then away."""
    timeout = 0.3 if reason is Reason.TIMEOUT else 10.0
    async with asking([ANA], stream=stream, timeout=timeout) as (caller, double):
        double.fail(how)
        assert arguments(await caller.ask()) == [{"user": "ana"}]
        assert caller.states == [reason, "ok"]
        assert caller.taken_back == 1
        assert len(caller.slept) == 1
        assert 0.5 <= caller.slept[0] <= 1.5

        double.fail(how, times=ATTEMPTS + 1)
        assert await caller.fails() is reason
        assert caller.states[2:] == [reason] * ATTEMPTS
        assert len(double.requests) == 2 + ATTEMPTS


NOT_AGAIN = [
    (Failure.QUOTA, Reason.QUOTA),
    (Failure.FORBIDDEN, Reason.UNAUTHORISED),
    (Failure.UNKNOWN_MODEL, Reason.NOT_FOUND),
    (Failure.REJECTED, Reason.REJECTED),
    (Failure.TOO_LONG, Reason.CONTEXT),
    (Failure.REFUSAL, Reason.REFUSED),
    (Failure.FILTERED, Reason.FILTERED),
]


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(("how", "reason"), [pytest.param(*row, id=row[0].name) for row in NOT_AGAIN])
async def test_what_would_fail_again_is_asked_once(how: Failure, reason: Reason, stream: bool) -> None:
    """One request, no waiting, nothing to take back; and the next ask is answered."""
    async with asking([ANA], stream=stream) as (caller, double):
        double.fail(how)
        assert await caller.fails() is reason
        assert (caller.states, len(double.requests), caller.taken_back, caller.slept) == ([reason], 1, 0, [])
        assert arguments(await caller.ask()) == [{"user": "ana"}]


CHANCES = [
    (Failure.EMPTY, Reason.EMPTY),
    (Failure.BAD_JSON, Reason.MALFORMED),
    (Failure.NO_OBJECT, Reason.MALFORMED),
    (Failure.HTML, Reason.NONSENSE),
    (Failure.NO_CHOICES, Reason.NONSENSE),
    (Failure.LENGTH, Reason.CUT),
]


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(("how", "reason"), [pytest.param(*row, id=row[0].name) for row in CHANCES])
async def test_an_answer_of_no_use_is_asked_for_once_more(how: Failure, reason: Reason, stream: bool) -> None:
    """Once: the second answer is used. Twice: away after two requests. A half argument is never completed and run."""
    async with asking([ANA], stream=stream) as (caller, double):
        double.fail(how)
        assert arguments(await caller.ask()) == [{"user": "ana"}]
        assert (caller.states, caller.taken_back, sum(caller.slept)) == ([reason, "ok"], 1, 0)

        double.fail(how, times=3)
        assert await caller.fails() is reason
        assert caller.states[2:] == [reason, reason]
        assert len(double.requests) == 4


async def test_one_ask_makes_three_requests_at_most() -> None:
    """An error and then a useless answer leave one more; a second useless answer ends it, whatever stood between."""
    async with asking([ANA]) as (caller, double):
        double.fail(Failure.ERROR)
        double.fail(Failure.EMPTY)
        assert arguments(await caller.ask()) == [{"user": "ana"}]
        assert caller.states == [Reason.SERVER_ERROR, Reason.EMPTY, "ok"]

        for how in (Failure.EMPTY, Failure.ERROR, Failure.BAD_JSON):
            double.fail(how)
        assert await caller.fails() is Reason.MALFORMED
        assert caller.states[3:] == [Reason.EMPTY, Reason.SERVER_ERROR, Reason.MALFORMED]


@pytest.mark.parametrize("stream", [True, False])
async def test_only_the_calls_that_can_be_read_are_kept(stream: bool) -> None:
    """One good and one malformed call: the good one stays, the other is gone from the history too, and the figures say so."""
    async with asking([ANA, BEN], stream=stream) as (caller, double):
        double.fail(Failure.PARTLY_BAD_JSON)
        answer = await caller.ask()
        assert arguments(answer) == [{"user": "ana"}]
        assert (answer.invalid_tool_calls, caller.states) == ([], [PARTLY])
        assert arguments(await caller.ask(*history(answer))) == [{"user": "ben"}]
        assert double.refused == []


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("how", [Failure.SAME_IDS, Failure.SAME_ID_TWICE, Failure.NO_IDS, Failure.SAME_INDEX, Failure.NO_INDEX])
async def test_ids_of_calls_are_ours(how: Failure, stream: bool) -> None:
    """Whatever a server calls its calls: ours are distinct over all answers, and the API takes them back."""
    two = Reply(calls=[("unlock_account", {"user": "ana"}), ("unlock_account", {"user": "ben"})])
    async with asking([two, two], stream=stream) as (caller, double):
        double.fail(how, times=2)
        first = await caller.ask()
        second = await caller.ask(*history(first))
        assert arguments(first) == arguments(second) == [{"user": "ana"}, {"user": "ben"}]
        assert len({call["id"] for answer in (first, second) for call in answer.tool_calls}) == 4
        await caller.fails()  # the script is at its end; the history was in order
        assert [one for one in double.refused if "script" not in one] == []


def history(answer: AIMessage) -> list[Any]:
    done = [ToolMessage(content="done", tool_call_id=str(call["id"])) for call in answer.tool_calls]
    return [HumanMessage("I am locked out"), answer, *done]


async def test_a_call_of_an_impossible_name_is_malformed() -> None:
    """A name that the API would not take back in the history makes every later request invalid; an unknown one is the door's matter."""
    async with asking([Reply(calls=[("unlock account!", {})]), ANA]) as (caller, double):
        assert arguments(await caller.ask()) == [{"user": "ana"}]
        assert caller.states == [Reason.MALFORMED, "ok"]
        double.fail(Failure.UNKNOWN_TOOL)
        assert [call["name"] for call in (await caller.ask()).tool_calls] == ["no_such_tool"]


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("deep", [30, 600, 100_000], ids=["too deep", "deep for us", "deep for any reader"])
async def test_arguments_without_a_bottom_are_malformed(deep: int, stream: bool) -> None:
    """Lists in lists in lists: asked once more, and answered; what is as deep as somebody may mean it is kept."""
    bottomless = Reply(calls=[("unlock_account", {})], raw_arguments='{"user": ' + "[" * deep + "]" * deep + "}")
    nested = Reply(calls=[("unlock_account", {"user": [[[["ana"]]]]})])
    async with asking([bottomless, nested], stream=stream) as (caller, _):
        assert arguments(await caller.ask()) == [{"user": [[[["ana"]]]]}]
        assert caller.states == [Reason.MALFORMED, "ok"]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("9" * 15, int("9" * 15)),
        ("9" * 400, "a number of 1329 bits"),
        ("-1e300", "-1e+300"),
        ("1e999", "inf"),
    ],
    ids=["large", "beyond any column", "so as a fraction", "beyond all"],
)
async def test_a_number_that_nothing_can_hold_is_told_in_words(written: str, kept: Any) -> None:
    """It fits no tool then, and is answered like all that does not fit."""
    async with asking([Reply(calls=[("unlock_account", {})], raw_arguments='{"user": ' + written + "}")]) as (caller, _):
        assert arguments(await caller.ask()) == [{"user": kept}]
        assert caller.states == ["ok"]


@pytest.mark.parametrize("stream", [True, False])
async def test_a_number_that_no_reader_takes_is_asked_for_once_more(stream: bool) -> None:
    """Python reads no number of more than 4,300 digits."""
    endless = Reply(calls=[("unlock_account", {})], raw_arguments='{"user": ' + "9" * 5_000 + "}")
    async with asking([endless, ANA], stream=stream) as (caller, _):
        assert arguments(await caller.ask()) == [{"user": "ana"}]
        assert caller.states[1:] == ["ok"]


async def test_words_are_shown_as_they_come() -> None:
    """Whoever listens sees words one by one; of calls nothing, until they are whole."""
    pieces: list[str] = []
    half: list[Any] = []

    class Listener(AsyncCallbackHandler):
        async def on_llm_new_token(self, token: str, *, chunk: Any = None, **_: Any) -> None:
            pieces.append(token)
            half.extend(call["args"] for call in chunk.message.tool_call_chunks)

    async def send(chat: BaseChatModel) -> AIMessage:
        return await chat.bind_tools([UNLOCK]).ainvoke([HumanMessage("I am locked out")], config={"callbacks": [Listener()]})

    async with asking([ANA]) as (caller, _):
        answer = await caller.ask(send=send)
    assert [piece for piece in pieces if piece] == ["Let ", "me ", "look ", "at ", "that ", "for ", "you."]
    assert half == ['{"user": "ana"}']
    assert answer.text == "Let me look at that for you."


async def test_a_server_that_cannot_stream_is_remembered() -> None:
    """Plain JSON to a streamed request: asked again without streaming, and never with it again."""
    async with asking([ANA, BEN]) as (caller, double):
        double.fail(Failure.PLAIN_JSON, times=9)
        assert arguments(await caller.ask()) == [{"user": "ana"}]
        assert arguments(await caller.ask()) == [{"user": "ben"}]
        assert caller.states == [Reason.CANNOT_STREAM, "ok", "ok"]
        assert [body.get("stream", False) for body in double.requests] == [True, False, False]
        assert caller.slept == [0.0]


@pytest.mark.parametrize("how", [Failure.HTML, Failure.ERROR_INSIDE])
async def test_a_page_of_something_else_does_not_end_streaming(how: Failure) -> None:
    """A gateway's page or error in place of a stream is no sign of a server that cannot stream."""
    async with asking([ANA]) as (caller, double):
        double.fail(how)
        assert arguments(await caller.ask()) == [{"user": "ana"}]
        assert [body["stream"] for body in double.requests] == [True, True]


async def test_a_server_that_cannot_count_in_a_stream_still_streams() -> None:
    """`stream_options` refused: left away from then on; streaming refused as well: plain from then on."""
    async with asking([ANA, BEN, ANA]) as (caller, double):
        double.fail(Failure.NO_STREAM_OPTIONS, times=9)
        await caller.ask()
        await caller.ask()
        assert [(body["stream"], "stream_options" in body) for body in double.requests] == [
            (True, True),
            (True, False),
            (True, False),
        ]
        double.fail(Failure.NO_STREAM, times=9)
        await caller.ask()
        assert [body.get("stream", False) for body in double.requests[3:]] == [True, False]


@pytest.mark.parametrize(("seconds", "requests"), [("7", 2), ("10", 2), ("11", 1), ("Fri, 01 Jan 2100 00:00:00 GMT", 1)])
async def test_a_server_says_when_to_come_back(seconds: str, requests: int) -> None:
    """Up to ten seconds are waited; longer, the ask ends at once, since earlier would be of no use."""
    async with asking([ANA]) as (caller, double):
        double.retry_after = seconds
        double.fail(Failure.RATE_LIMITED)
        if requests > 1:
            await caller.ask()
            assert caller.slept == [float(seconds)]
        else:
            assert await caller.fails() is Reason.RATE_LIMITED
            assert caller.slept == []
        assert len(double.requests) == requests


async def test_an_answer_without_end_is_ended() -> None:
    """Words that come steadily pass every time-out of a read; the answer as a whole has one too. It is not asked for again.

    Twelve at once: an end that comes together with a word must not be lost (`asyncio.wait_for` of Python 3.11 loses it).
    """
    async with asking([ANA], timeout=0.2) as (caller, double):
        double.fail(Failure.ENDLESS, times=12)
        asks = [asyncio.create_task(caller.ask()) for _ in range(12)]
        _, unended = await asyncio.wait(asks, timeout=30)
        assert not unended
        assert [getattr(ask.exception(), "reason", None) for ask in asks] == [Reason.ENDLESS] * 12
        assert len(double.requests) == 12


async def test_comments_are_no_answer() -> None:
    """A server that keeps the connection with comments only is waited for no longer than one that is silent."""
    async with asking([ANA], timeout=0.5) as (caller, double):
        double.fail(Failure.COMMENTS)
        assert arguments(await caller.ask()) == [{"user": "ana"}]
        assert caller.states == [Reason.TIMEOUT, "ok"]


async def test_a_server_that_is_ill_is_left_alone_and_tried_again() -> None:
    """Three failed asks: the fourth sends nothing. After the rest one request is sent; answered, all is as before."""
    async with asking([ANA]) as (caller, double):
        double.fail(Failure.QUOTA, times=3)
        for _ in range(3):
            assert caller.models.available
            assert await caller.fails() is Reason.QUOTA
        assert not caller.models.available
        assert await caller.fails() is Reason.OPEN
        assert len(double.requests) == 3
        caller.now += REST
        assert caller.models.available
        assert arguments(await caller.ask()) == [{"user": "ana"}]
        assert caller.models.available


@pytest.mark.parametrize("how", [Failure.EMPTY, Failure.REFUSAL, Failure.TOO_LONG, Failure.REJECTED, Failure.HTML])
async def test_a_useless_answer_is_no_illness(how: Failure) -> None:
    """The server answered: other requests may well be answered better."""
    async with asking([ANA]) as (caller, double):
        double.fail(how, times=10)
        for _ in range(5):
            assert await caller.fails() is not Reason.OPEN
        assert caller.models.available


async def test_while_a_probe_is_out_nobody_else_asks() -> None:
    """Of five asks after the rest one is sent; a probe that is cancelled leaves the place to the next."""
    async with asking(lambda _: Reply("Well.", delay=0.2)) as (caller, double):
        double.fail(Failure.QUOTA, times=3)
        for _ in range(3):
            await caller.fails()
        caller.now += REST
        probe = asyncio.create_task(caller.ask())
        while len(double.requests) < 4:  # noqa: ASYNC110 - until the server has it
            await asyncio.sleep(0.01)
        assert await caller.fails() is Reason.OPEN
        probe.cancel()
        await asyncio.gather(probe, return_exceptions=True)
        assert (await caller.ask()).text == "Well."


async def test_what_the_caller_raises_is_passed_on() -> None:
    """A budget that is spent ends the ask after the attempt that spent it, and says nothing about the server."""

    class Spent(Exception):
        pass

    async with asking([ANA]) as (caller, double):

        async def used(usage: Usage) -> None:
            raise Spent

        async def send(chat: BaseChatModel) -> AIMessage:
            return await chat.ainvoke([HumanMessage("hello")])

        double.fail(Failure.ERROR, times=2)
        for _ in range(4):
            with pytest.raises(Spent):
                await caller.models.ask(send, used=used, again=caller.again)
        assert len(double.requests) == 4
        assert caller.models.available


@pytest.mark.parametrize(
    "how", [Failure.REJECTED, Failure.QUOTA, Failure.ERROR, Failure.ERROR_INSIDE, Failure.NO_OBJECT, Failure.HTML]
)
async def test_no_word_of_a_server_and_no_key_gets_out(how: Failure) -> None:
    """The exception, everything that hangs on it and every log line: our own sentences only."""
    async with asking([ANA], stream=False) as (caller, double):
        double.fail(how, times=9)
        with structlog.testing.capture_logs() as lines:
            for _ in range(4):
                with pytest.raises(ModelAway) as raised:
                    await caller.ask()
        told = (
            "".join(traceback.format_exception(raised.value))
            + repr(raised.value.__context__)
            + repr(lines)
            + repr(caller.models._settings)
        )
        assert raised.value.__cause__ is None
        for word in ("sk-double", "wrong", "credit left.'", "ours", "behind us", "ana", "Sign in"):
            assert word not in told


async def test_a_key_a_temperature_and_connections() -> None:
    """The key goes as a bearer token, `none` where there is none; a temperature only when it is set; one connection for asks in a row."""
    async with asking([ANA, ANA], temperature=0.2) as (caller, double):
        await caller.ask()
        await caller.ask()
        assert {headers["Authorization"] for headers in double.headers} == {"Bearer sk-double"}
        assert [body["temperature"] for body in double.requests] == [0.2, 0.2]
        assert len(set(double.peers)) == 1
        await caller.models.aclose()
        assert await caller.fails() is Reason.REJECTED  # the script is at its end, but somebody was reached
    async with asking([ANA], key=None, api_key="") as (caller, double):
        await caller.ask()
        assert double.headers[0]["Authorization"] == "Bearer none"
        assert "temperature" not in double.requests[0]
    async with asking([ANA], api_key="sk-another") as (caller, double):
        assert await caller.fails() is Reason.UNAUTHORISED
        assert double.requests == []


async def test_twenty_at_once_get_each_their_own() -> None:
    """Answers, attempts and what is known of a response are not mixed up between asks."""

    async def echo(body: dict[str, Any]) -> Reply:
        await asyncio.sleep(0.01)
        return Reply(f"You are {body['messages'][-1]['content']}.")

    async with asking(echo) as (caller, double):
        double.fail(Failure.ERROR, times=5)
        answers = await asyncio.gather(*(caller.ask(HumanMessage(f"n{number}")) for number in range(20)))
    assert [answer.text for answer in answers] == [f"You are n{number}." for number in range(20)]
    assert sorted(set(caller.states)) == ["ok", "server_error"]
    assert len(caller.states) == 25


async def test_a_server_on_loopback_is_reached_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a proxy that nobody answers at, a local server is reached all the same."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("OPENAI_PROXY", "http://127.0.0.1:9")
    async with asking([ANA]) as (caller, _):
        assert arguments(await caller.ask()) == [{"user": "ana"}]


async def test_no_real_model_is_within_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a server's address the client goes out into the world, and in a test that way is barred: the test fails, loudly.

    The proxy's address is one that nobody has (RFC 5737), so that no name is looked up either.
    """
    from langchain_openai import ChatOpenAI

    monkeypatch.setenv("HTTPS_PROXY", "http://192.0.2.1:9")

    async def send(chat: BaseChatModel) -> AIMessage:
        return await chat.ainvoke([HumanMessage("hello")])

    with pytest.RaisesGroup(pytest.RaisesExc(AssertionError, match="only loopback is allowed"), flatten_subgroups=True):
        await send(ChatOpenAI(model="gpt-4.1-mini", api_key="sk-nobody", max_retries=0))  # type: ignore[arg-type]
    async with asking([], base_url="", api_key="sk-nobody") as (caller, _):
        with pytest.RaisesGroup(pytest.RaisesExc(AssertionError, match="only loopback is allowed"), flatten_subgroups=True):
            await caller.ask(send=send)


async def test_the_responses_api_is_spoken_when_it_is_set() -> None:
    """Then requests go to another address, where the double cannot stream, and never to Chat Completions (which notes headers)."""
    async with asking([ANA], responses_api=True) as (caller, double):
        assert await caller.fails() is Reason.REJECTED
        assert double.requests
        assert double.headers == []


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (AIMessage([{"type": "refusal", "refusal": "No."}]), Reason.REFUSED),
        (AIMessage("So", response_metadata={"incomplete_details": {"reason": "max_output_tokens"}}), Reason.CUT),
        (AIMessage("So", response_metadata={"incomplete_details": {"reason": "content_filter"}}), Reason.FILTERED),
        (AIMessage([{"type": "text", "text": "  \n"}]), Reason.EMPTY),
    ],
)
def test_the_guards_know_the_responses_api_too(message: AIMessage, reason: Reason) -> None:
    """Its answers are lists of blocks, and end for reasons of other names."""
    with pytest.raises(ModelAway) as raised:
        checked(message)
    assert raised.value.reason is reason
    kept, dropped = checked(AIMessage([{"type": "text", "text": "All well."}]))
    assert (kept.content, dropped) == ("All well.", False)


ALONE = """
import asyncio, sys
import bot.agent.models
from bot.agent.models import Models, ModelSettings
heavy = [name for name in ("langchain_openai", "openai", "tiktoken") if name in sys.modules]
assert not heavy, heavy
reached = []
def watch(event, arguments):
    if event == "socket.connect":
        reached.append(arguments[1][0])
    if event == "socket.getaddrinfo":
        reached.append(arguments[0])
sys.addaudithook(watch)
from langchain_core.messages import HumanMessage
from tests.openai_double import Reply, opened_double

async def nothing(*_):
    pass

async def main():
    async with opened_double([Reply("Well.", calls=[("unlock_account", {"user": "ana"})])]) as double:
        models = Models(ModelSettings("gpt-4.1-mini", api_key=double.key, base_url=double.url))
        answer = await models.ask(lambda chat: chat.ainvoke([HumanMessage("hello")]), used=nothing, again=nothing)
        assert answer.text == "Well.", answer
        await models.aclose()

asyncio.run(main())
import tiktoken.registry
assert tiktoken.registry.ENCODINGS == {}, "a tokenizer was loaded"
assert reached and set(reached) == {"127.0.0.1"}, reached
assert "pytest" not in sys.modules
"""


def test_nothing_is_fetched_and_nothing_heavy_is_imported_before_it_is_needed() -> None:
    """In a process of its own: no client before the first ask, no tokenizer at all, no machine but the model's server is looked for."""
    done = subprocess.run([sys.executable, "-c", ALONE], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, done.stderr) == (0, "")
