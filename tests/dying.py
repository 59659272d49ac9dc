"""`python -m tests.dying`: the bot, which kills itself with -9 the first time it comes to the place that DIE_AT names.

That is one of PLACES, or ``before STEP`` and ``after STEP``: a step of a plan by its key, before its effect or behind it and before
its record.
"""

import os
import signal
from typing import Any

from bot import __main__
from bot.calls import effect
from bot.domain import Call
from bot.execution import executor
from bot.store import outbox
from bot.turns import endings


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def dies(*_: Any, **__: Any) -> Any:
    die()


PLACES = {
    "before the effect": (effect, "run"),
    "between effect and record": (executor.Executor, "_record"),
    "between record and report": (endings.Endings, "finish"),
    "between post and its record": (outbox.StoredOutbox, "posted"),
}
AT_A_STEP = {"before": ("_read", "_perform"), "after": ("_record",)}


def dies_at(step: str, name: str) -> None:
    """The bot dies when it comes to this part of the executor with a call of this step."""
    itself = getattr(executor.Executor, name)

    async def instead(self: executor.Executor, call: Call, *rest: Any) -> Any:
        if call.step == step:
            die()
        return await itself(self, call, *rest)

    setattr(executor.Executor, name, instead)


if __name__ == "__main__":
    place = os.environ["DIE_AT"]
    if place in PLACES:
        owner, name = PLACES[place]
        setattr(owner, name, dies)
    else:
        when, _, step = place.partition(" ")
        for name in AT_A_STEP[when]:
            dies_at(step, name)
    __main__.main(["run"])
