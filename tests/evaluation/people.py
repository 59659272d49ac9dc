"""The people of a scenario: what they see of Slack, and what they do about it. Deterministic; they know nothing of how the bot works.

They see messages, and buttons by the text on them, so that any bot can be held against a scenario.
"""

import asyncio
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bot.playground.interactions import GONE, NOT_IN_TIME
from bot.playground.workspace import BOT_USER, Channel, Json
from tests.evaluation.result import Press, Said
from tests.evaluation.scenario import Act, Approver, Person, Scenario
from tests.office import Office, words

APPROVE, DENY = "approve", "deny"
ALL = "approve all"
MORE = (ALL, "approve for")
DO_IT, LEAVE_IT = "do it", "no, leave it"
"""What somebody presses who is asked whether they want it themselves."""
PRESSES = 4
"""How often somebody presses a button when Slack says that the bot did not answer in time."""
LOOKS = 50
"""After such a press, five in a second."""
APPROVAL = re.compile(r"\bA-\d+\b")
HEADING = re.compile(r"\*[^*]+\*")
FEEDBACK = ("did that fix it?", "did this help?")
LOST = "I don't know."


class Button(NamedTuple):
    """A button that somebody sees, and the reference of the approval that it is about; empty where it is about none."""

    channel: Channel
    message: Json
    element: Json
    reference: str


