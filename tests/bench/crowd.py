"""People who ask a bot through a playground, and what its answers took: alone one after the other, and many at once."""

import asyncio
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.playground import Member, Server
from bot.playground.workspace import BOT_USER, Channel
from tests.office import words
from tests.openai_double import OpenAIDouble

PATIENCE = 30.0
"""Seconds after which an answer counts as lost."""
SETTLED = 0.4
"""Seconds after the last answer in which a second one, and further calls of Slack's, are still counted."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What people say, and the words by which the answer is known. Found in the answer of every bot that is compared."""

    name: str
    says: str
    answer: str


@dataclass(slots=True)
class Round:
    """One round of one bot: seconds to each answer, and what was counted on the way."""

    seconds: list[float] = field(default_factory=list)
    acks: list[float] = field(default_factory=list)
    wall: float = 0.0
    asked: int = 0
    lost: int = 0
    doubled: int = 0
    slack_calls: int = 0
    model_calls: int = 0

    @property
    def p50(self) -> float:
        return statistics.median(self.seconds) * 1000 if self.seconds else float("nan")

    @property
    def p95(self) -> float:
        return ninety_five(self.seconds)

    @property
    def ack_p95(self) -> float:
        return ninety_five(self.acks)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.seconds) / self.wall


def ninety_five(values: Sequence[float]) -> float:
    """p95 in milliseconds."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(len(ordered) * 0.95))] * 1000 if ordered else float("nan")


class Crowd:
    """The people of one workspace, and the bot that is connected to it."""

    def __init__(self, server: Server, double: OpenAIDouble | None) -> None:
        self.server = server
        self._double = double
        self._people = [one for one in server.workspace.members.values() if one.kind == "member"]
        self._next = 0
        self._acks: list[float] = []
        deliver = server.delivery.deliver

        async def timed(kind: str, payload: Any, attempt: int, reason: str) -> Any:
            start = time.perf_counter()
            answer = await deliver(kind, payload, attempt, reason)
            self._acks.append(time.perf_counter() - start)
            return answer

        server.delivery.deliver = timed  # type: ignore[method-assign]

    async def alone(self, asked: Asked, times: int) -> Round:
        """One after the other, each by somebody else."""
        return await self._round(asked, [[one] for one in self._of(times)])

    async def together(self, asked: Asked, times: int) -> Round:
        """All at once, each by somebody else."""
        return await self._round(asked, [list(self._of(times))])

    def _of(self, times: int) -> Iterator[Member]:
        """The next so many people; after the last comes the first again."""
        for _ in range(times):
            yield self._people[self._next % len(self._people)]
            self._next += 1

    async def _round(self, asked: Asked, groups: Sequence[Sequence[Member]]) -> Round:
        made = Round()
        calls = len(self.server.workspace.calls)
        requests = len(self._double.requests) if self._double else 0
        self._acks = []
        threads: list[tuple[Channel, str]] = []
        start = time.perf_counter()
        for group in groups:
            for seconds, thread in await asyncio.gather(*(self._ask(one, asked) for one in group)):
                threads.append(thread)
                made.asked += 1
                if seconds is None:
                    made.lost += 1
                else:
                    made.seconds.append(seconds)
        made.wall = time.perf_counter() - start
        await asyncio.sleep(SETTLED)
        made.acks = self._acks
        made.doubled = sum(1 for channel, ts in threads if answers(channel, ts, asked.answer) > 1)
        made.slack_calls = len(self.server.workspace.calls) - calls
        made.model_calls = (len(self._double.requests) if self._double else 0) - requests
        return made

    async def _ask(self, member: Member, asked: Asked) -> tuple[float | None, tuple[Channel, str]]:
        """Seconds from what somebody says to its answer in its thread; None when it is lost."""
        workspace = self.server.workspace
        channel = workspace.direct(member.slack_id)
        start = time.perf_counter()
        ts = workspace.say(member, channel, asked.says)["ts"]
        while not answers(channel, ts, asked.answer):
            left = start + PATIENCE - time.perf_counter()
            try:
                await asyncio.wait_for(workspace.changed.wait(), left)
            except TimeoutError:
                return None, (channel, ts)
        return time.perf_counter() - start, (channel, ts)


def answers(channel: Channel, ts: str, answer: str) -> int:
    """How many messages of the bot in this thread hold the answer."""
    return sum(
        1
        for one in reversed(channel.messages)
        if one["user"] == BOT_USER and one.get("thread_ts") == ts and (answer in one["text"] or answer in words(one))
    )
