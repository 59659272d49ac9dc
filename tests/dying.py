"""`python -m tests.dying`: the bot, which kills itself with -9 the first time it comes to the place that DIE_AT names."""

import os
import signal
from typing import Any

from bot import __main__
from bot.calls import effect
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

if __name__ == "__main__":
    owner, name = PLACES[os.environ["DIE_AT"]]
    setattr(owner, name, dies)
    __main__.main(["run"])
