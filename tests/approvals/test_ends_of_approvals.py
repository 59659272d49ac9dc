"""How approvals and confirmations end, on a real PostgreSQL: the rows, what stays in the audit, what is due still, and what every card says."""

import dataclasses
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, cast

import pytest

from bot.approvals.outcome import expiry
from bot.consent import Approval, ApprovalState, Question, Vote
from bot.domain import Call, CallState, Case, Due, EventKind
from bot.turns import conversation
from bot.words import actwording, askwording
from tests.approvals.test_approvals import NOW, TEAM
from tests.workshop import Workshop, opened, owing
from tools.contract import Caller, Refused, Result

LATER = NOW + timedelta(hours=1)
ENGINEERS = "approval: {by: [engineers], within: 4h, remind: 1h}"
BOTH = f"confirm: true, {ENGINEERS}"


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Workshop]:
    async with opened(database) as shop:
        shop.turn.case = dataclasses.replace(shop.turn.case, data={"words": {"P-1": "please turn it on", "P-2": "and the fan"}})
        async with shop.store.work() as work:
            await work.save_case(shop.turn.case)
        shop.reads(owing(ENGINEERS))
        yield shop


async def ends(shop: Workshop, one: Approval, state: ApprovalState, call: Call, **more: Any) -> None:
    async with shop.store.work() as work:
        await shop.people.approvals.end(work, one, state, call, shop.turn.case, shop.turn.principal, **more)


async def all_ends(shop: Workshop, plans: list[str] | None, state: ApprovalState = ApprovalState.HANDED_OVER) -> None:
    names = await shop.people.approvals.voters("C-1")
    async with shop.store.work() as work:
        await shop.people.approvals.end_all(work, shop.turn.case, plans, state, shop.turn.principal, names)


async def cards(shop: Workshop, one: Approval) -> list[dict[str, Any]]:
    """What of it stands on each of its cards."""
    posts = await shop.posts()
    shown = [content.get("cards", [content]) for content in (posts[key] for key in one.cards)]
    return [next(each for each in some if each["approval"] == one.id) for some in shown]


async def lines(shop: Workshop) -> list[tuple[str, str, Any]]:
    async with shop.store.work() as work:
        return [(one.role, one.text, one.data) for one in await work.transcript("C-1") if one.role == "outcome"]


async def clicked(shop: Workshop) -> Call:
    """Ana has clicked, and Omar and Ida are asked."""
    shop.reads(owing(BOTH))
    call = await shop.asks()
    await shop.yes(call.confirmation, "U-ANA")
    return await shop.performs(call.confirmation)


# ── one call ends ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("state", "became", "reason"),
    [
        (ApprovalState.WITHDRAWN, CallState.WITHDRAWN, "You withdrew it."),
        (ApprovalState.HANDED_OVER, CallState.HANDED_OVER, "It was handed over to people, who go on with it."),
        (ApprovalState.SUPERSEDED, CallState.SUPERSEDED, "You changed your request."),
        (ApprovalState.EXPIRED, CallState.EXPIRED, "Nobody answered in time."),
    ],
)
async def test_what_waits_ends_with_all_that_was_asked_for_it(
    shop: Workshop, state: ApprovalState, became: CallState, reason: str
) -> None:
    """The requester's click and the question to people, whichever of them it is said of; nothing of another call."""
    call = await clicked(shop)
    shop.reads(owing(ENGINEERS))
    other = await shop.asks(name="c2", thing="fan", step="s2")
    audited = len(await shop.audited())
    kept = await shop.call("c2"), await shop.approval(other.approval)
    shop.town.at = LATER

    await ends(shop, await shop.approval(call.approval), state, call)

    assert await shop.call("c1") == dataclasses.replace(call, state=became, finished=LATER, reason=reason)
    own, one = await shop.approval(call.confirmation), await shop.approval(call.approval)
    assert [(each.state, each.answered) for each in (own, one)] == [(state, LATER)] * 2
    assert sorted((await shop.audited())[audited:]) == sorted(
        [("call", call.id, str(became)), ("confirmation", call.id, str(state)), ("approval", call.id, str(state))]
    )
    assert await lines(shop) == [("outcome", "", {"call": "c1", "approval": one.id})]
    shown = [*await cards(shop, own), *await cards(shop, one)]
    assert {(each["state"], each["words"], each["requester"]["handle"]) for each in shown} == {
        (str(state), "please turn it on", "ana")
    }
    assert set(await shop.dues()) == {f"expire:{other.approval}", f"remind:{other.approval}"}
    assert (await shop.call("c2"), await shop.approval(other.approval)) == kept


