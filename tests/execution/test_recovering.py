"""A call that is found begun: its effect may have happened, and happens once."""

import dataclasses
from datetime import datetime

import pytest
from structlog.testing import capture_logs

from bot.domain import CallState
from bot.words import wording
from tests.town import NOW
from tests.workshop import ENGINEERS, HELD, NOT_HELD, SHOWN, UNTIL, Job, Workshop, end, owing, seen
from tools.contract import Caller, Check, Ending, Result, SystemAway


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
        await shop.frozen()
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


async def test_a_tool_that_takes_other_arguments_by_now_leaves_its_call_unknown(shop: Workshop) -> None:
    await shop.stands(arguments={"user": "ben", "lamp": "lamp"})
    call = await shop.asks()
    assert end(call) == (CallState.UNKNOWN, wording.OUTCOME_UNKNOWN, NOW)
    assert (shop.lamp.ran, shop.lamp.looked) == ([], [])


async def test_an_end_that_its_tool_cannot_tell_any_more_leaves_a_call_to_people(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an older version of the tool gave has no end that this one can read: it is there, written down, and people look."""

    def ending(args: Job, result: Result) -> Ending:
        return Ending(datetime.fromisoformat(result.data["until"]), "turn_off", {"user": args.user})

    monkeypatch.setattr(shop.lamp, "ending", ending)
    shop.lamp.gives = (Result({"until": "next Friday"}, "Turned it on."),)
    await shop.stands()
    with capture_logs() as logs:
        call = await shop.asks()
    assert end(call) == (CallState.UNKNOWN, wording.END_UNKNOWN, NOW)
    assert (call.check, await shop.dues()) == (SHOWN, {})
    assert [(one["tool"], one["case"], one["call"]) for one in logs if one["event"] == "when a change ends could not be told"] == [
        ("turn_on", "C-1", call.id)
    ]
    shop.lamp.gives = (Result({"until": UNTIL}, "Turned it on."),)
    given = await shop.asks(name="c2")
    assert given.state is CallState.VERIFIED
    assert (await shop.dues())[f"end:{given.id}"][0] == datetime.fromisoformat(UNTIL)


@pytest.mark.parametrize("cut_off", [False, True], ids=["the answer was lost", "nobody waited for it"])
async def test_what_only_reading_back_found_ends_as_well(shop: Workshop, monkeypatch: pytest.MonkeyPatch, cut_off: bool) -> None:
    """The run's own answer was lost: what the look found says when it ends, for whom the call was."""

    def ending(args: Job, result: Result) -> Ending:
        return Ending(datetime.fromisoformat(result.data["until"]), "turn_off", {"user": args.user})

    machine = shop.button if cut_off else shop.lamp
    monkeypatch.setattr(machine, "ending", ending)
    machine.gives = (SystemAway("works"),)
    machine.shows = (Check(True, "it is on", "looked", {"until": UNTIL}),)
    if cut_off:
        await shop.stands(tool=machine.name)
    given = await shop.asks(machine.name)
    assert end(given) == (CallState.VERIFIED, "", NOW)
    assert len(machine.ran) == (0 if cut_off else 2)
    assert (await shop.dues())[f"end:{given.id}"][0] == datetime.fromisoformat(UNTIL)


async def test_an_approved_call_that_was_cut_off_is_found_by_its_answer_too(shop: Workshop) -> None:
    shop.reads(owing(ENGINEERS))
    call = await shop.asks()
    await shop.yes(call.approval)
    async with shop.store.work() as work:
        await work.save_call(dataclasses.replace(call, state=CallState.STARTED, key="the key"))
    done = await shop.performs(call.approval)
    assert (done, done.state) == (await shop.call("c1"), CallState.VERIFIED)
    assert [caller.key for _, caller in shop.lamp.ran] == ["the key"]
