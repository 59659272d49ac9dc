"""Approvals that owe more than a click."""

import asyncio
import dataclasses
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from bot.approvals.steppingup import NAME_LENGTH, SteppingUp, of_purpose, purpose
from bot.approvals.wrongcodes import WrongCodes
from bot.consent import Approval, ApprovalState
from bot.domain import Call, CallState, Principal
from bot.obligations import Owed
from bot.playground import limits
from bot.ports import ClickAnswer
from bot.slack import clicks, dialogs
from bot.words import askwording
from tests.approvals.desk import ONE, Desk
from tests.town import NOW, TEAM, Town
from tests.workshop import Workshop
from tools.contract import Person, Refused, SystemAway
from tools.systems.secondfactor import Challenge


async def test_a_yes_without_the_name_is_none(desk: Desk) -> None:
    """No name, another one, and the name of another call are told so; a no needs none; what was clicked alone covers no step-up."""
    one = await desk.asks(dataclasses.replace(ONE, step_up="target"))
    for typed in ("", "looker", "C-1", "figma and more"):
        answer = await desk.yes(one, "U-OMAR", reason=typed)
        assert not answer.taken
    assert (await desk.now(one)).votes == ()
    assert (await desk.yes(one, "U-OMAR", reason=" Figma")).taken
    assert await desk.effects(one) == 1
    two = await desk.asks(dataclasses.replace(ONE, step_up="target"), number=2)
    assert (await desk.no(two, "U-IDA")).taken


@pytest.mark.parametrize(
    ("label", "wanted", "typed"),
    [
        pytest.param("Figma", "Figma", "FIGMA", id="as it is"),
        pytest.param("", "figma", "figma", id="without a label its id"),
        pytest.param("Design\n\ttools \u200b of  all", "Design tools of all", "design tools of all", id="of several lines"),
        pytest.param("long " * 700, "figma", "figma", id="longer than anybody types"),
        pytest.param("Caf\u00e9", "Caf\u00e9", "Cafe\u0301", id="in other letters for the same"),
    ],
)
async def test_the_name_is_one_that_can_be_shown_and_typed(desk: Desk, label: str, wanted: str, typed: str) -> None:
    """Whatever a system calls a thing: the form that asks for its name is one that Slack takes, and what it shows is what counts."""
    one = await desk.asks(dataclasses.replace(ONE, step_up="target"))
    async with desk.store.work() as work:
        call = await work.call(one.call)
        assert call is not None
        await work.save_call(dataclasses.replace(call, resource={**call.resource, "label": label}))
    asked = await desk.yes(one, "U-OMAR")
    assert asked.types == wanted
    view = dialogs.step_up(clicks.Vote(one.id, one.nonce), clicks.Place("U-OMAR", TEAM), asked)
    assert limits.wrong_view(view) == ""
    assert (await desk.yes(one, "U-OMAR", reason=typed)).taken


async def test_of_a_name_that_is_long_everywhere_the_beginning_is_typed(desk: Desk) -> None:
    one = await desk.asks(dataclasses.replace(ONE, step_up="target"))
    async with desk.store.work() as work:
        call = await work.call(one.call)
        assert call is not None
        await work.save_call(dataclasses.replace(call, resource={**call.resource, "label": "x\n" * 400, "id": "y" * 900}))
    asked = await desk.yes(one, "U-OMAR")
    assert asked.types == ("x " * 40).strip()
    assert not (await desk.yes(one, "U-OMAR", reason="x x")).taken
    assert (await desk.yes(one, "U-OMAR", reason=asked.types)).taken


async def test_where_nobody_asks_for_a_second_factor_no_such_approval_is_given(desk: Desk) -> None:
    """And whoever was asked is told so; they can still say no. The name alone is no second factor."""
    one = await desk.asks(dataclasses.replace(ONE, step_up="factor"))
    answer = await desk.yes(one, "U-OMAR", reason="figma")
    assert (answer.taken, answer.text, (await desk.now(one)).votes) == (False, askwording.NO_SECOND_FACTOR, ())
    assert (await desk.no(one, "U-IDA")).taken


# ── a second factor ──────────────────────────────────────────────────────────────────────────────────────────────────

PAGE = "https://confirm.example/"
OPEN, PASSED = Challenge("k7", NOW + timedelta(minutes=5)), Challenge("k7", NOW + timedelta(minutes=5), passed=True)
OMAR = Principal("omar", "U-OMAR", TEAM)
LONG = "the shared design tools of the whole house, all of its rooms, and of its garden house"
FIGMA = Call("K-1", "C-1", "c1", "grant_access", {}, CallState.WAITING, "ana", NOW, sentence="Give Ben access to Figma")


