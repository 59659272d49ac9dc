"""The policies of docs/policies: each can be used, and every example in it holds by the whole of it."""

import asyncio
from pathlib import Path

import pytest

from bot.cli.policycommands.trial import Answer, tried
from bot.gate import load
from tests.gate.policy import TOOLS

LIBRARY = Path(__file__).parents[1] / "docs" / "policies"
FOLDERS = sorted(folder.parent for folder in LIBRARY.glob("*/policies.yaml"))
TRIALS = {folder.name: asyncio.run(tried(folder, (), TOOLS)) for folder in FOLDERS}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(one, id=f"{name}: {one.asked.policy or 'test file'}: {one.asked.example.as_} {one.asked.tool}")
        for name, trial in TRIALS.items()
        for one in trial.answers
    ],
)
def test_every_example_of_the_library_holds(answer: Answer) -> None:
    assert answer.wrong == ""


@pytest.mark.parametrize("folder", FOLDERS, ids=[folder.name for folder in FOLDERS])
def test_every_policy_of_the_library_is_shown_by_an_example_and_its_choices_are_told(folder: Path) -> None:
    """What is only observed decides nothing, so no example can show it."""
    assert [one.id for one in TRIALS[folder.name].unmatched() if not one.observe] == []
    assert (folder / "README.md").is_file()


def test_the_library_is_there() -> None:
    assert sorted(TRIALS) == ["bank", "company", "startup"]
    assert len(load(LIBRARY / "company", TOOLS).policies) > 30


def test_nothing_is_unattended_in_the_bank() -> None:
    assert [one.id for one in load(LIBRARY / "bank", TOOLS).policies if one.unattended] == []
