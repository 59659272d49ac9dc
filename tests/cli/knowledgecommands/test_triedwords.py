"""What `knowledge try` prints."""

import shutil
import sys
from os import terminal_size
from typing import Any

import pytest

from bot.cli.knowledgecommands import triedwords

HITS = [{"cosine": 0.81, "runbook": "app-access", "title": "Access"}, {"cosine": 0.3, "runbook": "other", "title": "Other"}]


def step(decision: str = "permit", owes: tuple[str, ...] = (), asks: tuple[str, ...] = (), reason: str = "") -> dict[str, Any]:
    would = [{"count": 1, "people": [{"name": name} for name in asks]}] if asks else []
    policy = {"decision": decision, "reason": reason, "owes": [{"kind": one} for one in owes], "would_ask": would}
    shape = {"title": "Give access", "tool": "grant_access", "arguments": {"app": "figma"}, "policy": policy}
    return {
        **shape,
        "for_each": "",
        "when": "!(needs.app.id in steps.now.apps) || size(steps.now.grants) == 0",
        "until": "",
        "expect": "",
    }


def request(**more: Any) -> dict[str, Any]:
    needs = [
        {"need": "app", "value": {"id": "figma", "label": "Figma"}, "from": "the words"},
        {"need": "until", "value": "2026-12-04T23:59:59+01:00", "from": "the default"},
    ]
    plain = {"words": "figma", "found": HITS, "runbook": "app-access", "title": "Access", "needs": needs, "asks": [], "steps": []}
    return {**plain, "refused": "", "text": "", **more}


def said(*requests: dict[str, Any], unknown: tuple[Any, ...] = (), offered: tuple[Any, ...] = ()) -> list[str]:
    found = {"as": "ana", "floor": 0.52, "requests": requests, "unknown": unknown, "offered": offered}
    return list(triedwords.say(found))


def test_the_order_is_a_readers() -> None:
    """Words, what is found, what is known, the plan, what comes of it."""
    assert said(request(steps=[step(owes=("approval", "limit", "limit"), asks=("Omar",))])) == [
        "“figma”, asked by ana",
        "  Found",
        "    0.81  app-access",
        "    0.30  other (below the floor of 0.52)",
        "  Follows app-access: Access",
        "    app    Figma                   from the words",
        "    until  Fri 04 Dec 2026, 23:59  from the default",
        "  1. Give access",
        "     grant_access(app=figma)",
        "     when: !(needs.app.id in steps.now.apps) || size(steps.now.grants) == 0",
        "     policy: permit: owes approval, limit; asks 1 of Omar",
        "  Next: it waits at step 1: asks 1 of Omar",
        "",
    ]


@pytest.mark.parametrize(
    ("more", "then"),
    [
        ({"refused": "it is for it-admin"}, "it does not begin: it is for it-admin"),
        (
            {"asks": [{"need": "app", "question": "Which?"}, {"need": "until", "question": "When?"}]},
            "it asks “Which?” (then until)",
        ),
        ({"steps": [step(), step("deny", reason="no")]}, "it stops at step 2, which the policy denies"),
        ({"steps": [step(owes=("confirm",))]}, "it asks whoever wants it at step 1"),
        ({"steps": [step()]}, "it goes on to the end by itself"),
        ({"text": "Do this."}, "it answers with its text"),
    ],
    ids=["not for them", "asks", "denied", "own yes", "by itself", "an answer"],
)
def test_what_comes_of_it(more: dict[str, Any], then: str) -> None:
    assert said(request(**more))[-2] == f"  Next: {then}"


def test_what_nothing_fits() -> None:
    """Asked about where something is near, and else for people; a thing that nobody has says so."""
    assert said(unknown=({"words": "x", "found": HITS[1:]},))[-2] == "  Next: nothing fits, so people take over"
    assert said(unknown=({"words": "a desk", "found": HITS},))[-2] == "  Next: it is none of what there is, so people take over"
    asks = said(unknown=({"words": "x", "found": HITS[1:]},), offered=(HITS[1],))
    assert asks[-3:] == ["  Next: nothing fits, so it asks which of these is meant", "    0.30  Other", ""]


def test_lines_are_as_wide_as_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """And whole: nothing is cut."""
    wide = said(request(steps=[step()]))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: terminal_size((40, 24)))
    narrow = said(request(steps=[step()]))
    assert max(map(len, narrow)) <= 42
    assert " ".join(" ".join(narrow).split()) == " ".join(" ".join(wide).split())
