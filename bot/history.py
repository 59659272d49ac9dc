"""Transcript and ledger → the messages that a model sees. One pure function.

INVARIANT: every call that the history shows is answered, in the next messages, exactly once; no answer stands without its call.
A call that waits for a person is answered "waiting for A-17" and stays so; what came of it later is shown as a call of the
read-only tool ``call_outcome`` with its result, appended where it became known. So the history only ever grows at its end.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain import Call, CallState, Line, ToolCall
from bot.ports import Said

OUTCOME_TOOL = "call_outcome"


def build(lines: Sequence[Line], calls: Sequence[Call]) -> list[Said]:
    """The history of a case, oldest first. Words of others than the requester are no instructions and are left out."""
    ledger = {call.call: call for call in calls}
    outcomes = {line.data["call"] for line in lines if line.role == "outcome"}
    said: list[Said] = []
    shown: set[str] = set()
    for line in sorted(lines, key=lambda line: line.position):
        match line.role:
            case "requester":
                said.append(Said("requester", line.text))
            case "bot":
                said.append(Said("bot", line.text))
            case "call":
                asked = [_call(one) for one in line.data.get("calls", ()) if one["id"] not in shown]
                if not asked:
                    continue
                shown.update(call.id for call in asked)
                said.append(Said("bot", line.text, tuple(asked)))
                said.extend(
                    Said("result", content(ledger.get(call.id), first=call.id in outcomes), tool_call=call.id) for call in asked
                )
            case "outcome":
                call = ledger.get(line.data["call"])
                if call is None or call.call not in shown:
                    continue
                ask = ToolCall(f"{call.call}.outcome", OUTCOME_TOOL, {"approval": call.approval})
                if ask.id in shown:
                    continue
                shown.add(ask.id)
                said.append(Said("bot", "", (ask,)))
                said.append(Said("result", content(call), tool_call=ask.id))
            case _:
                continue
    return said


def content(call: Call | None, *, first: bool = False) -> str:
    """All that a model may know of a call, as JSON. `first`: what it was told when it asked, before a person answered."""
    if call is None:
        return json.dumps({"state": "not run"})
    if call.state is CallState.WAITING or first:
        return json.dumps({"state": "waiting", "for": call.approval})
    answer: dict[str, Any] = {"state": str(call.state)}
    if call.reason:
        answer["reason"] = call.reason
    if call.result is not None:
        answer["result"] = dict(call.result)
    if call.check is not None:
        answer["observed"] = call.check.get("observed", "")
    return json.dumps(answer, ensure_ascii=False, default=str)


def _call(one: Mapping[str, Any]) -> ToolCall:
    return ToolCall(one["id"], one["tool"], one["arguments"])
