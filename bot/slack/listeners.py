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
from bot.slack import clicks, commands, dialogs, events
from bot.slack.acting import Acting
from bot.slack.asks import Asks
from bot.slack.blocks import escape, local
from bot.slack.clicks import Malformed, Place
from bot.slack.events import Identity
from bot.slack.filing import Filing
from bot.slack.homes import Homes
from bot.slack.voice import Voice

log = structlog.get_logger(__name__)

NOT_RECORDED = "That was not recorded. Please press again in a moment."
NOT_OURS = "I don't know that button, so nothing was done. Please write to me in your own words instead."
LOOKING = "I'm looking it up…"
NOT_TOLD = "I couldn't look that up just now. Please ask again in a moment."
TAKEN = "I've taken it on in our direct messages."
ASK_SHORTCUT, ABOUT_SHORTCUT, WHY_SHORTCUT = "ask_deskhand", "ask_deskhand_about", "why_deskhand"
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
        ended: Callable[[str], None] | None = None,
    ) -> None:
        self._desk = desk
        self._me = me
        self._client = client
        self._voice = voice
        self._stopped = stopped
        self._ended = ended
        self._asks = Asks(desk, client, me)
        self._running: set[asyncio.Task[Any]] = set()
        self._homes = Homes(desk=desk, client=client, url=me.url)
        self._filing = Filing(desk=desk, me=me, client=client, voice=voice, later=self._in_background)
        self._acting = Acting(desk=desk, me=me, client=client, later=self._in_background, carried_out=self._carried_out)

    def register(self, app: AsyncApp) -> None:
        app.event("message")(self.said)
        app.event("app_mention")(self.said)
        app.event("app_home_opened")(self.home_opened)
        app.event("agent_session_stopped")(self.session_stopped)
        app.event("agent_session_title_changed")(self.noticed)
        app.event("app_context_changed")(self.noticed)
        app.event("tokens_revoked")(self.installation_ended)
        app.event("app_uninstalled")(self.installation_ended)
        app.event(ANYTHING)(self.ignored)
        app.action(re.compile("^(approve|confirm|leave)$"))(self.answered)
        app.action("deny")(self.deny)
        app.action(re.compile(r"^(choice:.*|feedback_yes|feedback_not_yet|withdraw|person|belongs)$", re.DOTALL))(self.pressed)
        app.action("apart")(self.apart)
        self._filing.register(app)
        self._acting.register(app)
        app.action(ANYTHING)(self.acked)
        app.view(re.compile(f"^({dialogs.DENY}|{dialogs.CONFIRM})$"))(self.reasoned)
        app.view(dialogs.ASK)(self.asked)
        app.view(ANYTHING)(self.acked)
        app.view_closed(ANYTHING)(self.acked)
        app.shortcut(ASK_SHORTCUT)(self.ask)
        app.shortcut(ABOUT_SHORTCUT)(self.ask_about)
        app.shortcut(WHY_SHORTCUT)(self.why)
        app.shortcut(ANYTHING)(self.acked)
        app.command(commands.COMMAND)(self.commanded)
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

    async def noticed(self, body: Json) -> None:
        """What somebody looks at, or calls a session, changes nothing here: the words they write do."""
        event = body.get("event", {})
        log.debug("noticed", what=event.get("type"), channel=event.get("channel"))

    async def installation_ended(self, body: Json) -> None:
        """Our token is gone, or the app is."""
        if (why := events.ended(body, self._me)) and self._ended is not None:
            self._ended(why)

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

    async def apart(self, body: Json, action: Json, ack: AsyncAck) -> None:
        """What was taken for a remark is a request of its own: asked anew in the direct messages, once, in a thread of its own."""
        at = clicks.place(body, self._me)

        async def take() -> str:
            try:
                button = clicks.apart(body, action, self._me)
            except Malformed as error:
                log.info("a click that is not ours", error=str(error))
                return NOT_OURS
            words, refusal = await self._desk.said(button["case"], button["said"], at.user)
            if not refusal:
                await self._asks.ask(at.user, at.team, words, f"apart:{button['case']}:{button['said']}", apart=button)
            return refusal

        await self._within_patience(self._carried_out(take, at))
        await ack()

    async def answered(self, body: Json, action: Json, ack: AsyncAck) -> None:
        """An approval, or the requester's own yes or no. The core says whose it is, and whether it wants a reason with it."""
        at, yes = clicks.place(body, self._me), action.get("action_id") != "leave"

        async def answer() -> str:
            try:
                vote = clicks.vote(action)
            except Malformed as error:
                log.info("a click that is not ours", error=str(error))
                return NOT_OURS
            said = await self._desk.answer(Click(vote.approval, vote.nonce, at.user, at.team, approve=yes, digest=vote.digest))
            if said.asks:
                await self._opened(body, dialogs.wanted(vote, at, said))
            return "" if said.asks else said.text

        await self._within_patience(self._carried_out(answer, at))
        await ack()

    async def deny(self, body: Json, action: Json, ack: AsyncAck) -> None:
        """Ask for the reason at once, since the trigger lives for three seconds; of whoever may not answer it is not asked."""
        at = clicks.place(body, self._me)

        async def ask() -> str:
            try:
                vote = clicks.vote(action)
            except Malformed as error:
                log.info("a click that is not ours", error=str(error))
                return NOT_OURS
            refused = await self._desk.refusal(Click(vote.approval, vote.nonce, at.user, at.team, approve=False))
            if not refused:
                await self._opened(body, dialogs.deny(vote, at))
            return refused

        await self._within_patience(self._carried_out(ask, at))
        await ack()

    async def reasoned(self, body: Json, ack: AsyncAck) -> None:
        """The reason was sent, of a denial or of the requester's own yes. When it cannot be recorded, the modal stays open with what was written."""
        try:
            vote, at, reason = dialogs.submitted(body, self._me)
        except Malformed as error:
            log.warning("a modal that is not ours", error=str(error))
            await ack(dialogs.not_recorded(NOT_OURS))
            return
        agrees = dialogs.agrees(body)
        click = Click(vote.approval, vote.nonce, at.user, at.team, approve=agrees, reason=reason, digest=vote.digest)
        answering: asyncio.Task[ClickAnswer] = self._in_background(self._desk.answer(click))
        done, _ = await asyncio.wait({answering}, timeout=PATIENCE_SECONDS)
        if done and answering.exception() is not None:
            log.warning("a reason could not be recorded", error=str(answering.exception()))
            await ack(dialogs.not_recorded(NOT_RECORDED))
            return
        if done and answering.result().asks:
            await ack(dialogs.not_recorded(answering.result().text))
            return

        async def answer() -> str:
            return (await answering).text

        self._in_background(self._carried_out(answer, at))
        await ack()

    # ── requests by command, shortcut and form ───────────────────────────────────────────────────────────────────

    async def commanded(self, body: Json, ack: AsyncAck) -> None:
        """Answered for the typist's eyes only; a request goes on in their direct messages."""
        at, text = clicks.place(body, self._me), str(body.get("text") or "")
        answering = self._in_background(self._obeyed(at, text, clicks.once(body)))
        done, _ = await asyncio.wait({answering}, timeout=PATIENCE_SECONDS)
        if done and answering.exception() is None:
            await ack(text=local(escape(answering.result())))
            return

        async def answer() -> str:
            return str(await answering)

        await self._within_patience(self._carried_out(answer, at, again="That was not recorded. Please send it again in a moment."))
        await ack()

    async def _obeyed(self, at: Place, text: str, once: str) -> str:
        match commands.meaning(text):
            case commands.Meaning.HELP:
                return commands.HELP
            case commands.Meaning.STATUS:
                return commands.status(await self._desk.cases(at.user))
            case commands.Meaning.PERSON:
                await self._asks.ask(at.user, at.team, commands.A_PERSON, once)
            case commands.Meaning.FREEZING if (told := await self._desk.freezing(text, at.user, at.team)) is not None:
                return told
            case commands.Meaning.INQUIRY if (told := await self._desk.inquired(text, at.user, at.team)) is not None:
                return told
            case commands.Meaning.REQUEST | commands.Meaning.FREEZING | commands.Meaning.INQUIRY:
                await self._asks.ask(at.user, at.team, text, once)
        return TAKEN

    async def ask(self, body: Json, ack: AsyncAck) -> None:
        """The shortcut of everywhere: a form for a request."""
        await self._opened(body, dialogs.ask())
        await ack()

    async def ask_about(self, body: Json, ack: AsyncAck) -> None:
        """The shortcut of a message: one's own is the request; about somebody else's the form asks for one's own words."""
        at, message = clicks.place(body, self._me), body.get("message") or {}
        words = str(message.get("text") or "").strip()
        if message.get("user") != at.user or message.get("bot_id") or not words:
            await self._opened(body, dialogs.ask(dialogs.quotation(message)))
        else:

            async def take() -> str:
                await self._asks.ask(at.user, at.team, words, clicks.once(body))
                return TAKEN

            await self._within_patience(self._carried_out(take, at))
        await ack()

    async def why(self, body: Json, ack: AsyncAck) -> None:
        """The shortcut of a message of ours: why it was decided so, in a window that only whoever asks sees."""
        at = clicks.place(body, self._me)

        async def tell() -> str:
            opened = await self._client.views_open(trigger_id=str(body.get("trigger_id", "")), view=dialogs.why(LOOKING))
            try:
                text = await self._desk.why(at.channel, at.message, at.thread, at.user, at.team)
            except Exception as error:
                log.warning("a decision could not be explained", error=str(error), exc_info=not isinstance(error, StoreAway))
                text = NOT_TOLD
            await self._client.views_update(view_id=str(opened["view"]["id"]), view=dialogs.why(text))
            return ""

        await self._within_patience(self._carried_out(tell, at, again=NOT_TOLD))
        await ack()

    async def asked(self, body: Json, ack: AsyncAck) -> None:
        """The form was sent. When the request cannot be taken, it stays open with what was written."""
        at = clicks.place(body, self._me)
        try:
            words, quoted = dialogs.asked(body)
        except Malformed as error:
            log.warning("a form that is not ours", error=str(error))
            await ack(dialogs.not_asked(NOT_OURS))
            return
        if not words.strip():
            await ack(dialogs.not_asked("Please write a sentence."))
            return
        taking = self._in_background(self._asks.ask(at.user, at.team, words, clicks.once(body), quoted))
        done, _ = await asyncio.wait({taking}, timeout=PATIENCE_SECONDS)
        if done and taking.exception() is not None:
            log.warning("a request could not be taken", error=str(taking.exception()))
            await ack(dialogs.not_asked(NOT_RECORDED))
            return

        async def answer() -> str:
            await taking
            return ""

        self._in_background(self._carried_out(answer, at))
        await ack()

    async def _opened(self, body: Json, view: Json) -> None:
        """Open a form at once: the trigger lives for three seconds."""
        try:
            opening = self._client.views_open(trigger_id=str(body.get("trigger_id", "")), view=view)
            await asyncio.wait_for(opening, PATIENCE_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever it was, whoever asked hears that nothing was taken
            log.warning("a form could not be opened", error=str(error))
            await self._voice.tell(clicks.place(body, self._me), NOT_RECORDED)

    # ── whatever else ────────────────────────────────────────────────────────────────────────────────────────────

    async def acked(self, ack: AsyncAck) -> None:
        """Payloads that ask nothing of us: link buttons, closed views."""
        await ack()

    async def no_options(self, ack: AsyncAck) -> None:
        await ack(options=[])

    async def _carried_out(self, act: Callable[[], Awaitable[str]], at: Place, again: str = NOT_RECORDED) -> None:
        """Do it, and tell the clicker what came of it; nothing that goes wrong passes in silence."""
        try:
            text = await act()
        except Exception as error:
            log.warning("a click could not be recorded", error=str(error), exc_info=not isinstance(error, StoreAway))
            text = again
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
