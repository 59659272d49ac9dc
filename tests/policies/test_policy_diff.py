"""In what two policies differ: every planted difference is found, with nothing in its example that could be left out."""

import dataclasses
from typing import Any

import pytest

from bot.domain import Membership, PersonKind
from bot.gate import parse
from bot.policies.diff import Pair, _shrunk, _what, compare
from bot.policies.example import words
from bot.policies.values import OTHER, space
from tests.gate.policy import TOOLS

YES, UNKNOWN = Membership.YES, Membership.UNKNOWN
TEXT = """version: 1
roles:
  employee: {members: workspace}
  admin: {group: it}
  duty: {oncall: identity}
  sales: {department: Sales}
ceilings: [{id: hourly, times: 20, within: 1h, per: principal}]
freezes: [{id: year-end, tools: [unlock_account], from: 2026-12-24T18:00+01:00, until: 2027-01-02T08:00+01:00, except: [duty]}]
policies:
  - id: own
    because: b
    tools: [unlock_account]
    effect: permit
    roles: [employee]
    when: resource.owner == principal.id
    limit: {times: 3, within: 1d}
  - {id: others, because: b, tools: [unlock_account], effect: permit, roles: [admin], approval: {by: [duty], count: 2}}
  - {id: money, because: b, tools: [grant_access], effect: forbid, channels: [private, public], when: resource.id == 'payments'}
  - id: access
    because: b
    tools: [grant_access]
    effect: permit
    roles: [employee]
    approval: {by: [duty]}
    max: {until: 30d}
  - {id: risky, because: b, tools: [grant_access], effect: require, reason: true, when: resource.facts.risk == 'high'}
  - id: after-hours
    because: b
    tools: [end_sessions]
    effect: permit
    roles: [employee]
    unattended: true
    when: now.getHours() >= 8 && now.getHours() < 18
  - id: followed
    because: b
    tools: [rerun_ci]
    effect: permit
    roles: [sales, admin]
    unattended: true
    when: "'red-build' in case.runbooks && case.kind == 'incident'"
"""
OLD = parse(TEXT, TOOLS)


def changed(*changes: tuple[str, str]) -> Any:
    text = TEXT
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    return parse(text, TOOLS)


@pytest.mark.parametrize(
    ("change", "tool", "kind", "varied"),
    [
        pytest.param(("count: 2", "count: 1"), "unlock_account", "otherwise", {"role:group:it": YES}, id="a count"),
        pytest.param(("times: 3", "times: 4"), "unlock_account", "otherwise", {}, id="a limit"),
        pytest.param(("times: 20", "times: 21"), "unlock_account", "otherwise", {}, id="a ceiling"),
        pytest.param(
            ("roles: [employee]\n    when: res", "roles: [sales]\n    when: res"), "unlock_account", "denied", {}, id="a role"
        ),
        pytest.param(("group: it}", "group: other}"), "unlock_account", "denied", {"role:group:it": YES, "resource.owner": OTHER}, id="a role's meaning"),
        pytest.param(("oncall: identity}", "oncall: network}"), "grant_access", "otherwise", {}, id="an approver's meaning"),
        pytest.param(("18:00+01:00", "18:00:01+01:00"), "unlock_account", "permitted", {"now": ...}, id="an edge of a freeze"),
        pytest.param(("except: [duty]", "except: [admin]"), "unlock_account", "permitted", {"now": ..., "role:group:it": YES}, id="who is excepted"),
        pytest.param(("'payments'", "'payment'"), "grant_access", "permitted", {"resource.id": "payments", "channel": "private"}, id="a literal"),
        pytest.param(("[private, public]", "[private]"), "grant_access", "permitted", {"resource.id": "payments", "channel": "public"}, id="a channel"),
        pytest.param(("until: 30d", "until: 31d"), "grant_access", "permitted", {"args.until": ...}, id="a maximum"),
        pytest.param(("reason: true", "confirm: true"), "grant_access", "otherwise", {"resource.facts:risk": "high"}, id="an obligation"),
        pytest.param((">= 8", "> 8"), "end_sessions", "denied", {"now": ...}, id="an hour"),
        pytest.param(("< 18", "<= 18"), "end_sessions", "permitted", {"now": ...}, id="the other hour"),
        pytest.param(("department: Sales", "department: Legal"), "rerun_ci", "denied", {"principal.department": "Sales", "case.runbooks": ["red-build"], "case.kind": "incident"}, id="a department"),
        pytest.param(("'red-build'", "'rot-build'"), "rerun_ci", "denied", {"role:group:it": YES, "case.runbooks": ["red-build"], "case.kind": "incident"}, id="a runbook"),
        pytest.param(("effect: forbid, channels", "effect: forbid, mode: observe, since: 2026-11-01, channels"), "grant_access", "permitted", {"resource.id": "payments", "channel": "private"}, id="only observed now"),
    ],
)  # fmt: skip
def test_a_difference_is_found_with_the_least_that_shows_it(change: tuple[str, str], tool: str, kind: str, varied: Any) -> None:
    """One example of that kind, of that tool, with just these departures from the ordinary (`...` is any value)."""
    found = [one for one in compare(OLD, changed(change)).differences if (one.tool, one.change.kind) == (tool, kind)]
    assert found, "not found"
    seen = [set(one.varied) for one in found]
    assert set(varied) in seen, seen
    least = next(one for one in found if set(one.varied) == set(varied))
    assert {name: value for name, value in least.varied.items() if varied[name] is not ...} == {
        name: value for name, value in varied.items() if value is not ...
    }


