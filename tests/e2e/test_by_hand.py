"""Taking over: the engineer does it by hand, the tool's own check shows it, and what it is not is said."""

import dataclasses
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.consent import ApprovalState, Vote
from bot.domain import Event, EventKind
from tests.e2e.test_one_card import BOTH
from tests.office import Office
from tools.contract import Caller
from tools.systems.embedded import scene

UNLOCK = "please unlock the account of ana"


async def asked(office: Office) -> None:
    """Ben asks for Ana's account, so whoever is on call has to say yes."""
    office.say("ben", UNLOCK)
    await office.hears("omar", "Please decide")


async def unlock(office: Office) -> dict[str, Any]:
    return next(one for one in (await office.trail())["calls"] if one["tool"] == "unlock_account")


async def test_it_is_done_by_hand_and_seen(office: Office) -> None:
    """Taken over, not there yet, done, read back: closed as taken over everywhere, and Deskhand changed nothing itself."""
    await asked(office)
    await office.pick("omar", "I'll do it by hand")
    await office.hears("omar", "It is yours now")
    await office.hears("omar", "Taken over: Omar Haddad does it by hand")
    await office.hears("ben", "Omar Haddad does this by hand")
    await office.home("ben", "A person, who does this by hand")
    assert office.button("omar", "approve") is None

    await office.press("omar", "act:done_by_hand")
    await office.hears("omar", "I looked and don't see it yet")
    assert (await unlock(office))["state"] == "waiting"

    await scene.set_account(office.engine, "ana", status="ACTIVE")
    await office.press("omar", "act:done_by_hand")
    await office.hears("omar", "I looked, and it is there")
    await office.hears("omar", "Done by hand: Omar Haddad did it")
    trail = await office.case_is(outcome="verified")
    call = await unlock(office)
    assert (call["state"], call["check"]["held"]) == ("taken_over", True)
    assert [one["state"] for one in trail["approvals"]] == ["taken_over"]
    await office.hears("ben", "Omar Haddad did it by hand")
    assert await office.journal("unlock_account") == []
    assert office.button("omar", "act:done_by_hand") is None


@pytest.mark.parametrize("ends", [True, False], ids=["with its end", "without an end"])
async def test_access_that_was_given_by_hand_ends_as_the_bots_own_does(office: Office, ends: bool) -> None:
    """At the time that was asked for it is taken back; what was given without an end is said to go on, and nobody takes it."""
    office.say("ana", "could I get figma for two days?")
    await office.pick("omar", "I'll do it by hand")
    await office.until(lambda: office.button("omar", "act:done_by_hand"), "the button")
    [asked] = [one for one in (await office.trail())["calls"] if one["tool"] == "grant_access"]
    until = datetime.fromisoformat(asked["arguments"]["until"]) if ends else None
    by_omar = Caller("omar", "by hand", "by hand", office.company.clock.now())
    await office.company.systems().access.put_back("ana", "figma", until, by_omar)
    await office.press("omar", "act:done_by_hand")
    told = await office.hears("omar", "I looked, and it is there")
    await office.case_is(outcome="verified")
    answer = await office.hears("ana", "did it by hand")
    assert ("has no end there: set one" in told, "goes on until somebody ends it" in answer) == (not ends, not ends)

    await office.company.clock.turn(timedelta(days=3))

    async def over() -> bool:
        states = [one["state"] for one in (await office.books())["grants"] if (one["person"], one["app"]) == ("ana", "figma")]
        return states == ["ended" if ends else "active"]

    if ends:
        await office.hears("ana", "As agreed, this has ended")
    assert await office.until(over, "the grant as it should be")
    async with office.store.session() as session:
        assert await session.scalar(sa.text("SELECT count(*) FROM due WHERE what = 'grant_end'")) == 0


async def test_on_home_it_is_done_as_well(office: Office) -> None:
    """What somebody has taken over stays on their Home, and on nobody else's, until it shows."""
    await asked(office)
    await office.home("omar", "Waiting for your answer (1)")
    await office.pick("omar", "I'll do it by hand")
    await office.home("omar", "Taken over: Omar Haddad")
    assert "Taken over" not in str(await office.home("tariq"))
    await scene.set_account(office.engine, "ana", status="ACTIVE")
    await office.press_home("omar", "act:done_by_hand")
    await office.home_says("omar", "I looked, and it is there")
    await office.case_is(outcome="verified")
    await office.until(
        lambda: "act:done_by_hand" not in str(office.server.workspace.homes[office.who("omar").slack_id]), "it to go"
    )


