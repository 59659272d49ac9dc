"""Each thing that a scenario demands fails a play that does not come to it, and only that; nothing else is found wanting."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.evaluation.holds import failed
from tests.evaluation.play import play
from tests.evaluation.result import Effect
from tests.evaluation.scenario import Scenario

UNLOCKED = Effect("unlock_account", "ana", "ana", "C-1", "k", "2026-11-23T08:00:00+00:00", {}, {})
TICKET = Effect("create_ticket", "ana", "deskhand", "C-1", "k2", "2026-11-23T08:00:00+00:00", {}, {})
BOOKS = {"accounts": [{"person": "ana", "status": "ACTIVE"}, {"person": "ben", "status": "ACTIVE"}]}
BOTH = [["denied"], ["verified"]]
"""The first case denied, the second verified."""
COUNTS = {"questions": 1, "approvals": 0, "slack_calls": 12, "model_calls": 0}
RIGHT: dict[str, Any] = {
    "outcome": ["verified"],
    "holds": [{"table": "accounts", "where": {"person": "ana"}, "is": {"status": "ACTIVE"}}],
    "effects": ["unlock_account ana"],
    "told": [{"who": "ana", "facts": ["unlocked|open"], "never": ["ben"]}],
    "limits": {"questions": 1},
}


def scenario(**then: Any) -> Scenario:
    return Scenario.model_validate(
        {
            "title": "Locked out",
            "category": "one step",
            "covered": True,
            "people": {"ana": {"wants": "Her account."}},
            "story": [{"who": "ana", "says": "my account is locked"}],
            "then": {**RIGHT, **then},
        }
    )


def judged(*effects: Effect, outcomes: Sequence[str] = ("verified",), **then: Any) -> list[str]:
    made = effects or (UNLOCKED,)
    return failed(scenario(**then), BOOKS, made, outcomes, lambda _: "Your account is OPEN again.", COUNTS)


def test_what_is_as_it_must_be_has_no_failure() -> None:
    assert judged() == []


def test_what_deskhand_gives_to_people_is_a_change_like_another() -> None:
    """Its own ticket is too much where the scenario has none, is missed where there is none, and may be said to be no harm."""
    assert judged(UNLOCKED, TICKET) == ["it did create_ticket ana, which was not to be"]
    assert judged(effects=["unlock_account ana", "create_ticket ana"]) == ["it did not create_ticket ana"]
    assert judged(UNLOCKED, TICKET, effects=["unlock_account ana", "create_ticket ana"]) == []
    assert judged(UNLOCKED, TICKET, may=["create_ticket"]) == []


@pytest.mark.parametrize(
    ("then", "outcomes", "said"),
    [
        pytest.param({}, ["verified", "verified"], [], id="both as they must be"),
        pytest.param({}, ["denied", "verified"], ["case 1 of 2 came to denied, not to verified"], id="an older case counts too"),
        pytest.param({}, ["verified", "waiting"], ["case 2 of 2 came to waiting, not to verified"], id="and the newest"),
        pytest.param({}, ["unknown"], [], id="a bot that nobody can look into"),
        pytest.param({"cases": BOTH}, ["denied", "verified"], [], id="each its own"),
        pytest.param(
            {"cases": BOTH},
            ["verified", "denied"],
            ["case 1 of 2 came to verified, not to denied", "case 2 of 2 came to denied, not to verified"],
            id="the other way round",
        ),
        pytest.param({"cases": BOTH}, ["verified"], ["there were 1 cases (verified), not 2"], id="one where two are wanted"),
        pytest.param({"cases": BOTH}, ["unknown"], [], id="cases of a bot that nobody can look into"),
    ],
)
def test_every_case_is_judged_by_what_it_came_to(then: dict[str, Any], outcomes: list[str], said: list[str]) -> None:
    """By the one list for all, or where the cases differ each by its own."""
    wanted = {"outcome": ["verified", "denied"], **then} if then else {}
    assert judged(outcomes=outcomes, **wanted) == said


def test_what_a_case_may_come_to_stands_in_outcome_too() -> None:
    with pytest.raises(ValueError, match="a case may come to answered, and outcome has no such word"):
        scenario(outcome=["verified"], cases=[["verified"], ["answered"]])


@pytest.mark.parametrize(
    ("then", "said"),
    [
        pytest.param({"outcome": ["denied", "none"]}, "it came to verified, not to denied or none", id="the outcome"),
        pytest.param(
            {"holds": [{"table": "accounts", "where": {"person": "ana"}, "is": {"status": "LOCKED_OUT"}}]},
            "accounts with {'person': 'ana'}: status is 'ACTIVE', not 'LOCKED_OUT'",
            id="a value",
        ),
        pytest.param(
            {"holds": [{"table": "accounts", "where": {"person": "otto"}}]},
            "there are 0 accounts with {'person': 'otto'}, not one or more",
            id="a row that is not there",
        ),
        pytest.param(
            {"holds": [{"table": "accounts", "count": 1}]}, "there are 2 accounts with {}, not 1", id="how many rows there are"
        ),
        pytest.param(
            {"holds": [{"table": "acounts"}]}, "the books have no acounts; there are accounts", id="a table that is not there"
        ),
        pytest.param({"effects": [*RIGHT["effects"], "reset_mfa ana"]}, "it did not reset_mfa ana", id="an effect that is missing"),
        pytest.param({"effects": []}, "it did unlock_account ana, which was not to be", id="an effect that was not to be"),
        pytest.param(
            {"effects": ["unlock_account ana", "unlock_account ana"]},
            "it did not unlock_account ana",
            id="once where twice is wanted",
        ),
        pytest.param({"told": [{"who": "ana", "facts": ["link"]}]}, "ana was not told 'link'", id="a fact that was not told"),
        pytest.param({"told": [{"who": "ana", "never": ["again"]}]}, "ana was told 'again'", id="what nobody was to read"),
        pytest.param({"limits": {"questions": 0}}, "it took 1 questions, at most 0 were to be", id="too many questions"),
        pytest.param(
            {"limits": {"questions": 1, "slack_calls": 3}}, "it took 12 slack calls, at most 3 were to be", id="too many calls"
        ),
    ],
)
def test_what_is_not_as_it_must_be_is_said(then: dict[str, Any], said: str) -> None:
    assert judged(**then) == [said]


def test_what_is_taken_back_is_another_change() -> None:
    """With a name of its own, in what must be, what may be and what must never be alike."""
    back = dataclasses.replace(UNLOCKED, tool="unlock_account/undo")
    assert [back.meant_by(one) for one in ("unlock_account ana", "unlock_account", "unlock_account/undo", "*")] == [
        False,
        False,
        True,
        True,
    ]


def test_what_may_be_is_neither_missed_nor_too_much() -> None:
    """Such an effect need not be, and may; another may not."""
    assert judged(may=["reset_mfa"]) == []
    assert judged(effects=[], may=["unlock_account"]) == []
    assert judged(effects=[], may=["unlock_account ben"]) == ["it did unlock_account ana, which was not to be"]


async def test_a_play_is_judged_by_what_really_happened(company_database: str, tmp_path: Path) -> None:
    """Somebody else's account, a fact that nobody was told and one question too many fail it; the rest of it holds."""
    wrong = Scenario.model_validate(
        {
            "title": "Whose password?",
            "category": "missing or ambiguous information",
            "covered": True,
            "people": {"mia": {"answers": [{"about": ["whose"], "says": "Lena Kowalska"}]}},
            "approvers": {"omar": {"after": "10m"}},
            "story": [{"who": "mia", "says": "please reset the password of lena"}],
            "then": {
                "outcome": ["verified"],
                "holds": [{"table": "accounts", "where": {"person": "lena.kowalska"}, "is": {"status": "RECOVERY"}}],
                "effects": ["reset_password lena.fischer"],
                "told": [{"who": "mia", "facts": ["Lena", "for ever"]}],
                "limits": {"approvals": 1},
            },
        }
    )

    came = await play(wrong, "runbook", 1, company_database, tmp_path)

    assert came.error == ""
    assert not came.solved
    assert list(came.failed) == [
        "it did not reset_password lena.fischer",
        "it did reset_password lena.kowalska, which was not to be",
        "mia was not told 'for ever'",
        "it took 1 questions, at most 0 were to be",
    ]
    assert [(one.name, one.actor) for one in came.effects] == [("reset_password lena.kowalska", "mia")]
    assert [(press.who, press.approve) for press in came.presses] == [("omar", True)]
