"""A yes for less time than was asked for, where the requester's own click was owed."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot import gate
from bot.consent import ApprovalState
from bot.domain import Call, CallState, ToolCall
from bot.obligations import Freeze
from bot.ports import ClickAnswer
from bot.provenance import Kind, Origin
from bot.words import actwording, askwording, freezewording
from bot.words.wording import moment
from tests.town import NOW
from tests.workshop import UNTIL, WORKS, Entry, Workshop, owing, policy
from tools.contract import Resource, ToolError

OWN = "  - {id: own, because: They mean it., tools: [open_door], effect: require, confirm: true, reason: true}\n"
SHORTEN = "{by: [engineers], within: 4h, shorten: allowed}"


async def clicked(house: Workshop) -> Call:
    """Ana has asked and clicked on exactly this, with her reason; Omar is asked."""
    call = await house.opens()
    answer = await house.people.confirmations.answer(await house.click(call.confirmation, "U-ANA", words="The fire drill."))
    assert answer is not None
    assert answer.taken
    call = await house.performs(call.confirmation)
    assert (call.state, bool(call.approval)) == (CallState.WAITING, True)
    return call


async def test_who_clicked_for_longer_has_clicked_for_shorter(house: Workshop) -> None:
    """The shorter call has her click and her reason, with where they came from in the audit; it is performed, and the longer is not."""
    house.reads(policy(pair=SHORTEN) + OWN)
    longer = await clicked(house)
    assert "shorten" in [offer for card in await house.cards(await house.approval(longer.approval)) for offer in card["offers"]]
    sooner = (NOW + timedelta(days=1)).isoformat()

    answer = await house.shortening.act(await house.click(longer.approval, "U-OMAR", words=sooner))

    assert answer.taken, answer.text
    click, yes, own, shorter = await house.approvals()
    assert [one.state for one in (click, yes)] == [ApprovalState.SUPERSEDED] * 2
    assert [one.successor for one in (click, yes)] == [shorter.id] * 2
    assert (own.votes, own.nonce != click.nonce, own.digest != click.digest, own.cards) == (click.votes, True, True, ())
    assert {vote["name"] for card in await house.cards(shorter) for vote in card["votes"]} == {"Omar"}
    assert {card["instead"] for card in await house.cards(shorter)} == {actwording.instead(yes.id, "Omar", [])}
    assert own.id == (await house.call(f"{longer.call}~shorter")).confirmation
    assert len({one.id for one in (click, yes, own, shorter) if one.id.startswith("A-")}) == 4
    done = await house.performs(shorter.id)
    assert (done.state, done.purpose, house.door.opened) == (CallState.VERIFIED, "The fire drill.", [sooner])
    assert [one.state for one in (await house.approvals())[2:]] == [ApprovalState.USED] * 2
    async with house.store.session() as session:
        came = await session.scalar(
            sa.text("SELECT data->>'instead_of' FROM audit WHERE what = 'confirmation' AND data ? 'instead_of'")
        )
    assert came == click.id
    assert (await house.performs(longer.approval)).state is CallState.SUPERSEDED
    assert len(house.door.opened) == 1


async def test_the_requesters_click_that_is_applied_again_runs_nothing_that_people_are_asked_for(house: Workshop) -> None:
    """Its event comes once more while others are asked, by when the policy asks for none of them: it waits for their answer."""
    house.reads(policy(pair=SHORTEN) + OWN)
    call = await clicked(house)
    house.reads(policy() + OWN)
    again = await house.performs(call.confirmation)
    assert (again.state, house.door.opened) == (CallState.WAITING, [])
    assert (await house.yes(call.approval, "U-OMAR")).taken
    assert (await house.performs(call.approval)).state is CallState.VERIFIED


async def test_whatever_begins_the_turn_each_answer_is_to_exactly_this_call(house: Workshop) -> None:
    """The requester's click comes once more when people have said yes to a door of nobody's, which is somebody's by now: nothing runs."""
    house.reads(policy(pair=SHORTEN) + OWN)
    call = await clicked(house)
    await house.yes(call.approval, "U-OMAR")
    own = await house.approval(call.confirmation)

    async def somebodys(args: Entry) -> Resource:
        return Resource("door", args.door, house.door.label, owner="ida")

    house.door.resource = somebodys  # type: ignore[method-assign]
    changed = dataclasses.replace(call, resource={**call.resource, "owner": "ida"})
    digest = gate.digest(call.tool, call.arguments, changed.resource, call.principal, call.case, (), "")
    async with house.store.work() as work:
        await work.save_approval(dataclasses.replace(own, digest=digest))
    assert (await house.performs(call.confirmation)).state is CallState.DENIED
    assert house.door.opened == []