def owing(*step_ups: str) -> Approval:
    owed = tuple(Owed("p", "", ("engineers",), step_up=one) for one in step_ups)
    return Approval("A-1", "C-1", "K-1", "0123456789abcdef", "n", owed, NOW, NOW + timedelta(hours=4))


@dataclass
class Factor:
    """Says the same to everybody."""

    says: Challenge | Exception = OPEN
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    async def challenge(self, person: str, about: str, key: str) -> Challenge:
        self.asked.append((person, about, key))
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


async def missing(says: Any, name: str, *step_ups: str, label: str = "Figma") -> ClickAnswer | None:
    call = dataclasses.replace(FIGMA, resource={"kind": "app", "id": "figma", "label": label})
    return await SteppingUp(Factor(says), PAGE).missing(name, owing(*step_ups), call, OMAR)


async def test_a_second_factor_is_asked_of_whoever_clicked_for_exactly_this() -> None:
    factor = Factor()
    answer = await SteppingUp(factor, PAGE).missing("", owing("factor"), FIGMA, OMAR)
    assert answer == ClickAnswer(False, askwording.FACTOR_WANTED, asks=FIGMA.sentence, link=f"{PAGE}k7")
    assert factor.asked == [("omar", "Give Ben access to Figma (A-1, 0123456789ab)", "A-1:0123456789abcdef:omar")]
    assert of_purpose(purpose(owing(), "omar")) == ("A-1", "omar")
    assert of_purpose(purpose(owing(), "omar:of:two")) == ("A-1", "omar:of:two")


@pytest.mark.parametrize(
    ("says", "name", "step_ups", "answer"),
    [
        pytest.param(PASSED, "", ("factor",), None, id="it was given"),
        pytest.param(SystemAway("no answer"), "", ("factor",), ClickAnswer(False, askwording.FACTOR_AWAY), id="the system is away"),
        pytest.param(
            Refused("they have no app"),
            "",
            ("factor",),
            ClickAnswer(False, askwording.no_factor("they have no app")),
            id="they have none",
        ),
        pytest.param(PASSED, "", (), None, id="nothing is owed"),
        pytest.param(PASSED, "figma", ("target", "factor"), None, id="both were given"),
        pytest.param(
            PASSED,
            "",
            ("target", "factor"),
            ClickAnswer(False, askwording.NAME_WANTED, asks=FIGMA.sentence, types="Figma"),
            id="the name is missing",
        ),
        pytest.param(
            PASSED,
            "looker",
            ("target", "factor"),
            ClickAnswer(False, askwording.OTHER_NAME, asks=FIGMA.sentence, types="Figma"),
            id="it is another name",
        ),
        pytest.param(
            OPEN,
            "",
            ("target",),
            ClickAnswer(False, askwording.NAME_WANTED, asks=FIGMA.sentence, types="Figma"),
            id="the name alone is owed",
        ),
        pytest.param(
            OPEN,
            "figma",
            ("target", "factor"),
            ClickAnswer(False, askwording.FACTOR_WANTED, asks=FIGMA.sentence, types="Figma", link=f"{PAGE}k7"),
            id="the factor is missing",
        ),
        pytest.param(
            OPEN,
            "",
            ("factor", "target"),
            ClickAnswer(False, askwording.NAME_WANTED, asks=FIGMA.sentence, types="Figma", link=f"{PAGE}k7"),
            id="both are missing",
        ),
    ],
)
async def test_what_is_still_missing(says: Any, name: str, step_ups: tuple[str, ...], answer: ClickAnswer | None) -> None:
    assert await missing(says, name, *step_ups) == answer


@pytest.mark.parametrize(
    ("label", "name", "right"),
    [
        pytest.param("Figma", "figma", True, id="its name"),
        pytest.param("The design tool", "figma", True, id="its id"),
        pytest.param(LONG, LONG, True, id="all of a long name"),
        pytest.param(LONG, LONG[:NAME_LENGTH], False, id="the beginning of a name whose id is short"),
        pytest.param("", "", False, id="nothing, where it has no name"),
        pytest.param("Figma", "grant_access", False, id="the tool"),
    ],
)
async def test_what_counts_as_the_name(label: str, name: str, right: bool) -> None:
    assert len(LONG) > NAME_LENGTH
    assert (await missing(PASSED, name, "target", label=label) is None) is right


