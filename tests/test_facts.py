"""Who somebody is: what Slack and the directory say, and nothing that this machine cannot work with."""

from typing import Any

import pytest

from bot.domain import Membership, PersonKind
from bot.facts import Facts
from bot.ports import Profile
from tools.contract import Person


class Nobody:
    """A directory that knows nobody."""

    async def by_slack(self, slack_id: str) -> None: ...


class Slack:
    """Says that an account is a guest's, in this zone; whether it is there at all it says as it is told."""

    def __init__(self, zone: str = "UTC", there: Membership = Membership.YES) -> None:
        self._zone = zone
        self._there = there

    async def has(self, slack_id: str) -> Membership:
        return self._there

    async def profile(self, slack_id: str, team: str) -> Profile:
        return Profile(slack_id, PersonKind.GUEST, zone=self._zone)


@pytest.mark.parametrize(
    ("said", "used"),
    [("Europe/Rome", "Europe/Rome"), ("Mars/Base", "UTC"), ("", "UTC"), ("../etc/passwd", "UTC"), ("Bad\0Zone", "UTC")],
)
async def test_a_zone_that_nobody_knows_is_utc(said: str, used: str) -> None:
    """Times are reckoned in it later, where nothing may fail."""
    slack: Any = Slack(said)
    directory: Any = Nobody()
    assert (await Facts(directory, slack).principal("U1", "T1")).zone == used


@pytest.mark.parametrize(
    ("active", "there", "reached"),
    [
        pytest.param(True, Membership.YES, True, id="there"),
        pytest.param(True, Membership.UNKNOWN, True, id="Slack does not say: it waits for Slack"),
        pytest.param(True, Membership.NO, False, id="no account in this Slack"),
        pytest.param(False, Membership.YES, False, id="has left"),
    ],
)
async def test_whom_a_message_reaches(active: bool, there: Membership, reached: bool) -> None:
    slack: Any = Slack(there=there)
    directory: Any = Nobody()
    person = Person(handle="omar", name="Omar Haddad", email="", slack_id="U0MAR", active=active)
    assert await Facts(directory, slack).reaches(person) is reached
    assert not await Facts(directory, slack).reaches(None)
