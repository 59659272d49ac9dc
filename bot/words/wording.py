"""What the bot says, in one place: plain, short, true, and always with what happens next. No Slack markup but ``*bold*``."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from difflib import get_close_matches
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from bot.domain import CallState
from bot.obligations import Limit

# ── to people without tools ──────────────────────────────────────────────────────────────────────────────────────────

GUEST = (
    "Hello! I can only help full members of this workspace, so I can't do anything for a guest account. "
    "Please ask the person who invited you; they can write to me on your behalf."
)
STRANGER = (
    "Hello! I only work for people of this company, and this account belongs to another organisation. "
    "Please ask your contact here; they can write to me."
)
NOBODY = (
    "I couldn't make sure who you are in the company's directory, so I may not do anything for this account. "
    "Please contact the service desk directly."
)
SHARED = "This channel is shared with another organisation, so I don't work in here. Please write to me in a direct message."

# ── what is recorded ─────────────────────────────────────────────────────────────────────────────────────────────────

PASTED = (
    "There was something like a password or a key in your message. I blanked it before keeping anything, but it still stands in "
    "Slack: please delete that message, and change the password or key. I never need one to help you."
)


def notice(*, has_model: bool) -> str:
    model = (
        " A language model helps me to understand and plan: it reads your words, never passwords or other secrets."
        if has_model
        else ""
    )
    return (
        "*Before we begin, once:* I keep what you write to me, what I did about it, and who approved it. The people who run "
        "Deskhand may read that, and so may whoever approves a request of yours or takes it over."
        f"{model} The people who run Deskhand tell you how this works in full, and for how long it is kept."
    )


MODEL_NOTICE = (
    "*Something new, once:* from now on a language model helps me to understand and plan. It reads what you write to me, never "
    "passwords or other secrets. What I keep, and who may read it, is as I told you before."
)


# ── small talk ───────────────────────────────────────────────────────────────────────────────────────────────────────

GREETING = "Hi! Tell me in your own words what doesn't work or what you need, and I'll take care of it."
EMPTY = "I can only read words. Tell me in a sentence what doesn't work or what you need, and I'll take care of it."
FILES = "I can't open files yet. Tell me in a sentence what they show or what you need, and I'll take care of it."
WELCOME = "You're welcome."
CHAT = "That is beyond me, I only look after IT here. Tell me what doesn't work or what you need, and I'll take care of it."
HOW_IT_STANDS = "*How it stands*"
NEVER_MIND = "Never mind"
OVER_ALREADY = "This is over already, so the button does nothing any more. What else is open goes on."
NOTHING_TO_WITHDRAW = "Nothing of yours is waiting, so there was nothing to withdraw."
NOT_YOURS = "That button belongs to the person who asked."
OTHER_PERSON = (
    "I'm working on this with somebody else. For something of your own, write to me in a direct message "
    "or mention me in a new thread."
)
TAKEN_APART = (
    "You said that this is something new: I've taken it as a request of its own and answer it in our direct messages, in a new "
    "thread. What was open before goes on here."
)
WORDS_GONE = "I don't have those words any more. Please write them to me once more, in a new message."
ALREADY_ON_IT = "I'm already on that; I'll tell you here as soon as there is news."
ON_IT = "Still on it."
NOT_YET_SAID = "That did not solve it yet."

# ── without the model ────────────────────────────────────────────────────────────────────────────────────────────────

MODEL_AWAY = "My language model does not answer just now, and without it I won't guess."
BY_THE_RUNBOOK = "My language model does not answer just now, so I went by the runbook alone."
SHARE_USED = "This case has used up what it may spend on the language model, so I went by the runbook alone."

# ── outcomes of calls ────────────────────────────────────────────────────────────────────────────────────────────────

DONE_ALREADY = "This was done already, just now; it is not done twice."
SUPERSEDED = "You wrote again before this ran, so I read that first."
POLICY_CHANGED = "What the policy asks for changed while this waited, so the old answer no longer covers it. Please ask again."
OUTCOME_UNKNOWN = "I couldn't find out whether this took effect, so a person has to look."
END_UNKNOWN = "It was done, but I couldn't find out when it ends, so a person has to look."
NOT_DONE = "It did not take effect; I looked again and nothing had changed."


def help_text(titles: Sequence[str]) -> str:
    """`titles` of what there are runbooks for."""
    listed = "".join(f"\n• {title}" for title in titles)
    return (
        "Tell me in your own words what doesn't work or what you need; no form, no menu. I do what the policy lets me do, "
        "ask a person where it wants one, and look afterwards whether it worked. What I don't know I hand to people."
        f"\n*What I'm asked for most*{listed}"
        "\n“any news” tells how your requests stand, “never mind” drops what waits (“never mind the monitor” only that), "
        "“a person please” brings a person."
    )


def no_such_tool(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), 1)
    return f"There is no tool called {name!r}" + (f" (did you mean {near[0]!r}?)." if near else ".")


def bad_arguments(tool: str, problems: Sequence[Mapping[str, Any]]) -> str:
    said = "; ".join(f"{'.'.join(map(str, p['loc'])) or 'arguments'}: {p['msg']}" for p in problems)
    return f"{tool} was called with arguments that don't fit: {said}."


def system_away(system: str) -> str:
    return f"The {system} system did not answer."


def unverified(observed: str) -> str:
    return f"The system said it was done, but when I looked again it wasn't: {observed}."


def over_limit(limit: Limit) -> str:
    within, times = duration(limit.within.total_seconds()), limit.times
    changes = f"{times} changes were made" if times != 1 else "1 change was made"
    match limit.every, limit.per:
        case True, "case":
            said = f"{changes} for this case"
        case True, "system":
            said = f"{changes} in this system"
        case True, _:
            said = f"{changes} for you"
        case _:
            said = f"That was done {times} time{'s' if times != 1 else ''}"
    return f"{said} within {within} already, which is the limit."


def beyond_limit(limit: Limit, because: str) -> str:
    """Why people are asked about what is else done without them."""
    return f"{over_limit(limit)} Beyond it somebody has to say yes. {because}".strip()


def denied_by(name: str, reason: str) -> str:
    return f"{name} said no" + (f": “{reason}”" if reason else ".")


def private(sentence: str) -> str:
    return f"{sentence}: this is for your eyes only."


# ── whom it waits for ────────────────────────────────────────────────────────────────────────────────────────────────


def role(name: str) -> str:
    """A role of the policy as people say it: ``identity-oncall`` is whoever is on call for identity."""
    words = name.replace("_", "-").lower().split("-")
    if words[-1] == "oncall" and words[:-1]:
        return f"whoever is on call for {' '.join(words[:-1])}"
    return " ".join(["the", *("IT" if word == "it" else word for word in words)])


def waiting(approval: str, sentence: str, needed_: str) -> str:
    return f"*{sentence}* needs a person's yes: I've asked {needed_} ({approval}). I'll go on by myself as soon as they answer."


class Wait(NamedTuple):
    """Something that was asked of people, and how it stands."""

    approval: str
    sentence: str
    needed: str
    state: CallState


def waits(of: Sequence[Wait], case: str) -> str:
    """What waits for people since one moment, or how it stands by now: what for whom, and one reference where it is several."""
    if len(of) == 1:
        [one] = of
        open_ = one.state is CallState.WAITING
        return waiting(one.approval, one.sentence, one.needed) if open_ else waits_no_longer(one.approval, one.sentence, one.state)
    left = sum(one.state is CallState.WAITING for one in of)
    if left == len(of):
        head = f"Each of these needs a person's yes ({case}). I'll go on by myself as soon as they answer."
    elif left:
        head = f"{'One' if left == 1 else left} of these still {'needs' if left == 1 else 'need'} a person's yes ({case})."
    else:
        head = f"Nobody has to answer these any more ({case})."
    return "\n".join([head, *(f"• *{one.sentence}*: {_stands(one)}" for one in of)])


def _stands(one: Wait) -> str:
    return f"I've asked {one.needed}." if one.state is CallState.WAITING else f"{_came(one.state)}."


def waits_no_longer(approval: str, sentence: str, state: CallState) -> str:
    """What stands in the place of `waiting` once the approval is over."""
    return f"*{sentence}* ({approval}): {_came(state)}."


def _came(state: CallState) -> str:
    return {
        CallState.DENIED: "not allowed",
        CallState.EXPIRED: "nobody answered in time",
        CallState.WITHDRAWN: "you withdrew it",
        CallState.SUPERSEDED: "something else took its place",
        CallState.CANCELLED: "dropped with the request that it is a part of",
        CallState.FROZEN: "changes like this are stopped at the moment",
        CallState.TAKEN_OVER: "done by hand by a person",
        CallState.HANDED_OVER: "people go on with it",
    }.get(state, "approved")


def taken_back(words: str) -> str:
    """Why a change is not made to what the requester wants no more."""
    return f"This was taken back: “{words}”. Nothing is changed there unless it is named again."


def opposed(calls: Sequence[tuple[str, str]], title: str) -> str:
    """`calls`: (sentence, approval) of what waited and was not done."""
    what = all_of([f"*{sentence}* ({approval})" for sentence, approval in calls]) if calls else f"“{title}”"
    return f"That is the opposite of what you asked before, so I've dropped {what} and do nothing more of it."


# ── the end of a case ────────────────────────────────────────────────────────────────────────────────────────────────

CONFIRMED_ALREADY = "You said so already: this is closed. Write to me again at any time."
DID_IT_FIX = "Did that fix it?"
DID_IT_HELP = "Did this help?"
CONFIRMED = "Glad it works. I've closed this."
WITHDRAWN = "Done: I've dropped it, and nothing more will happen."
DELETED = "You deleted your message, so I've dropped what it asked for."
EDITED = "You changed your message, so I've dropped what it asked for before and started over."
DROPPED_BEFORE = "This was dropped, so the button does nothing any more. If you need it after all, write it again."
EDITED_OUT = "The message that asked for this was changed, and asks for it no more."
EDITED_LESS = "You changed your message, so I've dropped what it no longer asks for. The rest goes on."
NOT_YET = "Sorry about that. I'll look once more."
ASKED_FOR_A_PERSON = "You asked for a person."
UNKNOWN_REQUEST = "I don't know how to solve this one, so I won't guess."
SOMETHING_ELSE = "Something else"
ASKED_TOO_OFTEN = "I still don't understand, so I won't keep asking."
UNREAD = "I couldn't make anything of that just now; please say it in other words. What waits for somebody's yes goes on waiting."
BROKE = "Something went wrong on my side."


def still_asks(question: str) -> str:
    """A greeting or thanks while something is asked."""
    return f"I'm here. What I still need to know:\n{question}"


def unknown_besides(words: Sequence[str]) -> str:
    """Beside what goes on."""
    return f"I don't know how to solve {all_of([f'“{one}”' for one in words])}, so I won't guess."


def which_of_these(number: int, minutes: int) -> str:
    """So many runbooks lie near what was asked for."""
    asks = "Is it one of these?" if number > 1 else "Is it this?"
    after = f"With “{SOMETHING_ELSE}”, or when I hear nothing for {minutes} minutes, people take over."
    return f"I'm not sure what you need. {asks}\n{after}"


def withdrawn(title: str, others: Sequence[str]) -> str:
    """`title`: of what was dropped; `others`: of what else of theirs is open here, and goes on."""
    if not others:
        return WITHDRAWN
    return (
        f"Done: I've dropped “{title}”, and nothing more will happen of it. Still open: {all_of([f'“{one}”' for one in others])}."
    )


def unfinished(title: str) -> str:
    """Beside a model's words that sound like an end and are none."""
    return f"This is not finished: {title}. Write to me what is still to be done, or press *A person, please*."


