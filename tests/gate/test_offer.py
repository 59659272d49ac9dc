"""What a model is shown: tools that some permit could open for this person, and no others."""

import pytest

from bot.domain import Membership
from bot.gate import offered, parse
from tests.gate.policy import HEAD, TOOLS, policy
from tests.gate.policy import held as keyed

POLICIES = policy("""
  - {id: own, because: b, tools: [unlock_account], effect: permit, roles: [employee], when: "resource.owner == principal.id"}
  - {id: duty, because: b, tools: [list_access], effect: permit, roles: [oncall]}
  - {id: ours, because: b, tools: [create_ticket], effect: permit, roles: [deskhand]}
  - {id: asks, because: b, tools: [renew_certificate], effect: require, approval: {by: [oncall], within: 1h}}
  - {id: get, because: b, tools: [get_device], effect: permit, roles: [employee]}
  - {id: never, because: b, tools: [get_device], effect: forbid}
""")


@pytest.mark.parametrize(
    ("held", "shown"),
    [
        pytest.param({"employee": "yes", "oncall": "no", "deskhand": "no"}, {"unlock_account"}, id="an employee"),
        pytest.param({"employee": "yes", "oncall": "yes", "deskhand": "no"}, {"unlock_account", "list_access"}, id="on call"),
        pytest.param(
            {"employee": "yes", "oncall": "unknown", "deskhand": "no"}, {"unlock_account", "list_access"}, id="nobody can tell"
        ),
        pytest.param({"employee": "no", "oncall": "no", "deskhand": "no"}, set(), id="a guest"),
    ],
)
def test_who_is_shown_what(held: dict[str, str], shown: set[str]) -> None:
    """A condition may hold at the call, a role that is held by nobody never; a require opens nothing, a plain forbid closes."""
    assert offered(POLICIES, keyed({role: Membership(one) for role, one in held.items()})) == shown


def test_what_hangs_on_the_call_is_shown() -> None:
    """Whoever owns the thing, or manages whoever gains, is known at the call only: nobody can be left out before."""
    text = HEAD.replace("policies:", "  owner: {owner_of: resource}\n  manager: {manager_of: beneficiary}\npolicies:")
    for role, key in (("owner", "owner_of:resource"), ("manager", "manager_of:beneficiary")):
        policies = parse(f"{text}  - {{id: a, because: b, tools: [unlock_account], effect: permit, roles: [{role}]}}", TOOLS)
        assert offered(policies, keyed({"employee": Membership.YES}) | {key: Membership.NO}) == {"unlock_account"}


@pytest.mark.parametrize(
    ("forbid", "shown"),
    [
        pytest.param("roles: [employee]", False, id="one that is held"),
        pytest.param("roles: [oncall, employee]", False, id="one of two that is held"),
        pytest.param("roles: [oncall]", True, id="one that is not held"),
        pytest.param("roles: {any: [deskhand]}", True, id="one that nobody can tell"),
        pytest.param("roles: [employee], when: args.user == 'ana'", True, id="only of some calls"),
        pytest.param("channels: [shared]", True, id="only in some channels"),
        pytest.param("channels: [shared], when: args.user == 'ana'", True, id="only of some calls in some channels"),
        pytest.param("roles: [employee], mode: observe, since: 2026-11-27", True, id="only observed"),
    ],
)
def test_a_forbid_closes_what_it_closes_for_every_call(forbid: str, *, shown: bool) -> None:
    """For somebody who surely holds its role. The gate itself denies the others at the call."""
    read = policy(f"""
  - {{id: look, because: b, tools: [find_account], effect: permit, roles: [employee]}}
  - {{id: never, because: b, tools: [find_account], effect: forbid, {forbid}}}
""")
    known = keyed({"employee": Membership.YES, "oncall": Membership.NO})
    assert offered(read, known) == ({"find_account"} if shown else set())


def test_a_permit_that_is_only_observed_shows_nothing() -> None:
    read = policy("""
  - {id: look, because: b, tools: [find_account], effect: permit, roles: [employee], mode: observe, since: 2026-11-27}
""")
    assert offered(read, keyed({"employee": Membership.YES})) == set()
