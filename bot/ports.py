"""What the core asks of the world, as Protocols. Each has one implementation in an edge and one fake in ``tests/fakes.py``."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from bot.audit.chain import Seal
from bot.consent import Act, Approval
from bot.domain import Call, Case, Count, Due, Event, EventKind, Line, Membership, PersonKind, Plan, Post, ToolCall
from bot.homeview import Checked, Form, HomeView
from bot.obligations import Freeze
from bot.spending import ModelCall, Spent, Usage
from tools.contract import Person


class Clock(Protocol):
    """What time it is for people. It can be turned (`company clock +3d`)."""

    def now(self) -> datetime:
        """Timezone-aware, UTC."""

    async def refresh(self) -> None:
        """Look whether somebody has turned it."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What Slack says of an account now. A field that Slack did not give is UNKNOWN or empty, and grants nothing."""

    slack_id: str
    kind: PersonKind
    team: str = ""
    enterprise: str = ""
    name: str = ""
    zone: str = "UTC"


class Workspace(Protocol):
    """What is asked of Slack, apart from posting."""

    async def profile(self, slack_id: str, team: str) -> Profile:
        """Never raises: an account that cannot be looked up is UNKNOWN."""

    async def has(self, slack_id: str) -> Membership:
        """Whether this account is there and can be written to; UNKNOWN when Slack does not say."""

    async def in_usergroup(self, slack_id: str, group: str, *, fresh: bool = False) -> Membership:
        """Membership of a user group by its handle; UNKNOWN when Slack does not say. `fresh`: not as it was minutes ago."""

    async def usergroup(self, group: str) -> Sequence[str] | None:
        """Slack ids of a user group's members; None when Slack does not say."""

    async def place(self, channel: str) -> str:
        """What kind of channel it is: direct, private, public or shared; empty when Slack does not say."""

    async def working(self, channel: str, thread: str, text: str) -> None:
        """Show at once that we are on it (best effort, never raises); empty text: no longer."""


class Directory(Protocol):
    """Who is who, who is on call, and what there is to have: the company as its systems know it."""

    async def by_slack(self, slack_id: str) -> Person | None: ...
    async def person(self, handle: str) -> Person | None: ...
    async def people(self) -> Sequence[Person]: ...
    async def in_group(self, handle: str, group: str) -> Membership: ...
    async def group(self, group: str) -> Sequence[str] | None:
        """Handles; None when unknown."""

    async def on_call(self, schedule: str, at: datetime, tier: int = 1) -> Sequence[str] | None:
        """Handles of who is on call in that tier at that time; None when there is no such schedule or the system is away."""

    async def catalogue(self) -> Sequence[tuple[str, str, Sequence[str]]]:
        """(id, name, other names) of every application that can be asked for."""

    async def things(self, kind: str, of: str = "") -> Sequence[tuple[str, str, Sequence[str]]]:
        """(id, name, other names) of what there is of a kind.

        Kind: list (mailing lists), item (things to order), service, device (kinds of devices), deployment, repository, branch; and
        of the person `of`, the newest first, ticket and order. Nothing for a kind that is not known.
        """

    async def adopt(self, slack_id: str, name: str, zone: str) -> Person | None:
        """Take a full member of the workspace into the embedded company, by id; None where people come from elsewhere."""


class Seals(Protocol):
    """The chain over the audit."""

    async def seal(self) -> Seal | None:
        """Seal what is new and committed; None when nothing is. Raises StoreAway."""