@dataclass
class People:
    """Everybody who takes part in one play."""

    office: Office
    scenario: Scenario
    presses: list[Press] = field(default_factory=list)
    done: list[tuple[float, Said]] = field(default_factory=list)  # besides what stands in Slack, with the real time
    questions: int = 0
    _first: dict[str, tuple[str, str]] = field(default_factory=dict)  # who → (channel, ts)
    _opening: tuple[str, str] | None = None
    _answered: set[tuple[str, str]] = field(default_factory=set)
    _spent: dict[str, int] = field(default_factory=dict)

    # ── acts of the story ────────────────────────────────────────────────────────────────────────────────────────

    async def does(self, act: Act) -> None:
        """Carry out an act of a person. Raises AssertionError when it is not possible, with what was missing."""
        if act.says is not None:
            channel = act.channel.removeprefix("#")
            thread = ""
            if act.in_thread:
                assert self._opening is not None, "there is no thread yet"
                channel, thread = self._opening
            ts = self.office.say(act.who, act.says, channel=channel, thread=thread, files=tuple(act.files))
            place = self.office.place(act.who, channel).id
            self._first.setdefault(act.who, (place, ts))
            self._opening = self._opening or (place, thread or ts)
        elif act.edits is not None or act.deletes:
            channel, ts = self._first[act.who]
            workspace, who = self.office.server.workspace, self.office.who(act.who)
            place = workspace.channels[channel]
            if act.deletes:
                assert workspace.delete(who, place, ts), f"{act.who} has nothing to delete"
            else:
                assert workspace.edit(who, place, ts, act.edits or ""), f"{act.who} has nothing to edit"
            self._note(
                act.who,
                f"({'deletes' if act.deletes else 'edits'} the first message{': ' + (act.edits or '') if act.edits else ''})",
            )
        elif act.presses is not None:
            await self.press(act.who, act.presses, act.reason)
        elif act.form is not None:
            await self.office.home(act.who)
            view = await self.office.home_form(act.who, act.form)
            self._note(act.who, f"(fills in the form {act.form}: {dict(act.fills)})", "form")
            errors = await self.office.send(act.who, view, act.fills)
            assert not errors, f"the form {act.form} was refused: {dict(errors)}"

    async def press(self, handle: str, label: str, reason: str = "") -> None:
        """Press the newest button whose text begins so, and write the reason into the form that opens, if one does."""
        found = await self.office.until(lambda: self._button(handle, label), f"a button {label!r} for {handle}", 10.0)
        await self._click(handle, found, reason)

    async def _click(self, handle: str, found: Button, reason: str) -> None:
        channel, message, element, approval = found
        text = element["text"]["text"]
        self._note(handle, f"(presses {text}{f' on {approval}' if approval else ''}{f': {reason}' if reason else ''})")
        yes, no = text.lower().startswith((APPROVE, DO_IT)), text.lower().startswith(DENY)
        if approval and (yes or text.lower().startswith(LEAVE_IT)):
            for one in _all_above(message) if text.lower().startswith(ALL) else [approval]:
                self._pressed(handle, one, approve=yes)
        who = self.office.who(handle)
        for attempt in range(PRESSES):
            problem = await self.office.server.interactions.click(
                who, channel, message["ts"], element["action_id"], value=element.get("value")
            )
            if problem == GONE and attempt:
                problem = ""  # it was taken, though late
            if problem != NOT_IN_TIME:
                break
            await self._settles(found)  # Slack shows a warning sign
        assert not problem, f"{handle} pressed {text}: {problem}"
        if no or (reason and text.lower().startswith(DO_IT)):
            errors = await self.office.fill(handle, reason or "No.")
            assert not errors, f"the reason was refused: {dict(errors)}"
        if no and approval:
            self._pressed(handle, approval, approve=False)

    async def _settles(self, found: Button) -> None:
        """A press that was not answered in time is at work all the same: they look a while whether the button goes."""
        for _ in range(LOOKS):
            await asyncio.sleep(0.2)
            message = self.office.server.workspace.message(found.channel, found.message["ts"])
            if message is None or found.element not in list(_buttons(message, found.element["text"]["text"])):
                return

    def _pressed(self, handle: str, approval: str, *, approve: bool) -> None:
        self.presses.append(Press(handle, approval, approve, self.office.company.clock.now().isoformat()))

    # ── what they do of themselves ───────────────────────────────────────────────────────────────────────────────

    def answer(self) -> bool:
        """Somebody answers a question that the bot has asked them; False when there is none."""
        for handle, person in self.scenario.people.items():
            for channel, message, question in self._asked(handle):
                self._answered.add((channel.id, message["ts"]))
                self.questions += 1
                self._spent[handle] = self._spent.get(handle, 0) + 1
                if self._spent[handle] > person.patience:
                    continue
                thread = "" if channel.direct_with else message.get("thread_ts", message["ts"])
                self.office.say(handle, reply(person, question), channel="" if channel.direct_with else channel.id, thread=thread)
                return True
        return False

    async def confirm(self) -> bool:
        """Somebody says whether it helped."""
        for handle, person in self.scenario.people.items():
            if person.confirms == "silent":
                continue
            label = "Yes" if person.confirms == "yes" else "Not yet"
            found = self._button(handle, label)
            if found is not None and (found[0].id, f"confirmed:{found[1]['ts']}") not in self._answered:
                self._answered.add((found[0].id, f"confirmed:{found[1]['ts']}"))
                await self._click(handle, found, "")
                return True
        return False

    def waiting(self) -> tuple[str, Approver] | None:
        """The next approver who will do something about a card that they see."""
        for handle, approver in self.scenario.approvers.items():
            if approver.does != "nothing" and self._card(handle) is not None:
                return handle, approver
        return None

    async def decide(self, handle: str, approver: Approver) -> None:
        found = self._card(handle, approver.does)
        if found is not None:
            self._answered.add((handle, found.reference))
            await self._click(handle, found, approver.reason)

    # ── what they see ────────────────────────────────────────────────────────────────────────────────────────────

    def heard(self, handle: str) -> str:
        """All that the bot said where this person looks."""
        return "\n".join(words(message) for _, message in self._seen(handle))

    def _seen(self, handle: str) -> Iterator[tuple[Channel, Json]]:
        """What the bot said, the oldest first in each place."""
        me, workspace = self.office.who(handle), self.office.server.workspace
        for channel in list(workspace.channels.values()):
            if workspace.sees(me.slack_id, channel):
                for message in channel.messages:
                    if message["user"] == BOT_USER and message.get("ephemeral_to", me.slack_id) == me.slack_id:
                        yield channel, message

    def _asked(self, handle: str) -> Iterator[tuple[Channel, Json, str]]:
        """Questions to this person that came after their last word in that place: their own messages, or a thread of theirs."""
        me = self.office.who(handle).slack_id
        for channel, message in self._seen(handle):
            if (channel.id, message["ts"]) in self._answered or any(_buttons(message, APPROVE)) or any(_buttons(message, DO_IT)):
                continue
            said = [one for one in channel.messages if one["user"] == me]
            thread = message.get("thread_ts")
            mine = channel.direct_with == me or any(thread in (one["ts"], one.get("thread_ts")) for one in said)
            question = asked(words(message))
            if mine and question and said and float(message["ts"]) > float(said[-1]["ts"]):
                yield channel, message, question

    def _button(self, handle: str, label: str) -> Button | None:
        newest: Button | None = None
        for channel, message in self._seen(handle):
            for reference, element in referring(message, label):
                if newest is None or float(message["ts"]) > float(newest.message["ts"]):
                    newest = Button(channel, message, element, reference)
        return newest

    def _card(self, handle: str, label: str = APPROVE) -> Button | None:
        """The oldest card that asks for an answer and that this person has not answered; of several on one, the first."""
        for channel, message in self._seen(handle):
            for reference, element in referring(message, label):
                if reference and (handle, reference) not in self._answered and not _of_more(element):
                    return Button(channel, message, element, reference)
        return None

    def _note(self, handle: str, text: str, place: str = "direct") -> None:
        at = self.office.company.clock.now().isoformat()
        self.done.append((time.time(), Said(at, place, handle, text, handle)))


