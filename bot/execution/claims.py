"""The claim: the one moment at which a change becomes ours to make. Everything that could stop it is looked at again, in one
transaction with the row that says that it has begun.

    freezes ─▶ limits and ceilings ─▶ the approvals, held ─▶ the row, from waiting or new to started ─▶ approvals used up

INVARIANT: a freeze that was committed before the claim stops it, on every replica, also what was approved.
INVARIANT: what was approved is claimed in the time of its approval, or not at all.
INVARIANT: of changes that a limit counts together, no more are claimed than it allows, however many are asked for at once.
Locks are taken in one order (freezes, counts by their key, the call's approvals, the call), so nobody waits in a circle.
"""

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.approvals import quorum
from bot.calls import ledger
from bot.consent import Approval, ApprovalState
from bot.domain import SYSTEM, Call, CallState, Count
from bot.obligations import Limit, Owed, Permit
from bot.ports import Clock, Work, WorkFactory
from bot.words import askwording, freezewording, wording


@dataclass(frozen=True, slots=True)
class Taken:
    """Somebody else has claimed it, or it has ended: as it stands in the ledger."""

    call: Call


@dataclass(frozen=True, slots=True)
class Stopped:
    """It is not claimed, and how it ends: frozen, denied, or expired."""

    state: CallState
    reason: str


@dataclass(frozen=True, slots=True)
class Asks:
    """It is not claimed before people have said yes to all of this."""

    owed: tuple[Owed, ...]


class Claims:
    """Claims calls that the gate has permitted."""

    def __init__(self, work: WorkFactory, clock: Clock) -> None:
        self._work = work
        self._clock = clock

    async def claim(
        self, call: Call, permit: Permit, given: Sequence[Approval] = (), answered: Sequence[Owed] = ()
    ) -> Call | Taken | Stopped | Asks:
        """The call, started: it is ours to make, once. Anything else is not.

        `given` are the approvals that the call has, which are used up by it; `answered`: what they were found to be enough for.
        """
        now = self._clock.now()
        key = f"{call.case}:{call.call}:{call.digest[:16]}"
        async with self._work() as work:
            for freeze in await work.freezes(hold=True):
                if freeze.stops(call.tool, call.system, call.effect):
                    return Stopped(CallState.FROZEN, freezewording.stopped(freeze.id, freeze.because))
            if any(one.owed and one.expires <= now for one in given):
                return Stopped(CallState.EXPIRED, askwording.TOO_LATE)
            reached = await _reached(work, call, permit, now, hold=True)
            if closed := [limit for limit in reached if limit.beyond is None]:
                return Stopped(CallState.DENIED, wording.over_limit(closed[0]))
            owed = (*permit.approvals, *beyond(reached))
            if not quorum.within(beyond(reached), answered):
                return Asks(owed)
            held = {one.id: one for one in await work.held([call.id])} if given else {}
            if void := [one.id for one in given if one.id not in held or held[one.id].state is not ApprovalState.APPROVED]:
                return await _taken(work, call, void[0], held.values())
            started = await ledger.numbered(work, dataclasses.replace(call, state=CallState.STARTED, started=now, key=key))
            if not await work.claim(started):
                return Taken(await work.call(started.id) or call)
            for one in given:
                used = dataclasses.replace(held[one.id], state=ApprovalState.USED)
                await work.save_approval(used)
                await ledger.audit_answer(work, used)
                await work.not_due(f"expire:{one.id}")
            await ledger.audit(work, started)
        return started

    async def stopped(self, call: Call) -> bool:
        """Whether a freeze stops this call now."""
        async with self._work() as work:
            return any(freeze.stops(call.tool, call.system, call.effect) for freeze in await work.freezes())

    async def owed_beyond(self, call: Call, permit: Permit) -> tuple[Owed, ...]:
        """What is owed besides, since limits are reached already: people are asked before it is tried."""
        if not any(limit.beyond for limit in permit.limits):
            return ()
        async with self._work() as work:
            return beyond(await _reached(work, call, permit, self._clock.now()))


def beyond(reached: Sequence[Limit]) -> tuple[Owed, ...]:
    """What these limits owe once they are reached, each once; whoever is asked reads why."""
    found = {one.beyond: one for one in reached if one.beyond is not None}
    return tuple(dataclasses.replace(owed, because=wording.beyond_limit(limit, owed.because)) for owed, limit in found.items())


def count(limit: Limit, call: Call, now: datetime) -> Count:
    """What a limit counts for this call."""
    value = {
        "principal": call.principal,
        "beneficiary": call.beneficiary,
        "resource": f"{call.resource.get('kind')}:{call.resource.get('id')}",
        "tool": call.tool,
        "case": call.case,
        "system": call.system,
    }[limit.per]
    return Count("" if limit.every else call.tool, limit.per, value, now - limit.within)


async def _taken(work: Work, call: Call, void: str, held: Collection[Approval]) -> Taken:
    """The call as it stands, since what was given for it is not any more. One that nobody would answer does not stand so."""
    now = await work.call(call.id)
    if now is None or (now.state is CallState.WAITING and not any(one.state is ApprovalState.WAITING for one in held)):
        raise RuntimeError(f"approval {void} was used by another")
    return Taken(now)


async def _reached(work: Work, call: Call, permit: Permit, now: datetime, *, hold: bool = False) -> list[Limit]:
    """The limits that one more call would pass. A ceiling on persons is none on Deskhand, which ends what others were given."""
    limits = [one for one in permit.limits if not (one.every and one.per == "principal" and call.principal == SYSTEM.id)]
    if not limits:
        return []
    counted = await work.count_changes([count(one, call, now) for one in limits], hold=hold)
    return [limit for limit, there in zip(limits, counted, strict=True) if there >= limit.times]