class Work(Protocol):
    """A unit of work: everything done on it is committed together when the block ends well, and not at all otherwise.

    No model, system or Slack call is awaited while one is open. `save_*` and `put` insert or replace by id or key.
    """

    # inbox
    async def accept(self, event: Event) -> bool:
        """Take an event once and wake its conversation; False when it was taken before."""

    async def unread(self, conversation: str) -> list[Event]:
        """In the order of ts, then of arrival."""

    async def handled(self, keys: Sequence[str], case: str = "") -> None: ...
    async def has_news(self, conversation: str, sender: str, seen: Sequence[str]) -> bool:
        """Whether a message or withdrawal of that Slack id waits unread besides those already seen (steering)."""

    # cases
    async def new_id(self, kind: str) -> str:
        """The next id: kind C, P, K, A, G or F gives "C-17"."""

    async def case(self, case: str) -> Case | None: ...
    async def case_in_thread(self, channel: str, thread: str) -> Case | None:
        """The latest case that was spoken about in this thread."""

    async def case_of_post(self, channel: str, ts: str) -> str:
        """The case that a message of ours which stands there is about; empty when none does."""

    async def cases_of(self, slack_id: str) -> list[Case]:
        """All cases of this person that are not closed, the newest first."""

    async def open_cases(self, conversation: str) -> list[Case]:
        """Cases of this conversation with a plan that is running."""

    async def save_case(self, case: Case) -> None: ...
    async def add_thread(self, case: str, channel: str, thread: str) -> None:
        """Messages of this thread belong to the case from now on."""

    async def plans(self, case: str) -> list[Plan]: ...
    async def save_plan(self, plan: Plan) -> None: ...
    async def say(self, case: str, role: str, text: str, data: Mapping[str, Any] | None = None) -> None: ...
    async def say_once(self, case: str, role: str, text: str, event: str, data: Mapping[str, Any] | None = None) -> None:
        """Append to the transcript, unless a line of this event stands there."""

    async def transcript(self, case: str) -> list[Line]: ...

    # ledger
    async def call(self, call: str) -> Call | None: ...
    async def call_by_tool_call(self, case: str, tool_call: str) -> Call | None: ...
    async def calls(self, case: str) -> list[Call]: ...
    async def save_call(self, call: Call) -> None: ...
    async def claim(self, call: Call) -> bool:
        """Insert the call, or take it from WAITING, into STARTED; False when somebody else has. Held by a row lock."""

    async def count_changes(self, counts: Sequence[Count], *, hold: bool = False) -> list[int]:
        """Changes that ran or may have run (not denied, waiting or failed), for each of these counts.

        `hold`: nobody else counts the same until this unit of work has ended. The locks are taken in one order, whatever is asked.
        """

    # the kill switch
    async def freezes(self, *, hold: bool = False) -> list[Freeze]:
        """Those in force, the oldest first. `hold`: none begins until this unit of work has ended."""

    async def freeze(self, freeze: Freeze) -> None:
        """Begin one. It waits for the claims that are under way, and every later one sees it."""

    async def lift(self, freeze: str, by: str, at: datetime) -> Freeze | None:
        """End one; None when there is none of that id in force."""

    # approvals
    async def approval(self, approval: str, *, lock: bool = False) -> Approval | None: ...
    async def approvals(self, case: str, *, alone: bool = False) -> list[Approval]:
        """`alone`: nobody else asks so of this case until this unit of work has ended."""

    async def held(self, calls: Sequence[str]) -> list[Approval]:
        """Those of these calls, the oldest first, locked. Whoever ends or begins a call that waits holds its approvals first."""

    async def save_approval(self, approval: Approval) -> None: ...

    # out
    async def was_put(self, key: str) -> bool: ...
    async def put(self, post: Post) -> None:
        """Make this stand in Slack; nothing happens when the same content already does."""

    # time
    async def at(self, due: Due) -> None: ...
    async def not_due(self, key: str) -> None: ...
    async def take_due(self, now: datetime, most: int = 50) -> list[Due]:
        """What is due, each taken by one process only; gone when this unit of work commits."""

    # traces
    async def audit(self, what: str, case: str, data: Mapping[str, Any]) -> None:
        """Ids and digests, never texts. Insert only."""

    async def feedback(self, case: str, slack_id: str, answer: str) -> None: ...

    # the model
    async def model_called(self, call: ModelCall) -> None: ...
    async def spent(self, case: str) -> Spent:
        """What the model has cost this case so far."""

    async def told(self, slack_id: str, about: str) -> bool:
        """Remember that this person is told about this; True the first time only."""


