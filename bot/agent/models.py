"""The one place where a real model is reached: asked with patience, its answer checked, a server that is ill left alone.

Any OpenAI-compatible server will do. Knows nothing of prompts, tools and cases: who asks brings the request as a function of the
chat model, and learns what each attempt cost. Nothing is fetched at run time, no tokenizer is loaded, no text is logged.
"""

import asyncio
import contextlib
import contextvars
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from bot.agent.breaker import Breaker
from bot.agent.faults import CHANCE, ILL, PASSING, UNCLEAR, ModelAway, Reason, fault
from bot.agent.guards import checked
from bot.spending import Usage

if TYPE_CHECKING:
    from bot.agent.chat import Chat

ATTEMPTS = 3
"""Requests of one ask at most."""
PATIENCE = 10.0
"""Seconds of a Retry-After that are waited; a server that wants longer is not asked again at once."""
ENDLESS = 5
"""Time-outs that one answer may take as a whole, however steadily it comes."""
PARTLY = "partly malformed"
"""The state of an attempt whose answer was used without some of its calls."""

Send = Callable[[BaseChatModel], Awaitable[AIMessage]]


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Where the model is and how it is asked. `base_url` empty: OpenAI's own; prices in US dollars for a million tokens."""

    model: str
    api_key: str = field(default="", repr=False)
    base_url: str = ""
    responses_api: bool = False
    stream: bool = True
    temperature: float | None = None
    timeout: float = 60.0
    price_input: float = 0.0
    price_output: float = 0.0


PLAIN: contextvars.ContextVar[list[Any] | None] = contextvars.ContextVar("plain_answers_to_a_streamed_request", default=None)


async def _answered(response: Any) -> None:
    """Keep what a server answered in plain JSON where a stream was asked for: the client reads nothing out of it."""
    plain = PLAIN.get()
    if plain is not None and response.is_success and "json" in response.headers.get("content-type", ""):
        await response.aread()
        with contextlib.suppress(ValueError):
            plain.append(response.json())


