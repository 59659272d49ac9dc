"""`policy lint`: what is allowed and hardly meant is told, with its place and kind; what is meant is left in peace."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.cli.policycommands.generated import MOST, questions
from bot.cli.policycommands.lint import Remark, lint
from bot.expressions import Kind
from bot.gate import load, parse
from tests.gate.policy import TOOLS

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
HEAD = """version: 1
roles:
  employee: {members: workspace}
  admins: {group: admins}
  duty: {oncall: identity}
  deskhand: {system: true}
  nobody: {all: [admins, {not: admins}]}
  robot: {all: [admins, {system: true}]}
  outsider: {all: [admins, {not: employee}]}
  two: {all: [{department: A}, {department: B}]}
  most: {all: [employee, {not: admins}]}
policies:
"""
LINE = 1 + HEAD.count("\n")


def remarks(*policies: str) -> list[Remark]:
    """But for changes that nobody permits, of which there are many in so small a policy."""
    found = lint(parse(HEAD + "".join(f"- {{because: B., {one}}}\n" for one in policies), TOOLS), NOW)
    return [one for one in found if one.kind != "nobody-may"]


def one(more: str, tools: str = "[unlock_account]", effect: str = "permit", id_: str = "p") -> str:
    return f"id: {id_}, tools: {tools}, effect: {effect}, {more}"


def test_nothing_is_said_of_the_policy_that_ships() -> None:
    assert lint(load(ROOT / "policies.yaml", TOOLS), NOW) == []


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        pytest.param("roles: [nobody]", "never-matches", id="a role and its opposite"),
        pytest.param("roles: [robot]", "never-matches", id="Deskhand and somebody"),
        pytest.param("roles: [outsider]", "never-matches", id="in a group and no member"),
        pytest.param("roles: [two]", "never-matches", id="two departments"),
        pytest.param("roles: [nobody, duty]", None, id="one of two can be held"),
        pytest.param("roles: [most]", None, id="some but not others"),
        pytest.param("roles: [employee], when: 'false'", "never-matches", id="constant"),
        pytest.param("roles: [employee], when: args.user == 'a' && args.user == 'b'", "never-matches", id="a contradiction"),
        pytest.param("roles: [employee], when: principal.department == 'IT' && principal.department != 'IT'", "never-matches", id="it and not it"),
        pytest.param("roles: [employee], when: tool.effect == 'read'", "never-matches", id="a property that the tool has not"),
        pytest.param("roles: [employee], when: tool.effect == 'change'", None, id="a property that it has"),
        pytest.param("roles: [employee], when: resource.owner == principal.id && principal.id != beneficiary", None, id="shared values"),
        pytest.param("roles: [employee], when: \"'risk' in resource.facts && resource.facts.risk == 'high'\"", None, id="a fact"),
        pytest.param("roles: [employee], when: \"'price' in resource.facts && resource.facts.price > 500\"", None, id="a number"),
        pytest.param("roles: [employee], when: \"'open' in resource.facts && resource.facts.open == false\"", None, id="a truth"),
        pytest.param("roles: [employee], when: args.user.startsWith('svc-') && args.user.endsWith('-prod')", None, id="a beginning and an end"),
        pytest.param("roles: [employee], when: \"args.user.matches('^[a-z]{3}[0-9]+$')\"", None, id="a pattern, which nobody tries"),
        pytest.param("roles: [employee], when: size(args.user) > 40", None, id="a length"),
        pytest.param("roles: [employee], when: now.getHours(principal.zone) >= 9 && now.getDayOfWeek() == 6", None, id="an hour of a day"),
        pytest.param("roles: [employee], when: now.getMonth() == 0", None, id="a month"),
        pytest.param("roles: [employee], when: \"'offboarding' in case.runbooks && case.channel == 'direct'\"", None, id="a runbook"),
        pytest.param("roles: [employee], when: \"principal.department in ['IT'] && principal.title in ['Head'] && principal.zone == 'Europe/Rome' && principal.manager == 'eva'\"", None, id="many words"),
        pytest.param("roles: [employee], when: now < timestamp('2026-01-01T00:00:00Z')", "past", id="over"),
        pytest.param("roles: [employee], when: now > timestamp('2026-01-01T00:00:00Z')", None, id="going on"),
        pytest.param("roles: [employee], when: now > timestamp('2030-01-01T00:00:00Z') && now < timestamp('2030-02-01T00:00:00Z')", None, id="to come"),
        pytest.param("roles: [employee], mode: observe, since: 2026-10-27", "observed", id="observed for long"),
        pytest.param("roles: [employee], mode: observe, since: 2026-10-28", None, id="observed for thirty days"),
    ],
)  # fmt: skip
def test_what_can_never_match_or_is_over(more: str, kind: str | None) -> None:
    """Each with a policy beside it that is nearly the same and means something."""
    found = remarks(one(more))
    assert [(one.kind, one.id, one.line, one.file) for one in found] == ([(kind, "p", LINE, "policies.yaml")] if kind else [])


def test_properties_that_no_tool_has_match_nothing() -> None:
    [found] = remarks(one("roles: [employee]", tools="{effect: read, reversible: false}"))
    assert (found.kind, found.message) == (
        "never-matches",
        'policy "p": no tool has effect: read, reversible: false, so it matches nothing',
    )


def test_who_asks_before_a_look_denies_it_and_is_told() -> None:
    """With the looks alone, and with changes beside them; a permit that asks for nothing may name looks."""
    asks = "roles: [employee], confirm: true"
    [found] = remarks(one(asks, tools="[find_person, unlock_account]"))
    assert (found.kind, "denies find_person," in found.message) == ("looks", True)
    assert remarks(one(asks), one("roles: [employee]", tools="[find_person]", id_="q")) == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        pytest.param("effect: permit, roles: [employee], confirm: true", True, id="asks"),
        pytest.param("effect: forbid", True, id="denies"),
        pytest.param("effect: permit, roles: [employee]", False, id="asks for nothing"),
    ],
)
def test_what_people_read_of_a_policy_is_missed(body: str, told: bool) -> None:
    found = lint(parse(f"{HEAD}- {{id: p, tools: [unlock_account], {body}}}\n", TOOLS), NOW)
    assert [one.kind for one in found if one.kind != "nobody-may"] == ["unsaid"] * told


def test_a_freeze_that_has_passed_is_told() -> None:
    freeze = "freezes: [{id: F, tools: ['*'], from: '20YY-01-01T00:00+01:00', until: '20YY-01-05T00:00+01:00'}]\n"
    text = HEAD + f"- {{{one('roles: [employee]')}}}\n" + freeze
    assert [(one.kind, one.id) for one in lint(parse(text.replace("YY", "26"), TOOLS), NOW) if one.id] == [("past", "F")]
    assert [one for one in lint(parse(text.replace("YY", "27"), TOOLS), NOW) if one.id] == []


@pytest.mark.parametrize(
    ("forbid", "permit", "told"),
    [
        pytest.param("when: args.user == 'x'", "roles: [employee]", False, id="a forbid with a condition"),
        pytest.param("reason_", "roles: [employee]", True, id="a forbid of everything"),
        pytest.param("roles: [admins]", "roles: [employee]", False, id="a forbid for some"),
        pytest.param("roles: [employee]", "roles: [admins]", True, id="a forbid for more"),
        pytest.param("roles: [employee]", "roles: [deskhand]", False, id="a forbid for people"),
        pytest.param("roles: [admins]", "roles: [admins, duty]", False, id="a forbid for one of two"),
        pytest.param("channels: [public]", "roles: [employee]", False, id="a forbid in one channel"),
        pytest.param("channels: [public]", "roles: [employee], channels: [public]", True, id="a forbid in its channel"),
        pytest.param(
            "channels: [public]", "roles: [employee], channels: [public, direct]", False, id="a forbid in one of its channels"
        ),
        pytest.param("mode: observe, since: 2026-11-26", "roles: [employee]", False, id="a forbid that is only observed"),
    ],
)
def test_what_a_forbid_always_denies(forbid: str, permit: str, told: bool) -> None:
    forbid = "" if forbid == "reason_" else forbid
    found = remarks(one(permit), one(forbid, effect="forbid", id_="f"))
    assert [(one.kind, one.id) for one in found] == ([("shadowed", "p")] if told else [])
    assert all('the forbid "f" (policies.yaml:' in one.message for one in found)


def test_a_forbid_of_some_of_its_tools_says_of_which() -> None:
    [found] = remarks(
        one("roles: [employee]", tools="[unlock_account, find_account]"), one("", tools="[find_account]", effect="forbid", id_="f")
    )
    assert "find_account is always denied" in found.message


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        pytest.param("roles: [employee]", "roles: [employee]", ["q"], id="the same twice"),
        pytest.param("roles: [employee]", "roles: [admins]", ["q"], id="the second for fewer"),
        pytest.param("roles: [admins]", "roles: [employee]", ["p"], id="the first for fewer"),
        pytest.param("roles: [admins]", "roles: [duty]", [], id="for others"),
        pytest.param("roles: [employee]", "roles: [deskhand]", [], id="for Deskhand"),
        pytest.param("roles: [employee]", "roles: [admins], reason: true", [], id="the second asks for more"),
        pytest.param("roles: [employee], reason: true", "roles: [admins], reason: true", ["q"], id="both ask for the same"),
        pytest.param(
            "roles: [employee], when: args.user == 'a'", "roles: [employee], when: args.user == 'b'", [], id="other conditions"
        ),
        pytest.param("roles: [employee]", "roles: [employee], when: args.user == 'b'", ["q"], id="the second under a condition"),
        pytest.param("roles: [employee], channels: [direct]", "roles: [employee]", ["p"], id="the first in one channel"),
        pytest.param(
            "roles: [employee]", "roles: [employee], mode: observe, since: 2026-11-26", [], id="the second is only observed"
        ),
        pytest.param(
            "roles: [employee], approval: {by: [duty]}", "roles: [employee]", ["q"], id="the first asks for more, and still does"
        ),
    ],
)
def test_a_permit_that_changes_nothing(first: str, second: str, told: list[str]) -> None:
    """Where it is gone, every answer is the same: the other one matches whenever it does, and asks for as much."""
    found = remarks(one(first), one(second, id_="q"))
    assert [(one.kind, one.id) for one in found] == [("duplicate", name) for name in told]


def test_a_permit_with_a_maximum_of_its_own_changes_something() -> None:
    wide, narrow = (
        one("roles: [employee]", tools="[grant_access]"),
        one("roles: [admins], max: {until: 30d}", tools="[grant_access]", id_="q"),
    )
    assert remarks(wide, narrow) == []
    assert [one.id for one in remarks(wide, narrow.replace(", max: {until: 30d}", ""))] == ["q"]


def test_a_change_that_nobody_thought_of() -> None:
    """A forbid by name says that it is meant; `*` does not, nor does a permit that is only observed, nor a require."""

    def forgotten(*policies: str) -> bool:
        whole = parse(HEAD + "".join(f"- {{{one}}}\n" for one in policies), TOOLS)
        return any(one.kind == "nobody-may" and " reset_mfa," in one.message for one in lint(whole, NOW))

    mine = {"tools": "[reset_mfa]"}
    other = one("roles: [employee]")
    assert forgotten(other)
    assert forgotten(other, one("", tools="['*']", effect="forbid", id_="q"))
    assert forgotten(other, one("roles: [employee], unattended: true, mode: observe, since: 2026-11-26", id_="q", **mine))
    assert forgotten(other, one("reason: true", effect="require", id_="q", **mine))
    assert not forgotten(other, one("", effect="forbid", id_="q", **mine))
    assert not forgotten(other, one("roles: [employee], unattended: true", id_="q", **mine))


def test_the_questions_are_the_same_at_every_run_and_no_more_than_said() -> None:
    """Although there are more ways to put them together than are tried."""
    condition = "now.getHours() > 3 && principal.id == 'a' && principal.name == 'b' && principal.email == 'c' && args.user == 'd'"
    first = list(questions(condition, {"user": Kind.STRING}, NOW))
    assert first == list(questions(condition, {"user": Kind.STRING}, NOW))
    assert len(first) == MOST
    assert all(one["now"] >= NOW for one in questions("now > timestamp('2020-01-01T00:00:00Z')", {}, NOW, NOW))
