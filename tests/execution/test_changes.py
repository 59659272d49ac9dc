"""A change, from its arguments to its row in the ledger, and what follows from it.

`tests.workshop.Workshop.asks` holds the answer against the row, so that each of these says what both are.
"""

import asyncio
import dataclasses
from datetime import timedelta

import pytest

from bot import gate
from bot.domain import Call, CallState
from bot.words import wording
from tests.town import NOW
from tests.workshop import HELD, NOT_HELD, SHOWN, Job, Workshop, end, owing, seen
from tools.contract import Ambiguous, Caller, Check, Ending, Refused, Result, SystemAway


async def test_a_change_is_made_checked_and_written_down(shop: Workshop) -> None:
    """Every column of its row, and what the system was told."""
    call = await shop.asks(note="  soon ")

    given = {"user": "ben", "thing": "lamp", "note": "soon"}
    resource = {
        "kind": "thing",
        "id": "lamp",
        "label": "Lamp",
        "owner": "ida",
        "facts": {},
        "people": {"ana": "Ana", "ben": "Ben", "ida": "Ida"},
    }
    version = shop.policies.current.version
    digest = gate.digest("turn_on", given, resource, "ana", "C-1", (), version)
    key = f"C-1:c1:{digest[:16]}"
    assert call == Call(
        id=call.id,
        case="C-1",
        call="c1",
        tool="turn_on",
        arguments=given,
        state=CallState.VERIFIED,
        principal="ana",
        created=NOW,
        plan="P-1",
        step="s1",
        effect="change",
        system="works",
        digest=digest,
        resource=resource,
        beneficiary="ben",
        decision="permit",
        policies=("works",),
        policy_version=version,
        sentence="turn_on lamp for Ben",
        summary="Turned it on.",
        result={"lamp": "on", "changed": True},
        check=SHOWN,
        facts=call.facts,
        origins=call.origins,
        key=key,
        started=NOW,
        finished=NOW,
    )
    assert call.id.startswith("K-")
    assert {one.path for one in call.origins} == {"user", "thing"}
    assert "aside" in call.facts
    assert shop.lamp.ran == [(Job(**given), Caller("ana", "C-1", key, NOW))]
    assert shop.lamp.looked == [shop.lamp.gives[0]]
    assert await shop.audited() == [("call", call.id, "started"), ("call", call.id, "verified")]


async def test_the_same_call_is_answered_from_the_ledger(shop: Workshop) -> None:
    """Asked again under its id, whatever it came to, nothing is done or written."""
    call = await shop.asks()
    shop.town.at += timedelta(hours=1)

    assert await shop.asks() == call

    assert len(shop.lamp.ran) == 1
    assert len(await shop.audited()) == 2


async def test_calls_of_other_cases_are_others(shop: Workshop) -> None:
    async with shop.store.work() as work:
        await work.save_call(dataclasses.replace(await shop.stands(name="c0"), id="K-900", case="C-2", call="c1"))
    assert (await shop.asks()).state is CallState.VERIFIED


@pytest.mark.parametrize(
    ("gave", "check", "state", "reason", "changed"),
    [
        pytest.param(Result({}, "On.", changed=False), HELD, CallState.VERIFIED, "", False, id="it was so already"),
        pytest.param(
            Result({}, "On."), NOT_HELD, CallState.UNVERIFIED, wording.unverified("it is off"), True, id="done, but not seen"
        ),
        pytest.param(
            SystemAway("It is away."), NOT_HELD, CallState.FAILED, "It is away.", True, id="no answer, and nothing is there"
        ),
        pytest.param(SystemAway(""), NOT_HELD, CallState.FAILED, wording.system_away("works"), True, id="no answer, without words"),
        pytest.param(OSError("a secret"), NOT_HELD, CallState.FAILED, wording.system_away("works"), True, id="it broke"),
        pytest.param(SystemAway("Away."), HELD, CallState.VERIFIED, "", True, id="no answer, and it is there"),
        pytest.param(
            SystemAway("Away."), OSError("a secret"), CallState.UNKNOWN, wording.OUTCOME_UNKNOWN, True, id="nobody can tell"
        ),
        pytest.param(
            Result({}, "On."), SystemAway("Away."), CallState.UNKNOWN, wording.OUTCOME_UNKNOWN, True, id="done, and nobody can tell"
        ),
    ],
)
async def test_what_came_of_a_change(
    shop: Workshop, gave: Result | Exception, check: Check | Exception, state: CallState, reason: str, *, changed: bool
) -> None:
    shop.lamp.gives, shop.lamp.shows = (gave,), (check,)

    call = await shop.asks()

    assert end(call) == (state, reason, NOW)
    assert call.summary == (gave.summary if isinstance(gave, Result) else "turn_on lamp for Ben")
    assert call.result == {"changed": changed}
    kept = {"held": check.held, "observed": check.observed, "how": check.how} if isinstance(check, Check) else None
    assert call.check == kept
    assert await shop.audited() == [("call", call.id, "started"), ("call", call.id, str(state))]


