"""Guards taken away, one at a time: the witness must see it."""

import dataclasses
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from bot import gate
from bot.approvals import confirmation, looking, quorum
from bot.approvals.approvers import Approvers
from bot.approvals.confirmation import Confirmations
from bot.approvals.outcome import Approvals
from bot.approvals.steppingup import SteppingUp
from bot.domain import Membership, PersonKind
from bot.execution import claims
from bot.execution.origins import Origins, Traced
from bot.facts import Facts
from bot.obligations import Freeze, Owed, Permit
from bot.ports import Click
from bot.turns import conversation
from bot.words import askwording

Remove = Callable[[pytest.MonkeyPatch], None]


def _nothing_is_owed(patch: pytest.MonkeyPatch) -> None:
    decide = gate.decide

    def bare(*args: Any) -> Any:
        decision = decide(*args)
        return dataclasses.replace(decision, owes=()) if isinstance(decision, Permit) else decision

    patch.setattr(gate, "decide", bare)


def _anybody_may_answer(patch: pytest.MonkeyPatch) -> None:
    async def welcome(*_: Any) -> str:
        return ""

    async def enough(*_: Any) -> tuple[int, ...]:
        return ()

    patch.setattr(Approvers, "refusal", welcome)
    patch.setattr(Approvers, "unmet", enough)


def _one_is_enough(patch: pytest.MonkeyPatch) -> None:
    async def enough(*_: Any) -> tuple[int, ...]:
        return ()

    patch.setattr(Approvers, "unmet", enough)


def _one_person_for_all(patch: pytest.MonkeyPatch) -> None:
    def unmet(owed: Sequence[Owed], able: Mapping[str, Any]) -> tuple[int, ...]:
        return tuple(at for at in range(len(owed)) if not any(at in places for places in able.values()))

    patch.setattr(quorum, "unmet", unmet)


def _requester_agrees(patch: pytest.MonkeyPatch) -> None:
    """Whoever asks, or gains, may say yes."""
    refusal, unmet = Approvers.refusal, Approvers.unmet

    async def lenient(self: Any, *args: Any) -> str:
        why = await refusal(self, *args)
        return "" if why in (askwording.OWN_REQUEST, askwording.OWN_GAIN) else why

    async def without(self: Any, votes: Any, requester: Any, call: Any, approval: Any) -> Any:
        lacking = await unmet(self, votes, requester, call, approval)
        own = {call.principal, call.beneficiary}
        return () if any(vote.approve and vote.by in own for vote in votes) else lacking

    patch.setattr(Approvers, "refusal", lenient)
    patch.setattr(Approvers, "unmet", without)


def _no_click(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(confirmation, "asks", lambda permit: ())


def _anybodys_click(patch: pytest.MonkeyPatch) -> None:
    """Of whoever presses it counts as the requester's."""
    answer = Confirmations.answer

    async def any_click(self: Any, click: Click) -> Any:
        async with self._work() as work:
            one = await work.approval(click.approval)
            case = await work.case(one.case) if one else None
        return await answer(self, dataclasses.replace(click, slack_id=case.slack_id, team=case.team) if case else click)

    patch.setattr(Confirmations, "answer", any_click)


def _no_freeze(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Freeze, "stops", lambda *_: False)


def _no_nonce(patch: pytest.MonkeyPatch) -> None:
    class Lenient:
        token_urlsafe = staticmethod(secrets.token_urlsafe)

        @staticmethod
        def compare_digest(*_: Any) -> bool:
            return True

    patch.setattr(looking, "secrets", Lenient)
    patch.setattr(confirmation, "secrets", Lenient)


def _no_origins(patch: pytest.MonkeyPatch) -> None:
    async def of(*_: Any) -> Traced:
        return Traced()

    patch.setattr(Origins, "of", of)


def _never_aside(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Origins, "_aside", lambda *_: False)


def _no_limit(patch: pytest.MonkeyPatch) -> None:
    async def reached(*_: Any, **__: Any) -> list[Any]:
        return []

    patch.setattr(claims, "_reached", reached)


def _guests_are_members(patch: pytest.MonkeyPatch) -> None:
    principal = Facts.principal

    async def member(self: Any, *args: Any) -> Any:
        return dataclasses.replace(await principal(self, *args), kind=PersonKind.MEMBER)

    patch.setattr(Facts, "principal", member)


def _every_role(patch: pytest.MonkeyPatch) -> None:
    async def leaf(*_: Any, **__: Any) -> Membership:
        return Membership.YES

    patch.setattr(Facts, "_leaf", leaf)


def _nothing_ends(patch: pytest.MonkeyPatch) -> None:
    """What was withdrawn, or not confirmed, goes on waiting."""

    async def end(*_: Any, **__: Any) -> bool:
        return True

    patch.setattr(Approvals, "end", end)


def _other_cases_approvals(patch: pytest.MonkeyPatch) -> None:
    async def waiting(self: Any, work: Any, name: str, case: str) -> Any:
        approval = await work.approval(name)
        call = await work.call(approval.call) if approval else None
        if approval is None or call is None:
            raise conversation.NotFound("none")
        return approval, call

    patch.setattr(conversation._Conversation, "waiting", waiting)


def _a_click_is_a_name(patch: pytest.MonkeyPatch) -> None:
    async def missing(*_: Any) -> None:
        return

    patch.setattr(SteppingUp, "missing", missing)


GUARDS: Mapping[str, Remove] = {
    "nothing is owed": _nothing_is_owed,
    "anybody may answer an approval": _anybody_may_answer,
    "one yes is enough for any number": _one_is_enough,
    "one person stands for all questions": _one_person_for_all,
    "whoever asks or gains may agree": _requester_agrees,
    "the requester's click and reason are not asked for": _no_click,
    "anybody's click is the requester's": _anybodys_click,
    "a freeze stops nothing": _no_freeze,
    "a button's nonce is not looked at": _no_nonce,
    "where values come from is not looked at": _no_origins,
    "no change stands beside the plan": _never_aside,
    "limits are not counted": _no_limit,
    "guests are members": _guests_are_members,
    "everybody holds every role": _every_role,
    "what was withdrawn goes on": _nothing_ends,
    "other cases' approvals can be withdrawn": _other_cases_approvals,
    "a click does for a typed name": _a_click_is_a_name,
}
