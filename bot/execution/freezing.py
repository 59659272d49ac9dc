"""The kill switch: begin a freeze, lift it, list what is frozen. Where it takes effect is the claim (`bot.execution.claims`).

From Slack it is there for whoever holds one of the roles that the policy names as `admins`, looked up anew each time; from the
command line for whoever may run it on the machine.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import structlog

from bot.domain import Membership, Principal
from bot.errors import CommandError
from bot.facts import Facts
from bot.gate import Policies
from bot.obligations import Freeze
from bot.ports import Clock, WorkFactory
from bot.words import freezewording

log = structlog.get_logger(__name__)

EVERYTHING = ("everything", "all")
FREEZE = re.compile(r"(?i)freeze(?:\s+(\S+)(?:\s+(.*))?)?", re.DOTALL)
UNFREEZE = re.compile(r"(?i)unfreeze(?:\s+(\S+))?")
FREEZE_ID = re.compile(r"(?i)F-\d+")
FREEZES = re.compile(r"(?i)freezes[.!?]?")


@dataclass(frozen=True, slots=True)
class Target:
    """What is frozen: a tool, all changes in a system, or with neither every change."""

    tool: str = ""
    system: str = ""


class Freezing:
    """Begins and ends freezes. `systems`: of each tool there is, the system that it works on."""

    def __init__(self, work: WorkFactory, clock: Clock, systems: Mapping[str, str]) -> None:
        self._work = work
        self._clock = clock
        self._systems = systems

    def target(self, name: str) -> Target | None:
        """What a word names: a tool, else a system, else everything; None for any other word."""
        if name in self._systems:
            return Target(tool=name)
        if name in self._systems.values():
            return Target(system=name)
        return Target() if name.casefold() in EVERYTHING else None

    def meant(self, name: str) -> str:
        """The tool or system that is spelt most like this word; empty when none is."""
        return next(iter(get_close_matches(name, [*self._systems, *self._systems.values()], 1)), "")

    async def begin(self, target: Target, because: str, by: str) -> Freeze:
        """Freeze it: when this returns, nothing of it is claimed any more. Raises CommandError."""
        if target.tool and target.tool not in self._systems:
            raise CommandError(f"there is no tool {target.tool!r}{_near(target.tool, list(self._systems))}")
        if target.system and target.system not in self._systems.values():
            raise CommandError(f"there is no system {target.system!r}{_near(target.system, list(self._systems.values()))}")
        if not because.strip():
            raise CommandError("say why: people who ask for it read the reason")
        async with self._work() as work:
            new = Freeze(await work.new_id("F"), " ".join(because.split()), by, target.tool, target.system, self._clock.now())
            await work.freeze(new)
            await work.audit("freeze", "", {"freeze": new.id, "tool": new.tool, "system": new.system, "by": by})
        log.warning("frozen", freeze=new.id, tool=new.tool, system=new.system, by=by)
        return new

    async def lift(self, freeze: str, by: str) -> Freeze:
        """End it, by its id or by what it is on. Raises LookupError when none is in force, CommandError when several are."""
        found = await self.on(freeze)
        if len(found) > 1:
            raise CommandError(f"several freezes are on {freeze!r}: {', '.join(one.id for one in found)}; say which")
        async with self._work() as work:
            ended = await work.lift(found[0].id, by, self._clock.now()) if found else None
            if ended is None:
                raise LookupError(f"no freeze {freeze!r} is in force; `policy freezes` lists them")
            lifted = {"freeze": ended.id, "tool": ended.tool, "system": ended.system, "lifted_by": by}
            await work.audit("freeze", "", lifted)
        log.warning("lifted", freeze=ended.id, tool=ended.tool, system=ended.system, by=by)
        return ended

    async def on(self, name: str) -> Sequence[Freeze]:
        """Those in force of this id, or on exactly this tool or system: one on a system is none on its tools."""
        target = self.target(name)
        return [
            one
            for one in await self.in_force()
            if one.id == name.upper() or (target is not None and (one.tool, one.system) == (target.tool, target.system))
        ]

    async def stopping(self, name: str) -> Sequence[Freeze]:
        """Those in force that stop the changes of this tool or system, whatever they are on."""
        target = self.target(name) or Target()
        system = target.system or self._systems.get(target.tool, "")
        return [one for one in await self.in_force() if one.stops(target.tool, system, "change")]

    async def still(self, lifted: Freeze) -> Sequence[Freeze]:
        """What goes on stopping all that this one stopped."""
        system = lifted.system or self._systems.get(lifted.tool, "")
        return [one for one in await self.in_force() if one.stops(lifted.tool, system, "change")]

    async def in_force(self) -> Sequence[Freeze]:
        async with self._work() as work:
            return await work.freezes()


class SlackFreezing:
    """The kill switch as it is typed in Slack."""

    def __init__(self, freezing: Freezing, facts: Facts, policies: Policies, clock: Clock) -> None:
        self._freezing = freezing
        self._facts = facts
        self._policies = policies
        self._clock = clock

    async def obey(self, text: str, slack_id: str, team: str) -> str | None:
        """What whoever typed it is told; None when the words are no such command, but a request like any other.

        ``freeze TOOL why``, ``freeze SYSTEM why``, ``freeze everything why``, ``unfreeze F-3``, ``unfreeze TOOL``, ``freezes``.
        """
        said = text.strip()
        freeze, unfreeze = FREEZE.fullmatch(said), UNFREEZE.fullmatch(said)
        if not (freeze or unfreeze or FREEZES.fullmatch(said)):
            return None
        target = self._freezing.target(freeze[1] or "") if freeze else None
        who = await self._facts.principal(slack_id, team)
        refusal = await self._refusal(who)
        if freeze and target is None:  # an admin in a hurry must not take a mistyped word for a freeze
            return None if refusal else freezewording.no_target(freeze[1] or "", self._freezing.meant(freeze[1] or ""))
        name = (unfreeze[1] or "").rstrip(".!") if unfreeze else ""
        if unfreeze and not FREEZE_ID.fullmatch(name) and self._freezing.target(name) is None:
            return None if refusal else freezewording.WHICH
        if refusal:
            return refusal
        if freeze and target is not None:
            if not (freeze[2] or "").strip():
                return freezewording.WHY
            return freezewording.begun(await self._freezing.begin(target, freeze[2], who.id))
        if unfreeze:
            return await self._lifted(name, who)
        freezes = await self._freezing.in_force()
        return freezewording.listed(freezes, who.zone, await self._facts.names([one.by for one in freezes]))

    async def _lifted(self, name: str, who: Principal) -> str:
        """By the id of a freeze, or by what exactly one is on."""
        if len(found := await self._freezing.on(name)) > 1:
            return freezewording.several(name, found)
        try:
            lifted = await self._freezing.lift(name, who.id)
        except LookupError:
            by_id = FREEZE_ID.fullmatch(name) is not None
            return (
                freezewording.none_such(name.upper()) if by_id else freezewording.none_on(name, await self._freezing.stopping(name))
            )
        return freezewording.lifted(lifted, await self._freezing.still(lifted))

    async def _refusal(self, who: Principal) -> str:
        """Why this person may not; empty when they hold one of the roles."""
        policies = self._policies.current
        if not policies.admins:
            return freezewording.NO_ADMINS
        match await self._facts.admin(who, policies, self._clock.now()):
            case Membership.YES:
                return ""
            case Membership.NO:
                return freezewording.no_admin(policies.admins)
            case _:
                return freezewording.ADMIN_UNKNOWN


def _near(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, 1)
    return f"; did you mean {near[0]!r}?" if near else ""
