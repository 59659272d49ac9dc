"""The minds that can stand behind the bot in a scenario, by name; each but `runbook` and `model` is a scripted double on loopback.

runbook: no model at all. good: does what a good model would. weak: the good one with the mistakes of weak models. hostile: tries
whatever the catalogue has. model: a real one, at an OpenAI-compatible server. What the scripted ones do hangs on the scenario's name,
the attempt and what they are asked, and on nothing else.
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from tests.evaluation.hostile_model import HostileModel
from tests.evaluation.scenario import Problem, Scenario
from tests.evaluation.weak_model import WeakModel
from tests.good_model import GoodModel
from tests.openai_double import Failure, OpenAIDouble, Reply, opened_double

RUNNERS = ("runbook", "good", "weak", "hostile", "model")
SLOW = frozenset({Failure.HANG, Failure.STALL, Failure.COMMENTS, Failure.ENDLESS})
"""Failures that only a time-out ends."""
SHORT_TIMEOUT = "1.5"
"""Seconds to wait for a double that hangs on purpose: a story must not take a minute for it."""

Script = Callable[[dict[str, Any]], Reply]


@dataclass(frozen=True)
class ModelAt:
    """A real model: any OpenAI-compatible server."""

    base_url: str
    api_key: str
    model: str


@dataclass
class Mind:
    """What an office is opened with to have this mind: `opened_office(…, **settings)`. `double`: who plays the model, if it is played."""

    name: str
    settings: Mapping[str, str] = field(default_factory=dict)
    double: OpenAIDouble | None = None
    replies: list[Reply] = field(default_factory=list)
    """What the double's script has answered so far."""

    def model_calls(self) -> int:
        """How often the model was asked. 0 where nobody plays it: then the trails know."""
        return len(self.double.requests) if self.double else 0

    @property
    def tokens_in(self) -> int:
        """About how much the double has read: four letters are a token."""
        return sum(len(json.dumps(body)) // 4 for body in self.double.requests) if self.double else 0

    @property
    def tokens_out(self) -> int:
        """About how much it has written."""
        return sum(1 + (len(one.text) + len(json.dumps([list(call) for call in one.calls]))) // 4 for one in self.replies)


@asynccontextmanager
async def mind(runner: str, scenario: Scenario, attempt: int, at: ModelAt | None = None) -> AsyncIterator[Mind]:
    """The mind for one attempt at a scenario, with the scenario's faults of the model. Raises Problem, also for an unknown fault."""
    match runner:
        case "runbook":
            yield Mind(runner)
        case "model":
            if at is None:
                raise Problem("which model? A runner `model` needs the address of a server, a key and the model's name")
            yield Mind(runner, {"OPENAI_API_KEY": at.api_key, "OPENAI_BASE_URL": at.base_url, "OPENAI_MODEL": at.model})
        case "good" | "weak" | "hostile":
            failures = [(failure(scenario, fault.how), fault.times, fault.after) for fault in scenario.model]
            replies: list[Reply] = []
            async with opened_double(_kept(_script(runner, f"{scenario.name}:{attempt}"), replies)) as double:
                for how, times, after in failures:
                    double.fail(how, times, after)
                patience = {"OPENAI_TIMEOUT": SHORT_TIMEOUT} if any(how in SLOW for how, _, _ in failures) else {}
                settings = {"OPENAI_API_KEY": "sk-double", "OPENAI_BASE_URL": double.url, "OPENAI_MODEL": double.model}
                yield Mind(runner, {**settings, **patience}, double, replies)
        case _:
            raise Problem(f"there is no runner {runner!r}; there are {', '.join(RUNNERS)}")


def failure(scenario: Scenario, name: str) -> Failure:
    """How the model fails, by its name in a scenario. Raises Problem."""
    known = {one.name.lower(): one for one in Failure}
    if name in known:
        return known[name]
    close = get_close_matches(name, known, 1)
    meant = f" (did you mean {close[0]}?)" if close else ""
    raise Problem(f"{scenario.name}.yaml: model.how: no model fails by {name!r}{meant}; there are {', '.join(sorted(known))}")


def _script(runner: str, seed: str) -> Script:
    match runner:
        case "weak":
            return WeakModel(seed)
        case "hostile":
            return HostileModel(seed)
        case _:
            return GoodModel()


def _kept(script: Script, replies: list[Reply]) -> Script:
    def answer(body: dict[str, Any]) -> Reply:
        reply = script(body)
        replies.append(reply)
        return reply

    return answer
