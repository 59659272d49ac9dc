"""What somebody wants before they answer: a word of the requester, why it is they, to be reminded. It goes on waiting."""

import asyncio
import dataclasses
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.approvals.asides import BEFORE, LENGTH, _tomorrow
from bot.consent import ApprovalState, Question
from bot.domain import Call
from bot.ports import ClickAnswer
from bot.words import actwording, askwording
from tests.town import NOW
from tests.workshop import Workshop, policy

WHICH = Question("omar", "Which room?", NOW)


async def asks(house: Workshop, words: str = " Which room? ", who: str = "U-OMAR", call: Call | None = None) -> Call:
    """A call that somebody asks about before they answer."""
    call = call or await house.opens()
    answer = await house.people.asides.ask(await house.click(call.approval, who, words=words))
    assert answer.taken, answer.text
    return call


async def replies(house: Workshop, call: Call, words: str, who: str = "U-ANA") -> ClickAnswer:
    return await house.people.asides.reply(await house.click(call.approval, who, words=words))


async def questions(house: Workshop, call: Call) -> tuple[Question, ...]:
    return (await house.approval(call.approval)).questions


async def audit(house: Workshop, name: str) -> dict[str, Any]:
    """What the last line of an approval in the audit has besides its state."""
    rows = await house.asked(f"SELECT data FROM audit WHERE what = 'approval' AND data->>'approval' = '{name}' ORDER BY position")
    return {key: value for key, value in rows[-1][0].items() if key not in ("approval", "call", "votes", "state")}


async def posts(house: Workshop, prefix: str) -> dict[str, tuple[Any, ...]]:
    """(content, channel, thread, person, case) by key."""
    sql = f"SELECT key, content, channel, thread, person, \"case\" FROM outbox WHERE key LIKE '{prefix}:%' AND kind = 'note'"
    return {key: tuple(rest) for key, *rest in await house.asked(sql)}


async def said(house: Workshop, role: str) -> list[str]:
    async with house.store.work() as work:
        return [line.text for line in await work.transcript("C-1") if line.role == role]


# ── a question ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_question_stands_on_the_card_and_where_the_requester_reads_it(house: Workshop) -> None:
    """With a way to answer, in the thread of its plan; who asked it is in the audit, and what it was is not."""
    house.turn.case = dataclasses.replace(house.turn.case, data={"threads": {"": "7.7"}})
    async with house.store.work() as work:
        await work.save_case(house.turn.case)
    call = await house.opens()
    click = await house.click(call.approval, "U-OMAR", words=" Which room? ")
    assert await house.people.asides.ask(click) == ClickAnswer(True, actwording.asked(call.approval))
    one = await house.approval(call.approval)
    assert (one.state, one.questions) == (ApprovalState.WAITING, (WHICH,))
    assert [card["questions"] for card in await house.cards(one)] == [
        [{"name": "Omar", "text": "Which room?", "answer": ""}]
    ] * len(one.cards)
    text = actwording.question("Omar", call.sentence, "Which room?", one.id)
    content = {"text": text, "case": "C-1", "buttons": [], "reply": {"approval": one.id, "nonce": one.nonce}}
    assert await posts(house, "question") == {f"question:{one.id}:1": (content, "D", "7.7", "", "C-1")}
    assert (await said(house, "bot"))[-1] == text
    assert await audit(house, one.id) == {"asked": 1, "by": "omar"}


@pytest.mark.parametrize("words", ["", "  \n"])
async def test_without_words_they_are_asked_for(house: Workshop, words: str) -> None:
    call = await house.opens()
    answer = await house.people.asides.ask(await house.click(call.approval, "U-OMAR", words=words))
    assert answer == ClickAnswer(False, actwording.NOTHING_ASKED, asks=call.sentence)
    await asks(house, call=call)
    answer = await replies(house, call, words)
    assert answer == ClickAnswer(False, actwording.NOTHING_ANSWERED, asks="Which room?")
    assert await questions(house, call) == (WHICH,)


