"""What becomes of a runbook's parts when one of them is not done. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain import CallState, Plan, PlanState
from bot.runbooks.bound import Bound
from bot.runbooks.fitting import steps_read
from bot.runbooks.progress import Advance, Calls, Ended, Pause, StepResult, Wait, advance, done_text, goes_alone, tasks
from tests.books import LIST, written
from tests.runbooks.test_unrolling import ANA, bound, good

BUNDLE = """
steps:
  - {id: look, title: Look at the account, tool: find_account, args: {user: principal.id}, expect: steps.look.status == 'ACTIVE'}
  - {id: one, title: First, runbook: list, with: {list: "'a'"}}
  - {id: two, title: Second, runbook: list, with: {list: "'b'"}, when: "size(steps.one.again.lists) > 0"}
  - {id: three, title: Third, runbook: list, with: {list: "'c'"}}
  - {id: all, title: Look at all, tool: list_mailing_lists, args: {user: principal.id}, expect: "'b' in steps['two'].again.lists"}
  - {id: last, title: Look once more, tool: list_mailing_lists, args: {user: principal.id}, expect: "'c' in steps.last.lists"}
done: Everything is there.
"""
PLAN = Plan("P-1", "C-1", "bell", "v", "Bell", "words", "event")
EACH = ["now", "join", "again"]
LISTS = good({"lists": ["a", "b", "c"]})


def bundle(folder: Path, steps: str = BUNDLE, part: str = LIST) -> Bound:
    written(folder, part, id="list")
    return bound(folder, steps)


def usual(key: str) -> StepResult:
    """What a step gives when nothing is wrong: each list is joined, and then is there."""
    step = key.rpartition(".")[2]
    if step == "look":
        return good({"status": "ACTIVE"})
    if "join" in step:
        said = f"Left by {key}." if step.endswith("!undo") else f"Joined by {key}."
        return good({"changed": True}, CallState.VERIFIED, summary=said)
    return good({"lists": []}) if step == "now" else LISTS


def played(
    book: Bound, wrong: Mapping[str, StepResult], so_far: Mapping[str, StepResult] | None = None, now: datetime | None = None
) -> tuple[list[str], Advance, dict[str, StepResult]]:
    """The steps that are called one after the other, where the plan comes to, and all results; `wrong` are not the usual ones."""
    called: list[str] = []
    results = dict(so_far or {})
    while isinstance(went := advance(book, PLAN, ANA, results, now), Calls):
        [call] = went.calls
        assert advance(book, PLAN, ANA, results, now) == went, "the same rows give the same"
        assert call.step not in called
        called.append(call.step)
        results[call.step] = wrong.get(call.step) or usual(call.step)
    return called, went, results


def of(part: str, *steps: str) -> list[str]:
    return [f"{part}.{step}" for step in steps or EACH]


def bad(state: CallState, reason: str = "It broke.", **more: Any) -> StepResult:
    return StepResult(state, {}, reason, **more)


def test_all_parts_are_done(tmp_path: Path) -> None:
    called, ended, _ = played(bundle(tmp_path), {})
    assert called == ["look", *of("one"), *of("two"), *of("three"), "all", "last"]
    assert ended == Ended(PlanState.DONE)


def test_what_does_not_hang_on_a_part_that_failed_goes_on(tmp_path: Path) -> None:
    """The part is taken back at once; what speaks of its steps, or of what speaks of them, is passed over; each is told of."""
    book = bundle(tmp_path)
    called, ended, results = played(book, {"one.again": good({"lists": []}, summary="There is nothing.")})
    assert called == ["look", *of("one"), "one.join!undo", *of("three"), "last"]
    assert isinstance(ended, Ended)
    assert ended.state is PlanState.FAILED
    assert ended.reason.splitlines() == [
        "Not done: First, Second and Look at all.",
        "• First: not done. I looked again, and it is not as it should be. There is nothing. Taken back: Left by one.join!undo.",
        "• Second: not done, since it needs “First”.",
        "• Third: done. You read c.",
        "• Look at all: not done, since it needs “Second”.",
    ]
    shown = {one["id"]: (one["state"], one["detail"]) for one in tasks(book, PLAN, ANA, results)}
    assert shown["one"] == ("error", "I looked again, and it is not as it should be. There is nothing.")
    assert shown["two"] == ("skipped", "not done, since it needs “First”")
    assert shown["three"][0] == shown["last"][0] == shown["one.join!undo"][0] == "complete"


@pytest.mark.parametrize(
    ("state", "end", "back"),
    [
        pytest.param(CallState.DENIED, PlanState.PARTLY, True, id="denied"),
        pytest.param(CallState.FROZEN, PlanState.PARTLY, True, id="frozen"),
        pytest.param(CallState.EXPIRED, PlanState.EXPIRED, True, id="nobody answered"),
        pytest.param(CallState.UNKNOWN, PlanState.FAILED, True, id="unknown"),
        pytest.param(CallState.WITHDRAWN, PlanState.DONE, False, id="its requester did not want it"),
    ],
)
def test_how_a_plan_ends_of_which_a_part_was_not_done(tmp_path: Path, state: CallState, end: PlanState, *, back: bool) -> None:
    """What failed, or nobody answered for, is for people. What was refused is not; what was not wanted is no failure."""
    two = LIST.replace(
        "  - {id: again",
        "  - {id: more, title: More, tool: join_mailing_list, args: {user: principal.id, list: \"'d'\"}}\n  - {id: again",
    )
    called, ended, _ = played(bundle(tmp_path, part=two), {"three.more": bad(state)})
    assert isinstance(ended, Ended)
    assert ended.state is end
    assert ("three.join!undo" in called) is back
    assert called[-1] == "last"
    told = "Taken back: Left by three.join!undo." if back else "Still there: Joined by three.join."
    assert ended.left == ended.reason.splitlines()[0] == "Not done: Third."
    assert f"• Third: not done. It broke. {told}" in ended.reason.splitlines()


@pytest.mark.parametrize("state", [CallState.DENIED, CallState.FROZEN, CallState.WITHDRAWN])
def test_nothing_done_is_not_partly_done(tmp_path: Path, state: CallState) -> None:
    """A look of the whole is no part of what was asked for."""
    _, ended, _ = played(bundle(tmp_path), {f"{part}.join": bad(state) for part in ("one", "two", "three")})
    assert isinstance(ended, Ended)
    assert ended.state is PlanState(state)


def test_a_click_that_never_came_is_no_failure_of_its_part(tmp_path: Path) -> None:
    """People have nothing to go on with where the requester themselves did not want it."""
    _, ended, _ = played(bundle(tmp_path), {"three.join": bad(CallState.EXPIRED, unclicked=True)})
    assert isinstance(ended, Ended)
    assert ended.state is PlanState.DONE


def test_the_worst_of_several_counts(tmp_path: Path) -> None:
    _, ended, _ = played(bundle(tmp_path), {"one.join": bad(CallState.FAILED), "three.join": bad(CallState.DENIED)})
    assert isinstance(ended, Ended)
    assert ended.state is PlanState.FAILED
    assert ended.reason.startswith("Not done: First, Second, Third and Look at all.")


def test_a_step_of_the_whole_that_fails_ends_the_whole(tmp_path: Path) -> None:
    """All that was done is taken back, the last first, but a part that its requester stopped is left as it is."""
    two = LIST.replace(
        "  - {id: again",
        "  - {id: more, title: More, tool: join_mailing_list, args: {user: principal.id, list: \"'d'\"}}\n  - {id: again",
    )
    wrong = {"two.more": bad(CallState.WITHDRAWN, "You said no."), "last": good({"lists": []}, summary="Nothing.")}
    called, ended, _ = played(bundle(tmp_path, part=two), wrong)
    assert called[-3:] == ["last", "three.join!undo", "one.join!undo"]
    assert isinstance(ended, Ended)
    assert ended.state is PlanState.FAILED
    assert ended.left == "Not done: First, Second, Third, Look at all and Look once more."
    assert ended.reason.splitlines() == [
        ended.left,
        "• First: Taken back: Left by one.join!undo.",
        "• Second: not done. You said no. Still there: Joined by two.join.",
        "• Third: Taken back: Left by three.join!undo.",
        "• Look at all: not done, since it needs “Second”.",
        "• Look once more: not done. I looked again, and it is not as it should be. Nothing.",
    ]


def test_a_step_of_the_whole_that_fails_first_begins_no_part(tmp_path: Path) -> None:
    called, ended, _ = played(bundle(tmp_path), {"look": good({"status": "SUSPENDED"})})
    assert called == ["look"]
    assert isinstance(ended, Ended)
    assert "• Third: not done." in ended.reason.splitlines()


def test_a_way_back_that_was_cut_off_is_gone_to_its_end_before_the_next_part(tmp_path: Path) -> None:
    """Under the same id; one that waits for a yes is waited for; one that did not work is told, and the others go on."""
    book = bundle(tmp_path)
    failed = {"one.again": good({"lists": []})}
    _, waits, results = played(book, failed | {"one.join!undo": bad(CallState.WAITING)})
    assert isinstance(waits, Wait)
    went = advance(book, PLAN, ANA, results | {"one.join!undo": StepResult(CallState.STARTED)})
    assert isinstance(went, Calls)
    assert [call.id for call in went.calls] == ["P-1.one.join!undo"]

    called, ended, _ = played(book, failed | {"one.join!undo": bad(CallState.FAILED, "No.")})
    assert called[-1] == "last"
    assert isinstance(ended, Ended)
    assert "I could not take this back: Join. No." in ended.reason


def test_what_looks_at_the_steps_as_a_whole_hangs_on_all_before_it(tmp_path: Path) -> None:
    """Which of them it means is not known, so it is not done without any."""
    book = bundle(tmp_path, BUNDLE.replace("'c' in steps.last.lists", "'c' in steps.last.lists && size(steps) > 1"))
    assert {one.step.id: set(one.hangs_on) for one in book.steps if one.part is None} == {
        "look": {"look"},
        "all": {"two"},
        "last": {"look", "one", "two", "three", "all", "last"},
    }
    assert {part.id: set(part.reads) for part in book.parts} == {"one": set(), "two": {"one"}, "three": set()}
    called, _, _ = played(book, {"three.join": bad(CallState.FAILED)})
    assert called == ["look", *of("one"), *of("two"), *of("three", "now", "join"), "all"]


def test_a_part_that_is_left_out_takes_nothing_with_it(tmp_path: Path) -> None:
    book = bundle(tmp_path, BUNDLE.replace("with: {list: \"'c'\"}", "with: {list: \"'c'\"}, when: steps.look.status == 'NONE'"))
    called, ended, _ = played(book, {"one.join": bad(CallState.DENIED)})
    assert called == ["look", *of("one", "now", "join"), "last"]
    assert isinstance(ended, Ended)
    assert (ended.state, "Third" in ended.reason) == (PlanState.DENIED, False)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(".steps.one.again.lists", id="from the root"),
        pytest.param("[.steps.one.again.lists, ['a']][0]", id="from the root, inside"),
        pytest.param("""'''it's''' == '' ? [] : steps.one.again.lists + ['a']""", id="after three quotes"),
        pytest.param('"""say "a" so""" == "" ? [] : steps.one.again.lists + ["a"]', id="after three double quotes"),
        pytest.param("[] // the part's\n + steps.one.again.lists + ['a']", id="after a remark"),
    ],
)
def test_what_a_part_hangs_on_is_seen_however_it_is_written(text: str) -> None:
    assert steps_read([text], ["one", "two"]) == {"one"}


@pytest.mark.parametrize("text", ["needs.steps.one", "'steps.one'", "needs.a // steps.one", "case.words == '''steps.one'''"])
def test_what_is_no_step_is_none(text: str) -> None:
    assert steps_read([text], ["one", "two"]) == set()


def test_what_a_step_of_the_whole_that_was_left_alone_leaves(tmp_path: Path) -> None:
    """What was taken back of a part that failed before is told as that, and people get what failed."""
    bell = BUNDLE.replace(
        "  - {id: last,",
        "  - {id: own, title: Own, tool: join_mailing_list, args: {user: principal.id, list: \"'e'\"}}\n  - {id: last,",
    )
    _, ended, _ = played(
        bundle(tmp_path, bell), {"one.again": good({"lists": []}), "own": bad(CallState.WITHDRAWN, "You said no.")}
    )
    assert isinstance(ended, Ended)
    assert "Still there: Joined by one.join." not in ended.reason
    assert "Taken back: Left by one.join!undo." in ended.reason
    assert ended.state is PlanState.FAILED


def test_a_part_that_failed_is_for_people_whatever_stopped_the_whole(tmp_path: Path) -> None:
    bell = BUNDLE.replace(
        "  - {id: last,",
        "  - {id: own, title: Own, tool: join_mailing_list, args: {user: principal.id, list: \"'e'\"}}\n  - {id: last,",
    )
    _, ended, _ = played(bundle(tmp_path, bell), {"one.again": good({"lists": []}), "own": bad(CallState.DENIED)})
    assert isinstance(ended, Ended)
    assert ended.state is PlanState.FAILED


@pytest.mark.parametrize("state", [CallState.DENIED, CallState.FROZEN], ids=["denied", "frozen"])
@pytest.mark.parametrize("whole", [False, True], ids=["a part", "the whole"])
def test_what_stands_half_made_is_for_people(tmp_path: Path, state: CallState, whole: bool) -> None:
    """A change that could not be taken back, after a no that alone would be nobody's work."""
    wrong = {"last" if whole else "three.again": bad(state), "three.join!undo": bad(CallState.FAILED, "It is away.")}
    called, ended, _ = played(bundle(tmp_path), wrong)

    assert "three.join!undo" in called
    assert isinstance(ended, Ended)
    assert ended.state is PlanState.FAILED
    assert "I could not take this back" in ended.reason


