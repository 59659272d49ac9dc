"""The policy in force, of a folder: what any of its files says now."""

import asyncio
from pathlib import Path

import pytest

from bot.errors import PolicyError
from bot.gate import Policies, decide
from bot.obligations import Deny, Permit
from tests.gate.policy import HEAD, TOOLS, ask

MAIN = HEAD.replace("policies:", "include:\n  - {file: team.yaml, tools: [unlock_account], roles: [employee]}\n")
OTHERS = MAIN.replace("team.yaml", "others.yaml")
TEAM = "policies:\n  - {id: team, because: B., tools: [unlock_account], effect: permit, roles: [employee]}\n"


async def test_what_any_file_of_a_folder_says_counts_from_when_it_changes(tmp_path: Path) -> None:
    """A team's own file, also one that the main file includes since a moment ago; a broken one is told, and changes nothing."""
    (tmp_path / "policies.yaml").write_text(MAIN)
    (tmp_path / "team.yaml").write_text(TEAM)
    (tmp_path / "others.yaml").write_text(TEAM)
    policies = Policies(tmp_path, TOOLS)
    watching = asyncio.create_task(policies.watch())

    async def until(permitted: bool) -> None:
        for _ in range(100):
            if isinstance(decide(policies.current, ask()), Permit) == permitted:
                return
            await asyncio.sleep(0.05)
        pytest.fail(f"still {not permitted}: {policies.problem}")

    await until(permitted=True)
    (tmp_path / "team.yaml").write_text(TEAM.replace("permit", "forbid"))
    await until(permitted=False)
    (tmp_path / "policies.yaml").write_text(OTHERS)
    await until(permitted=True)
    (tmp_path / "others.yaml").write_text(TEAM.replace("permit", "forbid"))
    await until(permitted=False)
    (tmp_path / "others.yaml").write_text(TEAM.replace("unlock_account", "reset_mfa"))
    for _ in range(100):
        if policies.problem:
            break
        await asyncio.sleep(0.05)
    watching.cancel()

    assert "others.yaml:2: policy \"team\": the tool 'reset_mfa' was not given to this file" in policies.problem
    assert isinstance(decide(policies.current, ask()), Deny)


def test_a_folder_without_its_main_file_is_no_policy(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"policies\.yaml: cannot be read"):
        Policies(tmp_path, TOOLS)