async def test_one_question_at_a_time(house: Workshop) -> None:
    """The next once the last was answered; who answered something is named on the card all the while."""
    house.reads(policy(pair="{by: [engineers, managers], count: 2, within: 4h}"))
    call = await house.opens()
    await house.yes(call.approval, "U-MIA")
    await asks(house, call=call)
    again = await house.people.asides.ask(await house.click(call.approval, "U-IDA", words="And when?"))
    assert again == ClickAnswer(False, actwording.QUESTION_OPEN)
    await replies(house, call, "This one.")
    await asks(house, "And when?", "U-IDA", call)
    assert await questions(house, call) == (dataclasses.replace(WHICH, answer="This one."), Question("ida", "And when?", NOW))
    await replies(house, call, "Today.", "U-ANA")
    assert [one.answer for one in await questions(house, call)] == ["This one.", "Today."]
    await asks(house, "Really?", "U-IDA", call)
    cards = await house.cards(await house.approval(call.approval))
    assert {(card["votes"][0]["name"], *(each["name"] for each in card["questions"])) for card in cards} == {
        ("Mia", "Omar", "Ida", "Ida")
    }
    assert await audit(house, call.approval) == {"asked": 3, "by": "ida"}
    assert set(await posts(house, "question")) == {f"question:{call.approval}:{number}" for number in (1, 2, 3)}


async def test_no_question_is_without_end(house: Workshop) -> None:
    call = await asks(house, "x" * (LENGTH + 9))
    assert [len(one.text) for one in await questions(house, call)] == [LENGTH]
    await replies(house, call, "y" * (LENGTH + 9))
    assert [len(one.answer) for one in await questions(house, call)] == [LENGTH]


# ── the answer ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_answer_stands_on_the_card(house: Workshop) -> None:
    """In the requester's words, as they are; the question takes no other then."""
    call = await asks(house)
    assert await replies(house, call, " This one. ") == ClickAnswer(True, actwording.answered("Omar", call.approval))
    one = await house.approval(call.approval)
    assert (one.state, one.questions) == (ApprovalState.WAITING, (dataclasses.replace(WHICH, answer="This one."),))
    assert {card["questions"][0]["answer"] for card in await house.cards(one)} == {"This one."}
    text = actwording.question("Omar", call.sentence, "Which room?", one.id)
    content = {"text": text, "case": "C-1", "buttons": []}
    assert await posts(house, "question") == {f"question:{one.id}:1": (content, "D", "1.1", "", "C-1")}
    assert (await said(house, "requester"))[-1] == "This one."
    assert await audit(house, one.id) == {"answered": 1, "by": "ana"}
    assert await replies(house, call, "No, that one.") == ClickAnswer(False, actwording.NO_QUESTION)


async def test_nobody_else_answers_it(house: Workshop) -> None:
    call = await asks(house)
    for who, by in (("U-OMAR", "omar"), ("U-NOBODY", "U-NOBODY")):
        assert await replies(house, call, "This one.", who) == ClickAnswer(False, actwording.NOT_ASKED)
        assert await audit(house, call.approval) == {"refused": by}
    assert await questions(house, call) == (WHICH,)


async def test_words_in_the_thread_answer_the_question_that_is_open(house: Workshop) -> None:
    """Of what waits, and of nothing else; without a question they are a request."""
    closed, asked, ended = [await house.opens() for _ in range(3)]
    assert await house.people.asides.answered(house.turn.case, "This one.") == ""
    for call in (asked, ended):
        await asks(house, call=call)
    await house.ends(await house.approval(ended.approval), ApprovalState.WITHDRAWN, ended)
    told = await house.people.asides.answered(house.turn.case, " This one. " + "!" * LENGTH)
    assert told == actwording.answered("Omar", asked.approval)
    [answered] = await questions(house, asked)
    assert answered.answer == ("This one. " + "!" * LENGTH)[:LENGTH]
    assert (await questions(house, closed), await questions(house, ended)) == ((), (WHICH,))
    assert await audit(house, asked.approval) == {"answered": 1, "by": "ana"}
    assert await house.people.asides.answered(house.turn.case, "Or that one.") == ""


# ── at the same moment ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"questions": (Question("ida", "When?", NOW),)}, id="somebody else has asked"),
        pytest.param({"state": ApprovalState.WITHDRAWN}, id="it has ended"),
        pytest.param(None, id="it is erased"),
    ],
)
async def test_what_has_changed_meanwhile_is_not_written_over(house: Workshop, changed: dict[str, Any] | None) -> None:
    """They are told to press again, and nothing is posted."""
    call = await house.opens()
    approvers, click = house.people.approvers, await house.click(call.approval, "U-OMAR", words="Which room?")
    name, one = approvers.name, await house.approval(call.approval)

    async def meanwhile(handle: str) -> str:
        approvers.name = name  # type: ignore[method-assign]
        if changed is None:
            async with house.store.session() as session:
                await session.execute(sa.text("DELETE FROM approval"))
        else:
            async with house.store.work() as work:
                await work.save_approval(dataclasses.replace(one, **changed))
        return await name(handle)

    approvers.name = meanwhile  # type: ignore[method-assign]
    assert await house.people.asides.ask(click) == ClickAnswer(False, askwording.BUSY)
    assert await posts(house, "question") == {}
    if changed is not None:
        assert await house.approval(one.id) == dataclasses.replace(one, **changed)


