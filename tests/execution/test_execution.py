"""One tool call through the executor, on a real PostgreSQL: what stands in the ledger, and that it is what was answered.

`tests.workshop.Workshop.asks` holds the answer against the row, so that each of these says what both are.
"""

import asyncio
import copy
import dataclasses
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakValueDictionary

import pytest
from structlog.testing import capture_logs

from bot import gate
from bot.calls import effect
from bot.consent import ApprovalState
from bot.domain import SYSTEM, Call, CallState, Event, EventKind, PersonKind, Principal
from bot.obligations import Freeze, Owed
from bot.words import askwording, clickwording, freezewording, wording
from tests.approvals.test_approvals import NOW, TEAM
from tests.workshop import WORKS, Job, Workshop, opened, owing
from tools.contract import Ambiguous, Caller, Check, Ending, OutOfReach, Refused, Resource, Result, SystemAway

ENGINEERS = "approval: {by: [engineers], within: 4h}"
HELD, NOT_HELD = Check(True, "it is on", "looked"), Check(False, "it is off", "looked")
SHOWN = {"held": True, "observed": "it is on", "how": "looked"}
LATER, EARLIER = (NOW + timedelta(minutes=5)).isoformat(), (NOW - timedelta(minutes=5)).isoformat()


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Workshop]:
    async with opened(database) as shop:
        yield shop


@pytest.fixture(autouse=True)
def one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """A change is read back once."""
    monkeypatch.setattr(effect, "LOOKS", 1)


def seen(call: Call, *names: str) -> tuple[Any, ...]:
    return tuple(getattr(call, name) for name in names)


def end(call: Call) -> tuple[CallState, str, datetime | None]:
    return call.state, call.reason, call.finished


# ── a change, from the arguments to the row ──────────────────────────────────────────────────────────────────────────


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
    assert call.check == (dataclasses.asdict(check) if isinstance(check, Check) else None)
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


# ── what does not run ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_tool_that_there_is_not(shop: Workshop) -> None:
    call = await shop.asks("turn_of")
    assert end(call) == (CallState.DENIED, "There is no tool called 'turn_of' (did you mean 'turn_on'?).", NOW)
    assert seen(call, "case", "call", "principal", "created", "plan", "step") == ("C-1", "c1", "ana", NOW, "P-1", "s1")
    assert seen(call, "effect", "system", "decision", "arguments") == ("read", "", "deny", {"user": "ben", "thing": "lamp"})
    assert seen(call, "started", "key", "digest", "result") == (None, "", "", None)
    assert [(what, state) for what, _, state in await shop.audited()] == [("call", "denied")]


async def test_arguments_that_do_not_fit(shop: Workshop) -> None:
    """What it would have been is known by its name."""
    call = await shop.asks(colour="red")
    assert end(call) == (
        CallState.DENIED,
        "turn_on was called with arguments that don't fit: colour: Extra inputs are not permitted.",
        NOW,
    )
    assert seen(call, "effect", "system", "arguments") == ("change", "works", {"user": "ben", "thing": "lamp", "colour": "red"})
    assert (await shop.asks("read_gauge", "c2", colour="red")).effect == "read"
    assert (shop.lamp.ran, shop.gauge.ran) == ([], [])


async def test_an_argument_that_lies_too_far(shop: Workshop) -> None:
    """It is asked for beforehand without a trace; any other fault is nobody's matter then."""
    given = {"user": "ben", "thing": "lamp"}
    assert await shop.executor.too_far("turn_on", given) is None
    shop.lamp.canonical_ = OutOfReach("Too far.", "thing", "fan")
    assert await shop.executor.too_far("turn_on", given) is shop.lamp.canonical_
    assert await shop.executor.too_far("turn_on", {}) is None
    assert await shop.executor.too_far("turn_off", given) is None
    assert await shop.audited() == []
    call = await shop.asks()
    assert (end(call), call.result) == ((CallState.FAILED, "Too far.", NOW), {"out_of_reach": "thing", "nearest": "fan"})


async def test_what_the_policy_denies(shop: Workshop) -> None:
    shop.reads(WORKS + "  - {id: never, because: Not today., tools: [turn_on], effect: forbid, roles: [employee]}\n")
    call = await shop.asks()
    assert end(call) == (CallState.DENIED, "Not today.", NOW)
    assert seen(call, "decision", "policies", "effect", "started", "key") == ("deny", ("never",), "change", None, "")
    assert await shop.audited() == [("call", call.id, "denied")]
    assert shop.lamp.ran == []


async def test_what_a_freeze_stops(shop: Workshop) -> None:
    await frozen(shop)
    call = await shop.asks()
    assert end(call) == (CallState.FROZEN, freezewording.stopped("F-1", "Phishing."), NOW)
    assert seen(call, "decision", "effect", "started") == ("deny", "change", None)
    assert shop.lamp.ran == []


async def frozen(shop: Workshop) -> None:
    async with shop.store.work() as work:
        await work.freeze(Freeze("F-1", "Phishing.", "omar", tool="turn_on", at=NOW))


