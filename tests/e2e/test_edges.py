"""Where Deskhand meets a Slack, a company and files that are not quite as expected."""

import shutil
from pathlib import Path

from bot.playground import Member
from bot.playground.workspace import BOT_USER
from bot.store import postgres
from tests.office import Office, opened_office
from tests.programs import ROOT, program


async def test_a_member_whom_the_company_does_not_know_is_taken_in_by_id(office: Office) -> None:
    """A trial in a real workspace: by id, never by name, although somebody of that name is there already."""
    office.server.workspace.members["U07NEWCOMER"] = Member("U07NEWCOMER", "newcomer", "Ana Almeida")
    office.say("newcomer", "I'm locked out of my account")
    await office.hears("newcomer", "was not locked")

    person = next(one for one in (await office.books())["people"] if one["slack_id"] == "U07NEWCOMER")
    assert person["handle"] != "ana"
    assert (await office.trail())["requester"] == person["handle"]
    assert await office.status("ana") == "LOCKED_OUT", "the other Ana was not touched"


async def test_blocks_that_a_workspace_does_not_take_become_plain_ones(office: Office) -> None:
    """Newer blocks refused: the same is said with plain sections, and the buttons stay."""
    office.server.workspace.unsupported |= {"plan", "task_card"}
    office.say("ana", "I'm locked out of my account")
    await office.hears("ana", "Unlocked the account of Ana")

    first = next(one for one in office.place("ana").messages if one["user"] == BOT_USER and "thread_ts" in one)
    assert not any(block["type"] == "plan" for block in first.get("blocks", ()))
    assert "Unlock it" in str(first)


async def test_a_card_shows_every_argument_in_full(office: Office) -> None:
    """However long: nothing that an approver decides on is cut."""
    office.say("ana", "could I get figma until friday? " + "because " * 200)
    await office.hears("omar", "Please decide")
    card = office.heard("omar")
    call = next(one for one in (await office.trail())["calls"] if one["tool"] == "grant_access")

    assert all(str(value) in card for value in call["arguments"].values())
    assert call["approval"] in card


async def test_a_forged_button_value_opens_nothing(office: Office) -> None:
    """Another approval's id with a made-up nonce, no JSON, and a value of another kind: an answer, and no effect."""
    office.say("ana", "could I get figma until friday?")
    ts, element = await office.until(lambda: office.button("omar", "approve"), "a card")
    for value in (
        '{"approval": "A-1", "nonce": "guessed"}',
        "not json",
        '{"approval": 7}',
        "[]",
        '{"approval": "A-999", "nonce": ""}',
    ):
        problem = await office.server.interactions.click(
            office.who("omar"), office.place("omar"), ts, element["action_id"], value=element["value"], forged={"value": value}
        )
        assert problem == ""
    await office.hears("omar", "don't know this request")

    assert await office.journal("grant_access") == []
    assert (await office.trail())["approvals"][0]["state"] == "waiting"


async def test_a_broken_runbook_is_named_and_the_others_work(database: str, tmp_path: Path) -> None:
    """Never silently: it is told with its place, and left out."""
    books = tmp_path / "books"
    shutil.copytree(ROOT / "knowledge" / "runbooks", books)
    broken = books / "vpn-certificate.md"
    broken.write_text(broken.read_text().replace("tool: renew_certificate", "tool: renew_certifcate"))
    (books / "nonsense.md").write_text("no front matter")
    async with opened_office(database, tmp_path / "data", RUNBOOK_DIR=str(books)) as office:
        assert office.running is not None
        problems = "\n".join(office.running.library.problems)
        assert "vpn-certificate.md:" in problems
        assert "renew_certificate" in problems
        assert "nonsense.md:1" in problems
        office.say("ana", "I'm locked out of my account")
        await office.hears("ana", "Unlocked the account of Ana")


def test_a_named_database_is_used_and_left_running(open_folder: Path) -> None:
    """DATABASE_URL: migrated, seeded and worked on; it is not ours to stop."""
    with (
        postgres.own(open_folder / "theirs", durable=False) as server,
        program(open_folder / "ours", DATABASE_URL=server.url) as bot,
    ):
        bot.start()
        assert "DATABASE_URL" in bot.said.read_text()
        assert len(bot.asked("company")["people"]) == 120
        assert bot.end() == 0
        assert bot.asked("cases") == []
        assert not (bot.folder / "postgres").exists()
