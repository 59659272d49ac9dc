"""`python -m bot knowledge …` from outside: exit codes, JSON alone on stdout, problems with their place."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.books import written
from tests.forked import ran
from tests.programs import ROOT, Program, program

LOOK = """
needs:
  user: {from: person, default: requester, ask: Who?}
steps:
  - {id: look, title: Look, tool: find_account, args: {user: needs.user.id}, expect: steps.look.status != ''}
done: The account is there.
"""


@pytest.fixture
def bot(started_folder: Path) -> Any:
    with program(started_folder) as made:
        yield made


def command(books: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command that needs no database: there is none to be had."""
    environment = {
        "PATH": "/nowhere",
        "PYTHONPATH": str(ROOT),
        "BOT_DATA_DIR": str(books / "none"),
        "POLICY_FILE": str(ROOT / "policies.yaml"),
        "RUNBOOK_DIR": str(books),
    }
    return ran(["bot", "knowledge", *words], books, environment)


def test_check_says_what_is_wrong_and_what_is_hardly_meant(tmp_path: Path) -> None:
    """By the tools and by the policy; a problem ends with 1, a remark only when that is asked for."""
    books = written(tmp_path, LOOK, reviewed="2024-01-01")
    few = command(books, "check")
    assert few.returncode == 0, few.stderr
    assert "bell.md:6: its review has been due since 2024-06-29 [review-overdue]" in few.stdout
    assert few.stdout.splitlines()[-1] == "ok: 1 runbooks, 3 remarks"
    assert command(books, "check", "--strict").returncode == 1

    unused = LOOK.replace("steps:", "  app: {from: catalogue, ask: Which?}\nsteps:")
    written(tmp_path, f"audience: [nobody-oncall]\n{unused}", id="second")
    written(tmp_path, LOOK.replace("find_account", "find_acount"), id="third")
    found = command(books, "check", "--json")
    answer = json.loads(found.stdout)
    assert (found.returncode, answer["runbooks"]) == (1, 3)
    said = {one["file"]: one["message"] for one in answer["problems"]}
    assert said["second.md"] == "audience: the policy has no role 'nobody-oncall'; did you mean 'network-oncall'?"
    assert said["third.md"] == "step 'look': there is no tool 'find_acount'; did you mean 'find_account'?"
    assert [one["file"] for one in answer["remarks"] if one["kind"] == "unused-need"] == ["second.md"]


@pytest.mark.parametrize(
    ("steps", "said", "kind"),
    [
        pytest.param(
            "  - {id: page, title: P, tool: revoke_access, args: {user: \"''\", app: \"''\", grant: \"''\"}}\n",
            "it changes something in access, and no later look with `expect` looks there",
            "unlooked-change",
            id="a change at which nobody looks",
        ),
        pytest.param(
            "  - {id: more, title: M, tool: list_access, args: {user: needs.user.id}}\n",
            "step 'more': it looks, and nothing reads what it finds",
            "unread-look",
            id="a look that nobody reads",
        ),
        pytest.param(
            "  - {id: open, title: O, tool: unsuspend_account, args: {user: needs.user.id}}\n",
            "step 'open': the policy permits unsuspend_account only to some of whom this is for",
            "for-some",
            id="a tool for some",
        ),
    ],
)
def test_what_is_hardly_meant(tmp_path: Path, steps: str, said: str, kind: str) -> None:
    books = written(tmp_path, LOOK.replace("steps:\n", f"steps:\n{steps}"))
    remarks = json.loads(command(books, "check", "--json").stdout)["remarks"]
    assert [said in one["message"] for one in remarks if one["kind"] == kind] == [True]


def test_two_that_are_found_by_the_same_words_are_told_of_each_other(tmp_path: Path) -> None:
    """Whichever of them is found for such words is chance."""
    books = written(tmp_path, LOOK)
    alone = json.loads(command(books, "check", "--json").stdout)["remarks"]
    written(tmp_path, LOOK, id="second")
    told = json.loads(command(books, "check", "--json").stdout)["remarks"]

    assert "said-twice" not in {one["kind"] for one in alone}
    assert {one["file"]: one["message"].rpartition(" is said by ")[2] for one in told if one["kind"] == "said-twice"} == {
        "bell.md": "the runbook 'second' as well",
        "second.md": "the runbook 'bell' as well",
    }


