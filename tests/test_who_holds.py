"""Who holds a role, and whether somebody does: the same answer from both sides, and unknown wherever a system does not answer."""

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain import Membership, PersonKind, Principal
from bot.facts import Facts
from bot.gate import PolicySet, parse
from bot.ports import Profile
from tests.gate.policy import TOOLS
from tools.contract import Person

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
POLICY = """version: 1
roles:
  employee: {members: workspace}
  admins: {group: it-admins}
  sre: {usergroup: sre}
  duty: {oncall: identity}
  second: {oncall: identity, tier: 2}
  boss: {manager_of: requester}
  theirs: {manager_of: beneficiary}
  owners: {manager_of: owner}
  owner: {owner_of: resource}
  sales: {department: Sales}
  head: {title: Head}
  named: {people: [ana, ben]}
  deskhand: {system: true}
  either: {any: [duty, admins]}
  both: {all: [duty, admins]}
  all_of_us: {all: [sales, head_or_sales]}
  head_or_sales: {any: [head, sales]}
  one_of_theirs: {any: [theirs]}
  one_of_owners: {any: [owner]}
  not_mine: {not: boss}
  rest: {not: admins}
admins: [admins, duty]
policies:
  - {id: one, because: b, tools: [unlock_account], effect: permit, roles: [admins, sre, second, boss, theirs, owner, sales, rest]}
  - {id: two, because: b, tools: [renew_certificate], effect: permit, roles: [sre]}
  - {id: three, because: b, tools: [end_sessions], effect: permit, unattended: true, roles: [duty]}
  - {id: four, because: b, tools: [join_mailing_list], effect: permit, roles: [sales]}
  - {id: five, because: b, tools: [leave_mailing_list], effect: permit, roles: [admins]}
"""


def person(handle: str, **more: Any) -> Person:
    return Person(handle, handle.title(), f"{handle}@x.example", f"U-{handle.upper()}", zone="Europe/Rome", **more)


class Town:
    """Implements `bot.ports.Directory` and `Workspace` as far as roles need them. What is `away` raises, or does not say."""

    def __init__(self, *away: str) -> None:
        self.away = away
        self.asked: list[tuple[object, ...]] = []
        self.known = [
            person("ana", department="Sales", title="Clerk", manager="mia"),
            person("ben", title="Head", manager="omar"),
            person("mia", department="Sales", title="Head"),
            person("omar", manager="mia"),
            person("gus", kind="guest", department="Sales"),
            person("left", active=False, department="Sales"),
        ]

    def _ask(self, *what: object) -> None:
        self.asked.append(what)
        if what[0] in self.away:
            raise ConnectionError(str(what[0]))

    async def by_slack(self, slack_id: str) -> Person | None:
        self._ask("by_slack", slack_id)
        return next((one for one in self.known if one.slack_id == slack_id), None)

    async def person(self, handle: str) -> Person | None:
        self._ask("person", handle)
        return next((one for one in self.known if one.handle == handle), None)

    async def people(self) -> Sequence[Person]:
        self._ask("people")
        return self.known

    async def adopt(self, slack_id: str, name: str, zone: str) -> Person | None:
        self._ask("adopt", slack_id, name, zone)
        return dataclasses.replace(person("new"), name=name, slack_id=slack_id, zone=zone) if slack_id == "U-NEW" else None

    async def group(self, group: str) -> Sequence[str] | None:
        self._ask("group", group)
        return ["omar", "mia"] if group == "it-admins" else None

    async def in_group(self, handle: str, group: str) -> Membership:
        self._ask("in_group", handle, group)
        return Membership.YES if handle in ("omar", "mia") and group == "it-admins" else Membership.NO

    async def on_call(self, schedule: str, at: datetime, tier: int = 1) -> Sequence[str] | None:
        self._ask("on_call", schedule, at, tier)
        return {("identity", NOW, 1): ["ben", "mia"], ("identity", NOW, 2): ["ana"]}.get((schedule, at, tier))

    async def profile(self, slack_id: str, team: str) -> Profile:
        kind = PersonKind.GUEST if slack_id == "U-OUT" else PersonKind.MEMBER
        return Profile(slack_id, kind, team, "E1", f"{slack_id} in Slack", "Asia/Tokyo")

    async def has(self, slack_id: str) -> Membership:
        return Membership.YES

    async def usergroup(self, name: str) -> Sequence[str] | None:
        return None if "usergroup" in self.away else ["U-OMAR", "U-OUT", "U-GUS", "U-BEN"] if name == "sre" else None

    async def in_usergroup(self, slack_id: str, name: str, *, fresh: bool = False) -> Membership:
        self.asked.append(("in_usergroup", slack_id, name, fresh))
        if "usergroup" in self.away:
            return Membership.UNKNOWN
        return Membership.YES if slack_id in ("U-OMAR", "U-BEN") and name == "sre" else Membership.NO


