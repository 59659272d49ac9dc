"""The words of the house as frozen values. No I/O, no libraries.

Times are timezone-aware and in UTC. A person is named by their *handle* in the directory (``ana``), a Slack account by its
Slack id; the two are never mixed. What is a `dict` here holds JSON only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.obligations import Notify, Review
from bot.provenance import Origin


class Membership(StrEnum):
    """Whether somebody holds a role. Unknown denies."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class PersonKind(StrEnum):
    """What Slack says of an account; only a MEMBER gets tools."""

    MEMBER = "member"
    GUEST = "guest"
    STRANGER = "stranger"  # Slack Connect, another workspace
    BOT = "bot"
    UNKNOWN = "unknown"
    SYSTEM = "system"  # Deskhand itself, when a promised end comes


@dataclass(frozen=True, slots=True)
class Principal:
    """Whose rights count: the requester as Slack signed it, never what a model says."""

    id: str  # handle in the directory; empty when the Slack account is nobody there
    slack_id: str = ""
    team: str = ""
    enterprise: str = ""
    kind: PersonKind = PersonKind.UNKNOWN
    name: str = ""
    email: str = ""
    department: str = ""
    title: str = ""
    manager: str = ""
    zone: str = "UTC"


SYSTEM = Principal(id="deskhand", kind=PersonKind.SYSTEM, name="Deskhand")


# ── what comes in ────────────────────────────────────────────────────────────────────────────────────────────────────


