"""`policy explain` and the live part of `policy lint`, on the embedded company as it is at first."""

import contextlib
import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.cli.policycommands.explained import Asked, explained
from bot.cli.policycommands.live import Playground, Systems
from bot.cli.policycommands.staffed import staffed
from bot.company.directory import CompanyDirectory, opened_company
from bot.errors import CommandError
from bot.facts import Facts
from bot.gate import parse
from bot.obligations import Freeze
from bot.turns import conversation
from tests.gate.policy import TOOLS
from tools.catalog import catalog

POLICY = """
version: 1
roles:
  employee: {members: workspace}
  admins: {group: it-admins}
  duty: {oncall: identity}
  lead: {manager_of: beneficiary}
  security: {usergroup: security}
  ghosts: {people: [ana, casper]}
  nobody: {all: [admins, duty]}
ceilings: [{id: all, times: 20, within: 1h, per: case}]
policies:
  - id: others
    because: A second pair of eyes.
    tools: [unlock_account, reset_mfa]
    effect: permit
    roles: [employee]
    when: resource.owner != principal.id
    approval: {by: [duty, lead], count: 2, within: 90m, then: admins}
  - {id: in-channels, tools: [unlock_account], effect: forbid, channels: [public]}
  - {id: own, tools: [unlock_account], effect: permit, roles: [employee], when: resource.owner == principal.id, limit: {times: 1, within: 1d, beyond: approval}, approval: {by: [admins]}}
  - {id: night, tools: [unlock_account], effect: require, when: now.getHours() < 6, reason: true}
  - {id: later, tools: [unlock_account], effect: forbid, roles: [employee], mode: observe, since: 2026-11-20}
  - {id: guarded, tools: [lock_device], effect: permit, roles: [security], approval: {by: [nobody], then: ghosts}, notify: {roles: [security]}, review: {by: [nobody]}}
  - {id: give, tools: [grant_access], effect: permit, roles: [employee], approval: {by: [lead]}}
"""


@contextlib.asynccontextmanager
async def systems(url: str) -> AsyncIterator[Systems]:
    async with opened_company(url) as (company, _):
        directory = CompanyDirectory(company)
        tools = {**catalog(company.systems()), **conversation.tools(conversation.Desk())}
        yield Systems(tools, directory, Facts(directory, Playground(directory)), company.clock, company)


async def ask(url: str, tool: str, *arguments: str, as_: str = "ana", **more: Any) -> dict[str, Any]:
    async with systems(url) as found:
        return await explained(parse(POLICY, TOOLS), Asked(tool, arguments, as_, **more), found)


async def test_what_did_not_come_from_them_owes_more_where_the_file_says_so(company_database: str) -> None:
    """Denied without the key; with it whoever would be asked is named. An argument that there is not is told."""
    denied = await ask(company_database, "unlock_account", "user=ana", untrusted=["user"])
    async with systems(company_database) as found:
        policies = parse(POLICY.replace("policies:", "untrusted: {approval: {by: [admins]}}\npolicies:", 1), TOOLS)
        told = await explained(policies, Asked("unlock_account", ["user=ana"], "ana", untrusted=["user"]), found)

    assert denied["reason"].startswith("I can't tell that you asked for this: user did not come from you")
    assert told["decision"] == "permit"
    assert {"kind": "approval", "policy": "untrusted", "because": "Something in this did not come from the requester.", "by": ["admins"], "count": 1, "within": "4h"} in told["owes"]  # fmt: skip
    assert told["question"]["untrusted"] == ["user"]
    with pytest.raises(LookupError, match="no argument 'usr'"):
        await ask(company_database, "unlock_account", "user=ana", untrusted=["usr"])


async def test_a_permit_says_what_it_owes_and_who_would_be_asked(company_database: str) -> None:
    """By name, for each approval; the requester and whoever gains are asked of nobody, although they hold the roles."""
    found = await ask(company_database, "reset_mfa", "user=ben", as_="mia")

    assert found["decision"] == "permit"
    assert found["owes"] == [
        {"kind": "approval", "policy": "others", "because": "A second pair of eyes.", "by": ["duty", "lead"], "count": 2, "within": "90m", "then": "admins"},
        {"kind": "limit", "policy": "all", "times": 20, "within": "1h", "per": "case", "every": True},
    ]  # fmt: skip
    [asked] = found["would_ask"]
    assert [one["handle"] for one in asked["people"]] == ["omar"]
    assert [one["handle"] for one in asked["then_people"]] == ["ida", "noor", "tariq"]
    assert (asked["count"], asked["unknown"], asked["beyond_limit"]) == (2, [], False)
    assert found["question"]["resource"]["owner"] == found["question"]["beneficiary"] == "ben"

    other = await ask(company_database, "reset_mfa", "user=omar", as_="ana")
    assert [one["handle"] for one in other["would_ask"][0]["people"]] == ["noor"]


