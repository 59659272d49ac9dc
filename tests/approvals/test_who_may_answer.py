"""Whose answer counts: as policies change, shifts end, people leave and groups empty."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.approvals.approvers import Audience, Request
from bot.consent import ApprovalState, Vote
from bot.domain import Membership, PersonKind, Principal
from bot.gate import PolicySet, parse
from bot.obligations import Owed
from bot.ports import ClickAnswer
from bot.words import askwording
from tests.approvals.desk import MANAGER, ONE, POLICY, TWO, Desk, together
from tests.gate.policy import TOOLS
from tests.town import MIDNIGHT, NOW, SLACK, TEAM
from tests.workshop import Workshop, owing, policy


async def test_after_its_time_nothing_is_taken(desk: Desk) -> None:
    """Also before anybody has written down that it is over."""
    one = await desk.asks(ONE)
    desk.town.at = one.expires
    assert (await desk.yes(one, "U-OMAR")).text == askwording.EXPIRED_CLICK
    assert (await desk.now(one)).votes == ()


async def test_roles_are_those_of_the_click(desk: Desk) -> None:
    """A policy that came since names others, or knows the role no longer: who was asked may not answer any more, and is told."""
    one = await desk.asks(ONE)
    desk.policies.current = changed("engineers: {people: [ida]}")
    assert "Only the engineers can answer" in (await desk.yes(one, "U-OMAR")).text
    desk.policies.current = changed("others: {people: [ida]}")
    assert (await desk.yes(one, "U-IDA")).text == askwording.ROLE_UNKNOWN
    assert (await desk.now(one)).votes == ()


def changed(role: str) -> PolicySet:
    text = POLICY.replace("engineers: {people: [omar, ida, noor, mia, left]}", role)
    return parse(text if "engineers" in role else text.replace("by: [engineers]", "by: [others]"), TOOLS)


async def test_who_said_yes_and_left_counts_no_longer(desk: Desk) -> None:
    """Two are needed; the first leaves the company before the second presses: it waits for one more."""
    one = await desk.asks(TWO)
    assert (await desk.yes(one, "U-OMAR")).taken
    desk.town.people_["omar"] = dataclasses.replace(desk.town.people_["omar"], active=False)
    answer = await desk.yes(one, "U-IDA")
    assert "still needs another person" in answer.text
    assert await desk.effects(one) == 0
    assert (await desk.yes(one, "U-NOOR")).taken
    assert await desk.effects(one) == 1


# ── who may answer as shifts end, people leave and groups empty ──────────────────────────────────────────────────────


SHIFTS = POLICY.replace("policies:", "  duty: {oncall: identity}\n  team: {group: platform}\npolicies:")
DUTY = Owed("access", "Whoever is on call agrees.", ("duty",))


async def test_a_shift_that_ends_at_midnight(desk: Desk) -> None:
    """Asked before it, answered after it: whoever is on call then may, with or without a card, and whoever was may not, to the second."""
    desk.policies.current = parse(SHIFTS, TOOLS)
    desk.town.at = MIDNIGHT - timedelta(minutes=10)
    one = await desk.asks(DUTY)
    assert one.cards == (f"card:{one.id}:channel", f"card:{one.id}:U-OMAR")
    assert "you are not in there right now" in (await desk.yes(one, "U-IDA")).text
    desk.town.at = MIDNIGHT
    assert "you are not in there right now" in (await desk.yes(one, "U-OMAR")).text
    desk.town.at = MIDNIGHT + timedelta(minutes=5)
    await desk.expires(one)
    assert f"card:{one.id}:U-IDA" in (await desk.now(one)).cards
    assert (await desk.yes(one, "U-IDA")).taken
    assert await desk.effects(one) == 1


async def test_a_yes_of_a_shift_that_ended_before_the_second(desk: Desk) -> None:
    """Two of those on call are owed and one says yes before midnight: after it that one is not on call, so both are lacking but Ida."""
    desk.policies.current = parse(SHIFTS, TOOLS)
    desk.town.at = MIDNIGHT - timedelta(minutes=10)
    one = await desk.asks(dataclasses.replace(DUTY, count=2))
    assert (await desk.yes(one, "U-OMAR")).taken
    desk.town.at = MIDNIGHT
    assert "still needs another person" in (await desk.yes(one, "U-IDA")).text
    assert await desk.effects(one) == 0


async def test_who_comes_on_call_after_their_yes_has_not_said_it_as_that(desk: Desk) -> None:
    """One of the team and whoever is on call are owed. Ida, of the team, says yes as that, and so does Noor; at midnight Ida is on
    call: she is asked as that, and what she says then counts for it.
    """
    desk.policies.current = parse(SHIFTS, TOOLS)
    desk.town.groups["platform"] = ["ida", "noor"]
    desk.town.at = MIDNIGHT - timedelta(minutes=10)
    one = await desk.asks(DUTY, dataclasses.replace(DUTY, policy="team", by=("team",)))
    assert (await desk.yes(one, "U-IDA")).taken
    assert "answered this already" in (await desk.yes(one, "U-IDA")).text
    desk.town.at = MIDNIGHT
    assert "still needs another person" in (await desk.yes(one, "U-NOOR")).text
    assert await desk.effects(one) == 0
    assert (await desk.yes(one, "U-IDA")).taken
    assert await desk.effects(one) == 1


async def test_who_could_not_be_looked_up_for_a_moment_counts_again(desk: Desk) -> None:
    """While Mia says yes the directory does not know Omar, who did before her: the next look counts both, and it goes on."""
    one = await desk.asks(ONE, MANAGER)
    assert (await desk.yes(one, "U-OMAR")).taken
    gone = desk.town.people_.pop("omar")
    assert "still needs another person" in (await desk.yes(one, "U-MIA")).text
    desk.town.people_["omar"] = gone
    desk.town.at = NOW + timedelta(minutes=15)
    async with desk.store.work() as work:
        call, case = await work.call(one.call), await work.case("C-1")
    assert call is not None
    assert case is not None
    assert await desk.people.asking.late(await desk.now(one), call, case, Principal("ana", "U-ANA", TEAM))
    assert (await desk.now(one)).state is ApprovalState.APPROVED
    assert await desk.effects(one) == 1


async def test_a_group_that_empties_while_it_waits(desk: Desk) -> None:
    """Its last member is taken out after the card: their answer is not taken, and the next tier is asked within a quarter of an hour."""
    desk.policies.current = parse(SHIFTS, TOOLS)
    desk.town.groups["platform"] = ["noor"]
    one = await desk.asks(Owed("access", "", ("team",), then="duty"))
    assert one.cards[1:] == (f"card:{one.id}:U-NOOR",)
    desk.town.groups["platform"] = []
    assert "you are not in there right now" in (await desk.yes(one, "U-NOOR")).text
    assert "you are not in there right now" in (await desk.yes(one, "U-OMAR")).text
    await desk.expires(one)
    assert [term.tier for term in (await desk.now(one)).terms] == [1]
    assert (await desk.yes(one, "U-OMAR")).taken


async def test_a_group_that_is_empty_or_gone_from_the_start(desk: Desk) -> None:
    """Empty: nobody is there to ask. Gone, or its system away: that is not known, so it waits, and nobody may answer meanwhile."""
    desk.policies.current = parse(SHIFTS, TOOLS)
    team = Owed("access", "", ("team",))
    desk.town.groups["platform"] = []
    nobody = await desk.asks(team)
    assert nobody.cards == (f"card:{nobody.id}:channel",)
    async with desk.store.work() as work:
        call, case = await work.call(nobody.call), await work.case("C-1")
    assert call is not None
    assert case is not None
    request = Request(call, case, Principal("ana", "U-ANA", TEAM), (team,))
    assert (await desk.people.approvers.audience(request)).nobody
    del desk.town.groups["platform"]
    unknown = await desk.people.approvers.audience(request)
    assert (unknown.nobody, unknown.unknown, unknown.slack_ids) == (False, True, ())
    assert (await desk.yes(nobody, "U-NOOR")).text == askwording.ROLE_UNKNOWN


async def test_an_approver_who_leaves_while_it_waits(desk: Desk) -> None:
    """Their card stands and their press is answered, and gives nothing; the others may."""
    one = await desk.asks(ONE)
    desk.town.people_["omar"] = dataclasses.replace(desk.town.people_["omar"], active=False)
    assert (await desk.yes(one, "U-OMAR")).text == askwording.NOT_A_MEMBER_CLICK
    assert (await desk.now(one)).votes == ()
    assert (await desk.yes(one, "U-IDA")).taken


# ── by whom it must not be answered ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("who", "team", "said"),
    [
        pytest.param("U-ANA", TEAM, askwording.OWN_REQUEST, id="the requester"),
        pytest.param("U-BEN", TEAM, askwording.OWN_GAIN, id="who gains by it"),
        pytest.param("U-OMAR", "T-ELSEWHERE", askwording.NOT_A_MEMBER_CLICK, id="another workspace"),
        pytest.param("U-GUEST", TEAM, askwording.NOT_A_MEMBER_CLICK, id="a guest"),
        pytest.param("U-BOT", TEAM, askwording.NOT_A_MEMBER_CLICK, id="a bot"),
        pytest.param("U-LEFT", TEAM, askwording.NOT_A_MEMBER_CLICK, id="who has left"),
        pytest.param("U-NOBODY", TEAM, askwording.NOT_A_MEMBER_CLICK, id="whom the directory does not know"),
    ],
)
async def test_whose_answer_it_is_not(desk: Desk, who: str, team: str, said: str) -> None:
    """Neither yes nor no, nor by hand, nor a question or a look: each is told why, and each try stands in the audit."""
    one = await desk.asks(ONE)
    acts = desk.people
    click = desk.click(one, who, team=team, reason="?")
    answers = await together(
        desk.yes(one, who, team=team),
        acts.answering.answer(dataclasses.replace(click, approve=False)),
        acts.by_hand.take(click),
        acts.asides.ask(click),
        acts.asides.why(click),
        acts.asides.later(click),
    )
    assert {each.text for each in answers} == {said}
    assert dataclasses.replace(await desk.now(one)) == one
    async with desk.store.session() as session:
        tried = await session.scalar(sa.text("SELECT count(*) FROM audit WHERE data ? 'refused'"))
    assert tried == 6


@pytest.mark.parametrize(
    ("now", "tier"),
    [
        pytest.param({"policy": "renamed"}, 1, id="the same question of a policy that was renamed goes on where it was"),
        pytest.param({"by": ("managers",)}, 0, id="another question under the old name has its own time"),
    ],
)
async def test_a_tier_goes_with_what_is_asked_and_not_with_a_name(desk: Desk, now: dict[str, Any], tier: int) -> None:
    """After a next tier was asked, what is owed then is looked at by what it asks of people."""
    then = dataclasses.replace(ONE, then="managers")
    before = await desk.asks(then)
    raised = dataclasses.replace(before, terms=(dataclasses.replace(before.terms[0], tier=1),))
    async with desk.store.work() as work:
        call, case = await work.call(before.call), await work.case(before.case)
    assert call is not None
    assert case is not None
    request = Request(call, case, Principal("ana", "U-ANA", TEAM, kind=PersonKind.MEMBER), (dataclasses.replace(then, **now),))
    anew = await desk.people.asking.anew(request, [raised])
    assert [term.tier for term in anew.approval.terms] == [tier]


# ── whom a role means ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("role", "who"),
    [
        pytest.param("{owner_of: resource}", "IDA", id="whoever owns it"),
        pytest.param("{manager_of: requester}", "MIA", id="the manager of whoever asked"),
        pytest.param("{manager_of: beneficiary}", "NOOR", id="of whoever gains"),
        pytest.param("{manager_of: owner}", "OMAR", id="of whoever owns it"),
        pytest.param("{oncall: works}", "OMAR", id="whoever is on call"),
    ],
)
async def test_a_role_means_somebody_for_exactly_this_call(shop: Workshop, role: str, who: str) -> None:
    """That one alone is asked, may answer, and counts."""
    people = shop.town.people_
    for handle, manager in (("ana", "mia"), ("ben", "noor"), ("ida", "omar")):
        people[handle] = dataclasses.replace(people[handle], manager=manager)
    shop.reads(owing("approval: {by: [them], within: 4h}").replace("roles:\n", f"roles:\n  them: {role}\n", 1))
    call = await shop.asks()
    one = await shop.approval(call.approval)
    assert [term.asked for term in one.terms] == [(f"U-{who}",)]
    for other in {"IDA", "MIA", "NOOR", "OMAR"} - {who}:
        assert (await shop.yes(one.id, f"U-{other}")).text == askwording.not_an_approver(["them"])
    assert (await shop.yes(one.id, f"U-{who}")).taken
    assert (await shop.approval(one.id)).state is ApprovalState.APPROVED


async def test_who_is_asked_of_all_that_is_owed(shop: Workshop) -> None:
    """Each from its own tier on; where that has too few the next is asked at once, and nobody who gains by it or asks for it."""
    few = Owed("few", "", ("admins",), count=2, then="engineers")
    enough = dataclasses.replace(few, policy="enough", by=("managers",), then="admins")
    later = dataclasses.replace(enough, policy="later")
    call = await shop.given()
    request = Request(call, shop.turn.case, shop.turn.principal, (few, enough, later))
    assert await shop.people.approvers.audience(request, [0, 0, 1]) == Audience(
        (1, 0, 1),
        ("U-IDA", "U-MIA", "U-NOOR", "U-OMAR"),
        names={"U-IDA": "Ida", "U-MIA": "Mia", "U-NOOR": "Noor", "U-OMAR": "Omar"},
        asked=(("U-IDA", "U-NOOR", "U-OMAR"), ("U-MIA", "U-OMAR"), ("U-MIA", "U-NOOR", "U-OMAR")),
    )
    alone = dataclasses.replace(few, then="")
    one = await shop.people.approvers.audience(dataclasses.replace(request, owed=(alone,)))
    assert one == Audience((0,), ("U-NOOR",), names={"U-NOOR": "Noor"}, asked=(("U-NOOR",),))


async def test_what_a_handle_is_called(shop: Workshop) -> None:
    """Whom nobody knows is called as they are written."""
    approvers = shop.people.approvers
    assert [await approvers.name(one) for one in ("ida", "nobody")] == ["Ida", "nobody"]


async def test_a_yes_in_the_moment_in_which_its_time_ends_does_not_count(desk: Desk) -> None:
    """To the moment, whoever counts it."""
    one = await desk.asks(ONE)
    async with desk.store.work() as work:
        call = await work.call(one.call)
    assert call is not None
    ana, policies = Principal("ana", "U-ANA", TEAM), desk.policies.current
    for at, counts in ((one.expires - timedelta(microseconds=1), [0]), (one.expires, [])):
        vote = Vote("omar", "U-OMAR", approve=True, reason="", at=at, roles=(policies.roles["engineers"].key,))
        assert await desk.people.approvers.counts(vote, ana, call, one) == counts


async def test_a_click_looks_up_anew_who_is_in_a_group(house: Workshop) -> None:
    """What was known of it minutes ago counts for nobody's answer."""
    looked: list[bool] = []

    async def in_usergroup(slack_id: str, group: str, *, fresh: bool = False) -> Membership:
        looked.append(fresh)
        return Membership.NO if fresh else Membership.YES

    house.town.in_usergroup = in_usergroup  # type: ignore[attr-defined]
    house.reads(policy(pair="{by: [engineers], within: 4h}"))
    call = await house.opens()
    house.reads(
        policy(pair="{by: [engineers], within: 4h}").replace("engineers: {people: [omar, ida]}", "engineers: {usergroup: S0AB12CD}")
    )
    assert await house.yes(call.approval, "U-OMAR") == ClickAnswer(False, askwording.not_an_approver(["engineers"]))
    assert set(looked) == {True}