async def test_it_ends_for_the_reason_that_is_given_and_names_who_has_answered(shop: Workshop) -> None:
    shop.reads(owing(ENGINEERS.replace("by:", "count: 2, by:")))
    call = await shop.asks()
    assert (await shop.yes(call.approval)).taken
    await ends(
        shop, await shop.approval(call.approval), ApprovalState.SUPERSEDED, call, reason="Another came.", names={"omar": "Omar O."}
    )
    assert (await shop.call("c1")).reason == "Another came."
    assert {each["votes"][0]["name"] for each in await cards(shop, await shop.approval(call.approval))} == {"Omar O."}


@pytest.mark.parametrize("state", [CallState.STARTED, CallState.VERIFIED, CallState.DENIED])
async def test_what_does_not_wait_any_more_does_not_end(shop: Workshop, state: CallState) -> None:
    """Whoever ends it may have looked before: what counts is how it stands."""
    call = await shop.asks()
    before = await shop.approval(call.approval)
    async with shop.store.work() as work:
        await work.save_call(dataclasses.replace(call, state=state))
    audited = await shop.audited()
    await ends(shop, before, ApprovalState.WITHDRAWN, call)
    assert ((await shop.call("c1")).state, await shop.approval(call.approval)) == (state, before)
    assert (await shop.audited(), await lines(shop)) == (audited, [])


@pytest.mark.parametrize("state", [ApprovalState.DENIED, ApprovalState.USED, ApprovalState.SUPERSEDED])
async def test_an_approval_that_is_over_ends_nothing(shop: Workshop, state: ApprovalState) -> None:
    """Also where another question of the same call is open."""
    call = await clicked(shop)
    own = dataclasses.replace(await shop.approval(call.confirmation), state=state)
    async with shop.store.work() as work:
        await work.save_approval(own)
    await ends(shop, own, ApprovalState.EXPIRED, call)
    assert (await shop.call("c1")).state is CallState.WAITING
    assert (await shop.approval(call.approval)).state is ApprovalState.WAITING
    await ends(shop, await shop.approval(call.approval), ApprovalState.EXPIRED, call)
    assert [(await shop.approval(one)).state for one in (call.confirmation, call.approval)] == [state, ApprovalState.EXPIRED]


async def test_a_call_that_is_gone_ends_nothing(shop: Workshop) -> None:
    call = await shop.asks()
    one = await shop.approval(call.approval)
    await ends(shop, one, ApprovalState.WITHDRAWN, dataclasses.replace(call, id="K-0"))
    assert await shop.approval(call.approval) == one


# ── all of a case ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_of_a_case_all_ends_but_what_deskhand_itself_asks_for(shop: Workshop) -> None:
    one, two = [await shop.asks(name=name, thing=thing, step=name) for name, thing in (("c1", "lamp"), ("c2", "fan"))]
    await shop.yes(two.approval)
    ours = await shop.asks(name="c3", thing="lamp", user="ana", step="c3")
    elsewhere = await shop.asks(name="c4", thing="fan", user="ana", plan="P-2")
    async with shop.store.work() as work:
        await work.save_call(dataclasses.replace(ours, principal="deskhand"))

    await all_ends(shop, None)

    states = {name: (await shop.call(name)).state for name in ("c1", "c2", "c3", "c4")}
    over, waits = CallState.HANDED_OVER, CallState.WAITING
    assert states == {"c1": over, "c2": over, "c3": waits, "c4": over}
    assert (await shop.approval(ours.approval)).state is ApprovalState.WAITING
    for call in (one, two, elsewhere):
        assert {card["state"] for card in await cards(shop, await shop.approval(call.approval))} == {"handed_over"}
    assert {vote["name"] for card in await cards(shop, await shop.approval(two.approval)) for vote in card["votes"]} == {"Omar"}
    assert {card["requester"]["handle"] for card in await cards(shop, await shop.approval(one.approval))} == {"ana"}


