"""The words of what follows a change: who is told of it, and who looks at it afterwards."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain import Call, CallState
from bot.obligations import Notify, Review
from bot.words import wording

UNMET = "The policy asks for something here that I don't know how to do ({}), so I won't do this."
MADE = {
    CallState.VERIFIED: "It was done, and I looked whether it took effect.",
    CallState.TAKEN_OVER: "A person did it by hand, and I looked whether it took effect.",
    CallState.UNVERIFIED: "I did it, but when I looked again it did not show.",
}
MAY_HAVE_BEEN_MADE = "I couldn't find out whether it took effect; it may have."


def _whoever(roles: Sequence[str]) -> str:
    return wording.one_of([wording.role(name) for name in roles])


def notified(call: Call, requester: str, beneficiary: str, asked: Sequence[Notify]) -> str:
    """To whoever a policy has told of a change."""
    policies = "; ".join(f"{one.policy} ({one.because})" if one.because else one.policy for one in asked)
    lines = [
        f"*You are told of this by the policy:* {call.sentence}",
        f"Asked by {requester}" + (f", for {beneficiary}." if beneficiary and beneficiary != requester else "."),
        *([f"The reason given: “{call.purpose}”"] if call.purpose else []),
        MADE.get(call.state, MAY_HAVE_BEEN_MADE),
        f"Policy: {policies}. Case {call.case}, call {call.id}.",
    ]
    return "\n".join(lines)


def nobody_told(roles: Sequence[str], text: str) -> str:
    """In the channel for cards, where those who should have been told could not be."""
    return f"{_whoever(roles)} should be told of this, and I could reach nobody there:\n{text}"


def review_title(review: Review, sentence: str) -> str:
    return f"Review for {_whoever(review.by)}: {sentence}"


def review_text(call: Call, review: Review, by: datetime) -> str:
    """Of the ticket; plain text."""
    names = dict(call.resource.get("people") or {})
    asked, gains = (names.get(one, one) for one in (call.principal, call.beneficiary))
    lines = [
        f"Please look at this afterwards, by {by:%d %b %Y, %H:%M} UTC. For: {_whoever(review.by)}.",
        f"Policy {review.policy}: {review.because}" if review.because else f"Policy {review.policy}.",
        "",
        f"What: {call.sentence}",
        f"By tool {call.tool} with "
        + (", ".join(f"{name} = {value}" for name, value in sorted(call.arguments.items())) or "nothing"),
        f"Asked by {asked}" + (f", for {gains}" if gains else ""),
        f"The reason given: {call.purpose}" if call.purpose else "No reason was asked for.",
        MADE.get(call.state, MAY_HAVE_BEEN_MADE),
        *([f"Seen: {call.check['observed']} ({call.check['how']})"] if call.check else []),
        f"Case {call.case}, call {call.id}" + (f", approval {call.approval}" if call.approval else "") + ".",
    ]
    return "\n".join(lines)


def to_be_reviewed(sentence: str, ticket: str, review: Review, by: datetime) -> str:
    who = _whoever(review.by)
    return f"As the policy asks, {who} will look at *{sentence}* afterwards: ticket *{ticket}*, by {by:%d %b %Y, %H:%M} UTC."


def not_reviewed(call: Call, review: Review) -> str:
    """In the channel for cards."""
    what = f"{_whoever(review.by)} should look at *{call.sentence}* afterwards (policy {review.policy})"
    return f"{what}, but I couldn't open a ticket for it. Case {call.case}, call {call.id}."
