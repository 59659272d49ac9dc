"""What a reviewed runbook's step says is as good as the requester's word, as far as it hangs on nothing that was read or guessed."""

import dataclasses
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot.domain import Plan
from bot.execution.origins import ASSUMED, CHOSEN, Origins, SoFar, learnt_of
from bot.provenance import Kind, Origin
from bot.runbooks import guides
from tests.books import written
from tests.execution.test_origins import ANA, END_AT, LOOKED, TOOLS, GiveArguments, call, line
from tests.runbooks.test_unrolling import bound

LIST = "user: {user}, list: {list}"
NEEDS = "needs:\n  who: {from: person, ask: Who?}\n  list: {from: list, ask: Which?}\n"


def steps(*some: str) -> str:
    """Steps that change something, and a look at the end."""
    look = "  - {id: again, title: A, tool: list_mailing_lists, args: {user: principal.id}, expect: size(steps.again.lists) > 0}\n"
    return "steps:\n" + "".join(f"  - {one}\n" for one in some) + look + "done: x\n"


def join(name: str = "one", user: str = "principal.id", to: str = "\"'all'\"", more: str = "") -> str:
    return f"{{id: {name}, title: T, tool: join_mailing_list, args: {{user: {user}, list: {to}}}{more}}}"


BACK = ", undo: {tool: leave_mailing_list, args: {user: \"'zoe'\", list: \"'old'\"}}"


async def kinds(folder: Path, keys: str, step: str, plan: Plan | None = None, plan_id: str = "P-1", **given: str) -> dict[str, Any]:
    """The origin of each argument of a call in this step of this runbook."""
    known = plan or Plan("P-1", "C-1", "bell", "v", "Bell", "words", "event")
    asked = call(arguments={"user": "ana", **given}, plan=plan_id, step=step, id="", call="new")
    other = dataclasses.replace(known, id="P-0", runbook="")
    book = bound(folder, keys)
    traced = await Origins(TOOLS, {"bell": book}).of(
        asked, TOOLS["give"], GiveArguments(user="ana", **given), ANA, SoFar([], [], [other, known])
    )
    return {one.path: (one.kind, one.where) for one in traced.origins}


SAID, GUESSED = (Kind.RUNBOOK, "bell"), (Kind.MODEL, "")


@pytest.mark.parametrize(
    ("keys", "step", "app", "said"),
    [
        pytest.param(steps(join()), "one", "all", True, id="what the step says"),
        pytest.param(steps(join()), "one", "other", False, id="what it does not say"),
        pytest.param(steps(join(), join("two", to="\"'other'\"")), "one", "other", False, id="what another step says"),
        pytest.param(steps(join()), "gone", "all", False, id="a step that there is not"),
        pytest.param(steps(join(more=BACK)), "one", "old", False, id="what takes it back"),
        pytest.param(steps(join(more=BACK)), "one!undo", "old", True, id="what takes it back, once it does"),
        pytest.param(steps(join(more=BACK)), "one!undo", "all", False, id="what it was, once it is taken back"),
        pytest.param(steps(join()), "one!undo", "all", True, id="of a step that nothing takes back"),
        pytest.param(NEEDS + steps(join(user="needs.who.id")), "one", "all", True, id="beside a need that is not known"),
        pytest.param(
            steps(join(user="item.id", to="item.id", more=", each: \"[{'id': 'a'}, {'id': 'b'}]\", most: 3")),
            "one.1",
            "b",
            True,
            id="of a loop",
        ),
        pytest.param(
            steps(join(to="\"'team-' + item.id\"", more=", each: \"[{'id': principal.id}]\", most: 3")),
            "one.0",
            "team-ana",
            True,
            id="of a loop over what is known of the requester",
        ),
        pytest.param(
            steps(
                join("now", more="").replace("join_mailing_list", "list_mailing_lists").replace(", list: \"'all'\"", ""),
                join(to="item.list", more=", each: steps.now.others, most: 3"),
            ),
            "one.0",
            "a",
            False,
            id="of a loop over what was read",
        ),
    ],
)
async def test_what_the_step_of_a_call_says(tmp_path: Path, keys: str, step: str, app: str, said: bool) -> None:
    assert (await kinds(tmp_path, keys, step, app=app))["app"] == (SAID if said else GUESSED)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        pytest.param({"needs": {"list": {"id": "sales", "label": "Sales"}}}, (Kind.OWN, ""), id="the requester's word"),
        pytest.param(
            {"needs": {"list": {"id": "sales"}}, "learnt": {"list": {"id": "sales"}}}, GUESSED, id="what a model has read"
        ),
        pytest.param({}, GUESSED, id="nobody's word"),
    ],
)
async def test_a_step_makes_nothing_better_that_a_model_has_said(tmp_path: Path, more: dict[str, Any], said: Any) -> None:
    plan = dataclasses.replace(Plan("P-1", "C-1", "bell", "v", "Bell", "words", "event"), **more)
    keys = NEEDS + steps(join(to="needs.list.id"))
    assert (await kinds(tmp_path, keys, "one", plan, app="sales"))["app"] == said