async def test_a_click_for_longer_is_none_for_anything_else(house: Workshop) -> None:
    """Where the shorter call is not the same in all but its end, or owes more of the requester than they gave, it is not given so."""
    house.reads(policy(pair=SHORTEN) + OWN)
    longer = await clicked(house)
    sooner = (NOW + timedelta(days=1)).isoformat()
    act = await house.click(longer.approval, "U-OMAR", words=sooner)

    async def elsewhere(args: Entry) -> Resource:
        return Resource("door", "another", "Another door")

    resource, house.door.resource = house.door.resource, elsewhere  # type: ignore[method-assign]
    assert (await house.shortening.act(act)).text == actwording.NOT_SHORTER
    house.door.resource = resource  # type: ignore[method-assign]
    async with house.store.work() as work:
        await work.save_call(dataclasses.replace(longer, purpose=""))
    assert (await house.shortening.act(act)).text == actwording.NOT_SHORTER
    async with house.store.work() as work:
        await work.save_call(longer)
    assert (await house.shortening.act(act)).taken


async def test_what_the_requester_never_clicked_on_is_not_clicked_by_an_approver(house: Workshop) -> None:
    """A click is owed of the shorter call by a policy that came since, and there was none: the yes for less time is not taken."""
    house.reads(policy(pair=SHORTEN))
    call = await house.opens()
    house.reads(policy(pair=SHORTEN) + OWN)
    sooner = (NOW + timedelta(days=1)).isoformat()
    assert (await house.shortening.act(await house.click(call.approval, "U-OMAR", words=sooner))).text == actwording.NOT_SHORTER
    assert [one.state for one in await house.approvals()] == [ApprovalState.WAITING]


async def test_less_time_makes_no_value_better(house: Workshop) -> None:
    """Two are owed since a model alone named the door. What the requester writes of it meanwhile changes nothing when one gives less time."""
    house.reads(
        WORKS + "untrusted: {because: Nobody named it., approval: {by: [engineers], count: 2, within: 4h, shorten: allowed}}\n"
    )
    ask = ToolCall("c9", "open_door", {"user": "ben", "door": "vault", "until": UNTIL})
    async with house.store.work() as work:
        await work.say("C-1", "requester", f"please open the door for ben until {UNTIL}")
    call = await house.executor.execute(ask, house.turn)
    async with house.store.work() as work:
        await work.say("C-1", "requester", "vault? what is that?")
    sooner = (NOW + timedelta(days=1)).isoformat()
    assert (await house.shortening.act(await house.click(call.approval, "U-OMAR", words=sooner))).taken
    last = (await house.approvals())[-1]
    assert (last.state, [owed.count for owed in last.owed]) == (ApprovalState.WAITING, [2])
    assert (await house.yes(last.id, "U-IDA")).taken
    assert (await house.performs(last.id)).state is CallState.VERIFIED


async def test_who_may_answer_and_may_not_shorten_does_not(house: Workshop) -> None:
    """Two policies ask, and one of them lets its people give less time: those of the other say yes or no."""
    house.reads(policy(pair="{by: [admins], within: 4h, shorten: allowed}", too="{by: [engineers], within: 4h}"))
    call = await house.opens()
    sooner = (NOW + timedelta(days=1)).isoformat()
    refused = await house.shortening.act(await house.click(call.approval, "U-IDA", words=sooner))
    assert (refused.taken, refused.text) == (False, actwording.NOT_SHORTER)
    assert (await house.shortening.act(await house.click(call.approval, "U-NOOR", words=sooner))).taken