async def test_an_answer_to_what_has_ended_in_the_same_moment_is_not_written(house: Workshop) -> None:
    call = await asks(house)
    approvers, one = house.people.approvers, await house.approval(call.approval)
    name = approvers.name

    async def meanwhile(handle: str) -> str:
        approvers.name = name  # type: ignore[method-assign]
        async with house.store.work() as work:
            await work.save_approval(dataclasses.replace(one, state=ApprovalState.WITHDRAWN))
        return await name(handle)

    before = await said(house, "requester")
    approvers.name = meanwhile  # type: ignore[method-assign]
    assert await replies(house, call, "This one.") == ClickAnswer(False, askwording.BUSY)
    assert (await questions(house, call), await said(house, "requester")) == ((WHICH,), before)


async def test_two_questions_at_once_are_one(house: Workshop) -> None:
    """The second waits for the first, and is told to press again."""
    call = await house.opens()
    click = await house.click(call.approval, "U-OMAR", words="Which room?")
    async with house.store.work() as work:
        first = await work.approval(call.approval, lock=True)
        assert first is not None
        second = asyncio.create_task(house.people.asides.ask(click))
        assert await house.held_up(second)
        await work.save_approval(dataclasses.replace(first, questions=(Question("ida", "When?", NOW),)))
    assert await second == ClickAnswer(False, askwording.BUSY)
    assert [one.text for one in await questions(house, call)] == ["When?"]


# ── why me ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_whoever_asks_why_hears_by_which_role_for_which_policy_and_who_else(house: Workshop) -> None:
    """Of several policies those that ask for them, each reason once."""
    house.reads(
        policy(pair="{by: [engineers], within: 4h}", too="{by: [managers], within: 4h}").replace(
            "id: too, because: Another pair of eyes.", "id: too, because: Managers know."
        )
    )
    call = await house.opens()
    why = house.people.asides.why
    assert await why(await house.click(call.approval, "U-IDA")) == ClickAnswer(
        True, actwording.why_me(["engineers"], ["Another pair of eyes."], ["Mia", "Omar"])
    )
    both = ["Another pair of eyes.", "Managers know."]
    assert await why(await house.click(call.approval, "U-OMAR")) == ClickAnswer(
        True, actwording.why_me(["engineers", "managers"], both, ["Ida", "Mia"])
    )
    refused = await why(await house.click(call.approval, "U-ANA"))
    assert refused == ClickAnswer(False, askwording.OWN_REQUEST)


async def test_whoever_was_asked_for_what_others_failed_to_answer_hears_of_their_own_role(house: Workshop) -> None:
    """From the next tier on."""
    house.reads(policy(pair="{by: [managers], then: engineers, within: 4h}"))
    call = await house.opens()
    one = await house.approval(call.approval)
    raised = dataclasses.replace(one, terms=tuple(dataclasses.replace(term, tier=1) for term in one.terms))
    async with house.store.work() as work:
        await work.save_approval(raised)
    answer = await house.people.asides.why(await house.click(one.id, "U-IDA"))
    assert answer == ClickAnswer(True, actwording.why_me(["engineers"], ["Another pair of eyes."], ["Mia", "Omar"]))
    answer = await house.people.asides.why(await house.click(one.id, "U-MIA"))
    assert answer == ClickAnswer(True, actwording.why_me(["managers"], ["Another pair of eyes."], ["Ida", "Omar"]))


async def test_whoever_is_asked_for_what_they_are_to_the_requester_hears_of_that(house: Workshop) -> None:
    house.town.people_["ana"] = dataclasses.replace(house.town.people_["ana"], manager="mia")
    boss = policy(pair="{by: [boss], within: 4h}").replace("roles:\n", "roles:\n  boss: {manager_of: requester}\n", 1)
    house.reads(boss)
    call = await house.opens()
    answer = await house.people.asides.why(await house.click(call.approval, "U-MIA"))
    assert answer == ClickAnswer(True, actwording.why_me(["boss"], ["Another pair of eyes."], []))


# ── later ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def later(house: Workshop, call: Call, words: str = "", who: str = "U-OMAR") -> ClickAnswer:
    return await house.people.asides.later(await house.click(call.approval, who, words=words))


