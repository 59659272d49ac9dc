"""The runbooks that come with Deskhand: found by the words of the stories, and written as docs/runbooks.md says."""

import re
from pathlib import Path
from typing import Any

import pytest

from bot.expressions import Kind, environment
from bot.runbooks.binding import NAMES, bind
from knowledge.index import Index
from knowledge.parse import HOME_LENGTH, KEYS, KINDS, RunbookError, parse
from knowledge.parts import EXAMPLE_KEYS, NEED_KEYS, PRECONDITION_KEYS, SOURCES
from knowledge.runbook import Runbook
from knowledge.steps import STEP_KEYS
from tests.knowledge.conftest import RUNBOOKS
from tools.catalog import TOOLS


class Shape:
    """What the binder looks at of a tool."""

    def __init__(self, tool: Any) -> None:
        self.name = tool.name
        self.change = tool.effect == "change"
        self.parameters = tool.arguments.model_json_schema()


SHAPES = {tool.name: Shape(tool) for tool in TOOLS}

STORIES = [
    ("hi, I'm locked out of my account after the weekend", "account-locked"),
    ("could I get into the analytics warehouse until friday", "app-access"),
    ("my vpn says certificate expired", "vpn-certificate"),
    ("please reset the MFA of ben", "new-phone-mfa"),
    ("how do our guests get on the wifi?", "guest-wifi"),
    ("I forgot my password", "password-reset"),
    ("somebody else is signed in to my account", "signed-in-elsewhere"),
    ("put me on the berlin office mailing list", "mailing-list-join"),
    ("my laptop was stolen", "device-lost"),
    ("order a headset for me", "equipment-order"),
    ("what is the status of my ticket?", "ticket-status"),
]


@pytest.mark.parametrize(("says", "runbook"), STORIES)
async def test_a_story_finds_its_runbook(index: Index, says: str, runbook: str) -> None:
    """Clearly above the floor, and clearly before the next."""
    first, second, *_ = await index.search(says)

    assert first.runbook == runbook
    assert first.cosine > index.floor + 0.1
    assert second.cosine < first.cosine - 0.1


async def test_every_example_finds_its_runbook(index: Index, runbooks: list[Runbook]) -> None:
    """Each phrasing of each example, with or without slips of the keyboard."""
    for book in runbooks:
        for says in (says for example in book.examples for says in example.says):
            best = (await index.search(says, 1))[0]
            assert (best.runbook, best.cosine >= index.floor) == (book.id, True), says


def test_the_kinds_of_runbooks(runbooks: list[Runbook]) -> None:
    """What people ask for most is there, as what it is: a fault, a wish, or a question that is answered."""
    kinds = {book.id: book.kind for book in runbooks}
    assert len(kinds) >= 40

    assert (
        kinds.items()
        >= {
            "account-locked": "incident",
            "account-suspend": "service_request",
            "account-unsuspend": "service_request",
            "licence-give-back": "service_request",
            "order-cancel": "service_request",
            "access-give-back": "service_request",
            "app-access": "service_request",
            "deployment-status": "service_request",
            "offboarding": "service_request",
            "onboarding": "service_request",
            "rerun-ci": "service_request",
            "restart-deployment": "service_request",
            "rollback-deployment": "incident",
            "device-lost": "incident",
            "device-slow": "incident",
            "equipment-order": "service_request",
            "guest-wifi": "question",
            "licence-for-app": "service_request",
            "mailbox-full": "question",
            "mailing-list-join": "service_request",
            "mailing-list-leave": "service_request",
            "new-phone-mfa": "incident",
            "order-status": "service_request",
            "password-reset": "incident",
            "printer-setup": "question",
            "service-status": "service_request",
            "shared-mailbox": "question",
            "signed-in-elsewhere": "incident",
            "team-lists": "service_request",
            "ticket-comment": "service_request",
            "ticket-status": "service_request",
            "vpn-certificate": "incident",
            "vpn-setup": "question",
            "page-team": "incident",
            "who-is-on-call": "service_request",
            "service-back": "service_request",
            "access-mine": "service_request",
            "licences-mine": "service_request",
            "lists-mine": "service_request",
            "device-status": "service_request",
            "ci-status": "service_request",
            "certificate-roll": "incident",
            "token-rotate": "incident",
            "node-drain": "service_request",
            "node-restore": "service_request",
        }.items()
    )


def test_what_is_asked_for_most_has_a_button(runbooks: list[Runbook]) -> None:
    """Eight or a few more, each with a label of its own that fits on it."""
    labels = [book.home for book in runbooks if book.home]

    assert 8 <= len(labels) == len(set(labels)) <= 12
    assert all(len(label) <= HOME_LENGTH for label in labels)


