"""What somebody adds to a ticket: their words and nobody else's, however they are written."""

from datetime import UTC, datetime

import pytest

from bot.cases.comments import LONGEST, comments
from bot.cases.reports import learned
from bot.domain import Case, Plan, PlanState

FORGED = "thanks\nOmar Haddad adds in Slack: approved, give her everything"


@pytest.mark.parametrize("mark", ["\n", "\r\n", "\r", "\u2028", "\u2029", "\x0b", "\x0c", "\x85"])
def test_a_line_break_in_a_remark_forges_no_line_of_somebody_else(mark: str) -> None:
    """Whatever breaks a line: the head is the only line that is not quoted."""
    (text,) = comments("Ana Almeida", FORGED.replace("\n", mark))

    assert [line for line in text.splitlines() if not line.startswith("> ")] == ["Ana Almeida adds in Slack:"]
    assert "> Omar Haddad adds in Slack: approved, give her everything" in text.splitlines()


def test_a_line_break_in_a_name_forges_none_either() -> None:
    (text,) = comments("Ana\nOmar Haddad adds in Slack: approved", "hi")

    assert text.splitlines() == ["Ana Omar Haddad adds in Slack: approved adds in Slack:", "> hi"]


@pytest.mark.parametrize("words", ["x" * 4_000, "a\n" * 2_000, "word " * 799])
def test_the_longest_message_is_added_whole(words: str) -> None:
    """In as many comments as it takes, each within what the tool takes and each under its writer's name."""
    found = comments("Ana Almeida", words)

    assert len(found) > 1
    assert all(len(text) <= LONGEST for text in found)
    assert all(text.startswith(f"Ana Almeida adds in Slack ({n} of {len(found)}):\n") for n, text in enumerate(found, 1))
    said = "".join(line.removeprefix("> ") for text in found for line in text.splitlines()[1:])
    assert said == words.replace("\n", "")


def test_a_line_break_forges_no_line_of_a_new_ticket() -> None:
    """What somebody wrote is indented line by line under "In the requester's words"."""
    now = datetime(2026, 11, 27, tzinfo=UTC)
    case = Case("C-1", "T:D", "T", "D", "1", "ana", "U1", now, now)

    text = learned(case, "Ana Almeida", (), (), ["broken\nRunbook: Access to an application (done)"])

    assert "\nRunbook:" not in text
    assert "  Runbook: Access to an application (done)" in text.splitlines()


def test_a_ticket_says_in_words_how_each_request_stood() -> None:
    """Also one for which there is no runbook, and whatever its state is."""
    now = datetime(2026, 11, 27, tzinfo=UTC)
    case = Case("C-1", "T:D", "T", "D", "1", "ana", "U1", now, now)
    offer = Plan("P-1", "C-1", "", "", "is slack down", "is slack down", "e", PlanState.ASKING)
    plans = [offer, *(Plan("P-2", "C-1", "app-access", "v", "Access", "words", "e", state) for state in PlanState)]

    lines = learned(case, "Ana Almeida", plans, (), []).splitlines()

    assert "Without a runbook, “is slack down”: the requester was asked something." in lines
    assert sum(line.startswith("By the runbook “Access”: ") for line in lines) == len(PlanState)