# ── who may set an earlier end, and of what ──────────────────────────────────────────────────────────────────────────

DAY = (NOW + timedelta(days=1)).isoformat()


async def shortens(house: Workshop, call: Call, who: str = "U-OMAR") -> ClickAnswer:
    return await house.shortening.act(await house.click(call.approval, who, words=DAY))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"kind": "gate"}, id="another kind of thing"),
        pytest.param({"id": "another"}, id="another thing"),
        pytest.param({"owner": "noor"}, id="the same thing of somebody else"),
    ],
)
async def test_what_is_shortened_touches_the_same_thing(house: Workshop, other: dict[str, str]) -> None:
    """By the time the end is set, the arguments mean something else: nothing is given. Another name of the same thing is no other."""
    house.reads(policy(pair=SHORTEN))
    call = await house.opens()
    now = dict(other)

    async def elsewhere(args: Entry) -> Resource:
        return Resource(**({"kind": "door", "id": args.door, "label": "The old door", "owner": ""} | now))

    house.door.resource = elsewhere  # type: ignore[method-assign]
    assert (await shortens(house, call)) == ClickAnswer(False, actwording.NOT_SHORTER)
    assert [one.state for one in await house.approvals()] == [ApprovalState.WAITING]
    now.clear()
    assert (await shortens(house, call)).taken


async def test_what_is_shortened_is_for_the_same_person_and_means_the_same(house: Workshop) -> None:
    """Somebody else gains by it by now, or a name in it stands for another: nothing is given."""
    house.reads(policy(pair=SHORTEN))
    call = await house.opens()
    beneficiary, canonical = house.door.beneficiary, house.door.canonical

    async def another(args: Entry) -> str:
        return "mia"

    async def renamed(args: Entry) -> Entry:
        return args.model_copy(update={"user": "mia"})

    async def elsewhere(args: Entry) -> Entry:
        return args.model_copy(update={"door": "another"})

    async def same(_: Entry) -> Resource:
        return Resource("door", "front-1", house.door.label)

    house.door.beneficiary = another  # type: ignore[method-assign]
    assert (await shortens(house, call)) == ClickAnswer(False, actwording.NOT_SHORTER)
    house.door.beneficiary = beneficiary  # type: ignore[method-assign]
    house.door.canonical = renamed  # type: ignore[method-assign]
    assert (await shortens(house, call)) == ClickAnswer(False, actwording.NOT_SHORTER)
    house.door.canonical = elsewhere  # type: ignore[method-assign]
    house.door.resource = same  # type: ignore[method-assign]
    assert (await shortens(house, call)) == ClickAnswer(False, actwording.NOT_SHORTER)
    house.door.canonical = canonical  # type: ignore[method-assign]
    assert (await shortens(house, call)).taken


async def test_a_yes_for_less_time_is_good_as_long_as_the_policy_lets_it(house: Workshop) -> None:
    """And is not given to a call that has ended in the same moment, though its approval waits."""
    house.reads(policy(pair=SHORTEN.replace("4h", "8h")))
    call, over = await house.opens(), await house.opens()
    assert (await shortens(house, call)).taken
    assert (await house.approvals())[-1].expires == NOW + timedelta(hours=8)
    names = house.people.approvers.names

    async def ends(votes: Any) -> dict[str, str]:
        async with house.store.work() as work:
            await work.save_call(dataclasses.replace(over, state=CallState.FAILED))
        return await names(votes)

    house.people.approvers.names = ends  # type: ignore[method-assign]
    assert not (await shortens(house, over)).taken
    assert (await house.approval(over.approval)).state is ApprovalState.WAITING


