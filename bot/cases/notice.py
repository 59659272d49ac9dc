"""What a person is told once, in their direct messages: what is recorded, who may read it, and that a model does. And when they
pasted a secret. Whoever came before a model was switched on is told of it, once, when they write again.

Whether somebody was told is written in the transaction that puts the words into the outbox, so two messages at once tell once.
"""

from enum import StrEnum

from bot.cases.house import House
from bot.domain import Event, Post, PostKind
from bot.ports import Work
from bot.words import wording


class About(StrEnum):
    """What there is to tell."""

    RECORDS = "records"
    MODEL = "model"


async def first_contact(house: House, event: Event) -> None:
    """A full member's words have come in. Applying the event again tells nothing again."""
    async with house.work() as work:
        await tell_once(work, event.sender, has_model=house.has_model)
        if event.data.get("secret"):
            key = f"secret:{event.key}"
            await work.put(Post(key, PostKind.NOTE, {"text": wording.PASTED, "case": "", "buttons": []}, person=event.sender))


async def tell_once(work: Work, slack_id: str, *, has_model: bool) -> None:
    """Never in a channel: to the person's direct messages, each thing once for ever."""
    first = await work.told(slack_id, About.RECORDS)
    model = has_model and await work.told(slack_id, About.MODEL)
    if first:
        await _put(work, f"notice:{slack_id}", wording.notice(has_model=has_model), slack_id)
    elif model:
        await _put(work, f"notice:{slack_id}:{About.MODEL}", wording.MODEL_NOTICE, slack_id)


async def _put(work: Work, key: str, text: str, slack_id: str) -> None:
    await work.put(Post(key, PostKind.NOTE, {"text": text, "case": "", "buttons": []}, person=slack_id))
