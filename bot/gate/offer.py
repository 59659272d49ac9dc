"""Which tools the policy could ever permit somebody: what a model is shown. Pure; it permits nothing by itself."""

from collections.abc import Mapping

from bot.domain import Membership
from bot.gate.model import CALL_BOUND, PolicySet, Role, membership


def offered(policies: PolicySet, held: Mapping[str, Membership]) -> frozenset[str]:
    """The names of the tools for which some permit could match; `held` by `Role.key`.

    What is unknown could be, and so could what hangs on the call; the gate decides at the call.
    """
    known = {key: one for key, one in held.items() if key.partition(":")[0] not in CALL_BOUND}

    def possible(role: Role) -> bool:
        return membership(role, known) is not Membership.NO

    names = set()
    for tool in policies.tools:
        mine = [policy for policy in policies.of(tool) if not policy.observe]
        closed = any(
            policy.effect == "forbid"
            and not (policy.condition or policy.channels)
            and (not policy.roles or any(membership(role, known) is Membership.YES for role in policy.roles))
            for policy in mine
        )
        if not closed and any(policy.effect == "permit" and any(map(possible, policy.roles)) for policy in mine):
            names.add(tool)
    return frozenset(names)