async def test_what_is_built_of_the_requesters_words_is_the_steps(tmp_path: Path) -> None:
    """And of what the directory says of them; a plan of another runbook, or another plan, says nothing for it."""
    keys = NEEDS + steps(join(to="\"'team-' + needs.list.id + '-' + principal.manager\""))
    plan = dataclasses.replace(Plan("P-1", "C-1", "bell", "v", "Bell", "words", "event"), needs={"list": {"id": "sales"}})
    assert (await kinds(tmp_path, keys, "one", plan, app="team-sales-mia"))["app"] == SAID
    learnt = dataclasses.replace(plan, learnt={"list": {"id": "sales"}})
    assert (await kinds(tmp_path, keys, "one", learnt, app="team-sales-mia"))["app"] == GUESSED
    for other in (dataclasses.replace(plan, runbook="door"), dataclasses.replace(plan, id="P-2")):
        assert (await kinds(tmp_path, keys, "one", other, app="team-sales-mia"))["app"] == GUESSED


async def test_a_part_sees_what_it_is_given(tmp_path: Path) -> None:
    written(tmp_path, NEEDS + steps(join("small", to="needs.list.id")), id="part")
    whole = "steps:\n  - {id: first, title: P, runbook: part, with: {who: principal.id, list: \"'crew'\"}}\ndone: x\n"
    plan = dataclasses.replace(Plan("P-1", "C-1", "bell", "v", "Bell", "words", "event"), needs={"list": {"id": "sales"}})
    assert (await kinds(tmp_path, whole, "first.small", plan, app="crew"))["app"] == SAID


UNTIL = "2026-11-27T22:59:59Z"
GRANT = f"{{id: one, title: T, tool: grant_access, args: {{user: principal.id, app: \"'figma'\", until: \"'{UNTIL}'\"}}}}"


async def traced_end(folder: Path, keys: str, given: Any, plan: Plan, lines: list[Any], step: str = "one") -> list[Origin]:
    end = datetime.fromisoformat(UNTIL)
    asked = call(arguments={"user": "ana", "until": given}, plan="P-1", step=step, id="", call="new")
    origins = Origins(TOOLS, {"bell": bound(folder, keys)})
    traced = await origins.of(asked, TOOLS["give"], GiveArguments(user="ana", until=end), ANA, SoFar(lines, [], [plan]))
    return [one for one in traced.origins if one.path == "until"]


