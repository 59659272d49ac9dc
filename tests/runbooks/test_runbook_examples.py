"""Every runbook's own examples, each phrasing on its own, on the embedded company: the end state is what counts."""

import asyncio
import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from knowledge.parse import load
from knowledge.runbook import Example, Runbook
from tests.e2e.conftest import model_at
from tests.good_model import GoodModel
from tests.office import PATIENCE, Office, opened_office
from tests.openai_double import OpenAIDouble, opened_double
from tools.contract import Caller
from tools.systems.embedded import scene

BOOKS, PROBLEMS = load(Path(__file__).parents[2] / "knowledge" / "runbooks")
CASES = [
    pytest.param(book, example, says, id=f"{book.id}: {says}", marks=[pytest.mark.long] if number or place > 1 else [])
    for book in BOOKS
    for place, example in enumerate(book.examples)
    for number, says in enumerate(example.says)
]
"""A check plays the first phrasing of a runbook's first two examples; of all others it looks only whether they find the runbook
(tests/knowledge).
"""


def test_every_runbook_can_be_read_and_has_examples() -> None:
    """None is left out, and each shows what it is for."""
    assert PROBLEMS == []
    assert all(book.examples for book in BOOKS)


@pytest.mark.parametrize(("book", "example", "says"), CASES)
async def test_an_example_ends_as_it_says(
    book: Runbook, example: Example, says: str, company_database: str, tmp_path: Path
) -> None:
    """Words in, end state out; the plan that ran is this runbook's."""
    await the_example_holds(book, example, says, company_database, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize(("book", "example", "says"), CASES)
async def test_an_example_ends_so_with_a_model(
    book: Runbook, example: Example, says: str, company_database: str, tmp_path: Path
) -> None:
    """The scripted good model follows the same runbook to the same end."""
    async with opened_double(GoodModel()) as double:
        await the_example_holds(book, example, says, company_database, tmp_path, double)
        assert double.refused == []


async def the_example_holds(
    book: Runbook,
    example: Example,
    says: str,
    company_database: str,
    folder: Path,
    double: OpenAIDouble | None = None,
    **settings: str,
) -> Any:
    """Play one phrasing of an example in an office of its own, by the runbook or by a model; the trail of its case."""
    async with opened_office(company_database, folder, **(model_at(double) if double else {}), **settings) as office:
        await given(office, example.given)
        office.say(example.as_, says)
        asked = 0
        for answer in example.answers.values():
            await office.until(lambda asked=asked: office.heard(example.as_).count("?") > asked, "a question")
            asked = office.heard(example.as_).count("?")
            office.say(example.as_, str(answer))
        ends = "handed_over" if "paged" in example.then else "resolved"  # a page gives it to people, and nothing else is done
        trail = await resolved(office, example, ends)

        assert [plan["runbook"] for plan in trail["plans"]] == [book.id]
        assert bool([one for one in trail["approvals"] if one["kind"] == "approval"]) == bool(example.approves)
        if double is None:  # which calls a model makes is its own affair
            assert example.steps is None or list(example.steps) == steps_of(book, trail), "the steps that were taken"
            assert example.approvals is None or dict(example.approvals) == approvals_of(trail), "the approvals that were owed"
        if "private" in example.then:
            await office.hears(example.then["private"], "https://id.")
        await holds(office, example, trail, double)
        return trail


def steps_of(book: Runbook, trail: Any) -> list[str]:
    """The steps that were taken, in their order; one that is looked at again and again while it waits stands once. Those of a part
    stand together: which of several goes on first hangs on who answers first.
    """
    taken = list(dict.fromkeys(call["step"] for call in trail["calls"] if call["step"]))
    parts = {step.id for step in book.steps if step.runbook}
    first = {step: next(at for at, one in enumerate(taken) if one == step or _part(one) == _part(step) in parts) for step in taken}
    return sorted(taken, key=lambda step: first[step])


def _part(step: str) -> str:
    return step.partition(".")[0]


def approvals_of(trail: Any) -> dict[str, tuple[str, ...]]:
    """By step, the policies for which somebody was asked: another person, or the requester for their own click."""
    step_of = {call["id"]: call["step"] for call in trail["calls"]}
    asked: dict[str, dict[str, None]] = {}
    for one in trail["approvals"]:
        asked.setdefault(step_of[one["call"]], {}).update(dict.fromkeys(each["policy"] for each in [*one["owed"], *one["asks"]]))
    return {step: tuple(policies) for step, policies in asked.items()}


async def resolved(office: Office, example: Example, ends: str = "resolved") -> Any:
    """The trail of the case at its end; the requester and whoever approves press as often as they are asked."""
    requester, approver = example.as_, example.approves
    answered: set[str] = set()
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        trail = await office.trail() if await office.cases() else {"state": "", "approvals": []}
        if trail["state"] == ends:
            return trail
        for one in trail["approvals"]:
            own = one["kind"] == "confirmation"
            if one["state"] == "waiting" and one["id"] not in answered and (own or approver):
                await office.press(requester if own else approver, "confirm" if own else "approve", of=one["id"])
                if own and any(each["what"] == "reason" for each in one["asks"]):
                    assert await office.fill(requester, example.reason) == {}
                answered.add(one["id"])
        await asyncio.sleep(0.05)
    return await office.case_is(state=ends)


async def given(office: Office, state: Any) -> None:
    """How things stand at first, set by hand."""
    assert set(state) <= {"clock", "account", "certificate", "access", "service", "ticket"}
    if "clock" in state:
        await office.company.clock.turn(datetime.fromisoformat(state["clock"]))
    if "account" in state:
        await scene.set_account(office.engine, state["account"]["user"], status=state["account"]["status"])
    if "access" in state:
        until = office.company.clock.now() + timedelta(days=5)
        for app in state["access"].get("apps") or [state["access"]["app"]]:
            caller = Caller("ana", "", f"given-{app}", until)
            await office.company.grant(state["access"]["user"], app, until, caller)
    if "certificate" in state:
        await scene.set_certificate(office.engine, state["certificate"]["user"], status=state["certificate"]["status"])
    if "service" in state:
        await scene.set_service(office.engine, state["service"]["service"], status=state["service"]["status"])
    if "ticket" in state:
        ticket = state["ticket"]
        await scene.add_ticket(office.engine, ticket["user"], ticket["title"], ticket["text"], status=ticket["status"])


async def holds(office: Office, example: Example, trail: Any, double: OpenAIDouble | None) -> None:
    """What must hold at the end, read from the company's books and from what was said."""
    then, books = example.then, await office.books()
    known: dict[str, Callable[[Any], object]] = {
        "account": lambda one: [a["status"] for a in books["accounts"] if a["person"] == one["user"]] == [one["status"]],
        "access": lambda one: access(books, one),
        "apps": lambda one: (
            {g["app"] for g in books["grants"] if (g["person"], g["state"]) == (one["user"], "active")} == set(one["has"])
        ),
        "deployment": lambda one: deployed(books, one),
        "ci": lambda one: (
            [(one["conclusion"], one["attempt"])]
            == [
                (run["conclusion"], run["attempt"])
                for run in books["ci_runs"]
                if (run["repo"], run["branch"]) == (one["repo"], one["branch"])
            ]
        ),
        "factors": lambda one: len([f for f in books["factors"] if f["person"] == one["user"]]) == one["count"],
        "sessions": lambda one: len([s for s in books["sessions"] if s["person"] == one["user"]]) == one["count"],
        "certificate": lambda one: devices(books, one)[0]["certificate_status"] == one["status"],
        "locked": lambda one: any(d["locked"] for d in devices(books, one) if d["kind"] == one["kind"]),
        "restarted": lambda one: (devices(books, one)[0]["booted"] > trail["created"]) is one["now"],
        "subscription": lambda one: ({"list": one["list"], "person": one["user"]} in books["subscriptions"]) is one["there"],
        "seat": lambda one: ({"app": one["app"], "person": one["user"]} in books["seats"]) is one["there"],
        "order": lambda one: (
            [(o["person"], o["item"]) for o in books["orders"] if o["status"] != "cancelled"].count((one["user"], one["item"]))
            == one["count"]
        ),
        "comment": lambda one: comments(books, one["ticket"])[-1:] == [(one["author"], one["text"])],
        "paged": lambda one: any(call["tool"] == "page_on_call" and paged(call, one) for call in trail["calls"]),
        "private": lambda one: private(office, one, example.as_),
        "served": lambda one: served(books, one),
        "token": lambda one: token(books, one),
        "node": lambda one: [n["status"] for n in books["nodes"] if n["id"] == one["node"]] == [one["status"]],
        "said": lambda one: told(office, example.as_, one, trail, double) if double else one in office.heard(example.as_),
        "answered": lambda _: trail["calls"] == [],
    }
    assert set(then) <= set(known)
    assert {name: bool(known[name](one)) for name, one in then.items()} == dict.fromkeys(then, True)


def told(office: Office, who: str, fact: str, trail: Any, double: OpenAIDouble) -> bool:
    """The words for what was found are a model's own: the look that gave this was shown to it, and its words repeat what it saw."""
    found = next((call["result"] for call in reversed(trail["calls"]) if fact in call["summary"]), None)
    seen = json.dumps(double.requests[-1]["messages"], ensure_ascii=False)
    plain = [value for value in plain_values(found) if json.dumps(value, ensure_ascii=False).strip('"') in seen]
    return bool(plain) and all(str(value) in office.heard(who) for value in plain)


def plain_values(value: Any) -> list[str]:
    """Every text that stands in a result, at any depth."""
    if isinstance(value, dict | list):
        return [one for inner in (value.values() if isinstance(value, dict) else value) for one in plain_values(inner)]
    return [value] if isinstance(value, str) and value else []


def access(books: Any, one: Any) -> bool:
    found = [g for g in books["grants"] if (g["person"], g["app"]) == (one["user"], one["app"])]
    if one.get("gone"):
        return [g["state"] for g in found] == ["ended"]
    return [(g["state"], g["until"][:10]) for g in found] == [("active", one["until"])]


def deployed(books: Any, one: Any) -> bool:
    found = next(d for d in books["deployments"] if d["id"] == one["deployment"])
    if found["image"] != one.get("image", found["image"]) or bool(found["restarted_at"]) != one.get("restarted", False):
        return False
    return bool(found["status"] == one["status"])


def served(books: Any, one: Any) -> bool:
    """What the server serves, and whether that was issued anew."""
    found = next(c for c in books["server_certificates"] if c["id"] == one["server"])
    return bool((found["status"], found["serial"] != found["issued"][0]) == (one["status"], one["new"]))


def token(books: Any, one: Any) -> bool:
    """The key that was there is refused, and so many others work."""
    found = next(t for t in books["tokens"] if t["id"] == one["token"])
    return one["refused"] in found["dead"] and len(found["works"]) == one["works"]


def devices(books: Any, one: Any) -> Any:
    """The main one first."""
    return sorted((d for d in books["devices"] if d["person"] == one["user"]), key=lambda d: not d["main"])


def paged(call: Any, one: Any) -> bool:
    """Whoever asks has called this team, and it was looked at."""
    found = (call["state"], call["principal"], call["arguments"]["schedule"])
    return bool(found == ("verified", one["by"], one["schedule"]))


def comments(books: Any, ticket: str) -> list[tuple[str, str]]:
    return [(c["author"], c["text"]) for t in books["tickets"] if t["ticket"] == ticket for c in t["comments"]]


def private(office: Office, owner: str, requester: str) -> bool:
    """The link stands in its owner's direct messages, and in nobody else's."""
    link = "https://id.harborline.example/"
    return link in office.heard(owner) and (owner == requester or link not in office.heard(requester))


async def test_every_application_of_a_leaver_is_ended_one_after_the_other(company_database: str, tmp_path: Path) -> None:
    """Each of all that there are waits for its own yes; the account is closed after the last."""
    async with opened_office(company_database, tmp_path) as office:
        until = office.company.clock.now() + timedelta(hours=12)
        for app, *_ in await office.company.catalogue():
            await office.company.grant("ben", app, until, Caller("ana", "", f"given-{app}", until))
        given = [one for one in (await office.books())["grants"] if one["person"] == "ben" and one["state"] == "active"]
        office.say("mia", "offboard ben")

        async def approved() -> bool:
            trail = await office.trail() if await office.cases() else {"state": "", "approvals": []}
            if any(one["state"] == "waiting" for one in trail["approvals"]) and office.button("omar", "approve"):
                await office.press("omar", "approve")
            return bool(trail["state"] == "resolved")

        await office.until(approved, "the end of it", 3 * PATIENCE)
        trail, books = await office.trail(), await office.books()

        assert len(given) > 10
        ended = [call["step"] for call in trail["calls"] if call["tool"] == "revoke_access"]
        assert ended == [f"end.{number}" for number in range(len(given))]
        assert [one["app"] for one in books["grants"] if one["person"] == "ben" and one["state"] == "active"] == []
        assert next(one["status"] for one in books["accounts"] if one["person"] == "ben") == "SUSPENDED"
