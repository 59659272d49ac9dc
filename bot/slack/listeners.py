"""Every payload that Slack sends has a listener here, also those that do not concern us: what has none is never acked.

An event is acked exactly when the desk has taken it: a listener that raises is not acked, and Slack delivers again. Clicks are
not delivered again, so whatever becomes of one, the clicker is told.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import StoreAway
from bot.ports import Click, ClickAnswer, Desk
from bot.slack import clicks, dialogs, events
from bot.slack.clicks import Malformed, Place
from bot.slack.events import Identity
from bot.slack.filing import Filing
from bot.slack.homes import Homes
from bot.slack.voice import Voice

log = structlog.get_logger(__name__)

NOT_RECORDED = "That was not recorded. Please press again in a moment."
NOT_OURS = "I don't know that button, so nothing was done. Please write to me in your own words instead."
PATIENCE_SECONDS = 2.0
"""How long a click is awaited before its ack; Slack allows three seconds. What takes longer is answered when it is done."""

ANYTHING = re.compile(".*", re.DOTALL)
Json = dict[str, Any]


class Listeners:
    """What happens on each payload; `register` tells Bolt."""

    def __init__(
        self,
        *,
        desk: Desk,
        me: Identity,
        client: AsyncWebClient,
        voice: Voice,
        stopped: Callable[[str, str], Awaitable[None]] | None = None,
    ) -> None:
        self._desk = desk
        self._me = me
        self._client = client
        self._voice = voice
        self._stopped = stopped
        self._running: set[asyncio.Task[Any]] = set()
        self._homes = Homes(desk=desk, client=client, url=me.url)
        self._filing = Filing(desk=desk, me=me, client=client, voice=voice, later=self._in_background)

    def register(self, app: AsyncApp) -> None:
        app.event("message")(self.said)
        app.event("app_mention")(self.said)
        app.event("app_home_opened")(self.home_opened)
        app.event("agent_session_stopped")(self.session_stopped)
        app.event(ANYTHING)(self.ignored)
        app.action("approve")(self.approve)
        app.action("deny")(self.deny)
        app.action(re.compile(r"^(choice:.*|feedback_yes|feedback_not_yet|withdraw|person)$", re.DOTALL))(self.pressed)
        self._filing.register(app)
        app.action(ANYTHING)(self.acked)
        app.view(dialogs.DENY)(self.denied)
        app.view(ANYTHING)(self.acked)
        app.view_closed(ANYTHING)(self.acked)
        app.shortcut(ANYTHING)(self.acked)
        app.command(ANYTHING)(self.acked)
        app.options(ANYTHING)(self.no_options)
        app.error(self.failed)

    async def settled(self, seconds: float = 3.0) -> None:
        """Wait a while for clicks that are still being answered; nobody's Home is kept up to date any more."""
        await self._homes.stop()
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)

    # ── events ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def said(self, body: Json) -> None:
        """A message, an edit, a deletion. Raises StoreAway: then there is no ack."""
        event = events.from_event(body, self._me)
        if event is not None:
            await self._desk.accept(event)

    async def session_stopped(self, body: Json) -> None:
        """Slack's stop button: taken as a withdrawal, and the session's status is ours to move."""
        event = events.stopped(body, self._me)
        if event is not None:
            await self._desk.accept(event)
            if self._stopped is not None:
                await self._stopped(event.channel, event.thread)

    async def home_opened(self, body: Json) -> None:
        """A home that could not be shown is shown the next time; it must not hold the ack."""
        event = body.get("event", {})
        if event.get("tab", "home") == "home" and event.get("user"):
            self._in_background(self._homes.opened(str(event["user"]), events.team_of(body, self._me)))

    async def ignored(self) -> None:
        """Acked by Bolt, and nothing else."""

    # ── clicks ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def pressed(self, body: Json, action: Json, ack: AsyncAck) -> None:
        """A button that moves a case: recorded like a message, then acked."""
        at = clicks.place(body, self._me)

        async def record() -> str:
            try:
                if at.home:
                    kind, case, key = clicks.on_home(body, action, self._me)
                    return await self._desk.press(kind, case, at.user, at.team, key)
                event = clicks.event(body, action, self._me)
            except Malformed as error:
                log.info("a click that is not ours", error=str(error))
                return NOT_OURS
            await self._desk.accept(event)
            return ""

        await self._within_patience(self._carried_out(record, at))
        await ack()

    async def approve(self, body: Json, action: Json, ack: AsyncAck) -> None:
        at = clicks.place(body, self._me)

        async def answer() -> str:
            try:
                vote = clicks.vote(action)
            except Malformed as error:
                log.info("a click that is not ours", error=str(error))
                return NOT_OURS
            return (await self._desk.answer(Click(vote.approval, vote.nonce, at.user, at.team, approve=True))).text

        await self._within_patience(self._carried_out(answer, at))
        await ack()

    async def deny(self, body: Json, action: Json, ack: AsyncAck) -> None:
        """Ask for the reason at once: the trigger lives for three seconds."""
        at = clicks.place(body, self._me)
        try:
            view = dialogs.deny(clicks.vote(action), at)
        except Malformed as error:
            log.info("a click that is not ours", error=str(error))
            await self._voice.tell(at, NOT_OURS)
        else:
            try:
                opening = self._client.views_open(trigger_id=str(body.get("trigger_id", "")), view=view)
                await asyncio.wait_for(opening, PATIENCE_SECONDS)
            except Exception as error:  # noqa: BLE001 - whatever it was, the clicker hears that nothing was taken
                log.warning("the modal could not be opened", error=str(error))
                await self._voice.tell(at, NOT_RECORDED)
        await ack()

    async def denied(self, body: Json, ack: AsyncAck) -> None:
        """The reason was sent. When it cannot be recorded, the modal stays open with what was written."""
        try:
            vote, at, reason = dialogs.submitted(body, self._me)
        except Malformed as error:
            log.warning("a modal that is not ours", error=str(error))
            await ack(dialogs.not_recorded(NOT_OURS))
            return
        click = Click(vote.approval, vote.nonce, at.user, at.team, approve=False, reason=reason)
        answering: asyncio.Task[ClickAnswer] = self._in_background(self._desk.answer(click))
        done, _ = await asyncio.wait({answering}, timeout=PATIENCE_SECONDS)
        if done and answering.exception() is not None:
            log.warning("a denial could not be recorded", error=str(answering.exception()))
            await ack(dialogs.not_recorded(NOT_RECORDED))
            return

        async def answer() -> str:
            return (await answering).text

        self._in_background(self._carried_out(answer, at))
        await ack()

    async def acked(self, ack: AsyncAck) -> None:
        """Payloads that ask nothing of us: link buttons, closed views."""
        await ack()

    async def no_options(self, ack: AsyncAck) -> None:
        await ack(options=[])

    async def _carried_out(self, act: Callable[[], Awaitable[str]], at: Place) -> None:
        """Do it, and tell the clicker what came of it; nothing that goes wrong passes in silence."""
        try:
            text = await act()
        except Exception as error:
            log.warning("a click could not be recorded", error=str(error), exc_info=not isinstance(error, StoreAway))
            text = NOT_RECORDED
        if text and not (at.home and await self._homes.publish(at.user, at.team, notice=text)):
            await self._voice.tell(at, text)

    async def _within_patience(self, work: Coroutine[Any, Any, None]) -> None:
        await asyncio.wait({self._in_background(work)}, timeout=PATIENCE_SECONDS)

    def _in_background(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    # ── what went wrong ──────────────────────────────────────────────────────────────────────────────────────────

    async def failed(self, error: Exception, body: Json) -> None:
        """No exception reaches a person. Returning nothing keeps Bolt's 500, so there is no ack and Slack delivers again."""
        kind = body.get("event", {}).get("type") or body.get("type")
        if isinstance(error, StoreAway):
            log.warning("not taken: the database is away; Slack will deliver it again", payload=kind)
        else:
            log.error("not taken: Slack will deliver it again", payload=kind, exc_info=error)
