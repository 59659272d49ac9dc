"""What counts as resolved: verified or confirmed, and nothing else."""

import dataclasses
from datetime import UTC, datetime

import pytest

from bot.domain import Call, CallState, CaseState, Plan, PlanState, Resolution
from bot.report.resolution import of_case, of_plan, state_of

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def plan(name: str, state: PlanState) -> Plan:
    return Plan(name, "C-1", "book", "v", "t", "w", "k", state=state, score=0.7)


def change(of: str, state: CallState, effect: str = "change", tool: str = "t") -> Call:
    return Call(f"K-{of}", "C-1", of, tool, {}, state, "ana", NOW, plan=of, effect=effect)


@pytest.mark.parametrize(
    ("state", "calls", "outcome"),
    [
        pytest.param(PlanState.DONE, [change("P", CallState.VERIFIED)], Resolution.VERIFIED, id="changed and read back"),
        pytest.param(PlanState.DONE, [change("P", CallState.UNVERIFIED)], Resolution.FAILED, id="changed and not read back"),
        pytest.param(
            PlanState.DONE, [change("P", CallState.DONE, "read")], Resolution.VERIFIED, id="looked, and it was so already"
        ),
        pytest.param(PlanState.DONE, [], Resolution.ANSWERED, id="answered"),
        pytest.param(
            PlanState.DONE,
            [change("P", CallState.VERIFIED, tool="create_ticket"), change("P", CallState.VERIFIED, tool="page_on_call")],
            Resolution.HANDED_OVER,
            id="a ticket and a page alone solve nothing",
        ),
        pytest.param(
            PlanState.DONE,
            [change("P", CallState.VERIFIED), change("P", CallState.VERIFIED, tool="create_ticket")],
            Resolution.VERIFIED,
            id="a ticket beside a change",
        ),
        pytest.param(PlanState.ABANDONED, [], Resolution.ABANDONED, id="asked and never answered"),
        pytest.param(PlanState.WAITING, [change("P", CallState.WAITING)], None, id="open"),
        pytest.param(PlanState.DENIED, [], Resolution.DENIED, id="denied"),
        pytest.param(PlanState.EXPIRED, [], Resolution.EXPIRED, id="expired is not denied"),
        pytest.param(PlanState.WITHDRAWN, [], Resolution.WITHDRAWN, id="withdrawn"),
        pytest.param(PlanState.PARTLY, [change("P", CallState.VERIFIED)], Resolution.PARTLY, id="some of its parts were done"),
    ],
)
def test_a_plan(state: PlanState, calls: list[Call], outcome: Resolution | None) -> None:
    assert of_plan(plan("P", state), calls) == outcome


def test_looks_of_a_runbook_that_a_model_chose_are_an_answer() -> None:
    """Nothing was found for the requester's words, so what was looked at may be anything."""
    chosen = dataclasses.replace(plan("P", PlanState.DONE), score=0.0)
    assert of_plan(chosen, [change("P", CallState.DONE, "read")]) == Resolution.ANSWERED
    assert of_plan(chosen, [change("P", CallState.VERIFIED)]) == Resolution.VERIFIED


@pytest.mark.parametrize(
    ("states", "outcome", "case"),
    [
        pytest.param([PlanState.DONE, PlanState.DONE], Resolution.ANSWERED, CaseState.RESOLVED, id="both"),
        pytest.param([PlanState.DONE, PlanState.DENIED], Resolution.PARTLY, CaseState.CLOSED, id="partly done is not resolved"),
        pytest.param([PlanState.PARTLY, PlanState.DENIED], Resolution.PARTLY, CaseState.CLOSED, id="parts of one are done"),
        pytest.param([PlanState.DONE, PlanState.WAITING], None, CaseState.WAITING, id="one is open"),
        pytest.param([PlanState.DONE, PlanState.WITHDRAWN], Resolution.ANSWERED, CaseState.RESOLVED, id="one was no longer wanted"),
        pytest.param([PlanState.ABANDONED], Resolution.ABANDONED, CaseState.CLOSED, id="given up"),
        pytest.param([PlanState.DONE, PlanState.ABANDONED], Resolution.PARTLY, CaseState.CLOSED, id="one was given up"),
        pytest.param([PlanState.WITHDRAWN], Resolution.WITHDRAWN, CaseState.CLOSED, id="all withdrawn"),
        pytest.param([PlanState.DONE, PlanState.HANDED_OVER], Resolution.HANDED_OVER, CaseState.HANDED_OVER, id="with people"),
    ],
)
def test_a_case_has_the_worst_of_its_plans(states: list[PlanState], outcome: Resolution | None, case: CaseState) -> None:
    plans = [plan(f"P-{at}", state) for at, state in enumerate(states)]
    assert of_case(plans, []) == outcome
    assert state_of(outcome, plans) == case
