"""What a policy asks for, as it is read: every key, and what it is where the key is left out."""

import dataclasses
import re
from datetime import timedelta
from typing import Any

import pytest

from bot.errors import PolicyError
from bot.gate import parse
from bot.gate.model import Example, Maximum
from bot.gate.owing import span
from bot.obligations import Confirm, Limit, Notify, Obligation, Owed, Reason, Review
from tests.gate.policy import HEAD, TOOLS
from tests.gate.written import Pay

HOUR = timedelta(hours=1)
TWO = Owed("p", "B.", ("oncall", "deskhand"), 2, 3 * HOUR, HOUR / 4, "employee", shorten=True)
ALL_OF_TWO = "approval: {by: [oncall, deskhand], count: 2, within: 3h, remind: 15m, then: employee, shorten: allowed}"


def read(asks: str, tool: str = "unlock_account") -> Any:
    body = f"  - {{id: p, because: B., tools: [{tool}], effect: permit, roles: [employee], {asks}}}"
    return parse(HEAD + body, {**TOOLS, "pay": Pay()}).policies[0]


@pytest.mark.parametrize(
    ("asks", "owes"),
    [
        *((f"{ALL_OF_TWO[:-1]}, step_up: {how}}}", [dataclasses.replace(TWO, step_up=how)]) for how in ("target", "factor")),
        ("approval: {by: [oncall]}", [Owed("p", "B.", ("oncall",), 1, 4 * HOUR, None, "", shorten=False)]),
        (ALL_OF_TWO, [TWO]),
        ("approval: {by: [oncall], count: 5}", [Owed("p", "B.", ("oncall",), 5)]),
        ("reason: true, confirm: true", [Reason("p", "B."), Confirm("p", "B.")]),
        ("notify: {roles: [oncall]}", [Notify("p", "B.", ("oncall",), "")]),
        ("notify: {channel: security}", [Notify("p", "B.", (), "security")]),
        ('notify: {channel: "#X"}', [Notify("p", "B.", (), "X")]),
        ("review: {by: [oncall]}", [Review("p", "B.", ("oncall",), timedelta(days=3))]),
        ("review: {by: [oncall], within: 1w}", [Review("p", "B.", ("oncall",), timedelta(weeks=1))]),
        ("limit: {times: 1, within: 45s}", [Limit("p", 1, timedelta(seconds=45), "principal")]),
        (
            "limit: [{times: 3, within: 1d, per: tool}, {times: 9, within: 1w, per: resource, beyond: deny}]",
            [Limit("p", 3, timedelta(days=1), "tool"), Limit("p", 9, timedelta(weeks=1), "resource")],
        ),
        (
            f"limit: [{{times: 3, within: 1d, per: beneficiary, beyond: approval}}, {{times: 9, within: 1d}}], {ALL_OF_TWO}",
            [Limit("p", 3, timedelta(days=1), "beneficiary", beyond=TWO), Limit("p", 9, timedelta(days=1), "principal")],
        ),
    ],
)
def test_what_is_owed(asks: str, owes: list[Obligation]) -> None:
    """An approval beyond a limit is owed there alone."""
    assert list(read(asks).owes) == owes


def test_whose_approval_it_is_is_kept_as_what_the_roles_are() -> None:
    assert read(ALL_OF_TWO).approval.means == ("oncall:identity", "system:True", "members:workspace")


def test_what_is_not_said_is_empty() -> None:
    body = "  - {id: p, tools: [unlock_account], effect: require, confirm: true}"
    assert parse(HEAD + body, TOOLS).policies[0].owes == (Confirm("p", ""),)


NUMBERS = """
version: 1
roles:
  second: {oncall: identity, tier: TIER}
ceilings: [{id: c, times: CEILING, within: 1d, per: system}]
policies:
  - {id: p, tools: [unlock_account], effect: require, approval: {by: [second], count: COUNT}, limit: {times: LIMIT, within: 1h}}
"""


