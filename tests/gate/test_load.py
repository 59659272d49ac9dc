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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "is empty", id="empty"),
        pytest.param("- a\n- b", "is empty, or no mapping", id="a list"),
        pytest.param("version: 1\nversion: 1\n", "policies.yaml:2: is not readable YAML", id="equal keys"),
        pytest.param("a: [", "is not readable YAML", id="broken YAML"),
        pytest.param(HEAD.replace("version: 1", "version: 2") + GOOD, "policies.yaml:2: version must be 1", id="version"),
        pytest.param("version: 1\nroles: {}\npolicies: []", "at least one role", id="no roles"),
        pytest.param(HEAD + GOOD.replace("effect", "efect"), "unknown key 'efect' (did you mean 'effect'?)", id="a key"),
        pytest.param(HEAD + GOOD.replace("permit", "allow"), "must be permit, forbid or require, not 'allow'", id="an effect"),
        pytest.param(HEAD + GOOD.replace("unlock_account", "unlok_account"), "(did you mean 'unlock_account'?)", id="a tool"),
        pytest.param(HEAD + GOOD.replace("[employee]", "[employees]"), "nobody has the role 'employees'", id="a role"),
        pytest.param(HEAD + GOOD.replace(", roles: [employee]", ""), "must say for which `roles`", id="a permit for nobody"),
        pytest.param(HEAD + GOOD + "\n" + GOOD, "has the id of the policy in line 8", id="equal ids"),
        pytest.param(
            HEAD + GOOD.replace("}", ", when: principal.idd == 'a'}"),
            "policies.yaml:8: policy \"p\": when, column 99: unknown name 'principal.idd' (did you mean 'principal.id'?)",
            id="a name in a condition",
        ),
        pytest.param(HEAD + GOOD.replace("}", ", when: args.user = 'a'}"), "(did you mean '=='?)", id="one equals sign"),
        pytest.param(
            HEAD + GOOD.replace("}", ", when: args.usr == 'a'}"), "(did you mean 'args.user'?)", id="an argument in a condition"
        ),
        pytest.param(
            HEAD + GOOD.replace("}", ", when: principal.id == 3}"), "does not go with (string, int)", id="a type in a condition"
        ),
        pytest.param(HEAD + GOOD.replace("}", ", when: principal.id}"), "a bool is needed", id="a condition that is no question"),
        pytest.param(
            HEAD + GOOD.replace("}", ", approval: {by: [nobody]}}"), "approval by 'nobody', a role nobody has", id="an approver"
        ),
        pytest.param(HEAD + GOOD.replace("}", ", approval: {by: [oncall], within: soon}}"), "not 'soon'", id="a time"),
        pytest.param(HEAD + GOOD.replace("}", ", approval: {by: [oncall], count: 0}}"), "from 1 to 5, not 0", id="a count"),
        pytest.param(HEAD + GOOD.replace("}", ", limit: {times: 3, within: 1d, per: person}}"), "limit per 'person'", id="a limit"),
        pytest.param(HEAD + GOOD.replace("permit", "require"), "a require must ask for something", id="a require of nothing"),
        pytest.param(
            HEAD + GOOD.replace("permit", "forbid").replace("}", ", approval: {by: [oncall]}}"),
            "a forbid denies",
            id="a forbid with an approval",
        ),
        pytest.param(HEAD + GOOD.replace("[unlock_account]", '["*"]'), "`*` (every tool) is for a forbid only", id="a star"),
        pytest.param(
            HEAD + GOOD.replace("unlock_account", "reset_mfa"), "cannot be undone, without an approval", id="irreversible"
        ),
        pytest.param(
            HEAD + GOOD.replace("}", ", examples: [{as: ana, args: {usr: ana}, expect: permit}]}"),
            "has no argument 'usr'",
            id="an example's argument",
        ),
        pytest.param(HEAD + GOOD.replace("}", ", mode: observe}"), "observe needs `since:`", id="an observe of no day"),
        pytest.param(
            HEAD.replace("{oncall: identity}", "{onkall: identity}") + GOOD, "(did you mean 'oncall'?)", id="a kind of role"
        ),
        pytest.param(HEAD.replace("{oncall: identity}", "{people: []}") + GOOD, "with somebody in it", id="a role of nobody"),
    ],
)
def test_a_wrong_file_is_told_with_its_place(text: str, said: str) -> None:
    with pytest.raises(PolicyError) as error:
        parse(text, TOOLS)

    assert said in str(error.value)
    assert str(error.value).startswith("policies.yaml")


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
