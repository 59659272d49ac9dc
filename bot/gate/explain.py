"""Why a question gets its answer: each policy that names the tool, and which part of it did not match."""

from bot.domain import Membership
from bot.errors import ExpressionError
from bot.gate.decide import Question, values_of
from bot.gate.model import PolicySet


def explain(policies: PolicySet, question: Question) -> list[str]:
    """One line a policy, in the file's order."""
    if question.tool not in policies.tools:
        return [f"there is no tool called {question.tool!r}"]
    values = values_of(policies, question)
    lines = []
    for policy in policies.of(question.tool):
        held = {role: question.roles.get(role, Membership.UNKNOWN) for role in policy.roles}
        parts = [f"{role}: {membership}" for role, membership in held.items()]
        expression = policy.when.get(question.tool)
        if expression is not None:
            try:
                parts.append(f"{policy.condition}: {str(expression.evaluate(values)).lower()}")
            except ExpressionError as error:
                parts.append(f"{policy.condition}: unknown ({error})")
        lines.append(f"{policy.effect} {policy.id}: " + ("; ".join(parts) or "always"))
    return lines or ["no policy names this tool, so it is denied"]