@pytest.fixture(scope="module")
def policies() -> PolicySet:
    return parse(POLICY, TOOLS)


def facts_of(town: Town) -> Facts:
    return Facts(town, town)  # type: ignore[arg-type]


def principal(handle: str) -> Principal:
    one = next(one for one in Town().known if one.handle == handle)
    return Principal(one.handle, one.slack_id, "T1", "", PersonKind.MEMBER, one.name, "", one.department, one.title, one.manager)


OF_THE_CALL: dict[str, Any] = {"principal": principal("ana"), "beneficiary": "ben", "owner": "omar", "now": NOW}
HOLDERS = {
    "employee": ["ana", "ben", "mia", "omar"],
    "admins": ["omar", "mia"],
    "sre": ["omar", "ben"],
    "duty": ["ben", "mia"],
    "second": ["ana"],
    "boss": ["mia"],
    "theirs": ["omar"],
    "owners": ["mia"],
    "owner": ["omar"],
    "sales": ["ana", "mia"],
    "head": ["ben", "mia"],
    "named": ["ana", "ben"],
    "deskhand": [],
    "either": ["ben", "mia", "omar"],
    "both": ["mia"],
    "all_of_us": ["ana", "mia"],
    "head_or_sales": ["ben", "mia", "ana"],
    "one_of_theirs": ["omar"],
    "one_of_owners": ["omar"],
    "not_mine": ["ana", "ben", "omar"],
    "rest": ["ana", "ben"],
}


@pytest.mark.parametrize("role", HOLDERS)
async def test_both_sides_say_the_same(policies: PolicySet, role: str) -> None:
    """Everybody who holds it, in the order in which they are known, and each of them by themselves; nobody else."""
    facts = facts_of(Town())
    assert await facts.holders(role, policies, **OF_THE_CALL) == HOLDERS[role]
    held = {
        one.handle: await facts.holds(role, policies, person=principal(one.handle), **OF_THE_CALL)
        for one in Town().known
        if one.active and one.kind == "employee"
    }
    assert held == {handle: Membership.YES if handle in HOLDERS[role] else Membership.NO for handle in held}


@pytest.mark.parametrize(
    ("role", "away"),
    [
        ("employee", "people"),
        ("admins", "group"),
        ("sre", "usergroup"),
        ("duty", "on_call"),
        ("owners", "person"),
        ("sales", "people"),
        ("either", "group"),
        ("either", "on_call"),
        ("both", "group"),
        ("rest", "people"),
        ("rest", "group"),
        ("nobody-made-it", ""),
    ],
)
async def test_who_holds_it_is_unknown_while_a_system_is_away(policies: PolicySet, role: str, away: str) -> None:
    assert await facts_of(Town(away)).holders(role, policies, **OF_THE_CALL) is None


@pytest.mark.parametrize(
    ("role", "away", "held"),
    [
        ("admins", "in_group", Membership.UNKNOWN),
        ("sre", "usergroup", Membership.UNKNOWN),
        ("duty", "on_call", Membership.UNKNOWN),
        ("owners", "person", Membership.UNKNOWN),
        ("either", "on_call", Membership.YES),  # as an admin
        ("both", "on_call", Membership.UNKNOWN),
        ("rest", "in_group", Membership.UNKNOWN),
        ("nobody-made-it", "", Membership.UNKNOWN),
        ("employee", "people", Membership.YES),  # who writes is asked of nobody
    ],
)
async def test_whether_somebody_does_is_unknown_then(policies: PolicySet, role: str, away: str, held: Membership) -> None:
    assert await facts_of(Town(away)).holds(role, policies, person=principal("omar"), **OF_THE_CALL) is held


