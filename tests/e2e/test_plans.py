"""Plans with branches, loops, waits, parts and a way back, on a real database: with people in the middle, and with what goes wrong."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.store import health
from tests import postgres
from tests.books import written
from tests.e2e.conftest import model_at
from tests.e2e.test_crash import bot, said, slack, until_said, writes  # noqa: F401 - fixtures
from tests.good_model import GoodModel
from tests.office import Office, opened_office
from tests.openai_double import opened_double
from tests.programs import Program
from tools.systems.embedded import scene

WORDS = "polish the brass bell"
BY_A_MODEL = pytest.param(True, id="by a model", marks=pytest.mark.long)
HOW = pytest.mark.parametrize("thinks", [pytest.param(False, id="by the runbooks"), BY_A_MODEL])

JOIN = """
steps:
  - id: join
    title: Join {item}
    each: "%s"
    tool: join_mailing_list
    args: {user: principal.id, list: item}
    undo: {tool: leave_mailing_list, args: {user: principal.id, list: item}}
  - id: again
    title: Look again
    tool: list_mailing_lists
    args: {user: principal.id}
    expect: "%s"
done: Every list is joined.
"""
ALL_THERE = "%s.all(one, one in steps.again.lists)"


@contextlib.asynccontextmanager
async def at_work(database: str, folder: Path, books: Path, *, thinks: bool) -> AsyncIterator[Office]:
    """An office with these runbooks alone, followed as they are or by a model."""
    async with opened_double(GoodModel()) as double:
        settings = model_at(double) if thinks else {}
        async with opened_office(database, folder / "data", RUNBOOK_DIR=str(books), **settings) as office:
            yield office
        assert double.refused == []


def steps(trail: Any) -> list[tuple[str, str]]:
    """(step, state) of each call that belongs to one."""
    return [(call["step"], call["state"]) for call in trail["calls"] if call["step"]]


async def lists(office: Office, who: str = "ana") -> set[str]:
    return {one["list"] for one in (await office.books())["subscriptions"] if one["person"] == who}


# ── loops ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@HOW
async def test_a_loop_goes_on_behind_an_approval_in_its_middle(database: str, tmp_path: Path, *, thinks: bool) -> None:
    """The second of three lists needs its owner's yes: nothing is done twice, and the third follows."""
    three = "['berlin-office', 'leadership', 'incidents']"
    books = written(tmp_path, JOIN % (three, ALL_THERE % three))
    async with at_work(database, tmp_path, books, thinks=thinks) as office:
        office.say("ana", WORDS)
        await office.press("eva", "approve")
        trail = await office.case_is(state="resolved", outcome="verified")

        assert steps(trail) == [("join.0", "verified"), ("join.1", "verified"), ("join.2", "verified"), ("again", "done")]
        assert len(trail["plans"]) == 1
        assert {"berlin-office", "leadership", "incidents"} <= await lists(office)
        assert len(await office.journal("join_mailing_list")) == 3


@HOW
async def test_a_denial_in_the_middle_of_a_loop_takes_back_what_was_done(database: str, tmp_path: Path, *, thinks: bool) -> None:
    """The first list is left again, the third is never joined, and both are told."""
    three = "['berlin-office', 'leadership', 'incidents']"
    books = written(tmp_path, JOIN % (three, ALL_THERE % three))
    async with at_work(database, tmp_path, books, thinks=thinks) as office:
        office.say("ana", WORDS)
        await office.deny("eva", "not for you")
        trail = await office.case_is(outcome="denied")

        assert steps(trail) == [("join.0", "verified"), ("join.1", "denied"), ("join.0!undo", "verified")]
        assert not {"berlin-office", "leadership", "incidents"} & await lists(office)
        assert "Taken back: Took Ana Almeida off the mailing list Berlin Office." in trail["plans"][0]["reason"]


async def test_a_list_that_is_too_long_is_refused_whole(database: str, tmp_path: Path) -> None:
    """Nothing of it is done; people take over."""
    books = written(
        tmp_path, (JOIN % ("['a', 'b', 'c']", "size(steps.again.lists) > 0")).replace("tool: join", "most: 2\n    tool: join")
    )
    async with at_work(database, tmp_path, books, thinks=False) as office:
        office.say("ana", WORDS)
        await office.hears("ana", "There are 3, and I do no more than 2 at once")
        trail = await office.case_is(state="handed_over")
        assert steps(trail) == []


