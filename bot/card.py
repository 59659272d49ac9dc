"""What an approver is shown of a call that waits. Pure."""

from collections.abc import Mapping
from typing import Any

from bot import wording
from bot.domain import Approval, Call, Principal


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
    names = names or {}
    return {
        "approval": approval.id,
        "nonce": approval.nonce,
        "state": str(approval.state),
        "sentence": call.sentence,
        "tool": call.tool,
        "arguments": [[name, _shown(call.arguments[name])] for name in sorted(call.arguments)],
        "requester": {"handle": requester.id, "name": requester.name, "slack_id": requester.slack_id},
        "words": words,
        "beneficiary": call.beneficiary,
        "resource": {key: call.resource.get(key, "") for key in ("kind", "id", "label", "owner")},
        "reversible": reversible,
        "because": list(dict.fromkeys(owed.because for owed in approval.owed if owed.because)),
        "policies": list(call.policies),
        "expires": approval.expires.isoformat(),
        "needed": wording.needed(approval),
        "votes": [{"name": names.get(vote.by, vote.by), "approve": vote.approve, "reason": vote.reason} for vote in approval.votes],
        "case": approval.case,
        "digest": approval.digest[:12],
        "outcome": wording.card_outcome(approval, names),
    }


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else str(value)