async def test_each_policy_says_whether_it_matched_or_nearly_and_why_not(company_database: str) -> None:
    """With the values that its condition saw; nearly is one part short."""
    found = await ask(company_database, "unlock_account", "user=Ben Brandt", at="2026-11-27T03:00+00:00")
    by_id = {one["id"]: one for one in found["policies"]}

    assert {name: (one["matched"], one["nearly"], one["against"]) for name, one in by_id.items()} == {
        "others": ("yes", False, []),
        "in-channels": ("no", True, ["channels"]),
        "own": ("no", True, ["when"]),
        "night": ("yes", False, []),
        "later": ("yes", False, []),
    }
    assert by_id["own"]["values"] == {"resource.owner": "ben", "principal.id": "ana"}
    assert "resource.owner == principal.id: false" in by_id["own"]["parts"]
    assert [one["kind"] for one in found["owes"]] == ["approval", "reason", "limit"]
    assert (found["observed"]["decision"], by_id["later"]["observe"]) == ("deny", True)

    noon = await ask(company_database, "unlock_account", "user=ben", at="2026-11-27T12:00+00:00")
    assert [one["kind"] for one in noon["owes"]] == ["approval", "limit"]


async def test_a_denial_says_why_and_asks_nobody(company_database: str) -> None:
    found = await ask(company_database, "unlock_account", "user=ben", channel="public")
    assert (found["decision"], found["owes"], found["would_ask"]) == ("deny", [], [])
    assert found["reason"]

    guest = await ask(company_database, "unlock_account", "user=gus", as_="gus")
    assert guest["decision"] == "deny"
    assert {one["id"]: one["against"] for one in guest["policies"]}["own"] == ["roles"]

    unknown = await ask(company_database, "lock_device", "user=ana")
    assert (unknown["decision"], unknown["policies"][0]["matched"]) == ("deny", "unknown")


async def test_what_is_frozen_is_denied_with_the_freeze(company_database: str) -> None:
    """As the executor would: a freeze that is in force counts."""
    async with systems(company_database) as found:
        frozen = dataclasses.replace(found, freezes=(Freeze("F-1", "We are looking into it.", "omar", tool="unlock_account"),))
        answer = await explained(parse(POLICY, TOOLS), Asked("unlock_account", ["user=ana"], "ana"), frozen)

    assert (answer["decision"], answer["reason"], answer["owes"]) == ("deny", "We are looking into it.", [])


async def test_an_approval_beyond_a_limit_is_told_apart(company_database: str) -> None:
    found = await ask(company_database, "unlock_account", "user=ana", at="2026-11-27T12:00+00:00")
    assert [one["kind"] for one in found["owes"]] == ["limit", "limit"]
    assert found["owes"][0]["beyond"]["by"] == ["admins"]
    assert [(one["beyond_limit"], [who["handle"] for who in one["people"]]) for one in found["would_ask"]] == [
        (True, ["ida", "noor", "tariq"])
    ]


@pytest.mark.parametrize(
    ("words", "as_", "error", "said"),
    [
        pytest.param(["unlok_account"], "ana", LookupError, "there is no tool 'unlok_account' (did you mean 'unlock_account'?)", id="a tool"),
        pytest.param(["unlock_account", "usr=ben"], "ana", LookupError, "unlock_account has no argument 'usr' (did you mean 'user'?); it takes user=…", id="an argument"),
        pytest.param(["unlock_account", "ben"], "ana", CommandError, "expected NAME=VALUE, such as user=ben, but got 'ben'", id="no argument"),
        pytest.param(["unlock_account"], "ana", CommandError, "unlock_account needs user; it takes user=…", id="an argument that is missing"),
        pytest.param(["unlock_account", "user=benn"], "ana", LookupError, "there is nobody called 'benn' in the directory; did you mean ben", id="a person"),
        pytest.param(["unlock_account", "user=Lena"], "ana", CommandError, "lena.fischer (Lena Fischer", id="one of two people"),
        pytest.param(["unlock_account", "user=ben"], "annna", LookupError, "did you mean hanna or ana", id="a requester"),
        pytest.param(["grant_access", "user=ana", "app=figma", "until=soon"], "ana", CommandError, "grant_access: until", id="a time"),
        pytest.param(["grant_access", "user=ana", "app=figma", "until=2020-01-01"], "ana", CommandError, "such a call fails before the policy is asked", id="what the tool refuses"),
        pytest.param(["grant_access", "user=ana", "app=figmaa", "until=2026-12-01"], "ana", LookupError, "did you mean figma", id="an application"),
    ],
)  # fmt: skip
async def test_what_nobody_knows_is_told_with_what_was_meant(
    company_database: str, words: list[str], as_: str, error: type[Exception], said: str
) -> None:
    """LookupError is the exit code 3, CommandError 1."""
    with pytest.raises(error) as raised:
        await ask(company_database, *words, as_=as_)
    assert said in str(raised.value)


async def test_a_wrong_time_is_told(company_database: str) -> None:
    for wrong in ("noon", "2026-11-27T18:00"):
        with pytest.raises(CommandError, match="--at must be a time such as"):
            await ask(company_database, "unlock_account", "user=ben", at=wrong)


async def test_roles_that_nobody_holds_are_told(company_database: str) -> None:
    """Empty, unknown, and people who are nobody; what hangs on the call at hand is left out, and so are roles that are held."""
    async with systems(company_database) as found:
        told = await staffed(parse(POLICY, TOOLS), found)

    assert [(one.kind, one.id, one.message) for one in told] == [
        ("unknown-person", "ghosts", "role \"ghosts\" names 'casper', who is nobody in the directory"),
        ("nobody-to-ask", "guarded", "policy \"guarded\": an approval is asked of the role 'nobody', and nobody holds it now"),
        (
            "nobody-to-ask",
            "guarded",
            "policy \"guarded\": notice goes to the role 'security', and nobody can tell who holds it now",
        ),
    ]
    assert [one.line for one in told] == [9, 24, 24]
