"""What a policy asks for, as it is read: every key, and what it is where the key is left out."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

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
        (f"{ALL_OF_TWO[:-1]}, step_up: target}}", [dataclasses.replace(TWO, step_up="target")]),
        ("approval: {by: [oncall]}", [Owed("p", "B.", ("oncall",), 1, 4 * HOUR, None, "", shorten=False)]),
        (ALL_OF_TWO, [TWO]),
        ("approval: {by: [oncall], count: 5}", [Owed("p", "B.", ("oncall",), 5)]),
        ("reason: true, confirm: true", [Reason("p", "B."), Confirm("p", "B.")]),
        ("notify: {roles: [oncall]}", [Notify("p", "B.", ("oncall",), "")]),
        ("notify: {channel: security}", [Notify("p", "B.", (), "security")]),
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