async def test_a_freeze_between_the_decision_and_the_claim(shop: Workshop) -> None:
    """Nothing was asked of anybody, so it ends and that is all."""
    before(shop, frozen)
    call = await shop.asks()
    assert end(call) == (CallState.FROZEN, freezewording.stopped("F-1", "Phishing."), NOW)
    assert seen(call, "decision", "started", "key") == ("permit", None, "")
    assert (shop.lamp.ran, await shop.audited()) == ([], [("call", call.id, "frozen")])


def before(shop: Workshop, happens: Any) -> None:
    """Let something happen after all that was looked at, before the claim."""
    claims = shop.executor._claims
    claim = claims.claim

    async def first(*args: Any) -> Any:
        claims.claim = claim  # type: ignore[method-assign]
        await happens(shop)
        return await claim(*args)

    claims.claim = first  # type: ignore[method-assign]


async def test_a_limit_that_is_reached(shop: Workshop) -> None:
    shop.reads(owing("limit: {times: 1, within: 1d, per: tool}"))
    assert (await shop.asks()).state is CallState.VERIFIED
    call = await shop.asks(name="c2", thing="fan")
    assert call.state is CallState.DENIED
    assert "That was done 1 time within 1 day already, which is the limit." in call.reason
    assert (call.finished, call.started, len(shop.lamp.ran)) == (NOW, None, 1)


# ── a read ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_read_gives_what_it_found(shop: Workshop) -> None:
    shop.gauge.gives = (Result({"degrees": 7}, "It says seven."),)
    call = await shop.asks("read_gauge")
    assert end(call) == (CallState.DONE, "", NOW)
    assert seen(call, "summary", "result", "check") == ("It says seven.", {"degrees": 7}, None)
    assert seen(call, "effect", "decision", "started", "key") == ("read", "permit", None, "")
    assert shop.gauge.ran == [(Job(user="ben", thing="lamp"), Caller("ana", "C-1", "C-1:c1", NOW))]
    assert (shop.gauge.looked, await shop.audited()) == ([], [("call", call.id, "done")])


@pytest.mark.parametrize(
    ("error", "reason", "broke"),
    [
        pytest.param(Refused("Not for you."), "Not for you.", False, id="in its own words"),
        pytest.param(OSError("a secret"), wording.system_away("works"), True, id="whatever it raises"),
        pytest.param(TimeoutError(), wording.system_away("works"), True, id="no answer"),
    ],
)
async def test_a_read_that_fails(shop: Workshop, error: Exception, reason: str, *, broke: bool) -> None:
    """Its reason is the system's word to people, never an exception; the log has that."""
    shop.gauge.gives = (error,)
    with capture_logs() as logs:
        call = await shop.asks("read_gauge")
    assert end(call) == (CallState.FAILED, reason, NOW)
    assert seen(call, "summary", "result") == ("", None)
    assert [(one["event"], one["log_level"], one["case"], one["call"], one["tool"]) for one in logs if "call" in one] == (
        [("a read failed", "error", "C-1", "c1", "read_gauge")] if broke else []
    )


async def test_a_read_that_takes_too_long(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effect, "RUN_SECONDS", 0.05)
    shop.gauge.goes_on.clear()
    call = await asyncio.wait_for(shop.asks("read_gauge"), 5)
    assert end(call) == (CallState.FAILED, wording.system_away("works"), NOW)


async def test_a_read_may_be_repeated(shop: Workshop) -> None:
    """An identical change would be superseded; and a read waits for nobody."""
    shop.spoke(EARLIER)
    shop.turn.in_order(["c0", "c1", "c2"])
    for name in ("c1", "c2"):
        assert (await asyncio.wait_for(shop.asks("read_gauge", name), 5)).state is CallState.DONE


# ── in order, and after news ─────────────────────────────────────────────────────────────────────────────────────────


async def test_changes_of_a_turn_are_made_in_their_order(shop: Workshop) -> None:
    """The second begins when the first has ended, however that ends."""
    shop.turn.in_order(["c1", "c2", "c3"])
    shop.lamp.goes_on.clear()
    shop.lamp.gives = (Refused("No."), Result({}, "On."))
    calls = [asyncio.create_task(shop.asks(name=name, thing=thing)) for name, thing in (("c3", "fan"), ("c2", "lamp"))]
    await asyncio.sleep(0.1)
    assert shop.lamp.ran == []
    calls.append(asyncio.create_task(shop.asks(name="c1")))
    await asyncio.wait_for(shop.lamp.began.wait(), 5)
    assert not shop.turn.ended["c1"].is_set()
    shop.lamp.goes_on.set()
    third, second, first = await asyncio.wait_for(asyncio.gather(*calls), 5)
    assert [caller.key.split(":")[1] for _, caller in shop.lamp.ran] == ["c1", "c2", "c3"]
    assert [one.state for one in (first, second, third)] == [CallState.FAILED, CallState.VERIFIED, CallState.VERIFIED]
    assert all(one.is_set() for one in shop.turn.ended.values())


