"""The front desk: what the Slack edge may ask of the core. Implements `bot.ports.Desk`."""

from collections.abc import Sequence

import structlog

from bot import notice
from bot.approvals import Approvals
from bot.domain import Case, Event
from bot.errors import StoreAway
from bot.ports import Click, ClickAnswer, WorkFactory

log = structlog.get_logger(__name__)


class FrontDesk:
    """Takes events into the inbox and answers to approvals to their place."""

    approvals: Approvals

    def __init__(self, work: WorkFactory, *, has_model: bool = False) -> None:
        self._work = work
        self._has_model = has_model
        self._warned: set[str] = set()

    async def accept(self, event: Event) -> bool:
        """Row and job in one transaction. Raises StoreAway: then Slack must not get its ack, and delivers again."""
        async with self._work() as work:
            return await work.accept(event)

    async def answer(self, click: Click) -> ClickAnswer:
        """Raises StoreAway: then the clicker is told to press again."""
        answer = await self.approvals.answer(click)
        if answer.taken:  # so it was a full member, whose answer is recorded
            await self._told(click.slack_id)
        return answer

    async def cases(self, slack_id: str) -> Sequence[Case]:
        """Raises StoreAway."""
        async with self._work() as work:
            return await work.cases_of(slack_id)

    async def warned(self, warning: str) -> None:
        """Once for each process."""
        if warning in self._warned:
            return
        self._warned.add(warning)
        try:
            async with self._work() as work:
                await work.audit("slack", "", {"warning": warning})
        except StoreAway as error:
            log.info("a warning of Slack's was not kept", error=str(error))

    async def _told(self, slack_id: str) -> None:
        try:
            async with self._work() as work:
                await notice.tell_once(work, slack_id, has_model=self._has_model)
        except StoreAway as error:
            log.info("somebody is told what is recorded the next time", error=str(error))
