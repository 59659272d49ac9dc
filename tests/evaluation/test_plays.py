"""Many plays side by side: each told as it ends, and none taken down by another."""

import asyncio
from collections.abc import Callable

import pytest

from tests.evaluation import plays
from tests.evaluation.result import Played
from tests.evaluation.scenario import FOLDER, load_all

SCENARIOS = {one.name: one for one in load_all(FOLDER)}
TASK = plays.Task(SCENARIOS["locked-account"], "runbook", 1)


async def test_plays_go_on_in_processes_of_their_own_and_each_is_told() -> None:
    found = [one async for one in plays.play_all([SCENARIOS["locked-account"], SCENARIOS["shouting"]], ["runbook"], 2, parallel=3)]
    assert sorted((one.scenario, one.attempt, one.solved, one.error) for one in found) == [
        (name, attempt, True, "") for name in ("locked-account", "shouting") for attempt in (1, 2)
    ]


@pytest.mark.parametrize(("fails", "error"), [(plays.BEGINNINGS - 1, ""), (plays.BEGINNINGS, "OSError: no room")])
async def test_a_machine_that_fails_is_met_with_another_beginning(monkeypatch: pytest.MonkeyPatch, fails: int, error: str) -> None:
    """So often; then the play is told as one that could not be played, and the others go on."""
    begun = 0

    async def begins(task: plays.Task, door: asyncio.Semaphore, made: Callable[..., Played] = Played) -> Played:
        nonlocal begun
        begun += 1
        if begun <= fails:
            raise OSError("no room")
        return made("locked-account", "", "", True, False, "runbook", 1, "verified", ())

    monkeypatch.setattr(plays, "_begun", begins)
    found = await plays._one(TASK, asyncio.Semaphore(1))
    assert (found.scenario, found.runner, found.error) == ("locked-account", "runbook", error)
    assert begun == min(fails + 1, plays.BEGINNINGS)
