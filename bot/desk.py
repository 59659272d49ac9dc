"""The front desk: what the Slack edge may ask of the core. Implements `bot.ports.Desk`."""

import dataclasses
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from bot.approvals.answering import Answering
from bot.approvals.confirmation import Confirmations
from bot.approvals.consulting import Consulting
from bot.cases import notice, standing
from bot.consent import Act
from bot.domain import Case, CaseState, Event, EventKind
from bot.errors import StoreAway
from bot.execution.freezing import SlackFreezing
from bot.execution.inquiry import Inquiry
from bot.execution.shortening import Shortening
from bot.homeview import Checked, Form, HomeView
from bot.observed import clicked
from bot.ports import Click, ClickAnswer, WorkFactory
from bot.turns.apphome import AppHome
from bot.turns.forms import Forms
from bot.words import homewording, wording

log = structlog.get_logger(__name__)

CLICKS = (EventKind.CHOICE, EventKind.FEEDBACK, EventKind.WITHDRAW, EventKind.PERSON)


class FrontDesk:
    """Takes events into the inbox and answers to approvals to their place; shows Home and takes its forms."""

    answering: Answering
    confirmations: Confirmations
    acts: Mapping[Act, Callable[[Click], Awaitable[ClickAnswer]]]
    freezes: SlackFreezing
    inquiry: Inquiry
    homes: AppHome
    forms: Forms

    def __init__(self, work: WorkFactory, *, has_model: bool = False) -> None:
        self._work = work
        self._has_model = has_model
        self._warned: set[str] = set()

    def consult(self, people: Consulting, shortening: Shortening) -> None:
        """Whoever takes the answers of those who were asked."""
        self.answering, self.confirmations = people.answering, people.confirmations
        self.acts = {
            Act.SHORTEN: shortening.act,
            Act.STEP_UP: lambda click: people.answering.answer(dataclasses.replace(click, approve=True)),
            Act.TAKE: people.by_hand.take,
            Act.DONE: people.by_hand.done,
            Act.BACK: people.by_hand.back,
            Act.ASK: people.asides.ask,
            Act.REPLY: people.asides.reply,
            Act.WHY: people.asides.why,
            Act.READ: self._whole,
            Act.LATER: people.asides.later,
        }

    async def accept(self, event: Event) -> bool:
        """Row and job in one transaction. Raises StoreAway: then Slack must not get its ack, and delivers again."""
        begun = time.perf_counter()
        async with self._work() as work:
            taken = await work.accept(event)
        if event.kind in CLICKS:
            ids = {"case": event.data.get("case", ""), "conversation": event.conversation, "by": event.sender}
            clicked(str(event.kind), ids, begun, "taken" if taken else "taken before")
        return taken

    async def answer(self, click: Click) -> ClickAnswer:
        """Raises StoreAway: then the clicker is told to press again."""
        begun = time.perf_counter()
        own = await self.confirmations.answer(click)
        answer = own or await self.answering.answer(click)
        ids = {"approval": click.approval, "by": click.slack_id}
        kind = ("approve" if click.approve else "deny") if own is None else ("confirm" if click.approve else "leave")
        clicked(kind, ids, begun, "taken" if answer.taken else "asked why" if answer.asks else "refused")
        if answer.taken:  # so it was a full member, whose answer is recorded
            await self._told(click.slack_id)
        return answer

    async def refusal(self, click: Click) -> str:
        refused = await self.answering.refusal(click)
        return refused.text if refused is not None else ""

    async def act(self, act: Act, click: Click) -> ClickAnswer:
        begun = time.perf_counter()
        answer = await self.acts[act](click)
        ids = {"approval": click.approval, "by": click.slack_id}
        clicked(str(act), ids, begun, "taken" if answer.taken else "asked for words" if answer.asks else "refused")
        return answer

    async def _whole(self, click: Click) -> ClickAnswer:
        return await self.inquiry.whole(click)

    async def freezing(self, text: str, slack_id: str, team: str) -> str | None:
        return await self.freezes.obey(text, slack_id, team)

    async def inquired(self, text: str, slack_id: str, team: str) -> str | None:
        return await self.inquiry.typed(text, slack_id, team)

    async def why(self, channel: str, message: str, thread: str, slack_id: str, team: str) -> str:
        return await self.inquiry.about(channel, message, thread, slack_id, team)

    async def home(self, slack_id: str, team: str) -> HomeView:
        return await self.homes.view(slack_id, team)

    async def stirred(self, slack_ids: Sequence[str]) -> Mapping[str, str]:
        return await self.homes.stirred(slack_ids)

    async def form(self, name: str, slack_id: str, team: str) -> Form | None:
        return await self.forms.form(name, slack_id, team)

    async def matches(self, name: str, field: str, typed: str, slack_id: str, team: str) -> Sequence[tuple[str, str]]:
        return await self.forms.matches(name, field, typed, slack_id, team)

    async def check(self, name: str, values: Mapping[str, str], slack_id: str, team: str) -> Checked:
        return await self.forms.check(name, values, slack_id, team)

    async def press(self, kind: EventKind, case: str, slack_id: str, team: str, key: str) -> str:
        """An event in the case's own conversation, if the case is this person's; the turn looks at that once more."""
        begun = time.perf_counter()
        async with self._work() as work:
            found = await work.case(case)
            if found is None:
                return homewording.NOT_ON_HOME
            if found.slack_id != slack_id:
                clicked(str(kind), {"case": case, "by": slack_id}, begun, "refused")
                return wording.NOT_YOURS
            await work.accept(
                Event(
                    key=key,
                    conversation=found.conversation,
                    kind=kind,
                    ts=f"{time.time():.6f}",
                    team=team,
                    channel=found.channel,
                    thread=found.thread,
                    sender=slack_id,
                    data={"case": found.id},
                )
            )
        clicked(str(kind), {"case": case, "conversation": found.conversation, "by": slack_id}, begun, "taken")
        return homewording.ASKED_ON_HOME

    async def cases(self, slack_id: str) -> Sequence[Case]:
        """Raises StoreAway."""
        async with self._work() as work:
            mine = await work.cases_of(slack_id)
            waits = {case.id: await standing.waits(work, case) for case in mine if case.state is CaseState.WAITING}
        return [dataclasses.replace(case, data={**case.data, "waits": waits.get(case.id, "")}) for case in mine]

    async def said(self, case: str, key: str, slack_id: str) -> tuple[str, str]:
        async with self._work() as work:
            found = await work.case(case)
            lines = await work.transcript(case) if found else []
        if found is not None and found.slack_id != slack_id:
            return "", wording.NOT_YOURS
        words = next((line.text for line in lines if line.role == "requester" and line.data.get("event") == key), "")
        return words, "" if words else wording.WORDS_GONE

    async def warned(self, warning: str) -> None:
        """Once for each process."""
        if warning in self._warned:
            return
        self._warned.add(warning)
        try:
            async with self._work() as work:
                await work.audit("slack", "", {"warning": warning})
        except StoreAway as error:
            log.info("a warning of Slack's was not kept", error=str(error))

    async def _told(self, slack_id: str) -> None:
        try:
            async with self._work() as work:
                await notice.tell_once(work, slack_id, has_model=self._has_model)
        except StoreAway as error:
            log.info("somebody is told what is recorded the next time", error=str(error))
