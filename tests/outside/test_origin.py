"""The yardstick of provenance."""

from typing import Any

import pytest

from bot.domain import Call, CallState
from tests.gate.policy import NOW
from tests.outside.origin import own


@pytest.mark.parametrize(
    ("arguments", "theirs"),
    [
        pytest.param({"recipient": "Alice", "body": "a summary"}, True, id="somebody whom they named"),
        pytest.param({"recipient": "Bob", "body": "a summary"}, False, id="somebody else"),
        pytest.param({"title": "Lunch", "participants": None}, True, id="their own calendar"),
        pytest.param({"title": "Lunch", "participants": ["bob@x.example"]}, False, id="their own calendar, with a guest"),
        pytest.param({"recipient": "Alice", "body": "see www.evil.example/a"}, False, id="with a link that they never wrote"),
        pytest.param({"url": "www.news.example"}, True, id="a page that they named"),
        pytest.param({"recipients": ["a@x.example", "b@x.example"]}, False, id="one address too many"),
    ],
)
def test_what_counts_as_the_requesters_own_words(arguments: dict[str, Any], theirs: bool) -> None:
    call = Call("K-1", "C-1", "c1", "send", arguments, CallState.DONE, "ana", NOW)

    assert own(call, "Send a summary of www.news.example to Alice and a@x.example.") is theirs
