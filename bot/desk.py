"""The front desk: what the Slack edge may ask of the core. Implements `bot.ports.Desk`."""

from bot.approvals import Approvals
from bot.domain import Event
from bot.ports import Click, ClickAnswer, WorkFactory


class FrontDesk:
    """Takes events into the inbox and answers to approvals to their place."""

    approvals: Approvals

    def __init__(self, work: WorkFactory) -> None:
        self._work = work

    async def accept(self, event: Event) -> bool:
        """Row and job in one transaction. Raises StoreAway: then Slack must not get its ack, and delivers again."""
        async with self._work() as work:
            return await work.accept(event)

    async def answer(self, click: Click) -> ClickAnswer:
        """Raises StoreAway: then the clicker is told to press again."""
        return await self.approvals.answer(click)
