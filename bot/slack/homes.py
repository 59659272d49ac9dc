"""Publishes people's App Home: when they open it, when they clicked on it, and for a while after when something changed.

Who has had their Home open lately is kept in memory, bounded; every two seconds one question to the database says for which of
them something changed. Slack's hash keeps an older view from taking a newer one's place.
"""

import asyncio
import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import StoreAway
from bot.homeview import HomeView
from bot.ports import Desk
from bot.slack import faults, home
from bot.slack.blocks import Block
from bot.tasks import ended

log = structlog.get_logger(__name__)

EVERY_SECONDS = 2.0
WATCHED_SECONDS = 900.0
NOTICE_SECONDS = 20.0
MOST_WATCHED = 200


@dataclass(slots=True)
class _Opened:
    """Somebody who has had their Home open lately."""

    team: str
    until: float
    hash: str = ""
    mark: str = ""
    drawn: Block = field(default_factory=dict)
    notice: str = ""
    notice_until: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Homes:
    """One for each connection to Slack."""

    def __init__(
        self,
        *,
        desk: Desk,
        client: AsyncWebClient,
        url: str = "",
        every: float = EVERY_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._desk = desk
        self._client = client
        self._url = url
        self._every = every
        self._now = monotonic
        self._open: dict[str, _Opened] = {}
        self._watch: asyncio.Task[None] | None = None

    async def opened(self, user: str, team: str) -> None:
        """Show it, and keep it up to date for a while. A Home that could not be shown is shown the next time."""
        self._open.pop(user, None)
        await self.publish(user, team)

    async def publish(self, user: str, team: str, notice: str = "", *, changed_only: bool = False) -> bool:
        """Whether it stands. `notice` is what came of a click; it stays for a moment. Raises nothing."""
        opened = self._watched(user, team)
        async with opened.lock:
            if notice:
                opened.notice, opened.notice_until = notice, self._now() + NOTICE_SECONDS
            shown = opened.notice if self._now() < opened.notice_until else ""
            try:
                opened.mark = (await self._desk.stirred([user])).get(user, "")
                found = await self._desk.home(user, team)
                ladder = [home.view(found, url=self._url, notice=shown), home.view(_shorter(found), url=self._url, notice=shown)]
            except StoreAway:
                ladder = [home.away()]
            except Exception:
                log.exception("a Home could not be put together")
                ladder = [home.away()]
            if changed_only and ladder[0] == opened.drawn:
                return True
            return await self._published(user, opened, ladder)

    def _watched(self, user: str, team: str) -> _Opened:
        """Whoever clicks on their Home has it open, also after a restart. Of too many, who opened first gives way."""
        if user not in self._open:
            while len(self._open) >= MOST_WATCHED:
                del self._open[next(iter(self._open))]
            self._open[user] = _Opened(team, self._now() + WATCHED_SECONDS)
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._watch_over(), name="homes")
        return self._open[user]

    async def stop(self) -> None:
        if self._watch is not None:
            await ended([self._watch])

    async def _published(self, user: str, opened: _Opened, ladder: list[Block]) -> bool:
        """The first view of the ladder that Slack takes."""
        for view in ladder:
            for known in dict.fromkeys((opened.hash, "")):
                try:
                    answer = await self._client.views_publish(user_id=user, view=view, hash=known or None)
                except Exception as error:  # noqa: BLE001 - tried again at the next change or opening
                    code = faults.code(error)
                    log.info("a Home could not be shown", error=code or type(error).__name__)
                    if code == "hash_conflict":
                        continue
                    if faults.fault(error).meaning is not faults.Meaning.UNFIT:
                        return False
                    break
                opened.hash, opened.drawn = str((answer.get("view") or {}).get("hash") or ""), view
                return True
        return False

    async def _watch_over(self) -> None:
        """Until nobody has opened theirs for a while."""
        while self._open:
            await asyncio.sleep(self._every)
            for user in [user for user, opened in self._open.items() if opened.until < self._now()]:
                del self._open[user]
            try:
                marks = await self._desk.stirred(list(self._open)) if self._open else {}
            except Exception as error:  # noqa: BLE001 - looked at again in two seconds
                log.debug("nothing is known of changes", error=type(error).__name__)
                continue
            for user, mark in marks.items():
                opened = self._open.get(user)
                if opened is not None and opened.mark != mark:
                    await self.publish(user, opened.team, changed_only=True)


def _shorter(found: HomeView) -> HomeView:
    """Without the cards, which stand in the direct messages as well: a call that is not shown whole has no buttons."""
    return dataclasses.replace(found, cards=(), more_cards=len(found.cards) + found.more_cards)