LOOP_OF_TWO = """
steps:
  - id: lists
    each: "['berlin-office', 'product-news']"
    steps:
      - {id: now, title: Look, tool: list_mailing_lists, args: {user: principal.id}}
      - id: join
        title: Join {item}
        tool: join_mailing_list
        args: {user: principal.id, list: item}
        when: "!(item in steps.now.lists)"
  - id: again
    title: Look again
    tool: list_mailing_lists
    args: {user: principal.id}
    expect: size(steps.now) == 2 && steps.now.all(one, size(one.lists) > 0) && 'berlin-office' in steps.again.lists
done: x
"""


async def test_steps_of_a_loop_are_done_together_and_seen_as_a_list_afterwards(database: str, tmp_path: Path) -> None:
    """Within a round a step sees its own; what is there already is left out."""
    books = written(tmp_path, LOOP_OF_TWO)
    async with at_work(database, tmp_path, books, thinks=False) as office:
        office.say("ana", WORDS)
        trail = await office.case_is(state="resolved")
        assert steps(trail) == [("now.0", "done"), ("join.0", "verified"), ("now.1", "done"), ("again", "done")]


# ── branches ─────────────────────────────────────────────────────────────────────────────────────────────────────────

BRANCH = """
steps:
  - {id: look, title: Look at the account, tool: find_account, args: {user: principal.id}}
  - choose:
      - when: steps.look.status == 'LOCKED_OUT'
        steps:
          - {id: unlock, title: Open it, tool: unlock_account, args: {user: principal.id}}
      - when: steps.look.status == 'ACTIVE'
        steps:
          - {id: lists, title: Look at the lists, tool: list_mailing_lists, args: {user: principal.id}}
      - steps:
          - {id: device, title: Look at the device, tool: get_device, args: {user: principal.id}}
  - {id: again, title: Look again, tool: find_account, args: {user: principal.id}, expect: steps.again.status != 'LOCKED_OUT'}
done: x
"""


@HOW
@pytest.mark.parametrize(("status", "taken"), [("LOCKED_OUT", "unlock"), ("ACTIVE", "lists"), ("PASSWORD_EXPIRED", "device")])
async def test_one_arm_of_a_branch_is_taken(database: str, tmp_path: Path, status: str, taken: str, *, thinks: bool) -> None:
    """The first whose condition holds, or the last."""
    books = written(tmp_path, BRANCH)
    async with at_work(database, tmp_path, books, thinks=thinks) as office:
        await scene.set_account(office.engine, "ana", status=status)
        office.say("ana", WORDS)
        trail = await office.case_is(state="resolved")
        assert [step for step, _ in steps(trail)] == ["look", taken, "again"]


# ── a way back ───────────────────────────────────────────────────────────────────────────────────────────────────────


@HOW
async def test_a_plan_that_fails_takes_back_in_reverse_order(database: str, tmp_path: Path, *, thinks: bool) -> None:
    """Each is a call of its own through the gate; what was there before stays."""
    three = "['berlin-office', 'product-news', 'incidents']"
    books = written(tmp_path, JOIN % (three, "'nowhere' in steps.again.lists"))
    async with at_work(database, tmp_path, books, thinks=thinks) as office:
        before = await lists(office)
        assert "product-news" in before
        office.say("ana", WORDS)
        trail = await office.case_is(state="handed_over")

        backs = [step for step, state in steps(trail) if step.endswith("!undo") and state == "verified"]
        assert backs == ["join.2!undo", "join.0!undo"]
        assert await lists(office) == before
        policies = [call["policies"] for call in trail["calls"] if call["step"].endswith("!undo")]
        assert all(policies)

        [plan] = await health.facts(office.store, office.company.clock.now() - timedelta(days=1))
        assert (plan.runbook, plan.state, plan.reopened) == ("bell", "handed_over", False)
        assert {(call.step, call.state) for call in plan.calls} == set(steps(trail))


