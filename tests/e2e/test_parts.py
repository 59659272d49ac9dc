"""A runbook with parts of which one is not done: the others are, it is taken back, and one report says so of each."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import postgres
from tests.books import LIST, written
from tests.e2e.test_plans import HOW, SAME, WORDS, at_work, lists, steps
from tests.office import Office
from tools.systems.embedded import scene

JOINED = """
steps:
  - id: join
    title: Join
    tool: join_mailing_list
    args: {user: principal.id, list: "'incidents'"}
    undo: {tool: leave_mailing_list, args: {user: principal.id, list: "'incidents'"}}
"""
"""A change that can be taken back, before whatever goes wrong."""
DESK = (
    JOINED
    + """\
  - {id: restart, title: Restart, tool: restart_device, args: {user: principal.id, device: "'computer'"}}
  - {id: again, title: Look again, tool: find_account, args: {user: principal.id}, expect: steps.again.status == 'ACTIVE'}
done: The desk is ready.
"""
)
OPEN = (
    JOINED
    + """\
  - {id: open, title: Open the account, tool: unlock_account, args: {user: principal.id}}
  - {id: again, title: Look again, tool: find_account, args: {user: principal.id}, expect: steps.again.status == 'ACTIVE'}
done: The account is open.
"""
)
BUNDLE = """
steps:
  - {id: first, title: The first part, runbook: %s, with: {%s}}
  - {id: hung, title: What hangs on it, runbook: list, with: {list: "'leadership'"}, when: "steps.first.again != {}"}
  - {id: berlin, title: Berlin, runbook: list, with: {list: "'berlin-office'"}}
  - {id: whole, title: Look at all, tool: list_mailing_lists, args: {user: principal.id}, expect: "'berlin-office' in steps.whole.lists"}
