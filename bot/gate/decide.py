"""Deciding: a pure function of the policies and one question. It never raises.

Every policy whose tool, roles and condition match counts.

1. A forbid among them denies.
2. No permit among them denies.
3. Otherwise it is permitted, owing everything that they all ask for, together.
4. Whatever cannot be evaluated denies, with its id.

INVARIANT: adding a policy can open a door; it can never remove what another one asks for.
INVARIANT: unknown is never yes. A role that nobody can look up makes its policy unknown unless another role of the same policy
is held; an unknown policy denies, whatever its effect.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.domain import Decision, Deny, Membership, Owed, Permit, Principal
from bot.errors import ExpressionError
from bot.gate.model import Policy, PolicySet

NOT_PERMITTED = "The policy doesn't permit this."


@dataclass(frozen=True, slots=True)
class Question:
    """May this be done? `args` are canonical, `resource` = {kind, id, label, owner, facts}, `case` = {kind, channel}."""

    tool: str
    args: Mapping[str, Any]
    principal: Principal
    beneficiary: str
    resource: Mapping[str, Any]
    roles: Mapping[str, Membership]
    now: datetime
    case: Mapping[str, Any] = field(default_factory=dict)


def decide(policies: PolicySet, question: Question) -> Decision:
    """Permit with everything owed, or Deny with the reason for the requester."""
    if question.tool not in policies.tools:
        return Deny(f"There is no tool called {question.tool!r}.", version=policies.version)
    values = values_of(policies, question)
    matched: list[Policy] = []
    for policy in policies.of(question.tool):
        try:
            holds = matches(policy, question, values)
        except _Unknown as unknown:
            return Deny(f"I couldn't make sure that this is allowed ({unknown}).", (policy.id,), policies.version)
        if holds:
            matched.append(policy)
    forbids = [policy for policy in matched if policy.effect == "forbid"]
    if forbids:
        return Deny(forbids[0].because or NOT_PERMITTED, tuple(policy.id for policy in forbids), policies.version)
    if not any(policy.effect == "permit" for policy in matched):
        return Deny(NOT_PERMITTED, tuple(policy.id for policy in matched), policies.version)
    return Permit(
        policies=tuple(policy.id for policy in matched),
        version=policies.version,
        approvals=tuple(policy.approval for policy in matched if policy.approval is not None),
        limits=tuple(policy.limit for policy in matched if policy.limit is not None),
    )


class _Unknown(Exception):
    """It cannot be told whether a policy matches."""


def matches(policy: Policy, question: Question, values: Mapping[str, Any]) -> bool:
    """Whether a policy that names the tool counts. Raises when that cannot be told.

    The condition is looked at only where a role is held or unknown, and a condition that is plainly false settles it.
    """
    held = [question.roles.get(role, Membership.UNKNOWN) for role in policy.roles]
    if held and all(one is Membership.NO for one in held):
        return False
    expression = policy.when.get(question.tool)
    if policy.condition and expression is None:
        raise _Unknown(f"policy {policy.id}: its condition does not fit this tool")
    if expression is not None:
        try:
            if expression.evaluate(values) is not True:
                return False
        except ExpressionError as error:
            raise _Unknown(f"policy {policy.id}: {error}") from None
    if held and Membership.YES not in held:
        unknown = [role for role, one in zip(policy.roles, held, strict=True) if one is Membership.UNKNOWN]
        raise _Unknown(f"policy {policy.id}: nobody can tell who is {' or '.join(unknown)}")
    return True


def values_of(policies: PolicySet, question: Question) -> dict[str, Any]:
    """What conditions may look at, by declared name."""
    tool = policies.tools[question.tool]
    who, resource = question.principal, question.resource
    values = {
        "principal.id": who.id,
        "principal.name": who.name,
        "principal.email": who.email,
        "principal.department": who.department,
        "principal.title": who.title,
        "principal.manager": who.manager,
        "principal.kind": str(who.kind),
        "beneficiary": question.beneficiary,
        "resource.kind": str(resource.get("kind", "")),
        "resource.id": str(resource.get("id", "")),
        "resource.label": str(resource.get("label", "")),
        "resource.owner": str(resource.get("owner", "")),
        "resource.facts": dict(resource.get("facts", {})),
        "tool.name": question.tool,
        "tool.effect": tool["effect"],
        "tool.system": tool["system"],
        "tool.reversible": tool["reversible"],
        "case.kind": str(question.case.get("kind", "")),
        "case.channel": str(question.case.get("channel", "")),
        "now": question.now,
    }
    for name, value in question.args.items():
        values[f"args.{name}"] = value
    return values


def covers(given: Sequence[Owed], owed: Sequence[Owed]) -> bool:
    """Whether what is owed now was given: by the same policy, of the same roles, and at least as many persons."""
    return all(
        any(g.policy == o.policy and set(g.by) <= set(o.by) and g.then in ("", o.then) and g.count >= o.count for g in given)
        for o in owed
    )


def digest(
    tool: str,
    args: Mapping[str, Any],
    resource: Mapping[str, Any],
    principal: str,
    case: str,
    owed: Sequence[Owed],
    version: str,
) -> str:
    """What an approval is bound to: sha256 over the canonical JSON of everything that makes the call this call."""
    whole = {
        "tool": tool,
        "args": dict(args),
        "resource": {key: resource.get(key) for key in ("kind", "id", "owner")},
        "principal": principal,
        "case": case,
        "owed": [[one.policy, sorted(one.by), one.count, one.then, one.within.total_seconds()] for one in owed],
        "version": version,
    }
    text = json.dumps(whole, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