async def test_who_answers_for_what_is_over_to_the_moment_may_not(house: Workshop) -> None:
    """Though the rest of it still waits."""
    house.reads(policy(pair="{by: [engineers], within: 1h}", too="{by: [managers], within: 4h}"))
    call = await house.opens()
    house.town.at = NOW + timedelta(hours=1)
    assert await house.yes(call.approval, "U-IDA") == ClickAnswer(False, askwording.not_an_approver(["managers"]))
    house.town.at = NOW + timedelta(minutes=59)
    assert (await house.yes(call.approval, "U-IDA")).taken


@pytest.mark.parametrize(
    ("changed", "at"),
    [
        pytest.param({}, [0], id="an engineer's yes"),
        pytest.param({"approve": False}, [], id="a no"),
        pytest.param({"by": "ana", "slack_id": "U-ANA"}, [], id="of who asked"),
        pytest.param({"by": "ben", "slack_id": "U-BEN"}, [], id="of who gains"),
        pytest.param({"by": "ida"}, [], id="by an account that is another's"),
        pytest.param({"at": NOW + timedelta(hours=4)}, [], id="too late"),
        pytest.param({"roles": ("people:mia",)}, [], id="as something that they were not asked as"),
        pytest.param({"by": "mia", "slack_id": "U-MIA", "roles": ("people:mia,omar",)}, [1], id="of the next tier"),
    ],
)
async def test_what_a_yes_counts_for(house: Workshop, changed: dict[str, Any], at: list[int]) -> None:
    """The second asks the managers from its next tier on, which it has come to."""
    everybody = "engineers: {people: [omar, ida, ana, ben]}"
    asked = policy(pair="{by: [engineers], within: 4h}", too="{by: [admins], then: managers, within: 4h}")
    house.reads(asked.replace("engineers: {people: [omar, ida]}", everybody).replace("people: [mia, omar]", "people: [mia]"))
    one = await house.approval((await house.opens()).approval)
    roles = tuple(house.policies.current.roles[name].key for name in ("engineers", "managers"))
    raised = dataclasses.replace(one, terms=tuple(dataclasses.replace(term, tier=1) for term in one.terms))
    vote = Vote("omar", "U-OMAR", approve=True, reason="", at=NOW, roles=roles[:1])
    if "roles" in changed:
        changed = {**changed, "roles": roles[1:] if at else ("people:mia",)}
    call = await house.call("c1")
    vote = dataclasses.replace(vote, **changed)
    assert await house.people.approvers.counts(vote, house.turn.principal, call, raised) == at


@pytest.mark.parametrize("who", ["U-ANA", "U-ANA-2"])
async def test_nobody_answers_their_own_request(house: Workshop, monkeypatch: pytest.MonkeyPatch, who: str) -> None:
    """By whichever of their accounts, and whatever roles they hold; nor does an account that has become another person's."""
    monkeypatch.setitem(SLACK, "U-ANA-2", "ana")
    house.reads(policy(pair="{by: [engineers], within: 4h}").replace("[omar, ida]", "[omar, ida, ana]"))
    call = await house.opens()
    refused = ClickAnswer(False, askwording.OWN_REQUEST)
    assert await house.yes(call.approval, who) == refused
    monkeypatch.setitem(SLACK, "U-ANA", "omar")
    assert await house.yes(call.approval, "U-ANA") == refused
