"""Where a model's calls belong: to the runbook's steps, or beside them."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.domain import Call, CallState, PersonKind, Plan, PlanState, Principal, ToolCall
from bot.runbooks import progress
from bot.toolbox import shown
from bot.turns import conversation, following
from knowledge.parse import load
from tests.books import LIST
from tests.gate.policy import TOOLS
from tests.runbooks.test_parts import PLAN, bundle

NOW = datetime(2026, 11, 24, tzinfo=UTC)
ANA = Principal("ana", "UANA", kind=PersonKind.MEMBER, name="Ana Almeida")
BOUND, _ = progress.bind(load(Path(__file__).parents[2] / "knowledge" / "runbooks")[0], {one.name: one for one in shown(TOOLS)})


def plan(runbook: str, name: str = "P-1", **needs: Any) -> Plan:
    person = {"user": {"id": "ana", "label": "Ana Almeida"}}
    return Plan(name, "C-1", runbook, "v", runbook, "words", "key", PlanState.RUNNING, {**person, **needs})


def made(tool: str, step: str, state: CallState = CallState.DONE, *, of: str = "P-1", number: int = 0, **arguments: Any) -> Call:
    effect = "change" if tool in ("unlock_account", "grant_access") else "read"
    return Call(f"K-{number}", "C-1", f"c{number}", tool, arguments, state, "ana", NOW, of, step, effect)


def placed(tool: str, plans: list[Plan], calls: list[Call], **arguments: Any) -> following.Place:
    return following.place(ToolCall("new", tool, arguments), plans, BOUND, ANA, calls)


LOCKED = plan("account-locked")
FIGMA = plan("app-access", "P-2", app={"id": "figma", "label": "Figma"}, until="2026-11-27T22:59:00+00:00")


@pytest.mark.parametrize(
    ("tool", "arguments", "before", "where"),
    [
        pytest.param("find_account", {"user": "ana"}, [], ("P-1", "look", ""), id="the first look"),
        pytest.param(
            "unlock_account", {"user": "@Ana"}, [], ("P-1", "unlock", ""), id="a change before the look, written otherwise"
        ),
        pytest.param(
            "find_account",
            {"user": "ana"},
            [made("find_account", "look")],
            ("P-1", "look", ""),
            id="a second look before the change",
        ),
        pytest.param(
            "find_account",
            {"user": "ana"},
            [made("find_account", "look"), made("unlock_account", "unlock", CallState.VERIFIED, number=1)],
            ("P-1", "again", ""),
            id="the look that shows the change",
        ),
        pytest.param("unlock_account", {"user": "ben"}, [], ("P-1", "", "user other than in the runbook"), id="somebody else"),
        pytest.param("renew_certificate", {"user": "ana"}, [], ("P-1", "", "not in the runbook"), id="another tool"),
        pytest.param("search_runbooks", {"query": "x"}, [], ("", "", ""), id="the conversation's own tools"),
    ],
)
def test_a_call_belongs_to_a_step_or_departs(tool: str, arguments: dict[str, Any], before: list[Call], where: Any) -> None:
    """By its tool, in the runbook's order; values that are others are said to be so."""
    found = placed(tool, [LOCKED], before, **arguments)
    assert (found.plan, found.step, found.departure) == where


FALLEN = [
    made("find_account", "look"),
    made("list_mailing_lists", "one.now", number=1),
    made("join_mailing_list", "one.join", CallState.FAILED, number=2),
]


@pytest.mark.parametrize(
    ("tool", "arguments", "step"),
    [
        pytest.param("list_mailing_lists", {"user": "ana"}, "three.now", id="the next part that does not hang on it"),
        pytest.param("join_mailing_list", {"user": "ana", "list": "c"}, "three.join", id="a change of that part"),
        pytest.param("join_mailing_list", {"user": "ana", "list": "a"}, "one.join", id="the same once more"),
    ],
)
def test_a_call_after_a_part_that_failed_belongs_to_another(
    tmp_path: Path, tool: str, arguments: dict[str, Any], step: str
) -> None:
    """What is left of that part, and what hangs on it, is not meant any more; trying the same again is."""
    calls = [replace(call, result={"status": "ACTIVE", "lists": []}) for call in FALLEN]
    calls += [made("list_mailing_lists", "three.now", number=3)] if tool.startswith("join") else []
    book = bundle(tmp_path)
    found = following.place(ToolCall("new", tool, arguments), [PLAN], {"bell": book}, ANA, calls)
    assert (found.step, found.departure) == (step, "")


