"""Who somebody is: what Slack and the directory say, and nothing that this machine cannot work with."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain import Case, Membership, PersonKind, Principal
from bot.facts import Facts
from bot.gate import parse
from bot.ports import Profile
from tests.gate.policy import TOOLS
from tools.contract import Person

POLICY = """version: 1
roles: {it: {group: it-admins}}
policies:
  - {id: it, because: b, tools: [unlock_account], effect: permit, roles: [it]}
"""


class Nobody:
    """A directory that knows nobody."""

    async def by_slack(self, slack_id: str) -> None: ...


class Slack:
    """Says that an account is a guest's, in this zone; whether it is there at all it says as it is told."""

    def __init__(self, zone: str = "UTC", there: Membership = Membership.YES) -> None:
        self._zone = zone
        self._there = there

    async def has(self, slack_id: str) -> Membership:
        return self._there if slack_id == "U0MAR" else Membership.NO

    async def profile(self, slack_id: str, team: str) -> Profile:
        return Profile(slack_id, PersonKind.GUEST, zone=self._zone)


@pytest.mark.parametrize(
    ("said", "used"),
    [("Europe/Rome", "Europe/Rome"), ("Mars/Base", "UTC"), ("", "UTC"), ("../etc/passwd", "UTC"), ("Bad\0Zone", "UTC")],
)
async def test_a_zone_that_nobody_knows_is_utc(said: str, used: str) -> None:
    """Times are reckoned in it later, where nothing may fail."""
    slack: Any = Slack(said)
    directory: Any = Nobody()
    assert (await Facts(directory, slack).principal("U1", "T1")).zone == used


class Company(Nobody):
    """A directory in which somebody is in a group, or no longer."""

    def __init__(self) -> None:
        self.there = ["ana"]
        self.asked = 0

    async def group(self, group: str) -> list[str]:
        self.asked += 1
        return list(self.there)

    async def in_group(self, handle: str, group: str) -> Membership:
        return Membership.YES if handle in self.there else Membership.NO


@pytest.mark.parametrize(("seconds", "shown", "asked"), [(3.0, True, 1), (0.0, False, 2)], ids=["within them", "after them"])
async def test_what_a_model_is_shown_may_be_seconds_old_and_what_is_decided_is_not(
    monkeypatch: pytest.MonkeyPatch, seconds: float, shown: bool, asked: int
) -> None:
    """Ana leaves the group: for three seconds the tool is still shown, without asking again; that she lost the role holds at once."""
    monkeypatch.setattr("bot.facts.LATELY", seconds)
    company, now = Company(), datetime.now(UTC)
    directory: Any = company
    facts = Facts(directory, Slack("UTC"))  # type: ignore[arg-type]
    policies = parse(POLICY, TOOLS)
    ana = Principal("ana", "U1", kind=PersonKind.MEMBER)
    assert "unlock_account" in await facts.offered(policies, ana, now)

    company.there = []

    assert ("unlock_account" in await facts.offered(policies, ana, now)) == shown
    assert company.asked == asked
    assert await facts.roles(policies, "unlock_account", ana, "", "", now) == {"group:it-admins": Membership.NO}


@pytest.mark.parametrize(
    ("active", "there", "reached"),
    [
        pytest.param(True, Membership.YES, True, id="there"),
        pytest.param(True, Membership.UNKNOWN, True, id="Slack does not say: it waits for Slack"),
        pytest.param(True, Membership.NO, False, id="no account in this Slack"),
        pytest.param(False, Membership.YES, False, id="has left"),
    ],
)
async def test_whom_a_message_reaches(active: bool, there: Membership, reached: bool) -> None:
    slack: Any = Slack(there=there)
    directory: Any = Nobody()
    person = Person(handle="omar", name="Omar Haddad", email="", slack_id="U0MAR", active=active)
    assert await Facts(directory, slack).reaches(person) is reached
    assert not await Facts(directory, slack).reaches(None)


class Directory(Nobody):
    """Knows whoever has any Slack account by one handle, and that nobody is in the group."""

    def __init__(self, handle: str) -> None:
        self._handle = handle

    async def by_slack(self, slack_id: str) -> Person:  # type: ignore[override]
        return Person(handle=self._handle, name="Gus", email="", slack_id=slack_id)

    async def in_group(self, handle: str, group: str) -> Membership:
        return Membership.NO


class Members(Slack):
    """Everybody is a full member."""

    async def profile(self, slack_id: str, team: str) -> Profile:
        return Profile(slack_id, PersonKind.MEMBER)


@pytest.mark.parametrize(("kind", "held"), [(PersonKind.MEMBER, Membership.YES), (PersonKind.GUEST, Membership.NO)])
async def test_who_is_no_full_member_holds_no_role_of_what_they_are_not(kind: PersonKind, held: Membership) -> None:
    """Nor answers or freezes with one: they are in no group, so they would be outside of each."""
    facts = Facts(Directory("gus"), Members())  # type: ignore[arg-type]
    policies = parse(POLICY.replace("{it: {group: it-admins}}", "{it: {group: it-admins}, others: {not: it}}"), TOOLS)
    gus = Principal("gus", "U1", kind=kind)
    now = datetime.now(UTC)
    assert await facts.holds("others", policies, person=gus, principal=gus, beneficiary="", owner="", now=now) is held


@pytest.mark.parametrize(("handle", "somebody"), [("gus", "gus"), ("deskhand", "")])
async def test_nobody_is_taken_for_deskhand_itself(handle: str, somebody: str) -> None:
    """Whom the directory calls by Deskhand's own handle would have its place in the ledger and in the ceilings."""
    facts = Facts(Directory(handle), Members())  # type: ignore[arg-type]
    assert (await facts.principal("U1", "T1")).id == somebody


@pytest.mark.parametrize(
    ("direct", "place", "said"),
    [(True, "", "direct"), (True, "shared", "shared"), (False, "shared", "shared"), (False, "", "private of C7")],
)
async def test_where_a_case_is_spoken_about(direct: bool, place: str, said: str) -> None:
    """A channel is asked for now, unless another company reads along, which stays so."""

    class Places:
        async def place(self, channel: str) -> str:
            return f"private of {channel}"

    facts = Facts(Nobody(), Places())  # type: ignore[arg-type]
    now = datetime.now(UTC)
    case = Case("C-1", "T:C7", "T", "C7", "1.1", "ana", "U1", now, now, direct=direct, place=place)
    assert await facts.place(case) == said
