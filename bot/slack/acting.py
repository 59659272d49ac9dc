"""What people do with a card besides yes and no, as listeners: a button, and a form where words or a time are wanted with it.

The core says whose it is, before a form opens and once more when it is sent. Whatever becomes of it, the clicker is told.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.consent import Act
from bot.errors import StoreAway
from bot.ports import Click, ClickAnswer, Desk
from bot.slack import clicks, dialogs, whole
from bot.slack.clicks import Malformed, Place
from bot.slack.events import Identity

log = structlog.get_logger(__name__)

NOT_RECORDED = "That was not recorded. Please press again in a moment."
IN_DOUBT = "I can't say whether your yes to this was recorded. Please press again in a moment: nothing is taken twice."
NOT_OURS = "I don't know that button, so nothing was done."
PATIENCE_SECONDS = 2.0
"""How long is waited before the ack; Slack allows three seconds."""

Json = dict[str, Any]


class Acting:
    """What happens on such a button, and when its form is sent."""

    def __init__(
        self,
        *,
        desk: Desk,
        me: Identity,
        client: AsyncWebClient,
        later: Callable[[Coroutine[Any, Any, Any]], asyncio.Task[Any]],
        carried_out: Callable[[Callable[[], Awaitable[str]], Place], Coroutine[Any, Any, None]],
    ) -> None:
        self._desk = desk
        self._me = me
        self._client = client
        self._later = later
        self._carried_out = carried_out

    def register(self, app: AsyncApp) -> None:
        app.action(re.compile(rf"^({clicks.MORE}|{clicks.ACT}:.+)$", re.DOTALL))(self.pressed)
        app.action(clicks.ALL)(self.answered_all)
        app.view(re.compile(rf"^{clicks.ACT}:.+$", re.DOTALL))(self.sent)
        app.view(whole.CALLBACK)(self.read_on)

    async def pressed(self, body: Json, action: Json, ack: AsyncAck) -> None:
        """A button, or what was picked of the menu."""
        at = clicks.place(body, self._me)

        async def act() -> str:
            try:
                what, vote = clicks.act(action)
            except Malformed as error:
                log.info("a click that is not ours", error=str(error))
                return NOT_OURS
            said = await self._desk.act(what, Click(vote.approval, vote.nonce, at.user, at.team, approve=False, digest=vote.digest))
            if said.asks or said.shown:
                view = whole.view(said.shown, 0, vote, at, self._me.url) if said.shown else dialogs.act(what, vote, at, said)
                opening = self._client.views_open(trigger_id=str(body.get("trigger_id", "")), view=view)
                await asyncio.wait_for(opening, PATIENCE_SECONDS)
                return ""
            return said.text

        await asyncio.wait({self._later(self._carried_out(act, at))}, timeout=PATIENCE_SECONDS)
        await ack()

    async def answered_all(self, body: Json, action: Json, ack: AsyncAck) -> None:
        """A yes to each call that stands on the card, as it was shown; each is answered for itself."""
        at = clicks.place(body, self._me)

        async def answer() -> str:
            try:
                votes = clicks.everything(action)
            except Malformed as error:
                log.info("a click that is not ours", error=str(error))
                return NOT_OURS
            clicks_ = [Click(vote.approval, vote.nonce, at.user, at.team, approve=True, digest=vote.digest) for vote in votes]
            return "\n".join(dict.fromkeys([await self._one_of_all(click) for click in clicks_]))

        await asyncio.wait({self._later(self._carried_out(answer, at))}, timeout=PATIENCE_SECONDS)
        await ack()

    async def _one_of_all(self, click: Click) -> str:
        """What came of it, with whose yes it is; that one cannot be recorded keeps none of the others from it."""
        try:
            told = (await self._desk.answer(click)).text
        except Exception as error:
            log.warning("one of several was not recorded", error=str(error), exc_info=not isinstance(error, StoreAway))
            told = IN_DOUBT
        return told if click.approval in told else f"{click.approval}: {told}"

    async def sent(self, body: Json, ack: AsyncAck) -> None:
        """The words or the time. Where they cannot be taken, the form stays open with what was written."""
        try:
            what, vote, at, words = dialogs.acted(body, self._me)
        except Malformed as error:
            log.warning("a form that is not ours", error=str(error))
            await ack(dialogs.not_recorded(NOT_OURS))
            return
        click = Click(vote.approval, vote.nonce, at.user, at.team, approve=False, reason=words, digest=vote.digest)
        taking: asyncio.Task[ClickAnswer] = self._later(self._desk.act(what, click))
        done, _ = await asyncio.wait({taking}, timeout=PATIENCE_SECONDS)
        if done and (failed := taking.exception()) is not None:
            log.warning("a form could not be recorded", error=str(failed), exc_info=not isinstance(failed, StoreAway))
            await ack(dialogs.not_recorded(NOT_RECORDED))
            return
        if done and (said := taking.result()).asks:
            await ack(dialogs.still_missing(dialogs.step_up(vote, at, said, again=True)))
            return
        if done and not taking.result().taken:
            await ack(dialogs.not_recorded(taking.result().text))
            return

        async def told() -> str:
            return (await taking).text

        self._later(self._carried_out(told, at))
        await ack()

    async def read_on(self, body: Json, ack: AsyncAck) -> None:
        """The next page, or the yes at the end of the last."""
        try:
            vote, at, page, read = whole.sent(body, self._me)
        except Malformed as error:
            log.warning("a window that is not ours", error=str(error))
            await ack(dialogs.still_missing(whole.told(NOT_OURS)))
            return
        click = Click(vote.approval, vote.nonce, at.user, at.team, approve=bool(vote.digest), digest=vote.digest)
        asked = self._desk.answer(click) if vote.digest else self._desk.act(Act.READ, click)
        taking: asyncio.Task[ClickAnswer] = self._later(asked)
        done, _ = await asyncio.wait({taking}, timeout=PATIENCE_SECONDS)
        if done and (failed := taking.exception()) is not None:
            log.warning("a page could not be turned", error=str(failed), exc_info=not isinstance(failed, StoreAway))
            await ack(dialogs.still_missing(whole.told(IN_DOUBT if vote.digest else NOT_RECORDED)))
            return
        if done and ((said := taking.result()).shown or said.asks):
            next_ = whole.view(said.shown, page + 1, vote, at, self._me.url, read) if said.shown else None
            on = next_ or dialogs.wanted(vote, at, said)
            await ack(dialogs.still_missing(on))
            return

        async def told() -> str:
            return (await taking).text

        self._later(self._carried_out(told, at))
        await ack()
