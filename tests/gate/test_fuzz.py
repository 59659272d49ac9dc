"""Whatever the text of a policy is, reading it ends: with a policy, or with a PolicyError. Whatever is asked, it is answered."""

import copy
import io
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from bot.domain import Membership, PersonKind, Principal
from bot.errors import PolicyError
from bot.gate import PolicySet, Question, decide, explain, load, observed, parse
from bot.obligations import Deny, Permit
from tests.gate.policy import HEAD, TOOLS, policy
from tests.gate.written import NAMED
from tests.gate.written import TOOLS as FEW

SHIPPED = Path(__file__).parents[2] / "policies.yaml"
WHOLE = """
version: 1
include:
  - {file: team.yaml, tools: {system: identity}, roles: [a]}
roles:
  a: {members: workspace}
  b: {oncall: identity, tier: 2}
  c: {any: [a, {not: b}, {all: [a, b]}]}
  d: {people: [ana]}
ceilings:
  - {id: ceiling, times: 3, within: 1d, per: case}
freezes:
  - {id: freeze, tools: ["*"], from: 2026-12-24T18:00+01:00, until: 2026-12-27T08:00+01:00, except: [b]}
policies:
  - id: one
    because: B.
    tools: [unlock_account]
    effect: permit
    roles: [a]
    channels: [direct, private]
    when: args.user == principal.id
    approval: {by: [b], count: 2, within: 4h, remind: 15m, then: a, shorten: allowed}
    reason: true
    confirm: true
    notify: {roles: [a], channel: security}
    review: {by: [a], within: 3d}
    limit: [{times: 3, within: 1d, per: principal, beyond: approval}]
    unattended: true
    examples: [{as: ana, args: {user: ana}, expect: permit, channel: direct, at: 2026-12-24T18:00+01:00, owes: [reason]}]
  - {id: two, because: B., tools: {effect: change, reversible: true}, effect: forbid, roles: {not: a}, mode: observe, since: 2026-11-01}
  - {id: three, because: B., tools: [grant_access], effect: permit, roles: [a], max: {until: 30d}}
"""
ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    2**70,
    10**400,
    float("nan"),
    float("inf"),
    "",
    "*",
    "x" * 5000,
    "\x00",
    "é\u2028",
    "4h",
    [],
    {},
    [[]],
    [None],
    [{}],
    [["a"], {"b": 1}],
    {"a": {"b": ["c"]}},
    {"any": ["a", {"not": "b"}]},
    {"not": {"any": []}},
    date(2026, 11, 27),
    datetime(2026, 11, 27, 12, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
    datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    b"bytes",
]
SCALARS = [
    "!!set {a, b}",
    "!!omap [a: 1]",
    "!!pairs [a: 1]",
    "!mine x",
    "!mine [1]",
    "!!python/object:os.system x",
    "!!binary aGk=",
    "&here true",
    "&here [*here]",
    "{? [1, 2] : 3}",
    "{1: 2}",
    "{null: 1}",
    "{<<: {a: 1}, b: 2}",
    "1:30",
    "0o17",
    "0x1F",
    ".nan",
    "-.inf",
    "1_000",
    "2026-13-45",
    "2026-11-27T25:00:00Z",
    "2026-12-24T18:00:00+01:00",
    '"\\ud800"',
    '"\\0"',
    "|\n      text\n",
    "*nowhere",
    "~",
    "[[a], {b: 1}, null, 3, true]",
    "{any: [[a], {b: 1}, null, 3]}",
    "[" * 60 + "]" * 60,
]


def read(text: str) -> PolicySet | None:
    """None for a PolicyError, each of whose problems is told with its file. Everything else is raised."""
    try:
        return parse(text, FEW)
    except PolicyError as error:
        problems, told = error.problems, str(error)
    assert problems
    assert all(str(one).startswith("policies.yaml") and one.message for one in problems)
    assert len(told) < 1_000_000
    return None


def spots(node: Any) -> list[tuple[Any, Any]]:
    """Every place in a tree where something stands: the mapping or list, and the key."""
    found = []
    for key, value in list(node.items() if isinstance(node, dict) else enumerate(node)):
        found.append((node, key))
        if isinstance(value, dict | list):
            found += spots(value)
    return found


