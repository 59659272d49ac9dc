"""The words of App Home and of the forms that open there."""

from collections.abc import Sequence

from bot.consent import Approval, ApprovalKind, ApprovalState
from bot.domain import Call, CaseState, Resolution
from bot.words import askwording, clickwording

ANYTHING_ELSE = "Anything else?"
PERSON_FORM = "A person, please"
PERSON_ABOUT = "What is it about?"
PERSON_ABOUT_WHAT = "Say in a sentence what it is about, so that the right person takes it."
PERSON_WORDS = "A person, please."
NO_SUCH_FORM = "That form is no longer there. Please write to me in your own words instead."
NOBODY_KNOWN = "I don't find this person in the company's directory. Please choose somebody else."
NEARER = "The latest is {}."
NOT_ON_HOME = "I don't know that case any more, so nothing was done."
ASKED_ON_HOME = "On its way: I'll tell you in the case's thread."
WAITS_FOR_NOTHING = "Nothing: I'm on it"
CASE_STATES = {
    CaseState.OPEN: "Taken",
    CaseState.WORKING: "Working on it",
    CaseState.WAITING: "Waiting",
    CaseState.RESOLVED: "Done; did it help?",
    CaseState.CLOSED: "Closed",
    CaseState.HANDED_OVER: "With people",
    CaseState.REOPENED: "Looking once more",
}
OUTCOMES = {
    Resolution.CONFIRMED: "Solved, you said so",
    Resolution.VERIFIED: "Done and checked",
    Resolution.ANSWERED: "Answered",
    Resolution.SILENT: "Answered; you didn't say whether it helped",
    Resolution.WITHDRAWN: "Withdrawn",
    Resolution.ABANDONED: "Closed: my question stayed open",
    Resolution.PARTLY: "Partly done",
    Resolution.DENIED: "Not allowed",
    Resolution.EXPIRED: "Nobody answered in time",
    Resolution.FROZEN: "Stopped by a freeze",
    Resolution.FAILED: "Not solved",
    Resolution.HANDED_OVER: "With people",
}


def too_long(most: int) -> str:
    return f"That is too long for me; please keep to {most} characters."


def with_ticket(ticket: str) -> str:
    return f"With people, as ticket {ticket}" if ticket else "With people"


def waits_for_answer(question: str) -> str:
    """Of what is asked, its first line: the rest says what happens next."""
    first, _, _ = question.partition("\n")
    return f"Your answer: {first}"


def waits_until(titles: Sequence[str]) -> str:
    """Plans that look again by themselves."""
    return f"Until it is so; I look again by myself: {', '.join(titles)}"


def waits_for(waiting: Sequence[tuple[Approval, Call]]) -> str:
    """What a case waits for that was asked of somebody: the requester's own click goes before anybody else's yes."""
    mine = [f"{call.sentence} ({one.id})" for one, call in waiting if one.kind is ApprovalKind.CONFIRMATION]
    asked = [(one, call) for one, call in waiting if one.kind is ApprovalKind.APPROVAL]
    theirs = [(call.sentence, askwording.needed(one), one.id) for one, call in asked if one.state is ApprovalState.WAITING]
    by_hand = [f"{call.sentence} ({one.id})" for one, call in asked if one.state is ApprovalState.TAKEN_OVER]
    said = [f"Your own click on “{clickwording.DO_IT}” in our conversation, to: {'; to: '.join(mine)}"] if mine else []
    said += [f"A person, who does this by hand: {'; '.join(by_hand)}"] if by_hand else []
    return ". ".join([*said, *([waits_for_people(theirs)] if theirs else [])]) or WAITS_FOR_NOTHING


def waits_for_people(asked: Sequence[tuple[str, str, str]]) -> str:
    """`asked`: (what would be done, who has to answer, the approval's id)."""
    return "A yes from " + "; from ".join(f"{needed_} to: {sentence} ({approval})" for sentence, needed_, approval in asked)
