"""What follows about a role from the call itself, without asking anybody."""

from typing import Any

import pytest

from bot.domain import Membership, PersonKind, Principal
from bot.gate import Role
from bot.gate.evident import evident

ANA = Principal("ana", kind=PersonKind.MEMBER, department="IT", title="Engineer", manager="mia")
BEN = Principal("ben", kind=PersonKind.MEMBER)
MIA = Principal("mia", kind=PersonKind.MEMBER)
GUEST = Principal("gus", kind=PersonKind.GUEST, department="IT")
NOBODY = Principal("", kind=PersonKind.MEMBER)
DESKHAND = Principal("deskhand", kind=PersonKind.SYSTEM)
YES, NO = Membership.YES, Membership.NO


@pytest.mark.parametrize(
    ("kind", "value", "person", "held"),
    [
        ("members", "workspace", ANA, YES),
        ("members", "workspace", GUEST, NO),
        ("members", "workspace", NOBODY, NO),
        ("members", "workspace", DESKHAND, NO),
        ("system", True, DESKHAND, YES),
        ("system", True, ANA, NO),
        ("people", ("ana", "ben"), ANA, YES),
        ("people", ("ben",), ANA, NO),
        ("people", ("gus",), GUEST, NO),
        ("department", "IT", ANA, YES),
        ("department", "IT", BEN, NO),
        ("department", "IT", GUEST, NO),
        ("title", "Engineer", ANA, YES),
        ("title", "Engineer", BEN, NO),
        ("owner_of", "resource", BEN, YES),
        ("owner_of", "resource", ANA, NO),
        ("manager_of", "requester", MIA, YES),
        ("manager_of", "requester", BEN, NO),
        ("manager_of", "owner", MIA, None),
        ("manager_of", "beneficiary", MIA, NO),
        ("oncall", "identity", ANA, None),
        ("oncall", "identity", GUEST, NO),
        ("group", "it", ANA, None),
        ("usergroup", "it", ANA, None),
    ],
)
def test_what_is_evident(kind: str, value: Any, person: Principal, held: Membership | None) -> None:
    """Ana asks about what is Ben's, and nobody gains by it. Whoever is no full member holds nothing but what is Deskhand's own."""
    assert evident(Role("r", kind, value), person, principal=ANA, beneficiary="", owner="ben") is held