async def test_of_one_plan_all_ends_whoever_asks_for_it(shop: Workshop) -> None:
    await shop.asks()
    ours = await shop.asks(name="c3", thing="fan", step="c3")
    await shop.asks(name="c4", thing="fan", user="ana", plan="P-2")
    async with shop.store.work() as work:
        await work.save_call(dataclasses.replace(ours, principal="deskhand"))
    await all_ends(shop, ["P-1", "P-3"], ApprovalState.WITHDRAWN)
    states = [(await shop.call(name)).state for name in ("c1", "c3", "c4")]
    assert states == [CallState.WITHDRAWN, CallState.WITHDRAWN, CallState.WAITING]


async def test_what_takes_its_place_meanwhile_ends_as_well(shop: Workshop) -> None:
    """An answer came first and put another call there: it is found on the next look, and nothing is looked at for ever."""
    call = await shop.asks()
    approvals = shop.people.approvals
    end = approvals.end

    async def and_another(work: Any, one: Approval, *args: Any, **more: Any) -> None:
        await end(work, one, *args, **more)
        if one.call == call.id:
            shorter = dataclasses.replace(call, id="K-900", call="c9")
            await work.save_call(shorter)
            await work.save_approval(dataclasses.replace(one, id="A-900", call="K-900", cards=()))

    approvals.end = and_another  # type: ignore[method-assign]
    await all_ends(shop, None)
    assert (await shop.call("c9")).state is CallState.HANDED_OVER
    assert (await shop.approval("A-900")).state is ApprovalState.HANDED_OVER


async def test_whoever_has_answered_something_of_a_case_is_named(shop: Workshop) -> None:
    one = await shop.asks()
    two = await shop.asks(name="c2", thing="fan", step="s2")
    await shop.asks(name="c3", thing="fan", user="ana", step="s3")
    await shop.yes(one.approval)
    await shop.yes(two.approval, "U-IDA", approve=False, words="No.")
    assert await shop.people.approvals.voters("C-1") == {"omar": "Omar", "ida": "Ida"}
    assert await shop.people.approvals.voters("C-2") == {}


# ── what was given and does not run ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("state", "became"),
    [
        (CallState.FROZEN, ApprovalState.FROZEN),
        (CallState.EXPIRED, ApprovalState.EXPIRED),
        (CallState.DENIED, ApprovalState.EXPIRED),
    ],
)
async def test_what_was_given_is_void_and_nothing_else(shop: Workshop, state: CallState, became: ApprovalState) -> None:
    """The click and the yes; a question that is open, and what was given for another call, stay."""
    call = await clicked(shop)
    await shop.yes(call.approval)
    shop.reads(owing(ENGINEERS))
    other = await shop.asks(name="c2", thing="fan", step="s2")
    await shop.yes(other.approval)
    third = dataclasses.replace(await shop.approval(call.approval), id="A-900", state=ApprovalState.WAITING, cards=())
    async with shop.store.work() as work:
        await work.save_approval(third)
    audited = len(await shop.audited())
    shop.town.at = LATER

    ended = await shop.people.approvals.stopped(call, state, "It may not be.", shop.turn.case, shop.turn.principal)

    assert ended == await shop.call("c1") == dataclasses.replace(call, state=state, finished=LATER, reason="It may not be.")
    own, one = await shop.approval(call.confirmation), await shop.approval(call.approval)
    assert (own.state, one.state) == (became, became)
    assert await shop.approval("A-900") == third
    assert (await shop.approval(other.approval)).state is ApprovalState.APPROVED
    assert sorted((await shop.audited())[audited:]) == sorted(
        [("call", call.id, str(state)), ("confirmation", call.id, str(became)), ("approval", call.id, str(became))]
    )
    assert {each["state"] for each in [*await cards(shop, own), *await cards(shop, one)]} == {str(became)}
    shown = await cards(shop, one)
    assert {(each["votes"][0]["name"], each["requester"]["handle"], each["words"]) for each in shown} == {
        ("Omar", "ana", "please turn it on")
    }


# ── for the requester ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("votes", "said"),
    [
        pytest.param(
            [("omar", True, "Fine."), ("ida", False, "Not now."), ("noor", False, "No.")], "Ida said no: “Not now.”", id="why"
        ),
        pytest.param([("ida", False, "")], "Ida said no.", id="without a reason"),
        pytest.param([], "the engineer on call said no.", id="nobody is known"),
        pytest.param([("omar", True, "Fine.")], "the engineer on call said no.", id="nobody said no"),
    ],
)
async def test_who_denied_it_and_why(shop: Workshop, votes: list[tuple[str, bool, str]], said: str) -> None:
    one = Approval("A-1", "C-1", "K-1", "", "", (), NOW, NOW)
    cast = tuple(Vote(by, f"U-{by.upper()}", approve, reason, NOW) for by, approve, reason in votes)
    assert await shop.people.approvals.reason_of_denial(dataclasses.replace(one, votes=cast)) == said