def test_what_an_example_shows_is_so_and_nothing_of_it_can_be_left_out() -> None:
    """Each example differs when asked again, and the same difference is gone without any part of it."""
    new = changed(("count: 2", "count: 1"), ("'payments'", "'payment'"), (">= 8", "> 8"))
    found = compare(OLD, new).differences
    assert len(found) >= 3
    for one in found:
        pair = Pair(OLD, new, space(one.tool, (OLD, new)))
        assert pair.change(dict(one.varied)) == one.change
        for name in one.varied:
            less = pair.change({other: value for other, value in one.varied.items() if other != name})
            assert less is None or less.kind != one.change.kind or less.gained != one.change.gained or less.lost != one.change.lost


def test_what_does_not_matter_is_left_out_of_an_example() -> None:
    """Who is on call and whose account it is have nothing to do with the count."""
    new, of = changed(("count: 2", "count: 1")), space("unlock_account", (OLD, changed(("count: 2", "count: 1"))))
    pair, varied = Pair(OLD, new, of), {"role:group:it": YES, "role:oncall:identity": YES, "resource.owner": OTHER}
    found = pair.change(varied)
    assert found is not None
    assert _shrunk(pair, varied, _what(found), of) == {"role:group:it": YES}


@pytest.mark.parametrize(
    "same",
    [
        pytest.param((), id="the same"),
        pytest.param((("id: own", "id: mine"), ("because: b", "because: c")), id="other names and words"),
        pytest.param((("  admin: {group: it}", "  it: {group: it}"), ("roles: [admin]", "roles: [it]"), ("[sales, admin]", "[it, sales]")), id="a role called otherwise"),
        pytest.param((("resource.owner == principal.id", "principal.id == resource.owner && true"),), id="a condition turned round"),
        pytest.param(((">= 8", "> 7"), ("< 18", "<= 17")), id="hours said otherwise"),
        pytest.param((("roles: [employee]\n    approval", "roles: {all: [employee, employee]}\n    approval"),), id="a role made of itself"),
    ],
)  # fmt: skip
def test_what_only_reads_otherwise_does_not_differ(same: Any) -> None:
    """Nothing is made up: however it is written, what is asked of the same people is the same."""
    found = compare(OLD, changed(*same))
    assert found.differences == []
    assert found.asked > 100


