"""The question which of several open things is meant, while it waits for an answer: one of a person in a conversation."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from bot.cases import belonging
from bot.domain import Case, Event
from bot.ports import Work

ASKED = "which"
"""Under this name a case's data has the question: {said: key of the message it is about, plans: ids of what may be meant,
thread}."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`case` keeps the question."""

    case: Case
    said: str
    plans: Sequence[str]


async def keep(work: Work, event: Event, case: Case, plans: Sequence[str]) -> None:
    """Ask this from now on, and no earlier question."""
    await over(work, event)
    now = await work.case(case.id) or case
    asked = {"said": event.key, "plans": [*plans], "thread": event.thread}
    await work.save_case(dataclasses.replace(now, data={**now.data, ASKED: asked}))


async def answerable(work: Work, event: Event) -> Asked | None:
    """The question that this message may answer: said in its thread, or in no thread at all."""
    for case in await belonging.moved(work, event):
        if asked := case.data.get(ASKED):
            here = not event.data.get("in_thread") or asked.get("thread", event.thread) == event.thread
            return Asked(case, str(asked["said"]), asked["plans"]) if here else None
    return None


async def over(work: Work, event: Event) -> None:
    """Nothing answers it any more."""
    for case in await belonging.moved(work, event):
        if case.data.get(ASKED):
            await work.save_case(dataclasses.replace(case, data={**case.data, ASKED: None}))
