"""The commands from outside: exit codes, JSON alone on stdout, messages with their place. Most of them need no database."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.forked import ran
from tests.gate.policy import HEAD
from tests.programs import ROOT, postgres_on, program

GOOD = (
    HEAD
    + "- {id: p, because: B., tools: [unlock_account], effect: permit, roles: [employee], examples: [{as: ana, args: {user: ana}, expect: EXPECT}]}\n"
)
PROBLEM = {"file", "line", "id", "message"}


def command(folder: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": "/nowhere",
        "PYTHONPATH": str(ROOT),
        "BOT_DATA_DIR": str(folder / "none"),
        "POLICY_FILE": "own.yaml",
        "RUNBOOK_DIR": ".",
        **settings,
    }
    return ran(["bot", "policy", *words], folder, environment)


def asked(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.stderr == ""
    return json.loads(done.stdout)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own.yaml").write_text(GOOD.replace("EXPECT", "permit"))
    (tmp_path / "broken.yaml").write_text(GOOD.replace("EXPECT", "permit").replace("effect", "efect"))
    return tmp_path


def test_check_says_one_line_or_every_problem(folder: Path) -> None:
    """The file of POLICY_FILE or the one that is named; 0 when it can be used, else 1."""
    good = command(folder, "check")
    assert (good.returncode, good.stdout.count("\n"), good.stderr) == (0, 1, "")
    assert good.stdout.startswith("ok: 1 policy, 3 roles, version ")
    found = asked(command(folder, "check", "own.yaml", "--json"))
    assert (found["ok"], found["policies"], found["roles"], found["files"], found["problems"]) == (True, 1, 3, ["own.yaml"], [])
    assert found["version"] in good.stdout

    bad = command(folder, "check", "broken.yaml")
    assert bad.returncode == 1
    assert bad.stdout.splitlines()[0] == "broken.yaml:8: policy \"p\" has unknown key 'efect' (did you mean 'effect'?)"
    done = command(folder, "check", "broken.yaml", "--json")
    told = asked(done)
    assert (done.returncode, told["ok"], told["version"]) == (1, False, None)
    assert all(set(one) == PROBLEM for one in told["problems"])
    assert [(one["file"], one["line"], one["id"]) for one in told["problems"]] == [("broken.yaml", 8, "p")] * 2
    assert command(folder, "check", "nowhere.yaml").returncode == 1
    assert command(folder, "check", BOT_PORT="eighty").returncode == 2


def test_test_says_what_fails_and_what_no_example_shows(folder: Path) -> None:
    good = command(folder, "test")
    assert good.returncode == 0
    assert "1 example, all as expected" in good.stdout
    (folder / "own.yaml").write_text(GOOD.replace("EXPECT", "deny"))
    bad = command(folder, "test")
    assert bad.returncode == 1
    assert "1 failed" in bad.stdout
    assert "own.yaml:8" in bad.stdout
    done = command(folder, "test", "--json")
    found = asked(done)
    assert (done.returncode, found["examples"], [one["id"] for one in found["unmatched"]]) == (1, 1, ["p"])
    [failure] = found["failures"]
    assert PROBLEM | {"tool", "as", "args", "channel", "expected", "got", "why"} == set(failure)
    assert (failure["expected"], failure["got"], failure["why"]) == ("deny", "permit", ["permit p: employee: yes → yes"])

    (folder / "more.yaml").write_text("examples: [{tool: unlock_account, as: gus, args: {user: gus}, expect: deny}]")
    assert asked(command(folder, "test", "--tests", "more.yaml", "--json"))["examples"] == 2
    assert command(folder, "test", "--tests", "nowhere.yaml").stderr.startswith("nowhere.yaml: cannot be read")


@pytest.mark.parametrize("words", [("test",), ("lint",)])
def test_a_broken_policy_ends_a_command_with_its_problems(folder: Path, words: tuple[str, ...]) -> None:
    done = command(folder, *words, "broken.yaml")
    assert (done.returncode, done.stdout) == (1, "")
    assert "did you mean 'effect'?" in done.stderr
    told = command(folder, *words, "broken.yaml", "--json")
    assert told.returncode == 1
    assert all(set(one) == PROBLEM for one in asked(told)["problems"])


def test_lint_warns_and_with_strict_fails(folder: Path) -> None:
    """Without a database it says what was not looked at, and starts none."""
    done = command(folder, "lint", "--json")
    found = asked(done)
    assert done.returncode == 0
    assert all(set(one) == PROBLEM | {"kind"} for one in found["warnings"])
    assert {one["kind"] for one in found["warnings"]} == {"nobody-may"}
    assert [one[:8] for one in found["not_looked_at"]] == ["whether "]
    assert not (folder / "none").exists()
    table = command(folder, "lint")
    assert (table.returncode, "nobody-may" in table.stdout, "Not looked at: whether" in table.stdout) == (0, True, True)
    assert command(folder, "lint", "--strict").returncode == 1
    assert command(folder, "lint", "own.yaml", RUNBOOK_DIR="nowhere").returncode == 0
    assert command(folder, "lint", "own.yaml", "--live", RUNBOOK_DIR="nowhere").returncode == 2
    assert command(ROOT, "lint", "--strict", "policies.yaml").returncode == 0


def test_schema_is_json_and_needs_no_policy(folder: Path) -> None:
    found = asked(command(folder, "schema", POLICY_FILE="nowhere.yaml"))
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "unlock_account" in found["$defs"]["tool"]["enum"]


def test_explain_and_lint_ask_the_systems(started_folder: Path) -> None:
    """With the database that they start for themselves, which is gone afterwards; names that nobody has are the exit code 3."""
    with program(started_folder) as bot:
        found = bot.asked("policy", "explain", "--as", "ana", "reset_mfa", "user=ben")
        assert {"decision", "reason", "owes", "policies", "would_ask", "observed", "version", "question", "frozen"} == set(found)
        assert (found["decision"], [one["name"] for one in found["would_ask"][0]["people"]]) == ("permit", ["Omar Haddad"])
        table = bot.command(
            "policy",
            "explain",
            "--as",
            "ana",
            "grant_access",
            "user=ana",
            "app=payments-admin",
            f"until={_soon(bot)}",
            "--channel",
            "public",
        )
        assert (table.returncode, "deny" in table.stdout, "no-money-from-channels" in table.stdout) == (0, True, True)
        for words, said in (
            (("reset_mfaa", "user=ben"), "did you mean 'reset_mfa'"),
            (("reset_mfa", "user=benn"), "did you mean ben"),
        ):
            wrong = bot.command("policy", "explain", "--as", "ana", *words)
            assert (wrong.returncode, wrong.stdout, said in wrong.stderr) == (3, "", True)
        assert bot.command("policy", "explain", "reset_mfa", "user=ben").returncode == 2
        assert bot.asked("policy", "lint", "--live") == {"version": found["version"], "warnings": [], "not_looked_at": []}
        assert postgres_on(bot.folder) == []


def _soon(bot: Any) -> str:
    return str(bot.asked("company", "clock", "+1h")["now"])[:10] + "T23:59+00:00"
