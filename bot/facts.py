"""What a decision needs to know: who somebody is, and whether they hold a role. Yes, no or unknown; unknown denies.

Nothing here raises for a system that is away: what cannot be looked up is unknown.
"""

import time
from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import structlog

from bot.domain import SYSTEM, Case, Membership, PersonKind, Principal
from bot.gate import CALL_BOUND, PolicySet, Role, membership, offered
from bot.gate.evident import evident, somebody
from bot.gate.model import MADE_OF
from bot.ports import Directory, Workspace
from tools.contract import Person

log = structlog.get_logger(__name__)

T = TypeVar("T")
SLOW, LATELY = ("group", "oncall"), 3.0
"""Roles that a system is asked for, and for how many seconds its answer is good enough to be shown."""


class Facts:
    """Looks people and roles up, in the directory by Slack id and in Slack."""

    def __init__(self, directory: Directory, workspace: Workspace) -> None:
        self._directory = directory
        self._workspace = workspace
        self._held: dict[str, tuple[float, Sequence[str]]] = {}

    async def principal(self, slack_id: str, team: str) -> Principal:
        """Whoever this Slack account is. The most restrictive of what Slack and the directory say counts.

        A full member whom the directory does not know is adopted where the directory adopts, by id, never by name or mail. Whoever
        has Deskhand's own handle is nobody: what is written down of Deskhand itself would be theirs.
        """
        profile = await self._workspace.profile(slack_id, team)
        kind = profile.kind
        person = await _unless_away(self._directory.by_slack(slack_id))
        if person is None and kind is PersonKind.MEMBER:
            person = await _unless_away(self._directory.adopt(slack_id, profile.name, profile.zone))
        if person is None or person.handle == SYSTEM.id:
            return Principal("", slack_id, profile.team, profile.enterprise, kind, profile.name, zone=_zone(profile.zone))
        if kind is PersonKind.MEMBER and person.kind == "guest":
            kind = PersonKind.GUEST
        if kind is PersonKind.MEMBER and not person.active:
            kind = PersonKind.UNKNOWN
        return Principal(
            id=person.handle,
            slack_id=slack_id,
            team=profile.team,
            enterprise=profile.enterprise,
            kind=kind,
            name=person.name,
            email=person.email,
            department=person.department,
            title=person.title,
            manager=person.manager,
            zone=_zone(person.zone or profile.zone),
        )

    async def names(self, handles: Sequence[str]) -> dict[str, str]:
        """By handle, as the directory has them; whoever it does not know now is left out."""
        found = {handle: await _unless_away(self._directory.person(handle)) for handle in dict.fromkeys(handles) if handle}
        return {handle: person.name for handle, person in found.items() if person is not None}

    async def reaches(self, person: Person | None) -> bool:
        """Whether a direct message would reach this person: not somebody who has left, nor who has no account in this Slack.

        While Slack does not say, they count as reached: what is posted to them waits for Slack.
        """
        if person is None or not person.active or not person.slack_id:
            return False
        return await self._workspace.has(person.slack_id) is not Membership.NO

    async def place(self, case: Case) -> str:
        """What kind of channel the case is spoken about in now; empty when Slack does not say."""
        if case.direct or case.place == "shared":
            return case.place or "direct"
        return await self._workspace.place(case.channel)

    async def roles(
        self, policies: PolicySet, tool: str, principal: Principal, beneficiary: str, owner: str, now: datetime
    ) -> dict[str, Membership]:
        """Whether the principal holds each role that can be looked up and that a policy of this tool names, by `Role.key`."""
        return {
            key: await self._leaf(role, person=principal, principal=principal, beneficiary=beneficiary, owner=owner, now=now)
            for key, role in policies.leaves(tool).items()
        }

    async def offered(self, policies: PolicySet, principal: Principal, now: datetime) -> frozenset[str]:
        """The tools that the policy could ever permit this person, whatever the call is about.

        Groups and shifts may be a few seconds old here: it is what a model is shown, and decides nothing.
        """
        if not somebody(principal):
            return frozenset()
        held: dict[str, Membership] = {}
        leaves = {leaf.key: leaf for role in policies.roles.values() for leaf in role.leaves() if leaf.kind not in CALL_BOUND}
        for key, leaf in leaves.items():
            if leaf.kind in SLOW:
                holders = await self._lately(leaf, principal, now)
                held[key] = Membership.UNKNOWN if holders is None else _yes(principal.id in holders)
            else:
                held[key] = await self._leaf(leaf, person=principal, principal=principal, beneficiary="", owner="", now=now)
        return offered(policies, held)

    async def _lately(self, leaf: Role, principal: Principal, now: datetime) -> Sequence[str] | None:
        """Who holds a role that is the same for every call, as it was a few seconds ago at most."""
        kept = self._held.get(leaf.key)
        if kept is not None and kept[0] > time.monotonic():
            return kept[1]
        holders = await self._of_leaf(leaf, principal=principal, beneficiary="", owner="", now=now)
        if holders is not None:
            self._held[leaf.key] = (time.monotonic() + LATELY, holders)
        return holders

    async def holds(
        self,
        role: str,
        policies: PolicySet,
        *,
        person: Principal,
        principal: Principal,
        beneficiary: str,
        owner: str,
        now: datetime,
        fresh: bool = False,
    ) -> Membership:
        """Whether `person` holds the role now; `principal`, `beneficiary` and `owner` are those of the call at hand.

        `fresh`: nothing that was looked up minutes ago counts. Whoever is no full member holds none, nor one of what they are not.
        """
        if not somebody(person):
            return Membership.NO
        found = policies.roles.get(role)
        if found is None:
            return Membership.UNKNOWN
        known = {
            leaf.key: await self._leaf(
                leaf, person=person, principal=principal, beneficiary=beneficiary, owner=owner, now=now, fresh=fresh
            )
            for leaf in found.leaves()
        }
        return membership(found, known)

    async def _leaf(
        self,
        leaf: Role,
        *,
        person: Principal,
        principal: Principal,
        beneficiary: str,
        owner: str,
        now: datetime,
        fresh: bool = False,
    ) -> Membership:
        held = evident(leaf, person, principal=principal, beneficiary=beneficiary, owner=owner)
        if held is not None:
            return held
        match leaf.kind:
            case "usergroup":
                return await self._workspace.in_usergroup(person.slack_id, leaf.value, fresh=fresh)
            case "group":
                return await _unless_away(self._directory.in_group(person.id, leaf.value)) or Membership.UNKNOWN
            case _:
                holders = await self._of_leaf(leaf, principal=principal, beneficiary=beneficiary, owner=owner, now=now)
                return Membership.UNKNOWN if holders is None else _yes(person.id in holders)

    async def admin(self, person: Principal, policies: PolicySet, now: datetime) -> Membership:
        """Whether `person` holds one of the roles that the policy names as `admins`, looked up anew."""
        held = [
            await self.holds(role, policies, person=person, principal=person, beneficiary="", owner="", now=now, fresh=True)
            for role in policies.admins
        ]
        return next((one for one in (Membership.YES, Membership.UNKNOWN) if one in held), Membership.NO)

    async def serves(self, audience: Sequence[str], policies: PolicySet, person: Principal, now: datetime) -> bool:
        """Whether what is written for these roles is for this person: one of them is known to be theirs. For none, everybody."""
        for role in audience:
            held = await self.holds(role, policies, person=person, principal=person, beneficiary="", owner="", now=now)
            if held is Membership.YES:
                return True
        return not audience

    async def holders(
        self, role: str, policies: PolicySet, *, principal: Principal, beneficiary: str, owner: str, now: datetime
    ) -> Sequence[str] | None:
        """The handles of everybody who holds a role now; None when that cannot be told."""
        found = policies.roles.get(role)
        if found is None:
            return None
        return await self._everybody(found, principal=principal, beneficiary=beneficiary, owner=owner, now=now)

    async def _everybody(
        self, role: Role, *, principal: Principal, beneficiary: str, owner: str, now: datetime
    ) -> Sequence[str] | None:
        """Of a role that is made of others: who is in any, in all, or a member who is not in it."""
        if role.kind not in MADE_OF:
            return await self._of_leaf(role, principal=principal, beneficiary=beneficiary, owner=owner, now=now)
        sets = []
        for part in role.parts:
            some = await self._everybody(part, principal=principal, beneficiary=beneficiary, owner=owner, now=now)
            if some is None:
                return None
            sets.append(dict.fromkeys(some))
        match role.kind:
            case "any":
                return [*dict.fromkeys(one for some in sets for one in some)]
            case "all":
                return [one for one in sets[0] if all(one in some for some in sets)]
            case _:
                people = await self._people()
                return None if people is None else [one.handle for one in people if one.handle not in sets[0]]

    async def _of_leaf(
        self, leaf: Role, *, principal: Principal, beneficiary: str, owner: str, now: datetime
    ) -> Sequence[str] | None:
        match leaf:
            case Role(kind="people", value=value):
                return list(value)
            case Role(kind="oncall", value=value, tier=tier):
                return await _unless_away(self._directory.on_call(value, now, tier))
            case Role(kind="group", value=value):
                return await _unless_away(self._directory.group(value))
            case Role(kind="usergroup", value=value):
                return await self._of_usergroup(value)
            case Role(kind="manager_of", value=value):
                return await self._manager({"requester": principal.id, "beneficiary": beneficiary, "owner": owner}[value])
            case Role(kind="owner_of"):
                return [owner] if owner else []
            case Role(kind="members" | "department" | "title"):
                people = await self._people()
                return None if people is None else [one.handle for one in people if _is(one, leaf)]
            case Role(kind="system"):
                return []
            case _:
                return None

    async def _people(self) -> list[Person] | None:
        people = await _unless_away(self._directory.people())
        return None if people is None else [one for one in people if one.active and one.kind == "employee"]

    async def _of_usergroup(self, name: str) -> list[str] | None:
        ids = await self._workspace.usergroup(name)
        if ids is None:
            return None
        people = [await self.principal(slack_id, "") for slack_id in ids]
        return [person.id for person in people if person.id and person.kind is PersonKind.MEMBER]

    async def _manager(self, handle: str) -> list[str] | None:
        """Nobody is a manager of nobody."""
        if not handle:
            return []
        person = await _unless_away(self._directory.person(handle))
        if person is None:
            return None
        return [person.manager] if person.manager else []


async def _unless_away(question: Awaitable[T]) -> T | None:
    try:
        return await question
    except Exception as error:  # noqa: BLE001 - whatever it raises, it is unknown
        log.warning("the directory did not answer", error=type(error).__name__, said=str(error)[:200])
        return None


def _is(person: Person, leaf: Role) -> bool:
    match leaf.kind:
        case "department":
            return person.department == str(leaf.value)
        case "title":
            return person.title == str(leaf.value)
        case _:
            return True


def _yes(held: bool) -> Membership:  # noqa: FBT001 - it is the answer itself
    return Membership.YES if held else Membership.NO


def _zone(name: str) -> str:
    """A time zone that this machine knows; UTC for any other."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return "UTC"
    return name
