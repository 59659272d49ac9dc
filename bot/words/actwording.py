"""The words of what people do with an approval besides yes and no."""

from collections.abc import Sequence
from datetime import datetime

from bot.consent import ApprovalState
from bot.words.wording import all_of, duration, local, moment, one_of, role

# ── less time ────────────────────────────────────────────────────────────────────────────────────────────────────────

NOT_SHORTER = "The policy does not let this be approved for a shorter time. Approve it as it is, or deny it and say why."
NO_SUCH_TIME = "That is not earlier than what was asked for, or has passed already. Please choose again."


def until(moment: datetime, seconds: float, zone: str) -> str:
    """A time to choose: how long, and until when for whoever chooses."""
    return f"{duration(seconds)} (until {local(moment, zone)})"


def not_allowed_shorter(reason: str) -> str:
    return f"With less time the policy would not allow it: {reason} Nothing was changed."


def shortened(name: str, successor: str) -> str:
    """Why the longer call ended."""
    return f"{name} agreed to a shorter time instead ({successor})."


def shortened_told(name: str, sentence: str, before: str, successor: str, left: str, anew: Sequence[str] = ()) -> str:
    """To the requester. `before`: the end that was asked for; `left`: whose yes is still needed, if anybody's; `anew`: names of
    who said yes to the longer time.
    """
    then = f"It still needs a yes from {left}.{_anew(anew)}" if left else "I'm doing it now."
    return f"{name} agreed to less time than you asked for: *{sentence}*, instead of until {before} ({successor}). {then}"


def shortened_taken(successor: str, left: str, anew: Sequence[str] = ()) -> str:
    """To whoever chose it."""
    then = (
        f"It still needs another person: {left}.{_anew(anew)}" if left else "I'm doing it now, and will check that it took effect."
    )
    return f"Approved for a shorter time, as {successor}; the requester is told. {then}"


def shortened_first(name: str, sentence: str, end: str, before: str, successor: str, left: str, *, asked: bool) -> str:
    """To whoever had said yes to the longer time. `asked`: whether they may say yes to the shorter as well."""
    if not left:
        then = "Nobody else is needed for that, so I'm doing it now."
    elif asked:
        then = f"It still needs a yes from {left}: please answer {successor} anew."
    else:
        then = f"It still needs a yes from {left}; you are not among them any more."
    return (
        f"{name} agreed to less time than you did: *{sentence}*, instead of until {end}. So your yes to {before} does not count: "
        f"it was for the longer time, and {successor} stands in its place. {then}"
    )


def instead(before: str, name: str, anew: Sequence[str]) -> str:
    """On a card, that it stands in the place of one for a longer time. `name`: who chose the shorter; `anew`: as above."""
    return f"Instead of {before}: {name} chose less time.{_anew(anew)}"


def _anew(names: Sequence[str]) -> str:
    return f" {all_of(names)} said yes to the longer time, which does not count for this, so they are asked anew." if names else ""


# ── by hand ──────────────────────────────────────────────────────────────────────────────────────────────────────────

NOT_BY_HAND = "I couldn't see afterwards whether this was done by hand, so it can only be approved or denied."
NOT_YOURS_BY_HAND = "Somebody else has taken this over, so only they can say that it is done."


def taken_over(approval: str, until: datetime, zone: str) -> str:
    return (
        f"It is yours now ({approval}), until {local(until, zone)}: do it by hand, then press *Done*, and I look whether it is "
        "there. The requester is told."
    )


def taken_over_told(name: str, sentence: str, approval: str) -> str:
    """To the requester."""
    return f"{name} does this by hand: *{sentence}* ({approval}). I'll tell you once I see that it is there."


def by_hand(name: str, sentence: str, *, endless: bool) -> str:
    """What was done. `endless`: it was asked for until a time, and what is there has no end."""
    return f"{name} did it by hand: {sentence}." + (
        " It has no end there, so it goes on until somebody ends it." if endless else ""
    )


def seen_done(approval: str, *, endless: bool) -> str:
    ends = " It was asked for until a time, and has no end there: set one, or end it yourself; I shall not." if endless else ""
    return f"I looked, and it is there: {approval} is closed, and the requester is told.{ends}"


def not_seen(observed: str) -> str:
    what = f"{observed}" if observed else "the system did not answer"
    return f"I looked and don't see it yet: {what}. Nothing is closed. Press *Done* once more when it is there, or *Give it back*."


def given_back(approval: str) -> str:
    return f"{approval} waits for an answer again, as before."


def given_back_told(name: str, sentence: str, needed: str, approval: str) -> str:
    """To the requester. `needed` is empty where the time for an answer is over."""
    then = (
        f"waits again for a yes from {needed}"
        if needed
        else "has had its time, so the next who may answer are asked, if there are any"
    )
    return f"{name} couldn't do it by hand after all: *{sentence}* {then} ({approval})."