@pytest.mark.parametrize("back", [CallState.VERIFIED, CallState.WAITING, CallState.FAILED])
def test_what_was_taken_back_is_not_done_by_trying_the_rest_again(tmp_path: Path, back: CallState) -> None:
    """Else the part would count as done, and what hangs on it would be done, although its change is gone."""
    more = "  - {id: more, title: More, tool: grant_access, args: {user: principal.id, app: \"'figma'\", until: \"'x'\"}}\n"
    book = bundle(tmp_path, part=LIST.replace("  - {id: again", f"{more}  - {{id: again"))
    calls = [replace(call, result={"status": "ACTIVE", "lists": []}) for call in FALLEN[:2]]
    calls += [
        replace(made("join_mailing_list", "one.join", CallState.VERIFIED, number=2), effect="change", result={"changed": True}),
        made("grant_access", "one.more", CallState.FAILED, number=3),
        replace(made("leave_mailing_list", "one.join!undo", back, number=4), effect="change", result={}),
        replace(made("list_mailing_lists", "three.now", number=5), result={"lists": []}),
    ]
    again = ToolCall("new", "grant_access", {"user": "ana", "app": "figma", "until": "x"})
    found = following.place(again, [PLAN], {"bell": book}, ANA, calls)
    assert not found.step.startswith("one.")
    joins = following.place(ToolCall("new", "join_mailing_list", {"user": "ana", "list": "c"}), [PLAN], {"bell": book}, ANA, calls)
    assert joins.step == "three.join"


def test_of_two_plans_the_one_whose_values_fit_is_meant() -> None:
    """Two plans look at access; the call goes where its values are."""
    other = plan("app-access", "P-3", app={"id": "looker", "label": "Looker"}, until="2026-11-27T22:59:00+00:00")
    found = placed("grant_access", [FIGMA, other], [], user="ana", app="looker", until="2026-11-27")
    assert (found.plan, found.step, found.departure) == ("P-3", "grant", "")


def test_a_step_that_the_runbook_leaves_out_is_not_waited_for() -> None:
    """Of accesses that are ended one by one somebody has one: what comes after it is a step, and no departure."""
    leaver = plan("offboarding", user={"id": "ben", "label": "Ben Brandt"})
    steps = [one.step for one in BOUND["offboarding"].steps]
    look, first = (one.id for one in steps if one.id in ("now", "end"))
    after = next(one for one in steps if one.tool == "find_account")
    had = replace(made("list_access", look, user="ben"), result={"user": "ben", "grants": [{"app": "figma"}]})
    ended = replace(made("revoke_access", f"{first}.0", CallState.VERIFIED, number=1, user="ben", app="figma"), effect="change")

    assert placed("find_account", [leaver], [had, ended], user="ben") == following.Place("P-1", after.id, "")
    two = replace(had, result={"user": "ben", "grants": [{"app": "figma"}, {"app": "looker"}]})
    assert placed("find_account", [leaver], [two, ended], user="ben").step == ""


def test_a_plan_without_a_runbook_has_no_departures() -> None:
    """What the model does there is its plan."""
    assert placed("find_account", [plan("", "P-9")], [], user="ana") == following.Place("P-9", "", "")


def test_what_the_model_chose_becomes_the_plans() -> None:
    """A need that was missing, or that the requester changed, follows the call; a refused call teaches nothing."""
    bare = plan("app-access")
    grant = made("grant_access", "grant", CallState.WAITING, user="ana", app="looker", until="2026-11-30T22:59:00Z")
    assert following.learnt(bare, BOUND["app-access"], grant).needs["app"]["id"] == "looker"
    assert following.learnt(FIGMA, BOUND["app-access"], grant).needs["until"] == "2026-11-30T22:59:00Z"
    refused = made("grant_access", "grant", CallState.DENIED, user="ana", app="looker", until="2026-11-30T22:59:00Z")
    assert following.learnt(FIGMA, BOUND["app-access"], refused) == FIGMA