async def test_what_is_shortened_is_a_part_of_the_same_plan(house: Workshop) -> None:
    house.reads(policy(pair=SHORTEN))
    call = await house.opens()
    async with house.store.work() as work:
        await work.save_call(dataclasses.replace(call, plan="P-1", step="s1"))
    assert (await shortens(house, call)).taken
    shorter = await house.call(f"{call.call}~shorter")
    assert (shorter.plan, shorter.step) == ("P-1", "s1")


@pytest.mark.parametrize("days", [pytest.param(14, id="to the end that was asked for"), pytest.param(15, id="to a later one")])
async def test_an_end_that_the_tool_puts_off_is_no_earlier_one(house: Workshop, days: int) -> None:
    house.reads(policy(pair=SHORTEN))
    call = await house.opens()

    async def whole_weeks(args: Entry) -> Entry:
        return args.model_copy(update={"until": NOW + timedelta(days=days)})

    house.door.canonical = whole_weeks  # type: ignore[method-assign]
    assert (await shortens(house, call)) == ClickAnswer(False, actwording.NOT_SHORTER)
    assert [one.state for one in await house.approvals()] == [ApprovalState.WAITING]


async def test_what_has_no_end_or_no_tool_is_not_shortened(house: Workshop) -> None:
    house.reads(owing(f"approval: {SHORTEN}"))
    lamp = await house.asks(user="ana", step="s2")
    assert (await shortens(house, lamp)) == ClickAnswer(False, actwording.NOT_SHORTER)
    house.reads(policy(pair=SHORTEN))
    call = await house.opens()
    house.shortening._tools = {}
    assert (await shortens(house, call)) == ClickAnswer(False, actwording.NOT_SHORTER)


async def test_a_tool_that_refuses_the_shorter_call_and_a_policy_that_denies_it_are_quoted(house: Workshop) -> None:
    house.reads(policy(pair=SHORTEN))
    call = await house.opens()
    canonical = house.door.canonical

    async def closed(args: Entry) -> Entry:
        raise ToolError("that door has no hinges")

    house.door.canonical = closed  # type: ignore[method-assign]
    assert (await shortens(house, call)) == ClickAnswer(False, actwording.not_allowed_shorter("that door has no hinges"))
    house.door.canonical = canonical  # type: ignore[method-assign]
    house.reads(policy(pair=SHORTEN) + "  - {id: shut, because: All doors stay shut., tools: [open_door], effect: forbid}\n")
    refused = await shortens(house, call)
    assert (refused.taken, "All doors stay shut." in refused.text) == (False, True)
    assert [one.state for one in await house.approvals()] == [ApprovalState.WAITING]


async def test_the_requesters_manager_gives_less_time(house: Workshop) -> None:
    """Who may is looked up for whoever asked; and so is whoever may from the next tier on."""
    leads = "roles:\n  leads: {manager_of: requester}\n"
    people = house.town.people_
    people["ana"] = dataclasses.replace(people["ana"], manager="mia")
    house.reads(policy(pair="{by: [leads], within: 4h, shorten: allowed}").replace("roles:\n", leads, 1))
    assert (await shortens(house, await house.opens(), "U-MIA")).taken
    house.reads(policy(pair="{by: [admins], then: engineers, within: 4h, shorten: allowed}"))
    call = await house.opens()
    assert not (await shortens(house, call)).taken
    one = await house.approval(call.approval)
    async with house.store.work() as work:
        await work.save_approval(dataclasses.replace(one, terms=(dataclasses.replace(one.terms[0], tier=1),)))
    assert (await shortens(house, call)).taken


async def test_what_deskhand_asks_for_is_decided_for_deskhand(house: Workshop) -> None:
    """Less time of what the system itself wants: the requester's own roles let nobody open that door."""
    house.reads(policy(pair=SHORTEN))
    call = await house.opens()
    async with house.store.work() as work:
        await work.save_call(dataclasses.replace(call, principal="deskhand"))
    house.reads(policy(pair=SHORTEN).replace("roles: [employee, deskhand]", "roles: [deskhand]"))
    assert (await shortens(house, call)).taken
    assert (await house.call(f"{call.call}~shorter")).principal == "deskhand"


