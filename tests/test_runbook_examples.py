"""Every runbook's own examples, each phrasing on its own, on the embedded company: the end state is what counts."""

import asyncio
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from knowledge.parse import load
from knowledge.runbook import Example, Runbook
from tests.office import PATIENCE, Office, opened_office
from tools.contract import Caller
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
        trail = await resolved(office, example.approves)

        assert [plan["runbook"] for plan in trail["plans"]] == [book.id]
        assert bool(trail["approvals"]) == bool(example.approves)
        await holds(office, example.then, trail, office.heard(example.as_))


async def resolved(office: Office, approver: str) -> Any:
    """The trail of the case at its end; whoever approves presses as often as they are asked."""
    if not approver:
        return await office.case_is(state="resolved")
    answered: set[str] = set()
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        trail = await office.trail() if await office.cases() else {"state": "", "approvals": []}
        if trail["state"] == "resolved":
            return trail
        for waiting in [one["id"] for one in trail["approvals"] if one["state"] == "waiting" and one["id"] not in answered]:
            await office.press(approver, "approve")
            answered.add(waiting)
        await asyncio.sleep(0.05)
    return await office.case_is(state="resolved")


async def given(office: Office, state: Any) -> None:
    if "clock" in state:
        await office.company.clock.turn(datetime.fromisoformat(state["clock"]))
    if "account" in state:
        await scene.set_account(office.engine, state["account"]["user"], status=state["account"]["status"])
    if "access" in state:
        until = office.company.clock.now() + timedelta(days=30)
        for app in state["access"]["apps"]:
            caller = Caller("tariq", "", f"given-{app}", office.company.clock.now())
            await office.company.grant(state["access"]["user"], app, until, caller)
    if "certificate" in state:
        await scene.set_certificate(office.engine, state["certificate"]["user"], status=state["certificate"]["status"])


async def holds(office: Office, then: Any, trail: Any, heard: str) -> None:
    """What must hold at the end, read from the company's books."""
    assert set(then) <= {"account", "access", "apps", "factors", "certificate", "deployment", "ci", "heard", "answered"}
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
    if "apps" in then:
        mine = [one for one in books["grants"] if (one["person"], one["state"]) == (then["apps"]["user"], "active")]
        assert {one["app"] for one in mine} == set(then["apps"]["has"])
    if "deployment" in then:
        wanted = then["deployment"]
        one = next(one for one in books["deployments"] if one["id"] == wanted["deployment"])
        assert {name: one[name] for name in ("status", "image") if name in wanted} == {
            name: wanted[name] for name in ("status", "image") if name in wanted
        }
        assert bool(one["restarted_at"]) == wanted.get("restarted", False)
    if "ci" in then:
        runs = [one for one in books["ci_runs"] if all(one[name] == then["ci"][name] for name in ("repo", "branch"))]
        assert [(one["conclusion"], one["attempt"]) for one in runs] == [(then["ci"]["conclusion"], then["ci"]["attempt"])]
    if "heard" in then:
        assert then["heard"] in heard
    if then.get("answered"):
        assert trail["calls"] == []