async def test_nobody_else_says_that_it_is_done(office: Office) -> None:
    """The card stands in the channel: another's *Done*, a yes and a no meanwhile are answered, and change nothing."""
    await asked(office)
    ts, element = await office.until(lambda: office.button("omar", "approve", "oncall"), "the channel's card")
    await office.pick("omar", "I'll do it by hand")
    await office.hears("omar", "Taken over: Omar Haddad", "oncall")
    await scene.set_account(office.engine, "ana", status="ACTIVE")
    await office.press("tariq", "act:done_by_hand", "oncall")
    await office.hears("tariq", "only they can say that it is done", "oncall")
    found = office.button("omar", "act:done_by_hand", "oncall")
    assert found is not None
    forged = {"action_id": "approve", "value": element["value"]}
    place = office.place("omar", "oncall")
    await office.server.interactions.click(office.who("omar"), place, found[0], "act:done_by_hand", forged=forged)
    await office.hears("omar", "was taken over by somebody", "oncall")
    assert ts == found[0]
    assert (await unlock(office))["state"] == "waiting"


async def test_given_back_it_waits_again(office: Office) -> None:
    """By a button, or when the time is over without anything to be seen; then an ordinary yes does it."""
    await asked(office)
    [before] = (await office.trail())["approvals"]
    await office.company.clock.turn(timedelta(minutes=10))
    await office.pick("omar", "I'll do it by hand")
    await office.press("omar", "act:give_back")
    await office.hears("ben", "couldn't do it by hand after all")
    [again] = (await office.trail())["approvals"]
    assert (again["state"], again["terms"], again["expires"]) == ("waiting", before["terms"], before["expires"])
    await office.pick("omar", "I'll do it by hand")
    await office.until(lambda: office.button("omar", "act:done_by_hand"), "the button")
    await office.company.clock.turn(timedelta(hours=4, minutes=1))
    await office.hears("omar", "You took this over and I don't see it yet, and its time is over")

    async def raised() -> bool:
        [one] = (await office.trail())["approvals"]
        return [term["tier"] for term in one["terms"]] == [1]

    await office.until(raised, "the next tier")
    await office.press("omar", "approve")
    await office.case_is(outcome="verified")
    assert len(await office.journal("unlock_account")) == 1


async def test_the_requester_may_withdraw_it_meanwhile(office: Office) -> None:
    """Never mind, while somebody is at it: the card says so, and *Done* closes nothing any more."""
    await asked(office)
    await office.pick("omar", "I'll do it by hand")
    ts, element = await office.until(lambda: office.button("omar", "act:done_by_hand"), "the button")
    office.say("ben", "never mind")
    await office.hears("omar", "Withdrawn by the requester")
    message = office.server.workspace.message(office.place("omar"), ts)
    assert message is not None
    message["blocks"] = [{"type": "actions", "block_id": "b", "elements": [element]}]  # a window that was not brought up to date
    await office.press("omar", "act:done_by_hand")
    await office.hears("omar", "was withdrawn by the requester")
    assert (await unlock(office))["state"] == "withdrawn"
    await office.hears("omar", "I looked, and it is not there: please leave it")
    await office.hears("omar", "had it in hand. I did nothing myself. I looked: it is not there.")
    await office.hears("ben", "Omar Haddad is told to leave it")


async def test_what_was_made_already_when_it_is_withdrawn_is_said(office: Office) -> None:
    """Omar has unlocked it, not pressed *Done* yet, and Ben wants it no longer: both hear that it is there, and so does the trail."""
    await asked(office)
    await office.pick("omar", "I'll do it by hand")
    await office.until(lambda: office.button("omar", "act:done_by_hand"), "the button")
    await scene.set_account(office.engine, "ana", status="ACTIVE")
    office.say("ben", "never mind")
    heard = await office.hears(
        "omar", "I looked, and it is there. If you have made this change, please undo it, or tell Ben Brandt"
    )
    assert "withdrew this while you had it in hand" in heard
    await office.hears("omar", "I looked: it is there.")
    await office.hears("ben", "I looked, and it is there: Omar Haddad is asked to undo it, or to tell you that it stays")
    call = await unlock(office)
    assert (call["state"], call["check"]["held"]) == ("withdrawn", True)
    [*_, row] = [row["data"] for row in (await office.trail())["audit"] if row["what"] == "call"]
    assert (row["call"], row["state"], row["held"]) == (call["id"], "withdrawn", True)


async def in_hand(office: Office) -> tuple[datetime, tuple[str, Any]]:
    """Omar gives Ana figma by hand: until when she asked for it, and his button."""
    office.say("ana", "could I get figma for two days?")
    await office.pick("omar", "I'll do it by hand")
    pressed = await office.until(lambda: office.button("omar", "act:done_by_hand"), "the button")
    [call] = [one for one in (await office.trail())["calls"] if one["tool"] == "grant_access"]
    return datetime.fromisoformat(call["arguments"]["until"]), pressed


async def figma(office: Office, state: str) -> bool:
    return [one["state"] for one in (await office.books())["grants"] if (one["person"], one["app"]) == ("ana", "figma")] == [state]