WorkFactory = Callable[[], AbstractAsyncContextManager[Work]]


@dataclass(frozen=True, slots=True)
class Found:
    """A runbook that retrieval found. `cosine` is raw and says whether anything fits at all; `score` ranks."""

    runbook: str
    title: str
    score: float
    cosine: float
    lexical: float


class Knowledge(Protocol):
    """Runbooks, found by meaning and by words."""

    @property
    def floor(self) -> float:
        """Raw cosine below which nothing is said to be found."""

    async def search(self, words: str, most: int = 3) -> list[Found]:
        """Best first; everything is returned, also what lies below the floor."""


@dataclass(frozen=True, slots=True)
class Next:
    """What a turn should do next without a model: calls to make (in order), or words to end with."""

    calls: tuple[ToolCall, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """What the door gives back to whoever asked for a call: `content` is all that a model may see of it."""

    tool_call: str
    state: str  # CallState
    content: str


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the history that a model sees. `role`: requester | bot | result."""

    role: str
    text: str
    calls: tuple[ToolCall, ...] = ()
    tool_call: str = ""


class Stream(Protocol):
    """Words of a model as they come, shown where the answer will stand. Best effort: nothing here raises."""

    async def write(self, more: str) -> None:
        """Show these further words."""

    async def restart(self) -> None:
        """What was shown so far was of no use; the next words begin anew."""

    async def close(self) -> None:
        """No more words come. What was shown stays until the post of the same key takes its place.

        Close before that post is put: it then finds the message at rest. After `restart` without further words nothing stays.
        """


class Streams(Protocol):
    """Shows words as they come. The outbox's post of the same key takes the place of what was shown, once, also after a crash."""

    def begin(self, key: str, channel: str, thread: str, recipient: str, team: str, case: str) -> Stream:
        """Nothing is shown before there are words worth it: a short answer that comes at once is one post and no stream."""


async def _unused(usage: Usage) -> None:
    """Without a model nothing is used."""


async def _no_limit() -> str:
    return ""


async def _goes_on() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class AgentTurn:
    """All that an agent gets for one turn. It holds no session and no secret."""

    case: str
    history: Sequence[Said]
    tools: Sequence["ToolSchema"]  # those that the policy could ever permit this requester
    next_step: Callable[[], Awaitable[Next]]  # the case's plans, followed without a model
    wrote: Callable[[str, Sequence[ToolCall]], Awaitable[None]]  # the model's answer, before any of its calls runs
    execute: Callable[[ToolCall], Awaitable[ToolAnswer]]  # the one door
    about: Mapping[str, str] = field(default_factory=dict)  # the requester, as data for the model
    answers: int = 0  # how often the case's history has asked for calls already: ids of calls go on from there
    stopped: Callable[[], Awaitable[bool]] = _goes_on  # the requester has written again: ask a model for nothing more
    used: Callable[[Usage], Awaitable[None]] = _unused  # what asking the model cost
    limit: Callable[[], Awaitable[str]] = _no_limit  # the setting whose limit the case has come to, or empty
    stream: Stream | None = None  # where words are shown as they come


@dataclass(frozen=True, slots=True)
class Closing:
    """How a turn of the agent ended: its last words, whether a model wrote them, and why the model was left out, if it was."""

    text: str = ""
    by_model: bool = False
    away: str = ""

    @property
    def asks(self) -> bool:
        """Whether the words end in a question."""
        return self.text.rstrip().rstrip("*_`)\"'”»").endswith(("?", "？"))


@dataclass(frozen=True, slots=True)
class ToolSchema:
    """What a model is shown of a tool."""

    name: str
    description: str
    parameters: Mapping[str, Any]  # JSON Schema
    change: bool


class Agent(Protocol):
    """Drives a case for one turn: asks for calls through the door until there is nothing more to do."""

    @property
    def thinks(self) -> bool:
        """Whether a language model plans now; without one the runbooks are followed as they are."""

    async def run(self, turn: AgentTurn) -> Closing:
        """Raises nothing for what tools do, or for a model that stays away."""


@dataclass(frozen=True, slots=True)
class Click:
    """An answer to an approval, or to a confirmation, as Slack signed it."""

    approval: str
    nonce: str
    slack_id: str
    team: str
    approve: bool
    reason: str = ""
    digest: str = ""  # with a yes: the stamp of the call that was shown whole


@dataclass(frozen=True, slots=True)
class ClickAnswer:
    """What the clicker is told; always something. `asks`: nothing was taken, because more is wanted of them: their words, one of
    the `choices` (value, label), the name `types`, or that they confirm at `link` that it is them. `shown`: the card they read.
    """

    taken: bool
    text: str
    asks: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    types: str = ""
    link: str = ""
    shown: Mapping[str, Any] = field(default_factory=dict)


class Desk(Protocol):
    """What the Slack edge may ask of the core."""

    async def accept(self, event: Event) -> bool:
        """Take an event once. Raises StoreAway (then Slack must not get its ack)."""

    async def answer(self, click: Click) -> ClickAnswer:
        """An approve or deny, or the requester's own yes or no. Raises StoreAway (then the clicker is told to press again)."""

    async def refusal(self, click: Click) -> str:
        """Why an answer of theirs to an approval would not be taken now; empty where it would. Raises StoreAway."""

    async def act(self, act: Act, click: Click) -> ClickAnswer:
        """Anything else that somebody does with an approval; their words are the click's `reason`. Raises StoreAway."""

    async def freezing(self, text: str, slack_id: str, team: str) -> str | None:
        """Freeze, unfreeze or list freezes as typed; None when the words are a request like any other. Raises StoreAway."""

    async def inquired(self, text: str, slack_id: str, team: str) -> str | None:
        """``why C-17``, ``can grant_access app=figma``, ``can ana unlock_account``; None for a request. Raises StoreAway."""

    async def why(self, channel: str, message: str, thread: str, slack_id: str, team: str) -> str:
        """Why the last call of the case that a message of ours is about was decided as it was. Raises StoreAway."""

    async def cases(self, slack_id: str) -> Sequence[Case]:
        """What they asked for and is not closed, the newest first; `waits` in `data`: for what and whom. Raises StoreAway."""

    async def said(self, case: str, key: str, slack_id: str) -> tuple[str, str]:
        """(what this person wrote into their case by the event of this key, why it is not to be had). Raises StoreAway."""

    async def warned(self, warning: str) -> None:
        """Slack warns that something is missing in its settings: kept for `doctor`. Never raises."""

    async def home(self, slack_id: str, team: str) -> HomeView:
        """What this person's Home shows. Raises StoreAway, like all that follow."""

    async def stirred(self, slack_ids: Sequence[str]) -> Mapping[str, str]:
        """For each of these people a mark that changes when their Home may show something else."""

    async def form(self, name: str, slack_id: str, team: str) -> Form | None:
        """A request as a form; None when there is none of that name for this person."""

    async def matches(self, name: str, field: str, typed: str, slack_id: str, team: str) -> Sequence[tuple[str, str]]:
        """(value, label) of what a form's long list offers for these letters."""

    async def check(self, name: str, values: Mapping[str, str], slack_id: str, team: str) -> Checked:
        """Whether what was filled in can be taken, and in which words."""

    async def press(self, kind: EventKind, case: str, slack_id: str, team: str, key: str) -> str:
        """A button about a case that was pressed elsewhere than in its thread; what the person is told."""
