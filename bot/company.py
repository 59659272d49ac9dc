"""The embedded company as the bot's directory: what it knows about people, in the words of `bot.ports`."""

from collections.abc import Sequence
from datetime import datetime

import structlog

from bot.domain import Membership
from tools.contract import Person
from tools.systems.embedded.company import Company

log = structlog.get_logger(__name__)


class CompanyDirectory:
    """Implements `bot.ports.Directory`."""

    def __init__(self, company: Company) -> None:
        self._company = company

    async def by_slack(self, slack_id: str) -> Person | None:
        return await self._company.by_slack(slack_id)

    async def person(self, handle: str) -> Person | None:
        return await self._company.person(handle)

    async def people(self) -> Sequence[Person]:
        return await self._company.people()

    async def in_group(self, handle: str, group: str) -> Membership:
        """UNKNOWN when there is no such group."""
        match await self._company.in_group(handle, group):
            case True:
                return Membership.YES
            case False:
                return Membership.NO
            case None:
                return Membership.UNKNOWN

    async def group(self, group: str) -> Sequence[str] | None:
        return await self._company.group(group)

    async def on_call(self, schedule: str, at: datetime) -> Sequence[str] | None:
        return await self._company.on_call(schedule, at)

    async def catalogue(self) -> Sequence[tuple[str, str, Sequence[str]]]:
        return await self._company.catalogue()

    async def adopt(self, slack_id: str, name: str, zone: str) -> Person | None:
        return await self._company.adopt(slack_id, name, zone)
