"""Which tools the policy could ever permit somebody: what a model is shown. Pure; it permits nothing by itself."""

from collections.abc import Mapping

from bot.domain import Membership
from bot.gate.model import PolicySet

CALL_BOUND = ("manager_of", "owner_of")
"""Roles that hang on the call at hand, so that nobody can say beforehand who holds them."""


def offered(policies: PolicySet, held: Mapping[str, Membership]) -> frozenset[str]:
    """The names of the tools for which some permit could match. What is unknown could be; the gate decides at the call."""

    def possible(role: str) -> bool:
        found = policies.roles.get(role)
        return found is not None and (found.kind in CALL_BOUND or held.get(role, Membership.UNKNOWN) is not Membership.NO)

    names = set()
    for tool in policies.tools:
        mine = policies.of(tool)
        closed = any(
            policy.effect == "forbid"
            and not policy.condition
            and (not policy.roles or any(held.get(role) is Membership.YES for role in policy.roles))
            for policy in mine
        )
        opened = any(policy.effect == "permit" and (not policy.roles or any(map(possible, policy.roles))) for policy in mine)
        if opened and not closed:
            names.add(tool)
    return frozenset(names)