async def test_a_manager_of_nobody_is_nobody(policies: PolicySet) -> None:
    """Nor is there one of whom the directory does not know, nor of those who have none."""
    facts = facts_of(Town())
    call = {**OF_THE_CALL, "beneficiary": "", "owner": "mia"}
    assert await facts.holders("theirs", policies, **call) == []
    assert await facts.holders("owners", policies, **call) == []
    assert await facts.holders("owner", policies, **{**call, "owner": ""}) == []
    assert await facts.holders("theirs", policies, **{**call, "beneficiary": "who"}) is None


async def test_what_a_tools_policies_look_up(policies: PolicySet) -> None:
    """Each leaf of their roles, for whoever asks, with what the call is about."""
    town = Town()
    held = await facts_of(town).roles(policies, "unlock_account", principal("omar"), "ben", "ana", NOW)
    assert held == {
        "group:it-admins": Membership.YES,
        "usergroup:sre": Membership.YES,
        "oncall:identity:2": Membership.NO,
        "manager_of:requester": Membership.NO,
        "manager_of:beneficiary": Membership.YES,
        "owner_of:resource": Membership.NO,
        "department:Sales": Membership.NO,
    }
    assert (await facts_of(town).roles(policies, "unlock_account", principal("ana"), "", "ana", NOW))[
        "owner_of:resource"
    ] is Membership.YES
    assert ("in_usergroup", "U-OMAR", "sre", False) in town.asked
    assert ("on_call", "identity", NOW, 2) in town.asked


@pytest.mark.parametrize(
    ("handle", "offered"),
    [
        ("omar", {"unlock_account", "renew_certificate", "leave_mailing_list"}),
        ("ana", {"unlock_account", "join_mailing_list"}),
        ("ben", {"unlock_account", "renew_certificate", "end_sessions"}),
        ("", set()),
    ],
)
async def test_what_is_offered(policies: PolicySet, handle: str, offered: set[str]) -> None:
    """Tools that some call of theirs could be permitted for; nothing is asked for who is nobody."""
    town = Town()
    who = principal(handle) if handle else Principal("", "U-WHO", kind=PersonKind.MEMBER)
    assert await facts_of(town).offered(policies, who, NOW) == offered
    assert bool(town.asked) == bool(offered)


async def test_what_is_offered_is_looked_up_once_a_while_for_everybody(policies: PolicySet) -> None:
    """Groups and shifts; not while nobody could say."""
    town = Town("on_call")
    facts = facts_of(town)
    await facts.offered(policies, principal("omar"), NOW)
    await facts.offered(policies, principal("ben"), NOW)
    assert town.asked.count(("group", "it-admins")) == 1
    assert town.asked.count(("on_call", "identity", NOW, 1)) == 2
    town.away = ()
    assert "end_sessions" in await facts.offered(policies, principal("ben"), NOW)


@pytest.mark.parametrize(
    ("handle", "away", "admin"),
    [
        ("omar", "", Membership.YES),
        ("ben", "", Membership.YES),
        ("ana", "", Membership.NO),
        ("omar", "on_call", Membership.YES),
        ("ana", "on_call", Membership.UNKNOWN),
    ],
)
async def test_who_is_an_admin(policies: PolicySet, handle: str, away: str, admin: Membership) -> None:
    """Whoever holds one of the roles; unknown only where none is held for sure."""
    assert await facts_of(Town(away)).admin(principal(handle), policies, NOW) is admin


