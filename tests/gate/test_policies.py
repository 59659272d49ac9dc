"""The policy in force, of a folder: what any of its files says now."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.errors import PolicyError
from bot.gate import Policies, decide
from bot.obligations import Deny, Permit
from tests.gate.policy import HEAD, TOOLS, ask


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks are many, so that some of them find nothing new."""
    monkeypatch.setattr("bot.gate.policies.LOOK_SECONDS", 0.01)


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


FORBIDS = TEAM.replace("permit", "forbid")
STATES = [
    pytest.param("team.yaml", None, id="a file vanishes"),
    pytest.param("team.yaml", FORBIDS[:40], id="half a file is written"),
    pytest.param("team.yaml", "", id="a file is emptied before it is written"),
    pytest.param("team.yaml", b"\xff", id="it is no text"),
    pytest.param("policies.yaml", None, id="the main file vanishes"),
    pytest.param("policies.yaml", MAIN[: MAIN.index("include")], id="half the main file is written"),
    pytest.param("policies.yaml", MAIN.replace("- {file: team.yaml", "- {file: '\\0'"), id="it includes what cannot be"),
    pytest.param(
        "policies.yaml", MAIN.replace("[unlock_account], roles: [employee]}", "null, roles: 3}"), id="an include of nothing"
    ),
    pytest.param("policies.yaml", MAIN.partition("include:")[0] + "include:\n", id="no list of includes"),
]


@pytest.mark.parametrize(("name", "broken"), STATES)
def test_while_a_file_is_not_whole_the_old_policy_decides(tmp_path: Path, name: str, broken: str | bytes | None) -> None:
    """At each moment there is one whole policy: the old one until the new one can be read, then that."""
    whole = {"policies.yaml": MAIN, "team.yaml": TEAM}
    for file, text in whole.items():
        (tmp_path / file).write_text(text)
    policies = Policies(tmp_path, TOOLS)
    before = policies.current
    assert policies.problem == ""
    if broken is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(broken if isinstance(broken, bytes) else broken.encode())

    with structlog.testing.capture_logs() as logs:
        said = policies.reload()

    assert said == policies.problem != ""
    assert policies.current is before
    event = "the changed policy is broken; the old one stays in force"
    assert logs == [{"event": event, "version": before.version, "problem": said, "log_level": "error"}]
    (tmp_path / "policies.yaml").write_text(MAIN)
    (tmp_path / "team.yaml").write_text(FORBIDS)
    with structlog.testing.capture_logs() as logs:
        assert policies.reload() == policies.reload() == policies.problem == ""
    assert isinstance(decide(policies.current, ask()), Deny)
    event = "policy reloaded"
    assert logs == [{"event": event, "version": policies.current.version, "before": before.version, "log_level": "info"}]


async def test_a_file_that_comes_back_is_read_though_none_of_its_text_changed(tmp_path: Path) -> None:
    """Watched all the while: gone, told; back, and nothing is wrong any more. The version is the same, and so is the policy."""
    (tmp_path / "policies.yaml").write_text(MAIN)
    (tmp_path / "team.yaml").write_text(TEAM)
    policies = Policies(tmp_path, TOOLS)
    before = policies.current
    watching = asyncio.create_task(policies.watch())

    async def until(broken: bool) -> None:
        for _ in range(200):
            if bool(policies.problem) == broken:
                return
            await asyncio.sleep(0.05)
        pytest.fail(f"the problem is still {policies.problem!r}")

    for name in ("team.yaml", "policies.yaml"):
        text = (tmp_path / name).read_text()
        (tmp_path / name).unlink()
        await until(broken=True)
        (tmp_path / name).write_text(text)
        await until(broken=False)
    watching.cancel()
    assert policies.current is before


def test_a_file_that_changes_while_it_is_read_is_read_again(tmp_path: Path) -> None:
    """What was looked at before reading is what counts as seen, so a change in between is one more change, and no change is none."""
    (tmp_path / "policies.yaml").write_text(MAIN)
    (tmp_path / "team.yaml").write_text(TEAM)
    policies = Policies(tmp_path, TOOLS)
    assert policies._stamp() == policies._seen

    class Slow(dict[str, Any]):
        """The tools; whoever reads the policy asks for them once the files were looked at."""

        def values(self) -> Any:
            (tmp_path / "team.yaml").write_text(FORBIDS + "\n")
            return super().values()

    policies = Policies(tmp_path, Slow(TOOLS))
    assert policies._stamp() != policies._seen
