"""Answers to approvals on a real PostgreSQL with real parallel connections: at most one effect, and an answer for everybody.

Forged, replayed and altered payloads come through here as well: what a button claims is checked against what Slack signed.
"""

import asyncio
import dataclasses
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from bot.approvals import quiet
from bot.approvals.approvers import Request
from bot.approvals.consulting import Consulting
from bot.consent import Approval, ApprovalState
from bot.domain import Call, CallState, Case, Membership, PersonKind, Principal
from bot.execution.claims import Claims, Stopped, Taken
from bot.facts import Facts
from bot.gate import PolicySet, parse
from bot.obligations import Owed, Permit
from bot.playground import limits
from bot.ports import Click, ClickAnswer, Profile
from bot.slack import clicks, dialogs
from bot.store.work import Store
from bot.words import askwording
from tests.gate.policy import TOOLS
from tools.contract import Person

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 25, tzinfo=UTC)
TEAM = "T"
POLICY = """
version: 1
roles:
  employee: {members: workspace}
  engineers: {people: [omar, ida, noor, mia, left]}
  managers: {people: [mia, ana]}
policies:
  - id: access
    because: Somebody else agrees.
    tools: [grant_access]
    effect: permit
    roles: [employee]
    approval: {by: [engineers]}
"""
ONE = Owed("access", "Somebody else agrees.", ("engineers",), remind=timedelta(minutes=15))
TWO = dataclasses.replace(ONE, count=2)
MANAGER = Owed("manager", "Their manager agrees.", ("managers",))
SLACK = {
    "U-ANA": "ana",
    "U-BEN": "ben",
    "U-OMAR-2": "omar",
    "U-OMAR": "omar",
    "U-IDA": "ida",
    "U-NOOR": "noor",
    "U-MIA": "mia",
    "U-LEFT": "left",
}


@dataclass
class Town:
    """Implements `bot.ports.Directory`, `Workspace` and `Clock`, as far as answers need them: people by Slack id, a clock to turn."""

    at: datetime = NOW
    groups: dict[str, list[str]] = field(default_factory=dict)
    people_: dict[str, Person] = field(
        default_factory=lambda: {
            handle: Person(handle, handle.title(), f"{handle}@x.example", slack_id, active=handle != "left")
            for slack_id, handle in SLACK.items()
        }
    )

    def now(self) -> datetime:
        return self.at

    async def refresh(self) -> None:
        """It is turned by hand."""

    async def profile(self, slack_id: str, team: str) -> Profile:
        kinds = {"U-GUEST": PersonKind.GUEST, "U-BOT": PersonKind.BOT}
        kind = PersonKind.STRANGER if team != TEAM else kinds.get(slack_id, PersonKind.MEMBER)
        return Profile(slack_id, kind, team)

    async def has(self, slack_id: str) -> Membership:
        return Membership.YES

    async def by_slack(self, slack_id: str) -> Person | None:
        return self.people_.get(SLACK.get(slack_id, ""))

    async def person(self, handle: str) -> Person | None:
        return self.people_.get(handle)

    async def people(self) -> Sequence[Person]:
        return list(self.people_.values())

    async def adopt(self, slack_id: str, name: str, zone: str) -> Person | None:
        return None

    async def on_call(self, schedule: str, at: datetime, tier: int = 1) -> Sequence[str] | None:
        """Omar until midnight, Ida from then on."""
        return ["omar"] if at < MIDNIGHT else ["ida"]

    async def group(self, group: str) -> Sequence[str] | None:
        return self.groups.get(group)

    async def in_group(self, handle: str, group: str) -> Membership:
        members = self.groups.get(group)
        return Membership.UNKNOWN if members is None else Membership.YES if handle in members else Membership.NO