class EventKind(StrEnum):
    """What a row of the inbox is."""

    MESSAGE = "message"
    EDIT = "edit"
    DELETE = "delete"
    CHOICE = "choice"  # a button under a question: data = {plan, need, value}
    FEEDBACK = "feedback"  # data = {case, answer: yes | not_yet, message: the ts of the message that asks}
    WITHDRAW = "withdraw"  # data = {case}, or {case, plan} where that alone is over
    PERSON = "person"  # "a person please": data = {case}
    APPROVAL = "approval"  # an approval came to an end: data = {approval}
    DUE = "due"  # a time has come: data = {due, what, …}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, taken once.

    `key` is unique for ever (messages: team:channel:ts; edits: team:channel:edited ts; the rest: Slack's event id or our own).
    `conversation` is the lane in which turns are taken one at a time: ``team:channel`` for direct messages,
    ``team:channel:thread`` elsewhere. `ts` is Slack's, and orders the events of a conversation. `thread` is the ts of the
    thread's first message: an answer goes there.
    """

    key: str
    conversation: str
    kind: EventKind
    ts: str
    team: str = ""
    channel: str = ""
    thread: str = ""
    sender: str = ""  # Slack id
    text: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    # of a message, data may hold: direct (bool), mention (bool), in_thread (bool), shared (bool), place (as in Case), the names
    # of files, foreign (bool), secret (bool: a secret was blanked), quoted ({by, text}: somebody else's words that it is about),
    # apart ({case, said, channel, thread}: the button by which a remark on that case was made a request of its own)


# ── the case ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class CaseKind(StrEnum):
    INCIDENT = "incident"
    SERVICE_REQUEST = "service_request"
    QUESTION = "question"


class CaseState(StrEnum):
    """open → working → waiting → resolved → closed; handed_over; reopened."""

    OPEN = "open"
    WORKING = "working"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"
    HANDED_OVER = "handed_over"
    REOPENED = "reopened"


class Resolution(StrEnum):
    """What came of a case, from best to worst (`bot.report.resolution` says when each holds)."""

    CONFIRMED = "confirmed"
    VERIFIED = "verified"
    ANSWERED = "answered"  # nothing to change; the requester has not said whether it helped
    SILENT = "silent"
    WITHDRAWN = "withdrawn"
    ABANDONED = "abandoned"  # it waited for the requester's word, and none came
    PARTLY = "partly"
    DENIED = "denied"
    EXPIRED = "expired"
    FROZEN = "frozen"  # a freeze stopped it
    FAILED = "failed"
    HANDED_OVER = "handed_over"


@dataclass(frozen=True, slots=True)
class Case:
    """Our record of one conversation about one thing."""

    id: str  # "C-17"
    conversation: str
    team: str
    channel: str
    thread: str
    requester: str  # handle
    slack_id: str  # of the requester
    created: datetime
    updated: datetime
    kind: CaseKind = CaseKind.INCIDENT
    state: CaseState = CaseState.OPEN
    outcome: Resolution | None = None
    direct: bool = True
    place: str = ""  # direct | private | public | shared; empty when Slack does not say
    title: str = ""
    ticket: str = ""  # of the hand-over
    data: Mapping[str, Any] = field(default_factory=dict)

    def thread_of(self, plan: str) -> str:
        """Where what this plan does was asked for; the case's own thread where that is not known."""
        return str(self.data.get("threads", {}).get(plan, self.thread))


class PlanState(StrEnum):
    RUNNING = "running"
    ASKING = "asking"  # a need is missing
    WAITING = "waiting"  # a call of it waits for a person
    PAUSED = "paused"  # it waits until something is so, and looks again
    DONE = "done"
    PARTLY = "partly"  # parts of it are done, and the others were denied or frozen
    WITHDRAWN = "withdrawn"
    DENIED = "denied"
    EXPIRED = "expired"
    FROZEN = "frozen"
    FAILED = "failed"
    HANDED_OVER = "handed_over"
    ABANDONED = "abandoned"  # asked, and never answered

    @property
    def open(self) -> bool:
        return self in (PlanState.RUNNING, PlanState.ASKING) or self.held_up

    @property
    def held_up(self) -> bool:
        """It waits for people, or looks again later; one with parts may do both."""
        return self in (PlanState.WAITING, PlanState.PAUSED)

    @property
    def for_people(self) -> bool:
        """It ended so that people have to go on with it."""
        return self in (PlanState.FAILED, PlanState.EXPIRED)

    @property
    def stopped(self) -> bool:
        """It ended undone, and nobody goes on with it."""
        return self in (PlanState.DENIED, PlanState.FROZEN, PlanState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Plan:
    """A runbook at work in a case.

    `needs` maps a need's name to its value (JSON: a string, or {"id", "label", …} for things of a catalogue or directory).
    `asked` names the need that the requester was asked for, with `choices` as (value, label) pairs. `anew` names calls ("K-204")
    whose step is asked for once more with another value: what came of them stays in the ledger and no longer speaks for the step.
    """

    id: str  # "P-31"
    case: str
    runbook: str
    version: str  # sha256 of the runbook's file, first 12 hex digits
    title: str
    words: str  # the requester's words that opened it
    opened_by: str  # key of the event that opened it: opening twice is opening once
    state: PlanState = PlanState.RUNNING
    needs: Mapping[str, Any] = field(default_factory=dict)
    asked: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    times_asked: int = 0
    reason: str = ""  # why it ended, in the requester's words
    score: float = 0.0  # raw cosine of the retrieval for the requester's words; 0 where a model searched in its own
    anew: tuple[str, ...] = ()
    learnt: Mapping[str, Any] = field(default_factory=dict)  # what a model has made known of it, see bot.execution.origins

    @property
    def message(self) -> str:
        """Key of the message that opened it; of several plans that one message opened it is the same."""
        return self.opened_by.split("#")[0]


# ── a call ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class CallState(StrEnum):
    """Where a tool call stands in the ledger. The last thirteen are final."""

    STARTED = "started"  # claimed: the effect may have happened
    WAITING = "waiting"  # for the requester's own click, or an approval
    DONE = "done"  # a read that gave its answer
    VERIFIED = "verified"
    UNVERIFIED = "unverified"  # ran, but reading back did not show it
    FAILED = "failed"
    DENIED = "denied"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"  # what it is a part of was denied or stopped before it was done
    FROZEN = "frozen"
    UNKNOWN = "unknown"  # the effect may have happened and could not be read back
    TAKEN_OVER = "taken_over"  # a person did it by hand, and reading back showed it
    HANDED_OVER = "handed_over"  # its case went to people before it was done

    @property
    def final(self) -> bool:
        return self not in (CallState.STARTED, CallState.WAITING)

    @property
    def gave_way(self) -> bool:
        """Whether its step counts as not begun: something else came first."""
        return self in (CallState.SUPERSEDED, CallState.CANCELLED)

    @property
    def good(self) -> bool:
        return self is CallState.DONE or self.shown

    @property
    def shown(self) -> bool:
        """Whether a change is there and was read back, whoever made it."""
        return self in (CallState.VERIFIED, CallState.TAKEN_OVER)


UNDO = "!undo"
"""Put behind a step's key it is the call that takes the step back."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """What the model (or the planner) asks for. `id` is stable: asking again with it is the same call."""

    id: str  # unique in the case
    tool: str
    arguments: Mapping[str, Any]
    plan: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A row of the ledger: a tool call from arguments to verified result."""

    id: str  # "K-204"
    case: str
    call: str  # ToolCall.id
    tool: str
    arguments: Mapping[str, Any]  # canonical once valid, else as asked
    state: CallState
    principal: str
    created: datetime
    plan: str = ""
    step: str = ""
    effect: str = "read"
    system: str = ""  # that the tool works on
    digest: str = ""
    resource: Mapping[str, Any] = field(default_factory=dict)
    beneficiary: str = ""
    decision: str = ""  # permit | deny
    reason: str = ""  # of a denial or failure, for people
    policies: tuple[str, ...] = ()
    policy_version: str = ""
    confirmation: str = ""  # "A-16": the requester's own click, where one was owed
    purpose: str = ""  # why the requester needs it, in their own words
    approval: str = ""  # "A-17"
    after: tuple[Notify | Review, ...] = ()  # what is owed once the change was made
    sentence: str = ""  # what the call would do
    summary: str = ""  # what it did
    result: Mapping[str, Any] | None = None
    check: Mapping[str, Any] | None = None  # {held, observed, how}
    facts: Mapping[str, Any] = field(default_factory=dict)  # what the gate decided from, see bot.gate.recorded
    origins: tuple[Origin, ...] = ()  # of its targets, and of links, addresses and numbers in its free text
    key: str = ""  # idempotency key towards the system
    started: datetime | None = None
    finished: datetime | None = None

    @property
    def asked(self) -> str:
        """The answer that it waits for, or that it waited for first."""
        return self.confirmation or self.approval

    @property
    def own_click(self) -> bool:
        """Whether it waits for the requester's own click, and for nobody else yet."""
        return self.state is CallState.WAITING and bool(self.confirmation) and not self.approval


@dataclass(frozen=True, slots=True)
class Count:
    """Which changes are counted together: those of a tool (empty: of all), since a time, that have this `value` of `per`.

    `per`: principal | beneficiary | resource (value ``kind:id``) | tool | case | system.
    """

    tool: str
    per: str
    value: str
    since: datetime


# ── what is said ─────────────────────────────────────────────────────────────────────────────────────────────────────


class PostKind(StrEnum):
    """What a post shows; `bot.slack.cards` draws each."""

    NOTE = "note"  # {text}
    PLAN = "plan"  # {title, plans: [{title, runbook, state, tasks: [{id, title, state, detail}]}]}
    ANSWER = "answer"  # {text, sections: [{title, changed: [..], verified: [..], text}], feedback: bool, case, reference}
    QUESTION = "question"  # {text, plan, need, choices: [[value, label]], case}
    CARD = "card"  # an approval, see bot.approvals.card.card
    CONFIRM = "confirm"  # the same for a confirmation, in the requester's conversation
    PRIVATE = "private"  # {text, secret}: to a person's direct messages; wiped once posted


@dataclass(frozen=True, slots=True)
class Post:
    """A message that we want to stand in Slack. Putting the same key again changes the message that stands there.

    Where: `channel` (+ `thread`), or else the direct messages of `person` (a Slack id).
    """

    key: str
    kind: PostKind
    content: Mapping[str, Any]
    channel: str = ""
    thread: str = ""
    person: str = ""
    case: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """Something that must happen at a time.

    `what`: approval_remind | approval_later | approval_by_hand | approval_left | approval_expire | grant_end | review |
    case_silent | case_abandoned | look_again.
    """

    key: str
    at: datetime
    what: str
    conversation: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of a case's transcript. `role`: requester | other | bot | call | words | outcome | guide | note.

    A `call` line is written before the calls run; `data` = {calls: [{id, tool, arguments}]}; their answers are in the ledger. A
    `words` line has a model's last words of a turn before they are said. An `outcome` line says that a person's answer to a call
    became known; `data` = {call, approval}. A `guide` line has what retrieval found, as a model is shown it. No secret comes here.
    """

    case: str
    position: int
    role: str
    text: str
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)
