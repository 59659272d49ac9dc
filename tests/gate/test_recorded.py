"""What is recorded of a decision, and what an observed policy would have changed."""

import dataclasses

import pytest

from bot.domain import Call, CallState, PersonKind, Principal
from bot.gate import decide, difference, parse, question_of, recorded_facts
from bot.obligations import Freeze
from tests.gate.policy import HEAD, NOW, TOOLS, ask, policy

OPEN = """
- id: open
  because: Everybody may.
  tools: [unlock_account]
  effect: permit
  roles: [employee]
"""
OBSERVED = """
- id: seen
  because: Perhaps.
  tools: [unlock_account]
  EFFECT
  mode: observe
  since: 2026-11-01
"""


ASKER = Principal("ana", "UANA", "T1", "E1", PersonKind.MEMBER, "Ana", "ana@example.com", "Sales", "Clerk", "mia", "Asia/Tokyo")


def test_what_is_recorded_of_a_decision() -> None:
    """Of a case that is not known nothing; each kind that is owed once; what an observed policy would change only where one does."""
    owing = policy(OPEN + "  approval: {by: [oncall]}\n" + OPEN.replace("id: open", "id: too\n  approval: {by: [deskhand]}"))
    question = ask(principal=ASKER)
    recorded = {
        "at": "2026-11-24T12:00:00+00:00",
        "principal": {"department": "Sales", "title": "Clerk", "manager": "mia", "kind": "member", "zone": "Asia/Tokyo"},
        "roles": {"members:workspace": "yes", "oncall:identity": "no", "system:True": "no"},
        "case": {"kind": "", "channel": "", "runbooks": []},
        "freezes": [],
        "owes": ["approval"],
    }
    assert recorded_facts(question, None, decide(owing, question)) == recorded
    denied = decide(policy(OPEN.replace("permit", "forbid")), question)
    seen = {"decision": "permit", "policies": ["seen"], "owes": []}
    assert recorded_facts(question, seen, denied) == {**recorded, "owes": [], "observed": seen}
    assert recorded_facts(question) == {**recorded, "owes": []}


def test_a_question_comes_back_from_what_was_recorded() -> None:
    """All that the gate looks at but the name and the mail; nothing where nothing was recorded."""
    freeze = Freeze("F-1", "phishing", "omar", system="identity", at=NOW)
    case = {"kind": "incident", "channel": "private", "runbooks": ["account-locked"]}
    question = ask(principal=ASKER, case=case, freezes=[freeze])
    call = Call(
        "K-1",
        "C-1",
        "c1",
        question.tool,
        question.args,
        CallState.FROZEN,
        "ana",
        NOW,
        resource=question.resource,
        beneficiary="ana",
        facts=recorded_facts(question),
    )

    expected = dataclasses.replace(question.principal, name="", email="", slack_id="", team="", enterprise="")
    assert question_of(call) == dataclasses.replace(question, principal=expected, freezes=[dataclasses.replace(freeze, at=None)])
    assert question_of(dataclasses.replace(call, facts={})) is None


@pytest.mark.parametrize(
    ("opened", "effect", "changed"),
    [
        pytest.param(True, "effect: forbid", {"decision": "deny", "policies": ["seen"], "owes": []}, id="denied"),
        pytest.param(
            True,
            "effect: require\n  reason: true\n  approval: {by: [oncall]}",
            {"decision": "permit", "policies": ["seen"], "owes": ["approval", "reason"]},
            id="asked for more",
        ),
        pytest.param(
            False, "effect: permit\n  roles: [employee]", {"decision": "permit", "policies": ["seen"], "owes": []}, id="opened"
        ),
        pytest.param(True, "effect: permit\n  roles: [employee]", None, id="open anyway"),
        pytest.param(False, "effect: forbid", None, id="denied anyway"),
        pytest.param(True, "effect: forbid\n  roles: [oncall]", None, id="not about them"),
    ],
)
def test_what_an_observed_policy_would_change(*, opened: bool, effect: str, changed: dict[str, object] | None) -> None:
    policies = policy((OPEN if opened else "") + OBSERVED.replace("EFFECT", effect))

    assert difference(policies, ask(), decide(policies, ask())) == changed


def test_without_observed_policies_nothing_is_looked_at() -> None:
    policies = policy(OPEN)

    assert difference(policies, ask(), decide(policies, ask())) is None


def test_nobody_freezes_where_nobody_is_named() -> None:
    assert policy(OPEN).admins == ()
    assert parse(HEAD.replace("policies:", "admins: [oncall]\npolicies:") + OPEN, TOOLS).admins == ("oncall",)
