"""Words that are about a runbook and may not ask for it."""

from pathlib import Path

import pytest

from bot.reading.doubt import doubtful
from knowledge.parse import load

BOOKS = {one.id: one for one in load(Path(__file__).parents[2] / "knowledge" / "runbooks")[0]}


@pytest.mark.parametrize(
    ("words", "runbook"),
    [
        ("dont reset my password", "password-reset"),
        ("please don’t reset my mfa", "new-phone-mfa"),
        ("hey, please do not unlock the account of ben", "account-locked"),
        ("can you not unlock ben's account please", "account-locked"),
        ("stop resetting my password all the time", "password-reset"),
        ("nobody should reset my password", "password-reset"),
        ("I don't want you to reset my password", "password-reset"),
        ("my account is locked, but please don't unlock it", "account-locked"),
        ("actually i dont need grafana anymore", "app-access"),
        ("forget the zendesk thing", "app-access"),
        ("could you cancel the headset please", "equipment-order"),
        ("is salesforce access expensive?", "app-access"),
        ("how often do i have to change my password?", "password-reset"),
        ("why was i locked out yesterday", "account-locked"),
        ("what happens if i lose my laptop", "device-lost"),
        ("the password reset worked, thank you", "password-reset"),
        ("no vpn problem today", "vpn-certificate"),
    ],
)
def test_what_may_not_be_asked_for(words: str, runbook: str) -> None:
    """Forbidden, not needed, a question about it, or over."""
    assert doubtful(words, BOOKS[runbook].symptoms)


@pytest.mark.parametrize(
    ("words", "runbook"),
    [
        ("don't have access to figma", "app-access"),
        ("I don't get sign-in codes", "new-phone-mfa"),
        ("dont need zendesk any more, take it back", "access-give-back"),
        ("can you unlock my account please, thanks", "account-locked"),
        ("why can't I log in? my account is locked", "account-locked"),
        ("may I have zendesk for the support week", "app-access"),
        ("could I get into the warehouse, I won't need it after friday", "app-access"),
    ],
)
def test_what_is_asked_for(words: str, runbook: str) -> None:
    """How things are, and forms that the runbook's own symptoms have."""
    assert not doubtful(words, BOOKS[runbook].symptoms)


def test_no_example_of_a_runbook_is_doubted() -> None:
    """Each phrasing of each."""
    said = [(book, words) for book in BOOKS.values() for example in book.examples for words in example.says]
    assert len(said) > 100
    assert [words for book, words in said if doubtful(words, book.symptoms)] == []
