"""The words of approvals: to those who answer, on their cards, and what came of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.consent import Approval, ApprovalState, Term, Vote
from bot.domain import Call, CallState
from bot.obligations import Owed
from bot.words.wording import all_of, moment, one_of, role

UNKNOWN_APPROVAL = "I don't know this request. The button is not one of mine, or the request is gone."
NOT_A_MEMBER_CLICK = "Only full members of this company's workspace can answer requests."
OWN_REQUEST = "You asked for this yourself, so somebody else has to answer it."
OWN_GAIN = "This is for your own benefit, so somebody else has to answer it."
ROLE_UNKNOWN = (
    "I can't make sure right now whether you may answer this, so I can't take your answer. Please try again in a few minutes."
)
TOO_LATE = "It was approved, but its time was over before I could do it, so nothing was done."
EXPIRED_CLICK = "This request has expired, so nothing was done. The requester can ask again."
UNSEEN = "This yes was not counted, because not all of the call was shown with it. Press *Read it all*, and answer at its end."
ANSWERED_ALREADY = "You have answered this already; somebody else has to answer as well."
BUSY = "Somebody else is answering this at the same moment. Please press again."
NOT_RECORDED = "That was not recorded. Please press again in a moment."
NAME_WANTED = "This takes more than a click: answer it by itself, and type the name of what it is about."
OTHER_NAME = (
    "That is not the name of what this is about, so nothing was done. Look at it once more, and type the name as it stands."
)
FACTOR_WANTED = "One more step: confirm that it is you. Open the link, give your second factor there, and press Approve here again."
NO_SECOND_FACTOR = (
    "This takes a second factor, and I have nobody here to ask for it, so nothing was done. "
    "`doctor` tells my administrators what is missing; you can still deny it."
)
FACTOR_AWAY = (
    "I can't ask for your second factor right now: the system that knows it doesn't answer. Please press again in a few minutes."
)
NOBODY_TO_ASK = "Nobody who may approve this can be reached."


def not_this(digest: str) -> str:
    """To a yes that names no call, or another one than it would open."""
    return UNKNOWN_APPROVAL if digest else UNSEEN


def no_factor(why: str) -> str:
    return f"This takes a second factor, and that can't be had: {why}. Nothing was done."


def wrong_codes(sentence: str, approval: str) -> str:
    """To whoever the second factor is, once no more codes may be tried."""
    return (
        f"*Too many wrong codes* were typed where your second factor is asked for: *{sentence}* ({approval}). Nothing is approved: "
        "it goes on waiting, and for a quarter of an hour no code of yours is taken. Was it you? Then press Approve again after "
        "that. If not, somebody may be using your Slack account: tell your security team now."
    )


def wrong_codes_of(person: str, sentence: str, approval: str) -> str:
    """The same in the channel for cards, since nobody could say where the person (a handle) reads it."""
    return (
        f"*Too many wrong codes* were typed where the second factor of {person} is asked for: *{sentence}* ({approval}). Nothing "
        f"is approved. The directory doesn't answer, so I couldn't tell them: please ask {person} whether it was they."
    )


def not_an_approver(roles: Sequence[str]) -> str:
    return f"Only {one_of([role(name) for name in roles])} can answer this request, and you are not in there right now."


def late(approval: Approval) -> str:
    """The answer to a click on something that is over."""
    match approval.state:
        case ApprovalState.APPROVED | ApprovalState.USED:
            return f"{approval.id} was approved already; your click changed nothing."
        case ApprovalState.DENIED:
            return f"{approval.id} was denied already; your click changed nothing."
        case ApprovalState.WITHDRAWN if approval.taker:
            return f"{approval.id} was withdrawn by the requester while somebody had it in hand; I do nothing of it."
        case ApprovalState.WITHDRAWN:
            return f"{approval.id} was withdrawn by the requester; nothing will be done."
        case ApprovalState.TAKEN_OVER if approval.answered:
            return f"{approval.id} was done by hand already; your click changed nothing."
        case ApprovalState.TAKEN_OVER:
            return f"{approval.id} was taken over by somebody, who does it by hand; your click changed nothing."
        case ApprovalState.HANDED_OVER:
            return f"{approval.id} was handed over with its whole case: people go on with it; your click changed nothing."
        case ApprovalState.CANCELLED if approval.taker:
            return f"{approval.id} was dropped with its request while somebody had it in hand; I do nothing of it."
        case ApprovalState.CANCELLED:
            return f"{approval.id} was dropped, because the request that it is a part of is not done; nothing will be done."
        case ApprovalState.SUPERSEDED if approval.successor:
            return f"{approval.id} was replaced by {approval.successor}; your click changed nothing."
        case ApprovalState.SUPERSEDED:
            return f"{approval.id} was replaced, because the requester changed their request; nothing will be done."
        case ApprovalState.EXPIRED:
            return EXPIRED_CLICK
        case ApprovalState.FROZEN:
            return f"{approval.id} was approved, but a freeze stopped it; nothing was done. The requester can ask again."
        case ApprovalState.WAITING:
            return f"{approval.id} waits for an answer again; your click changed nothing."


def over(approval: Approval) -> str:
    """The answer to a click on what looks as if it waited, though its call has ended."""
    return f"What {approval.id} was about is over, so your click changed nothing."


def changed(before: Approval, now: Approval | None) -> str:
    """The answer to a click in whose moment something else came of it, or of its call."""
    if now is None:
        return UNKNOWN_APPROVAL
    if now == before:
        return over(now)
    return BUSY if now.state is before.state is ApprovalState.WAITING else late(now)


def taken(approval: Approval, vote: Vote, unmet: Sequence[int] = ()) -> str:
    """`unmet`: the positions of what is owed that still lacks a person."""
    if not vote.approve:
        return f"Denied. {approval.id} will not be done, and the requester is told why."
    if approval.state is ApprovalState.WAITING:
        left = still_needed(approval, unmet)
        return f"Your approval of {approval.id} is recorded; it still needs another person: {left}."
    return f"Approved. I'm doing it now, and will check that it took effect ({approval.id})."


def ended(state: ApprovalState) -> str:
    match state:
        case ApprovalState.WITHDRAWN:
            return "You withdrew it."
        case ApprovalState.HANDED_OVER:
            return "It was handed over to people, who go on with it."
        case ApprovalState.SUPERSEDED:
            return "You changed your request."
        case ApprovalState.CANCELLED:
            return "The request that it is a part of is not done, so I left it as it was."
        case _:
            return "Nobody answered in time."


def still_needed(approval: Approval, unmet: Sequence[int]) -> str:
    """Out of whom somebody is still needed, for what stands at these positions of what is owed."""
    debts = [approval.debts[at] for at in unmet]
    return all_of([one_of([role(name) for name in owed.roles(term.tier)]) for owed, term in debts])


def asked_of(owed: Owed, term: Term) -> str:
    """Whom a policy asks, and why."""
    return f"{one_of([role(name) for name in owed.roles(term.tier)])}: {owed.because}"


def needed(approval: Approval) -> str:
    """``whoever is on call for identity``, or ``2 of the IT admins or …``: who has to answer."""
    parts = []
    for owed, term in approval.debts:
        roles = [role(name) for name in owed.roles(term.tier)]
        parts.append(f"{owed.count} of {one_of(roles)}" if owed.count > 1 else one_of(roles))
    return " and ".join(dict.fromkeys(parts))


_CAME = {
    CallState.VERIFIED: "done, and checked",
    CallState.UNVERIFIED: "done, but it does not show",
    CallState.FAILED: "not done: it failed",
    CallState.DENIED: "denied",
    CallState.EXPIRED: "nobody answered in time",
    CallState.WITHDRAWN: "withdrawn",
    CallState.HANDED_OVER: "people go on with it",
    CallState.SUPERSEDED: "replaced",
    CallState.CANCELLED: "dropped with the rest of the request",
    CallState.FROZEN: "stopped by a freeze",
    CallState.UNKNOWN: "nobody knows whether it was done",
    CallState.TAKEN_OVER: "done by hand, and checked",
}
SO_FAR = 3


def so_far(calls: Sequence[Call]) -> list[str]:
    """What came of the newest other changes of a case, a line each."""
    over = [one for one in calls if one.effect == "change" and one.state in _CAME and one.sentence]
    return [f"{one.sentence}: {_CAME[one.state]}" for one in over[-SO_FAR:]]


def card_outcome(approval: Approval, names: Mapping[str, str], call: CallState, *, there: bool | None = None) -> str:
    """What came of it, for whoever was asked: each state by a word of its own. Empty while it waits. `there`: whether the change
    showed, of what somebody had in hand; None: nobody looked.
    """
    who = [names.get(vote.by, vote.by) for vote in approval.votes]
    match approval.state:
        case ApprovalState.WAITING:
            return ""
        case ApprovalState.APPROVED | ApprovalState.USED:
            came = _CAME.get(call, "")
            return f"Approved by {all_of(who)}." + (f" {came[0].upper()}{came[1:]}." if came else "")
        case ApprovalState.DENIED:
            vote = next(v for v in approval.votes if not v.approve)
            return f"Denied by {names.get(vote.by, vote.by)}" + (f": “{vote.reason}”" if vote.reason else ".")
        case ApprovalState.EXPIRED:
            late = f"it was not done in time, though {all_of(who)} said yes" if who else "nobody answered in time"
            return f"Expired: {late}. Nothing was done."
        case ApprovalState.WITHDRAWN if approval.taker:
            return f"Withdrawn by the requester while {_in_hand(approval, names, there)}"
        case ApprovalState.WITHDRAWN:
            return "Withdrawn by the requester. Nothing was done."
        case ApprovalState.HANDED_OVER:
            return "Handed over: people go on with the whole case, so I did nothing of this."
        case ApprovalState.TAKEN_OVER if approval.answered:
            return f"Done by hand: {names.get(approval.taker, approval.taker)} did it, and I looked: it is there."
        case ApprovalState.TAKEN_OVER:
            return f"Taken over: {names.get(approval.taker, approval.taker)} does it by hand, and I look whether it is there."
        case ApprovalState.CANCELLED if approval.taker:
            return f"Dropped: the request that it is a part of ended while {_in_hand(approval, names, there)}"
        case ApprovalState.CANCELLED:
            return "Dropped: the request that it is a part of is not done. Nothing was done."
        case ApprovalState.SUPERSEDED if approval.successor:
            return f"Replaced by {approval.successor}. This one was not done."
        case ApprovalState.SUPERSEDED if approval.taker:
            return f"Replaced: the requester changed the request while {_in_hand(approval, names, there)}"
        case ApprovalState.SUPERSEDED:
            return "Replaced: the requester changed the request. Nothing was done."
        case ApprovalState.FROZEN:
            return f"Frozen: {all_of(who)} said yes, but changes like this are stopped at the moment. Nothing was done."


def _in_hand(approval: Approval, names: Mapping[str, str], there: bool | None) -> str:  # noqa: FBT001 - as above
    """Who had it in hand, and whether it was made."""
    seen = "" if there is None else " I looked: it is there." if there else " I looked: it is not there."
    return f"{names.get(approval.taker, approval.taker)} had it in hand. I did nothing myself.{seen}"


def reminder(approval: str, sentence: str, expires: datetime) -> str:
    return f"Still waiting for an answer: {sentence} ({approval}). It expires on {moment(expires)}."
