"""What a runbook says of itself: whom it is for, what it presupposes, when it was reviewed, and two texts."""

from pathlib import Path

import pytest

from bot.cli.knowledgecommands import new
from tests.books import written
from tests.e2e.conftest import model_at
from tests.good_model import GoodModel
from tests.office import opened_office
from tests.openai_double import opened_double

LOOK = """
steps:
  - {id: look, title: Look at the account, tool: find_account, args: {user: principal.id}, expect: steps.look.status != ''}
done: The bell shines.
"""


@pytest.mark.parametrize("thinks", [False, True], ids=["by the runbooks", "by a model"])
async def test_a_runbook_serves_its_audience_and_nobody_else(database: str, tmp_path: Path, *, thinks: bool) -> None:
    """Whoever is on call is served; another is told so and nothing is called; nobody else has to look at it."""
    books = written(tmp_path, f"audience: [platform-oncall]\n{LOOK}")
    async with opened_double(GoodModel()) as double:
        settings = model_at(double) if thinks else {}
        async with opened_office(database, tmp_path / "data", RUNBOOK_DIR=str(books), **settings) as office:
            office.say("ana", "polish the brass bell")
            await office.hears("ana", "is for whoever is on call for platform to ask for")
            refused = await office.case_is(outcome="denied")
            assert (refused["calls"], [plan["state"] for plan in refused["plans"]]) == ([], ["denied"])

            office.say("pavel", "polish the brass bell")
            served = await office.case_is(state="resolved", requester="pavel")
            assert [call["tool"] for call in served["calls"]] == ["find_account"]


async def test_the_text_of_a_question_reaches_its_audience_only(database: str, tmp_path: Path) -> None:
    """An answer is a text, and not for everybody either."""
    books = written(tmp_path, "audience: [platform-oncall]", text="Use the green polish.")
    file = books / "bell.md"
    file.write_text(file.read_text().replace("kind: service_request", "kind: question"))
    async with opened_office(database, tmp_path / "data", RUNBOOK_DIR=str(books)) as office:
        office.say("ana", "polish the brass bell")
        await office.hears("ana", "is for whoever is on call for platform to ask for")
        assert "green polish" not in office.heard("ana")

        office.say("pavel", "polish the brass bell")
        await office.hears("pavel", "Use the green polish.")


@pytest.mark.parametrize("thinks", [False, True], ids=["by the runbooks", "by a model"])
async def test_a_plan_whose_precondition_does_not_hold_calls_nothing(database: str, tmp_path: Path, *, thinks: bool) -> None:
    """What is presupposed is looked at before the first call, with what is known by then."""
    condition = "preconditions:\n  - {holds: needs.who.id != principal.id, else: Somebody else has to polish it for you.}\n"
    need = "needs:\n  who: {from: person, default: requester, ask: For whom?}\n"
    books = written(tmp_path, f"{need}{condition}{LOOK}")
    async with opened_double(GoodModel()) as double:
        settings = model_at(double) if thinks else {}
        async with opened_office(database, tmp_path / "data", RUNBOOK_DIR=str(books), **settings) as office:
            office.say("ana", "polish the brass bell")
            await office.hears("ana", "Somebody else has to polish it for you.")
            assert (await office.case_is(outcome="denied"))["calls"] == []

            office.say("ana", "polish the brass bell for ben")
            await office.case_is(state="resolved")


async def test_the_plan_links_to_its_runbook_and_says_that_its_review_is_overdue(database: str, tmp_path: Path) -> None:
    """Both stand beside the plan; without a setting there is no link, and in time there is no remark."""
    books = written(tmp_path, f"review_every: 90d\n{LOOK}", reviewed="2026-08-01")
    url = {"RUNBOOK_URL": "https://wiki.example/runbooks/{id}.md"}
    async with opened_office(database, tmp_path / "data", RUNBOOK_DIR=str(books), **url) as office:
        office.say("ana", "polish the brass bell")
        heard = await office.hears("ana", "The bell shines.")
        assert "<https://wiki.example/runbooks/bell.md|Runbook bell>" in heard
        assert "review has been due since 2026-10-30" in heard


async def test_without_an_address_there_is_no_link_and_in_time_no_remark(database: str, tmp_path: Path) -> None:
    books = written(tmp_path, LOOK, reviewed="2026-11-20")
    async with opened_office(database, tmp_path / "data", RUNBOOK_DIR=str(books)) as office:
        office.say("ana", "polish the brass bell")
        heard = await office.hears("ana", "The bell shines.")
        assert "Runbook bell" not in heard
        assert "review has been due" not in heard


async def test_whoever_takes_over_reads_what_is_written_for_them(database: str, tmp_path: Path) -> None:
    """The text below its heading stands in the ticket, and nowhere where the requester reads."""
    steps = LOOK.replace("steps.look.status != ''", "steps.look.status == 'SHINING'")
    text = "A bell is polished.\n\n## For the engineer on call\n\nThe polish is in the red cupboard."
    books = written(tmp_path, steps, text=text, reviewed="2025-01-01")
    async with opened_office(database, tmp_path / "data", RUNBOOK_DIR=str(books)) as office:
        office.say("ana", "polish the brass bell")
        await office.case_is(state="handed_over")
        [ticket] = [one for one in (await office.books())["tickets"] if "Polish the bell" in one["title"]]
        assert "The polish is in the red cupboard." in ticket["text"]
        assert "review has been due since" in ticket["text"]
        assert "red cupboard" not in office.heard("ana")


async def test_a_fresh_draft_does_nothing_until_its_line_is_out(database: str, tmp_path: Path) -> None:
    """What `knowledge new` writes is found, says that it is a draft, and calls nothing; without the line it is followed."""
    file = new.written("brass-bell-cupboard", tmp_path)
    draft = file.read_text()
    async with opened_office(database, tmp_path / "data", RUNBOOK_DIR=str(tmp_path)) as office:
        office.say("ana", "brass bell cupboard")
        await office.hears("ana", "This is a draft and nothing is done yet.")
        refused = await office.case_is(outcome="denied")
        assert (refused["calls"], [plan["state"] for plan in refused["plans"]]) == ([], ["denied"])
    lines = [line for line in draft.splitlines() if "This is a draft" not in line and line != "preconditions:"]
    file.write_text("\n".join(lines) + "\n")
    async with opened_office(database, tmp_path / "data", RUNBOOK_DIR=str(tmp_path)) as office:
        office.say("ana", "brass bell cupboard")
        served = await office.case_is(state="resolved")
        assert served["calls"][0]["tool"] == "find_account"
