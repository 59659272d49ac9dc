"""What people are shown of a call that waits: the approvers on their cards, the requester in their conversation. Pure."""

from collections.abc import Mapping
from typing import Any

from bot import askwording, clickwording
from bot.consent import Approval, ApprovalKind
from bot.domain import Call, Case, Post, PostKind, Principal


def posts(
    approval: Approval,
    call: Call,
    case: Case,
    *,
    requester: Principal,
    words: str,
    reversible: bool,
    channel: str,
    names: Mapping[str, str] | None = None,
) -> list[Post]:
    """Every post that shows it, all alike. `channel` is the approvers', beside their direct messages."""
    content = card(approval, call, requester=requester, words=words, reversible=reversible, names=names)
    if approval.kind is ApprovalKind.CONFIRMATION:
        thread = case.data.get("threads", {}).get(call.plan, case.thread)
        return [Post(key, PostKind.CONFIRM, content, channel=case.channel, thread=thread, case=case.id) for key in approval.cards]
    made = []
    for key in approval.cards:
        where = key.rsplit(":", 1)[-1]
        to = {"channel": channel} if where == "channel" else {"person": where}
        made.append(Post(key, PostKind.CARD, content, case=case.id, **to))
    return made


def card(
    approval: Approval,
    call: Call,
    *,
    requester: Principal,
    words: str,
    reversible: bool,
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
        "reversible": reversible,
        "because": list(dict.fromkeys(one.because for one in (*approval.owed, *approval.asks) if one.because)),
        "policies": list(call.policies),
        "expires": approval.expires.isoformat(),
        "needed": clickwording.YOUR_CLICK if own else askwording.needed(approval),
        "votes": [{"name": names.get(vote.by, vote.by), "approve": vote.approve, "reason": vote.reason} for vote in approval.votes],
        "case": approval.case,
        "digest": approval.digest[:12],
        "outcome": clickwording.outcome(approval) if own else askwording.card_outcome(approval, names),
    }


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else str(value)
