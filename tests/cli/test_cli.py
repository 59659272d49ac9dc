"""The surface that scripts and other people's checks rely on, as `docs/cli.md` describes it."""

import json
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from tests.programs import ROOT, Program, postgres_on, program

DOCS = (ROOT / "docs" / "cli.md").read_text()


@pytest.fixture
def bot(open_folder: Path) -> Iterator[Program]:
    """Before its first start."""
    with program(open_folder) as made:
        yield made


@pytest.fixture
def known(started_folder: Path) -> Iterator[Program]:
    """After it."""
    with program(started_folder) as made:
        yield made


def test_every_command_works_while_the_bot_runs_and_while_it_does_not(known: Program) -> None:
    """The same answers from the running bot's database and from one that is started for the command."""
    before = known.asked("company")
    assert known.asked("cases") == []
    known.start()
    during = known.asked("company")
    assert during["people"] == before["people"]
    known.asked("company", "set", "account", "ben", "status=LOCKED_OUT")
    known.asked("company", "clock", "+3d")
    known.asked("company", "fault", "unlock_account", "silent")
    known.asked("company", "fault", "unlock_account", "off")
    known.asked("company", "on-call", "network", "ben")
    assert known.end(signal.SIGINT) in (0, 130)
    assert postgres_on(known.folder) == []

    after = known.asked("company")
    assert {one["person"]: one["status"] for one in after["accounts"]}["ben"] == "LOCKED_OUT"
    assert postgres_on(known.folder) == []


def test_freezing_from_the_command_line(known: Program) -> None:
    """Begun, listed, lifted, kept; a name that is not there says which was meant."""
    begun = known.asked("policy", "freeze", "--tool", "reset_mfa", "--reason", "links go to strangers")
    assert (begun["id"], begun["tool"], begun["system"], begun["because"]) == ("F-1", "reset_mfa", "", "links go to strangers")
    assert [one["id"] for one in known.asked("policy", "freezes")] == ["F-1"]
    assert known.asked("policy", "unfreeze", "f-1")["lifted_by"]
    assert "the tool reset_mfa" in known.command("policy", "freezes", "--lifted").stdout
    missed = known.command("policy", "freeze", "--system", "identiti", "--reason", "x")
    assert (missed.returncode, "did you mean 'identity'?" in missed.stderr) == (1, True), missed.stderr
    assert known.command("policy", "unfreeze", "F-1").returncode == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--tool", "reset_mfa"], "say why"),
        (["--reason", "x"], "say what to freeze"),
        (["--all", "--tool", "reset_mfa", "--reason", "x"], "say what to freeze"),
    ],
)
def test_a_freeze_says_what_and_why(words: list[str], said: str) -> None:
    ended = CliRunner().invoke(app, ["policy", "freeze", *words])
    assert (ended.exit_code, said in ended.stderr) == (2, True)