async def test_each_value_keeps_where_it_came_from_but_the_end(house: Workshop) -> None:
    house.reads(policy(pair="{by: [engineers], count: 2, within: 4h, shorten: allowed}"))
    call = await house.opens()
    assert (await shortens(house, call)).taken
    shorter = await house.call(f"{call.call}~shorter")
    before = {one.path: one for one in call.origins}
    assert {"user", "door", "until"} <= set(before)
    end = Origin("until", shorter.arguments["until"], Kind.APPROVER, "Omar")
    assert {one.path: one for one in shorter.origins} == before | {"until": end}
    assert len(shorter.origins) == len(before)
    assert (shorter.id.startswith("K-"), shorter.effect) == (True, "change")


async def test_who_said_yes_to_the_longer_time_is_told_and_whoever_shortens_is_not(house: Workshop) -> None:
    """Omar and Ida have said yes, and Omar chooses less time: Ida is told that hers does not count, and is asked anew; so the requester hears."""
    house.reads(policy(pair="{by: [engineers, admins], count: 3, within: 4h, shorten: allowed}"))
    call = await house.opens()
    for who in ("U-OMAR", "U-IDA"):
        assert (await house.yes(call.approval, who)).taken

    answer = await shortens(house, call)

    anew = (await house.approvals())[-1]
    left = "the engineers or the admins"
    assert answer == ClickAnswer(True, actwording.shortened_taken(anew.id, left, ["Ida"]))
    posts = {key: content for key, content in (await house.posts()).items() if key.startswith("shorter:")}
    shorter, end = await house.call(f"{call.call}~shorter"), moment(NOW + timedelta(days=14))
    assert posts == {
        f"shorter:{anew.id}": {"text": actwording.shortened_told("Omar", shorter.sentence, end, anew.id, left, ["Ida"])},
        f"shorter:{anew.id}:ida": {
            "text": actwording.shortened_first("Omar", shorter.sentence, end, call.approval, anew.id, left, asked=True)
        },
    }
    voted = [vote["name"] for card in await house.cards(await house.approval(call.approval)) for vote in card["votes"]]
    assert set(voted) == {"Omar", "Ida"}
    assert await house.asked("SELECT key FROM inbox") == []


async def test_where_nobody_is_lacking_nobody_is_asked_anew(house: Workshop) -> None:
    """Two were owed and one had said yes; the policy asks for one by now: everybody hears that it is done."""
    house.reads(policy(pair="{by: [engineers], count: 2, within: 4h, shorten: allowed}"))
    call = await house.opens()
    assert (await house.yes(call.approval, "U-IDA")).taken
    house.reads(policy(pair=SHORTEN))
    answer = await shortens(house, call)
    anew, end = (await house.approvals())[-1], moment(NOW + timedelta(days=14))
    assert (anew.state, answer) == (ApprovalState.APPROVED, ClickAnswer(True, actwording.shortened_taken(anew.id, "")))
    shorter, posts = await house.call(f"{call.call}~shorter"), await house.posts()
    assert posts[f"shorter:{anew.id}"]["text"] == actwording.shortened_told("Omar", shorter.sentence, end, anew.id, "")
    assert posts[f"shorter:{anew.id}:ida"]["text"] == actwording.shortened_first(
        "Omar", shorter.sentence, end, call.approval, anew.id, "", asked=False
    )
    assert await house.asked("SELECT key FROM inbox") == [(f"approval:{anew.id}:approved",)]