def not_for_you(title: str, audience: Sequence[str]) -> str:
    """A runbook that is written for others than the requester: for who holds one of these roles."""
    whom = one_of([role(name) for name in audience])
    return f"*{title}* is for {whom} to ask for. If you need it, press *A person, please*; they see what you wrote."


def assumed(question: str, value: str) -> str:
    """What is taken where the words said nothing of it; it asks for no answer."""
    return f"{question.rstrip(' ?')}: {value}, unless you say otherwise."


def review_overdue(due: date) -> str:
    return f"This runbook's review has been due since {due}; what it says may be out of date."


def broke(reference: str) -> str:
    return f"{BROKE} Please try again, or contact the service desk and give them *{reference}*."


ANSWERED_BY_PEOPLE = "They'll answer you; you don't have to do anything."
UNREACHED = (
    "Whoever is on call has no account in this Slack, so I couldn't tell them here: people find it in the ticket. If it's urgent, "
    "please call the service desk."
)


def handed_over(ticket: str, people: Sequence[str], why: str, *, added: bool = False, unreached: bool = False) -> str:
    """`added`: to the ticket that there is. `people` were told in Slack; `unreached`: whoever is on call has no account there."""
    what = f"added what I learned to ticket *{ticket}*" if added else f"opened ticket *{ticket}* with everything that I learned"
    told = f" and told {all_of(people)}, who is on call" if people else ""
    ticketed = f"I've {what}{told}."
    return f"{why} {ticketed} {UNREACHED if unreached else ANSWERED_BY_PEOPLE}"


