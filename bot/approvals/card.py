"""What people are shown of a call that waits: the approvers on their cards, the requester in their conversation. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.approvals import quorum, risk
from bot.consent import Act, Approval, ApprovalKind, ApprovalState
from bot.domain import Call, CallState, Case, Post, PostKind, Principal
from bot.obligations import Confirm, Owed, Reason
from bot.words import actwording, askwording, clickwording, originwording
from tools.contract import Tool, end_of

DONE = "done_by_hand"
"""How a card calls what was taken over once it shows; every other state it calls as `ApprovalState` does."""


def confirm_posts(approval: Approval, call: Call, case: Case, content: Mapping[str, Any]) -> list[Post]:
    """A confirmation where the requester reads it."""
    thread = case.thread_of(call.plan)
    return [Post(key, PostKind.CONFIRM, content, channel=case.channel, thread=thread, case=case.id) for key in approval.cards]


def card_posts(approval: Approval, case: str, channel: str, drawn: Sequence[tuple[Approval, Mapping[str, Any]]]) -> list[Post]:
    """Every post that shows it, each with all that stands on it. `channel` is the approvers', beside their direct messages.

    `drawn`: each approval that may stand on one of them, itself included, with its card.
    """
    made = []
    for key in approval.cards:
        where = where_of(key)
        shown = [{**content, "because": because(one, where)} for one, content in drawn if key in one.cards]
        to = {"channel": channel} if where == "channel" else {"person": where}
        made.append(Post(key, PostKind.CARD, joint(shown), case=case, **to))
    return made


def because(approval: Approval, where: str) -> list[str]:
    """Why the policies ask whoever reads this card; in the channel, where all read it, each with whom it asks."""
    mine = [owed for owed, term in approval.debts if where in term.asked]
    if mine or len(approval.owed) < 2:  # noqa: PLR2004 - one asks one question of all
        return _reasons(mine or approval.owed)
    return list(dict.fromkeys(askwording.asked_of(owed, term) for owed, term in approval.debts if owed.because))


def _reasons(owed: Sequence[Owed | Confirm | Reason]) -> list[str]:
    return list(dict.fromkeys(one.because for one in owed if one.because))


def question_post(approval: Approval, case: Case, call: Call, text: str, number: int, *, open_: bool = True) -> Post:
    """What somebody asks before they answer, where the requester reads it, with a way to answer while nobody has."""
    content = {
        "text": text,
        "case": case.id,
        "buttons": [],
        **({"reply": {"approval": approval.id, "nonce": approval.nonce}} if open_ else {}),
    }
    thread = case.thread_of(call.plan)
    return Post(f"question:{approval.id}:{number}", PostKind.NOTE, content, channel=case.channel, thread=thread, case=case.id)


def where_of(key: str) -> str:
    """Of a card's key whose it is: a Slack id, or ``channel``."""
    return key.rsplit(":", 1)[-1]


