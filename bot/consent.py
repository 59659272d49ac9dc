"""People's answers to exact calls, as frozen values. No I/O.

Whoever answers is named by their handle in the directory; so one person is one person, under however many Slack accounts.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.obligations import Confirm, Owed, Reason


class Act(StrEnum):
    """What somebody does with an approval besides yes and no."""

    SHORTEN = "shorten"  # yes, for less time; the words are the end, in ISO 8601
    STEP_UP = "step_up"  # yes, with the name of what is touched or a second factor; the words are the name
    TAKE = "take_over"  # they do it by hand
    DONE = "done_by_hand"
    BACK = "give_back"  # they do not do it after all
    ASK = "ask"  # a question to the requester; the words are it
    REPLY = "reply"  # the requester's answer to the last question
    WHY = "why_me"
    READ = "read"  # all of it, where a card has no room
    LATER = "later"  # they alone are reminded later


class ApprovalKind(StrEnum):
    """Whose answer it is."""

    APPROVAL = "approval"  # of people who hold a role
    CONFIRMATION = "confirmation"  # of the requester, and nobody else


class ApprovalState(StrEnum):
    """WAITING and then one of the others. One that was given is USED once its call was performed, or EXPIRED before it was."""

    WAITING = "waiting"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    HANDED_OVER = "handed_over"  # its case went to people, answered or not
    CANCELLED = "cancelled"  # what its call is a part of was denied or stopped
    FROZEN = "frozen"  # given, and then a freeze stopped the call
    USED = "used"
    TAKEN_OVER = "taken_over"  # whoever was asked does it by hand; its call waits until that shows


UNANSWERED = (ApprovalState.WAITING, ApprovalState.TAKEN_OVER)
"""States in which it is with people."""


@dataclass(frozen=True, slots=True)
class Vote:
    by: str  # handle
    slack_id: str
    approve: bool
    reason: str
    at: datetime
    step_up: tuple[str, ...] = ()  # what they gave besides their click: target, factor
    roles: tuple[str, ...] = ()  # of those who may answer, what they were when they clicked, by `Role.key`


@dataclass(frozen=True, slots=True)
class Term:
    """How one of the approvals that are owed stands: who may give it, and until when."""

    tier: int  # 0: the roles `by`; 1: the role `then` as well
    expires: datetime
    asked: tuple[str, ...] = ()  # Slack ids of those who were asked for it


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody who was asked wants to know of the requester first, and the answer in the requester's words."""

    by: str  # handle
    text: str
    at: datetime
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's answer to one exact call. An approval has what is `owed`, a confirmation (one for a call) what it `asks`.

    Of what is owed each has its own of the `terms`. `expires` is when the last of them ends: until then the call may run.
    """

    id: str  # "A-17"
    case: str
    call: str  # Call.id
    digest: str
    nonce: str
    owed: tuple[Owed, ...]
    created: datetime
    expires: datetime
    state: ApprovalState = ApprovalState.WAITING
    terms: tuple[Term, ...] = ()
    votes: tuple[Vote, ...] = ()
    cards: tuple[str, ...] = ()  # keys of the posts that show it
    answered: datetime | None = None
    kind: ApprovalKind = ApprovalKind.APPROVAL
    asks: tuple[Confirm | Reason, ...] = ()
    questions: tuple[Question, ...] = ()
    taker: str = ""  # the handle of who does it by hand
    successor: str = ""  # "A-18": the approval that took its place, for less time or for more persons

    @property
    def wants_reason(self) -> bool:
        return any(isinstance(one, Reason) for one in self.asks)

    @property
    def step_up(self) -> tuple[str, ...]:
        """What a yes takes besides the click: ``target``, ``factor``, both, or nothing."""
        return tuple(sorted({owed.step_up for owed in self.owed if owed.step_up}, reverse=True))

    @property
    def stamp(self) -> str:
        """How the digest begins: by it a card, and a yes given there, name the call that was shown whole."""
        return self.digest[:12]

    @property
    def open_question(self) -> bool:
        return bool(self.questions) and not self.questions[-1].answer

    @property
    def debts(self) -> tuple[tuple[Owed, Term], ...]:
        """What is owed, each with its term."""
        return tuple(zip(self.owed, self.terms, strict=True))