def test_the_company_has_the_documented_shape(known: Program) -> None:
    """Keys, seeded people and the state in which the stories work."""
    found = known.asked("company")
    assert {"people", "accounts", "factors", "groups", "grants", "devices", "tickets", "shifts", "journal"} <= set(found)
    assert {"handle", "name", "email", "slack_id"} <= set(found["people"][0])
    assert {"person", "status"} <= set(found["accounts"][0])
    assert {"person", "app", "until", "state"} <= set(found["grants"][0])
    assert len(found["people"]) == 120
    ids = {one["handle"]: one["slack_id"] for one in found["people"]}
    assert all(re.fullmatch(r"U[A-Z0-9]{12,}", one) for one in ids.values()), "longer than a real workspace's"
    kinds = {one["handle"]: one["kind"] for one in found["people"]}
    assert [kinds[who] for who in ("ana", "ben", "omar", "gus")] == ["employee", "employee", "employee", "guest"]
    assert {one["person"]: one["status"] for one in found["accounts"]}["ana"] == "LOCKED_OUT"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param(["case", "C-99"], 3, "there is no case 'C-99'", id="an unknown case"),
        pytest.param(["company", "set", "account", "ana", "status=LOCKED"], 1, "did you mean LOCKED_OUT", id="a wrong status"),
        pytest.param(["company", "set", "account", "annna", "status=ACTIVE"], 1, "annna", id="an unknown person"),
        pytest.param(["company", "set", "account", "ana", "LOCKED_OUT"], 1, "FIELD=VALUE", id="no field"),
        pytest.param(["company", "clock", "3"], 1, "expected +3d", id="a wrong time"),
        pytest.param(["company", "fault", "unlok_account", "silent"], 1, "did you mean unlock_account", id="an unknown tool"),
        pytest.param(["company", "on-call", "identty", "omar"], 1, "identity", id="an unknown schedule"),
        pytest.param(["frobnicate"], 2, "No such command", id="an unknown command"),
    ],
)
def test_what_goes_wrong_is_one_message_and_an_exit_code(known: Program, words: list[str], code: int, said: str) -> None:
    """On stderr, in the user's words, without a traceback; stdout stays empty."""
    done = known.command(*words)

    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_report_is_a_table_json_and_a_page(known: Program, tmp_path: Path) -> None:
    """JSON alone on stdout in the documented shape; the page where it was asked for, and a sentence where it cannot be written."""
    found = known.asked("report", "--days", "7", "--html", str(tmp_path / "report.html"))
    assert set(found) == {"since", "until", "whole", "by_category", "by_runbook", "approvals", "model", "observed", "meanings"}
    assert found["whole"]["resolved"] == {"count": 0, "of": 0, "share": None}
    assert all(f"`{name}`" in DOCS for name in (*found, *found["whole"], *found["approvals"], *found["model"]))
    assert "<svg" in (tmp_path / "report.html").read_text()
    assert "0 cases" in known.command("report").stdout

    refused = known.command("report", "--html", str(tmp_path / "no" / "such" / "folder.html"))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "cannot be written" in refused.stderr


def test_a_negative_turn_of_the_clock_is_no_option(known: Program) -> None:
    """`company clock -2h` goes back."""
    assert known.command("company", "clock", "-2h").returncode == 0


def test_doctor_makes_nothing_before_the_first_start(bot: Program) -> None:
    """JSON of the documented shape."""
    assert all(set(one) == {"check", "state", "says", "mend"} for one in bot.asked("doctor"))
    assert not (bot.folder / "postgres").exists()
    assert not (bot.folder / "owner.lock").exists()


def test_doctor_looks_while_the_bot_runs_and_while_it_does_not_and_changes_nothing(known: Program) -> None:
    """With its exit code, and nothing is left running."""
    known.start()
    during = {one["check"]: one for one in known.asked("doctor")}
    assert during["database"]["state"] == "ok"
    assert "of the running bot" in during["database"]["says"]
    assert [one["state"] for name, one in during.items() if name.startswith("system: ")] == ["ok"] * 6
    assert known.end() == 0

    done = known.command("doctor")
    assert (done.returncode, "Nothing is missing" in done.stdout) == (0, True)
    after = {one["check"]: one for one in known.asked("doctor")}
    assert "no bot runs on it" in after["database"]["says"]
    assert postgres_on(known.folder) == []
    assert known.asked("cases") == []


def test_doctor_says_what_is_missing_with_exit_code_1_and_no_secret(bot: Program) -> None:
    bot.environment |= {"SLACK_BOT_TOKEN": "xoxb-geheim", "SLACK_APP_TOKEN": "xapp-geheim", "SLACK_API_URL": "http://127.0.0.1:9/"}
    done = bot.command("doctor", "--json")

    assert done.returncode == 1
    found = {one["check"]: one for one in json.loads(done.stdout)}
    assert found["slack: bot token"]["state"] == "fail"
    assert "cannot be reached" in found["slack: bot token"]["says"]
    assert "geheim" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        pytest.param({"BOT_PORT": "eighty"}, "BOT_PORT is 'eighty'", id="a port"),
        pytest.param({"SLACK_BOT_TOKEN": "xoxb-geheim"}, "SLACK_APP_TOKEN is missing", id="one token of two"),
        pytest.param({"SLACK_BOT_TOKEN": "geheim", "SLACK_APP_TOKEN": "xapp-1"}, "begins with xoxb-", id="a token"),
        pytest.param({"DATABASE_URL": "mysql://u:geheim@h/x"}, "postgresql://", id="another database"),
        pytest.param({"POLICY_FILE": "nowhere.yaml"}, "nowhere.yaml", id="no policy"),
        pytest.param({"IDENTITY_SYSTEM": "okta"}, "IDENTITY_SYSTEM is 'okta'", id="a system that is not there yet"),
        pytest.param({"BOT_TRANSPORT": "pigeon"}, "BOT_TRANSPORT is 'pigeon'", id="a transport that there is not"),
    ],
)
def test_a_wrong_setting_is_named_before_anything_starts(bot: Program, settings: dict[str, str], said: str) -> None:
    """With what was expected, and never a secret."""
    bot.environment |= settings
    done = bot.command("run")

    assert done.returncode == 2
    assert said in done.stderr
    assert "geheim" not in done.stderr
    assert not (bot.folder / "owner.lock").exists()