async def test_what_cannot_be_taken_back_is_said(database: str, tmp_path: Path) -> None:
    """The rest is taken back all the same, and whoever takes over reads what is left."""
    two = "['berlin-office', 'incidents']"
    books = written(tmp_path, JOIN % (two, "'nowhere' in steps.again.lists"))
    async with at_work(database, tmp_path, books, thinks=False) as office:
        await scene.set_fault(office.engine, "leave_mailing_list", "refused")
        office.say("ana", WORDS)
        trail = await office.case_is(state="handed_over")
        assert [state for step, state in steps(trail) if step.endswith("!undo")] == ["failed", "failed"]
        assert "could not take this back: Join incidents" in trail["plans"][0]["reason"]


# ── waits ────────────────────────────────────────────────────────────────────────────────────────────────────────────

WAIT = """
steps:
  - id: back
    title: Wait until the VPN is up
    tool: service_status
    args: {service: "'vpn'"}
    until: steps.back.services[0].status == 'up'
    within: 30m
    every: 5m
  - {id: look, title: Look at the account, tool: find_account, args: {user: principal.id}, expect: steps.look.status != ''}
done: The VPN is up again.
"""


async def paused(office: Office) -> Any:
    await office.until(lambda: _plan_is(office, "paused"), "a plan that waits")
    return await office.trail()


async def _plan_is(office: Office, state: str) -> bool:
    return bool(await office.cases()) and [one["state"] for one in (await office.trail())["plans"]] == [state]


@HOW
async def test_a_plan_waits_until_something_is_so(database: str, tmp_path: Path, *, thinks: bool) -> None:
    """It looks again when it is time and not before, asks no model for it, and goes on once it is so."""
    books = written(tmp_path, WAIT)
    async with at_work(database, tmp_path, books, thinks=thinks) as office:
        await scene.set_service(office.engine, "vpn", status="down")
        office.say("ana", WORDS)
        first = await paused(office)
        assert steps(first) == [("back", "done")]
        assert "I look again until" in office.heard("ana")
        asked = len(first["model"])

        await office.company.clock.turn(timedelta(minutes=6))
        await office.until(lambda: _looked(office, 2), "a second look")
        again = await paused(office)
        assert len(again["model"]) == asked

        await scene.set_service(office.engine, "vpn", status="up")
        await office.company.clock.turn(timedelta(minutes=6))
        trail = await office.case_is(state="resolved")
        assert steps(trail) == [("back", "done")] * 3 + [("look", "done")]


async def _looked(office: Office, times: int) -> bool:
    return len([call for call in (await office.trail())["calls"] if call["step"] == "back"]) >= times


@HOW
async def test_a_wait_ends_after_its_time(database: str, tmp_path: Path, *, thinks: bool) -> None:
    """It is not so, that is said, and people take over."""
    books = written(tmp_path, WAIT)
    async with at_work(database, tmp_path, books, thinks=thinks) as office:
        await scene.set_service(office.engine, "vpn", status="down")
        office.say("ana", WORDS)
        await paused(office)
        await office.company.clock.turn(timedelta(minutes=31))
        await office.case_is(state="handed_over")
        await office.hears("ana", "I waited 30 minutes for it")


@HOW
async def test_whoever_asked_takes_back_what_waits(database: str, tmp_path: Path, *, thinks: bool) -> None:
    """Nothing is looked at any more, and no row is left that would wake it."""
    books = written(tmp_path, WAIT)
    async with at_work(database, tmp_path, books, thinks=thinks) as office:
        await scene.set_service(office.engine, "vpn", status="down")
        office.say("ana", WORDS)
        await paused(office)
        office.say("ana", "never mind")
        await office.case_is(state="closed", outcome="withdrawn")
        await scene.set_service(office.engine, "vpn", status="up")
        async with office.store.work() as work:
            assert [
                due for due in await work.take_due(office.company.clock.now() + timedelta(days=1)) if due.what == "look_again"
            ] == []
        assert steps(await office.trail()) == [("back", "done")]


async def test_asked_how_it_stands_it_says_what_it_waits_for(database: str, tmp_path: Path) -> None:
    books = written(tmp_path, WAIT)
    async with at_work(database, tmp_path, books, thinks=False) as office:
        await scene.set_service(office.engine, "vpn", status="down")
        office.say("ana", WORDS)
        await paused(office)
        office.say("ana", "what is the status?")
        await office.hears("ana", "I look again by myself")