async def test_less_time_of_what_owes_nobody_any_more_is_done(house: Workshop) -> None:
    """The policy asks for nobody by then: the yes is all there is, is bound to the call as it is, and is good for four hours."""
    house.reads(policy(pair=SHORTEN))
    call = await house.opens()
    house.reads(policy())
    house.town.at = NOW + timedelta(hours=1)
    assert (await shortens(house, call)).taken
    one, shorter = (await house.approvals())[-1], await house.call(f"{call.call}~shorter")
    assert (one.state, one.owed, one.answered, one.expires) == (
        ApprovalState.APPROVED,
        (),
        house.town.at,
        house.town.at + timedelta(hours=4),
    )
    assert one.digest == shorter.digest == shorter.key
    assert [(vote.by, vote.slack_id, vote.approve, vote.reason, vote.at, vote.roles) for vote in one.votes] == [
        ("omar", "U-OMAR", True, "", house.town.at, ("people:ida,omar",))
    ]
    done = await house.performs(one.id)
    assert (done.state, house.door.opened) == (CallState.VERIFIED, [DAY])


async def test_what_is_written_of_less_time(house: Workshop) -> None:
    """The case has the call and what was said of it; the requester reads it in their thread; the audit says what it stands in the place of."""
    house.reads(policy(pair=SHORTEN))
    longer = await house.opens()
    house.town.at = NOW + timedelta(minutes=5)
    assert (await shortens(house, longer)).taken
    one, shorter = (await house.approvals())[-1], await house.call(f"{longer.call}~shorter")
    told = actwording.shortened_told("Omar", shorter.sentence, moment(NOW + timedelta(days=14)), one.id, "")
    async with house.store.work() as work:
        said = [(line.role, line.text, line.data) for line in await work.transcript("C-1")][-3:]
    assert said == [
        ("outcome", "", {"call": longer.call, "approval": longer.approval}),
        ("call", "", {"calls": [{"id": shorter.call, "tool": "open_door", "arguments": shorter.arguments}]}),
        ("bot", told, {}),
    ]
    note = await house.asked("SELECT kind, channel, thread, person, \"case\" FROM outbox WHERE key LIKE 'shorter:%'")
    assert note == [("note", "D", "1.1", "", "C-1")]
    audited = await house.asked(
        "SELECT what, data->>'call', data->>'state', data->>'instead_of' FROM audit WHERE data->>'call' = 'K-2' ORDER BY position"
    )
    assert audited == [
        ("call", shorter.id, "waiting", None),
        ("approval", shorter.id, "approved", None),
        ("approval", shorter.id, "approved", longer.approval),
    ]
    ended = await house.call(longer.call)
    assert (ended.state, ended.reason) == (CallState.SUPERSEDED, actwording.shortened("Omar", one.id))
    assert (shorter.created, shorter.plan, shorter.step, shorter.approval) == (house.town.at, longer.plan, longer.step, one.id)
    assert shorter.resource["people"] == {**longer.resource["people"], "omar": "Omar"}


@pytest.mark.parametrize("erased", [False, True])
async def test_less_time_for_what_has_come_to_something_in_the_same_moment_is_not_given(house: Workshop, erased: bool) -> None:
    """It is denied, or erased, after it was looked at: nothing is put in its place, and whoever shortens reads what it came to."""
    house.reads(policy(pair=SHORTEN))
    call = await house.opens()
    names = house.people.approvers.names

    async def meanwhile(votes: Any) -> dict[str, str]:
        house.people.approvers.names = names  # type: ignore[method-assign]
        if erased:
            async with house.store.session() as session:
                await session.execute(sa.text("DELETE FROM approval"))
        else:
            assert (await house.yes(call.approval, "U-IDA", approve=False, words="No.")).taken
        return await names(votes)

    house.people.approvers.names = meanwhile  # type: ignore[method-assign]
    answer = await shortens(house, call)
    denied = f"{call.approval} was denied already; your click changed nothing."
    assert answer == ClickAnswer(False, askwording.UNKNOWN_APPROVAL if erased else denied)
    assert [one.state for one in await house.approvals()] == ([] if erased else [ApprovalState.DENIED])