@pytest.mark.parametrize(
    ("within", "passed", "minutes"),
    [
        pytest.param("24h", 0, [15, 60, 20 * 60], id="also tomorrow at nine where they are"),
        pytest.param("4h", 0, [15, 60], id="before its end"),
        pytest.param("70m", 0, [15], id="and well before it"),
        pytest.param("75m", 0, [15], id="to the minute"),
        pytest.param("31m", 0, [15], id="only just"),
        pytest.param("30m", 0, [15], id="the last there is"),
        pytest.param("25m", 0, [10], id="as late as it goes"),
        pytest.param("4h", 200, [15], id="as time passes"),
    ],
)
async def test_the_times_to_choose_from(house: Workshop, within: str, passed: int, minutes: list[int]) -> None:
    house.reads(policy(pair=f"{{by: [engineers], within: {within}}}"))
    call = await house.opens()
    house.town.at = now = NOW + timedelta(minutes=passed)
    times = [now + timedelta(minutes=one) for one in minutes]
    told = tuple((at.isoformat(), actwording.at(at, 60 * one, "Europe/Berlin")) for at, one in zip(times, minutes, strict=True))
    assert await later(house, call) == ClickAnswer(False, "", call.sentence, told)
    assert not any(key.startswith("later") for key in await house.dues())


@pytest.mark.parametrize(("left", "said"), [(15, "15 minutes"), (1, "1 minute")])
async def test_what_is_over_soon_is_not_put_off(house: Workshop, left: int, said: str) -> None:
    call = await house.opens()
    one = await house.approval(call.approval)
    house.town.at = one.expires - timedelta(minutes=left)
    assert await later(house, call) == ClickAnswer(False, actwording.no_later(said))


@pytest.mark.parametrize(
    ("at", "taken"),
    [
        (timedelta(minutes=15), True),
        (timedelta(minutes=37), True),
        (timedelta(hours=4) - BEFORE, True),
        (timedelta(hours=4) - BEFORE + timedelta(seconds=1), False),
        (timedelta(0), False),
        (timedelta(minutes=-5), False),
    ],
)
async def test_whoever_is_reminded_later(house: Workshop, at: timedelta, taken: bool) -> None:
    """They alone, and once; what is no time, has passed or comes too late is chosen again."""
    call = await house.opens()
    before = await house.dues()
    chosen = NOW + at
    answer = await later(house, call, chosen.isoformat())
    if not taken:
        assert answer == ClickAnswer(False, actwording.NO_SUCH_REMINDER)
        assert await house.dues() == before
        return
    assert answer == ClickAnswer(True, actwording.later(chosen, at.total_seconds(), "Europe/Berlin"))
    key = f"later:{call.approval}:U-OMAR"
    data = {"approval": call.approval, "case": "C-1", "person": "U-OMAR"}
    assert await house.dues() == {**before, key: (chosen, "approval_later", "T:D", data)}
    assert await audit(house, call.approval) == {"later": "omar"}


async def test_no_time_is_no_reminder(house: Workshop) -> None:
    call = await house.opens()
    for words in ("soon", "2026-11-24T13:00:00"):
        assert await later(house, call, words) == ClickAnswer(False, actwording.NO_SUCH_REMINDER)


async def test_who_answered_a_moment_late_reads_the_time_to_the_minute(house: Workshop) -> None:
    call = await house.opens()
    chosen = NOW + timedelta(minutes=15)
    house.town.at = NOW + timedelta(seconds=20)
    answer = await later(house, call, chosen.isoformat())
    assert answer == ClickAnswer(True, actwording.later(chosen, 900, "Europe/Berlin"))


@pytest.mark.parametrize(
    ("zone", "tomorrow"),
    [
        ("UTC", "2026-11-25T09:00:00+00:00"),
        ("Europe/Berlin", "2026-11-25T08:00:00+00:00"),
        ("Pacific/Auckland", "2026-11-25T20:00:00+00:00"),
        ("America/New_York", "2026-11-25T14:00:00+00:00"),
    ],
)
def test_nine_of_the_next_day_where_somebody_is(zone: str, tomorrow: str) -> None:
    assert _tomorrow(NOW, zone).isoformat() == tomorrow


async def test_a_reminder_is_sent_while_it_waits(house: Workshop) -> None:
    """To whoever wanted it; of what is over, or gone, nobody is reminded."""
    call, over = await house.opens(), await house.opens()
    await house.ends(await house.approval(over.approval), ApprovalState.WITHDRAWN, over)
    one = await house.approval(call.approval)
    for name in (call.approval, over.approval, "A-900"):
        await house.people.asides.reminded(name, "U-OMAR", f"{name}:1")
    text = askwording.reminder(one.id, call.sentence, one.expires)
    assert await posts(house, "later") == {f"later:{one.id}:1": ({"text": text}, "", "", "U-OMAR", "C-1")}