def test_a_tool_that_the_policy_never_permits_is_a_problem(tmp_path: Path) -> None:
    """Whoever asks: such a step can only fail."""
    books = written(tmp_path, LOOK)
    policy = (ROOT / "policies.yaml").read_text()
    own = tmp_path / "own.yaml"
    own.write_text(policy + "\n  - {id: no, because: B., tools: [find_account], effect: forbid}\n")
    found = command(books, "check", "--policy", str(own), "--json")
    assert found.returncode == 1
    assert [one["message"] for one in json.loads(found.stdout)["problems"]] == [
        "step 'look': the policy can never permit find_account to anybody"
    ]


def test_what_ships_can_be_used(tmp_path: Path) -> None:
    done = command(ROOT / "knowledge" / "runbooks", "check", "--json")
    assert (done.returncode, json.loads(done.stdout)["problems"]) == (0, []), done.stdout


def test_new_writes_a_runbook_that_can_be_used_and_overwrites_none(tmp_path: Path) -> None:
    """What is commented out in it fits as well."""
    done = command(tmp_path, "new", "open-the-door", "--folder", str(tmp_path))
    assert done.returncode == 0, done.stderr
    file = tmp_path / "open-the-door.md"
    assert json.loads(command(tmp_path, "check", "--json").stdout)["problems"] == []
    assert 'holds: "false"' in file.read_text(), "what nobody has filled in does nothing"
    assert command(tmp_path, "new", "open-the-door", "--folder", str(tmp_path)).returncode == 1
    assert command(tmp_path, "new", "Open The Door").returncode == 1
    whole = [
        line.replace("    # undo", "    undo") if "# undo" in line else line.removeprefix("# ")
        for line in file.read_text().splitlines()
    ]
    file.write_text("\n".join(whole))
    answer = json.loads(command(tmp_path, "check", "--json").stdout)
    assert answer["problems"] == [], answer


async def test_try_shows_what_would_be_done_and_does_nothing(bot: Program) -> None:
    """Scores, needs and whence they are, arguments as far as they are known, and the policy's answer to each step."""
    books = bot.folder.parent / "books"
    books.mkdir()
    for name in ("new-phone-mfa", "app-access"):
        shutil.copy(ROOT / "knowledge" / "runbooks" / f"{name}.md", books)
    bot.environment["RUNBOOK_DIR"] = str(books)
    found = bot.asked("knowledge", "try", "my phone does not get codes any more", "--as", "ana")
    [request] = found["requests"]
    assert request["runbook"] == "new-phone-mfa"
    assert request["found"][0]["cosine"] >= found["floor"]
    assert [(one["need"], one["value"]["id"], one["from"]) for one in request["needs"]] == [("user", "ana", "the words")]
    [reset] = [step for step in request["steps"] if step["tool"] == "reset_mfa"]
    assert reset["arguments"] == {"user": "ana"}
    assert reset["policy"]["decision"] == "permit"
    assert "approval" in [one["kind"] for one in reset["policy"]["owes"]]
    assert [person["handle"] for ask in reset["policy"]["would_ask"] for person in ask["people"]] == ["omar"]
    assert bot.asked("cases") == []
    assert bot.asked("company")["journal"] == []

    asks = bot.asked("knowledge", "try", "i need access to an application", "--as", "ana")["requests"][0]
    assert ([one["need"] for one in asks["asks"]], asks["steps"]) == (["app"], [])
    told = bot.command("knowledge", "try", "why is the moon round", "--as", "ana").stdout
    assert "nothing fits, so people take over" in told
    near = bot.asked("knowledge", "try", "that dashboard thinks that I am nobody", "--as", "ana")
    assert (near["requests"], [one["runbook"] for one in near["offered"]]) == ([], ["app-access"])
    assert bot.command("knowledge", "try", "x", "--as", "nobody-here").returncode == 3


async def test_health_tells_of_each_step(bot: Program) -> None:
    """Without a case nothing was used; an unknown runbook is said so."""
    found = bot.asked("knowledge", "health", "account-locked")
    assert [(one["runbook"], one["found"]) for one in found] == [("account-locked", 0)]
    assert {step["step"] for step in found[0]["steps"]} >= {"look", "unlock", "again"}
    assert bot.command("knowledge", "health", "acount-locked").returncode == 3


@pytest.mark.long
def test_test_plays_the_examples(started_folder: Path) -> None:
    """The first phrasing, with the steps that it took."""
    books = started_folder / "books"
    books.mkdir()
    shutil.copy(ROOT / "knowledge" / "runbooks" / "account-locked.md", books)
    with program(started_folder / "data", RUNBOOK_DIR=str(books)) as bot:
        good = bot.command("knowledge", "test", "account-locked", "--first", "--json")
        played = json.loads(good.stdout)
        assert (good.returncode, {one["ok"] for one in played}) == (0, {True}), good.stderr
        assert played[0]["steps"] == ["look", "unlock", "again"]
