"""Transcript and ledger → the messages that a model sees. One pure function.

INVARIANT: every call that the history shows is answered, in the next messages, exactly once; no answer stands without its call.
A call that waits for a person is answered "waiting for A-17" (and by whose click, where it is the requester's own) and stays so;
what came of it later is shown as a call of the read-only tool ``call_outcome`` with its result, appended where it became known.
What retrieval found for a message is shown as a call of ``search_runbooks`` behind it. So the history only grows, at its end.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bot.domain import Call, CallState, Line, ToolCall
from bot.ports import Said

OUTCOME_TOOL = "call_outcome"
SEARCH_TOOL = "search_runbooks"
ARTICLES_TOOL = "search_articles"

Unseen = Mapping[str, Collection[str]]
"""Tool → keys of its results, at any depth, that no model is shown."""


def build(lines: Sequence[Line], calls: Sequence[Call], unseen: Unseen | None = None) -> list[Said]:
    """The history of a case, oldest first. Words of others than the requester are no instructions and are left out."""
    hidden = unseen or {}
    ledger = {call.call: call for call in calls}
    outcomes = {line.data["call"] for line in lines if line.role == "outcome"}
    said: list[Said] = []
    shown: set[str] = set()

    def pair(ask: ToolCall, answer: str) -> None:
        if ask.id not in shown:
            shown.add(ask.id)
            said.append(Said("bot", "", (ask,)))
            said.append(Said("result", answer, tool_call=ask.id))

    for line in sorted(lines, key=lambda line: line.position):
        match line.role:
            case "requester":
                said.append(Said("requester", line.text))
            case "bot" if line.text.strip():
                said.append(Said("bot", line.text))
            case "guide":
                pair(ToolCall(f"guide.{line.position}", SEARCH_TOOL, {"query": line.data.get("query", "")}), line.text)
            case "call":
                asked = [_call(one) for one in line.data.get("calls", ()) if one["id"] not in shown]
                if not asked:
                    continue
                shown.update(call.id for call in asked)
                said.append(Said("bot", line.text, tuple(asked)))
                said.extend(
                    Said("result", content(ledger.get(call.id), hidden, first=call.id in outcomes), tool_call=call.id)
                    for call in asked
                )
            case "outcome":
                call = ledger.get(line.data["call"])
                if call is not None and call.call in shown:
                    pair(
                        ToolCall(f"{call.call}.outcome", OUTCOME_TOOL, {"approval": call.asked}),
                        content(call, hidden),
                    )
            case _:
                continue
    return said


def content(call: Call | None, unseen: Unseen | None = None, *, first: bool = False) -> str:
    """All that a model may know of a call, as JSON. `first`: what it was told when it asked, before a person answered."""
    if call is None:
        return json.dumps({"state": "not run"})
    if call.state is CallState.WAITING or first:
        own = {"of": "the requester, by a click"} if call.confirmation else {}
        return json.dumps({"state": "waiting", "for": call.asked} | own)
    answer: dict[str, Any] = {"state": str(call.state)}
    if call.reason:
        answer["reason"] = call.reason
    if call.purpose:
        answer["purpose"] = call.purpose
    if call.result is not None:
        answer["result"] = _without(call.result, frozenset((unseen or {}).get(call.tool, ())))
    if call.check is not None:
        answer["observed"] = call.check.get("observed", "")
    return json.dumps(answer, ensure_ascii=False, sort_keys=True, default=str)


def _without(value: Any, names: frozenset[str]) -> Any:
    """The same without these keys, at any depth."""
    if isinstance(value, Mapping):
        return {key: _without(one, names) for key, one in value.items() if key not in names}
    if isinstance(value, list | tuple):
        return [_without(one, names) for one in value]
    return value


def _call(one: Mapping[str, Any]) -> ToolCall:
    return ToolCall(one["id"], one["tool"], one["arguments"])
