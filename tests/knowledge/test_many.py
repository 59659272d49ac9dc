"""Many runbooks beside each other: what is held back is found, or abstained from, and hardly taken for something else."""

import asyncio
from collections import Counter

import pytest

from tests.bench.retrieval import Understood, shipped, understood
from tests.kept import vectors


@pytest.fixture(scope="module")
def asked() -> list[Understood]:
    return asyncio.run(understood(shipped(vectors())))


def counted(asked: list[Understood], *, ours: bool, english: bool = True) -> Counter[str]:
    """What came of the held-back requests, for a runbook of ours or for none."""
    return Counter(
        one.result
        for one in asked
        if one.half == "held-back" and (one.language == "en") is english and (one.wanted is not None) is ours
    )


def test_held_back_requests_find_their_runbook(asked: list[Understood]) -> None:
    """Eight of ten at least, with slips of the keyboard and rambling among them; one of fifteen at most finds something else."""
    ours = counted(asked, ours=True)

    assert ours["right"] >= 0.8 * ours.total()
    assert ours["wrong"] <= ours.total() / 15


def test_what_is_for_somebody_else_is_left_alone(asked: list[Understood]) -> None:
    """Facilities, pay, food, law, travel, sales, chat: one of twenty at most is taken for ours."""
    foreign = counted(asked, ours=False)

    assert foreign["wrong"] <= foreign.total() / 20


def test_other_languages_are_not_guessed(asked: list[Understood]) -> None:
    """They are found or abstained from, never taken for something else."""
    for ours in (True, False):
        assert counted(asked, ours=ours, english=False)["wrong"] == 0