async def test_a_change_that_is_denied_at_once_lets_nobody_pass(shop: Workshop) -> None:
    """The third waits for the first, though the second between them has ended; so what waits already is not asked for twice."""
    shop.reads(owing("confirm: true"))
    shop.turn.in_order(["c1", "c2", "c3"])
    ended, waits = shop.turn.ended["c1"], asyncio.Event()

    async def waited_for() -> bool:
        waits.set()
        return await asyncio.Event.wait(ended)

    ended.wait = waited_for  # type: ignore[assignment, method-assign]
    assert (await shop.asks("nothing_like_that", "c2")).state is CallState.DENIED
    third, waiting = asyncio.create_task(shop.asks(name="c3")), asyncio.create_task(waits.wait())
    await asyncio.wait({third, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    assert (await shop.asks(name="c1")).state is CallState.WAITING
    assert (await third).state is CallState.SUPERSEDED


async def test_whoever_waits_goes_on_though_nothing_could_be_written(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.turn.in_order(["c1", "c2"])
    told = []

    async def changed() -> None:
        told.append(shop.turn.ended["c1"].is_set())

    shop.turn.changed = changed

    async def away(*_: Any) -> None:
        raise OSError("gone")

    monkeypatch.setattr(shop.executor.decisions, "of", away)
    with pytest.raises(OSError, match="gone"):
        await shop.asks()
    assert told == [True]


@pytest.mark.parametrize(
    ("event", "stops"),
    [
        pytest.param(Event("e2", "T:D", EventKind.MESSAGE, "2.0", sender="U-ANA"), True, id="the requester wrote again"),
        pytest.param(Event("e1", "T:D", EventKind.MESSAGE, "2.0", sender="U-ANA"), False, id="what this turn has read"),
        pytest.param(Event("e2", "T:D", EventKind.MESSAGE, "2.0", sender="U-BEN"), False, id="somebody else"),
        pytest.param(Event("e2", "T:E", EventKind.MESSAGE, "2.0", sender="U-ANA"), False, id="elsewhere"),
    ],
)
async def test_news_stop_a_change_before_it_begins(shop: Workshop, event: Event, *, stops: bool) -> None:
    shop.turn.seen = ("e1",)
    async with shop.store.work() as work:
        await work.accept(event)
    call = await shop.asks()
    assert shop.turn.superseded is stops
    assert end(call) == ((CallState.SUPERSEDED, wording.SUPERSEDED, NOW) if stops else (CallState.VERIFIED, "", NOW))
    assert len(shop.lamp.ran) == (0 if stops else 1)
    assert (await shop.asks("read_gauge", "c2")).state is CallState.DONE


# ── the same once more ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("plan", "step", "state"),
    [
        pytest.param("P-1", "s1", CallState.SUPERSEDED, id="the same step"),
        pytest.param("P-1", "s2", CallState.DENIED, id="another step"),
        pytest.param("P-2", "s1", CallState.DENIED, id="another plan"),
    ],
)
async def test_what_waits_already_is_not_asked_for_twice(shop: Workshop, plan: str, step: str, state: CallState) -> None:
    """The step itself takes what comes of the other; for another there is nothing to be had."""
    shop.reads(owing(ENGINEERS))
    first = await shop.asks(note="")
    call = await shop.asks(name="c2", plan=plan, step=step)
    assert end(call) == (state, wording.waits_already(first.approval), NOW)
    assert seen(call, "started", "approval", "decision") == (None, "", "permit")
    async with shop.store.work() as work:
        assert len(await work.approvals("C-1")) == 1


@pytest.mark.parametrize("change", [{"arguments": {"user": "ben", "thing": "fan", "note": ""}}, {"tool": "press"}, {"case": "C-2"}])
async def test_what_waits_and_is_something_else_stops_nothing(shop: Workshop, change: dict[str, Any]) -> None:
    await shop.stands("c0", state=CallState.WAITING, approval="A-900", **change)
    assert (await shop.asks()).state is CallState.VERIFIED


async def test_what_was_done_is_not_done_twice_before_the_requester_writes_again(shop: Workshop) -> None:
    shop.spoke(EARLIER)
    assert (await shop.asks()).state is CallState.VERIFIED
    again = await shop.asks(name="c2")
    assert end(again) == (CallState.SUPERSEDED, wording.DONE_ALREADY, NOW)
    assert len(shop.lamp.ran) == 1
    shop.spoke(LATER)
    assert (await shop.asks(name="c3")).state is CallState.VERIFIED


async def denied(shop: Workshop, **more: Any) -> Call:
    """A call that a person has said no to."""
    before = {"state": CallState.DENIED, "approval": "A-900", "reason": "Omar said no: “Not now.”", "finished": NOW}
    return await shop.stands("c0", **(before | more))


@pytest.mark.parametrize(
    ("spoke", "more", "asked"),
    [
        pytest.param(EARLIER, {}, {}, id="the very same"),
        pytest.param(EARLIER, {}, {"note": "It is urgent!"}, id="in other words"),
        pytest.param(EARLIER, {}, {"plan": "P-2", "step": "s7"}, id="by another plan"),
        pytest.param(NOW.isoformat(), {}, {}, id="in the moment in which they wrote"),
    ],
)
async def test_a_persons_no_stands_until_the_requester_writes_again(
    shop: Workshop, spoke: str, more: dict[str, Any], asked: dict[str, Any]
) -> None:
    before = await denied(shop, **more)
    shop.spoke(spoke)
    call = await shop.asks(**asked)
    assert end(call) == (CallState.DENIED, before.reason, NOW)
    assert seen(call, "approval", "started", "decision") == ("", None, "permit")
    assert shop.lamp.ran == []


@pytest.mark.parametrize(
    ("spoke", "more", "asked"),
    [
        pytest.param(LATER, {}, {}, id="they wrote since"),
        pytest.param(None, {}, {}, id="nobody wrote"),
        pytest.param(EARLIER, {"finished": None}, {}, id="without an end"),
        pytest.param(EARLIER, {"approval": ""}, {}, id="denied by the policy"),
        pytest.param(EARLIER, {"state": CallState.FAILED}, {}, id="failed"),
        pytest.param(EARLIER, {}, {"thing": "fan"}, id="of something else"),
        pytest.param(EARLIER, {}, {"user": "ana"}, id="for somebody else"),
        pytest.param(EARLIER, {"tool": "press"}, {}, id="by another tool"),
        pytest.param(EARLIER, {"case": "C-2"}, {}, id="in another case"),
    ],
)
async def test_what_is_no_longer_or_was_never_denied_runs(
    shop: Workshop, spoke: str | None, more: dict[str, Any], asked: dict[str, Any]
) -> None:
    await denied(shop, **more)
    if spoke:
        shop.spoke(spoke)
    assert (await shop.asks(**asked)).state is CallState.VERIFIED


async def test_the_no_stands_also_where_other_calls_lie_before_it(shop: Workshop) -> None:
    await shop.stands("b1", state=CallState.FAILED)
    await shop.stands("b2", state=CallState.DENIED, approval="A-1", finished=NOW - timedelta(hours=1))
    await denied(shop)
    shop.spoke(EARLIER)
    assert (await shop.asks()).state is CallState.DENIED


# ── found started ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_call_that_was_cut_off_is_run_again_under_its_key(shop: Workshop) -> None:
    """Where the system takes one: whether it had happened or not, it has now, once."""
    started = await shop.stands()
    with capture_logs() as logs:
        call = await shop.asks()
    assert call == dataclasses.replace(
        started,
        state=CallState.VERIFIED,
        finished=NOW,
        summary="Turned it on.",
        result={"lamp": "on", "changed": True},
        check=SHOWN,
    )
    assert shop.lamp.ran == [(Job(user="ben", thing="lamp"), Caller("ana", "C-1", "the key", NOW))]
    assert [(one["event"], one["case"], one["call"], one["tool"]) for one in logs] == [
        ("a call was cut off; finding out what came of it", "C-1", call.id, "turn_on")
    ]
    assert await shop.audited() == [("call", call.id, "verified")]


async def test_one_without_a_key_runs_under_its_names(shop: Workshop) -> None:
    await shop.stands(key="")
    await shop.asks()
    assert [caller.key for _, caller in shop.lamp.ran] == ["C-1:c1"]


@pytest.mark.parametrize(
    ("check", "state", "reason"),
    [
        pytest.param(HELD, CallState.VERIFIED, "", id="it is there"),
        pytest.param(NOT_HELD, CallState.UNKNOWN, wording.OUTCOME_UNKNOWN, id="it is not there"),
        pytest.param(OSError("a secret"), CallState.UNKNOWN, wording.OUTCOME_UNKNOWN, id="nobody can tell"),
    ],
)
@pytest.mark.parametrize("tool", ["press", "turn_on"])
async def test_what_must_not_run_again_is_only_looked_for(
    shop: Workshop, tool: str, check: Check | Exception, state: CallState, reason: str
) -> None:
    """Since it would happen twice, or since a freeze stops it meanwhile."""
    machine = shop.button if tool == "press" else shop.lamp
    machine.shows = (check,)
    if tool == "turn_on":
        await frozen(shop)
    started = await shop.stands(tool=tool)

    call = await shop.asks(tool)

    assert (machine.ran, machine.looked) == ([], [None])
    assert end(call) == (state, reason, NOW)
    shown = state is CallState.VERIFIED
    assert seen(call, "id", "summary", "result", "check") == (
        started.id,
        "turn_on lamp for ben" if shown else "",
        {"changed": True} if shown else None,
        SHOWN if shown else None,
    )


async def test_a_deed_that_was_cut_off_is_recalled_by_its_key(shop: Workshop) -> None:
    shop.stamp.under = {"the key": Result({"stamp": 7}, "Stamped it."), "C-1:c1": Result({}, "Another.")}
    await shop.stands(tool="stamp")
    call = await shop.asks("stamp")
    assert end(call) == (CallState.VERIFIED, "", NOW)
    assert seen(call, "summary", "result", "check") == ("Stamped it.", {"stamp": 7, "changed": True}, SHOWN)
    assert shop.stamp.ran == []


async def test_a_tool_that_is_gone_leaves_its_call_unknown(shop: Workshop) -> None:
    await shop.stands(tool="turn_off")
    call = await shop.asks("turn_off")
    assert end(call) == (CallState.UNKNOWN, wording.OUTCOME_UNKNOWN, NOW)
    assert await shop.audited() == [("call", call.id, "unknown")]


async def test_an_approved_call_that_was_cut_off_is_found_by_its_answer_too(shop: Workshop) -> None:
    shop.reads(owing(ENGINEERS))
    call = await shop.asks()
    await shop.yes(call.approval)
    async with shop.store.work() as work:
        await work.save_call(dataclasses.replace(call, state=CallState.STARTED, key="the key"))
    done = await shop.performs(call.approval)
    assert (done, done.state) == (await shop.call("c1"), CallState.VERIFIED)
    assert [caller.key for _, caller in shop.lamp.ran] == ["the key"]


# ── who is asked first ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_call_that_waits_for_the_requesters_click(shop: Workshop) -> None:
    shop.reads(owing("confirm: true"))
    call = await shop.asks()
    assert seen(call, "state", "finished", "started", "key", "approval") == (CallState.WAITING, None, None, "", "")
    assert (call.id[:2], call.confirmation[:2], shop.lamp.ran) == ("K-", "A-", [])
    one = await shop.approval(call.confirmation)
    assert (one.call, one.case, [type(each).__name__ for each in one.asks]) == (call.id, "C-1", ["Confirm"])
    [(key, card)] = (await shop.posts()).items()
    assert (key, card["requester"]["handle"], card["sentence"]) == (f"confirm:{one.id}", "ana", "turn_on lamp for Ben")
    assert await shop.audited() == [("confirmation", call.id, "waiting"), ("call", call.id, "waiting")]

    await shop.yes(call.confirmation, "U-ANA")
    told = []

    async def changed() -> None:
        told.append(True)

    shop.turn.changed = changed
    done = await shop.performs(call.confirmation)
    assert (done, end(done)) == (await shop.call("c1"), (CallState.VERIFIED, "", NOW))
    assert (told, len(shop.lamp.ran)) == ([True], 1)


async def test_deskhand_itself_has_nobody_to_click(shop: Workshop) -> None:
    shop.reads(owing("confirm: true"))
    shop.turn.principal = SYSTEM
    call = await shop.asks()
    assert end(call) == (CallState.DENIED, clickwording.NOBODY_TO_CLICK, NOW)
    assert call.principal == "deskhand"
    assert await shop.posts() == {}


@pytest.mark.parametrize("what", ["confirm: true", ENGINEERS])
async def test_two_turns_at_once_on_a_case_ask_once(shop: Workshop, what: str) -> None:
    """That must not be; if it were, the second raises, and nothing of it is written."""
    shop.reads(owing(what))
    steered = shop.executor._steered

    async def meanwhile(turn: Any) -> bool:
        shop.executor._steered = steered  # type: ignore[method-assign]
        await shop.stands("c1", state=CallState.WAITING)
        return await steered(turn)

    shop.executor._steered = meanwhile  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match=r"^two turns at once on case C-1$"):
        await shop.asks()
    assert (await shop.posts(), await shop.audited()) == ({}, [])


async def test_a_call_that_waits_for_people(shop: Workshop) -> None:
    """Who asks, in which words, and what is owed, on the card; its key is what they are shown."""
    shop.reads(owing(ENGINEERS))
    call = await shop.asks()
    owed = (Owed("more", "It matters.", ("engineers",), means=call_means(shop, "engineers")),)
    digest = gate.digest("turn_on", call.arguments, call.resource, "ana", "C-1", owed, shop.policies.current.version)
    assert seen(call, "state", "finished", "started", "digest", "key") == (CallState.WAITING, None, None, digest, digest)
    one = await shop.approval(call.approval)
    assert (one.call, one.case, one.owed, one.state, one.digest) == (call.id, "C-1", owed, ApprovalState.WAITING, digest)
    assert one.cards == (f"card:{one.id}:channel", f"card:{one.id}:U-IDA", f"card:{one.id}:U-OMAR")
    card = (await shop.posts())[one.cards[0]]
    assert (card["requester"]["handle"], card["sentence"]) == ("ana", "turn_on lamp for Ben")
    assert await shop.audited() == [("approval", call.id, "waiting"), ("call", call.id, "waiting")]
    assert shop.lamp.ran == []


def call_means(shop: Workshop, role: str) -> tuple[str, ...]:
    return (shop.policies.current.roles[role].key,)


async def test_where_there_is_nobody_to_ask(shop: Workshop) -> None:
    shop.reads(owing(ENGINEERS).replace("[omar, ida]", "[ben, ana, left]"))
    call = await shop.asks()
    assert end(call) == (CallState.FAILED, askwording.NOBODY_TO_ASK, NOW)
    assert (call.approval, await shop.posts()) == ("", {})
    assert await shop.audited() == [("call", call.id, "failed")]


async def test_a_limit_that_is_reached_before_the_claim_asks_people(shop: Workshop) -> None:
    """Beyond it somebody says yes: to a digest of what is owed then."""
    shop.reads(owing("limit: {times: 1, within: 1d, per: tool, beyond: approval}, approval: {by: [engineers]}"))

    async def another(shop: Workshop) -> None:
        await shop.stands("c0", state=CallState.VERIFIED, started=NOW, finished=NOW)

    before(shop, another)
    call = await shop.asks()
    assert call.state is CallState.WAITING
    one = await shop.approval(call.approval)
    assert [owed.by for owed in one.owed] == [("engineers",)]
    assert one.digest == call.digest == call.key
    assert call.digest == gate.digest(
        "turn_on", call.arguments, call.resource, "ana", "C-1", one.owed, shop.policies.current.version
    )
    await shop.yes(call.approval)
    assert (await shop.performs(call.approval)).state is CallState.VERIFIED


# ── once it was answered ─────────────────────────────────────────────────────────────────────────────────────────────


async def given(shop: Workshop, what: str = ENGINEERS) -> Call:
    """A call that people have said yes to."""
    shop.reads(owing(what))
    call = await shop.asks()
    assert (await shop.yes(call.approval)).taken
    return await shop.call("c1")


async def test_what_was_approved_is_performed(shop: Workshop) -> None:
    call = await given(shop)
    shop.town.at = NOW + timedelta(hours=1)
    before = len(await shop.audited())
    done = await shop.performs(call.approval)
    assert (
        done
        == await shop.call("c1")
        == dataclasses.replace(
            call,
            state=CallState.VERIFIED,
            started=shop.town.at,
            finished=shop.town.at,
            key=f"C-1:c1:{call.digest[:16]}",
            summary="Turned it on.",
            result={"lamp": "on", "changed": True},
            check=SHOWN,
            facts=done.facts,
        )
    )
    assert (await shop.approval(call.approval)).state is ApprovalState.USED
    assert (await shop.audited())[before:] == [
        ("approval", call.id, "used"),
        ("call", call.id, "started"),
        ("call", call.id, "verified"),
    ]
    again = await shop.performs(call.approval)
    assert (again, len(shop.lamp.ran)) == (done, 1)


async def test_before_it_was_given_it_is_left_as_it_is(shop: Workshop) -> None:
    shop.reads(owing(ENGINEERS))
    call = await shop.asks()
    assert await shop.performs(call.approval) == call == await shop.call("c1")
    await shop.yes(call.approval, approve=False, words="No.")
    assert (await shop.performs(call.approval)).state is not CallState.VERIFIED
    assert shop.lamp.ran == []


async def test_the_answer_to_another_call_performs_nothing(shop: Workshop) -> None:
    """Approved is the one; the event is of the other, which nobody has answered."""
    shop.reads(owing(ENGINEERS))
    one, two = await shop.asks(), await shop.asks(name="c2", thing="fan")
    await shop.yes(one.approval)
    assert (await shop.performs(two.approval)).state is CallState.WAITING
    assert (await shop.performs(one.approval)).state is CallState.VERIFIED
    assert [args.thing for args, _ in shop.lamp.ran] == ["lamp"]


async def test_its_cards_say_what_came_of_it(shop: Workshop) -> None:
    """All of them, once it has run; by whoever said yes."""
    call = await given(shop)
    one = await shop.approval(call.approval)
    waits = (await shop.posts())[one.cards[0]]
    shop.lamp.gives = (Refused("It says no."),)
    over = await shop.performs(call.approval)
    posts = await shop.posts()
    now = await shop.approval(call.approval)
    assert waits["outcome"] != askwording.card_outcome(now, {"omar": "Omar"}, over.state)
    shown = [posts[key] for key in one.cards]
    assert {card["outcome"] for card in shown} == {askwording.card_outcome(now, {"omar": "Omar"}, CallState.FAILED)}
    assert {(card["requester"]["handle"], card["votes"][0]["name"], card["words"]) for card in shown} == {("ana", "Omar", "")}


async def test_an_approval_of_another_case_raises(shop: Workshop) -> None:
    call = await given(shop)
    other = dataclasses.replace(await shop.approval(call.approval), case="C-2")
    with pytest.raises(RuntimeError, match=rf"^approval {call.approval} is not one of case C-1$"):
        await shop.executor.perform_approved(other, shop.turn)
    assert shop.lamp.ran == []


async def test_an_approval_whose_call_is_gone_raises(shop: Workshop) -> None:
    call = await given(shop)
    lost = dataclasses.replace(await shop.approval(call.approval), call="K-0")
    with pytest.raises(RuntimeError, match=rf"^approval {call.approval} has no call$"):
        await shop.executor.perform_approved(lost, shop.turn)


async def test_what_can_no_longer_be_resolved_ends_as_the_same_row(shop: Workshop) -> None:
    call = await given(shop)
    shop.lamp.canonical_ = Refused("There is no lamp any more.")
    over = await shop.performs(call.approval)
    assert (over, end(over)) == (await shop.call("c1"), (CallState.FAILED, "There is no lamp any more.", NOW))
    assert (over.id, over.approval, shop.lamp.ran) == (call.id, call.approval, [])


async def test_what_the_policy_denies_by_then(shop: Workshop) -> None:
    """With what it was decided from by then."""
    call = await given(shop)
    forbid = "  - {id: never, because: Not today., tools: [turn_on], effect: forbid, roles: [employee]}\n"
    shop.reads(owing(ENGINEERS) + forbid)
    shop.town.at = NOW + timedelta(hours=1)
    over = await shop.performs(call.approval)
    assert (over, end(over)) == (await shop.call("c1"), (CallState.DENIED, "Not today.", shop.town.at))
    assert seen(over, "id", "decision", "policies", "digest") == (call.id, "deny", ("never",), call.digest)
    assert (shop.lamp.ran, (await shop.audited())[-1]) == ([], ("call", call.id, "denied"))


@pytest.mark.parametrize("when", ["decided", "claimed"])
async def test_what_was_approved_and_is_frozen_by_then(shop: Workshop, when: str) -> None:
    """What was given for it is void, and its cards say so, also where the freeze came in between."""
    call = await given(shop)
    if when == "decided":
        await frozen(shop)
    else:
        before(shop, frozen)
    over = await shop.performs(call.approval)
    assert (over, end(over)) == (await shop.call("c1"), (CallState.FROZEN, freezewording.stopped("F-1", "Phishing."), NOW))
    one = await shop.approval(call.approval)
    assert one.state is ApprovalState.FROZEN
    card = (await shop.posts())[one.cards[0]]
    assert (card["state"], card["requester"]["handle"], card["votes"][0]["name"]) == ("frozen", "ana", "Omar")
    assert (shop.lamp.ran, (await shop.audited())[-2:]) == (
        [],
        [("approval", call.id, "frozen"), ("call", call.id, "frozen")],
    )


@pytest.mark.parametrize("after", [timedelta(hours=4), timedelta(hours=5)])
async def test_what_was_approved_and_waited_too_long(shop: Workshop, after: timedelta) -> None:
    call = await given(shop)
    shop.town.at = NOW + after
    over = await shop.performs(call.approval)
    assert (over, end(over)) == (await shop.call("c1"), (CallState.EXPIRED, askwording.TOO_LATE, shop.town.at))
    assert (await shop.approval(call.approval)).state is ApprovalState.EXPIRED
    assert shop.lamp.ran == []


async def test_a_yes_that_was_enough_counts_though_whoever_gave_it_has_left(shop: Workshop) -> None:
    """It was the answer to all that was asked; for what is asked of people since, those who hold the role then count."""
    call = await given(shop)
    shop.town.people_["omar"] = dataclasses.replace(shop.town.people_["omar"], active=False)
    assert (await shop.performs(call.approval)).state is CallState.VERIFIED


async def test_more_that_is_owed_by_then_is_asked_for(shop: Workshop) -> None:
    """The yes counts for one of two; nobody is asked where its time is over."""
    call = await given(shop)
    shop.reads(owing(ENGINEERS.replace("by:", "count: 2, by:")))
    waits = await shop.performs(call.approval)
    assert (waits, waits.state, shop.lamp.ran) == (await shop.call("c1"), CallState.WAITING, [])
    assert (waits.id, waits.approval != call.approval, waits.key == waits.digest != call.digest) == (call.id, True, True)
    one, anew = await shop.approval(call.approval), await shop.approval(waits.approval)
    assert (one.state, one.successor, [vote.by for vote in anew.votes]) == (ApprovalState.SUPERSEDED, anew.id, ["omar"])
    await shop.yes(anew.id, "U-IDA")
    assert (await shop.performs(anew.id)).state is CallState.VERIFIED


async def test_a_yes_that_is_enough_for_what_is_asked_now_is_used(shop: Workshop) -> None:
    """The policy asks in other words by then; it is counted anew, and that is what is claimed."""
    call = await given(shop)
    shop.reads(owing(ENGINEERS.replace("4h", "5h")))
    assert (await shop.performs(call.approval)).state is CallState.VERIFIED
    assert (await shop.approval(call.approval)).state is ApprovalState.USED


async def test_what_another_has_claimed_is_theirs(shop: Workshop) -> None:
    """It is answered as it stands, and run once."""
    call = await given(shop)

    async def another(shop: Workshop) -> None:
        elsewhere = copy.copy(shop.executor)  # as in another process
        elsewhere._alone = WeakValueDictionary()
        approval = await shop.approval(call.approval)
        assert (await elsewhere.perform_approved(approval, shop.turn)).state is CallState.VERIFIED

    before(shop, another)
    assert await shop.performs(call.approval) == await shop.call("c1")
    assert ((await shop.call("c1")).state, len(shop.lamp.ran)) == (CallState.VERIFIED, 1)


class Door(asyncio.Lock):
    """`knocked` is set once somebody waits before it."""

    def __init__(self) -> None:
        super().__init__()
        self.knocked = asyncio.Event()

    async def acquire(self) -> bool:
        if self.locked():
            self.knocked.set()
        return await super().acquire()


async def test_a_turn_of_this_process_waits_for_another_that_has_claimed_the_call(shop: Workshop) -> None:
    """It comes between the claim and the deed, where the ledger has the call as one that was cut off: it is not run a second time."""
    call = await given(shop)
    shop.executor._alone[call.id] = door = Door()
    claims, second = shop.executor._claims, list[asyncio.Task[Call]]()
    claim = claims.claim

    async def claimed(*args: Any) -> Any:
        claims.claim = claim  # type: ignore[method-assign]
        mine = await claim(*args)
        second.append(asyncio.create_task(shop.performs(call.approval)))
        knocked = asyncio.create_task(door.knocked.wait())
        await asyncio.wait({second[0], knocked}, return_when=asyncio.FIRST_COMPLETED)
        knocked.cancel()
        return mine

    claims.claim = claimed  # type: ignore[method-assign]
    assert (await shop.performs(call.approval)).state is CallState.VERIFIED
    assert ((await second[0]).state, len(shop.lamp.ran)) == (CallState.VERIFIED, 1)


async def test_more_that_is_owed_when_the_time_is_over_is_not_asked_for(shop: Workshop) -> None:
    call = await given(shop)
    shop.reads(owing(ENGINEERS.replace("by:", "count: 2, by:")))
    shop.town.at = NOW + timedelta(hours=4)
    over = await shop.performs(call.approval)
    assert end(over) == (CallState.EXPIRED, askwording.TOO_LATE, shop.town.at)
    async with shop.store.work() as work:
        assert [one.state for one in await work.approvals("C-1")] == [ApprovalState.EXPIRED]


async def test_a_limit_that_was_reached_while_it_waited(shop: Workshop) -> None:
    """Denied, and no freeze or time is the cause: what was given stays as it is."""
    call = await given(shop, f"limit: {{times: 1, within: 1d, per: tool}}, {ENGINEERS}")
    await shop.stands("c0", state=CallState.VERIFIED, started=NOW, finished=NOW)
    over = await shop.performs(call.approval)
    assert over == await shop.call("c1")
    assert (over.state, "which is the limit" in over.reason, over.finished) == (CallState.DENIED, True, NOW)
    assert (await shop.approval(call.approval)).state is ApprovalState.APPROVED


async def test_a_turn_of_somebody_else_does_not_perform_it(shop: Workshop) -> None:
    """It is theirs whose rights it was decided by."""
    call = await given(shop)
    shop.turn.principal = Principal("noor", "U-NOOR", TEAM, kind=PersonKind.MEMBER, name="Noor")
    over = await shop.performs(call.approval)
    assert end(over) == (CallState.DENIED, wording.POLICY_CHANGED, NOW)
    assert (over, shop.lamp.ran) == (await shop.call("c1"), [])


async def test_what_deskhand_asked_for_is_performed_in_anybodys_turn(shop: Workshop) -> None:
    shop.reads(owing(ENGINEERS))
    mine, shop.turn.principal = shop.turn.principal, SYSTEM
    call = await shop.asks()
    await shop.yes(call.approval)
    shop.turn.principal = mine
    done = await shop.performs(call.approval)
    assert (done.state, done.principal) == (CallState.VERIFIED, "deskhand")
    assert [caller.principal for _, caller in shop.lamp.ran] == ["deskhand"]


async def test_what_is_another_call_by_then_is_not_performed(shop: Workshop) -> None:
    """What was shown is not what would be done: the thing is somebody else's by now."""
    call = await given(shop)

    async def moved(args: Job) -> Resource:
        return Resource("thing", args.thing, "Lamp", "mia")

    shop.lamp.resource = moved  # type: ignore[method-assign]
    over = await shop.performs(call.approval)
    assert (over, end(over)) == (await shop.call("c1"), (CallState.DENIED, wording.POLICY_CHANGED, NOW))
    assert shop.lamp.ran == []


async def test_a_click_that_is_owed_by_then_was_never_given(shop: Workshop) -> None:
    call = await given(shop)
    shop.reads(owing(f"confirm: true, {ENGINEERS}"))
    over = await shop.performs(call.approval)
    assert (over, end(over)) == (await shop.call("c1"), (CallState.DENIED, wording.POLICY_CHANGED, NOW))


async def test_after_the_click_people_are_asked_and_then_it_runs(shop: Workshop) -> None:
    """Both answers are to this call: the click is used with the yes."""
    shop.reads(owing(f"confirm: true, {ENGINEERS}"))
    call = await shop.asks()
    await shop.yes(call.confirmation, "U-ANA")
    waits = await shop.performs(call.confirmation)
    assert (waits, waits.state, waits.id) == (await shop.call("c1"), CallState.WAITING, call.id)
    assert (waits.confirmation, waits.approval[:2], shop.lamp.ran) == (call.confirmation, "A-", [])
    assert await shop.performs(call.confirmation) == waits
    await shop.yes(waits.approval)
    done = await shop.performs(waits.approval)
    assert (done.state, len(shop.lamp.ran)) == (CallState.VERIFIED, 1)
    async with shop.store.work() as work:
        assert {one.state for one in await work.approvals("C-1")} == {ApprovalState.USED}


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