def test_an_unreachable_database_is_named_before_slack_is_dialled(bot: Program) -> None:
    """Slack's address would not answer either; the database is what is named."""
    bot.environment |= {
        "DATABASE_URL": "postgresql://u:geheim@127.0.0.1:9/x",
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        "SLACK_API_URL": "http://127.0.0.1:9/",
    }
    done = bot.command("run")

    assert done.returncode == 1
    assert "the database cannot be reached" in done.stderr
    assert "geheim" not in done.stderr


def test_a_port_in_use_and_a_second_bot_are_clear_messages(known: Program) -> None:
    """Neither is a traceback, the first bot goes on, and nothing is made for the second."""
    known.start()
    second = known.command("run")
    assert second.returncode == 1
    assert "another Deskhand" in second.stderr

    other = known.folder.parent / "other"
    known.environment["BOT_DATA_DIR"] = str(other)
    busy = known.command("run")
    assert busy.returncode == 1
    assert f"port {known.port} is in use" in busy.stderr
    assert not (other / "postgres").exists(), "it is told before a database is made"
    assert known.process is not None
    assert known.process.poll() is None


def test_it_does_not_start_on_a_broken_policy(bot: Program, tmp_path: Path) -> None:
    """File, line, id, and what was meant perhaps."""
    broken = tmp_path / "policies.yaml"
    broken.write_text((ROOT / "policies.yaml").read_text().replace("tools: [unlock_account]", "tools: [unlok_account]", 1))
    bot.environment["POLICY_FILE"] = str(broken)
    done = bot.command("run")

    assert done.returncode == 1
    assert re.search(r'policies\.yaml:\d+: policy "own-account": .*did you mean \'unlock_account\'', done.stderr)
    assert postgres_on(bot.folder) == []


def test_the_page_says_what_the_program_does() -> None:
    """Every command and every key of the page is one of the program's."""
    from typer.main import get_command

    tree = get_command(app)
    commands = {"run", "cases", "case", "report", "eval", "company", "doctor", "policy"}
    commands |= {"audit", "forget", "knowledge", "retention", "migrate"}
    assert set(tree.commands) == commands  # type: ignore[attr-defined]
    inner = set(tree.commands["company"].commands)  # type: ignore[attr-defined]
    assert all(f"python -m bot {name}" in DOCS for name in commands)
    assert all(f"company {name}" in DOCS for name in inner)
    for group in ("policy", "audit", "knowledge"):
        assert all(f"python -m bot {group} {name}" in DOCS for name in tree.commands[group].commands)  # type: ignore[attr-defined]


def test_the_version_is_that_of_the_package() -> None:
    """Asked for alone, without a command; without either there is help."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    done = subprocess.run(
        [sys.executable, "-m", "bot", "--version"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, f"deskhand {declared}\n")


def test_a_python_without_the_packages_is_told_which_one_has_them() -> None:
    """As after `make run`, with the machine's own Python: a sentence, no traceback."""
    words = [
        sys.executable,
        "-I",
        "-S",
        "-c",
        "import sys, runpy; sys.path.insert(0, '.'); runpy.run_module('bot', run_name='__main__')",
    ]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert ".venv/bin/python -m bot" in done.stderr
    assert "Traceback" not in done.stderr