WAITS = bad(CallState.WAITING, "for eva")


def test_parts_go_on_beside_one_that_waits(tmp_path: Path) -> None:
    """What hangs on it waits as well, and so does a step of the whole with all behind it: those are done when it is answered."""
    bell = BUNDLE.replace("  - {id: all,", "  - {id: four, title: Fourth, runbook: list, with: {list: \"'a'\"}}\n  - {id: all,")
    book = bundle(tmp_path, bell)
    called, waits, results = played(book, {"one.join": WAITS, "four.join": WAITS})
    assert called == ["look", *of("one", "now", "join"), *of("three"), *of("four", "now", "join")]
    assert waits == Wait()
    shown = {one["id"]: (one["state"], one["detail"]) for one in tasks(book, PLAN, ANA, results)}
    assert [shown[one][0] for one in ("one", "two", "three", "four", "all", "last")] == [
        "waiting",
        "pending",
        "complete",
        "waiting",
        "pending",
        "pending",
    ]
    assert shown["one"] == shown["four"] == ("waiting", "for eva")

    called, waits, results = played(book, {"four.join": WAITS}, results | {"one.join": usual("one.join")})
    assert called == [*of("one", "again"), *of("two")]
    assert waits == Wait()
    called, ended, _ = played(book, {}, results | {"four.join": usual("four.join")})
    assert called == [*of("four", "again"), "all", "last"]
    assert ended == Ended(PlanState.DONE)