def test_each_has_what_makes_it_found_and_tested(runbooks: list[Runbook]) -> None:
    """Eight symptoms, several phrasings, somebody to hand over to, a text for people, something to say at the end."""
    for book in runbooks:
        assert len(set(book.symptoms)) >= 8, book.id
        assert sum(len(example.says) for example in book.examples) >= 4, book.id
        assert book.hand_over in {"identity", "network", "platform"}, book.id
        assert book.text, book.id
        assert bool(book.done) == bool(book.steps), book.id
        assert all(step.title for step in book.steps), book.id


def test_the_last_step_shows_that_it_worked(runbooks: list[Runbook]) -> None:
    """A plan that ends without having looked has promised something that it does not know. A part looks by its own last step."""
    for book in runbooks:
        assert not book.steps or book.steps[-1].expect or book.steps[-1].runbook, book.id


FIGMA: dict[str, Any] = {"needs": {"app": {"id": "figma"}, "until": "2026-11-27T23:59:59+01:00"}}


@pytest.mark.parametrize(
    ("apps", "grants", "asked"),
    [
        pytest.param([], [], True, id="not there"),
        pytest.param(["figma"], [{"app": "figma", "until": "2026-11-25T12:00:00+00:00"}], True, id="ends sooner"),
        pytest.param(["figma"], [{"app": "figma", "until": "2026-11-27T22:59:59+00:00"}], False, id="ends then"),
        pytest.param(["figma"], [{"app": "figma", "until": "2026-12-24T12:00:00+00:00"}], False, id="ends later"),
        pytest.param(["figma"], [{"app": "figma", "until": None}], False, id="has no end"),
        pytest.param(["figma"], [{"app": "looker", "until": "2026-11-25T12:00:00+00:00"}], False, id="another ends"),
    ],
)
def test_access_is_asked_for_when_there_is_none_until_then(
    runbooks: list[Runbook], apps: list[str], grants: list[Any], *, asked: bool
) -> None:
    """What ends before the day that was asked for is prolonged; what lasts as long is left alone."""
    [when] = [step.when for book in runbooks if book.id == "app-access" for step in book.steps if step.id == "grant"]
    values = {name: "" for name, kind in NAMES.items() if kind is Kind.STRING} | {"case": {}} | FIGMA
    values["steps"] = {"now": {"apps": apps, "grants": grants}}

    assert environment(tuple(NAMES.items())).compile(when, Kind.BOOL).evaluate(values) is asked


@pytest.mark.parametrize(
    ("status", "unlocked"), [("LOCKED_OUT", True), ("ACTIVE", False), ("SUSPENDED", False), ("DEPROVISIONED", False)]
)
def test_only_a_locked_account_is_unlocked(runbooks: list[Runbook], status: str, *, unlocked: bool) -> None:
    """A suspended or closed one is for people to look at."""
    [when] = [step.when for book in runbooks if book.id == "account-locked" for step in book.steps if step.id == "unlock"]
    values: dict[str, Any] = {name: "" for name, kind in NAMES.items() if kind is Kind.STRING} | {"case": {}, "needs": {}}

    expression = environment(tuple(NAMES.items())).compile(when, Kind.BOOL)

    assert expression.evaluate({**values, "steps": {"look": {"status": status}}}) is unlocked


def test_nothing_said_at_the_end_claims_what_was_perhaps_not_done(runbooks: list[Runbook]) -> None:
    """Steps may be skipped: the closing words tell the state that was verified, never an act of ours."""
    for book in runbooks:
        assert not re.search(r"\b(?:I|we)(?:'ve| have)? (?:\w+ed|reset|gave|sent)\b|\b(?:was|were|been) \w+ed\b", book.done), (
            book.id
        )


def test_they_fit_the_tools(runbooks: list[Runbook]) -> None:
    """Every tool, argument and expression is checked by the bot's own binder against the real catalogue of tools."""
    bound, problems = bind(runbooks, SHAPES)

    assert problems == []
    assert set(bound) == {book.id for book in runbooks}


def test_the_page_on_runbooks_shows_a_good_one(tmp_path: Path) -> None:
    """The example in docs/runbooks.md is a runbook, every key that there is stands on the page, and so does a real message."""
    page = (RUNBOOKS.parents[1] / "docs" / "runbooks.md").read_text()
    shown = page.split("```markdown\n")[1].split("```")[0]
    file = tmp_path / "app-access.md"
    file.write_text(shown)
    wrong = tmp_path / "wrong" / "app-access.md"
    wrong.parent.mkdir()
    wrong.write_text(shown.replace("when:", "whn:"))

    assert parse(file).id == "app-access"
    assert [
        key
        for key in (*KEYS, *NEED_KEYS, *STEP_KEYS, *PRECONDITION_KEYS, *EXAMPLE_KEYS, *SOURCES, *KINDS)
        if f"`{key}`" not in page
    ] == []
    with pytest.raises(RunbookError) as refused:
        parse(wrong)
    assert f"    {refused.value}\n" in page
