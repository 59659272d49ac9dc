"""`policy replay` and `policy diff` from outside: exit codes, JSON alone on stdout, and a real database behind them."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain import Call, CallState, Case
from bot.gate import decide, load, recorded_facts
from bot.store.work import Store
from tests.cli.policycommands.test_commands import GOOD, asked, command
from tests.gate.policy import TOOLS, ask


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own.yaml").write_text(GOOD.replace("EXPECT", "permit"))
    (tmp_path / "other.yaml").write_text(GOOD.replace("EXPECT", "permit").replace("roles: [employee]", "roles: [oncall]"))
    (tmp_path / "renamed.yaml").write_text(GOOD.replace("EXPECT", "permit").replace("id: p", "id: q"))
    return tmp_path


def test_diff_ends_with_1_when_they_differ(folder: Path) -> None:
    """With an example in words; without a database it says that recorded calls were not looked at."""
    found = command(folder, "diff", "own.yaml", "other.yaml", "--json")
    told = asked(found)
    assert (found.returncode, told["differ"]) == (1, True)
    assert told["recorded"]["looked_at"] is False
    assert "DATABASE_URL" in told["recorded"]["why_not"]
    words = [one["words"] for one in told["generated"]["differences"]]
    assert "A full member asks for unlock_account. Old: permitted. New: denied." in words

    same = command(folder, "diff", "own.yaml", "renamed.yaml")
    assert same.returncode == 0
    assert "gets another answer" in same.stdout
    assert not (folder / "none").exists(), "no database was made"


def test_a_policy_that_cannot_be_used_ends_both_with_its_problem(folder: Path) -> None:
    (folder / "broken.yaml").write_text("version: 1")
    for words in (("diff", "own.yaml", "broken.yaml", "--json"), ("replay", "broken.yaml", "--json")):
        done = command(folder, *words)
        assert (done.returncode, done.stdout) == (1, "")
        assert "broken.yaml" in done.stderr
    assert command(folder, "replay", "own.yaml", "--since", "soon").returncode == 2


def test_replay_and_diff_over_recorded_calls(folder: Path, company_database: str) -> None:
    """A call that was permitted is denied by the other policy, for it was recorded that she was not on call."""
    now, question = datetime.now(UTC), ask()
    old = load(folder / "own.yaml", TOOLS)
    decision = decide(old, question)
    call = Call(
        *("K-1", "C-1", "c1", "unlock_account", question.args, CallState.VERIFIED, "ana", now),
        resource=question.resource,
        beneficiary="ana",
        decision="permit",
        policies=decision.policies,
        policy_version=decision.version,
        facts=recorded_facts(question, None, decision),
    )

    async def fill() -> None:
        async with Store(company_database) as store, store.work() as work:
            await work.save_case(Case("C-1", "T:D", "T", "D", "1.1", "ana", "UANA", now, now))
            await work.save_call(call)

    asyncio.run(fill())
    found = command(folder, "replay", "other.yaml", "--json", DATABASE_URL=company_database)
    told = asked(found)
    assert (found.returncode, told["calls"], told["changes"]) == (0, 1, {"denied": 1})
    assert told["flips"][0]["call"] == "K-1"
    text = command(folder, "replay", "other.yaml", "--markdown", DATABASE_URL=company_database).stdout
    assert "### Policy replay" in text
    assert "| K-1 | ana | unlock\\_account |" in text

    told = asked(command(folder, "diff", "own.yaml", "other.yaml", "--json", DATABASE_URL=company_database))
    assert (told["recorded"]["calls"], told["recorded"]["differ"]) == (1, 1)