@pytest.mark.parametrize(
    ("audience", "away", "served"),
    [
        pytest.param([], "", True, id="for everybody"),
        pytest.param(["admins"], "", True, id="theirs"),
        pytest.param(["duty", "admins"], "", True, id="one of them theirs"),
        pytest.param(["admins", "duty"], "", True, id="the other not theirs"),
        pytest.param(["duty"], "", False, id="somebody else's"),
        pytest.param(["boss"], "", False, id="their manager's"),
        pytest.param(["theirs", "owners"], "", False, id="of a call that there is none of"),
        pytest.param(["admins"], "in_group", False, id="nobody can say"),
        pytest.param(["nobody-made-it"], "", False, id="there is none"),
    ],
)
async def test_whom_a_runbook_is_for(policies: PolicySet, audience: list[str], away: str, served: bool) -> None:
    """Omar, who is an admin, and not on call: one role that is theirs for sure is enough."""
    assert await facts_of(Town(away)).serves(audience, policies, principal("omar"), NOW) is served


async def test_whose_shift_it_is_counts_for_a_runbook_as_of_now(policies: PolicySet) -> None:
    facts = facts_of(Town())
    assert await facts.serves(["duty"], policies, principal("ben"), NOW)
    assert not await facts.serves(["duty"], policies, principal("ben"), NOW + timedelta(hours=8))


async def test_people_are_called_as_the_directory_has_them() -> None:
    """Each is looked up once, nobody for no handle; whoever is not known, or while it is away, has no name."""
    town = Town()
    assert await facts_of(town).names(["ana", "", "who", "ana", "ben"]) == {"ana": "Ana", "ben": "Ben"}
    assert town.asked == [("person", "ana"), ("person", "who"), ("person", "ben")]
    assert await facts_of(Town("person")).names(["ana"]) == {}


async def test_minutes_old_is_good_enough_where_nobody_says_otherwise(policies: PolicySet) -> None:
    town = Town()
    await facts_of(town).holds("sre", policies, person=principal("omar"), **OF_THE_CALL)
    assert town.asked == [("in_usergroup", "U-OMAR", "sre", False)]


async def test_an_admin_is_looked_up_anew() -> None:
    town, policies = Town(), parse(POLICY.replace("admins: [admins, duty]", "admins: [sre]"), TOOLS)
    assert await facts_of(town).admin(principal("omar"), policies, NOW) is Membership.YES
    assert town.asked == [("in_usergroup", "U-OMAR", "sre", True)]


async def test_who_a_slack_account_is() -> None:
    """All that the directory says of them; of whom it does not know, what Slack says, and no handle."""
    known = await facts_of(Town()).principal("U-ANA", "T1")
    ana = ("ana", "U-ANA", "T1", "E1", PersonKind.MEMBER, "Ana", "ana@x.example", "Sales", "Clerk", "mia", "Europe/Rome")
    assert dataclasses.astuple(known) == ana
    unknown = await facts_of(Town()).principal("U-WHO", "T1")
    who = ("", "U-WHO", "T1", "E1", PersonKind.MEMBER, "U-WHO in Slack", "", "", "", "", "Asia/Tokyo")
    assert dataclasses.astuple(unknown) == who


@pytest.mark.parametrize(
    ("slack_id", "handle", "kind"),
    [
        ("U-GUS", "gus", PersonKind.GUEST),
        ("U-LEFT", "left", PersonKind.UNKNOWN),
        ("U-OUT", "", PersonKind.GUEST),
        ("U-NEW", "new", PersonKind.MEMBER),
    ],
    ids=["a guest of the directory", "who has left", "a guest of Slack", "who is taken in"],
)
async def test_the_most_restrictive_counts(slack_id: str, handle: str, kind: PersonKind) -> None:
    """Of what Slack and the directory say; only full members are taken in, with what Slack says of them."""
    town = Town()
    found = await facts_of(town).principal(slack_id, "T1")
    assert (found.id, found.kind) == (handle, kind)
    adopted = [one for one in town.asked if one[0] == "adopt"]
    assert adopted == ([("adopt", "U-NEW", "U-NEW in Slack", "Asia/Tokyo")] if handle == "new" else [])


async def test_while_the_directory_is_away_nobody_is_anybody() -> None:
    """No right of theirs counts, and they are not made anew."""
    town = Town("by_slack")
    assert (await facts_of(town).principal("U-ANA", "T1")).id == ""
