"""A yes for less time than was asked for, where the requester's own click was owed."""

import dataclasses
from datetime import timedelta

import sqlalchemy as sa

from bot import gate
from bot.consent import ApprovalState
from bot.domain import Call, CallState, ToolCall
from bot.words import actwording
from tests.town import NOW
from tests.workshop import UNTIL, WORKS, Entry, Workshop, policy
from tools.contract import Resource

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
    assert (own.votes, own.nonce != click.nonce, own.digest != click.digest) == (click.votes, True, True)
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