@pytest.mark.parametrize("at_done", [False, True], ids=["at the look", "at Done"])
async def test_access_that_is_there_when_nobody_wants_it_any_more_has_its_end(office: Office, at_done: bool) -> None:
    """Omar has given it when Ana withdraws, or gives it after the look and says so: it stays, unless he undoes it, and not for good."""
    until, (ts, button) = await in_hand(office)
    by_omar = Caller("omar", "by hand", "by hand", office.company.clock.now())
    if not at_done:
        await office.company.systems().access.put_back("ana", "figma", until, by_omar)
    office.say("ana", "never mind")
    if at_done:
        await office.hears("omar", "I looked, and it is not there: please leave it")
        await office.company.systems().access.put_back("ana", "figma", until, by_omar)
        message = office.server.workspace.message(office.place("omar"), ts)
        assert message is not None
        message["blocks"] = [{"type": "actions", "block_id": "b", "elements": [button]}]  # a window that was not brought up to date
        await office.press("omar", "act:done_by_hand")
        await office.hears("omar", "I look once more whether it is there")
    for who in ("ana", "omar"):
        assert "If it stays, it ends on" in await office.hears(who, "I looked, and it is there")
    assert await figma(office, "active")

    await office.company.clock.turn(timedelta(days=3))
    await office.hears("ana", "As agreed, this has ended")
    assert await figma(office, "ended")


async def test_what_may_be_there_for_good_goes_to_people(office: Office) -> None:
    """Nobody could look when Ana withdrew: she hears so, and people get the case."""
    await in_hand(office)
    await scene.set_fault(office.engine, "list_access", "away")
    office.say("ana", "never mind")
    await office.hears("omar", "I can't tell when it ends, so people look at it")
    heard = await office.hears("ana", "I couldn't find out whether it is there and when it ends")
    assert "I've opened ticket" in heard
    await office.case_is(state="handed_over")


async def test_a_deed_cannot_be_taken_over(office: Office) -> None:
    """Whether somebody ordered a headset by hand nobody can read back: it is not offered, and a forged click is answered."""
    office.say("ana", "I need a new headset")
    ts, element = await office.until(lambda: office.button("mia", "approve"), "a card")
    menu = office.button("mia", "more")
    assert menu is not None
    assert "I'll do it by hand" not in [one["text"]["text"] for one in menu[1]["options"]]
    place, forged = office.place("mia"), {"action_id": "act:take_over"}
    await office.server.interactions.click(office.who("mia"), place, ts, "approve", value=element["value"], forged=forged)
    await office.hears("mia", "can only be approved or denied")


async def test_a_case_that_people_take_leaves_nothing_that_runs(office: Office) -> None:
    """One call is done by hand and the other was approved, when the requester asks for a person, before it could begin: both are over, each
    card says so, *Done* closes nothing, and nothing is done.
    """
    office.say("ana", BOTH)
    await office.until(lambda: office.button("omar", "approve_all"), "a card of two")
    await office.hears("ana", "needs a person's yes")
    await office.pick("omar", "I'll do it by hand")
    ts, element = await office.until(lambda: office.button("omar", "act:done_by_hand"), "the button")
    await office.close()
    [waits] = [one for one in (await office.trail())["approvals"] if one["state"] == "waiting"]
    async with office.store.work() as work:
        one = await work.approval(waits["id"], lock=True)
        assert one is not None
        case = await work.case(one.case)
        assert case is not None
        vote = Vote("omar", office.who("omar").slack_id, approve=True, reason="", at=one.created)
        await work.save_approval(dataclasses.replace(one, state=ApprovalState.APPROVED, votes=(vote,), answered=one.created))
        data = {"approval": one.id, "case": one.case}
        await work.accept(Event(f"approval:{one.id}:approved", case.conversation, EventKind.APPROVAL, "2.0", data=data))
        person = Event("person", case.conversation, EventKind.PERSON, "1.0", case.team, case.channel, case.thread, case.slack_id)
        await work.accept(dataclasses.replace(person, data={"case": case.id}))
    await office.open()

    trail = await office.case_is(state="handed_over")
    await office.hears("omar", "people go on with the whole case")
    assert {one["state"] for one in trail["approvals"]} == {"handed_over"}
    ended = [one for one in trail["calls"] if one["approval"]]
    assert [(one["state"], one["reason"]) for one in ended] == [
        ("handed_over", "It was handed over to people, who go on with it.")
    ] * 2
    message = office.server.workspace.message(office.place("omar"), ts)
    assert message is not None
    message["blocks"] = [{"type": "actions", "block_id": "b", "elements": [element]}]
    await office.press("omar", "act:done_by_hand")
    await office.hears("omar", "was handed over with its whole case")
    assert [*await office.journal("grant_access"), *await office.journal("lock_device")] == []