async def test_a_wait_survives_a_restart(database: str, tmp_path: Path) -> None:
    """What was so while the bot was down is seen after its start."""
    books = written(tmp_path, WAIT)
    async with at_work(database, tmp_path, books, thinks=False) as office:
        await scene.set_service(office.engine, "vpn", status="down")
        office.say("ana", WORDS)
        await paused(office)
        await office.close()
        await scene.set_service(office.engine, "vpn", status="up")
        await office.company.clock.turn(timedelta(minutes=6))
        await office.open()
        trail = await office.case_is(state="resolved")
        assert steps(trail) == [("back", "done"), ("back", "done"), ("look", "done")]


@pytest.mark.long
async def test_a_wait_survives_a_kill(bot: Program, slack: Any, open_folder: Path) -> None:  # noqa: F811
    """kill -9 while it waits; the row is there, and after a start it goes on when it is time."""
    bot.environment["RUNBOOK_DIR"] = str(written(open_folder, WAIT))
    await asyncio.to_thread(bot.asked, "company", "set", "service", "vpn", "status=down")
    await asyncio.to_thread(bot.start)
    writes(slack, "ana", WORDS)
    await until_said(slack, bot, "ana", "I look again until")
    await asyncio.to_thread(bot.end, signal.SIGKILL)

    await asyncio.to_thread(bot.asked, "company", "set", "service", "vpn", "status=up")
    await asyncio.to_thread(bot.asked, "company", "clock", "+6m")
    await asyncio.to_thread(bot.start)
    await until_said(slack, bot, "ana", "The VPN is up again.")
    trail = await asyncio.to_thread(bot.asked, "case", "C-1")
    assert [call["step"] for call in trail["calls"]] == ["back", "back", "look"]
    assert sum("The VPN is up again." in one for one in said(slack, "ana")) == 1


# ── parts ────────────────────────────────────────────────────────────────────────────────────────────────────────────

ONE_LIST = """
needs:
  list: {from: list, ask: Which list?}
  user: {from: person, default: requester, ask: Who?}
steps:
  - {id: now, title: Look, tool: list_mailing_lists, args: {user: needs.user.id}}
  - id: join
    title: Join
    tool: join_mailing_list
    args: {user: needs.user.id, list: needs.list.id}
    when: "!(needs.list.id in steps.now.lists)"
    undo: {tool: leave_mailing_list, args: {user: needs.user.id, list: needs.list.id}}
  - {id: again, title: Look again, tool: list_mailing_lists, args: {user: needs.user.id}, expect: needs.list.id in steps.again.lists}
done: "{needs.user.label} reads {needs.list.label}."
"""
BUNDLE = """
needs:
  who: {from: person, default: requester, ask: Who?}
steps:
  - {id: berlin, title: Berlin, runbook: one-list, with: {list: "'berlin-office'", user: needs.who}}
  - {id: runners, title: Runners, runbook: one-list, with: {list: "'incidents'", user: needs.who}, when: "%s"}
  - {id: whole, title: Look at all, tool: list_mailing_lists, args: {user: needs.who.id}, expect: "%s"}
done: Everything is there.
"""


def bundled(folder: Path, when: str = "true", expect: str = "'berlin-office' in steps.whole.lists") -> Path:
    written(
        folder, ONE_LIST, id="one-list", symptoms=["write a letter to the readers", "the readers' letter", "letters for readers"]
    )
    return written(folder, BUNDLE % (when, expect))


@HOW
async def test_several_runbooks_are_one_plan_with_one_report(database: str, tmp_path: Path, *, thinks: bool) -> None:
    """The same runbook twice with other needs: each step stands for itself, and the answer tells of both."""
    books = bundled(tmp_path)
    async with at_work(database, tmp_path, books, thinks=thinks) as office:
        office.say("ana", WORDS)
        trail = await office.case_is(state="resolved", outcome="verified")
        parts = ["now", "join", "again"]
        expected = [f"berlin.{one}" for one in parts] + [f"runners.{one}" for one in parts] + ["whole"]
        assert [step for step, _ in steps(trail)] == expected
        assert [plan["runbook"] for plan in trail["plans"]] == ["bell"]
        if not thinks:
            heard = office.heard("ana")
            assert "Everything is there." in heard
            assert "Ana Almeida reads berlin-office." in heard


