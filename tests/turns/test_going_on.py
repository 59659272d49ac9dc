"""Where a plan stands by its runbook, once nothing is left to be called."""

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.cases.house import House
from bot.domain import Call, CallState, Plan, PlanState
from bot.turns.turn import Turns
from tests.runbooks.test_parts import PLAN, bundle, usual
from tests.runbooks.test_unrolling import ANA, NOON


def came(folder: Path, wrong: dict[str, CallState], *besides: Call) -> Plan:
    """The plan when it goes on no further: each step as usual, or with this state; `besides` is what a model did."""
    house: Any = SimpleNamespace(runbooks={"bell": bundle(folder)}, clock=SimpleNamespace(now=lambda: NOON))
    turns, calls = Turns(cast(House, house)), [*besides]
    while isinstance(went := turns._went_on(PLAN, calls, ANA), list):
        [ask] = went
        result = usual(ask.step)
        effect = "change" if "join" in ask.step else "read"
        state = wrong.get(ask.step, result.state)
        made = Call(f"K-{len(calls)}", "C-1", ask.id, ask.tool, ask.arguments, state, "ana", NOON, plan="P-1", step=ask.step)
        reason = "" if state.good else "Not for you."
        calls.append(dataclasses.replace(made, effect=effect, result=dict(result.data), reason=reason))
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