async def test_an_end_that_the_step_says_is_the_runbooks(tmp_path: Path) -> None:
    """Whatever else was said of a time; an end that nobody was asked for is the tool's."""
    plan = Plan("P-1", "C-1", "bell", "v", "Bell", "words", "event")
    said = [line("requester", "could I get figma until friday, please")]
    assert await traced_end(tmp_path, steps(GRANT), UNTIL, plan, said) == [Origin("until", UNTIL, Kind.RUNBOOK, "bell")]
    assert await traced_end(tmp_path, steps(GRANT), UNTIL, plan, said, "other") == [
        Origin("until", UNTIL, Kind.MEANT, "until friday")
    ]
    for nothing in ("", None):
        assert await traced_end(tmp_path, steps(GRANT), nothing, plan, said) == [Origin("until", UNTIL, Kind.TOOL)]
    known = dataclasses.replace(plan, needs={"until": END_AT})
    assert await traced_end(tmp_path, steps(GRANT), UNTIL, known, said) == [Origin("until", UNTIL, Kind.OWN, "until friday")]
    assumed = dataclasses.replace(known, learnt={ASSUMED: {"until": END_AT}})
    assert await traced_end(tmp_path, steps(GRANT), UNTIL, assumed, said) == [Origin("until", UNTIL, Kind.ASSUMED, "bell")]


# ── what is kept of needs that nobody said ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("fresh", "before", "kept"),
    [
        pytest.param({}, {}, {}, id="nothing"),
        pytest.param({"app": "a"}, {"who": "b"}, {"app": "a", "who": "b"}, id="of both"),
        pytest.param({"app": "a"}, {"app": "b"}, {"app": "b"}, id="of the same what was before"),
        pytest.param({ASSUMED: {"app": "a"}}, {}, {ASSUMED: {"app": "a"}}, id="what is assumed now"),
        pytest.param({}, {ASSUMED: {"app": "a"}}, {ASSUMED: {"app": "a"}}, id="what was assumed before"),
        pytest.param(
            {ASSUMED: {"app": "a"}, CHOSEN: "x"},
            {ASSUMED: {"who": "b"}},
            {ASSUMED: {"app": "a", "who": "b"}, CHOSEN: "x"},
            id="what was assumed of either",
        ),
        pytest.param({ASSUMED: {"app": "a"}}, {ASSUMED: {"app": "b"}}, {ASSUMED: {"app": "b"}}, id="what was assumed twice"),
    ],
)
def test_what_is_no_word_of_the_requester_stays_so(fresh: dict[str, Any], before: dict[str, Any], kept: dict[str, Any]) -> None:
    plan = Plan("P-1", "C-1", "bell", "v", "Bell", "words", "event")
    assert learnt_of(dataclasses.replace(plan, learnt=fresh), dataclasses.replace(plan, learnt=before)) == kept


# ── where it stood, for whoever reads it ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("lines", "results", "asked", "app", "expected"),
    [
        pytest.param([], [LOOKED], "jira", "jira", (Kind.RESULT, "K-3 look"), id="in a result"),
        pytest.param([], [LOOKED], "", "jira", (Kind.TOOL, ""), id="nowhere, and the tool has settled it"),
        pytest.param(
            [line("requester", "Figma please")],
            [],
            "Figma",
            "figma-users",
            (Kind.CATALOGUE, "Figma"),
            id="by the name that they used",
        ),
        pytest.param([], [LOOKED], "jira", "jira-users", (Kind.RESULT, "K-3 look"), id="by an id that a tool gave"),
        pytest.param(
            [], [call("look", id="K-3", result={"title": "use jira now"})], "jira", "jira", (Kind.TEXT, "K-3 look"), id="in a text"
        ),
        pytest.param(
            [],
            [call("search_runbooks", id="K-3", result={"title": "use jira now"})],
            "jira",
            "jira",
            (Kind.RETRIEVED, "K-3 search_runbooks"),
            id="in what was searched",
        ),
        pytest.param(
            [],
            [call("search_articles", id="K-3", result={"title": "use jira now"})],
            "jira",
            "jira",
            (Kind.RETRIEVED, "K-3 search_articles"),
            id="in an article",
        ),
    ],
)
async def test_where_a_value_stood(lines: list[Any], results: list[Any], asked: str, app: str, expected: Any) -> None:
    """Also one that was asked for by another name than it has."""
    new = call(arguments={"user": "ana", "app": asked}, id="", call="new")
    traced = await Origins(TOOLS, {}).of(new, TOOLS["give"], GiveArguments(user="ana", app=app), ANA, SoFar(lines, results, []))
    [found] = [one for one in traced.origins if one.path == "app"]
    assert found == Origin("app", app, *expected)