done: Everything is there.
"""
LETTERS = ["write a letter to the readers", "the readers' letter", "letters for readers"]
HOLES = ["punch a hole into the wall", "a hole in the wall", "punch holes"]


def bundle(folder: Path, first: str = "list", given: str = "list: \"'leadership'\"") -> Path:
    """The folder; its first part is this runbook, with these needs."""
    written(folder, LIST, id="list", symptoms=LETTERS)
    if first != "list":
        written(folder, {"open": OPEN, "desk": DESK}[first], id=first, symptoms=HOLES)
    return written(folder, BUNDLE % (first, given))


BERLIN = [("berlin.now", "done"), ("berlin.join", "verified"), ("berlin.again", "done"), ("whole", "done")]


async def fails(office: Office) -> Any:
    """The account cannot be opened; the trail when people have the case."""
    await scene.set_fault(office.engine, "unlock_account", "refused")
    office.say("ana", WORDS)
    return await office.case_is(state="handed_over", outcome="handed_over")


async def denied(office: Office) -> Any:
    """Eva says no; the trail when the case is over."""
    office.say("ana", WORDS)
    await office.deny("eva", "not for you")
    return await office.case_is(state="closed", outcome="partly")


@HOW
async def test_a_part_fails_and_the_others_are_done(database: str, tmp_path: Path, *, thinks: bool) -> None:
    """It is taken back before the next begins; what hangs on it is not begun; people get what is left, and the answer says all of it."""
    async with at_work(database, tmp_path, bundle(tmp_path, "open", ""), thinks=thinks) as office:
        before = await lists(office)
        trail = await fails(office)
        assert steps(trail) == [("first.join", "verified"), ("first.open", "failed"), ("first.join!undo", "verified"), *BERLIN]
        assert await lists(office) == before | {"berlin-office"}

        [plan] = trail["plans"]
        assert plan["state"] == "handed_over"
        told = plan["reason"].splitlines()
        assert told[0] == "Not done: The first part and What hangs on it."
        assert told[1].startswith("• The first part: not done. ")
        assert told[1].endswith("Taken back: Took Ana Almeida off the mailing list Incidents.")
        assert told[2:] == [
            "• What hangs on it: not done, since it needs “The first part”.",
            "• Berlin: done. You read berlin-office.",
        ]
        heard = await office.hears("ana", f"{told[0]} I've opened ticket")
        assert all(line in heard for line in told)
        [ticket] = [one for one in (await office.books())["tickets"] if one["reporter"] == "ana" and "Polish" in one["title"]]
        assert all(line in ticket["text"] for line in told)
        pages = [call["arguments"]["text"] for call in trail["calls"] if call["tool"] == "page_on_call"]
        assert [text.partition(". ")[2] for text in pages] == [told[0]]


@HOW
async def test_a_part_is_denied_and_the_others_are_done(database: str, tmp_path: Path, *, thinks: bool) -> None:
    """A no to one of them is no failure that people go on with: the case is partly done, and over."""
    async with at_work(database, tmp_path, bundle(tmp_path), thinks=thinks) as office:
        trail = await denied(office)
        assert steps(trail) == [("first.now", "done"), ("first.join", "denied"), *BERLIN]
        [plan] = trail["plans"]
        assert plan["state"] == "partly"
        assert "“not for you”" in plan["reason"]
        assert "berlin-office" in await lists(office)
        heard = await office.hears("ana", "Not done: The first part and What hangs on it.")
        assert "Partly done" in heard
        assert await office.journal("create_ticket") == []


async def all_but_the_first(office: Office) -> None:
    """The others are done while the first waits; the look at the whole waits with it."""
    trail = await office.case_is(state="waiting")
    assert steps(trail)[-3:] == BERLIN[:-1]


async def leaves_it(office: Office) -> None:
    await office.press("ana", "leave")


async def says_no(office: Office) -> None:
    await all_but_the_first(office)
    office.say("ana", "no")


async def lets_it_lapse(office: Office) -> None:
    await all_but_the_first(office)
    await office.company.clock.turn(timedelta(days=8))


@pytest.mark.parametrize("no", [leaves_it, says_no, lets_it_lapse])
async def test_what_its_requester_does_not_want_is_left_out(
    database: str, tmp_path: Path, no: Callable[[Office], Awaitable[None]]
) -> None:
    """By the button, in words or by not pressing: that part stays as it is, the others are done, and nobody is called."""
    async with at_work(database, tmp_path, bundle(tmp_path, "desk", ""), thinks=False) as office:
        office.say("ana", WORDS)
        await no(office)
        trail = await office.case_is(state="resolved", outcome="verified")
        taken = [step for step, _ in steps(trail)]
        assert taken[:2] == ["first.join", "first.restart"]
        assert taken[-4:] == [step for step, _ in BERLIN]
        assert {"incidents", "berlin-office"} <= await lists(office)
        await office.hears("ana", "Still there: ")
        assert [plan["state"] for plan in trail["plans"]] == ["done"]


async def test_never_mind_is_for_the_whole(database: str, tmp_path: Path) -> None:
    async with at_work(database, tmp_path, bundle(tmp_path), thinks=False) as office:
        office.say("ana", WORDS)
        await all_but_the_first(office)
        office.say("ana", "never mind")
        trail = await office.case_is(state="closed", outcome="withdrawn")
        assert steps(trail) == [("first.now", "done"), ("first.join", "withdrawn"), *BERLIN[:-1]]


async def test_a_freeze_of_one_tool_leaves_the_others(database: str, tmp_path: Path) -> None:
    """What is stopped is said; its way back is another tool, which is not stopped."""
    async with at_work(database, tmp_path, bundle(tmp_path, "open", ""), thinks=False) as office:
        await office.command("tariq", "freeze unlock_account an incident")
        await office.until(office.freezes, "a freeze")
        office.say("ana", WORDS)
        trail = await office.case_is(state="closed", outcome="partly")
        assert steps(trail) == [("first.join", "verified"), ("first.open", "frozen"), ("first.join!undo", "verified"), *BERLIN]


async def test_it_goes_on_after_a_stop_in_its_middle(database: str, tmp_path: Path) -> None:
    """The first part is taken back and another waits for a yes when the bot ends; afterwards nothing is done twice or left out."""
    books = bundle(tmp_path, "open", "")
    whole = books / "bell.md"
    whole.write_text(
        whole.read_text()
        .replace("'berlin-office'\"}}", "'leadership'\"}}")
        .replace("'berlin-office' in steps.whole", "'leadership' in steps.whole")
    )
    async with at_work(database, tmp_path, books, thinks=False) as office:
        await scene.set_fault(office.engine, "unlock_account", "refused")
        office.say("ana", WORDS)
        await office.until(lambda: office.button("eva", "approve"), "a card for eva")
        await office.close()
        await office.open()
        await office.press("eva", "approve")
        trail = await office.case_is(state="handed_over")
        assert steps(trail) == [("first.join", "verified"), ("first.open", "failed"), ("first.join!undo", "verified"), *BERLIN]
        assert [len(await office.journal(tool)) for tool in ("join_mailing_list", "leave_mailing_list")] == [2, 1]


@pytest.mark.parametrize("ends", [pytest.param(fails, id="fails"), pytest.param(denied, id="denied")])
async def test_both_leave_the_same_trail(database: str, tmp_path: Path, ends: Callable[[Office], Awaitable[Any]]) -> None:
    """The runbook followed as it is, and by a model that stops where something does not work: the same calls, and the same end."""
    found = []
    given = ("open", "") if ends is fails else ("list", "list: \"'leadership'\"")
    with postgres.copied(postgres.WITH_COMPANY) as other:
        for thinks, url in ((False, database), (True, other)):
            books = tmp_path / str(thinks)
            books.mkdir()
            async with at_work(url, books, bundle(books, *given), thinks=thinks) as office:
                trail = await ends(office)
                assert trail["departures"] == []
                told = [(plan["state"], plan["reason"]) for plan in trail["plans"]]
                found.append((told, [{name: call[name] for name in SAME} for call in trail["calls"] if call["step"]]))
    assert found[0] == found[1]
