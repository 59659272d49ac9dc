"""Every runbook's own examples, each phrasing on its own, on the embedded company: the end state is what counts."""

from pathlib import Path
from typing import Any

import pytest

from knowledge.parse import load
from knowledge.runbook import Example, Runbook
from tests.office import Office, opened_office
from tools.systems.embedded import scene

BOOKS, PROBLEMS = load(Path(__file__).parent.parent / "knowledge" / "runbooks")
CASES = [
    pytest.param(book, example, says, id=f"{book.id}: {says}")
    for book in BOOKS
    for example in book.examples
    for says in example.says
]


def test_every_runbook_can_be_read_and_has_examples() -> None:
    """None is left out, and each shows what it is for."""
    assert PROBLEMS == []
    assert all(book.examples for book in BOOKS)


@pytest.mark.parametrize(("book", "example", "says"), CASES)
async def test_an_example_ends_as_it_says(book: Runbook, example: Example, says: str, database: str, tmp_path: Path) -> None:
    """Words in, end state out; the plan that ran is this runbook's."""
    async with opened_office(database, tmp_path) as office:
        await given(office, example.given)
        office.say(example.as_, says)
        for answer in example.answers.values():
            await office.until(lambda: "?" in office.heard(example.as_), "a question")
            office.say(example.as_, str(answer))
        if example.approves:
            await office.press(example.approves, "approve")
        trail = await office.case_is(state="resolved")

        assert [plan["runbook"] for plan in trail["plans"]] == [book.id]
        assert bool(trail["approvals"]) == bool(example.approves)
        await holds(office, example.then, trail)


async def given(office: Office, state: Any) -> None:
    if "clock" in state:
        from datetime import datetime

        await office.company.clock.turn(datetime.fromisoformat(state["clock"]))
    if "account" in state:
        await scene.set_account(office.engine, state["account"]["user"], status=state["account"]["status"])
    if "certificate" in state:
        await scene.set_certificate(office.engine, state["certificate"]["user"], status=state["certificate"]["status"])


async def holds(office: Office, then: Any, trail: Any) -> None:
    """What must hold at the end, read from the company's books."""
    assert set(then) <= {"account", "access", "factors", "certificate", "answered"}
    books = await office.books()
    if "account" in then:
        assert await office.status(then["account"]["user"]) == then["account"]["status"]
    if "access" in then:
        wanted = then["access"]
        found = [one for one in books["grants"] if (one["person"], one["app"]) == (wanted["user"], wanted["app"])]
        assert [(one["state"], one["until"][:10]) for one in found] == [("active", wanted["until"])]
    if "factors" in then:
        assert len([one for one in books["factors"] if one["person"] == then["factors"]["user"]]) == then["factors"]["count"]
    if "certificate" in then:
        device = next(one for one in books["devices"] if one["person"] == then["certificate"]["user"])
        assert device["certificate_status"] == then["certificate"]["status"]
    if then.get("answered"):
        assert trail["calls"] == []
