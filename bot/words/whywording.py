"""What people read about why a call was permitted, held or denied, and about what they may. Pure."""

from collections.abc import Sequence

from bot.consent import Approval, ApprovalKind, ApprovalState, Vote
from bot.domain import Call, CallState
from bot.gate import Policy, Role
from bot.obligations import Confirm, Limit, Notify, Obligation, Owed, Reason, Review
from bot.words import askwording, wording

UNTOLD = "I can't tell you about that: either there is no such case, or it isn't one that you asked for or answer in."
"""The same to everybody who may not know, whether or not there is something to be known."""
NO_CALL = "Nothing was asked of the policy in this case yet."
NOT_A_MEMBER = "I can only tell full members of this company's workspace what they may."
ONLY_YOURSELF = "I can only tell you what you yourself may: leave the name away."
WHICH = "Say which case: `/deskhand why C-17`. `/deskhand status` names those of yours that are open."
HOW = "Say what you would do: `/deskhand can grant_access app=figma until=2026-12-01`. Names with spaces stand in quotes."


def no_such_tool(name: str, nearest: str) -> str:
    return f"There is no tool `{name}`{nearest}. Nothing was asked or done; a request is better written in your own words."


def needs(whom: str, tool: str, given: str, missing: Sequence[str]) -> str:
    """`whom`: the person of whom it was asked, as typed; empty for oneself."""
    asked_ = f"can {whom} {tool}" if whom else f"can {tool}"
    typed = " ".join([f"/deskhand {asked_}", *([given.replace("`", "")] if given else []), *(f"{name}=…" for name in missing)])
    return f"`{tool}` also needs {' and '.join(missing)}: `{typed}`"


def held(call: Call, *, by_person: bool = False) -> str:
    """What became of a call, in a sentence, for whoever asks: that need not be the requester, so nobody is *you*. `by_person`: one
    that was denied, by somebody who was asked.
    """
    match call.state:
        case CallState.WAITING if call.own_click:
            return "It is *held*: the policy permits it once whoever asked has clicked."
        case CallState.WAITING:
            return "It is *held*: the policy permits it, and something has to come first."
        case CallState.STARTED:
            return "It was *permitted*, and is being done now."
        case CallState.DONE:
            return "It was *permitted*, and I looked."
        case CallState.VERIFIED:
            return "It was *permitted* and done; I looked, and it is there."
        case CallState.UNVERIFIED:
            return "It was *permitted* and done, but when I looked it did not show."
        case CallState.UNKNOWN:
            return "It was *permitted*, and I couldn't find out whether it took effect; it may have."
        case CallState.DENIED if by_person:
            return f"It was *denied* by a person: {call.reason}"
        case CallState.DENIED:
            return f"It was *denied*: {call.reason}"
        case CallState.FROZEN:
            return f"It was *stopped*: {call.reason}"
        case CallState.EXPIRED if call.confirmation and not call.approval:
            return "It was *held* for a click of whoever asked, which did not come in time, so nothing was done."
        case CallState.EXPIRED:
            return f"It was *held* until its time ran out: {call.reason}"
        case CallState.TAKEN_OVER:
            return "It was *held*, and then a person did it by hand; I looked, and it is there."
        case CallState.HANDED_OVER:
            return "It was *held* when people took the whole case, so I did nothing of it."
        case CallState.WITHDRAWN if call.check:
            seen = "is there" if call.check["held"] else "is not there"
            return f"It was *withdrawn* while somebody did it by hand. I did nothing myself; when I looked, it {seen}."
        case CallState.WITHDRAWN:
            return "It was *withdrawn* by whoever asked before it was done, so nothing was done."
        case CallState.SUPERSEDED:
            return f"It was *replaced* before it was done: {_THIRD.get(call.reason, call.reason)}"
        case CallState.CANCELLED:
            return "It was *dropped* before it was done, because the request that it is a part of is not done."
        case CallState.FAILED:
            return f"It was *not done*: {call.reason}"


_THIRD = {
    wording.SUPERSEDED: "whoever asked wrote again, and that came first.",
    askwording.ended(ApprovalState.SUPERSEDED): "whoever asked changed the request.",
}
"""Reasons that are told to the requester, for anybody else."""


def policy(one: Policy, owes: Sequence[str]) -> str:
    """A policy with its reason, and what it asks for."""
    because = f": {one.because}" if one.because else ""
    return f"• `{one.id}` ({_EFFECTS[one.effect]}){because}" + (f" It asks for {'; '.join(owes)}." if owes else "")


_EFFECTS = {"permit": "permits it", "forbid": "forbids it", "require": "asks for something"}


