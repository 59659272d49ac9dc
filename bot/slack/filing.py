"""Forms as listeners: opened at once when their button is pressed, and taken when they are sent.

A submission gets a direct message that stands for it, under which its case goes on; that message goes again when the submission
is not taken. What is wrong keeps the form open, beside its field. Nothing that goes wrong passes in silence.
"""

import asyncio
import re
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import StoreAway
from bot.ports import Desk
from bot.slack import clicks, forms
from bot.slack.asks import removed
from bot.slack.clicks import Malformed, Place
from bot.slack.events import Identity
from bot.slack.home import FORM
from bot.slack.voice import Voice

log = structlog.get_logger(__name__)

NOT_RECORDED = "That was not recorded. Please send it again in a moment."
NOT_TAKEN = "I couldn't take your form. Nothing was done; please open it again in a moment."
NOT_OPENED = "I couldn't open that form. Please press again in a moment, or write to me in your own words."
NO_FORM = "I have no such form for you. Please write to me in your own words instead."
NOT_OURS = "I don't know this form, so nothing was done. Please write to me in your own words instead."
PATIENCE_SECONDS = 2.0
"""How long is waited before the ack; Slack allows three seconds."""

Json = dict[str, Any]


class Filing:
    """What happens on a form's button, its long lists, and its submission."""

    def __init__(
        self,
        *,
        desk: Desk,
        me: Identity,
        client: AsyncWebClient,
        voice: Voice,
        later: Callable[[Coroutine[Any, Any, Any]], asyncio.Task[Any]],
    ) -> None:
        self._desk = desk
        self._me = me
        self._client = client
        self._voice = voice
        self._later = later

    def register(self, app: AsyncApp) -> None:
        app.action(re.compile(rf"^{FORM}:.+$", re.DOTALL))(self.open)
        app.view(forms.CALLBACK)(self.sent)
        app.options(forms.VALUE)(self.suggest)

    async def open(self, body: Json, action: Json, ack: AsyncAck) -> None:
        """Within the three seconds that a trigger lives."""
        at = clicks.place(body, self._me)
        name = str(action.get("action_id") or "").partition(":")[2]
        try:
            problem = await asyncio.wait_for(self._opened(name, at, str(body.get("trigger_id", ""))), PATIENCE_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever it was, the person hears that nothing opened
            log.warning("a form could not be opened", form=name, error=type(error).__name__)
            problem = NOT_OPENED
        await ack()
        if problem:
            await self._voice.tell(at, problem)

    async def _opened(self, name: str, at: Place, trigger: str) -> str:
        form = await self._desk.form(name, at.user, at.team)
        if form is None:
            return NO_FORM
        await self._client.views_open(trigger_id=trigger, view=forms.modal(form))
        return ""

    async def suggest(self, body: Json, ack: AsyncAck) -> None:
        """What a list that is too long to be sent whole offers for the letters typed so far."""
        at = clicks.place(body, self._me)
        try:
            name, field, typed = forms.suggestion(body)
            found = await asyncio.wait_for(self._desk.matches(name, field, typed, at.user, at.team), PATIENCE_SECONDS)
        except Exception as error:  # noqa: BLE001 - an empty list is an answer, too
            log.info("a list could not be looked up", error=type(error).__name__)
            found = []
        await ack(options=[forms.option(value, label) for value, label in found])

    async def sent(self, body: Json, ack: AsyncAck) -> None:
        try:
            sent = forms.submitted(body, self._me)
        except Malformed as error:
            log.warning("a form that is not ours", error=str(error))
            first = next((one["block_id"] for one in body.get("view", {}).get("blocks", ()) if one.get("type") == "input"), "")
            await ack(_errors({str(first): NOT_OURS}))
            return
        taking: asyncio.Task[dict[str, str]] = self._later(self._taken(sent))
        done, _ = await asyncio.wait({taking}, timeout=PATIENCE_SECONDS)
        if done and (errors := taking.result()):
            await ack(_errors(errors))
            return
        await ack()
        if not done:
            self._later(self._told_afterwards(taking, Place(sent.user, sent.team)))

    async def _taken(self, sent: forms.Sent) -> dict[str, str]:
        """Block → what is wrong; empty once it is in the inbox. Raises nothing."""
        try:
            checked = await self._desk.check(sent.name, sent.values, sent.user, sent.team)
            if checked.refusal:
                return {sent.first: checked.refusal}
            if checked.errors:
                return {forms.block_of(name): text for name, text in checked.errors.items()}
            await self._file(sent, checked.words)
        except Exception as error:
            log.warning("a form could not be recorded", error=str(error), exc_info=not isinstance(error, StoreAway))
            return {sent.first: NOT_RECORDED}
        return {}

    async def _file(self, sent: forms.Sent, words: str) -> None:
        text, blocks = forms.asked(words)
        stands = await self._client.chat_postMessage(channel=sent.user, text=text, blocks=blocks)
        channel, ts = str(stands["channel"]), str(stands["ts"])
        try:
            taken = await self._desk.accept(forms.event(sent, words, channel, ts))
        except BaseException:
            await removed(self._client, channel, ts)
            raise
        if not taken:  # sent twice: the first one's message stands
            await removed(self._client, channel, ts)

    async def _told_afterwards(self, taking: asyncio.Task[dict[str, str]], at: Place) -> None:
        """The form has closed already; what went wrong is said in a direct message."""
        if await taking:
            await self._voice.tell(at, NOT_TAKEN)


def _errors(errors: dict[str, str]) -> dict[str, Any]:
    return {"response_action": "errors", "errors": errors}