@pytest.mark.parametrize(
    "error",
    [pytest.param(Refused("It says no."), id="refused"), pytest.param(Ambiguous("It says no."), id="any other of its words")],
)
async def test_what_the_system_refuses_has_failed_and_is_not_looked_for(shop: Workshop, error: Exception) -> None:
    shop.lamp.gives = (error,)
    call = await shop.asks()
    assert end(call) == (CallState.FAILED, "It says no.", NOW)
    assert seen(call, "summary", "result", "check", "key") == ("", None, None, shop.lamp.ran[0][1].key)
    assert shop.lamp.looked == []


async def test_an_answer_that_was_lost_is_asked_for_once_more_under_the_same_key(shop: Workshop) -> None:
    """What is there was made by us: the system tells under the key what it told before."""
    shop.lamp.gives = (SystemAway("Away."), Result({"lamp": "on"}, "Turned it on."))
    call = await shop.asks()
    assert end(call) == (CallState.VERIFIED, "", NOW)
    assert seen(call, "summary", "result") == ("Turned it on.", {"lamp": "on", "changed": True})
    assert len(shop.lamp.ran) == 2
    assert shop.lamp.ran[0] == shop.lamp.ran[1]
    assert shop.lamp.ran[0][1].key == call.key


async def test_what_happens_each_time_is_run_once_whatever_it_answers(shop: Workshop) -> None:
    shop.button.gives = (SystemAway("Away."), Result({}, "Pressed it again."))
    call = await shop.asks("press")
    assert end(call) == (CallState.VERIFIED, "", NOW)
    assert seen(call, "summary", "result", "check") == ("press lamp for Ben", {"changed": True}, SHOWN)
    assert len(shop.button.ran) == 1


async def test_a_deeds_answer_is_recalled_by_its_key(shop: Workshop) -> None:
    shop.stamp.gives = (SystemAway("Away."),)
    recalled = Result({"stamp": 7}, "Stamped it.")

    async def recall(args: Job, key: str) -> Result | None:
        return recalled if key == shop.stamp.ran[0][1].key else None

    shop.stamp.recall = recall  # type: ignore[method-assign]
    call = await shop.asks("stamp")
    assert seen(call, "state", "summary", "result") == (CallState.VERIFIED, "Stamped it.", {"stamp": 7, "changed": True})
    assert (len(shop.stamp.ran), shop.stamp.looked) == (1, [recalled])


async def test_a_change_goes_on_though_its_turn_is_cancelled(shop: Workshop) -> None:
    """Whoever asks for it meanwhile waits for the one that runs, which has a name, and is forgotten when it has ended."""
    shop.lamp.goes_on.clear()
    turn = asyncio.create_task(shop.asks())
    await asyncio.wait_for(shop.lamp.began.wait(), 5)
    running = (await shop.call("c1")).id
    [task] = [one for one in asyncio.all_tasks() if one.get_name() == f"perform {running}"]
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn

    again = asyncio.create_task(shop.asks())
    other = asyncio.create_task(shop.asks())
    await asyncio.sleep(0.1)
    other.cancel()
    with pytest.raises(asyncio.CancelledError):
        await other
    assert not task.done()
    shop.lamp.goes_on.set()
    assert (await asyncio.wait_for(again, 5)).state is CallState.VERIFIED
    assert len(shop.lamp.ran) == 1
    assert shop.executor._running == {}