def test_a_part_falls_while_another_waits(tmp_path: Path) -> None:
    """It is taken back at once; the report comes when the other was answered."""
    book = bundle(tmp_path)
    called, waits, results = played(book, {"one.join": WAITS, "three.again": good({"lists": []}, summary="Nothing.")})
    assert called == ["look", *of("one", "now", "join"), *of("three"), "three.join!undo"]
    assert waits == Wait()
    _, ended, _ = played(book, {}, results | {"one.join": bad(CallState.DENIED, "No.")})
    assert isinstance(ended, Ended)
    assert ended.reason.splitlines()[0] == "Not done: First, Second, Third and Look at all."


def test_a_part_that_looks_again_later_holds_nobody_up(tmp_path: Path) -> None:
    """It sleeps until its own time, whatever else waits for people; the earliest of several times counts."""
    look = "tool: list_mailing_lists, args: {user: principal.id}"
    for name, every in (("slow", "4m"), ("quick", "2m")):
        wait = f"steps:\n  - {{id: back, title: Wait, {look}, until: size(steps.back.lists) > 5, within: 10m, every: {every}}}\ndone: x"
        written(tmp_path, wait, id=name)
    bell = BUNDLE.replace("  - {id: three", "  - {id: slow, runbook: slow}\n  - {id: quick, runbook: quick}\n  - {id: three")
    now = datetime(2026, 11, 27, 12, tzinfo=UTC)
    once = good({"lists": []}, since=now, at=now)
    called, went, results = played(bundle(tmp_path, bell), {"slow.back": once, "quick.back": once, "three.join": WAITS}, now=now)
    assert called == ["look", *of("one"), *of("two"), "slow.back", "quick.back", *of("three", "now", "join")]
    assert went == Pause(now + timedelta(minutes=2))
    again = advance(bundle(tmp_path, bell), PLAN, ANA, results, now + timedelta(minutes=2))
    assert isinstance(again, Calls)
    assert (again.calls[0].step, again.alone) == ("quick.back", True)


