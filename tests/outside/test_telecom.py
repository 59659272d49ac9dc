"""tau2's telecom tasks through our door: the agent's expected actions gated, the user's done by the user, their own assertions after."""

import dataclasses
import json
from pathlib import Path

import pytest

from bot.domain import CallState
from bot.gate import Policies
from tests.gate.policy import NOW
from tests.outside import telecom
from tests.outside.desk import POLICIES, opened
from tests.outside.packages import ABSENT, there
from tests.outside.report import each, with_the_user
from tests.outside.world import tools
from tests.shared import shared
from tools.contract import Caller, Refused

pytestmark = [pytest.mark.skipif(not there(), reason=ABSENT), pytest.mark.timeout(300)]
EVERY = 6
"""Which of the tasks are replayed here; `make long` replays all."""


@pytest.fixture
def data() -> Path:
    folder = shared()
    if folder is None or not (folder / telecom.FILE).is_file():
        pytest.skip("no public data: name its folder in DESKHAND_SHARED")
    return folder


def test_every_tool_of_the_agent_is_a_look_or_a_change_as_the_data_says(data: Path) -> None:
    """What leaves the environment as it is (handing over to people) is a look to us, as our own hand-over is."""
    rows = [json.loads(line) for line in (data / telecom.FILE).read_text().splitlines()]
    kinds = {row["name"]: row["tool_type"] for row in rows if row["type"] == "tool" and row["requestor"] == "assistant"}

    assert set(telecom.READS) & set(telecom.CHANGES) == set()
    assert set(kinds) == set(telecom.shapes())
    assert {name for name, kind in kinds.items() if kind == "write"} == set(telecom.CHANGES)


def test_every_change_owes_an_approval_and_no_look_does(data: Path) -> None:
    shapes, task = telecom.shapes(), telecom.tasks(data)[0]
    policies = Policies(POLICIES / "telecom-strict.yaml", tools(shapes, task.world())).current

    assert {name for name in shapes if any(policy.approval for policy in policies.of(name))} == set(telecom.CHANGES)
    assert all(policies.of(name) for name in shapes)


async def test_expected_actions_through_the_gate_make_their_assertions_hold(company_database: str, data: Path) -> None:
    """Each change waits for its approval, runs once and is read back; where it is taken out, what needs it does not hold."""
    tasks = telecom.tasks(data)[::EVERY]
    needing = [task for task in tasks if not telecom.by_the_user_alone(task)]
    async with opened(company_database) as building:
        done = await each(tasks, lambda task: with_the_user(building, task))

    assert [task.name for task, (_, holds) in zip(tasks, done, strict=True) if not holds] == []
    assert len(needing) > len(tasks) / 2
    for trail, _ in done:
        for call in trail.asked:
            assert call.call.state is (CallState.VERIFIED if call.change else CallState.DONE)
            assert call.approved == call.change


async def test_without_an_approval_nothing_changes_and_the_assertions_fail(company_database: str, data: Path) -> None:
    """The same task with a reviewer who says no: the provider's books stay as they were, and the task is not done."""
    whole = next(task for task in telecom.tasks(data) if any(step.tool == "enable_roaming" for step in task.steps))
    refused = dataclasses.replace(
        whole, steps=[step if step.by_user else dataclasses.replace(step, hostile=True) for step in whole.steps]
    )
    async with opened(company_database) as building:
        (yes, holds), (no, broken) = [await with_the_user(building, task) for task in (whole, refused)]

    assert (holds, broken) == (True, False)
    assert all(call.effect and call.approved for call in yes.asked if call.change)
    assert [(call.call.state, call.deed) for call in no.asked if call.change] == [
        (CallState.DENIED, None) for call in no.asked if call.change
    ]


async def test_reading_back_sees_a_change_that_is_not_there(data: Path) -> None:
    """Each check looks into the provider's books: what somebody took back since does not hold."""
    task = next(task for task in telecom.tasks(data) if any(step.tool == "enable_roaming" for step in task.steps))
    step = next(step for step in task.steps if step.tool == "enable_roaming")
    world = task.world()
    tool = tools(telecom.shapes(), world)["enable_roaming"]
    args = tool.arguments.model_validate(dict(step.arguments))
    before = await tool.check(args, None)

    result = await tool.run(args, Caller("ana", "C-1", "k-1", NOW))
    after = await tool.check(args, result)
    again = await tool.run(args, Caller("ana", "C-1", "k-1", NOW))
    world.call("disable_roaming", step.arguments)
    later = await tool.check(args, result)

    assert (before.held, after.held, later.held) == (False, True, False)
    assert again == result
    assert len(world.deeds) == 1


async def test_what_their_environment_refuses_changes_nothing(data: Path) -> None:
    world = telecom.tasks(data)[0].world()
    tool = tools(telecom.shapes(), world)["resume_line"]
    args = tool.arguments.model_validate({"customer_id": "C1001", "line_id": "L-none"})
    before = world.fingerprint()

    with pytest.raises(Refused):
        await tool.run(args, Caller("ana", "C-1", "k-1", NOW))

    assert (world.fingerprint(), world.deeds) == (before, [])


def test_the_users_own_deeds_are_not_among_the_agents_tools(data: Path) -> None:
    deeds = {step.tool for task in telecom.tasks(data) for step in task.steps if step.by_user}

    assert deeds & set(telecom.shapes()) == set()
    assert "reboot_device" in deeds