async def test_a_name_that_is_just_short_enough_is_what_is_typed() -> None:
    answer = await missing(PASSED, "", "target", label="x" * NAME_LENGTH)
    assert answer is not None
    assert answer.types == "x" * NAME_LENGTH


async def test_what_has_no_name_at_all_is_called_by_its_tool() -> None:
    for name, right in (("grant_access", True), ("", False)):
        assert (await SteppingUp().missing(name, owing("target"), FIGMA, OMAR) is None) is right


async def test_a_yes_with_a_second_factor_says_so(desk: Desk) -> None:
    """Before it was given nothing is taken."""
    one = await desk.asks(dataclasses.replace(ONE, step_up="factor"))
    factor = Factor()
    desk.people.answering._stepping_up = SteppingUp(factor, PAGE)
    assert not (await desk.yes(one, "U-OMAR")).taken
    factor.says = PASSED
    assert (await desk.yes(one, "U-OMAR", reason="figma")).taken
    assert [(vote.by, vote.reason, vote.step_up) for vote in (await desk.now(one)).votes] == [("omar", "", ("factor",))]


# ── wrong codes ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def waiting(house: Workshop) -> tuple[Approval, WrongCodes]:
    call = await house.opens()
    return await house.approval(call.approval), WrongCodes(house.store.work, house.town, house.town, "oncall")


async def refused(house: Workshop) -> list[dict[str, Any]]:
    return [row for (row,) in await house.asked("SELECT data FROM audit WHERE data ? 'factor' ORDER BY position")]


async def test_each_wrong_code_is_written_down_and_the_last_is_told(house: Workshop) -> None:
    """To whose factor it is, once for each time that no more may be tried; whom no message reaches is told nothing."""
    one, heard = await waiting(house)
    before = set(await house.posts())
    await heard(purpose(one, "omar"), last=False)
    assert set(await house.posts()) == before
    await heard(purpose(one, "omar"), last=True)
    await heard(purpose(one, "nobody"), last=True)
    row = {"approval": one.id, "call": one.call, "state": "waiting", "votes": []}
    assert await refused(house) == [
        {**row, "refused": "omar", "factor": "wrong"},
        {**row, "refused": "omar", "factor": "last"},
        {**row, "refused": "nobody", "factor": "last"},
    ]
    [told] = await house.asked("SELECT key, kind, content, person, channel, \"case\" FROM outbox WHERE key LIKE 'wrongcodes:%'")
    sentence = (await house.call("c1")).sentence
    text = askwording.wrong_codes(sentence, one.id)
    assert told == (f"wrongcodes:{one.id}:omar:{NOW.isoformat()}", "note", {"text": text}, "U-OMAR", "", "C-1")


class Away(Town):
    """Nobody can say who anybody is."""

    async def person(self, handle: str) -> Person | None:
        raise SystemAway("the directory does not answer")


async def test_wrong_codes_are_written_down_while_nobody_can_say_whose_they_are(house: Workshop) -> None:
    """The last is told in the channel for cards instead; where there is none, it stands in the audit alone."""
    one, _ = await waiting(house)
    for channel in ("oncall", ""):
        heard = WrongCodes(house.store.work, Away(), house.town, channel)
        await heard(purpose(one, "omar"), last=False)
        await heard(purpose(one, "omar"), last=True)
    assert [(row["refused"], row["factor"]) for row in await refused(house)] == [("omar", "wrong"), ("omar", "last")] * 2
    [told] = await house.asked("SELECT content, person, channel FROM outbox WHERE key LIKE 'wrongcodes:%'")
    assert told == ({"text": askwording.wrong_codes_of("omar", (await house.call("c1")).sentence, one.id)}, "", "oncall")


async def test_a_code_for_what_is_gone_is_nothing(house: Workshop) -> None:
    _, heard = await waiting(house)
    before = await house.audited()
    await heard("A-900:digest:omar", last=True)
    assert await house.audited() == before


async def test_a_wrong_code_is_written_after_the_answer_of_the_same_moment(house: Workshop) -> None:
    """So that the audit says of each moment how it stood."""
    one, heard = await waiting(house)
    async with house.store.work() as work:
        await work.approval(one.id, lock=True)
        code = asyncio.create_task(heard(purpose(one, "omar"), last=False))
        assert await house.held_up(code)
        await work.save_approval(dataclasses.replace(one, state=ApprovalState.APPROVED))
    await code
    assert [row["state"] for row in await refused(house)] == ["approved"]
