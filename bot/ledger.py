"""What is written of a call: its end, and its line in the audit."""

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.domain import Call, CallState
from bot.ports import Work


def ended(call: Call, state: CallState, at: datetime, reason: str) -> Call:
    decision = call.decision or ("deny" if state is CallState.DENIED else "")
    return dataclasses.replace(call, state=state, finished=at, reason=reason, decision=decision)


def denied_by_person(call: Call) -> bool:
    return call.state is CallState.DENIED and bool(call.approval)


def identity(resource: Mapping[str, Any]) -> tuple[Any, Any]:
    return resource.get("kind"), resource.get("id")


async def conversation(work: Work, case: str) -> str:
    found = await work.case(case)
    return found.conversation if found else ""


async def audit(work: Work, call: Call) -> None:
    await work.audit(
        "call",
        call.case,
        {
            "call": call.id,
            "tool": call.tool,
            "state": str(call.state),
            "principal": call.principal,
            "decision": call.decision,
            "policies": list(call.policies),
            "policy_version": call.policy_version,
            "digest": call.digest,
            "approval": call.approval,
        },
    )
