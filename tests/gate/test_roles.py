"""Roles: what they are made of, in three values, and what tells two of them apart."""

import pytest

from bot.domain import Membership
from bot.errors import PolicyError
from bot.gate import Role, membership
from tests.gate.policy import policy

YES, NO, UNKNOWN = Membership.YES, Membership.NO, Membership.UNKNOWN
A, B = Role("a", "group", "a"), Role("b", "group", "b")


@pytest.mark.parametrize(
    ("one", "other", "either", "both"),
    [
        (YES, YES, YES, YES),
        (YES, NO, YES, NO),
        (YES, UNKNOWN, YES, UNKNOWN),
        (NO, NO, NO, NO),
        (NO, UNKNOWN, UNKNOWN, NO),
        (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    ],
)
def test_any_and_all_in_three_values(one: Membership, other: Membership, either: Membership, both: Membership) -> None:
    """In both orders; what was never looked up is unknown."""
    for known in ({A.key: one, B.key: other}, {A.key: other, B.key: one}):
        looked_up = {key: held for key, held in known.items() if held is not UNKNOWN}
        for facts in (known, looked_up):
            assert membership(Role("r", "any", parts=(A, B)), facts) is either
            assert membership(Role("r", "all", parts=(A, B)), facts) is both


@pytest.mark.parametrize(("held", "inverse"), [(YES, NO), (NO, YES), (UNKNOWN, UNKNOWN)])
def test_not_in_three_values(held: Membership, inverse: Membership) -> None:
    assert membership(Role("r", "not", parts=(A,)), {A.key: held}) is inverse


def test_equal_keys_are_held_by_the_same_people_and_others_are_not_equal() -> None:
    """Whatever they are called. A schedule may have a colon in its name, and is not another one's second tier then."""
    assert Role("x", "people", ("ben", "ana")).key == Role("y", "people", ("ana", "ben")).key == "people:ana,ben"
    different = [
        Role("r", "oncall", "a"),
        Role("r", "oncall", "a", tier=2),
        Role("r", "oncall", "a:2"),
        Role("r", "oncall", "a:2", tier=2),
        Role("r", "oncall", "a:2:2"),
        Role("r", "group", "a"),
        Role("r", "usergroup", "a"),
        Role("r", "title", "a:2"),
        Role("r", "any", parts=(A, B)),
        Role("r", "all", parts=(A, B)),
        Role("r", "not", parts=(A,)),
    ]
    assert [one.key for one in different[:4]] == ["oncall:a", "oncall:a:2", "oncall:a:2:1", "oncall:a:2:2"]
    assert [one.key for one in different[-3:]] == ["any(group:a, group:b)", "all(group:a, group:b)", "not(group:a)"]
    assert len({one.key for one in different}) == len(different)


def test_what_has_to_be_looked_up_are_the_roles_that_a_tools_policies_are_made_of() -> None:
    """Each once, by key, however deep it lies; none of another tool."""
    read = policy("""
  - {id: a, because: B., tools: [unlock_account], effect: permit, roles: {any: [employee, {not: {all: [oncall, {oncall: other, tier: 2}]}}]}}
  - {id: b, because: B., tools: [unlock_account], effect: permit, roles: [oncall]}
  - {id: c, because: B., tools: [find_person], effect: permit, roles: [deskhand]}
""")
    assert sorted(read.leaves("unlock_account")) == ["members:workspace", "oncall:identity", "oncall:other:2"]
    assert sorted(read.leaves("find_person")) == ["system:True"]
    assert read.leaves("reset_mfa") == {}
    assert read.policies[0].roles[0].name == "any(employee, not(all(oncall, oncall(other) tier(2))))"


def of(count: int) -> str:
    return "any: [" + ", ".join(["employee"] * count) + "]"


def permit(role: str) -> Role:
    """As it is read where it is written out in a policy."""
    return policy(f"  - {{id: a, tools: [unlock_account], effect: permit, roles: {{{role}}}}}").policies[0].roles[0]


def test_people_are_named_by_handle() -> None:
    assert permit("people: [ben, ana]") == Role("people(ben, ana)", "people", ("ben", "ana"), 8)


def test_a_role_counts_500_with_all_that_it_is_made_of() -> None:
    assert len(list(permit(f"any: [{{{of(300)}}}, {{{of(197)}}}]").leaves())) == 497
    with pytest.raises(PolicyError, match="is made of more than 500 roles"):
        permit(f"any: [{{{of(300)}}}, {{{of(198)}}}]")


def test_what_a_long_role_is_called_is_cut() -> None:
    assert permit(of(60)).name == f"any({', '.join(['employee'] * 60)})"[:200]
