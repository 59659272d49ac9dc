"""What an approver reads before they decide: every word that counts stands on the card, within what Slack takes."""

import dataclasses
from typing import Any

import pytest

from bot.homeview import HomeView
from bot.slack import cards, home
from bot.slack.blocks import Block
from bot.slack.limits import ALL_TEXT, BLOCKS, SECTION_TEXT, VIEW_TEXT, fit, weight

REMARK = "please, not before Monday"


def content(words: str, arguments: Any = (), approval: str = "A-1") -> dict[str, Any]:
    return {
        "approval": approval,
        "nonce": "n",
        "state": "waiting",
        "sentence": "Give Ana Almeida access to Figma",
        "tool": "grant_access",
        "arguments": arguments,
        "requester": {"handle": "ana", "name": "Ana Almeida", "slack_id": "U1ANA"},
        "words": words,
        "said": {"channel": "D1", "ts": "1.000002", "thread": "1.000001"},
        "beneficiary": "",
        "resource": {"kind": "app", "id": "figma", "label": "Figma", "owner": "Mia Moretti"},
        "reversible": True,
        "back": "by ending the access",
        "risk": {"level": "medium", "grounds": ["it reaches production"]},
        "because": ["It costs a seat."],
        "policies": ["access-for-a-while"],
        "needed": "whoever is on call for identity",
        "votes": [],
        "case": "C-1",
        "digest": "abc",
        "outcome": "",
    }


def said(made: list[Block]) -> str:
    return "\n".join(block["text"]["text"] for block in made if block["type"] == "section")


def quoted(made: list[Block]) -> str:
    """The requester's words as they stand there."""
    lines = [line for line in said(made).splitlines() if line.startswith("> ")]
    return "".join(line.removeprefix("> ") for line in lines)


@pytest.mark.parametrize(
    ("request_", "arguments"),
    [
        pytest.param("I need Figma until Friday", (), id="short"),
        pytest.param("why " * 300, (), id="longer than a section of words used to be"),
        pytest.param("why " * 1_000, (), id="the longest message"),
        pytest.param("why " * 1_000, (["reason", "x" * 8_000],), id="beside the longest arguments"),
        pytest.param("& < > " * 600, (["reason", "& " * 5_000],), id="of what Slack writes in five characters"),
    ],
)
def test_a_remark_stands_on_the_card_behind_any_request(request_: str, arguments: Any) -> None:
    """It is never cut, the card is not cut by the net behind it, and its buttons stand."""
    made = cards.card(content(f"{request_}\nI have a deadline\n{REMARK}", arguments))

    assert REMARK in said(made)
    assert "I have a deadline" in said(made)
    assert weight(made) <= ALL_TEXT
    assert len(made) <= BLOCKS
    assert fit(made) == made
    assert all(len(block["text"]["text"]) <= SECTION_TEXT for block in made if block["type"] == "section")


def test_the_longest_request_is_read_whole_and_in_order() -> None:
    """Four thousand letters and a remark go over several sections, and each part is a quotation."""
    words = " ".join(f"w{number}" for number in range(800))[:4_000]
    made = cards.card(content(f"{words}\n{REMARK}"))

    assert quoted(made) == words + REMARK


def test_what_does_not_fit_is_said_and_the_newest_is_kept() -> None:
    """Ten messages of four thousand letters: the beginning, a mark with how much is missing and where it is, and the newest."""
    words = "\n".join([*(f"{number}" + "a" * 3_999 for number in range(10)), REMARK])
    made = cards.card(content(words))

    assert fit(made) == made
    assert ":warning:" in said(made)
    assert "more characters were written here" in said(made)
    assert "*Read it all* shows it, and takes your yes at its end" in said(made)
    assert "'approve'" not in str(made)
    assert "'act:read'" in str(made)
    assert quoted(made).startswith("0aaa")
    assert quoted(made).endswith("9" + "a" * 3_999 + REMARK)