def asks_for(message: Json) -> str:
    """The reference of the approval that a message with the button Approve asks for; empty for another message."""
    found = APPROVAL.search(words(message))
    return found[0] if found and any(_buttons(message, APPROVE)) else ""


def asked(text: str) -> str:
    """The question in what the bot said, or nothing; a heading is none, nor is whether something helped."""
    lines = [line.strip() for line in text.splitlines() if not HEADING.fullmatch(line.strip())]
    found = [line for line in lines if "?" in line and line.lower() not in FEEDBACK]
    return found[-1] if found else ""


def reply(person: Person, question: str) -> str:
    low = question.lower()
    for answer in person.answers:
        if not answer.about or any(word.lower() in low for word in answer.about):
            return answer.says
    return LOST


def referring(message: Json, label: str) -> Iterator[tuple[str, Json]]:
    """The buttons whose text begins so, each with the first reference that stands above it, behind the buttons before it.

    Where none does, the first between the lines that are drawn around it is meant, and else the first of the message.
    """
    whole, above = APPROVAL.search(words(message)), ""
    for block, between in _ruled(message.get("blocks", ())):
        found = [one for one in _elements(block) if isinstance(one, dict) and one.get("type") == "button"]
        for element in found:
            if str(element.get("text", {}).get("text", "")).lower().startswith(label.lower()):
                yield above or between or (whole[0] if whole else ""), element
        if found:
            above = ""
        elif not above and block.get("type") != "context":
            said = APPROVAL.search(words({"text": "", "blocks": [block]}))
            above = said[0] if said else ""


def _ruled(made: Sequence[Json]) -> Iterator[tuple[Json, str]]:
    """Each block with the first reference that stands between the same two dividers; empty where none does."""
    parts: list[list[Json]] = [[]]
    for block in made:
        parts[-1].append(block)
        if block.get("type") == "divider":
            parts.append([])
    for part in parts:
        found = APPROVAL.search(words({"text": "", "blocks": part}))
        yield from ((block, found[0] if found else "") for block in part)


def _all_above(message: Json) -> list[str]:
    """The references of all that wait for a yes on this message."""
    return [reference for reference, element in referring(message, APPROVE) if not _of_more(element)]


def _elements(block: Json) -> list[Any]:
    return [*block.get("elements", ()), *([block["accessory"]] if "accessory" in block else [])]


def _of_more(element: Json) -> bool:
    """Whether it says yes to more than this, or to something else."""
    return str(element["text"]["text"]).lower().startswith(MORE)


def _buttons(message: Json, label: str) -> Iterator[Json]:
    return (element for _, element in referring(message, label))