async def test_the_times_to_choose_from(house: Workshop) -> None:
    """Whole seconds, each of them earlier than the end that was asked for; where none is, it is not shortened."""
    house.reads(policy(pair=SHORTEN))
    call = await house.opens()
    asks = await house.click(call.approval, "U-OMAR")
    house.town.at = NOW + timedelta(days=13) + timedelta(microseconds=700)
    house.town.people_["omar"] = dataclasses.replace(house.town.people_["omar"], zone="America/New_York")
    async with house.store.work() as work:
        one = await house.approval(call.approval)
        await work.save_approval(
            dataclasses.replace(one, terms=(dataclasses.replace(one.terms[0], expires=NOW + timedelta(days=15)),))
        )
    hours = [((house.town.at + timedelta(hours=number)).replace(microsecond=0), number * 3600) for number in (1, 4)]
    choices = tuple((at.isoformat(), actwording.until(at, seconds, "America/New_York")) for at, seconds in hours)
    assert await house.shortening.act(asks) == ClickAnswer(False, "", call.sentence, choices)
    house.town.at = NOW + timedelta(days=14) - timedelta(hours=1)
    assert await house.shortening.act(asks) == ClickAnswer(False, actwording.NOT_SHORTER)


@pytest.mark.parametrize(
    ("click", "said"),
    [
        pytest.param({"digest": ""}, askwording.UNSEEN, id="what was not shown whole"),
        pytest.param({"digest": "another"}, askwording.UNKNOWN_APPROVAL, id="what was not shown at all"),
        pytest.param({"reason": UNTIL}, actwording.NO_SUCH_TIME, id="to the end that was asked for"),
        pytest.param({"reason": NOW.isoformat()}, actwording.NO_SUCH_TIME, id="to now"),
        pytest.param({"reason": "soon"}, actwording.NO_SUCH_TIME, id="to no time"),
    ],
)
async def test_what_is_not_shortened(house: Workshop, click: dict[str, str], said: str) -> None:
    house.reads(policy(pair=SHORTEN))
    call = await house.opens()
    made = dataclasses.replace(await house.click(call.approval, "U-OMAR", words=DAY), **click)
    assert await house.shortening.act(made) == ClickAnswer(False, said)
    assert [one.state for one in await house.approvals()] == [ApprovalState.WAITING]


async def test_a_freeze_and_a_policy_that_asks_nobody_there_is_stop_less_time(house: Workshop) -> None:
    house.reads(policy(pair=SHORTEN))
    call = await house.opens()
    freeze = Freeze("F-1", "Phishing.", "omar", tool="open_door", at=NOW)
    async with house.store.work() as work:
        await work.freeze(freeze)
    assert await shortens(house, call) == ClickAnswer(False, freezewording.click(call.approval, freeze))
    async with house.store.session() as session:
        await session.execute(sa.text('DELETE FROM "freeze"'))
    house.reads(policy(pair="{by: [admins], within: 4h}").replace("[noor]", "[left]"))
    assert await shortens(house, call) == ClickAnswer(False, askwording.NOBODY_TO_ASK)
    assert [one.state for one in await house.approvals()] == [ApprovalState.WAITING]


async def test_who_said_yes_and_may_not_answer_the_shorter_call_reads_so(house: Workshop) -> None:
    """The policy asks others by then."""
    house.reads(policy(pair="{by: [engineers], count: 2, within: 4h, shorten: allowed}"))
    call = await house.opens()
    assert (await house.yes(call.approval, "U-IDA")).taken
    house.reads(policy(pair="{by: [managers], count: 2, within: 4h, shorten: allowed}"))
    assert (await shortens(house, call)).taken
    one, shorter = (await house.approvals())[-1], await house.call(f"{call.call}~shorter")
    end, left = moment(NOW + timedelta(days=14)), "the managers"
    text = actwording.shortened_first("Omar", shorter.sentence, end, call.approval, one.id, left, asked=False)
    told = "SELECT content->>'text', person, \"case\" FROM outbox WHERE key LIKE 'shorter%' AND person <> ''"
    assert await house.asked(told) == [(text, "U-IDA", "C-1")]