def test_a_thing_stays_the_runbooks_whatever_a_tool_makes_of_it() -> None:
    """The lock was asked for "the computer" and the tool names its serial number: the runbook goes on with the computer."""
    computer = {"id": "computer", "label": "Computer"}
    lock = made("lock_device", "lock", CallState.WAITING, user="ana", device="HL-4007")
    known = plan("device-lost", device=computer)
    assert following.learnt(known, BOUND["device-lost"], lock, {"device": computer}) == known
    assert following.learnt(plan("device-lost"), BOUND["device-lost"], lock, {"device": computer}).needs["device"] == computer
    phone = following.learnt(known, BOUND["device-lost"], lock, {"device": {"id": "phone", "label": "Phone"}})
    assert phone.needs["device"]["id"] == "phone"
    unread = following.learnt(plan("device-lost"), BOUND["device-lost"], lock)
    assert unread.needs["device"] == {"id": "HL-4007", "label": "HL-4007"}


def test_a_look_from_before_the_last_change_proves_nothing() -> None:
    """It is left out, so that it is taken again."""
    early = made("find_account", "again", number=1)
    change = made("unlock_account", "unlock", CallState.VERIFIED, number=2)
    late = made("find_account", "again", number=3)
    first = made("find_account", "look")
    assert following.fresh(LOCKED, BOUND["account-locked"], ANA, [first, early, change]) == [first, change]
    assert following.fresh(LOCKED, BOUND["account-locked"], ANA, [first, early, change, late]) == [first, change, late]


def test_a_look_that_the_runbook_takes_first_stays_true() -> None:
    """Its condition was for the start: a change that comes later in the runbook does not ask for it again."""
    plan_ = plan("onboarding", team="marketing", until="2026-11-30T22:59:00Z")
    first = made("find_account", "account")
    grant = made("grant_access", "first.grant", CallState.VERIFIED, number=1)
    assert following.fresh(plan_, BOUND["onboarding"], ANA, [first, grant]) == [first, grant]


def test_the_conversations_own_tools_are_all_known() -> None:
    """Whatever is added there departs from no runbook."""
    assert set(conversation.tools(conversation.Desk())) == following.SMALL_TALK


def test_a_call_that_never_came_to_the_gate_says_nothing_of_its_step() -> None:
    """A model's arguments fitted nothing: it may do better. What the planner asked for so has its answer, or it would ask for ever."""
    misfit = made("unlock_account", "unlock", CallState.DENIED)
    planned = replace(misfit, call="P-1.unlock")
    refused = replace(misfit, policy_version="v1")
    bound = BOUND["account-locked"]
    assert following.fresh(LOCKED, bound, ANA, [misfit]) == []
    assert following.fresh(LOCKED, bound, ANA, [planned]) == [planned]
    assert following.fresh(LOCKED, bound, ANA, [refused]) == [refused]


def test_a_call_is_the_step_whose_arguments_it_has_before_a_step_of_the_whole(tmp_path: Path) -> None:
    """A list that a part joins is not taken for another list, which the runbook itself joins first with the same tool."""
    book = bundle(
        tmp_path,
        """
steps:
  - {id: lead, title: Join, tool: join_mailing_list, args: {user: principal.id, list: "'leadership'"}}
  - {id: one, title: First, runbook: list, with: {list: "'a'"}}
  - {id: all, title: Look, tool: list_mailing_lists, args: {user: principal.id}, expect: "'a' in steps.all.lists"}
done: Everything is there.
""",
    )
    waits = Call("K-1", "C-1", "c1", "join_mailing_list", {}, CallState.WAITING, "ana", NOW, PLAN.id, "lead", "change")
    ask = ToolCall("new", "join_mailing_list", {"user": "ana", "list": "a"})
    for calls in ([], [waits]):
        where = following.place(ask, [PLAN], {PLAN.runbook: book}, ANA, calls)
        assert (where.step, where.departure) == ("one.join", "")