def test_it_is_seeded_and_bounded() -> None:
    """The same seed asks the same questions; no tool gets more than its share."""
    new = changed(("count: 2", "count: 1"))
    one, two = (compare(OLD, new, per_tool=50, seed=1) for _ in range(2))
    assert one.differences == two.differences
    assert one.asked == two.asked <= 50 * len(TOOLS)
    assert not one.whole


def test_one_policy_among_hundreds_is_found() -> None:
    """With many more ways to ask than questions, those begin with the policy that is not in both."""
    body = "".join(
        f"  - {{id: p{n}, because: b, tools: [grant_access], effect: permit, roles: [r{n}], approval: {{by: [r0]}}, "
        f"when: \"resource.id == 'app-{n}' && principal.department == 'dep-{n}'\"}}\n"
        for n in range(200)
    )
    roles = "".join(f"  r{n}: {{group: g{n}}}\n" for n in range(200))
    text = f"version: 1\nroles:\n{roles}policies:\n{body}"
    old, new = parse(text, TOOLS), parse(text.replace("'dep-137'", "'dep-x'"), TOOLS)
    found = compare(old, new)
    assert not found.whole
    told = [one for one in found.differences if one.change.kind == "denied"]
    assert {"role:group:g137": YES, "resource.id": "app-137", "principal.department": "dep-137"} in [
        dict(one.varied) for one in told
    ]


def test_the_example_in_words() -> None:
    """Who, what, where, when, and both answers."""
    new = changed(("'payments'", "'payment'"), ("count: 2", "count: 1"), ("< 18", "<= 18"))
    found = {one.tool: words(one, OLD, new) for one in compare(OLD, new).differences if UNKNOWN not in one.varied.values()}
    assert found["unlock_account"].startswith("A full member who holds admin (group:it) asks for unlock_account")
    assert "Old: permitted, owing an approval by 2 of duty within 4h" in found["unlock_account"]
    assert found["end_sessions"] == (
        "A full member asks for end_sessions, at 2026-11-25T18:00:00+00:00. Old: denied. "
        "New: permitted, owing at most 20 within 1h per principal over all tools."
    )
    assert "about something whose id is “payment”" in found["grant_access"]
    assert "in a private channel" in found["grant_access"]


def test_a_role_that_means_others_now_is_named() -> None:
    assert compare(OLD, changed(("group: it}", "group: other}"))).roles == [("admin", "group:it", "group:other")]


def test_a_guest_is_permitted_nothing_in_any_example() -> None:
    """What a guest is not opens nothing to them, so that they are in no difference; members lose what they had."""
    found = compare(OLD, changed(("roles: [employee]\n    when: res", "roles: {not: employee}\n    when: res"))).differences
    kinds = {one.change.kind for one in found}
    assert "denied" in kinds
    assert "permitted" not in kinds
    assert not [one for one in found if one.varied.get("principal.kind") is PersonKind.GUEST]
    assert dataclasses.is_dataclass(found[0])


def test_who_agrees_to_what_somebody_did_not_name_is_a_difference_of_every_change() -> None:
    """Without the key such a change is denied, with another role others are asked; no look, and nothing else, is another."""
    added = parse(TEXT.replace("policies:", "untrusted: {approval: {by: [duty]}}\npolicies:", 1), TOOLS)
    other = parse(TEXT.replace("policies:", "untrusted: {approval: {by: [admin]}}\npolicies:", 1), TOOLS)

    for old, new, kind in ((OLD, added, "permitted"), (added, other, "otherwise")):
        found = compare(old, new, per_tool=300).differences
        assert {one.change.kind for one in found} == {kind}
        assert all(one.varied["untrusted"] is True for one in found)
        assert {"unlock_account", "rerun_ci"} <= {one.tool for one in found}
        assert ("grant_access" in {one.tool for one in found}) == (old is OLD)  # a policy asks for a yes there already
    assert "of something that they did not name themselves" in words(found[0], added, other)