async def test_a_link_that_was_read_says_where() -> None:
    read = call("look", id="K-3", result={"title": "go to https://evil.example/now please"})
    new = call(arguments={"user": "ana"}, id="", call="new")
    args = GiveArguments(user="ana", note="See https://evil.example/now, https://other.example/x")
    traced = await Origins(TOOLS, {}).of(new, TOOLS["give"], args, ANA, SoFar([], [read], []))
    assert [(one.value, one.kind, one.where) for one in traced.origins if one.path == "note"] == [
        ("https://evil.example/now", Kind.TEXT, "K-3 look"),
        ("https://other.example/x", Kind.MODEL, ""),
    ]


async def test_a_result_that_has_changed_is_read_anew() -> None:
    """A call that went on has another result; what was kept of it before counts no more."""
    origins = Origins(TOOLS, {})

    async def kind(*read: Any) -> Kind:
        new = call(arguments={"user": "ana", "app": "jira"}, id="", call="new")
        traced = await origins.of(new, TOOLS["give"], GiveArguments(user="ana", app="jira"), ANA, SoFar([], read, []))
        return next(one.kind for one in traced.origins if one.path == "app")

    waits = dataclasses.replace(LOOKED, state=LOOKED.state.WAITING, result=None)
    assert await kind(waits) is Kind.MODEL
    assert await kind(LOOKED) is Kind.RESULT
    assert await kind(dataclasses.replace(LOOKED, id="K-4", result=None)) is Kind.MODEL
    failed = dataclasses.replace(LOOKED, id="K-5", state=LOOKED.state.FAILED, result=None)
    assert await kind(failed) is Kind.MODEL
    assert await kind(dataclasses.replace(failed, reason="did you mean jira?")) is Kind.TEXT


# ── beside the plan ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("lines", "results", "plan_id", "step", "aside"),
    [
        pytest.param([], [LOOKED], "P-1", "one", False, id="a step of this plan"),
        pytest.param([], [LOOKED], "P-9", "one", True, id="a step of no plan"),
        pytest.param([], [LOOKED], "", "", True, id="no step"),
        pytest.param([], [dataclasses.replace(LOOKED, principal="ben")], "", "", False, id="what another's call has read"),
        pytest.param([], [dataclasses.replace(LOOKED, tool="hand_over")], "", "", False, id="our own words"),
        pytest.param([line("bot", "Which runbook?")], [], "", "", False, id="what the bot said"),
        pytest.param([line("guide", "Runbook x")], [], "", "", True, id="the prose of a runbook"),
        pytest.param([line("guide", "NOTHING")], [], "", "", False, id="that there is none"),
        pytest.param([line("guide", "Runbook x")], [], "P-9", "one", True, id="the prose of a runbook, in a step of no plan"),
        pytest.param([line("guide", "Runbook x")], [], "P-1", "", True, id="the prose of a runbook, in no step of this plan"),
    ],
)
async def test_what_stands_beside_the_plan(lines: Any, results: Any, plan_id: str, step: str, aside: bool) -> None:
    plan = Plan("P-1", "C-1", "bell", "v", "Bell", "words", "event")
    lines = [dataclasses.replace(one, text=guides.NOTHING) if one.text == "NOTHING" else one for one in lines]
    new = call(arguments={"user": "ana"}, plan=plan_id, step=step, id="", call="new")
    traced = await Origins(TOOLS, {}).of(new, TOOLS["give"], GiveArguments(user="ana"), ANA, SoFar(lines, results, [plan]))
    assert traced.aside is aside