async def test_a_part_that_is_not_needed_is_left_out_and_one_that_fails_takes_the_others_back(
    database: str, tmp_path: Path
) -> None:
    books = bundled(tmp_path, "steps.berlin.again.lists == []", "'nowhere' in steps.whole.lists")
    async with at_work(database, tmp_path, books, thinks=False) as office:
        before = await lists(office)
        office.say("ana", WORDS)
        trail = await office.case_is(state="handed_over")
        assert [step for step, _ in steps(trail)] == ["berlin.now", "berlin.join", "berlin.again", "whole", "berlin.join!undo"]
        assert await lists(office) == before


# ── with and without a model ─────────────────────────────────────────────────────────────────────────────────────────

SAME = ("step", "tool", "arguments", "state", "decision", "policies", "effect", "resource", "beneficiary", "principal", "summary")


async def test_both_leave_the_same_trail(database: str, tmp_path: Path) -> None:
    """The same runbook followed as it is and by a model that keeps to it: the same calls of the same steps, gated and ended alike."""
    found = []
    books = written(tmp_path, JOIN % ("['berlin-office', 'incidents']", ALL_THERE % "['berlin-office', 'incidents']"))
    with postgres.copied(postgres.WITH_COMPANY) as other:
        for thinks, url in ((False, database), (True, other)):
            async with at_work(url, tmp_path / str(thinks), books, thinks=thinks) as office:
                office.say("ana", WORDS)
                trail = await office.case_is(state="resolved", outcome="verified")
                assert trail["departures"] == []
                assert [(plan["runbook"], plan["state"]) for plan in trail["plans"]] == [("bell", "done")]
                found.append([{name: call[name] for name in SAME} for call in trail["calls"]])
    assert found[0] == found[1]


async def test_what_its_requester_says_no_to_is_not_taken_back(database: str, tmp_path: Path) -> None:
    """They may want what was done so far."""
    books = written(tmp_path, JOIN % ("['berlin-office', 'leadership']", ALL_THERE % "['berlin-office', 'leadership']"))
    async with at_work(database, tmp_path, books, thinks=False) as office:
        office.say("ana", WORDS)
        await office.until(lambda: office.button("eva", "approve"), "a card for eva")
        office.say("ana", "never mind")
        trail = await office.case_is(state="closed", outcome="withdrawn")
        assert steps(trail) == [("join.0", "verified"), ("join.1", "withdrawn")]
        assert "berlin-office" in await lists(office)


@HOW
async def test_whoever_asks_for_the_opposite_drops_what_waits(database: str, tmp_path: Path, *, thinks: bool) -> None:
    """Putting the node back ends its draining, whether that waits for a yes or until nothing runs there; nothing of it comes later."""
    books = Path(__file__).parent.parent.parent / "knowledge" / "runbooks"
    async with at_work(database, tmp_path, books, thinks=thinks) as office:
        office.say("ida", "drain batch-1")
        await office.until(lambda: office.button("omar", "approve"), "a card for omar")
        office.say("ida", "put batch-1 back into rotation")
        await office.hears("ida", "I've dropped *Take batch-1 out of rotation* (A-1)")
        await office.until(lambda: office.button("omar", "approve") is None, "the card to be closed")

        office.say("ida", "drain batch-1")
        await office.press("omar", "approve")
        await office.until(lambda: _journaled(office, "drain_node"), "the drain")
        office.say("ida", "put batch-1 back into rotation")
        await office.hears("ida", "I've dropped “Take a node out of rotation”")
        await office.until(lambda: _journaled(office, "restore_node"), "the way back")
        await office.company.clock.turn(timedelta(minutes=40))
        await office.until(lambda: _all_ended(office), "every plan to end")
        assert [len(await office.journal(tool)) for tool in ("drain_node", "restore_node", "create_ticket")] == [1, 1, 0]


async def _journaled(office: Office, tool: str) -> bool:
    return bool(await office.journal(tool))


async def _all_ended(office: Office) -> bool:
    trails = [await office.trail(one["id"]) for one in await office.cases()]
    return {plan["state"] for trail in trails for plan in trail["plans"]} <= {"done", "withdrawn"}