def joint(shown: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """One card as it is; several beside each other, with what answers all that wait of them at once: each by its digest."""
    if len(shown) == 1:
        return shown[0]
    waiting = [one for one in shown if one["state"] == str(ApprovalState.WAITING)]
    everything = [{name: one[name] for name in ("approval", "nonce", "digest")} for one in waiting if not one["step_up"]]
    return {"cards": [dict(one) for one in shown], "all": everything if len(everything) > 1 else [], "case": shown[0]["case"]}


def card(
    approval: Approval,
    call: Call,
    case: Case,
    *,
    requester: Principal,
    tool: Tool[Any] | None,
    names: Mapping[str, str] | None = None,
    others: Sequence[Call] = (),
    before: Approval | None = None,
) -> dict[str, Any]:
    """What a card shows: every argument in full, who asks in which words and where, what it touches, and why the policy asks.

    `names` by handle, beside those that were written down with the call; `others` are all calls of the case; `before` is the
    approval whose place it took.
    """
    people = dict(call.resource.get("people") or {})
    names, own = {**people, **(names or {})}, approval.kind is ApprovalKind.CONFIRMATION
    there = (call.check or {}).get("held")
    judged = risk.risk(approval, call, tool, requester.name or requester.id)
    resource = {key: str(call.resource.get(key, "")) for key in ("kind", "id", "label", "owner")}
    return {
        "approval": approval.id,
        "nonce": approval.nonce,
        "state": DONE if approval.state is ApprovalState.TAKEN_OVER and approval.answered else str(approval.state),
        "sentence": call.sentence,
        "tool": call.tool,
        "arguments": [[name, _shown(call.arguments[name])] for name in sorted(call.arguments)],
        "requester": {"handle": requester.id, "name": requester.name, "slack_id": requester.slack_id},
        "words": str(case.data.get("words", {}).get(call.plan, "")),
        "said": said(case, call.plan),
        "purpose": call.purpose,
        "wants_reason": approval.wants_reason,
        "beneficiary": names.get(call.beneficiary, call.beneficiary) if call.beneficiary != requester.id else "",
        "resource": {**resource, "owner": names.get(resource["owner"], resource["owner"])},
        "reversible": tool is not None and tool.reversible,
        "back": tool.back if tool is not None else "",
        "risk": {"level": str(judged.level), "grounds": list(judged.grounds)},
        "because": _reasons((*approval.owed, *approval.asks)),
        "policies": list(call.policies),
        "expires": approval.expires.isoformat(),
        "needed": clickwording.YOUR_CLICK if own else askwording.needed(approval),
        "left": askwording.still_needed(approval, quorum.still(approval)) if any(one.approve for one in approval.votes) else "",
        "origins": originwording.rows(call.origins, requester.name or requester.id),
        "votes": [{"name": names.get(vote.by, vote.by), "approve": vote.approve, "reason": vote.reason} for vote in approval.votes],
        "case": approval.case,
        "digest": approval.stamp,
        "questions": [{"name": names.get(one.by, one.by), "text": one.text, "answer": one.answer} for one in approval.questions],
        "unsaid": originwording.unsaid(call.origins, end_of(tool.arguments) if tool else "", requester.name or requester.id),
        "instead": _instead(approval, before, names),
        "so_far": askwording.so_far([one for one in others if one.id != call.id]),
        "step_up": list(approval.step_up),
        "offers": [str(act) for act in offers(approval, call, tool)],
        "outcome": clickwording.outcome(approval) if own else askwording.card_outcome(approval, names, call.state, there=there),
    }


def said(case: Case, plan: str) -> dict[str, str]:
    """Where the requester has said it: {channel, ts, thread}; the first message of the thread where nothing else is known."""
    thread = case.thread_of(plan)
    return {"channel": case.channel, "ts": str(case.data.get("said", {}).get(plan, thread)), "thread": thread}


def offers(approval: Approval, call: Call, tool: Tool[Any] | None) -> list[Act]:
    """What the card offers besides yes and no; whether somebody may is looked at when they click."""
    if approval.kind is ApprovalKind.CONFIRMATION or tool is None or call.state is not CallState.WAITING:
        return []
    if approval.state is ApprovalState.TAKEN_OVER:
        return [Act.DONE, Act.BACK]
    if approval.state is not ApprovalState.WAITING:
        return []
    set_earlier = bool(end_of(tool.arguments)) and any(owed.shorten for owed in approval.owed)
    return [
        *([Act.SHORTEN] if set_earlier and not approval.step_up else []),
        *([] if approval.open_question else [Act.ASK]),
        *([] if tool.deed else [Act.TAKE]),
        Act.WHY,
        Act.LATER,
    ]


def _instead(approval: Approval, before: Approval | None, names: Mapping[str, str]) -> str:
    """That it is for less time than `before`, and what became of the answers to that; empty where it is about the same call."""
    if before is None or before.call == approval.call:
        return ""
    chose = approval.votes[0].by
    anew = [vote.by for vote in before.votes if vote.approve and vote.by not in {one.by for one in approval.votes}]
    return actwording.instead(before.id, names.get(chose, chose), [names.get(one, one) for one in anew])


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else str(value)