async def test_what_waits_shows_what_the_requester_has_added(shop: Workshop) -> None:
    """Of what people are asked for, and of what waits alone; each is told with who has to answer."""
    call = await clicked(shop)
    shop.reads(owing(ENGINEERS.replace("by:", "count: 2, by:")))
    two = await shop.asks(name="c2", thing="fan", step="s2", plan="P-2")
    assert (await shop.yes(two.approval)).taken
    shop.reads(owing(ENGINEERS))
    over = await shop.asks(name="c3", thing="fan", user="ana", step="s3")
    await shop.yes(over.approval)
    shop.reads(owing("confirm: true"))
    own = await shop.asks(name="c4", thing="lamp", user="ana", step="s4")
    assert own.own_click
    case = dataclasses.replace(shop.turn.case, data={"words": {"P-1": "please, it is dark", "P-2": "and hot"}})
    before = {key: content for key, content in (await shop.posts()).items() if key.startswith("confirm:")}

    told = await shop.people.approvals.remarked(case, shop.turn.principal)

    assert told == [(call.approval, "the engineers"), (two.approval, "2 of the engineers")]
    assert {each["words"] for each in await cards(shop, await shop.approval(call.approval))} == {"please, it is dark"}
    shown = await cards(shop, await shop.approval(two.approval))
    assert {(each["words"], each["votes"][0]["name"], each["requester"]["handle"]) for each in shown} == {
        ("and hot", "Omar", "ana")
    }
    assert {key: content for key, content in (await shop.posts()).items() if key.startswith("confirm:")} == before
    assert (await shop.approval(over.approval)).state is ApprovalState.APPROVED


async def test_what_is_answered_while_it_is_shown_is_left_alone(shop: Workshop) -> None:
    """Between the first look and the lock it was answered, and its call may be gone."""
    call = await shop.asks()
    approvals = shop.people.approvals
    names = approvals.approvers.names

    async def meanwhile(votes: Any) -> dict[str, str]:
        approvals.approvers.names = names  # type: ignore[method-assign]
        await shop.yes(call.approval)
        return await names(votes)

    approvals.approvers.names = meanwhile  # type: ignore[method-assign]
    assert await approvals.remarked(shop.turn.case, shop.turn.principal) == []
    assert (await shop.approval(call.approval)).state is ApprovalState.APPROVED


# ── saved, timed and shown ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("state", list(ApprovalState))
async def test_what_is_due_follows_the_state(shop: Workshop, state: ApprovalState) -> None:
    """Waiting: all that was timed for it. Given: looked at when its time is over. Else nothing of it, and all of another's."""
    call = await shop.asks()
    one = await shop.approval(call.approval)
    timed = {f"{what}:{name}" for what in ("expire", "remind", "byhand") for name in (one.id, "A-900")}
    async with shop.store.work() as work:
        for key in timed:
            await work.at(Due(key, NOW, "approval_remind", "T:D", {}))
        now = dataclasses.replace(one, state=state, votes=(Vote("ida", "U-IDA", approve=False, reason="No.", at=NOW),))
        await shop.people.approvals.follow(work, now, call, shop.turn.case, shop.turn.principal, {})
    assert await shop.approval(one.id) == now
    mine = {ApprovalState.WAITING: timed, ApprovalState.APPROVED: {f"expire:{one.id}"}}.get(state, set())
    dues = await shop.dues()
    assert set(dues) == mine | {key for key in timed if key.endswith("A-900")}
    if state is ApprovalState.APPROVED:
        data = {"approval": one.id, "case": "C-1"}
        assert dues[f"expire:{one.id}"] == (NOW + timedelta(hours=4), "approval_expire", "T:D", data)


async def test_a_click_that_was_given_is_not_timed(shop: Workshop) -> None:
    """Whoever said that it is meant is not asked again."""
    shop.reads(owing("confirm: true"))
    call = await shop.asks()
    assert set(await shop.dues()) == {f"expire:{call.confirmation}"}
    await shop.yes(call.confirmation, "U-ANA")
    assert await shop.dues() == {}


