"""The stories that the first release is about, each through real Slack protocol, gate, ledger and database."""

import pytest

from tests.e2e import stories
from tests.office import Office
from tools.systems.embedded import scene

ANY_WAY = [stories.locked_out, stories.denied]
"""Told over HTTP as well."""


@pytest.mark.parametrize("story", ANY_WAY, ids=stories.name)
async def test_a_story_goes_as_it_is_told_any_way(any_way: Office, story: stories.Story) -> None:
    """By the runbooks, by a model, and by a model where Slack posts to the bot."""
    await story(any_way)


@pytest.mark.parametrize("story", [one for one in stories.REQUESTS if one not in ANY_WAY], ids=stories.name)
async def test_a_story_goes_as_it_is_told(either: Office, story: stories.Story) -> None:
    """By the runbooks, and by a model."""
    await story(either)


async def test_an_earlier_restart_is_not_taken_for_a_later_one(office: Office) -> None:
    """Done a moment ago; asked for again, the system does not answer and does nothing: nobody is told that it was done."""
    await restarts(office)
    await office.case_is(state="resolved", outcome="verified")
    await office.press("ana", "feedback_yes")
    await office.case_is(state="closed")
    await scene.set_fault(office.engine, "restart_device", "away")

    await restarts(office)
    trail = await office.case_is(outcome="handed_over")

    assert [call["state"] for call in trail["calls"] if call["tool"] == "restart_device"] == ["failed"]
    assert len(await office.journal("restart_device")) == 1


async def restarts(office: Office) -> None:
    """Ana asks for a restart of her laptop, and clicks that she wants it."""
    office.say("ana", "please restart my laptop")
    await office.press("ana", "confirm")


async def test_a_deed_whose_answer_was_lost_is_found_by_its_key(office: Office) -> None:
    """The system restarted it and did not say so: it is found, told with what it gave, and was done once."""
    await scene.set_fault(office.engine, "restart_device", "timeout")
    await restarts(office)
    trail = await office.case_is(state="resolved", outcome="verified")

    restart = next(call for call in trail["calls"] if call["tool"] == "restart_device")
    assert "Restarted Ana Almeida" in restart["summary"]
    assert len(await office.journal("restart_device")) == 1


async def test_one_case_has_one_ticket_as_long_as_it_is_open(office: Office) -> None:
    """A second request that goes to people is added to the ticket of the first; once that is closed, the next opens a new one."""
    for tool in ("unlock_account", "renew_certificate", "reset_password"):
        await scene.set_fault(office.engine, tool, "refused")
    before = len((await office.books())["tickets"])
    ts = office.say("ana", stories.LOCKED)
    await office.hears("ana", "I've opened ticket")
    ticket = (await office.trail())["ticket"]
    first = next(one for one in (await office.books())["tickets"] if one["ticket"] == ticket)
    assert first["title"].endswith(": Ana Almeida")
    assert "asked by Ana Almeida in Slack" in first["text"]

    office.say("ana", "my vpn says certificate expired", thread=ts)
    await office.hears("ana", f"added what I learned to ticket *{ticket}*")
    books = await office.books()
    assert len(books["tickets"]) == before + 1
    assert [one["target"] for one in await office.journal("comment_ticket")] == [ticket]
    assert len(await office.journal("page_on_call")) == 2

    await scene.set_ticket(office.engine, ticket, status="closed")
    office.say("ana", "I forgot my password, please reset it", thread=ts)

    async def opened() -> bool:
        return bool((await office.trail())["ticket"] != ticket)

    await office.until(opened, "a new ticket")
    assert len((await office.books())["tickets"]) == before + 2