def paged(ticket: str, title: str, case: str, schedule: str, why: str) -> str:
    """To whoever is on call, directly."""
    where = f"Ticket *{ticket}* has all that I learned (case {case})."
    return f"*You were paged*, as you are on call for {schedule}: {title}. {why} {where}"


def paged_there(people: Sequence[str], ticket: str, title: str, case: str, schedule: str) -> str:
    """In the channel for cards."""
    told = f"{all_of(people)} {'was' if len(people) == 1 else 'were'} paged" if people else "Nobody on call could be told in Slack"
    return f"{told} ({schedule}): {title}. Ticket *{ticket}* has all that I learned (case {case})."


def not_handed_over(reference: str, why: str) -> str:
    call = f"Please contact the service desk and give them *{reference}*; all that I know is kept under it."
    return f"{why} I also couldn't open a ticket just now. {call}"


def added_to_ticket(ticket: str) -> str:
    return f"This is with people already, as ticket *{ticket}*. I've added your words there, so that they read them."


def no_longer_needed(ticket: str) -> str:
    return (
        f"Ticket *{ticket}* is with people, so I can't close it myself: I've written there that you don't need it any more. "
        "I'll do nothing further about it."
    )


def not_added_to_ticket(ticket: str) -> str:
    return f"This is with people, as ticket *{ticket}*, but I couldn't write there just now. Please tell them yourself."