def not_done_in_time(sentence: str, approval: str, *, over: bool) -> str:
    """To whoever took it over. `over`: the time for an answer is over as well."""
    then = "its time is over" if over else "it waits for an answer again"
    return f"You took this over and I don't see it yet, and {then}: {sentence} ({approval})."


LOOKS_AT_LEFT = "I look once more whether it is there, and tell you in my message about it."
"""To whoever says that it is done, though nobody wants it any more."""
_LEFT_TOLD = {
    ApprovalState.WITHDRAWN: "You withdrew",
    ApprovalState.SUPERSEDED: "You changed your request, so this is no longer wanted:",
    ApprovalState.CANCELLED: "The request that it is a part of ended, so this is no longer wanted:",
}
_LEFT_TAKER = {
    ApprovalState.WITHDRAWN: "{name} withdrew this",
    ApprovalState.SUPERSEDED: "{name} changed the request",
    ApprovalState.CANCELLED: "The request of {name} that this is a part of ended",
}


def left_ends(at: datetime | None, *, known: bool) -> str:
    """Of a change that ends one day, and that may be there though nobody wants it: when it does. `known`: whether that is."""
    if not known:
        return " I can't tell when it ends, so people look at it."
    return f" If it stays, it ends on {moment(at)}." if at else " It has no end there, so it goes on until somebody ends it."


def left_to_people(name: str, sentence: str) -> str:
    return f"*{sentence}* is no longer wanted, {name} had it in hand, and I couldn't find out whether it is there and when it ends."


def left_told(name: str, sentence: str, approval: str, *, there: bool | None, state: ApprovalState, ends: str) -> str:
    """To the requester, who no longer wants what somebody had in hand. `there`: whether it shows; None: nobody could look. `ends`
    is a sentence.
    """
    seen = {
        True: f"I looked, and it is there: {name} is asked to undo it, or to tell you that it stays.",
        False: f"I looked, and it is not there; {name} is told to leave it.",
        None: f"I couldn't look whether it is there; {name} is asked to undo it if so.",
    }[there]
    return f"{_LEFT_TOLD[state]} *{sentence}* ({approval}) while {name} was doing it by hand. {seen}{ends}"


def left_taker(name: str, sentence: str, approval: str, *, there: bool | None, state: ApprovalState, ends: str) -> str:
    """To whoever had it in hand, as above; `name` is the requester's."""
    seen = {
        True: f"I looked, and it is there. If you have made this change, please undo it, or tell {name} that it stays.",
        False: f"I looked, and it is not there: please leave it. If you have begun already, undo that, or tell {name}.",
        None: f"I couldn't look whether it is there. If you have made this change already, please undo it, or tell {name}.",
    }[there]
    return f"{_LEFT_TAKER[state].format(name=name)} while you had it in hand: *{sentence}* ({approval}). {seen}{ends}"


# ── questions ────────────────────────────────────────────────────────────────────────────────────────────────────────

QUESTION_OPEN = "A question to the requester is open already; their answer comes to this card."
NOTHING_ASKED = "Please write your question."
NOTHING_ANSWERED = "Please write your answer."
NO_QUESTION = "That question waits for no answer any more."
NOT_ASKED = "That question is for the person who asked for this."


def asked(approval: str) -> str:
    return f"Asked. {approval} goes on waiting, and the answer comes to this card."


def question(name: str, sentence: str, text: str, approval: str) -> str:
    """To the requester."""
    return (
        f"Before {name} answers your request (*{sentence}*, {approval}), they ask: “{text}” Answer here; I'll show them your words."
    )


def question_over(text: str, approval: str) -> str:
    """In the place of a question that was not answered, once the request is over."""
    return f"“{text}” No answer is needed any more: {approval} is over."


def answered(name: str, approval: str) -> str:
    return f"Thank you, I've shown {name} your answer. {approval} goes on waiting."


# ── why me, and later ────────────────────────────────────────────────────────────────────────────────────────────────


def why_me(roles: Sequence[str], because: Sequence[str], others: Sequence[str]) -> str:
    """`roles`: those by which somebody may answer; `others`: names of who else was asked."""
    you = f"You are asked because you are among {one_of([role(name) for name in roles])}."
    why = f" The policy asks: {' '.join(because)}" if because else ""
    who = f" Also asked: {all_of(others)}. " if others else " Nobody else was asked. "
    return f"{you}{why}{who}Whoever answers first answers for all, where one is enough."


NO_SUCH_REMINDER = "That time has passed, or lies after the end of the request. Please choose again."


def at(moment: datetime, seconds: float, zone: str) -> str:
    """A time to choose: in how long, and when that is for whoever chooses."""
    return f"in {duration(seconds)} ({local(moment, zone)})"


def later(moment: datetime, seconds: float, zone: str) -> str:
    return f"I'll remind you {at(moment, seconds, zone)}. Nothing else changes: others can answer meanwhile."


def no_later(left: str) -> str:
    return f"This expires in {left} already, so I don't put it off. Nothing was changed."
