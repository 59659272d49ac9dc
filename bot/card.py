"""What people are shown of a call that waits: the approvers on their cards, the requester in their conversation. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot import askwording, clickwording, originwording
from bot.consent import Act, Approval, ApprovalKind, ApprovalState
from bot.domain import Call, CallState, Case, Post, PostKind, Principal
from tools.contract import Tool, end_of


def confirm_posts(approval: Approval, call: Call, case: Case, content: Mapping[str, Any]) -> list[Post]:
    """A confirmation where the requester reads it."""
    thread = case.data.get("threads", {}).get(call.plan, case.thread)
    return [Post(key, PostKind.CONFIRM, content, channel=case.channel, thread=thread, case=case.id) for key in approval.cards]


def card_posts(approval: Approval, case: str, channel: str, drawn: Mapping[str, tuple[Approval, Mapping[str, Any]]]) -> list[Post]:
    """Every post that shows it, each with all that stands on it. `channel` is the approvers', beside their direct messages.

    `drawn`: each approval that may stand on one of them, itself included, with its card by id.
    """
    made = []
    for key in approval.cards:
        shown = [content for one, content in drawn.values() if key in one.cards]
        where = where_of(key)
        to = {"channel": channel} if where == "channel" else {"person": where}
        made.append(Post(key, PostKind.CARD, joint(shown), case=case, **to))
    return made


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
    *,
    requester: Principal,
    words: str,
    tool: Tool[Any] | None,
    names: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What a card shows: every argument in full, who asks in which words, what it touches, and why the policy asks."""
    names, own = names or {}, approval.kind is ApprovalKind.CONFIRMATION
    return {
        "approval": approval.id,
        "nonce": approval.nonce,
        "state": str(approval.state),
        "sentence": call.sentence,
        "tool": call.tool,
        "arguments": [[name, _shown(call.arguments[name])] for name in sorted(call.arguments)],
        "requester": {"handle": requester.id, "name": requester.name, "slack_id": requester.slack_id},
        "words": words,
        "purpose": call.purpose,
        "wants_reason": approval.wants_reason,
        "beneficiary": call.beneficiary,
        "resource": {key: call.resource.get(key, "") for key in ("kind", "id", "label", "owner")},
        "reversible": tool is not None and tool.reversible,
        "because": list(dict.fromkeys(one.because for one in (*approval.owed, *approval.asks) if one.because)),
        "policies": list(call.policies),
        "expires": approval.expires.isoformat(),
        "needed": clickwording.YOUR_CLICK if own else askwording.needed(approval),
        "origins": originwording.rows(call.origins, requester.name or requester.id),
        "votes": [{"name": names.get(vote.by, vote.by), "approve": vote.approve, "reason": vote.reason} for vote in approval.votes],
        "case": approval.case,
        "digest": approval.digest[:12],
        "questions": [{"name": names.get(one.by, one.by), "text": one.text, "answer": one.answer} for one in approval.questions],
        "step_up": list(approval.step_up),
        "offers": [str(act) for act in offers(approval, call, tool)],
        "outcome": clickwording.outcome(approval) if own else askwording.card_outcome(approval, names),
    }


def offers(approval: Approval, call: Call, tool: Tool[Any] | None) -> list[Act]:
    """What the card offers besides yes and no; whether somebody may is looked at when they click."""
    if approval.kind is ApprovalKind.CONFIRMATION or tool is None or call.state is not CallState.WAITING:
        return []
    if approval.state is ApprovalState.TAKEN_OVER:
        return [Act.DONE, Act.BACK]
    if approval.state is not ApprovalState.WAITING:
        return []
    set_earlier = bool(end_of(tool.arguments)) and any(owed.shorten for owed in approval.owed)
    shorter = set_earlier and not call.confirmation and not approval.step_up
    return [
        *([Act.SHORTEN] if shorter else []),
        *([] if approval.open_question else [Act.ASK]),
        *([] if tool.deed else [Act.TAKE]),
        Act.WHY,
        Act.LATER,
    ]


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else str(value)
