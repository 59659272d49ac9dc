"""A question as a message, before and after its answer."""

import json
from typing import Any

import pytest

from bot.domain import EventKind
from bot.slack import answers, clicks
from bot.slack.answers import BUTTONS_AT_MOST
from bot.slack.events import Identity

ASKED = {"text": "Which?", "case": "C-1", "plan": "P-2", "need": "list", "buttons": ["withdraw"]}
BODY = {"user": {"id": "U1"}, "channel": {"id": "D1"}, "message": {"ts": "2.0", "thread_ts": "1.0"}}


def elements(shown: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for block in shown if block["type"] == "actions" for one in block["elements"]]


@pytest.mark.parametrize(
    ("number", "drawn"),
    [
        (0, ["withdraw"]),
        (BUTTONS_AT_MOST, [*(f"choice:{n}" for n in range(BUTTONS_AT_MOST)), "withdraw"]),
        (BUTTONS_AT_MOST + 1, ["choice:C-1:P-2:list", "withdraw"]),
    ],
)
def test_a_question_has_a_way_out_beside_its_choices(number: int, drawn: list[str]) -> None:
    """Few choices are buttons, many are a list; without any the way out is there as well."""
    shown = answers.question({**ASKED, "choices": [[f"l{n}", f"List {n}"] for n in range(number)]})
    assert [one["action_id"] for one in elements(shown)] == drawn


def test_the_way_out_names_the_plan_that_asks() -> None:
    """Only that is over: whatever else of the case is open goes on. Below a note it is all of the case."""
    [button] = elements(answers.question({**ASKED, "choices": []}))
    [everything] = elements(answers.note({"text": "It waits.", "case": "C-1", "buttons": ["withdraw"]}))
    told = [clicks.event(BODY, one, Identity("U0", "B0", "T1", "A1")) for one in (button, everything)]

    assert [(one.kind, one.data) for one in told] == [
        (EventKind.WITHDRAW, {"case": "C-1", "plan": "P-2"}),
        (EventKind.WITHDRAW, {"case": "C-1"}),
    ]
    with pytest.raises(clicks.Malformed):
        clicks.event(BODY, {**button, "value": json.dumps({"case": "C-1", "plan": 2})}, Identity("U0", "B0", "T1", "A1"))


def test_an_answer_calls_nobody_and_is_cut() -> None:
    """It may be anybody's words: nothing in it is a mention, and no button is left beside it."""
    shown = answers.question({"text": "Why?", "choices": [], "answer": "<!channel> " + "a" * 500})
    [told] = [block for block in shown if block["type"] == "context"]
    assert told["elements"][0]["text"].startswith("Answered: &lt;!channel&gt; aaa")
    assert len(told["elements"][0]["text"]) < 150
    assert [block["type"] for block in shown] == ["section", "context"]