@pytest.mark.parametrize(
    ("wrong", "alone"),
    [
        pytest.param({}, False, id="nothing"),
        pytest.param({"one.join": good({"changed": True}, CallState.VERIFIED, asked=True)}, True, id="somebody said yes"),
        pytest.param({"one.join": bad(CallState.DENIED)}, True, id="a part fell"),
    ],
)
def test_from_what_holds_it_up_on_no_model_is_asked(tmp_path: Path, wrong: Mapping[str, StepResult], *, alone: bool) -> None:
    book = bundle(tmp_path)
    _, _, results = played(book, wrong)
    del results["last"]
    went = advance(book, PLAN, ANA, results)
    assert isinstance(went, Calls)
    assert (went.calls[0].step, went.alone) == ("last", alone)


def test_what_is_shown_knows_who_asked(tmp_path: Path) -> None:
    """An expectation that speaks of the requester holds in the live view as it does in the plan, and so does a part's condition."""
    bell = BUNDLE.replace("steps.look.status == 'ACTIVE'", "steps.look.status == 'ACTIVE' && principal.id == 'ana'")
    bell = bell.replace("{list: \"'c'\"}", "{list: \"'c'\"}, when: principal.id == 'ana'")
    book = bundle(tmp_path, bell)
    _, ended, results = played(book, {})
    assert ended == Ended(PlanState.DONE)
    assert {one["state"] for one in tasks(book, PLAN, ANA, results)} == {"complete"}
    assert "• Third: done. You read c." in done_text(book, PLAN, ANA, results).splitlines()


@pytest.mark.parametrize("key", ["", "one.join"])
def test_only_its_own_steps_let_a_runbook_go_on_without_a_model(tmp_path: Path, key: str) -> None:
    """A call that a model made besides, and that was denied or for which people were asked, is none of them (its key is empty)."""
    for result in (StepResult(CallState.DENIED), StepResult(CallState.VERIFIED, asked=True)):
        assert goes_alone(bundle(tmp_path), {key: result}) == bool(key)
