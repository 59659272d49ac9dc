"""Origins and the sources that they are looked for in, as frozen values."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Where something comes from. The last four are untrusted."""

    OWN = "own"  # the requester's own message, also as a runbook has read it
    IDENTITY = "identity"  # who the requester is, by the directory
    CATALOGUE = "catalogue"  # what the requester named, under the id that a catalogue or the directory has for it
    RESULT = "result"  # an id that a tool gave
    RUNBOOK = "runbook"  # what a reviewed runbook's typed step says
    TOOL = "tool"  # nobody said it: the tool has settled it from the rest
    ASSUMED = "assumed"  # nobody said it: the runbook has a default for it
    MEANT = "meant"  # a time as a language model has read it in what the requester wrote
    APPROVER = "approver"  # a time that whoever approved has set, earlier than what was asked for
    TEXT = "text"  # the text in a tool's result: a ticket, a log, a name
    RETRIEVED = "retrieved"  # the prose of a runbook that was found
    OTHER = "other"  # somebody else in the thread
    MODEL = "model"  # the model alone

    @property
    def trusted(self) -> bool:
        return self not in UNTRUSTED


UNTRUSTED = frozenset({Kind.TEXT, Kind.RETRIEVED, Kind.OTHER, Kind.MODEL})


@dataclass(frozen=True, slots=True)
class Origin:
    """Of one value. `path` is the argument, with the place in it: ``user``, ``recipients[2]``, ``event.place``.

    `where`: of a result "K-3 get_device", of a catalogue and of a time the words that the requester used, of a runbook its id, of
    an approver their name; else empty.
    """

    path: str
    value: str
    kind: Kind
    where: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """What values are looked for in: `text` by its words, `values` as a whole (each by `texts.whole`). Either may be empty."""

    kind: Kind
    where: str = ""
    text: str = ""
    values: AbstractSet[str] = frozenset()
