"""From what somebody says to the answer in its thread: the floor, Deskhand, and whatever bot is put beside them, in turns.

Every round asks each bot in the same order, so that what else the machine does meets all of them.
"""

import contextlib
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.bench.bots import BY_RUNBOOK, ECHO, LOCKED, QUESTION, Bot, Command, connected, ours
from tests.bench.crowd import Asked, Round

ROUNDS, ALONE, AT_ONCE, WARM_UP = 3, 15, 20, 4
DELAY = 0.5
MODEL, RUNBOOKS = "deskhand", "by runbooks"


@dataclass(frozen=True, slots=True)
class Row:
    """What one bot did with one kind of request, asked in one way, in all rounds."""

    bot: str
    asked: str
    how: str
    delay: float
    rounds: Sequence[Round]

    def middle(self, figure: Callable[[Round], float]) -> float:
        return statistics.median(figure(one) for one in self.rounds)

    def told(self, figure: Callable[[Round], float], form: str = ".0f") -> str:
        """The median of the rounds, with the least and the most."""
        values = [figure(one) for one in self.rounds]
        return f"{statistics.median(values):{form}} ({min(values):{form}} to {max(values):{form}})"

    @property
    def asks(self) -> int:
        return sum(one.asked for one in self.rounds)

    def line(self) -> str:
        each = {name: sum(getattr(one, name) for one in self.rounds) for name in ("lost", "doubled", "slack_calls", "model_calls")}
        cells = [
            self.asked,
            self.how + (f", model takes {self.delay} s" if self.delay else ""),
            self.bot,
            self.told(lambda one: one.p50),
            self.told(lambda one: one.p95),
            self.told(lambda one: one.rate, ".1f") if self.how != "alone" else "–",
            self.told(lambda one: one.ack_p95, ".1f"),
            f"{each['slack_calls'] / self.asks:.1f}",
            f"{each['model_calls'] / self.asks:.1f}",
            f"{each['lost']} / {each['doubled']}",
        ]
        return f"| {' | '.join(cells)} |"


HEAD = (
    "| request | how | bot | p50, ms | p95, ms | answers/s | ack p95, ms | Slack calls | model calls | lost / doubled |\n"
    "|---|---|---|---|---|---|---|---|---|---|"
)


async def measure(server: str, beside: Sequence[Command], *, rounds: int = ROUNDS) -> list[Row]:
    """All rows. `server` is the URL of a PostgreSQL for the bots' databases."""
    async with contextlib.AsyncExitStack() as stack:
        commands = [ECHO, ours(MODEL, thinks=True), ours(RUNBOOKS, thinks=False), *beside]
        bots = [await stack.enter_async_context(connected(command, server)) for command in commands]
        made: dict[tuple[str, str, str, float], list[Round]] = {}
        for bot in bots:
            for asked in _asked_of(bot):
                await bot.crowd.alone(asked, WARM_UP)
        for number in range(rounds):
            sys.stderr.write(f"round {number + 1} of {rounds}\n")
            for which in (QUESTION, LOCKED):
                for bot in bots:
                    for asked in (one for one in _asked_of(bot) if one.name == which.name):
                        for how, delay, times in (("alone", 0.0, ALONE), ("at once", 0.0, AT_ONCE), ("at once", DELAY, AT_ONCE)):
                            if delay and bot.script is None:
                                continue
                            if bot.script is not None:
                                bot.script.delay = delay
                            ask = bot.crowd.alone if how == "alone" else bot.crowd.together
                            made.setdefault((asked.name, how, bot.name, delay), []).append(await ask(asked, times))
        for bot in bots:
            if bot.double is not None and bot.double.refused:
                sys.stderr.write(f"{bot.name}: the model's server refused {len(bot.double.refused)}: {bot.double.refused[0]}\n")
    order = {QUESTION.name: 0, LOCKED.name: 1}
    rows = [Row(bot, asked, how, delay, found) for (asked, how, bot, delay), found in made.items()]
    return sorted(rows, key=lambda row: (order[row.asked], row.how, row.delay))


def _asked_of(bot: Bot) -> tuple[Asked, ...]:
    if bot.name == ECHO.name:
        return (Asked(QUESTION.name, QUESTION.says, QUESTION.says),)
    return (QUESTION, BY_RUNBOOK if bot.script is None else LOCKED)


def table(rows: Sequence[Row]) -> str:
    """Markdown: each figure as the median of the rounds, with the least and the most."""
    return "\n".join([HEAD, *(row.line() for row in rows)])
