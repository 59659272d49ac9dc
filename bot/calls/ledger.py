"""What is written of a call: its end, and its line in the audit."""

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from bot.audit.record import hidden
from bot.consent import Approval, ApprovalState
from bot.domain import UNDO, Call, CallState
from bot.ports import Work
from bot.words import wording
from tools.contract import Tool, essence

HAPPENED = frozenset({CallState.VERIFIED, CallState.UNVERIFIED, CallState.UNKNOWN, CallState.TAKEN_OVER})
"""States of a change that was made, or may have been."""


def ended(call: Call, state: CallState, at: datetime, reason: str) -> Call:
    decision = call.decision or ("deny" if state is CallState.DENIED else "")
    return dataclasses.replace(call, state=state, finished=at, reason=reason, decision=decision)


def denied_by_person(call: Call, approvals: Iterable[Approval]) -> bool:
    """Whether somebody who was asked (these are all that there is of the case) said no; else it was the policy, or a limit."""
    said_no = any(one.call == call.id and one.state is ApprovalState.DENIED for one in approvals)
    return call.state is CallState.DENIED and said_no


def same_request(one: Call, other: Call, tool: Tool[Any]) -> bool:
    """Whether two calls of a tool ask for the same of the same thing; another reason or another end makes no other request."""
    things = [(call.resource.get("kind"), call.resource.get("id")) for call in (one, other)]
    asked = [essence(tool.arguments, call.arguments) for call in (one, other)]
    return things[0] == things[1] and asked[0] == asked[1]


def goes_before(other: Call, call: Call, calls: Sequence[Call], spoke: str | None) -> str:
    """Why an earlier, identical call of the case makes this one needless; empty when it does not.

    `spoke` is when the requester last wrote: from then on the same may be done again.
    """
    if other.state is CallState.WAITING:
        return wording.waits_already(other.asked)
    if other.plan != call.plan or other.state not in HAPPENED or other.finished is None:
        return ""
    later = [one for one in calls[calls.index(other) + 1 :] if one.effect == "change" and one.state in HAPPENED]
    changed = any(one.arguments != other.arguments or UNDO in one.step + other.step for one in later)
    if changed or not spoke or other.finished < datetime.fromisoformat(spoke):
        return ""
    return wording.DONE_ALREADY


async def conversation(work: Work, case: str) -> str:
    found = await work.case(case)
    return found.conversation if found else ""


async def audit(work: Work, call: Call) -> None:
    """A line for each state that a call comes to. The name of a tool that there is not is a model's words: its digest stands."""
    kind, name = str(call.resource.get("kind", "")), str(call.resource.get("id", ""))
    await work.audit(
        "call",
        call.case,
        {
            "call": call.id,
            "tool": call.tool if call.system else hidden(call.tool),
            "state": str(call.state),
            "principal": call.principal,
            "system": call.system,
            "effect": call.effect,
            "resource": f"{kind}:{name}" if kind else "",
            "beneficiary": call.beneficiary,
            "decision": call.decision,
            "policies": list(call.policies),
            "policy_version": call.policy_version,
            "digest": call.digest,
            "confirmation": call.confirmation,
            "approval": call.approval,
            "plan": call.plan,
            "held": bool(call.check["held"]) if call.check else None,
        },
    )


async def audit_answer(work: Work, one: Approval, **more: Any) -> None:
    """A line for each state that an approval or a confirmation comes to, and for each answer: who said yes or no, never why."""
    votes = [
        {"by": vote.by, "approve": vote.approve, **({"step_up": list(vote.step_up)} if vote.step_up else {})} for vote in one.votes
    ]
    await work.audit(
        str(one.kind), one.case, {"approval": one.id, "call": one.call, "state": str(one.state), "votes": votes, **more}
    )


async def numbered(work: Work, call: Call) -> Call:
    """The call with an id of its own, the first time that it is written down."""
    return call if call.id else dataclasses.replace(call, id=await work.new_id("K"))
