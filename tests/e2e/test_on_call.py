"""Whoever is on call is told in Slack what was handed over; and nobody claims to have told somebody who has no account there."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from tests.e2e.test_manners import settled
from tests.office import Office, opened_office

BROKEN = "The coffee machine is making strange noises"


def leave(office: Office, *stay: str) -> None:
    """Of the company, only these have an account in this Slack."""
    members = office.server.workspace.members
    for slack_id in [one.slack_id for one in members.values() if one.kind != "bot" and one.handle not in stay]:
        del members[slack_id]


async def test_a_page_reaches_whoever_is_on_call(office: Office) -> None:
    """Omar reads in his direct messages what was handed over, with its ticket and case, and their channel says who was paged."""
    office.say("ben", BROKEN)
    await office.hears("ben", "told Omar Haddad, who is on call")
    heard = await office.hears("omar", "You were paged")
    await office.hears("omar", "Omar Haddad was paged", "oncall")

    found = await office.case_is(requester="ben", outcome="handed_over")
    assert "on call for identity" in heard
    assert found["id"] in heard
    assert found["ticket"] in heard
    assert "You were paged" not in office.heard("ben")


async def test_whoever_has_no_account_in_this_slack_was_not_told(office: Office) -> None:
    """The requester and the channel hear that nobody on call could be told; the page and the ticket stand all the same."""
    leave(office, "ben")
    office.say("ben", BROKEN)
    await office.hears("ben", "has no account in this Slack")
    await office.hears("ben", "Nobody on call could be told in Slack", "oncall")
    await settled(office)

    assert "Omar" not in office.heard("ben") + office.heard("ben", "oncall")
    assert len(await office.journal("page_on_call")) == 1
    posts = (await office.trail())["posts"]
    assert {post["state"] for post in posts} == {"posted"}, "nothing was sent to nobody"


async def test_a_card_goes_to_those_who_have_an_account(office: Office) -> None:
    """Omar, on call, has none: the next who may answer is asked at once, and can."""
    leave(office, "ana", "ida")
    office.say("ana", "could I get figma until friday?")
    await office.press("ida", "approve")
    await office.hears("ana", "Gave Ana Almeida access to Figma")

    cards = [post["key"] for post in (await office.trail())["posts"] if post["kind"] == "card"]
    assert len(cards) == 2, "the channel's and Ida's"


async def test_where_nobody_can_be_asked_that_is_said_at_once(office: Office) -> None:
    """No card that waits for hours in front of nobody."""
    leave(office, "ana")
    office.say("ana", "could I get figma until friday?")
    await office.hears("ana", "Nobody who may approve this can be reached")

    trail = await office.trail()
    assert [call["state"] for call in trail["calls"] if call["tool"] == "grant_access"] == ["failed"]
    assert trail["approvals"] == []


async def test_the_night_is_a_setting_and_is_theirs_who_are_asked(database: str, tmp_path: Path) -> None:
    """It is night by the setting where Omar is: his reminder comes when that ends, and the card stands meanwhile."""
    here = datetime.now(ZoneInfo("Europe/Berlin")).replace(second=0, microsecond=0)
    begins, ends = here - timedelta(hours=1), here + timedelta(hours=3)
    async with opened_office(database, tmp_path, QUIET_HOURS=f"{begins:%H:%M}-{ends:%H:%M}") as office:
        assert next(one["zone"] for one in (await office.books())["people"] if one["handle"] == "omar") == "Europe/Berlin"
        office.say("ana", "could I get figma until friday?")
        await office.hears("omar", "Please decide")
        await office.company.clock.turn(timedelta(minutes=16))

        async def held_back() -> list[datetime]:
            async with office.store.session() as session:
                found = await session.execute(sa.text("SELECT at FROM due WHERE what = 'approval_later'"))
                return [row.at for row in found]

        at = await office.until(held_back, "a reminder that is held back")
        assert [one.astimezone(ZoneInfo("Europe/Berlin")).strftime("%H:%M") for one in at] == [f"{ends:%H:%M}"]
        assert "Still waiting for an answer" not in office.heard("omar")
