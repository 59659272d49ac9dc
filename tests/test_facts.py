"""Who somebody is: what Slack and the directory say, and nothing that this machine cannot work with."""

from typing import Any

import pytest

from bot.domain import PersonKind
from bot.facts import Facts
from bot.ports import Profile


class Nobody:
    """A directory that knows nobody."""

    async def by_slack(self, slack_id: str) -> None: ...


class Slack:
    """Says that an account is a guest's, in this zone."""

    def __init__(self, zone: str) -> None:
        self._zone = zone

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
