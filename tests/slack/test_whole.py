"""What a card has no room for is read in a window, every character of it, with the yes at the end of the last page alone."""

import html
import json
from typing import Any

import pytest

from bot.playground import limits
from bot.slack import cards, confirms, whole
from bot.slack.clicks import Place, Vote
from tests.slack.test_cards import content, said

AT = Place("U1OMAR", "T")
LONG = "".join(f"line {number:04} <&> 語 of it\n" for number in range(1_500))


def window(one: dict[str, Any], page: int, read: str = "") -> dict[str, Any]:
    return whole.view(one, page, Vote("A-1", "n"), AT, read=read)


def kept(view: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(view["private_metadata"]))


def all_pages(one: dict[str, Any]) -> list[dict[str, Any]]:
    views = [window(one, 0)]
    while kept(views[-1])["page"] + 1 < len(whole.pages(cards.everything(one))):
        views.append(window(one, kept(views[-1])["page"] + 1, kept(views[-1])["read"]))
    return views


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"arguments": [["text", LONG]]}, id="an argument"),
        pytest.param({"arguments": [["text", LONG.replace("\n", " ")]]}, id="in one line"),
        pytest.param({"arguments": [["text", "x"]], "words": LONG}, id="the requester's words"),
        pytest.param({"arguments": [[f"name{n}", f"value {n} " * 40] for n in range(60)]}, id="many arguments"),
    ],
)
def test_all_of_it_is_read_over_pages_that_slack_takes(more: dict[str, Any]) -> None:
    """However long: nothing is missing, and each page is within Slack's limits; the yes and the digest come with the last alone."""
    one = content("please") | more | {"may": True}
    views = all_pages(one)
    shown = html.unescape("\n".join(said(view["blocks"]) for view in views))

    assert len(views) > 1
    for value in [one["words"], *(value for _, value in one["arguments"])]:
        assert all(line in shown for line in value.splitlines() if len(value.splitlines()) > 1 or len(line) < 1_000)
    assert "… (cut)" not in shown
    for view in views:
        assert limits.wrong_view(view) == ""
        assert len(json.dumps(view)) < 250_000
    assert [json.loads(view["private_metadata"])["digest"] for view in views] == [*[""] * (len(views) - 1), "abc"]
    assert views[-1]["submit"]["text"] == "Approve"
    assert all(view["submit"]["text"].startswith("Next") for view in views[:-1])


def test_who_may_not_answer_reads_to_the_end_without_a_yes() -> None:
    """No button, no digest."""
    last = all_pages(content("please", [["text", LONG]]) | {"may": False})[-1]
    assert "submit" not in last
    assert json.loads(last["private_metadata"])["digest"] == ""


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"arguments": [["text", "x" * 9_000]]}, id="an argument"),
        pytest.param({"words": "w " * 9_000}, id="the words"),
        pytest.param({"origins": [[f"people[{n}]", f"p{n}", "a guess"] for n in range(13)]}, id="where a value comes from"),
        pytest.param({"questions": [{"name": "Ida", "text": "q" * 500, "answer": "a" * 500}] * 20}, id="questions"),
    ],
)
def test_a_card_that_leaves_something_out_takes_no_yes(more: dict[str, Any]) -> None:
    """Neither the plain one nor the one for less time: *Read it all* stands in its place, and Deny; beside it one that is whole has both."""
    offers = {"offers": ["shorten", "ask"]}
    cut, shown = cards.card(content("please") | more | offers), cards.card(content("please") | offers)
    assert ("'approve'" in str(cut), "act:shorten" in str(cut), "act:read" in str(cut), "'deny'" in str(cut)) == (
        False,
        False,
        True,
        True,
    )
    assert ("'approve'" in str(shown), "act:shorten" in str(shown), "act:read" in str(shown)) == (True, True, False)
    assert '"digest":"abc"' in str(shown)


def test_the_requesters_own_yes_stands_below_the_whole_as_well() -> None:
    """What does not fit into the message is read in the same window."""
    short, long = (confirms.confirm(content("", [["text", "x" * size]])) for size in (100, 9_000))
    assert ("'confirm'" in str(short), "act:read" in str(short)) == (True, False)
    assert ("'confirm'" in str(long), "act:read" in str(long)) == (False, True)
    assert all_pages(content("", [["text", "x" * 9_000]]) | {"own": True, "may": True})[-1]["submit"]["text"] == "Do it"


@pytest.mark.parametrize("answer", ["ok", "a" * 400])
def test_what_changes_while_it_is_read_is_read_from_the_beginning(answer: str) -> None:
    """A shorter line before it lets a piece of the call go over to the page that was left; a yes would not have seen it."""
    asked = {"name": "Ida", "text": "Why?", "answer": "b" * 60}
    before = content("please", [["text", LONG]]) | {"may": True, "questions": [asked]}
    after = before | {"questions": [asked | {"answer": answer}]}
    first = window(before, 0)
    on = window(after, 1, kept(first)["read"])
    assert (kept(on)["page"], kept(on)["digest"]) == (0, "")
    assert whole.ANEW in said(on["blocks"])
    assert kept(window(after, 1, kept(on)["read"]))["page"] == 1
    assert kept(window(content("please", [["text", "x"]]) | {"may": True}, 1, kept(first)["read"]))["page"] == 0


def test_no_page_but_the_first_is_opened_without_those_before_it() -> None:
    one = content("please", [["text", LONG]]) | {"may": True}
    last = len(whole.pages(cards.everything(one))) - 1
    assert kept(window(one, last, kept(window(one, 0))["read"]))["page"] == 0