class Models:
    """The model of this process: one client with its connections, one breaker."""

    def __init__(
        self,
        settings: ModelSettings,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._settings = settings
        self._monotonic = monotonic
        self._sleep = sleep
        self._breaker = Breaker(monotonic)
        self._opening = asyncio.Lock()
        self._client: Chat | None = None
        self._http: Any = None
        self._stream = settings.stream
        self._counted = True

    @property
    def available(self) -> bool:
        """Whether an ask would reach the server now, as far as is known."""
        return self._breaker.available

    async def prepare(self) -> None:
        """Load the client, so that the first who asks need not wait for it. Asking does it too."""
        async with self._opening:
            if self._client is None:
                self._client, self._http = await asyncio.to_thread(self._opened)

    async def aclose(self) -> None:
        """Close the connections; later asks open new ones."""
        async with self._opening:
            if self._http is not None:
                await self._http.aclose()
            self._client = self._http = None

    async def ask(
        self,
        send: Send,
        *,
        used: Callable[[Usage], Awaitable[None]],
        again: Callable[[], Awaitable[None]],
    ) -> AIMessage:
        """The model's answer, with text or calls or both. Raises ModelAway.

        `send` performs one request with the chat model that it is given; `used` is awaited after every attempt, `again` before
        each further one, so that words that were shown can be taken back. What `used` and `again` raise is passed on.
        """
        entry = self._breaker.enter()
        if entry is None:
            raise ModelAway(Reason.OPEN)
        try:
            await self.prepare()
            answer = await self._asked(send, used, again)
        except ModelAway as away:
            if away.reason in ILL:
                self._breaker.ill(entry, away.reason)
            elif away.reason in UNCLEAR:
                self._breaker.unclear(entry)
            else:
                self._breaker.well(entry)
            raise
        except BaseException:
            self._breaker.unclear(entry)
            raise
        self._breaker.well(entry)
        return answer

    async def _asked(self, send: Send, used: Callable[[Usage], Awaitable[None]], again: Callable[[], Awaitable[None]]) -> AIMessage:
        chances = 0

        def worth_it(error: BaseException) -> bool:
            nonlocal chances
            if not isinstance(error, ModelAway):
                return False
            chances += error.reason in CHANCE
            return (error.reason in PASSING and (error.after or 0) <= PATIENCE) or (error.reason in CHANCE and chances == 1)

        async def before(_: RetryCallState) -> None:
            await again()

        retrying = AsyncRetrying(
            sleep=self._sleep,
            stop=stop_after_attempt(ATTEMPTS),
            wait=_pause,
            retry=retry_if_exception(worth_it),
            before_sleep=before,
            reraise=True,
        )
        return await retrying(self._attempt, send, used)

    async def _attempt(self, send: Send, used: Callable[[Usage], Awaitable[None]]) -> AIMessage:
        """One request. Its fault is raised outside of the handler, so that no server's words hang on to it."""
        plain: list[Any] = []
        token = PLAIN.set(plain if self._stream else None)
        started = self._monotonic()
        message: AIMessage | None = None
        away: ModelAway | None = None
        dropped = False
        try:
            async with asyncio.timeout(ENDLESS * self._settings.timeout) as whole:
                message = await send(self._chat())
            message, dropped = checked(message)
        except Exception as error:
            away = ModelAway(Reason.ENDLESS) if whole.expired() else fault(error)
            if away is None:
                raise
            away = self._unstreamed(away, plain)
        finally:
            PLAIN.reset(token)
        state = away.reason.value if away else PARTLY if dropped else "ok"
        await used(self._usage(state, message, self._monotonic() - started))
        if away is not None:
            raise ModelAway(away.reason, after=away.after)
        assert message is not None  # noqa: S101 - told to the type checker
        return message

    def _chat(self) -> BaseChatModel:
        from bot.agent.chat import uncounted, unstreamed

        if self._client is None:
            raise ModelAway(Reason.UNREACHABLE)  # closed while somebody asked
        if not self._stream:
            return unstreamed(self._client)
        return self._client if self._counted else uncounted(self._client)

    def _unstreamed(self, away: ModelAway, plain: list[Any]) -> ModelAway:
        """A server that cannot stream as we ask is remembered as such: first without the count of tokens, then not at all."""
        if not self._stream:
            return away if away.reason is not Reason.CANNOT_STREAM else ModelAway(Reason.REJECTED)
        if away.reason is Reason.NONSENSE and plain and isinstance(plain[-1], dict):
            if plain[-1].get("choices"):
                self._stream = False
                return ModelAway(Reason.CANNOT_STREAM)
            return fault(ValueError(plain[-1].get("error"))) or away
        if away.reason is Reason.CANNOT_STREAM:
            self._counted, self._stream = False, self._counted
        return away

    def _opened(self) -> "tuple[Chat, Any]":
        from bot.agent.chat import opened

        settings = self._settings
        return opened(
            api_key=settings.api_key,
            base_url=settings.base_url,
            model=settings.model,
            responses_api=settings.responses_api,
            temperature=settings.temperature,
            timeout=settings.timeout,
            answered=_answered,
        )

    def _usage(self, state: str, message: AIMessage | None, seconds: float) -> Usage:
        told: Any = (message.usage_metadata if message is not None else None) or {}
        read, written = int(told.get("input_tokens") or 0), int(told.get("output_tokens") or 0)
        cached = int((told.get("input_token_details") or {}).get("cache_read") or 0)
        cost = (read * self._settings.price_input + written * self._settings.price_output) / 1_000_000
        return Usage(self._settings.model, state, read, cached, written, cost, seconds)


_BACKOFF = wait_exponential_jitter(multiplier=0.5, max=4, jitter=0.5)


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome is not None else None
    if not isinstance(error, ModelAway) or error.reason not in PASSING or error.reason is Reason.CANNOT_STREAM:
        return 0.0
    return max(_BACKOFF(state), error.after or 0.0)