@pytest.mark.parametrize(("at", "due"), [(LATER, LATER), (NOW - timedelta(hours=1), NOW)])
def test_when_it_is_looked_at(at: Any, due: Any) -> None:
    case = Case("C-7", "T:X", TEAM, "X", "1.1", "ana", "U-ANA", NOW, NOW)
    one = Approval("A-1", "C-1", "K-1", "", "", (), NOW, NOW)
    assert expiry(one, case, at, NOW) == Due("expire:A-1", due, "approval_expire", "T:X", {"approval": "A-1", "case": "C-1"})


async def test_a_card_of_several_shows_each_as_it_is(shop: Workshop) -> None:
    """In its own words and with its own thing; what stands on another card, or on none, is not on this one."""
    one = await shop.asks()
    two = await shop.asks(name="c2", thing="fan", step="s2", plan="P-2")
    first, second = await shop.approval(one.approval), await shop.approval(two.approval)
    assert first.cards == second.cards
    apart = dataclasses.replace(first, id="A-901", cards=("card:A-901:channel",))
    async with shop.store.work() as work:
        await work.save_approval(apart)
        names = {"omar": "Omar O."}
        voted = dataclasses.replace(second, votes=(Vote("omar", "U-OMAR", approve=True, reason="", at=NOW),))
        await work.save_approval(voted)
        await shop.people.approvals.follow(work, first, one, shop.turn.case, shop.turn.principal, names)
    for key in first.cards:
        content = (await shop.posts())[key]
        assert [
            (each["approval"], each["sentence"], each["words"], each["reversible"], each["requester"]["handle"], len(each["votes"]))
            for each in content["cards"]
        ] == [
            (first.id, "turn_on lamp for Ben", "please turn it on", True, "ana", 0),
            (second.id, "turn_on fan for Ben", "and the fan", True, "ana", 1),
        ]
        assert content["cards"][1]["votes"][0]["name"] == "Omar O."
        assert "take_over" in content["cards"][0]["offers"]
    sent = await shop.asked("SELECT key, channel, person, \"case\" FROM outbox WHERE key LIKE 'card:%' ORDER BY key")
    assert sent == [
        (f"card:{first.id}:U-IDA", "", "U-IDA", "C-1"),
        (f"card:{first.id}:U-OMAR", "", "U-OMAR", "C-1"),
        (f"card:{first.id}:channel", "oncall", "", "C-1"),
    ]


@pytest.mark.parametrize("state", [CallState.WAITING, CallState.STARTED, CallState.VERIFIED, CallState.UNKNOWN])
async def test_who_said_yes_reads_what_came_of_it(shop: Workshop, state: CallState) -> None:
    """Once that is known, with the names of who answered; neither another call's cards nor the requester's own message."""
    call = await clicked(shop)
    shop.reads(owing(ENGINEERS))
    other = await shop.asks(name="c2", thing="fan", step="s2")
    await shop.yes(call.approval)
    await shop.yes(other.approval, "U-IDA")
    one, own = await shop.approval(call.approval), await shop.approval(call.confirmation)
    aside, click = await cards(shop, await shop.approval(other.approval)), await cards(shop, own)
    before = await cards(shop, one)
    case = dataclasses.replace(shop.turn.case, data={"words": {"P-1": "please, it is dark"}})

    await shop.people.approvals.came(dataclasses.replace(call, state=state), case, shop.turn.principal)

    after = await cards(shop, one)
    if not state.final:
        assert after == before
        return
    outcome = askwording.card_outcome(one, {"omar": "Omar"}, state)
    assert {(each["outcome"], each["words"], each["requester"]["handle"], each["votes"][0]["name"]) for each in after} == {
        (outcome, "please, it is dark", "ana", "Omar")
    }
    assert await cards(shop, own) == click
    assert [each["outcome"] for each in await cards(shop, await shop.approval(other.approval))] == [
        each["outcome"] for each in aside
    ]