@dataclass
class Desk:
    """Answers on one database."""

    store: Store
    town: Town
    policies: Any
    people: Consulting
    claims: Claims

    async def asks(self, *owed: Owed, case: str = "C-1", number: int = 1) -> Approval:
        """Ana's access, waiting for this."""
        call = Call(
            id=f"K-{number}",
            case=case,
            call=f"c{number}",
            tool="grant_access",
            arguments={"user": "ben", "app": "figma", "until": "2026-12-24T12:00:00+00:00"},
            state=CallState.WAITING,
            principal="ana",
            created=NOW,
            effect="change",
            system="access",
            digest=f"digest {number}",
            beneficiary="ben",
            resource={"kind": "app", "id": "figma", "owner": ""},
            sentence="Give ben access to figma",
        )
        async with self.store.work() as work:
            found = await work.case(case) or Case(case, "T:D", TEAM, "D", "1.1", "ana", "U-ANA", NOW, NOW)
            await work.save_case(found)
            await work.save_call(call)
        request = Request(call, found, Principal("ana", "U-ANA", TEAM, kind=PersonKind.MEMBER, name="Ana"), owed, "please")
        audience = await self.people.approvers.audience(request)
        async with self.store.work() as work:
            approval = await self.people.asking.request(work, request, audience)
            await work.save_call(dataclasses.replace(call, approval=approval.id))
        return approval

    def click(self, of: Approval, who: str, *, approve: bool = True, team: str = TEAM, **altered: str) -> Click:
        return dataclasses.replace(Click(of.id, of.nonce, who, team, approve), **altered)

    async def yes(self, approval: Approval, who: str, **more: Any) -> ClickAnswer:
        return await self.people.answering.answer(self.click(approval, who, **more))

    async def no(self, approval: Approval, who: str) -> ClickAnswer:
        return await self.people.answering.answer(self.click(approval, who, approve=False))

    async def now(self, approval: Approval) -> Approval:
        async with self.store.work() as work:
            found = await work.approval(approval.id)
        assert found is not None
        return found

    async def withdraws(self, approval: Approval) -> None:
        async with self.store.work() as work:
            call, case = await work.call(approval.call), await work.case(approval.case)
            assert call is not None
            assert case is not None
            await self.people.approvals.end(work, approval, ApprovalState.WITHDRAWN, call, case, Principal("ana", "U-ANA"))

    async def expires(self, approval: Approval) -> None:
        """As `bot.cases.times` does it."""
        async with self.store.work() as work:
            call, case = await work.call(approval.call), await work.case(approval.case)
        assert call is not None
        assert case is not None
        requester = Principal("ana", "U-ANA", TEAM)
        while (on := await self.people.asking.late(await self.now(approval), call, case, requester)) is None:
            pass
        if not on:
            async with self.store.work() as work:
                await self.people.approvals.end(work, approval, ApprovalState.EXPIRED, call, case, requester)

    async def effects(self, approval: Approval) -> int:
        """How often the case is told to go on because of it, and how often the call can be claimed with it then: the same, once at most."""
        async with self.store.session() as session:
            told = await session.scalar(
                sa.text("SELECT count(*) FROM inbox WHERE key LIKE :key"), {"key": f"approval:{approval.id}:approved"}
            )
        one = await self.now(approval)
        async with self.store.work() as work:
            call = await work.call(one.call)
        assert call is not None
        given = [one] if one.state is ApprovalState.APPROVED else []
        if not given:
            assert told == 0
            return 0
        claimed = await asyncio.gather(*(self.claims.claim(call, Permit(("access",), "v", one.owed), given) for _ in range(5)))
        made = [each for each in claimed if not isinstance(each, Taken | Stopped) and isinstance(each, Call)]
        assert len(made) == told
        return len(made)


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Desk]:
    town, policies = Town(), SimpleNamespace(current=parse(POLICY, TOOLS))
    async with Store(database, pool=40) as store:
        facts: Any = Facts(town, town)  # type: ignore[arg-type]
        people = Consulting.of(
            night=quiet.night("22:00-07:00"),
            tools=TOOLS,
            work=store.work,
            facts=facts,
            directory=town,
            policies=policies,
            clock=town,
            channel="oncall",  # type: ignore[arg-type]
        )
        yield Desk(store, town, policies, people, Claims(store.work, town))


async def together(*acts: Awaitable[ClickAnswer]) -> list[ClickAnswer]:
    """All at once; everybody gets an answer in words."""
    answers = await asyncio.gather(*acts)
    assert all(one.text for one in answers)
    return answers


def taken(answers: Sequence[ClickAnswer]) -> int:
    return sum(one.taken for one in answers)


# ── at the same moment ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_two_approvers_at_once(desk: Desk) -> None:
    """One of them gives it, the other hears that it was given already; it is done once."""
    one = await desk.asks(ONE)
    answers = await together(*(desk.yes(one, who) for who in ("U-OMAR", "U-IDA", "U-NOOR")))
    assert taken(answers) == 1
    assert sum("was approved already" in each.text for each in answers) == 2
    assert len((await desk.now(one)).votes) == 1
    assert await desk.effects(one) == 1


