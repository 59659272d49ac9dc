"""Several waiting calls of one case on one card."""

import pytest

from bot.approvals.answering import Answering
from bot.errors import StoreAway
from bot.playground.workspace import Json
from bot.ports import Click, ClickAnswer
from tests.office import Office, words

BOTH = "could I get into figma until tomorrow, and my laptop was stolen, please lock it"


async def test_two_requests_of_one_case_are_one_message_and_one_yes(office: Office) -> None:
    """The engineer sees both in full in one message and says yes to both at once; each is done once, and the message says so."""
    office.say("ana", BOTH)
    await office.until(lambda: office.button("omar", "approve_all"), "a card of two")
    cards = [one for one in office.place("omar").messages if "Please decide" in str(one.get("blocks"))]
    assert len(cards) == 1
    await office.press("omar", "approve_all")
    await office.case_is(outcome="verified")
    trail = await office.trail()
    assert [(one["state"], [vote["by"] for vote in one["votes"]]) for one in trail["approvals"]] == [("used", ["omar"])] * 2
    assert len(await office.journal("grant_access")) == 1
    assert len(await office.journal("lock_device")) == 1
    await office.until(lambda: office.button("omar", "approve") is None, "the buttons to go")


async def test_the_requester_reads_of_both_in_one_message_that_follows(office: Office) -> None:
    """What waits for whom, and one reference; after a no and a yes it says what came of each, and offers nothing any more."""

    def notes() -> list[Json]:
        return [one for one in office.place("ana").messages if "(C-1)" in one["text"] and "access to Figma" in one["text"]]

    office.say("ana", BOTH)
    await office.hears("ana", "Each of these needs a person's yes (C-1)")
    [note] = notes()
    assert note["text"].count("I've asked ") == 2
    assert [one for one in office.place("ana").messages if "needs a person's yes" in one["text"]] == [note]
    assert office.button("ana", "withdraw") is not None
    await office.until(lambda: office.button("omar", "approve_all"), "a card of two")
    await office.deny("omar", "Not that one")
    await office.hears("ana", "One of these still needs a person's yes (C-1)")
    assert ": not allowed." in notes()[0]["text"]
    await office.press("omar", "approve")
    await office.hears("ana", "Nobody has to answer these any more (C-1)")
    [note] = notes()
    assert ": approved." in note["text"]
    assert "Never mind" not in words(note)


async def test_one_of_them_alone(office: Office) -> None:
    """A no to one leaves the other waiting, on the same card, and without a yes to all."""
    office.say("ana", BOTH)
    await office.until(lambda: office.button("omar", "approve_all"), "a card of two")
    await office.deny("omar", "Not that one")
    await office.hears("omar", "Denied by Omar Haddad")
    await office.until(lambda: office.button("omar", "approve_all") is None, "the yes to all to go")
    await office.press("omar", "approve")
    await office.case_is(outcome="partly")
    assert len([*await office.journal("grant_access"), *await office.journal("lock_device")]) == 1


async def test_what_of_a_yes_to_all_was_recorded_is_said_of_each(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database goes away between one answer and the next: the first stands, the second is in doubt, and pressing again gives it."""
    office.say("ana", BOTH)
    await office.until(lambda: office.button("omar", "approve_all"), "a card of two")
    await office.hears("ana", "needs a person's yes")
    first, second = (await office.trail())["approvals"]
    answer = Answering.answer

    async def away(self: Answering, click: Click) -> ClickAnswer:
        if click.approval == second["id"]:
            monkeypatch.setattr(Answering, "answer", answer)
            raise StoreAway("the database is away")
        return await answer(self, click)

    monkeypatch.setattr(Answering, "answer", away)
    await office.press("omar", "approve_all")
    heard = await office.hears("omar", f"{second['id']}: I can't say whether your yes to this was recorded.")
    assert f"I'm doing it now, and will check that it took effect ({first['id']})." in heard
    assert "That was not recorded" not in heard
    assert [one["votes"] != [] for one in (await office.trail())["approvals"]] == [True, False]
    await office.press("omar", "approve")
    await office.case_is(outcome="verified")
    assert [len(one["votes"]) for one in (await office.trail())["approvals"]] == [1, 1]