def test_what_is_judged_in_ten_seconds_stands_above_the_buttons() -> None:
    """What, the risk by a word beside its colour, whose words and where they stand, what it touches, why: then the buttons; then the
    exact call with each value once, and where it comes from.
    """
    one = content("figma please", [["app", "figma"], ["user", "ana"]]) | {
        "origins": [["app", "figma", "from their own message"]],
        "so_far": ["Renew the VPN certificate of Ana Almeida: done, and checked"],
        "votes": [{"name": "Ida Nyström", "approve": True, "reason": ""}],
    }
    made = cards.card(one, url="https://acme.slack.com/")
    at = next(number for number, block in enumerate(made) if block["type"] == "actions")
    above, below = said(made[:at]), said(made[at:])

    assert above.splitlines() == [
        ":hourglass_flowing_sand: Please decide: *Give Ana Almeida access to Figma*",
        ":large_yellow_circle: *Medium risk*: it reaches production. It can be undone by ending the access.",
        "Asked by <@U1ANA> in <https://acme.slack.com/archives/D1/p1000002?thread_ts=1.000001&cid=D1|this message>:",
        "> figma please",
        "*Touches* the app Figma, owned by Mia Moretti",
        "*Why you are asked:* It costs a seat.",
        "*Needs* whoever is on call for identity, 1 yes so far",
        "Ida Nyström approved.",
        "*Before this, in the same case:*",
        "• Renew the VPN certificate of Ana Almeida: done, and checked",
    ]
    assert below.splitlines() == ["*Exactly this call* (`abc`)", "*app*  `figma` · from their own message", "*user*  `ana`"]
    assert "medium risk" in cards.text(one)


def test_a_value_that_nobody_trusts_keeps_its_mark() -> None:
    """A part of an argument has a line of its own, with where it comes from."""
    one = content("hello", [["text", "see https://evil.example/x"]]) | {
        "origins": [["text", "https://evil.example/x", "*not from Ana Almeida*: the language model alone"]]
    }
    assert "• text `https://evil.example/x` · *not from Ana Almeida*: the language model alone" in said(cards.card(one))


def test_without_an_address_of_the_workspace_there_is_no_link() -> None:
    """The words stand there all the same."""
    assert "Asked by <@U1ANA>:\n> figma please" in said(cards.card(content("figma please")))


def test_long_words_stand_below_the_buttons() -> None:
    """So that the buttons are seen without scrolling; nothing of the words is missing."""
    made = cards.card(content("why " * 400))
    at = next(number for number, block in enumerate(made) if block["type"] == "actions")
    assert "it is long, and stands below" in said(made[:at])
    assert quoted(made[at:]).count("why") == 400


@pytest.mark.parametrize(
    ("more", "all_"),
    [
        pytest.param({}, True, id="all of it"),
        pytest.param({"arguments": [[f"name{number}", "x " * 300] for number in range(9)]}, False, id="arguments are left out"),
        pytest.param({"arguments": [["name", "x" * 9_000]]}, False, id="an argument is longer than any card"),
        pytest.param({"words": "why " * 1_000}, False, id="words are left out"),
        pytest.param(
            {"origins": [[f"people[{n}]", f"p{n}", "a guess"] for n in range(13)]}, False, id="it is not said where all comes from"
        ),
        pytest.param(
            {
                "arguments": [[f"name{n}", f"v{n}"] for n in range(14)],
                "origins": [[f"name{n}", f"v{n}", "from a message"] for n in range(14)],
            },
            True,
            id="each argument with where it comes from",
        ),
        pytest.param({"questions": [{"name": "Ida", "text": "q" * 500, "answer": "a" * 500}] * 9}, False, id="questions are cut"),
    ],
)
def test_a_yes_to_all_stands_only_below_calls_that_are_shown_whole(more: dict[str, Any], all_: bool) -> None:
    """Whatever one of three is made of, each stands there with what it would do, and its own buttons."""
    three = [{**content("please", (), f"A-{n}"), "sentence": f"Do the deed number {n}"} for n in range(1, 4)]
    three[0] |= more
    value = [{"approval": one["approval"], "nonce": "n", "digest": "d"} for one in three]
    made = fit(cards.card({"cards": three, "all": value, "case": "C-1"}))
    assert ("approve_all" in str(made)) is all_
    assert all(f"Do the deed number {n}" in said(made) for n in range(1, 4))
    assert sum("'deny'" in str(block) for block in made) == len(three)


def test_home_shows_only_cards_that_stand_there_whole() -> None:
    """Of five long ones some are left for later, and said to be; each card that is shown has its last words and its buttons."""
    shown = tuple(content("a" * 4_000 + f"\nlast of A-{n}", (["reason", "x" * 4_000],), f"A-{n}") for n in range(1, 6))
    view = home.view(dataclasses.replace(HomeView(name="Omar"), cards=shown))

    text = said(view["blocks"])
    buttons = [block["elements"][0]["value"] for block in view["blocks"] if block["type"] == "actions" and "nonce" in str(block)]
    assert weight(view["blocks"]) < VIEW_TEXT
    assert 1 <= len(buttons) < len(shown)
    assert all(f"last of A-{n}" in text for n in range(1, len(buttons) + 1))
    assert f"{5 - len(buttons)} more wait behind these" in str(view["blocks"])