def changed(tree: Any, data: Any) -> None:
    """One thing removed, doubled, exchanged for another of the file, or for something odd."""
    there = spots(tree)
    if not there:
        return
    node, key = data.draw(st.sampled_from(there))
    other, position = data.draw(st.sampled_from(there))
    match data.draw(st.sampled_from(["remove", "double", "odd", "odd", "exchange", "rename"])):
        case "remove":
            del node[key]
        case "double" if isinstance(node, list):
            node.append(node[key])
        case "odd":
            node[key] = data.draw(st.sampled_from(ODD))
        case "rename" if isinstance(node, dict):
            node[data.draw(st.sampled_from(["x", 1, None, True, 2.5, "tool", "roles", "<<"]))] = node.pop(key)
        case _:
            node[key] = copy.deepcopy(other[position])


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_a_changed_tree_is_a_policy_or_a_policy_error(data: Any) -> None:
    """Nodes of a file that uses the whole language: removed, doubled, exchanged, of other types."""
    tree = YAML(typ="safe", pure=True).load(WHOLE)
    for _ in range(data.draw(st.integers(1, 4))):
        changed(tree, data)
    written = io.StringIO()
    YAML(typ="safe", pure=True).dump(tree, written)
    read(written.getvalue())


@given(st.data())
def test_a_changed_text_is_a_policy_or_a_policy_error(data: Any) -> None:
    """Half a file, a piece twice, a value in YAML's odder ways of writing."""
    text = WHOLE
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 60)))
    kind = data.draw(st.sampled_from(["cut", "without", "twice", "odd", "odd", "noise"]))
    if kind == "odd":
        lines = text.splitlines(keepends=True)
        row = data.draw(st.sampled_from([n for n, line in enumerate(lines) if ": " in line]))
        before = lines[row].partition(": ")[0]
        lines[row] = f"{before}: {data.draw(st.sampled_from(SCALARS))}\n"
        read("".join(lines))
        return
    noise = data.draw(st.text(max_size=8)) if kind == "noise" else ""
    read(
        {"cut": text[:start], "without": text[:start] + text[end:], "twice": text[:end] + text[start:]}.get(
            kind, text[:start] + noise + text[end:]
        )
    )


@given(st.text(alphabet=st.sampled_from("-:{}[]&*!|>?%@`'\"#,\n ab1~"), max_size=40))
def test_any_text_is_a_policy_or_a_policy_error(text: str) -> None:
    read(text)
    read(HEAD + "  - " + text)
    read(f"version: 1\nroles:\n  a: {text}\npolicies:\n")


@pytest.mark.parametrize("value", SCALARS)
@pytest.mark.parametrize(
    "key", ["tools", "roles", "when", "approval", "limit", "max", "notify", "examples", "mode", "because", "id", "new"]
)
def test_odd_values_of_a_policys_keys(key: str, value: str) -> None:
    body = {"id": "p", "because": "B.", "tools": "[unlock_account]", "effect": "permit", "roles": "[employee]"} | {key: value}
    read(HEAD + "  - " + "\n    ".join(f"{name}: {one}" for name, one in body.items()))


def test_the_shipped_policy_with_each_node_gone_or_odd() -> None:
    """Its first policies, roles and all: each node removed, and each made a list in a mapping."""
    whole = YAML(typ="safe", pure=True).load(SHIPPED.read_text())
    whole["policies"] = [one for one in whole["policies"] if set(one["tools"]) <= set(NAMED)][:2]
    for position in range(len(spots(whole))):
        for odd in (None, {"x": [1]}):
            tree = copy.deepcopy(whole)
            node, key = spots(tree)[position]
            if odd is None:
                del node[key]
            else:
                node[key] = odd
            written = io.StringIO()
            YAML(typ="safe", pure=True).dump(tree, written)
            read(written.getvalue())


