"""The permission policy: whatever a model says, nothing happens that the policy does not permit. No I/O but reading the file."""

from bot.gate.decide import Question, covers, decide, digest, observed
from bot.gate.explain import explain
from bot.gate.load import load, parse
from bot.gate.model import Policy, PolicySet, Role, membership
from bot.gate.offer import CALL_BOUND, offered
from bot.gate.policies import Policies
from bot.gate.recorded import question_of

__all__ = [
    "CALL_BOUND",
    "Policies",
    "Policy",
    "PolicySet",
    "Question",
    "Role",
    "covers",
    "decide",
    "digest",
    "explain",
    "load",
    "membership",
    "observed",
    "offered",
    "parse",
    "question_of",
]
