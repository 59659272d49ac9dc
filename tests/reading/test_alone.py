"""Words that are no answer to an open question."""

import pytest

from bot.reading.alone import asks, stands_alone


@pytest.mark.parametrize(
    "text",
    [
        "unlock mia",
        "please unlock the account of Ana",
        "I need a keyboard",
        "I’d like figma",
        "can you reset my password",
        "my vpn is down",
    ],
)
def test_what_asks(text: str) -> None:
    assert asks(text)


@pytest.mark.parametrize("text", ["mia", "figma please", "until friday", "the marketing one", "for ben", "laptop", "my laptop", ""])
def test_what_asks_for_nothing(text: str) -> None:
    assert not asks(text)
    assert not stands_alone(text)


@pytest.mark.parametrize(
    "text",
    ["is jira down?", "who is my manager?", "the toilet is blocked", "my password is about to expire", "the printer doesn’t print"],
)
def test_what_stands_alone(text: str) -> None:
    assert stands_alone(text)


@pytest.mark.parametrize(
    "text", ["it is for John", "that's the blue one", "he is in Berlin", "which one", "next friday", "is that so"]
)
def test_what_leans_on_what_was_said(text: str) -> None:
    assert not stands_alone(text)
