"""Which case a message at the top level of somebody's direct messages goes on with. In a thread the thread says it."""

from datetime import datetime, timedelta

from bot.domain import Case, CaseState, Event
from bot.ports import Work
from bot.reading.phrases import Intent

OPEN = (CaseState.OPEN, CaseState.WORKING, CaseState.WAITING, CaseState.REOPENED)
LATELY = timedelta(minutes=30)
"""For so long somebody goes on from what they said at the top level of their direct messages."""

VERDICT = (Intent.YES, Intent.NOT_YET, Intent.THANKS)


async def of(work: Work, event: Event, intent: Intent) -> Case | None:
    """The case; None when the message begins another."""
    open_ = await open_in(work, event)
    mine = await moved(work, event)
    if intent in VERDICT:
        mine = [case for case in mine if case in open_ or case.state is CaseState.RESOLVED]
        return next(iter(mine), None)
    if open_ or intent is not Intent.WITHDRAW:
        return next(iter(open_), None)
    return next((case for case in mine[:1] if case.state is CaseState.HANDED_OVER and case.ticket), None)


async def open_in(work: Work, event: Event) -> list[Case]:
    """The cases of this person here that are open, the one that moved last first."""
    return [case for case in await moved(work, event) if case.state in OPEN]


async def moved(work: Work, event: Event) -> list[Case]:
    """The cases of this person here that are not closed, the one that moved last first."""
    mine = [case for case in await work.cases_of(event.sender) if case.conversation == event.conversation]
    return sorted(mine, key=lambda case: case.updated, reverse=True)


async def said_before(work: Work, event: Event, case: Case | None, now: datetime) -> list[str]:
    """What this person said in the case so far, and lately beside it at the top level of their direct messages, in order."""
    cases = [] if case is None else [case]
    if event.data.get("direct") and not event.data.get("in_thread"):
        others = [one for one in await moved(work, event) if case is None or one.id != case.id]
        cases = [*(one for one in others[:1] if now - one.updated <= LATELY), *cases]
    return [line.text for one in cases for line in await work.transcript(one.id) if line.role == "requester"]
