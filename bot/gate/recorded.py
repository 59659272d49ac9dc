"""What was decided from, as it is kept with each call, and the question again from what was kept. Pure.

A person's name and mail address are no part of it: who asked is known by handle, and a condition that looks at name or mail finds
them empty when a recorded call is decided again.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.domain import Call, Membership, PersonKind, Principal
from bot.gate.decide import Question, observed
from bot.gate.model import PolicySet
from bot.obligations import Decision, Deny, Freeze, Obligation, Owed, Permit

FREEZE = ("id", "because", "by", "tool", "system")


def recorded_facts(question: Question, seen: Mapping[str, Any] | None = None, decision: Decision | None = None) -> dict[str, Any]:
    """What a call's row has no column for, as JSON.

    {at: when it was decided, principal: {department, title, manager, kind, zone}, roles: {role key: yes|no|unknown},
    case: {kind, channel, runbooks}, freezes: [{id, because, by, tool, system}], untrusted: [arguments], aside: bool,
    owes: the kinds of what was owed, observed?: what `difference` says}.
    """
    who = question.principal
    kept: dict[str, Any] = {
        "at": question.now.isoformat(),
        "principal": {
            "department": who.department,
            "title": who.title,
            "manager": who.manager,
            "kind": str(who.kind),
            "zone": who.zone,
        },
        "roles": {key: str(held) for key, held in question.roles.items()},
        "case": {
            "kind": str(question.case.get("kind", "")),
            "channel": str(question.case.get("channel", "")),
            "runbooks": list(question.case.get("runbooks", ())),
        },
        "freezes": [{name: getattr(one, name) for name in FREEZE} for one in question.freezes],
        "untrusted": list(question.untrusted),
        "aside": question.aside,
        "owes": list(dict.fromkeys(kind(one) for one in decision.owes)) if isinstance(decision, Permit) else [],
    }
    return kept if seen is None else {**kept, "observed": dict(seen)}


def difference(policies: PolicySet, question: Question, decision: Decision) -> dict[str, Any] | None:
    """What the policies that are only observed would have changed; None where nothing.

    {decision: permit|deny, policies: the observed ones that it comes from, owes: the kinds of what would be owed}.
    """
    seen = observed(policies, question)
    if seen is None or (isinstance(seen, Deny) and isinstance(decision, Deny)):
        return None
    if isinstance(seen, Permit) and isinstance(decision, Permit) and seen.owes == decision.owes:
        return None
    watched = {policy.id for policy in policies.of(question.tool) if policy.observe}
    return {
        "decision": "permit" if isinstance(seen, Permit) else "deny",
        "policies": [policy for policy in seen.policies if policy in watched],
        "owes": list(dict.fromkeys(kind(one) for one in seen.owes)) if isinstance(seen, Permit) else [],
    }


def kind(owed: Obligation) -> str:
    """What kind of obligation it is, as the policy file calls it."""
    return "approval" if isinstance(owed, Owed) else type(owed).__name__.lower()


def question_of(call: Call) -> Question | None:
    """What the gate was asked about this call; None where nothing was kept: its arguments did not hold, or it is too old."""
    kept = call.facts
    if not kept:
        return None
    who: Mapping[str, Any] = kept["principal"]
    return Question(
        tool=call.tool,
        args=call.arguments,
        principal=Principal(
            id=call.principal,
            kind=PersonKind(who["kind"]),
            department=who["department"],
            title=who["title"],
            manager=who["manager"],
            zone=who["zone"],
        ),
        beneficiary=call.beneficiary,
        resource=call.resource,
        roles={key: Membership(held) for key, held in kept["roles"].items()},
        case=kept["case"],
        freezes=[Freeze(**one) for one in kept["freezes"]],
        now=datetime.fromisoformat(kept["at"]),
        untrusted=tuple(kept.get("untrusted", ())),
        aside=kept.get("aside", False),
    )