# ── what follows a change ────────────────────────────────────────────────────────────────────────────────────────────


AFTER = "notify: {roles: [engineers]}, review: {by: [engineers], within: 3d}"


@pytest.mark.parametrize(
    ("gave", "check", "state"),
    [
        pytest.param(Result({}, "On."), HELD, CallState.VERIFIED, id="made"),
        pytest.param(Result({}, "On."), NOT_HELD, CallState.UNVERIFIED, id="made, and not seen"),
        pytest.param(SystemAway("Away."), OSError(), CallState.UNKNOWN, id="perhaps"),
        pytest.param(SystemAway("Away."), NOT_HELD, CallState.FAILED, id="not made"),
        pytest.param(Refused("No."), HELD, CallState.FAILED, id="refused"),
    ],
)
async def test_people_hear_of_what_was_made_or_may_have_been(
    shop: Workshop, gave: Result | Exception, check: Check | Exception, state: CallState
) -> None:
    """In the transaction that writes it down; whoever looks at it afterwards does so in the case's conversation."""
    shop.reads(owing(AFTER))
    shop.lamp.gives, shop.lamp.shows = (gave,), (check,)
    call = await shop.asks()
    assert call.state is state
    told = state is not CallState.FAILED
    assert sorted(await shop.posts()) == ([f"notify:{call.id}:U-IDA", f"notify:{call.id}:U-OMAR"] if told else [])
    data = {"case": "C-1", "call": call.id, "policy": "more", "tries": 0}
    assert await shop.dues() == ({f"review:{call.id}:more": (NOW, "review", "T:D", data)} if told else {})


async def test_who_cannot_be_told_of_a_change_is_named_where_cards_are(shop: Workshop) -> None:
    """A role that nobody holds now, or that cannot be looked up: in the channel for cards, with what was done."""
    roles = "roles:\n  gone: {people: [left]}\n  away: {group: away}\n"
    shop.reads(owing("notify: {roles: [engineers, gone, away]}").replace("roles:\n", roles, 1))
    call = await shop.asks()
    posts = await shop.posts()
    assert posts[f"notify:{call.id}:unreached"]["text"].startswith(
        "the away or the gone should be told of this, and I could reach nobody there:"
    )
    [channel] = await shop.asked(f"SELECT channel FROM outbox WHERE key = 'notify:{call.id}:unreached'")
    assert channel == ("oncall",)


async def test_a_secret_goes_to_one_person_and_what_was_given_ends(shop: Workshop) -> None:
    """Beside what its policies owe; nothing of it where it is not verified."""
    shop.reads(owing(AFTER))
    shop.lamp.gives = (Result({}, "On.", private="hunter2"),)
    until = NOW + timedelta(days=1)
    shop.lamp.ending = lambda args, result: Ending(until, "press", {"user": args.user, "thing": result.summary})  # type: ignore[method-assign]
    call = await shop.asks()
    posts = await shop.posts()
    assert set(posts) == {f"notify:{call.id}:U-IDA", f"notify:{call.id}:U-OMAR", f"private:{call.id}"}
    assert posts[f"private:{call.id}"] == {"text": wording.private("turn_on lamp for Ben"), "secret": "hunter2"}
    ends = {"case": "C-1", "call": call.id, "tool": "press", "arguments": {"user": "ben", "thing": "On."}}
    dues = await shop.dues()
    assert set(dues) == {f"end:{call.id}", f"review:{call.id}:more"}
    assert dues[f"end:{call.id}"] == (until, "grant_end", "T:D", ends)

    shop.lamp.shows = (NOT_HELD,)
    other = await shop.asks(name="c2", thing="fan")
    assert other.state is CallState.UNVERIFIED
    assert f"private:{other.id}" not in await shop.posts()
    assert f"end:{other.id}" not in await shop.dues()
