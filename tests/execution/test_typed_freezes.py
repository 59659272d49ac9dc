"""Freezing from Slack: who may, by one look at who it is."""

from types import SimpleNamespace
from typing import Any

import pytest

from bot.domain import Membership
from bot.execution.freezing import Freezing, SlackFreezing
from bot.facts import Facts
from bot.gate import parse
from bot.ports import Profile
from bot.store.work import Store
from bot.words import freezewording
from tests.gate.policy import TOOLS
from tests.town import TEAM, Town
from tools.contract import Person

POLICY = """
version: 1
roles: {admins: {group: it-admins}}
admins: [admins]
policies:
  - {id: it, because: b, tools: [unlock_account], effect: permit, roles: [admins]}
"""


class Watched(Town):
    """Keeps what was asked of it."""

    def __init__(self, groups: dict[str, list[str]]) -> None:
        super().__init__(groups=groups)
        self.asked: list[str] = []

    async def profile(self, slack_id: str, team: str) -> Profile:
        self.asked.append("Slack")
        return await super().profile(slack_id, team)

    async def by_slack(self, slack_id: str) -> Person | None:
        self.asked.append("directory")
        return await super().by_slack(slack_id)

    async def in_group(self, handle: str, group: str) -> Membership:
        self.asked.append("group")
        return await super().in_group(handle, group)


@pytest.mark.parametrize(
    ("groups", "said", "frozen"),
    [
        pytest.param({"it-admins": ["noor"]}, "Frozen: the tool unlock_account", ["unlock_account"], id="an administrator"),
        pytest.param({"it-admins": []}, "Only the admins", [], id="somebody else"),
        pytest.param({}, freezewording.ADMIN_UNKNOWN, [], id="the directory does not say"),
    ],
)
async def test_whoever_freezes_is_looked_up_once(database: str, groups: dict[str, list[str]], said: str, frozen: list[str]) -> None:
    """Slack, the directory and the role are asked once each; what the directory does not say is told in words about freezes."""
    town = Watched(groups)
    async with Store(database) as store:
        at: Any = (town, town)
        policies: Any = SimpleNamespace(current=parse(POLICY, TOOLS))
        freezes = SlackFreezing(Freezing(store.work, town, dict.fromkeys(TOOLS, "directory")), Facts(*at), policies, town)

        told = await freezes.obey("freeze unlock_account links go to strangers", "U-NOOR", TEAM)

        async with store.work() as work:
            assert [one.tool for one in await work.freezes()] == frozen
    assert told is not None
    assert told.startswith(said)
    assert town.asked == ["Slack", "directory", "group"]
