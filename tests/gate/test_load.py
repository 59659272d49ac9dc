"""What is wrong with a policy file, told with its place and what was meant perhaps. One wrong file for each message."""

import asyncio
from pathlib import Path

import pytest

from bot.errors import PolicyError
from bot.gate import Policies, decide, load, parse
from bot.obligations import Deny
from tests.gate.policy import HEAD, TOOLS, ask

GOOD = "- {id: p, because: B., tools: [unlock_account], effect: permit, roles: [employee]}"
ROOT = Path(__file__).parents[2]


def test_the_policy_that_ships_is_good() -> None:
    assert len(load(ROOT / "policies.yaml", TOOLS).policies) >= 15


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(PolicyError) as error:
        parse(HEAD + GOOD.replace("permit", "allow").replace("unlock_account", "x"), TOOLS)

    assert len(str(error.value).splitlines()) == 2


async def test_a_broken_reload_keeps_the_old_one_and_a_good_one_takes_its_place(tmp_path: Path) -> None:
    """Broken: the old policy decides, and the problem is kept. Mended: the new one decides."""
    file = tmp_path / "policies.yaml"
    file.write_text(HEAD + GOOD)
    policies = Policies(file, TOOLS)
    watching = asyncio.create_task(policies.watch())
    first = policies.current.version

    file.write_text(HEAD + GOOD.replace("permit", "allow"))
    for _ in range(60):
        await asyncio.sleep(0.05)
        if policies.problem:
            break
    assert (policies.current.version, "allow" in policies.problem) == (first, True)

    file.write_text(HEAD + GOOD.replace("permit", "forbid"))
    for _ in range(60):
        await asyncio.sleep(0.05)
        if policies.current.version != first:
            break
    watching.cancel()
    assert isinstance(decide(policies.current, ask()), Deny)
    assert policies.problem == ""