async def test_a_quorum_at_once(desk: Desk) -> None:
    """Two are needed and three press: two are taken, in whatever order, and the third hears that it was given."""
    one = await desk.asks(TWO)
    answers = await together(*(desk.yes(one, who) for who in ("U-OMAR", "U-IDA", "U-NOOR")))
    assert taken(answers) == 2
    assert await desk.effects(one) == 1


async def test_a_double_click_is_one(desk: Desk) -> None:
    """Ten times the same button, where two persons are needed: one vote, and it goes on waiting."""
    one = await desk.asks(TWO)
    answers = await together(*(desk.yes(one, "U-OMAR") for _ in range(10)))
    assert taken(answers) == 1
    assert {each.text for each in answers if not each.taken} == {askwording.ANSWERED_ALREADY}
    assert ((await desk.now(one)).state, await desk.effects(one)) == (ApprovalState.WAITING, 0)


async def test_the_same_person_under_two_slack_ids_is_one(desk: Desk) -> None:
    """Distinct persons are distinct in the directory: two accounts at once give one vote, and nobody's own request is answered by another
    account of theirs.
    """
    one = await desk.asks(TWO)
    answers = await together(*(desk.yes(one, who) for who in ("U-OMAR", "U-OMAR-2") * 5))
    assert taken(answers) == 1
    assert await desk.effects(one) == 0
    SLACK["U-ANA-2"] = "ana"
    try:
        assert (await desk.yes(one, "U-ANA-2")).text == askwording.OWN_REQUEST
    finally:
        del SLACK["U-ANA-2"]


async def test_yes_and_no_at_once(desk: Desk) -> None:
    """One of both counts, and both hear which."""
    for number in range(1, 6):
        one = await desk.asks(ONE, number=number)
        answers = await together(desk.yes(one, "U-OMAR"), desk.no(one, "U-IDA"))
        assert taken(answers) == 1
        state = (await desk.now(one)).state
        assert await desk.effects(one) == (1 if state is ApprovalState.APPROVED else 0)
        assert any(("approved" if state is ApprovalState.APPROVED else "denied") in each.text for each in answers if not each.taken)


async def test_yes_by_hand_and_a_question_at_once(desk: Desk) -> None:
    """Approved or taken over, never both; and a question is asked once, however often it is sent."""
    for number in range(1, 4):
        one = await desk.asks(ONE, number=number)
        await together(desk.yes(one, "U-OMAR"), desk.people.by_hand.take(desk.click(one, "U-IDA")))
        now = await desk.now(one)
        assert now.state in (ApprovalState.APPROVED, ApprovalState.TAKEN_OVER)
        assert await desk.effects(one) == (1 if now.state is ApprovalState.APPROVED else 0)
    one = await desk.asks(ONE, number=9)
    asked = desk.click(one, "U-OMAR", reason="Which project?")
    answers = await together(*(desk.people.asides.ask(asked) for _ in range(10)))
    assert taken(answers) == 1
    assert len((await desk.now(one)).questions) == 1


async def test_a_click_while_it_expires(desk: Desk) -> None:
    """Its time ends while people press: it was given, or is void with its call, and everybody has an answer."""
    states = Counter[ApprovalState]()
    for number in range(1, 6):
        one = await desk.asks(ONE, number=number)
        desk.town.at = one.expires - timedelta(seconds=1)
        clicks = [asyncio.create_task(desk.yes(one, who)) for who in ("U-OMAR", "U-IDA")]
        await asyncio.sleep(0.002 * number)
        desk.town.at = one.expires
        await asyncio.gather(desk.expires(one), *clicks)
        assert all(each.result().text for each in clicks)
        now = await desk.now(one)
        states[now.state] += 1
        async with desk.store.work() as work:
            call = await work.call(one.call)
        assert call is not None
        assert (now.state is ApprovalState.EXPIRED) == (call.state is CallState.EXPIRED)
        assert (await desk.yes(one, "U-NOOR")).taken is False
        desk.town.at = NOW
    assert set(states) <= {ApprovalState.APPROVED, ApprovalState.EXPIRED}


