"""What a person is told once, in their direct messages: what is recorded, and who may read it. And when they pasted a secret.

Whether somebody was told is written in the transaction that puts the words into the outbox, so two messages at once tell once.
"""

from bot import wording
from bot.domain import Event, Post, PostKind
from bot.house import House
from bot.ports import Work


async def first_contact(house: House, event: Event) -> None:
    """A full member's words have come in. Applying the event again tells nothing again."""
    async with house.work() as work:
        await tell_once(work, event.sender, has_model=house.has_model)
        if event.data.get("secret"):
            key = f"secret:{event.key}"
            await work.put(Post(key, PostKind.NOTE, {"text": wording.PASTED, "case": "", "buttons": []}, person=event.sender))


async def tell_once(work: Work, slack_id: str, *, has_model: bool) -> None:
    """Never in a channel: to the person's direct messages, once for ever."""
    if await work.told(slack_id):
        content = {"text": wording.notice(has_model=has_model), "case": "", "buttons": []}
        await work.put(Post(f"notice:{slack_id}", PostKind.NOTE, content, person=slack_id))