def numbers(**said: str) -> Any:
    return parse(re.sub("[A-Z]{4,}", lambda key: said.get(key[0], "1"), NUMBERS), TOOLS)


def test_one_is_enough() -> None:
    """Of an approver, a change under a limit and under a ceiling, and as a tier."""
    read = numbers()
    assert read.ceilings == (Limit("c", 1, timedelta(days=1), "system", every=True),)
    assert read.policies[0].owes == (Owed("p", "", ("second",)), Limit("p", 1, HOUR))
    assert read.roles["second"].tier == 1


@pytest.mark.parametrize("key", ["TIER", "CEILING", "COUNT", "LIMIT"])
@pytest.mark.parametrize("said", ["true", "1.5", "some", "0"])
def test_how_many_is_a_whole_number_from_one(key: str, said: str) -> None:
    with pytest.raises(PolicyError, match="number from 1") as error:
        numbers(**{key: said})
    assert len(error.value.problems) == 1


@pytest.mark.parametrize(
    ("asks", "tool", "most"),
    [
        ("max: {amount: 5}", "pay", Maximum("amount", 5, "5")),
        ("max: {amount: 2.5}", "pay", Maximum("amount", 2.5, "2.5")),
        ("max: {amount: 1" + "0" * 400 + "}", "pay", Maximum("amount", 10**400, "1" + "0" * 400)),
        ("max: {until: 36h}", "grant_access", Maximum("until", 36 * HOUR, "36h")),
        ("max: {revision: 5}", "rollback_deployment", Maximum("revision", 5, "5")),
        ("max: {revision: 5d}", "rollback_deployment", Maximum("revision", timedelta(days=5), "5d")),
    ],
)
def test_what_an_argument_may_be_at_most(asks: str, tool: str, most: Maximum) -> None:
    assert read(asks, tool).most == (most,)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("45s", timedelta(seconds=45)),
        ("15m", timedelta(minutes=15)),
        ("4h", 4 * HOUR),
        (" 4 h ", 4 * HOUR),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(weeks=2)),
        ("520w", timedelta(weeks=520)),
        ("521w", None),
        ("0h", None),
        ("-1h", None),
        ("4", None),
        (4, None),
        ("h", None),
        ("4y", None),
        ("4h4h", None),
        ("1234567s", None),
        (None, None),
    ],
)
def test_a_span(text: Any, found: timedelta | None) -> None:
    assert span(text) == found


def test_what_is_read_of_examples() -> None:
    """What they leave out is the plainest: a direct message, every tool of the policy, any obligations, now."""
    asked = (
        "{as: ana, tool: unlock_account, args: {user: ben}, channel: shared, at: 2026-12-24T18:00+01:00, expect: deny, owes: []}"
    )
    plain, whole, owing = read(
        f"examples: [{{as: ana, expect: permit}}, {asked}, {{as: ana, expect: approval, owes: [approval]}}]"
    ).examples
    assert plain == Example("ana", {}, "permit", 8, "", "direct", "", None, "policies.yaml")
    assert whole == Example(
        "ana", {"user": "ben"}, "deny", 8, "unlock_account", "shared", "2026-12-24T18:00+01:00", (), "policies.yaml"
    )
    assert owing.owes == ("approval",)
    asked = "{as: ana, expect: approval, args: {user: ben}, untrusted: [user], runbooks: [account-locked]}"
    known = read(f"examples: [{asked}]").examples[0]
    assert (known.untrusted, known.runbooks) == (("user",), ("account-locked",))


def test_an_example_gives_arguments_of_its_own_tool() -> None:
    """Of several the other tools need not have them."""
    asked = "{as: ana, tool: rollback_deployment, args: {revision: 5}, expect: deny}"
    assert read(f"examples: [{asked}]", "unlock_account, rollback_deployment").examples[0].args == {"revision": 5}
