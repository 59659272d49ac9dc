"""Where a plan stands by its runbook, once nothing is left to be called."""

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.cases.house import House
from bot.domain import Call, CallState, Plan, PlanState, ToolCall
from bot.ports import Closing
from bot.runbooks.unrolling import StepResult
from bot.turns.thinking import Thinking
from bot.turns.turn import Turns
from tests.runbooks.test_parts import PLAN, bad, bundle, usual
from tests.runbooks.test_unrolling import ANA, NOON, good


def house(folder: Path) -> House:
    made: Any = SimpleNamespace(runbooks={"bell": bundle(folder)}, clock=SimpleNamespace(now=lambda: NOON))
    return cast(House, made)


def made(ask: ToolCall, result: StepResult) -> Call:
    """The call in the ledger, with this result."""
    call = Call(f"K-{ask.id}", "C-1", ask.id, ask.tool, ask.arguments, result.state, "ana", NOON, plan="P-1", step=ask.step)
    effect = "change" if "join" in ask.step else "read"
    return dataclasses.replace(call, effect=effect, result=dict(result.data), reason=result.reason, summary=result.summary)


def came(folder: Path, wrong: dict[str, CallState], *besides: Call) -> Plan:
    """The plan when it goes on no further: each step as usual, or with this state; `besides` is what a model did."""
    turns, calls = Turns(house(folder)), [*besides]
    while isinstance(went := turns._went_on(PLAN, calls, ANA), list):
        [ask] = went
        calls.append(made(ask, bad(wrong[ask.step], "Not for you.") if ask.step in wrong else usual(ask.step)))
    assert isinstance(went, Plan)
    return went


@pytest.mark.parametrize(
    ("wrong", "end"),
    [
        pytest.param({}, PlanState.DONE, id="all is done"),
        pytest.param({"three.join": CallState.DENIED}, PlanState.PARTLY, id="a part was denied"),
        pytest.param({"three.join": CallState.FAILED}, PlanState.FAILED, id="a part has failed"),
    ],
)
@pytest.mark.parametrize("besides", [CallState.WAITING, CallState.VERIFIED, None])
def test_a_plan_is_not_over_while_what_a_model_did_besides_waits(
    tmp_path: Path, wrong: dict[str, CallState], end: PlanState, besides: CallState | None
) -> None:
    """Done whole or in part it waits for that answer; what has failed is for people at once, and all that waits ends with it."""
    more = [] if besides is None else [Call("K-x", "C-1", "x", "press", {}, besides, "ana", NOON, plan="P-1", effect="change")]
    waits = besides is CallState.WAITING and end is not PlanState.FAILED
    assert came(tmp_path, wrong, *more).state is (PlanState.WAITING if waits else end)


@pytest.mark.parametrize(
    ("at", "wrong", "own"),
    [
        pytest.param("", None, [], id="nothing is wrong: its changes are the model's"),
        pytest.param("one.join", bad(CallState.FAILED), ["three.join"], id="a part has failed"),
        pytest.param("three.join", bad(CallState.DENIED), [], id="the last part was denied"),
        pytest.param("one.again", good({"lists": []}), ["one.join!undo", "three.join"], id="a look shows that it is not so"),
        pytest.param("last", good({"lists": []}), ["three.join!undo", "two.join!undo", "one.join!undo"], id="the whole is not so"),
    ],
)
def test_once_a_part_was_not_done_a_model_is_not_asked_for_the_others(
    tmp_path: Path, at: str, wrong: StepResult | None, own: list[str]
) -> None:
    """What is taken back, and each change of the parts that go on, is the runbook's."""
    turns, thinking, calls = Turns(house(tmp_path)), Thinking(house(tmp_path)), list[Call]()
    changes: list[str] = []
    while isinstance(went := turns._went_on(PLAN, calls, ANA), list):
        [ask] = went
        if ask.step.rpartition(".")[2].startswith("join") and isinstance(thinking.stands(PLAN, calls, ANA, Closing()), ToolCall):
            changes.append(ask.step)
        calls.append(made(ask, wrong if wrong is not None and ask.step == at else usual(ask.step)))
    assert changes == own
