"""What has been put and does not stand in Slack yet, as a port like those of `bot.ports`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain import Post


@dataclass(frozen=True, slots=True)
class Sending:
    """A post that does not stand in Slack as it should. `ts` is empty until it was posted once."""

    post: Post
    version: int
    position: int
    channel: str  # where it stands or goes; empty when the person's direct messages must be opened first
    ts: str
    attempts: int
    in_doubt: bool  # an earlier attempt may have reached Slack: look before posting again
    created: datetime


class Outbox(Protocol):
    """What has been put and does not stand in Slack yet. Durable; one process at a time holds a post."""

    async def take(self, now: datetime, most: int = 20) -> list[Sending]:
        """Oldest first, one per destination at a time (so that order holds); marks them in doubt before handing them out."""

    async def posted(self, key: str, version: int, channel: str, ts: str) -> None:
        """It stands. Private content is wiped."""

    async def later(self, key: str, not_before: datetime, why: str, *, in_doubt: bool) -> None:
        """It did not go through now."""

    async def dead(self, key: str, why: str) -> None:
        """It will never go through (no such channel): kept, shown by `case ID`, not tried again."""

    async def standing(self, key: str, case: str, channel: str, thread: str, ts: str, *, instead_of: str = "") -> bool:
        """A message of ours stands that nobody has put yet: words of a model as they come. Whatever is put under the key
        later changes it in place. `instead_of` is the ts of the message that it replaces.

        False when the key has or may have another message; then this one must be taken away.
        """

    async def fallen(self, key: str, ts: str) -> bool:
        """That message is about to be taken away; False when something was put under the key, so that it must stay."""

    async def forgotten(self, older_than: float) -> list[tuple[str, str, str]]:
        """(key, channel, ts) of what stands for more than that many seconds without anything put under its key."""

    async def changed(self, timeout: float) -> None:
        """Return when something may have been put, at the latest after `timeout` seconds."""
