"""What is said from an article, and what is asked of the words that go on from others: pure."""

import pytest

from bot.quoted import Quote, has_source, sourced
from bot.reading.followup import goes_on, in_context

COFFEE = Quote(
    "a", "The coffee machine", "https://w.example/c#noise", "Noises", "Descale it with the blue tablets each week.", 1, 0.8, 2
)
VPN = Quote("b", "The [VPN]", "", "", "Open the settings and choose the tunnel named Lisbon.", 1, 0.8, 2)


def test_a_section_is_quoted_with_its_link_or_that_it_has_none() -> None:
    assert (
        COFFEE.said
        == "*Noises*\nDescale it with the blue tablets each week.\n\nSource: [The coffee machine](https://w.example/c#noise)"
    )
    assert VPN.said.endswith("Source: The VPN (it has no link)")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            "Descale it with blue tablets. Bye!",
            "Descale it with blue tablets. ([The coffee machine](https://w.example/c#noise)) Bye!",
        ),
        ("Hello.\nChoose the tunnel named Lisbon", "Hello.\nChoose the tunnel named Lisbon (The VPN (it has no link))"),
        ("Descale it with blue tablets: https://w.example/c", "Descale it with blue tablets: https://w.example/c"),
        ("I'll look into your printer and the ticket for it.", "I'll look into your printer and the ticket for it."),
        ("Blue tablets.", "Blue tablets."),
        ("", ""),
    ],
)
def test_each_statement_from_an_article_carries_its_link(said: str, expected: str) -> None:
    """Behind the sentence, unless it has one; what is said in other words, or is too short to tell, has none put to it."""
    assert sourced(said, [COFFEE, VPN]) == expected
    assert sourced(said, []) == said


def test_a_link_or_a_title_is_a_source() -> None:
    assert has_source("See https://w.example/c#noise.", [COFFEE])
    assert not has_source("See https://w.example/other.", [COFFEE, VPN])


@pytest.mark.parametrize(
    ("text", "earlier", "expected"),
    [
        ("and on my phone?", ["how do I set up mail?"], "how do I set up mail? and on my phone?"),
        ("what about it then?", ["a", "and b", "x y z?"], "x y z? what about it then?"),
        ("and c?", ["a b?", "and b?"], "a b? and b? and c?"),
        ("is it open on Sundays?", ["where is the canteen?"], "where is the canteen? is it open on Sundays?"),
        ("my printer is broken", ["where is the canteen?"], "my printer is broken"),
        ("and on my phone?", [], "and on my phone?"),
        ("and d?", ["what is z?", "and a?", "and b?", "and c?"], "and a? and b? and c? and d?"),
        (
            "my laptop says it cannot find the printer on our floor",
            ["where is the canteen?"],
            "my laptop says it cannot find the printer on our floor",
        ),
    ],
)
def test_what_goes_on_is_asked_with_what_was_before(text: str, earlier: list[str], expected: str) -> None:
    assert in_context(text, earlier) == expected


def test_a_message_for_itself_does_not_go_on() -> None:
    assert goes_on("And figma?")
    assert not goes_on("android phones are slow")