def owed(one: Obligation) -> str:
    """What a policy asks for, as the end of ``It asks for …``."""
    match one:
        case Owed():
            people = [wording.role(name) for name in one.by]
            who = f"{one.count} of {wording.one_of(people)}" if one.count > 1 else wording.one_of(people)
            typed = _STEP_UP.get(one.step_up, "")
            then = f", or else of {wording.role(one.then)}" if one.then else ""
            return f"a yes of {who}{typed} within {wording.duration(one.within.total_seconds())}{then}"
        case Reason():
            return "a reason in the requester's own words"
        case Confirm():
            return "the requester's own click"
        case Notify():
            return f"word to {wording.all_of([*map(wording.role, one.roles), *([f'#{one.channel}'] if one.channel else [])])}"
        case Review():
            people = [wording.role(name) for name in one.by]
            return f"a look afterwards by {wording.one_of(people)} within {wording.duration(one.within.total_seconds())}"
        case Limit():
            beyond = f", beyond it {owed(one.beyond)}" if one.beyond else ""
            per = {"principal": "each person", "beneficiary": "each person who gains by it"}.get(one.per, f"each {one.per}")
            return f"no more than {one.times} within {wording.duration(one.within.total_seconds())} for {per}{beyond}"


_STEP_UP = {
    "target": ", who types the name of what it is about",
    "factor": ", who gives a code of their authenticator app",
}


def beside(calls: Sequence[Call]) -> list[str]:
    """What else was to be changed in the case, each in a line."""
    lines = [f"• {line}" for line in askwording.so_far(calls)]
    return ["In the same case:", *lines] if lines else []


def unnamed(identity: str) -> str:
    return f"• `{identity}`, which is no longer in the policy"


def might(policies: Sequence[Policy]) -> list[str]:
    """What would have permitted it, and to whom."""
    if not policies:
        return ["No policy permits this to anybody."]
    lines = ["No policy permits this to you here. It is permitted by:"]
    for one in policies:
        roles = wording.one_of([wording.role(role.name) for role in one.roles])
        lines.append(f"• `{one.id}`, to {roles}" + (f": {one.because}" if one.because else ""))
    return lines


def for_others(reason: str, roles: Sequence[Role]) -> str:
    """A refusal, and who may ask for just that."""
    return f"{reason} Who may ask for it: {wording.one_of([_holders(role) for role in roles])}."


def refused(reference: str) -> str:
    """What happens after the policy has refused something; the reason stands before it."""
    return (
        "What was refused is not done, and nobody was asked about it. If you need it all the same, press *A person, please*: "
        f"they read what you asked for, as {reference}."
    )


def _holders(role: Role) -> str:
    match role.kind:
        case "manager_of":
            return "the manager of whoever it is about"
        case "owner_of":
            return "whoever answers for it"
        case _:
            return wording.role(role.name)


def answered(approval: Approval, vote: Vote, name: str) -> str:
    """Who said yes or no, and when."""
    said = f"{'said yes' if vote.approve else 'said no'} ({approval.id}) at {wording.moment(vote.at)}"
    own = approval.kind is ApprovalKind.CONFIRMATION
    return f"{name}{', who asked for it,' if own else ''} {said}" + (f": {vote.reason}" if vote.reason else ".")


def asked(approval: Approval, names: Sequence[str], when: str, left: str) -> list[str]:
    """Who was asked for a yes, and what is needed now, of whom (`left`) and until when; that is empty where it waits no longer."""
    lines = [f"Asked ({approval.id}): {_list(names)}."] if names else []
    match approval.state if when else None:
        case ApprovalState.WAITING if approval.kind is ApprovalKind.CONFIRMATION:
            lines.append(f"Needed now: the requester's own click on {approval.id}, until {when}.")
        case ApprovalState.WAITING:
            said = f"; {len(approval.votes)} said yes already" if approval.votes else ""
            lines.append(f"Needed now: a yes from {left}, until {when}{said}.")
        case ApprovalState.TAKEN_OVER if not approval.answered:
            lines.append(f"Needed now: that it is done by hand, by whoever took {approval.id} over.")
        case ApprovalState.APPROVED:
            lines.append("Needed now: nothing more; it is done next.")
        case _:
            pass
    return lines


def would_ask(people: Sequence[str], *, unknown: bool) -> str:
    if people:
        return f"I would ask {_list(people)} now."
    return "Whom I would ask cannot be told now." if unknown else "Nobody who may say yes can be reached now."


def since(before: str, now: str) -> str:
    return f"The policy has changed since (version {before} then, {now} now), so what stands here is how it reads today."


def may(who: str, sentence: str, *, clicked: bool, agreed: bool) -> str:
    """The answer to somebody who asked what somebody may: whether their own click, and somebody's yes, come first."""
    first = [*(["whoever asks clicks it"] if clicked else []), *(["somebody agrees"] if agreed else [])]
    when = f"once {' and '.join(first)}" if first else "at once"
    return f"*Yes, {when}* ({who}): {sentence}."


def may_not(who: str, typed: str, reason: str) -> str:
    """Nothing is told of what it is about but what was typed."""
    return f"*No* ({who}): `{typed.replace('`', '')}`. {reason}"


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else "".join(names)
