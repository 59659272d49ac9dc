"""Who is asked to say yes, who may, and whether those who did are enough. Everything is looked up anew each time it is asked.

INVARIANT: the requester and whoever gains by the call never answer it.
INVARIANT: what cannot be looked up is no role that somebody holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.approvals import quorum
from bot.consent import Approval, Term, Vote
from bot.domain import Call, Case, Membership, PersonKind, Principal
from bot.facts import Facts
from bot.gate import Policies
from bot.obligations import Owed
from bot.ports import Clock, Directory
from bot.words import askwording


@dataclass(frozen=True, slots=True)
class Request:
    """A call that owes approvals."""

    call: Call
    case: Case
    requester: Principal
    owed: tuple[Owed, ...]


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is asked: Slack ids, and for each approval that is owed the tier at which it is asked for, and `asked` of whom.

    `nobody`: for one of them there is nobody at all. `unknown`: the roles could not be looked up.
    """

    tiers: tuple[int, ...]
    slack_ids: tuple[str, ...]
    nobody: bool = False
    unknown: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    asked: tuple[tuple[str, ...], ...] = ()


class Approvers:
    """Looks into the directory, so no unit of work may be open while it is asked anything."""

    def __init__(self, facts: Facts, directory: Directory, policies: Policies, clock: Clock) -> None:
        self._facts = facts
        self._directory = directory
        self._policies = policies
        self.clock = clock

    async def audience(self, request: Request, tiers: Sequence[int] = ()) -> Audience:
        """Everybody who may answer now, each approval from its own tier on; where that has too few, the next is asked at once."""
        at, found, unknown, nobody = [], dict[str, str](), False, False
        asked: list[tuple[str, ...]] = []
        for owed, tier in zip(request.owed, tiers or (0,) * len(request.owed), strict=True):
            people, known = await self._holders(owed.roles(tier), request)
            if len(people) < owed.count and known and tier == 0 and owed.then:
                tier = 1  # noqa: PLW2901 - that of this approval
                people, known = await self._holders(owed.roles(1), request)
            at.append(tier)
            asked.append(tuple(sorted(people)))
            unknown, nobody = unknown or not known, nobody or (known and not people)
            found |= people
        return Audience(tuple(at), tuple(sorted(found)), nobody, unknown, found, tuple(asked))

    async def _holders(self, roles: Sequence[str], request: Request) -> tuple[dict[str, str], bool]:
        """(name by Slack id of who can be reached, whether all of the roles could be looked up)."""
        barred = {request.call.principal, request.call.beneficiary, request.requester.id}
        found, known = dict[str, str](), True
        for role in roles:
            holders = await self._facts.holders(
                role,
                self._policies.current,
                principal=request.requester,
                beneficiary=request.call.beneficiary,
                owner=str(request.call.resource.get("owner", "")),
                now=self.clock.now(),
            )
            known = known and holders is not None
            for handle in holders or ():
                person = await self._directory.person(handle)
                if handle not in barred and person is not None and await self._facts.reaches(person):
                    found[person.slack_id] = person.name
        return found, known

    async def refusal(self, person: Principal, requester: Principal, call: Call, approval: Approval) -> str:
        """Why this person may not answer now; empty when they may."""
        if person.kind is not PersonKind.MEMBER or not person.id:
            return askwording.NOT_A_MEMBER_CLICK
        if person.id in {call.principal, requester.id} or person.slack_id == requester.slack_id:
            return askwording.OWN_REQUEST
        if person.id == call.beneficiary:
            return askwording.OWN_GAIN
        now = self.clock.now()
        for_now = [owed.roles(term.tier) for owed, term in approval.debts if now < term.expires]
        roles = list(dict.fromkeys(role for some in for_now for role in some))
        if not roles:
            return askwording.EXPIRED_CLICK
        held = [await self._holds(role, person, requester, call) for role in roles]
        if Membership.YES in held:
            return ""
        if Membership.UNKNOWN in held:
            return askwording.ROLE_UNKNOWN
        return askwording.not_an_approver(roles)

    async def held(self, person: Principal, requester: Principal, call: Call, approval: Approval) -> list[str]:
        """The roles by which this person may answer, of all that may."""
        roles = dict.fromkeys(role for owed, term in approval.debts for role in owed.roles(term.tier))
        return [role for role in roles if await self._holds(role, person, requester, call) is Membership.YES]

    async def roles(self, person: Principal, requester: Principal, call: Call, approval: Approval) -> tuple[str, ...]:
        """What this person is now of those who may answer, by `Role.key`: as their vote keeps it."""
        known = self._policies.current.roles
        return tuple(known[role].key for role in await self.held(person, requester, call, approval) if role in known)

    async def unmet(self, votes: Sequence[Vote], requester: Principal, call: Call, approval: Approval) -> tuple[int, ...]:
        """The positions of what is owed that still lack a person, when all who said yes in time are counted."""
        able = {vote.by: await self.counts(vote, requester, call, approval) for vote in votes}
        return quorum.unmet(approval.owed, able)

    async def counts(self, vote: Vote, requester: Principal, call: Call, approval: Approval) -> list[int]:
        """The positions of what is owed for which it may stand: by a role that they held when they clicked, and still hold."""
        if not vote.approve or vote.by in {call.principal, call.beneficiary}:
            return []
        person = await self._facts.principal(vote.slack_id, requester.team)
        if person.id != vote.by:
            return []
        known = self._policies.current.roles
        held = {
            role for role in await self.held(person, requester, call, approval) if role in known and known[role].key in vote.roles
        }
        return [
            at
            for at, (owed, term) in enumerate(approval.debts)
            if vote.at < term.expires and quorum.stepped(vote, owed) and held.intersection(owed.roles(term.tier))
        ]

    async def names(self, votes: Sequence[Vote]) -> dict[str, str]:
        """Display names of who voted, by handle."""
        return {vote.by: await self.name(vote.by) for vote in votes}

    async def zone(self, slack_id: str) -> str:
        """Where this person is."""
        return (await self._facts.principal(slack_id, "")).zone

    async def name(self, handle: str) -> str:
        person = await self._directory.person(handle)
        return person.name if person else handle

    async def _holds(self, role: str, person: Principal, requester: Principal, call: Call) -> Membership:
        return await self._facts.holds(
            role,
            self._policies.current,
            person=person,
            principal=requester,
            beneficiary=call.beneficiary,
            owner=str(call.resource.get("owner", "")),
            now=self.clock.now(),
            fresh=True,
        )


def next_change(approval: Approval, unmet: Sequence[int]) -> Term | None:
    """The term that ends first of what still lacks somebody."""
    return min((approval.terms[at] for at in unmet), key=lambda term: term.expires, default=None)
