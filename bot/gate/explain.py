"""Why a question gets its answer: each policy that names the tool, whether it matched, and which part of it did not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain import Membership
from bot.errors import ExpressionError
from bot.gate.decide import PERMIT, Match, Question, Unknown
from bot.gate.evident import somebody
from bot.gate.model import Policy, PolicySet, membership


@dataclass(frozen=True, slots=True)
class Reason:
    """What one policy says to a question. `matched`: yes, no or unknown. `parts` are why, `values` what its condition saw."""

    policy: Policy
    matched: Membership
    parts: tuple[str, ...]
    values: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.policy.effect} {self.policy.id}: " + ("; ".join(self.parts) or "always")


def explain(policies: PolicySet, question: Question) -> list[Reason]:
    """One for each policy that names the tool, in the file's order."""
    match = Match(policies, question)
    return [_reason(policy, question, match) for policy in policies.of(question.tool)]


def _reason(policy: Policy, question: Question, match: Match) -> Reason:
    parts = []
    if policy.effect == PERMIT and not somebody(question.principal):
        parts.append("no full member asks, and nothing is permitted to anybody else")
    if policy.channels:
        parts.append(f"in a {question.case.get('channel') or 'channel that nobody knows'}; for {', '.join(policy.channels)}")
    parts += [f"{role.name}: {membership(role, question.roles)}" for role in policy.roles]
    values: dict[str, Any] = {}
    if policy.condition:
        values = {name: value for name, value in match.values.items() if _seen(name, policy.condition)}
        parts.append(f"{policy.condition}: {_said(policy, question, match)}")
    try:
        matched = Membership.YES if match(policy) else Membership.NO
    except Unknown:
        matched = Membership.UNKNOWN
    if policy.observe:
        parts.append("only observed")
    return Reason(policy, matched, tuple(parts), values)


def _seen(name: str, condition: str) -> bool:
    return name in condition


def _said(policy: Policy, question: Question, match: Match) -> str:
    expression = policy.when.get(question.tool)
    if expression is None:
        return "unknown (it does not fit this tool)"
    try:
        return str(expression.evaluate(match.values)).lower()
    except ExpressionError as error:
        return f"unknown ({error})"