@pytest.mark.parametrize(
    ("state", "answer"), [*((state, "") for state in ApprovalState), (ApprovalState.WITHDRAWN, "The one downstairs.")]
)
async def test_a_question_that_is_open_ends_with_it(shop: Workshop, state: ApprovalState, answer: str) -> None:
    """Where nobody has answered it, its message says that no answer is needed any more, and takes none."""
    call = await shop.asks()
    asked = (Question("omar", "Which room?", NOW, "This one."), Question("ida", "Which lamp?", NOW, answer))
    vote = Vote("ida", "U-IDA", approve=False, reason="No.", at=NOW)
    one = dataclasses.replace(await shop.approval(call.approval), state=state, questions=asked, votes=(vote,))
    async with shop.store.work() as work:
        await shop.people.approvals.follow(work, one, call, shop.turn.case, shop.turn.principal, {})
    rests = answer or state in (ApprovalState.WAITING, ApprovalState.TAKEN_OVER)
    told = {"text": actwording.question_over("Which lamp?", one.id), "case": "C-1", "buttons": []}
    assert (await shop.posts()).get(f"question:{one.id}:2") == (None if rests else told)
    where = await shop.asked("SELECT channel, thread FROM outbox WHERE key LIKE 'question:%'")
    assert where == ([] if rests else [("D", "1.1")])


async def test_without_words_the_card_has_none(shop: Workshop) -> None:
    call = await shop.asks(plan="P-9", step="")
    assert {each["words"] for each in await cards(shop, await shop.approval(call.approval))} == {""}
    shop.turn.case = dataclasses.replace(shop.turn.case, data={})
    other = await shop.asks(name="c2", thing="fan", plan="P-2", step="s2")
    assert {each["words"] for each in await cards(shop, await shop.approval(other.approval))} == {""}


async def test_the_requesters_own_message_says_how_it_ended(shop: Workshop) -> None:
    """In the thread in which they asked."""
    shop.reads(owing("confirm: true"))
    call = await shop.asks()
    await ends(shop, await shop.approval(call.confirmation), ApprovalState.WITHDRAWN, call)
    [(key, channel, thread, case, state)] = await shop.asked(
        "SELECT key, channel, thread, \"case\", content->>'state' FROM outbox ORDER BY key"
    )
    assert (key, channel, thread, case, state) == (f"confirm:{call.confirmation}", "D", "1.1", "C-1", "withdrawn")


async def test_a_case_is_told_once_to_go_on(shop: Workshop) -> None:
    call = await shop.asks()
    one = await shop.approval(call.approval)
    before = time.time()
    for _ in range(2):
        async with shop.store.work() as work:
            await shop.people.approvals.announce(work, one, shop.turn.case)
    async with shop.store.work() as work:
        [event] = await work.unread("T:D")
    assert before - 0.001 <= float(event.ts) <= time.time()
    assert len(event.ts.partition(".")[2]) == 6
    told = (event.key, event.conversation, event.kind, event.team, event.channel, event.thread, event.data)
    data = {"approval": one.id, "case": "C-1"}
    assert told == (f"approval:{one.id}:waiting", "T:D", EventKind.APPROVAL, TEAM, "D", "1.1", data)


# ── a model withdraws ────────────────────────────────────────────────────────────────────────────────────────────────


async def withdraws(shop: Workshop, name: str) -> Result:
    """What a model is told that withdraws the approval of this name."""
    desk, nothing = conversation.Desk(), cast("Any", None)
    desk.open(
        work=shop.store.work,
        knowledge=nothing,
        runbooks={},
        approvals=shop.people.approvals,
        facts=shop.executor.decisions._facts,
        policies=shop.policies,
        articles=nothing,
    )
    caller = Caller("ana", "C-1", "k", NOW)
    tool = conversation.Withdraw(desk)
    return await tool.run(tool.arguments(approval=name), caller)


async def test_what_waits_is_withdrawn(shop: Workshop) -> None:
    call = await shop.asks()
    assert (await withdraws(shop, call.approval)).data == {"approval": call.approval, "state": "withdrawn"}
    assert (await shop.call("c1")).state is CallState.WITHDRAWN


async def test_nothing_is_said_to_be_withdrawn_that_goes_on(shop: Workshop) -> None:
    """More is owed by the time that it is performed, so others are asked; the first approval is over, and its call waits."""
    call = await shop.asks()
    await shop.yes(call.approval)
    shop.reads(owing(ENGINEERS.replace("by:", "count: 2, by:")))
    waits = await shop.performs(call.approval)
    with pytest.raises(Refused, match="nothing was withdrawn"):
        await withdraws(shop, call.approval)
    assert ((await shop.call("c1")).state, (await shop.approval(waits.approval)).state) == (
        CallState.WAITING,
        ApprovalState.WAITING,
    )
    await withdraws(shop, waits.approval)
    assert (await shop.call("c1")).state is CallState.WITHDRAWN
