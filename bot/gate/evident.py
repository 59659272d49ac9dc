"""What follows about a role from what is known already, without asking anybody. Pure."""

from bot.domain import Membership, PersonKind, Principal
from bot.gate.model import Role


def somebody(person: Principal) -> bool:
    """Whether they may hold a role at all: a full member whom the directory knows, or Deskhand itself.

    Of anybody else nothing is held, so that a `not` would be: neither opens it a permit, nor makes it somebody who may answer.
    """
    return person.kind is PersonKind.SYSTEM or (person.kind is PersonKind.MEMBER and bool(person.id))


def evident(leaf: Role, person: Principal, *, principal: Principal, beneficiary: str, owner: str) -> Membership | None:
    """Whether `person` holds a role that can be looked up, where that follows from the call itself; None where one must ask.

    `principal`, `beneficiary` and `owner` (handles) are those of the call at hand. Whoever is no full member holds nothing.
    """
    if leaf.kind == "system":
        return _yes(person.kind is PersonKind.SYSTEM)
    if not somebody(person) or person.kind is PersonKind.SYSTEM:
        return Membership.NO
    match leaf.kind:
        case "members":
            return Membership.YES
        case "people":
            return _yes(person.id in leaf.value)
        case "department":
            return _yes(person.department == leaf.value)
        case "title":
            return _yes(person.title == leaf.value)
        case "owner_of":
            return _yes(person.id == owner)
        case "manager_of":
            whose = {"requester": principal.id, "beneficiary": beneficiary, "owner": owner}[leaf.value]
            if not whose:
                return Membership.NO
            return _yes(person.id == principal.manager) if whose == principal.id else None
        case _:
            return None


def _yes(held: bool) -> Membership:  # noqa: FBT001 - it is the answer itself
    return Membership.YES if held else Membership.NO
