"""docs/policy.md is run: its blocks are one policy whose examples hold, its tables name what there is, and every line of them loads."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.cli.policycommands.trial import tried
from bot.gate import PolicySet, load, parse
from bot.gate.model import CHANNELS, MADE_OF, ROLE_KINDS
from bot.gate.owing import KEYS
from bot.gate.shapes import NAMES
from tests.gate.policy import TOOLS

PAGE = (Path(__file__).parents[1] / "docs" / "policy.md").read_text()
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
HEAD = BLOCKS[0].partition("policies:")[0]
TEAM = "policies:\n  - {id: team, because: B., tools: [find_deployment], effect: permit, roles: [resource-owner]}\n"
STATED = "usergroups: {security: [eva]}\non_call: {identity: [[omar], [noor]]}\n"
PERMIT = "policies:\n  - {id: p, because: B., tools: [TOOL], effect: permit, roles: [ROLE], MORE}\n"


def rows(title: str) -> list[list[str]]:
    """The rows of the table under this head, by cell."""
    table = re.search(rf"\| {re.escape(title)} \|.*?\n\|[-|]+\n((?:\|.*\n)+)", PAGE)
    assert table, title
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in table[1].splitlines()]


def whole(folder: Path) -> Path:
    """Every block of the page, together one policy."""
    found: dict[str, Any] = {}
    reader = YAML(typ="safe", pure=True)
    for block in BLOCKS:
        for key, value in reader.load(block).items():
            found[key] = [*found.get(key, ()), *value] if isinstance(value, list) else value
    (folder / "teams").mkdir()
    (folder / "teams" / "platform.yaml").write_text(TEAM)
    (folder / "all.test.yaml").write_text(STATED)
    with (folder / "policies.yaml").open("w") as file:
        YAML(typ="safe", pure=True).dump(found, file)
    return folder


def test_the_blocks_of_the_page_are_one_policy_and_its_examples_hold(tmp_path: Path) -> None:
    trial = asyncio.run(tried(whole(tmp_path), (), TOOLS))

    assert [(one.asked.policy, one.wrong) for one in trial.answers if one.wrong] == []
    assert len(trial.answers) >= 4
    policies = load(tmp_path, TOOLS)
    assert {one.id for one in policies.policies} >= {"own-account", "break-glass", "a-week-at-most", "team", "year-end"}
    assert len(policies.ceilings) == 2
    assert [one.id for one in policies.policies if one.observe] == ["a-week-at-most"]


def loaded(more: str, tool: str = "grant_access", role: str = "employee") -> PolicySet:
    return parse(HEAD + PERMIT.replace("TOOL", tool).replace("ROLE", role).replace("MORE", more), TOOLS)


@pytest.mark.parametrize("row", rows("key"), ids=lambda row: row[0])
def test_every_example_of_what_may_be_owed_loads(row: list[str]) -> None:
    """With its key, by itself: it is among what the permit owes, or is its maximum."""
    key, example = row[0].strip("`"), row[2].strip("`")
    [policy] = loaded(f"{key}: {example}").policies

    assert len(policy.owes) + len(policy.most) == 1


def test_all_that_may_be_owed_is_on_the_page() -> None:
    assert [row[0].strip("`") for row in rows("key")] == list(KEYS)


def test_every_kind_of_role_is_on_the_page_and_loads() -> None:
    shown = [one for row in rows("role") for one in re.findall(r"`(\{.*?\})`", row[0])]
    kinds = [re.match(r"\{(\w+):", one)[1] for one in shown]  # type: ignore[index]

    assert sorted(kinds) == sorted(set(ROLE_KINDS) - set(MADE_OF))
    for one in shown:
        assert parse(HEAD + f"  r: {one}\n" + PERMIT.replace("TOOL", "find_app").replace("ROLE", "r").replace(", MORE", ""), TOOLS)


def test_the_names_in_conditions_are_those_there_are() -> None:
    named = {one for row in rows("names") for one in re.findall(r"`([a-z.]+)`", row[0])}

    assert named - {"args.user"} == {name for name, _ in NAMES}
    for text in re.findall(r"`([^`]*(?:&&|getHours\()[^`]*)`", PAGE):
        assert loaded(f'when: "{text if "&&" in text or "<" in text else text + " < 7"}"')


def test_the_channels_and_properties_are_those_there_are() -> None:
    assert f"channels: [{', '.join(CHANNELS)}]" in PAGE
    [properties] = re.findall(r"`tools: (\{effect: change, reversible.*?\})`", PAGE)
    forbid = f"policies:\n  - {{id: p, because: B., tools: {properties}, effect: forbid}}\n"
    assert parse(HEAD + forbid, TOOLS).policies
