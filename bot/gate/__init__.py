"""The permission policy: whatever a model says, nothing happens that the policy does not permit. No I/O but reading the file."""

from bot.gate.decide import Question, decide, digest, observed
from bot.gate.explain import explain
from bot.gate.load import load, parse
from bot.gate.model import CALL_BOUND, Policy, PolicySet, Role, membership
from bot.gate.offer import offered
from bot.gate.policies import Policies
from bot.gate.recorded import difference, question_of, recorded_facts

__all__ = [
    "CALL_BOUND",
    "Policies",
    "Policy",
    "PolicySet",
    "Question",
    "Role",
    "decide",
    "difference",
    "digest",
    "explain",
    "load",
    "membership",
    "observed",
    "offered",
    "parse",
    "question_of",
    "recorded_facts",
]
