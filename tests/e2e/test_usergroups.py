"""Slack's user groups as approvers: a card to each member, and the click is checked against who is in the group now."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.test_manners import settled
from tests.office import Office, opened_office
from tests.programs import ROOT

REQUEST = "could I get figma until friday?"


@pytest.fixture
async def office(database: str, tmp_path: Path) -> AsyncIterator[Office]:
    """Access to applications is given by the user group @app-owners: Mia and Ida."""
    head, _, tail = (ROOT / "policies.yaml").read_text().partition("- id: access-for-a-while")
    tail = tail.replace("by: [identity-oncall]", "by: [app-owners]", 1)
    policy = tmp_path / "policies.yaml"
    policy.write_text(
        head.replace("roles:\n", "roles:\n  app-owners: {usergroup: app-owners}\n", 1) + "- id: access-for-a-while" + tail
    )
    assert policy.read_text().count("app-owners") == 3
    async with opened_office(database, tmp_path / "data", POLICY_FILE=str(policy)) as office:
        group(office, "mia", "ida")
        yield office


def group(office: Office, *handles: str) -> None:
    office.server.workspace.usergroups["app-owners"] = [office.who(handle).slack_id for handle in handles]


async def test_each_member_gets_a_card_and_one_of_them_approves(office: Office) -> None:
    """Not the requester, nobody else, and no second vote is needed."""
    office.say("ana", REQUEST)
    for member in ("mia", "ida"):
        await office.until(lambda member=member: office.button(member, "approve"), f"a card for {member}")
    assert office.button("omar", "approve") is None
    assert office.button("ana", "approve") is None

    await office.press("ida", "approve")
    await office.hears("ana", "Gave Ana Almeida access to Figma")
    assert [vote["by"] for vote in (await office.trail())["approvals"][0]["votes"]] == ["ida"]
    await office.hears("mia", "Approved")


async def test_who_left_the_group_between_card_and_click_may_not_answer(office: Office) -> None:
    """The group is looked up anew for the click, whatever was known when the card was sent; another member may."""
    office.say("ana", REQUEST)
    await office.until(lambda: office.button("mia", "approve"), "a card")
    group(office, "ida")
    await office.press("mia", "approve")
    await office.hears("mia", "you are not in there right now")
    trail = await office.trail()
    assert (trail["approvals"][0]["state"], trail["approvals"][0]["votes"]) == ("waiting", [])

    await office.press("ida", "approve")
    await office.hears("ana", "Gave Ana Almeida access to Figma")


async def test_who_joined_the_group_after_the_card_may_answer(office: Office) -> None:
    """On the card in the channel."""
    office.say("ana", REQUEST)
    await office.until(lambda: office.button("ben", "approve", "oncall"), "a card")
    group(office, "ben")
    await office.press("ben", "approve", "oncall")
    await office.hears("ana", "Gave Ana Almeida access to Figma")


async def test_while_slack_does_not_say_who_is_in_the_group_nobody_may_answer(office: Office) -> None:
    """Unknown is no yes: said kindly, nothing is lost, and the same click counts once Slack answers again."""
    office.say("ana", REQUEST)
    await office.until(lambda: office.button("mia", "approve"), "a card")
    for method in ("usergroups.list", "usergroups.users.list"):
        office.server.workspace.fail(method, "error", "fatal_error", times=1000)
    await office.press("mia", "approve")
    await office.hears("mia", "can't make sure right now whether you may answer")
    assert (await office.trail())["approvals"][0]["votes"] == []
    assert await office.journal("grant_access") == []

    office.server.workspace.failures.clear()
    await office.press("mia", "approve")
    await office.hears("ana", "Gave Ana Almeida access to Figma")


async def test_a_group_that_cannot_be_looked_up_for_the_card_is_asked_in_the_channel(office: Office) -> None:
    """The request waits where the people on call see it, instead of failing."""
    office.server.workspace.fail("usergroups.list", "error", "fatal_error", times=1000)
    office.say("ana", REQUEST)
    await office.until(lambda: office.button("mia", "approve", "oncall"), "a card in the channel")
    office.server.workspace.failures.clear()
    await office.press("mia", "approve", "oncall")
    await office.hears("ana", "Gave Ana Almeida access to Figma")


async def test_a_role_that_nobody_can_tell_denies_and_says_why(database: str, tmp_path: Path) -> None:
    """The gate needs to know who is in the group, and Slack is away: no permit, in words, and a way to a person."""
    policy = tmp_path / "policies.yaml"
    policy.write_text((ROOT / "policies.yaml").read_text().replace("{oncall: identity}", "{usergroup: app-owners}", 1))
    async with opened_office(database, tmp_path / "data", POLICY_FILE=str(policy)) as office:
        office.server.workspace.fail("usergroups.list", "error", "fatal_error", times=1000)
        office.say("ana", REQUEST)
        heard = await office.hears("ana", "I couldn't make sure that this is allowed")
        assert "fatal_error" not in heard
        await office.until(lambda: office.button("ana", "person"), "a way to a person")
        assert await office.journal("grant_access") == []


async def test_a_member_whom_the_company_does_not_know_yet_gets_a_card(office: Office) -> None:
    """A real workspace: members of the group are taken in by id as everybody is; guests in it are left out."""
    from bot.playground import Member

    office.server.workspace.members["U07NEWCOMER"] = Member("U07NEWCOMER", "newcomer", "Nora New")
    office.server.workspace.usergroups["app-owners"] = ["U07NEWCOMER", office.who("gus").slack_id]
    office.say("ana", REQUEST)
    await office.press("newcomer", "approve")
    await office.hears("ana", "Gave Ana Almeida access to Figma")
    await settled(office)
    assert office.button("gus", "approve") is None


async def test_the_group_is_looked_up_once_for_many_and_anew_after_five_minutes(database: str, tmp_path: Path) -> None:
    """usergroups.* is limited to twenty calls a minute: what was found serves for five minutes, and a failure is not kept."""
    from bot.domain import Membership
    from bot.slack.workspace import CACHED_SECONDS, SlackWorkspace

    async with opened_office(database, tmp_path) as office:
        assert office.running is not None
        now = 0.0
        group(office, "mia")
        found = SlackWorkspace(office.running.connection.client, office.running.connection.me, monotonic=lambda: now)
        mia, ida = office.who("mia").slack_id, office.who("ida").slack_id

        def asked() -> int:
            return sum(method == "usergroups.users.list" for method, _ in office.server.workspace.calls)

        office.server.workspace.fail("usergroups.users.list", "error", "fatal_error")
        assert await found.in_usergroup(mia, "app-owners") is Membership.UNKNOWN
        for _ in range(5):
            assert await found.in_usergroup(mia, "@app-owners") is Membership.YES
            assert await found.in_usergroup(ida, "@app-owners") is Membership.NO
        assert asked() == 2
        group(office, "ida")
        now = CACHED_SECONDS - 1
        assert await found.in_usergroup(mia, "@app-owners") is Membership.YES
        assert await found.in_usergroup(mia, "@app-owners", fresh=True) is Membership.NO
        now = 3 * CACHED_SECONDS
        group(office, "mia")
        assert await found.in_usergroup(mia, "@app-owners") is Membership.YES
        assert await found.in_usergroup(mia, "no-such-group") is Membership.UNKNOWN
