"""The part of `policy lint` that asks the systems: whether the roles that a policy counts on have anybody in them now."""

from collections.abc import Iterator, Sequence

from bot.cli.policycommands.lint import Remark
from bot.cli.policycommands.live import Systems
from bot.domain import SYSTEM
from bot.gate.model import CALL_BOUND, PolicySet, Role
from bot.obligations import Limit, Notify, Obligation, Owed, Review

NOT_LOOKED_AT = "whether anybody holds the roles that approve, are told and review: `--live` asks the systems"


async def staffed(policies: PolicySet, systems: Systems) -> list[Remark]:
    """One remark for each role of a policy that nobody holds, or that names people whom nobody knows."""
    found: list[Remark] = []
    for role in policies.roles.values():
        for leaf in role.leaves():
            for handle in leaf.value if leaf.kind == "people" else ():
                if await systems.directory.person(handle) is None:
                    said = f'role "{role.name}" names {handle!r}, who is nobody in the directory'
                    found.append(Remark(policies.path, role.line, role.name, said, "unknown-person"))
    told: set[tuple[str, str]] = set()
    asked = [(f'policy "{one.id}"', one.file, one.line, one.id, one.owes) for one in policies.policies]
    if policies.untrusted is not None:
        asked.append(("untrusted", policies.path, 0, policies.untrusted.policy, (policies.untrusted,)))
    for said_of, file, line, identity, owes in asked:
        for role, what in _counted_on(policies, owes):
            if (identity, role.name) in told or any(leaf.kind in CALL_BOUND for leaf in role.leaves()):
                continue
            told.add((identity, role.name))
            holders = await systems.facts.holders(
                role.name, policies, principal=SYSTEM, beneficiary="", owner="", now=systems.clock.now()
            )
            if not holders:
                now = "nobody holds it now" if holders is not None else "nobody can tell who holds it now"
                said = f"{said_of}: {what} the role {role.name!r}, and {now}"
                found.append(Remark(file, line, identity, said, "nobody-to-ask"))
    return found


def _counted_on(policies: PolicySet, owes: Sequence[Obligation]) -> Iterator[tuple[Role, str]]:
    for one in owes:
        for name, what in _named(one):
            if name in policies.roles:
                yield policies.roles[name], what


def _named(owed: Obligation) -> Iterator[tuple[str, str]]:
    match owed:
        case Owed(by=by, then=then):
            yield from ((name, "an approval is asked of") for name in (*by, *([then] if then else ())))
        case Limit(beyond=Owed() as beyond):
            yield from _named(beyond)
        case Notify(roles=roles):
            yield from ((name, "notice goes to") for name in roles)
        case Review(by=by):
            yield from ((name, "a review is asked of") for name in by)
        case _:
            return
