"""What the App Home shows and what its forms ask, as values. What a person sees of them is drawn by the Slack edge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.consent import Approval
from bot.domain import Call, Case, Plan

ANYTHING_ELSE = "anything_else"
"""The name of a form's last field, which is of no need."""
A_PERSON = "a_person"
"""The form that asks for a person; runbooks have hyphens in their names, so none is called so."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a form asks. `source`: a need's (catalogue | person | date | choice), or text.

    `options` are (value, label), for a catalogue or choice; `initial` is the value that is there at first: an option's, a day
    such as 2026-11-27, or a person's Slack id.
    """

    name: str
    label: str
    source: str = "text"
    options: tuple[tuple[str, str], ...] = ()
    initial: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A request as fields. `name` is the runbook's, or A_PERSON."""

    name: str
    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of a form's values. With `errors` (field → what is wrong) nothing was taken; else `words` says it all."""

    words: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class HomeCase:
    """A case of one's own. `waits` says what it waits for; `channel` and `thread` are where it is spoken about."""

    id: str
    title: str
    state: str
    waits: str
    channel: str
    thread: str
    withdraw: bool = False
    person: bool = False


@dataclass(frozen=True, slots=True)
class HomeView:
    """All that one person's Home shows. With a `refusal` there is nothing else."""

    name: str = ""
    refusal: str = ""
    open: tuple[HomeCase, ...] = ()
    more_open: int = 0
    with_people: tuple[HomeCase, ...] = ()
    finished: tuple[HomeCase, ...] = ()
    requests: tuple[tuple[str, str], ...] = ()  # (form, label)
    cards: tuple[
        Mapping[str, Any], ...
    ] = ()  # approvals that wait for this person, oldest first, as `bot.approvals.card.card` writes them
    more_cards: int = 0


@dataclass(frozen=True, slots=True)
class Mine:
    """The cases of one person, newest first, with what belongs to them."""

    open: Sequence[Case] = ()
    with_people: Sequence[Case] = ()
    finished: Sequence[Case] = ()
    open_count: int = 0
    plans: Sequence[Plan] = ()
    approvals: Sequence[tuple[Approval, Call]] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """An approval that waits or was taken over, with the call that it is about and the case that the call is of."""

    approval: Approval
    call: Call
    case: Case


class HomeRows(Protocol):
    """What Home reads, in a fixed number of queries however much there is."""

    async def mine(self, slack_id: str, most_open: int, most_finished: int) -> Mine: ...
    async def waiting(self, most: int) -> Sequence[Asked]:
        """The approvals that wait, and those that somebody has taken over and not done yet, oldest first."""

    async def stirred(self, slack_ids: Sequence[str]) -> Mapping[str, str]:
        """For each of these people something that changes when their Home may have."""