async def test_a_click_while_it_is_withdrawn(desk: Desk) -> None:
    """The requester wants it no longer at the moment of the yes: what was given is void or was never taken; nothing is done."""
    for number in range(1, 6):
        one = await desk.asks(ONE, number=number)
        await asyncio.gather(desk.withdraws(one), desk.yes(one, "U-OMAR"))
        assert (await desk.now(one)).state is ApprovalState.WITHDRAWN
        async with desk.store.work() as work:
            call = await work.call(one.call)
        assert call is not None
        assert call.state is CallState.WITHDRAWN
        assert "withdrawn" in (await desk.yes(one, "U-IDA")).text


# ── too late, and after a change ─────────────────────────────────────────────────────────────────────────────────────


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
    request = Request(call, case, Principal("ana", "U-ANA", TEAM), (team,), "")
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


# ── by whom it must not be answered, and what no button of ours holds ────────────────────────────────────────────────


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


@pytest.mark.parametrize("nonce", ["", "guessed", "ünïcode", "x" * 5000])
async def test_a_forged_nonce_opens_nothing(desk: Desk, nonce: str) -> None:
    one = await desk.asks(ONE)
    click = desk.click(one, "U-OMAR", nonce=nonce)
    for act in (desk.people.answering.answer, desk.people.by_hand.take, desk.people.asides.ask, desk.people.asides.reply):
        assert (await act(click)).text == askwording.UNKNOWN_APPROVAL
    assert await desk.now(one) == one


async def test_the_approval_of_another_case_is_not_opened_by_this_ones_button(desk: Desk) -> None:
    """Id and nonce belong together: neither opens another case's approval, and there is none of a made-up id."""
    one, other = await desk.asks(ONE), await desk.asks(ONE, case="C-2", number=2)
    for forged in (
        desk.click(other, "U-OMAR", nonce=one.nonce),
        desk.click(one, "U-OMAR", approval="A-999"),
        desk.click(one, "U-OMAR", approval=""),
    ):
        assert (await desk.people.answering.answer(forged)).text == askwording.UNKNOWN_APPROVAL
    assert [await desk.now(one), await desk.now(other)] == [one, other]


async def test_a_replayed_click_does_nothing_more(desk: Desk) -> None:
    """The very payload of a yes that was used, again and again: it hears that it was approved, and no more is done."""
    one = await desk.asks(ONE)
    assert (await desk.yes(one, "U-OMAR")).taken
    assert await desk.effects(one) == 1
    answers = await together(*(desk.yes(one, "U-OMAR") for _ in range(10)))
    assert taken(answers) == 0
    assert {each.text for each in answers} == {f"{one.id} was approved already; your click changed nothing."}
    async with desk.store.work() as work:
        call = await work.call(one.call)
    assert call is not None
    assert call.state is CallState.STARTED


# ── several of one case ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_several_of_a_case_stand_on_one_card_and_are_answered_each_by_its_digest(desk: Desk) -> None:
    """Two calls of one case are one message for each person; a yes to all is one to each call as it was shown, and to no other."""
    one, two = await desk.asks(ONE), await desk.asks(TWO, number=2)
    other = await desk.asks(ONE, case="C-2", number=3)
    assert (await desk.now(two)).cards == one.cards
    assert not set(other.cards) & set(one.cards)
    async with desk.store.session() as session:
        content = await session.scalar(sa.text("SELECT content FROM outbox WHERE key = :key"), {"key": one.cards[0]})
    assert [card["approval"] for card in content["cards"]] == [one.id, two.id]
    assert [(each["approval"], each["nonce"]) for each in content["all"]] == [(one.id, one.nonce), (two.id, two.nonce)]

    altered = desk.click(one, "U-OMAR", digest="digest 2")
    assert (await desk.people.answering.answer(altered)).text == askwording.UNKNOWN_APPROVAL
    for each in content["all"]:
        click = Click(each["approval"], each["nonce"], "U-OMAR", TEAM, approve=True, digest=each["digest"])
        assert (await desk.people.answering.answer(click)).taken
    assert [(await desk.now(each)).state for each in (one, two)] == [ApprovalState.APPROVED, ApprovalState.WAITING]
    async with desk.store.session() as session:
        content = await session.scalar(sa.text("SELECT content FROM outbox WHERE key = :key"), {"key": one.cards[0]})
    assert ([card["state"] for card in content["cards"]], content["all"]) == (["approved", "waiting"], [])


