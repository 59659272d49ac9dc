"""Words beside what waits: what points back to it, and what may as well be about something else."""

import pytest

from bot.domain import Plan
from bot.turns.remarks import belongs

PLAN = Plan("P-1", "C-1", "app-access", "v", "Access", "I need figma", "e", needs={"app": {"id": "figma", "label": "Figma"}})


@pytest.mark.parametrize(
    "words",
    [
        "it is because of the presentation on Thursday",
        "because the campaign starts on Monday",
        "that's for the autumn campaign",
        "please hurry, I have no time",
        "the figma licence is paid by marketing",
        "can Lena Fischer approve?",
    ],
)
def test_what_belongs_to_what_waits(words: str) -> None:
    """A reason, its name, or who has to answer and when."""
    assert belongs(words, [PLAN])


@pytest.mark.parametrize(
    "words",
    ["the canteen has soup again", "this door squeaks", "somebody parked in front of the gate"],
)
def test_what_may_be_about_anything(words: str) -> None:
    """A pronoun before a noun points to what stands in the same message."""
    assert not belongs(words, [PLAN])
