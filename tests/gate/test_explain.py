"""Why a question gets its answer: each policy of the tool, whether it matches, and which part of it does not."""

from dataclasses import replace

from bot.domain import Membership
from bot.gate import decide, explain, observed
from bot.obligations import Deny, Permit
from tests.gate.policy import ask, held, policy

READ = policy("""
  - {id: own, because: B., tools: [unlock_account], effect: permit, roles: [employee], when: resource.owner == principal.id}
  - {id: shared, because: B., tools: [unlock_account], effect: forbid, channels: [shared, public]}
  - {id: risky, because: B., tools: [unlock_account], effect: forbid, roles: [oncall], when: resource.facts.risk == 'high'}
  - {id: closed, because: Closed., tools: [unlock_account], effect: forbid, mode: observe, since: 2026-11-01}
  - {id: other, because: B., tools: [find_person], effect: permit, roles: [employee]}
""")


def test_each_policy_says_what_it_makes_of_a_question() -> None:
    """With the values that its condition saw, in the order of the file."""
    asked = ask(case={"channel": "direct"}, roles=held({"employee": Membership.YES, "oncall": Membership.UNKNOWN}))
    reasons = explain(READ, asked)

    assert [(one.policy.id, one.matched.value) for one in reasons] == [
        ("own", "yes"),
        ("shared", "no"),
        ("risky", "unknown"),
        ("closed", "yes"),
    ]
    assert [str(one) for one in reasons] == [
        "permit own: employee: yes; resource.owner == principal.id: true",
        "forbid shared: in a direct; for shared, public",
        "forbid risky: oncall: unknown; resource.facts.risk == 'high': unknown (resource.facts.risk == 'high': there is no 'risk')",
        "forbid closed: only observed",
    ]
    assert reasons[0].values == {"resource.owner": "ana", "principal.id": "ana"}
    assert reasons[2].values == {"resource.facts": {}}
    assert reasons[1].values == {}
    assert str(replace(reasons[3], parts=())) == "forbid closed: always"


def test_where_nobody_knows_the_channel_that_is_said() -> None:
    """And it denies, also in a channel of a kind that there is not; a policy for other roles is not concerned."""
    for case in ({}, {"channel": "somewhere"}):
        assert [one.matched.value for one in explain(READ, ask(case=case))][1] == "unknown"
        decision = decide(READ, ask(case=case))
        assert isinstance(decision, Deny)
        assert decision.policies == ("shared",)
    assert str(explain(READ, ask())[1]) == "forbid shared: in a channel that nobody knows; for shared, public"
    guests = policy("""
  - {id: own, because: B., tools: [unlock_account], effect: permit, roles: [employee]}
  - {id: shared, because: B., tools: [unlock_account], effect: forbid, channels: [shared], roles: [oncall]}
""")
    assert isinstance(decide(guests, ask(case={})), Permit)


def test_what_is_only_observed_would_have_decided_otherwise() -> None:
    asked = ask(case={"channel": "direct"})
    assert isinstance(decide(READ, asked), Permit)
    assert observed(READ, asked) == Deny("Closed.", ("closed",), READ.version)
    assert observed(READ, ask("find_person")) is None


def test_a_condition_that_was_compiled_for_another_tool_is_unknown() -> None:
    """No reading gives such a policy; it denies all the same."""
    odd = replace(READ, policies=(replace(READ.policies[0], when={}),))
    assert isinstance(decide(odd, ask()), Deny)
    assert (
        str(explain(odd, ask())[0])
        == "permit own: employee: yes; resource.owner == principal.id: unknown (it does not fit this tool)"
    )