async def test_there_is_room_for_three(desk: Desk) -> None:
    """A fourth has a card of its own, so that none is cut."""
    four = [await desk.asks(ONE, number=number) for number in range(1, 5)]
    cards = [(await desk.now(one)).cards for one in four]
    assert cards[0] == cards[1] == cards[2]
    assert not set(cards[3]) & set(cards[0])


# ── more than a click ────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── reminders, and the night ─────────────────────────────────────────────────────────────────────────────────────────

REMINDED = "SELECT person FROM outbox WHERE key LIKE 'remind:%' ORDER BY person"
HELD_BACK = "SELECT data->>'person', at FROM due WHERE what = 'approval_later' ORDER BY 1"


async def asked_of(desk: Desk, sql: str) -> list[Any]:
    async with desk.store.session() as session:
        return [tuple(row) for row in await session.execute(sa.text(sql))]


async def test_nobody_is_woken_for_what_can_wait(desk: Desk) -> None:
    """Whoever has evening is reminded now, whoever has night in their morning, by their own clocks."""
    desk.town.people_["ida"] = dataclasses.replace(desk.town.people_["ida"], zone="America/New_York")
    one = await desk.asks(ONE)
    desk.town.at = NOW.replace(hour=22)  # 23:00 in Berlin, 17:00 in New York
    await desk.people.asking.remind(one.id)
    assert await asked_of(desk, REMINDED) == [("U-IDA",)]
    morning = datetime(2026, 11, 25, 6, tzinfo=UTC)  # seven in Berlin
    assert [at for _, at in await asked_of(desk, HELD_BACK)] == [morning] * 3
    assert {person for person, _ in await asked_of(desk, HELD_BACK)} == {"U-MIA", "U-NOOR", "U-OMAR"}


async def test_what_is_urgent_wakes_people(desk: Desk) -> None:
    """What the policy wants answered within the hour waits for no morning; by day nothing is held back either."""
    one = await desk.asks(dataclasses.replace(ONE, within=timedelta(hours=1)))
    desk.town.at = NOW.replace(hour=2)
    await desk.people.asking.remind(one.id)
    assert len(await asked_of(desk, REMINDED)) == 4
    assert await asked_of(desk, HELD_BACK) == []
    desk.town.at = NOW
    other = await desk.asks(ONE, number=2)
    await desk.people.asking.remind(other.id)
    assert len(await asked_of(desk, REMINDED)) == 8
    assert await asked_of(desk, HELD_BACK) == []


@pytest.mark.parametrize(
    ("at", "zone", "until", "hours"),
    [
        ("2026-11-24T21:59+00:00", "UTC", None, "22:00-07:00"),
        ("2026-11-24T22:00+00:00", "UTC", "2026-11-25T07:00+00:00", "22:00-07:00"),
        ("2026-11-25T06:59+00:00", "UTC", "2026-11-25T07:00+00:00", "22:00-07:00"),
        ("2026-11-25T07:00+00:00", "UTC", None, "22:00-07:00"),
        ("2027-03-27T23:00+01:00", "Europe/Berlin", "2027-03-28T07:00+02:00", "22:00-07:00"),
        ("2026-10-24T23:00+02:00", "Europe/Berlin", "2026-10-25T07:00+01:00", "22:00-07:00"),
        ("2026-11-24T12:30+00:00", "UTC", "2026-11-24T14:00+00:00", "12:00-14:00"),
        ("2026-11-24T14:00+00:00", "UTC", None, "12:00-14:00"),
        ("2026-11-24T23:59+00:00", "UTC", "2026-11-25T00:00+00:00", "18:00-00:00"),
        ("2026-11-25T00:00+00:00", "UTC", None, "18:00-00:00"),
        ("2026-11-24T23:00+00:00", "UTC", None, "none"),
    ],
)
def test_when_the_night_ends(at: str, zone: str, until: str | None, hours: str) -> None:
    """At seven by the clock on the wall, also in the nights in which that is turned."""
    ends = quiet.wakes(datetime.fromisoformat(at), zone, quiet.night(hours))
    assert ends == (datetime.fromisoformat(until) if until else None)


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
    request = Request(call, case, Principal("ana", "U-ANA", TEAM, kind=PersonKind.MEMBER), (dataclasses.replace(then, **now),), "")
    anew = await desk.people.asking.anew(request, [raised])
    assert [term.tier for term in anew.approval.terms] == [tier]