LAUGHS = "\n".join(f"  l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" if n else "  l0: &l0 [a, a]" for n in range(12))
ROLES = "\n".join(f"  r{n}: {{all: [{', '.join([f'r{n - 1}'] * 9)}]}}" if n else "  r0: {members: workspace}" for n in range(12))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(f"version: 1\nlaughs:\n{LAUGHS}\npolicies: []", "holds more than 500,000 values", id="aliases of aliases"),
        pytest.param(f"version: 1\nroles:\n{ROLES}\npolicies: []", "is made of more than 500 roles", id="roles of roles"),
        pytest.param("a: " + "[" * 500_000, "within one another", id="lists in lists"),
        pytest.param("a: " + "{a: " * 60 + "1" + "}" * 60, "holds more than 40 lists", id="mappings in mappings"),
        pytest.param("- &p {id: p, roles: {any: [*p]}}", "has no end", id="a role that holds its policy"),
        pytest.param(HEAD + "- " * 500 + "a", "within one another", id="dashes"),
        pytest.param(
            "version: 1\nroles:\n" + "\n".join(f"  r{n}: {{not: r{n + 1}}}" for n in range(300)) + "\n  r300: {members: workspace}",
            "more than 20 roles within roles",
            id="a chain of roles",
        ),
        pytest.param(
            "version: 1\nroles:\n  r300: {members: workspace}\n"
            + "\n".join(f"  r{n}: {{not: r{n + 1}}}" for n in reversed(range(300)))
            + "\npolicies:",
            "more than 20 roles within roles",
            id="a chain of roles, its end first",
        ),
    ],
)
def test_what_would_have_no_end_is_refused(text: str, said: str) -> None:
    """Within what a process has of memory and time, before anything is made of it."""
    with pytest.raises(PolicyError, match=said):
        parse(text, FEW)


# ── questions ────────────────────────────────────────────────────────────────────────────────────────────────────────

ASKED = load(SHIPPED, TOOLS)
ALL = policy(
    """
  - {id: base, because: B., tools: [unlock_account, grant_access], effect: permit, roles: [employee], max: {}}
""".replace(", max: {}", "")
    + """
  - {id: most, because: B., tools: [grant_access], effect: require, max: {until: 30d}}
  - {id: looks, because: B., tools: [unlock_account, grant_access], effect: forbid, mode: observe, since: 2026-11-01,
     when: "resource.facts.x == args.user || case.kind in case.runbooks || now.getHours(principal.zone) > 20 || tool.reversible"}
"""
)
ANYTHING = st.recursive(
    st.sampled_from([one for one in ODD if not isinstance(one, dict | list)] + ["\ud800", object(), 1j, {1, 2}, range(3)])
    | st.text(),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=5) | st.integers(), part, max_size=3),
    max_leaves=5,
)
WORDS = st.text(max_size=10) | st.sampled_from(["ana", "UTC", "Europe/Berlin", "/etc/passwd", "..", "\x00", "\ud800", "x" * 300])
MOMENTS = st.one_of(
    st.datetimes(timezones=st.just(UTC)),
    st.datetimes(),
    st.sampled_from([datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=timezone(timedelta(hours=-14)))]),
)
QUESTIONS = st.builds(
    Question,
    tool=st.sampled_from(["unlock_account", "grant_access", "grant_access", "join_mailing_list", "", "*"]),
    args=st.dictionaries(st.sampled_from(["user", "app", "until", "list", "", "x.y"]), ANYTHING),
    principal=st.builds(Principal, id=WORDS, slack_id=WORDS, kind=st.sampled_from(PersonKind), department=WORDS, zone=WORDS),
    beneficiary=WORDS,
    resource=st.dictionaries(st.sampled_from(["kind", "id", "owner", "facts"]), ANYTHING).map(
        lambda found: found if isinstance(found.get("facts"), dict | None) else {**found, "facts": {}}
    ),
    roles=st.dictionaries(
        st.sampled_from(sorted({*ASKED.leaves("grant_access"), "members:workspace"})), st.sampled_from(Membership)
    ),
    now=MOMENTS,
    case=st.fixed_dictionaries(
        {}, optional={"kind": WORDS, "channel": WORDS | st.just("direct"), "runbooks": st.lists(ANYTHING, max_size=2)}
    ),
)


@given(QUESTIONS, st.sampled_from([ASKED, ALL]))
def test_every_question_is_answered(question: Question, policies: PolicySet) -> None:
    """Odd arguments, facts, zones and times are answered like all others, and explained."""
    assert isinstance(decide(policies, question), Permit | Deny)
    assert isinstance(observed(policies, question), Permit | Deny | None)
    explain(policies, question)