def with_people(ticket: str) -> str:
    return f"This is with people already, as ticket *{ticket}*; I've kept what you wrote for them."


def access_ended(sentence: str, how: str) -> str:
    return f"As agreed, this has ended: {sentence} {how}".strip()


def not_ended(sentence: str) -> str:
    return f"Your access should have ended, but I couldn't take it back ({sentence})."


def abandoned(question: str) -> str:
    asked = f" (“{question}”)" if question else ""
    return (
        f"I asked you something{asked} and you didn't answer, so I've closed this for now. Answer here at any time, and I'll go on."
    )


# ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def duration(seconds: float) -> str:
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            n = round(seconds / size)
            return f"{n} {name}{'s' if n != 1 else ''}"
    return "a minute"


def moment(at: datetime) -> str:
    """A time as Slack shows it in the reader's own zone (`bot.slack.blocks.local`); who cannot be shown that reads it in UTC."""
    return f"{at.astimezone(UTC):%d %b %Y, %H:%M} UTC"


def local(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%a %d %b %H:%M}"


def one_of(names: Sequence[str]) -> str:
    return _joined(names, "or")


def all_of(names: Sequence[str]) -> str:
    return _joined(names, "and")


def _joined(names: Sequence[str], word: str) -> str:
    names = list(dict.fromkeys(names))
    if not names:
        return "somebody"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"


def waits_already(approval: str) -> str:
    return f"The same waits for an answer already ({approval})."
